"""doctor_test.py - `berth doctor` on a whole node, and on one where something is wrong."""
import contextlib
import json
import os
import shutil
import subprocess

from node_case import NodeCase
from stage import free_port

AREAS = {"configuration", "privileges", "limits", "kernel", "cgroups", "containerd", "disk", "shutdown",
         "session", "other agents", "runtime", "helpers", "network", "firewall", "clock", "dns", "credentials",
         "endpoint"}
HOPS = ("DNS", "TCP", "HTTP", "auth")


class Doctor(NodeCase):
    def ask(self, *words, **settings):
        """Exit status and output of `berth doctor` with these settings over the node's."""
        before = dict(self.stage.settings)
        self.stage.settings |= settings
        self.stage.write_config()
        self.stage.settings = before
        try:
            # The private containerd's shim is beside it, which may be in no usual place.
            env = self.stage.node_env()
            beside = os.path.join(self.stage.bin_dir, "..", "..", "deps", "usr", "bin")
            env["PATH"] += ":" + os.path.abspath(beside)
            done = subprocess.run([f"{self.stage.bin_dir}/berth", "doctor", *words], env=env, text=True,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, check=False, timeout=90)
        finally:
            self.stage.write_config()
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def examine(self, **settings):
        """Exit status, and the checks by area and name."""
        status, said = self.ask("--json", **settings)
        document = json.loads(said)
        checks = {(one["area"], one["what"]): one for one in document["checks"]}
        self.assertEqual(len(checks), len(document["checks"]), "two checks have one name")
        self.assertEqual(sum(document["counts"].values()), len(checks))
        return status, checks

    def errors(self, checks):
        return {name for name, one in checks.items() if one["verdict"] == "error"}

    def hops(self, checks):
        return [checks["endpoint", hop]["verdict"] for hop in HOPS]

    def assert_only(self, checks, *names):
        """Nothing else is an error, and what is has a cure."""
        wrong = {name: checks[name] for name in self.errors(checks)}
        self.assertEqual(set(wrong), set(names), json.dumps(list(wrong.values()), indent=1))
        for one in wrong.values():
            self.assertTrue(one["cure"], one)

    def test_nothing_is_wrong_with_a_healthy_node(self):
        status, checks = self.examine()

        self.assert_only(checks)
        self.assertEqual(status, 0)
        self.assertEqual({area for area, _ in checks}, AREAS)
        self.assertEqual(self.hops(checks), ["ok"] * 4)
        self.assertEqual(checks["clock", "against the endpoint"]["verdict"], "ok")
        arn = self.stage.instances()[0]["containerInstanceArn"]
        self.assertEqual(checks["session", "control plane"]["reason"], f"up, as {arn}, ACTIVE")
        self.assertIn(self.stage.path("containerd/root"),
                      checks["containerd", "snapshotter overlayfs"]["reason"])
        self.assertEqual(checks["containerd", f"namespace {self.stage.name}"]["reason"], "there")

    def test_people_get_a_table(self):
        status, said = self.ask()

        lines = said.splitlines()
        self.assertEqual(status, 0, said)
        self.assertRegex(lines[-1], r"^\d+ checks: \d+ ok, \d+ warnings?, 0 errors")
        for line in lines[:-1]:
            self.assertRegex(line, r"^(OK  |WARN|FAIL|\?   |      cure:) ")

    def test_it_needs_no_berthd_and_no_good_settings(self):
        self.stage.stop_berthd()
        self.addCleanup(self.stage.wait_connected)
        self.addCleanup(self.stage.start_berthd)
        status, checks = self.examine()
        self.assertEqual(status, 0)
        self.assertIn("no berthd runs here", checks["session", "control plane"]["reason"])

        status, checks = self.examine(BERTH_ENI_DRIVER="bluetooth")

        self.assertEqual(status, 1)
        said = checks["configuration", "settings"]
        self.assertEqual(said["verdict"], "error")
        self.assertIn('BERTH_ENI_DRIVER', said["reason"])
        self.assertIn("bluetooth", said["reason"])
        self.assertEqual(checks["cgroups", "memory controller"]["verdict"], "ok")

    def test_a_setting_not_taken_is_a_warning(self):
        status, checks = self.examine(ECS_UNHEARD_OF="1")

        self.assertEqual(status, 0)
        self.assertEqual(checks["configuration", "ECS_UNHEARD_OF"]["verdict"], "warning")

    def test_an_endpoint_that_is_away_is_named_by_its_hop(self):
        closed = free_port(0, self.stage.host)

        status, checks = self.examine(ECS_BACKEND_HOST=f"http://{self.stage.host}:{closed}")

        self.assertEqual(status, 1)
        self.assert_only(checks, ("endpoint", "TCP"))
        self.assertEqual(self.hops(checks), ["ok", "error", "unknown", "unknown"])
        self.assertIn("refused", checks["endpoint", "TCP"]["reason"])

    def test_a_session_that_is_away_is_an_error(self):
        arn = self.stage.instances()[0]["containerInstanceArn"]
        self.stage.programs["berth-lab"].stop()
        try:
            status, checks = self.examine()
        finally:
            self.stage.start_lab()
            self.stage.wait_connected()

        self.assertEqual(status, 1)
        self.assert_only(checks, ("endpoint", "TCP"), ("session", "control plane"))
        self.assertIn(f"not connected as {arn}", checks["session", "control plane"]["reason"])

    def test_a_name_that_is_none_is_named_by_its_hop(self):
        status, checks = self.examine(ECS_BACKEND_HOST="http://ecs.nowhere.invalid:80")

        self.assertEqual(status, 1)
        self.assert_only(checks, ("endpoint", "DNS"))

    def test_tls_where_there_is_none_is_named_by_its_hop(self):
        backend = self.stage.endpoint().replace("http:", "https:")

        status, checks = self.examine(ECS_BACKEND_HOST=backend)

        self.assertEqual(status, 1)
        self.assert_only(checks, ("endpoint", "TLS"))

    def test_keys_that_are_not_taken_are_named_by_their_hop(self):
        keys = self.stage.path("other-credentials")
        with open(self.stage.path("lab/credentials"), encoding="ascii") as file:
            lines = file.read().splitlines()
        with open(keys, "w", encoding="ascii") as file:
            for line in lines:
                is_secret = line.startswith("aws_secret_access_key")
                file.write(("aws_secret_access_key = wrong" if is_secret else line) + "\n")
        os.chmod(keys, 0o600)

        status, checks = self.examine(AWS_SHARED_CREDENTIALS_FILE=keys)

        self.assertEqual(status, 1)
        self.assert_only(checks, ("endpoint", "auth"))
        self.assertEqual(self.hops(checks), ["ok", "ok", "ok", "error"])
        self.assertEqual(checks["credentials", "place"]["verdict"], "ok")

    def test_keys_that_are_not_there_are_missed(self):
        status, checks = self.examine(AWS_SHARED_CREDENTIALS_FILE=self.stage.path("no-such-file"))

        self.assertEqual(status, 1)
        self.assert_only(checks, ("credentials", "place"), ("endpoint", "auth"))

    def test_helpers_that_are_not_there_are_missed(self):
        status, checks = self.examine(BERTH_LIBEXEC_DIR=self.stage.path("lab"))

        self.assertEqual(status, 1)
        self.assert_only(checks, ("helpers", "berth-pull"), ("helpers", "berth-logger"))

    def test_a_small_disk_is_too_small(self):
        small = self.stage.path("small")
        os.makedirs(small)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "small", small], check=True)
        self.addCleanup(os.rmdir, small)
        self.addCleanup(subprocess.run, ["umount", small], check=True)

        status, checks = self.examine(ECS_DATADIR=f"{small}/data")

        self.assertEqual(status, 1)
        self.assertIn(("disk", "data directory"), self.errors(checks))
        self.assertIn(f"8 MiB at {small}", checks["disk", "data directory"]["reason"])
        self.assertFalse(os.path.exists(f"{small}/data"))

    def test_berth_alone_says_what_it_lacks(self):
        alone = self.stage.path("alone")
        os.makedirs(alone)
        self.addCleanup(shutil.rmtree, alone)
        shutil.copy(f"{self.stage.bin_dir}/berth", alone)
        if any(os.path.exists(f"{folder}/berthd") for folder in
               ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin")):
            self.skipTest("a berthd is installed on this machine")

        done = subprocess.run([f"{alone}/berth", "doctor"], text=True, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("berthd, which makes the checks, is not installed", done.stderr)
        self.assertIn(alone, done.stderr)

    def test_the_host_is_as_it_was(self):
        def host():
            words = (["ip", "-o", "link"], ["ip", "netns"], ["nft", "list", "ruleset"], ["sysctl", "-a"])
            seen = {}
            for one in words:
                with contextlib.suppress(FileNotFoundError):
                    seen[one[0]] = subprocess.run(one, text=True, check=False, stderr=subprocess.DEVNULL,
                                                  stdout=subprocess.PIPE).stdout
            settings = seen.get("sysctl", "").splitlines()
            seen["sysctl"] = [line for line in settings if ".ipv4." in line or ".ipv6." in line]
            with contextlib.suppress(FileNotFoundError):  # a kernel without modules
                with open("/proc/modules", encoding="ascii") as file:
                    seen["modules"] = [line.split()[0] for line in file]
            return seen
        before = host()

        self.examine()

        after = host()
        for what, seen in before.items():
            self.assertEqual(seen, after[what], what)


class WithoutContainerd(NodeCase):
    examine, ask, errors, hops, assert_only = (Doctor.examine, Doctor.ask, Doctor.errors, Doctor.hops,
                                               Doctor.assert_only)

    def test_only_what_is_containerds_is_wrong(self):
        self.stage.kill_containerd()
        try:
            status, checks = self.examine()
        finally:
            self.stage.start_containerd()

        self.assertEqual(status, 1)
        self.assert_only(checks, ("containerd", "socket"))
        self.assertIn("systemctl", checks["containerd", "socket"]["cure"])
        self.assertEqual(checks["containerd", "version"]["verdict"], "unknown")
        self.assertEqual(self.hops(checks), ["ok"] * 4)
        self.assertEqual(checks["cgroups", "memory controller"]["verdict"], "ok")
        self.assertEqual({area for area, _ in checks}, AREAS)

        self.assertEqual(self.examine()[0], 0)
