"""tls_test.py - berth-lab over https: the node trusts its authority, and says so where it does not."""
import os

from node_case import NodeCase
from stage import run

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


def make_authority(folder, name):
    """A self-signed authority; the paths of its certificate and key."""
    cert, key = os.path.join(folder, f"{name}.pem"), os.path.join(folder, f"{name}.key")
    run(["openssl", "req", "-x509", *KEY, "-subj", f"/CN={name}", "-out", cert, "-keyout", key,
         "-addext", "keyUsage=critical,keyCertSign"])
    return cert, key


def make_certificate(folder, authority):
    """A certificate for 127.0.0.1 by that authority, as Stage.tls wants it."""
    cert, key = os.path.join(folder, "lab.pem"), os.path.join(folder, "lab.key")
    request, names = os.path.join(folder, "lab.csr"), os.path.join(folder, "lab.names")
    with open(names, "w", encoding="ascii") as file:
        file.write("subjectAltName=IP:127.0.0.1\n")
    run(["openssl", "req", *KEY[:-2], "-subj", "/CN=berth-lab", "-out", request, "-keyout", key])
    run(["openssl", "x509", "-req", "-in", request, "-CA", authority[0], "-CAkey", authority[1],
         "-set_serial", "1", "-days", "2", "-extfile", names, "-out", cert])
    return {"cert": cert, "key": key, "ca": authority[0]}


class OverTls(NodeCase):
    @classmethod
    def prepare(cls, stage):
        cls.folder = stage.path("tls")
        os.makedirs(cls.folder)
        stage.tls = make_certificate(cls.folder, make_authority(cls.folder, "our-authority"))

    def test_a_task_runs_and_stops(self):
        endpoint = self.stage.endpoint()
        self.assertTrue(endpoint.startswith("https://"), endpoint)
        self.assertIn(f"listening on {endpoint}", self.stage.programs["berth-lab"].says())
        self.register("over-tls", [{"name": "main", "command": ["sleep", "600"],
                                    "stopTimeout": 2}])
        task = self.run_task("over-tls")

        self.wait_status(task, "RUNNING")
        self.assertEqual(self.stop(task)["stopCode"], "UserInitiated")

    def test_an_unknown_authority_is_named_in_the_log(self):
        stage = self.stage
        stage.stop_berthd()
        stage.wait_connected(False)
        before = len(stage.programs["berthd"].says())
        stage.settings["AWS_CA_BUNDLE"] = make_authority(self.folder, "another")[0]
        self.addCleanup(stage.wait_connected)
        self.addCleanup(stage.start_berthd)
        self.addCleanup(stage.stop_berthd)
        self.addCleanup(stage.settings.pop, "AWS_CA_BUNDLE")
        berthd = stage.start_berthd()

        self.wait_for(lambda: "registration failed" in berthd.says()[before:],
                      "berthd says that it cannot register")
        line = next(line for line in berthd.says()[before:].splitlines()
                    if "registration failed" in line)
        self.assertRegex(line, "TLS with 127.0.0.1: certificate verify failed .*"
                               "unable to get local issuer certificate")
        self.assertTrue(berthd.check_runs())
        self.assertFalse(stage.instances()[0]["agentConnected"])
