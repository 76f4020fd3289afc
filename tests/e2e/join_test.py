"""join_test.py - `berth join` and `berth leave` against a berth-lab over TLS; nobody here is systemd."""
import base64
import json
import os
import re
import stat
import subprocess

from node_case import NodeCase
from processes import Program, wait_for
from stage import REGION, answers, free_port, run
from tls_test import make_authority, make_certificate

JOINED = ("ECS_BACKEND_HOST", "AWS_DEFAULT_REGION", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE")
PREFIX = "berth1-"


def opened(token):
    """What is in a token."""
    word = token.removeprefix(PREFIX)
    return json.loads(base64.urlsafe_b64decode(word + "=" * (-len(word) % 4)))


def closed(parts):
    return PREFIX + base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


class JoinCase(NodeCase):
    """A node whose settings say nothing of a control plane until it has joined one."""

    @classmethod
    def prepare(cls, stage):
        stage.lab_flags = ["--tls"]
        stage.tls = {"ca": stage.path("lab/tls.pem")}
        stage.start_berthd = cls.join_and_start

    @classmethod
    def write_settings(cls, folder, **more):
        """ecs.config of a machine in that folder, as a person has it; its environment."""
        os.makedirs(folder, exist_ok=True)
        settings = {key: value for key, value in (cls.stage.node_settings() | more).items()
                    if key not in JOINED}
        path = os.path.join(folder, "ecs.config")
        text = "# mine\n" + "".join(f"{key}={value}\n" for key, value in settings.items())
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return text

    @classmethod
    def call(cls, *words, folder=None):
        """Exit status, output and errors of berth, with the settings of a folder."""
        folder = folder or cls.stage.folder
        env = cls.stage.node_env() | {"BERTH_CONFIG_FILE": os.path.join(folder, "ecs.config")}
        done = subprocess.run(
            [f"{cls.stage.bin_dir}/berth", *words, "--socket", os.path.join(folder, "run/berthd.sock")],
            env=env, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False, timeout=240)
        return done.returncode, done.stdout, done.stderr

    @classmethod
    def token(cls, *words):
        return run([f"{cls.stage.bin_dir}/berth-lab", "token", "--data", cls.stage.path("lab"),
                    *words]).strip()

    @classmethod
    def join_and_start(cls):
        cls.own = cls.write_settings(cls.stage.folder)
        cls.joined_with = cls.token()
        cls.first = cls.call("join", "--token", cls.joined_with)
        stage = cls.stage
        berthd = Program.start("berthd", [f"{stage.bin_dir}/berthd"], stage.path("berthd.log"),
                               stage.node_env())
        stage.programs["berthd"] = berthd
        wait_for(lambda: berthd.check_runs() and answers(stage.path("run/berthd.sock")),
                 "berthd answers")
        return berthd

    def settings(self, folder=None):
        with open(os.path.join(folder or self.stage.folder, "ecs.config"), encoding="utf-8") as file:
            return file.read()

    def machine(self, name, **more):
        """Another machine's settings: its folder."""
        folder = self.stage.path(name)
        self.write_settings(folder, ECS_DATADIR=f"{folder}/data", BERTH_RUN_DIR=f"{folder}/run",
                            **more)
        return folder

    def assert_untouched(self, folder):
        self.assertEqual(sorted(os.listdir(folder)), ["ecs.config"])
        self.assertNotIn("berth join", self.settings(folder))


class Join(JoinCase):
    def test_it_writes_and_says_what_to_start(self):
        status, said, errors = self.first
        self.assertEqual((status, errors), (0, ""), said)
        self.assertRegex(said, r"(?m)^\d+ checks: \d+ ok")
        self.assertIn(f"written: {self.stage.path('ecs.config')}", said)
        self.assertIn(f"start {self.stage.bin_dir}/berthd yourself", said)
        self.assertTrue(self.settings().startswith(self.own), "what was there is there")
        added = self.settings().removeprefix(self.own)
        self.assertIn("ECS_CLUSTER=default\n", added)
        self.assertIn(f"AWS_DEFAULT_REGION={REGION}\n", added)
        for name in ("ecs.config", "berth-credentials", "berth-ca.pem"):
            mode = stat.S_IMODE(os.stat(self.stage.path(name)).st_mode)
            self.assertEqual(mode, 0o600, name)
        self.assertFalse(os.path.exists(self.stage.path("berth-ca.pem.new")))

    def test_it_can_be_repeated_and_waits_for_the_connection(self):
        before = self.settings()
        status, said, errors = self.call("join", "--token", self.joined_with)

        self.assertEqual((status, errors), (0, ""), said)
        arn = self.stage.instances()[0]["containerInstanceArn"]
        self.assertTrue(said.endswith(f"joined cluster default, connected as {arn}\n"), said)
        self.assertEqual(self.settings(), before)
        status, said, errors = self.call("join", "--cluster", "default", "--timeout", "30")
        self.assertEqual((status, errors), (0, ""), said)
        self.assertEqual(self.settings(), before)

    def test_a_drained_instance_is_not_joined_until_it_is_active(self):
        arn = self.stage.wait_connected()["containerInstanceArn"]

        def set_status(status):
            self.stage.aws("update-container-instances-state", "--container-instances", arn,
                           "--status", status)
        set_status("DRAINING")
        self.addCleanup(set_status, "ACTIVE")
        status, said, errors = self.call("join", "--cluster", "default")
        self.assertEqual(status, 1, said)
        self.assertIn(f"{arn} is connected, and DRAINING", errors)
        cure = f"--cluster default --container-instances {arn} --status ACTIVE"
        self.assertIn(cure, errors)
        self.stage.aws("update-container-instances-state", *cure.split())
        status, said, errors = self.call("join", "--cluster", "default")
        self.assertEqual((status, errors), (0, ""), said)

    def test_a_task_runs(self):
        self.register("joined", [{"name": "main", "command": ["sleep", "600"], "stopTimeout": 2}])
        task = self.run_task("joined")
        self.wait_status(task, "RUNNING")
        self.assertEqual(self.stop(task)["stopCode"], "UserInitiated")

    def test_another_cluster_is_refused(self):
        self.stage.aws("create-cluster", "--cluster-name", "other")
        before = self.settings()
        for words in (("--cluster", "other"), ("--token", self.token(), "--cluster", "other")):
            status, said, errors = self.call("join", *words)
            self.assertEqual((status, said), (1, ""))
            self.assertRegex(errors, r"container-instance/default/\w+ of cluster default, not of other: "
                                     "berth leave first")
        status, said, errors = self.call("join", "--cluster", "default", "--endpoint",
                                         "https://elsewhere:1")
        self.assertEqual(status, 1)
        self.assertRegex(errors, f"at {self.stage.endpoint()}/?, not at https://elsewhere:1/: "
                                 "berth leave first")
        self.assertEqual(self.settings(), before)

    def test_a_token_is_good_for_one_machine(self):
        token = self.token()
        one, other = self.machine("one"), self.machine("other")

        status, said, errors = self.call("join", "--token", token, folder=one)
        self.assertEqual((status, errors), (0, ""), said)
        status, said, errors = self.call("join", "--token", token, folder=other)

        self.assertEqual((status, said), (1, ""))
        self.assertRegex(errors, r"--token: https://127.0.0.1:\d+/ refuses it: the token was used at 20\d\d-"
                                 ".*; berth-lab token makes another one")
        self.assert_untouched(other)

    def test_an_expired_token_is_refused(self):
        token = self.token("--ttl", "1s")
        kept = self.stage.path("lab/tokens", opened(token)["s"].partition(".")[0])
        with open(kept, encoding="ascii") as file:
            noted = json.load(file)
        with open(kept, "w", encoding="ascii") as file:
            json.dump(noted | {"expiresMs": noted["expiresMs"] - 3_600_000}, file)
        late = self.machine("late")

        status, said, errors = self.call("join", "--token", token, folder=late)

        self.assertEqual((status, said), (1, ""))
        self.assertIn("refuses it: the token expired at 20", errors)
        self.assert_untouched(late)

    def test_another_certificate_is_refused(self):
        parts = opened(self.token())
        elsewhere = self.machine("elsewhere")
        wrong = closed(parts | {"f": "0" * 64})

        status, said, errors = self.call("join", "--token", wrong, folder=elsewhere)

        self.assertEqual((status, said), (1, ""))
        self.assertIn(f"has the fingerprint {parts['f']}, and the token is for {'0' * 64}", errors)
        self.assert_untouched(elsewhere)
        # Its secret was not given away.
        status, said, errors = self.call("join", "--token", closed(parts), folder=elsewhere)
        self.assertEqual((status, errors), (0, ""), said)

    def test_a_made_up_token_is_refused(self):
        parts = opened(self.token())
        maker = self.machine("maker")
        status, _, errors = self.call("join", "--token",
                                      closed(parts | {"s": parts["s"][:-1] + "?"}), folder=maker)
        self.assertEqual(status, 1)
        self.assertIn("this lab has not made that token", errors)
        status, _, errors = self.call("join", "--token", self.token()[:-9], folder=maker)
        self.assertEqual(status, 2)
        self.assertIn("--token: not a join token: it is cut off", errors)
        self.assert_untouched(maker)

    def test_the_hop_that_fails_is_named(self):
        keys = ["--credentials", self.stage.path("lab/credentials"), "--region", REGION]
        wrong_keys = self.stage.path("wrong-keys")
        with open(wrong_keys, "w", encoding="ascii") as file:
            file.write("[default]\naws_access_key_id = AKIA\naws_secret_access_key = no\n")
        ca = ["--ca", self.stage.path("lab/tls.pem")]
        nobody = f"http://127.0.0.1:{free_port(0, '127.0.0.1')}"
        here = ["--endpoint", self.stage.endpoint()]
        plain = f"http://127.0.0.1:{self.stage.lab_port}"
        cases = (
            ("endpoint, DNS", ["--endpoint", "http://no-such-host.invalid", *keys], {}),
            ("endpoint, TCP", ["--endpoint", nobody, *keys], {}),
            ("endpoint, TLS", [*here, *keys], {}),
            ("endpoint, HTTP", ["--endpoint", plain, *keys], {}),
            ("endpoint, auth", [*here, *ca, "--credentials", wrong_keys, "--region", REGION], {}),
            ("containerd, socket", [*here, *ca, *keys], {"BERTH_CONTAINERD_ADDRESS": "/no/socket"}),
            ("configuration, region", [*here, *ca, *keys[:2]], {}))
        for number, (hop, words, settings) in enumerate(cases):
            with self.subTest(hop):
                folder = self.machine(f"hop-{number}", **settings)
                status, said, errors = self.call("join", "--cluster", "default", *words, folder=folder)
                self.assertEqual((status, said), (1, ""), errors)
                self.assertIn("this machine cannot join:\n", errors)
                self.assertIn(f"\n  {hop}: ", errors)
                self.assertIn("\n    cure: ", errors)
                self.assert_untouched(folder)

    def test_a_file_that_is_not_there_is_named(self):
        folder = self.machine("nofile")
        for option in ("--credentials", "--ca"):
            status, _, errors = self.call("join", "--cluster", "a", option, "/no/file", folder=folder)
            self.assertEqual(status, 1)
            self.assertIn(f'{option} "/no/file": must be a file that can be read', errors)
        self.assert_untouched(folder)

    def test_a_lab_on_all_addresses_is_not_reached_by_that_of_the_tasks_endpoint(self):
        self.assertIn("169.254.170.2/32", run(["ip", "-o", "address", "show", "dev", "lo"]))
        data, port = self.stage.path("lab-on-all"), free_port(8280, "0.0.0.0")
        lab = Program.start("berth-lab", [f"{self.stage.bin_dir}/berth-lab", "--data", data, "--tls",
                                          "--listen", f"0.0.0.0:{port}"],
                            self.stage.path("lab-on-all.log"))
        self.addCleanup(lab.stop)
        wait_for(lambda: lab.check_runs() and answers(("127.0.0.1", port)), "the other lab listens")
        token = run([f"{self.stage.bin_dir}/berth-lab", "token", "--data", data]).strip()

        self.assertRegex(opened(token)["u"], r"^https://127\.0\.0\.1:\d+/$")

    def test_a_lab_without_tls_makes_no_token(self):
        folder = self.stage.path("plain")
        os.makedirs(folder)
        with open(f"{folder}/listening", "w", encoding="ascii") as file:
            json.dump({"scheme": "http", "address": "127.0.0.1", "port": 1, "fingerprint": ""}, file)
        words = [f"{self.stage.bin_dir}/berth-lab", "token", "--data", folder]
        done = subprocess.run(words, text=True, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("without TLS", done.stderr)


class WithACertificateOfAnAuthority(JoinCase):
    """The node trusts the certificate itself; its authority is not told to it."""

    @classmethod
    def prepare(cls, stage):
        super().prepare(stage)
        stage.lab_flags = []
        folder = stage.path("tls")
        os.makedirs(folder)
        stage.tls = make_certificate(folder, make_authority(folder, "our-authority"))

    def test_it_is_connected(self):
        self.assertEqual(self.first[0], 0, self.first)
        with open(self.stage.tls["cert"], encoding="ascii") as shown, \
                open(self.stage.path("berth-ca.pem"), encoding="ascii") as trusted:
            self.assertEqual(trusted.read(), shown.read())
        self.assertTrue(self.stage.wait_connected()["agentConnected"])


class Leave(JoinCase):
    def test_all_of_it_goes(self):
        stage = self.stage
        arn = stage.instances()[0]["containerInstanceArn"]
        self.register("leaving", [{"name": "main", "command": ["sleep", "600"], "stopTimeout": 2}])
        task = self.run_task("leaving")
        self.wait_status(task, "RUNNING")

        status, said, errors = self.call("leave")

        self.assertEqual(status, 1)
        self.assertIn("1 tasks to stop", said)
        pid = re.search(r"end berthd \(kill (\d+)\), then berth leave again", errors)
        self.assertEqual(int(pid[1]), stage.programs["berthd"].pid)
        self.wait_status(task, "STOPPED")
        stage.stop_berthd()

        status, said, errors = self.call("leave")

        self.assertEqual((status, errors), (0, ""), said)
        self.assertIn(f"{arn} is deregistered\n", said)
        self.assertIn("what berth made on this machine is gone\n", said)
        self.assertEqual(stage.aws("list-container-instances")["containerInstanceArns"], [])
        self.assertEqual(self.settings(), self.own)
        for name in ("berth-credentials", "berth-ca.pem", "data"):
            self.assertFalse(os.path.exists(stage.path(name)), name)
        self.assertEqual(self.call("leave"), (0, "this machine is in no cluster\n", ""))

        # And it can come back.
        stage.start_berthd()
        self.assertEqual(self.first[0], 0, self.first)
        self.assertNotEqual(stage.wait_connected()["containerInstanceArn"], arn)

    def test_it_needs_force_without_the_control_plane(self):
        stage = self.stage
        stage.wait_connected()
        stage.stop_berthd()
        stage.programs["berth-lab"].stop()
        try:
            status, _, errors = self.call("leave")
            self.assertEqual(status, 1)
            self.assertIn("berth leave --force goes on without it", errors)
            self.assertTrue(os.path.exists(stage.path("data/berth.db")))

            status, said, errors = self.call("leave", "--force")
            self.assertEqual(status, 0, errors)
            self.assertIn("what berth made on this machine is gone\n", said)
            self.assertEqual(self.settings(), self.own)
        finally:
            stage.start_lab()

