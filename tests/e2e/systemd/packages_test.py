"""packages_test.py - the installed packages: units, restarts, upgrade, with a task that lives on."""
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import node
from processes import Failed, wait_for


WATCHDOG_SECONDS = 2


def setUpModule():
    node.begin()


def tearDownModule():
    node.stop_registry()


class Units(unittest.TestCase):
    def test_are_enabled_and_up(self):
        for unit in ("berthd.service", "berthd.socket", "berth-tasks.service", "berth-lab.service"):
            self.assertEqual(node.systemctl("is-enabled", unit), "enabled")
            self.assertTrue(node.is_active(unit), unit)
        self.assertEqual(node.show("berthd.service", "NRestarts"), "0")
        wait_for(lambda: "Connected to cluster default" in node.show("berthd.service", "StatusText"),
                 "berthd's status tells of the cluster", node.SLOW_SECONDS)

    def test_are_silent_under_verify(self):
        files = [f"/lib/systemd/system/{name}" for name in (
            "berthd.service", "berthd.socket", "berth-tasks.service", "berth.slice", "berth-lab.service")]
        done = subprocess.run(["systemd-analyze", "verify", *files], text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_are_as_exposed_as_the_manual_says(self):
        with open(f"{node.CHECKOUT}/docs/operations.md", encoding="utf-8") as file:
            manual = dict(re.findall(r"^\| `(berth[\w-]*)\.service` \| ([\d.]+) \|", file.read(), re.M))
        self.assertEqual(set(manual), {"berthd", "berth-lab", "berth-tasks"})
        for name, figure in manual.items():
            said = node.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                             f"/lib/systemd/system/{name}.service"])
            self.assertIn(f"{name}.service: {figure} ", said.splitlines()[-1])

    def test_berthd_shares_the_hosts_mount_namespace(self):
        ours = os.readlink("/proc/1/ns/mnt")
        self.assertEqual(os.readlink(f"/proc/{node.main_pid()}/ns/mnt"), ours)
        self.assertNotEqual(os.readlink(f"/proc/{node.main_pid('berth-lab.service')}/ns/mnt"), ours)

    def test_only_root_may_ask(self):
        self.assertEqual(os.stat("/run/berth/berthd.sock").st_mode & 0o7777, 0o600)
        for folder in ("/run/berth", "/var/lib/berth"):
            self.assertEqual(os.stat(folder).st_mode & 0o7777, 0o700, folder)

    def test_no_package_owns_the_settings(self):
        done = subprocess.run(["dpkg", "-S", "/etc/ecs/ecs.config"], capture_output=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        for name in node.PARTS:
            owned = node.dpkg("-L", name).split()
            self.assertEqual([one for one in owned if one.startswith("/etc/")
                              and not one.startswith("/etc/berth")], [])


class Help(unittest.TestCase):
    """What a program's --help names is in its manual, and can be completed."""

    def words_of(self, program):
        said = node.run([program, "--help"])
        return set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", said)) | set(
            re.findall(r"^ +berth ([a-z]+)", said, re.M))

    def manual(self, program):
        (page,) = glob.glob(f"{node.CHECKOUT}/packaging/man/{program}.?")
        with open(page, encoding="utf-8") as file:
            return file.read().replace("\\-", "-")

    def test_the_manuals_are_complete(self):
        for program in ("berth", "berthd", "berth-lab", "berth-pull"):
            text = self.manual(program)
            self.assertEqual({word for word in self.words_of(program) if word not in text}, set(),
                             program)

    def test_the_completion_is(self):
        with open("/usr/share/bash-completion/completions/berth", encoding="utf-8") as file:
            text = file.read()
        missing = {word for word in self.words_of("berth") if word not in text}
        self.assertEqual(missing - {"--cli-input-json"}, set())  # which is an option of aws


class Unstartable(unittest.TestCase):
    """berthd.service does not start, whoever asks."""

    def assert_socket_stands(self):
        for _ in range(3):
            with self.assertRaises(Failed):
                node.run(["berth", "ps"])
        self.assertTrue(node.is_active("berthd.socket"))


class WithoutSettings(Unstartable):
    def test_the_socket_stands(self):
        node.systemctl("stop", "berthd.service")
        os.rename("/etc/ecs/ecs.config", "/etc/ecs/away")
        self.addCleanup(node.wait_connected)
        self.addCleanup(node.systemctl, "start", "berthd.service")
        self.addCleanup(os.rename, "/etc/ecs/away", "/etc/ecs/ecs.config")
        self.assert_socket_stands()


class BesideTheEcsAgent(Unstartable):
    """ecs.service here is a program that sleeps: all that is asked is whether it is active."""

    def setUp(self):
        node.systemctl("stop", "berthd.service")
        node.run(["systemd-run", "--unit=ecs.service", "sleep", "600"])
        self.addCleanup(node.systemctl, "start", "berthd.service")
        self.addCleanup(node.systemctl, "stop", "ecs.service")

    def test_berthd_does_not_start_and_names_it(self):
        since = time.time()
        with self.assertRaises(Failed):
            node.systemctl("start", "berthd.service")
        self.assertEqual(node.show("berthd.service", "ExecMainStatus"), "5")
        self.assertEqual(node.show("berthd.service", "ActiveState"), "failed", "not tried again")
        self.assertIn("ecs.service is active", node.journal("berthd.service", int(since)))
        self.assertTrue(node.is_active("ecs.service"))
        self.assert_socket_stands()


class OverPlugins(unittest.TestCase):
    """What berthd starts is under the unit's restrictions, too."""

    def test_plugins_and_their_iptables_do_their_work(self):
        os.makedirs("/etc/berth/cni/net.d")
        self.addCleanup(shutil.rmtree, "/etc/berth/cni")
        ipam = {"type": "host-local", "subnet": "10.230.0.0/24", "routes": [{"dst": "0.0.0.0/0"}]}
        plugins = [{"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True,
                    "capabilities": {"ips": True, "mac": True}, "ipam": ipam},
                   {"type": "portmap", "capabilities": {"portMappings": True}}, {"type": "firewall"}]
        with open("/etc/berth/cni/net.d/10-net.conflist", "w", encoding="ascii") as file:
            json.dump({"cniVersion": "1.0.0", "name": "net", "plugins": plugins}, file)
        subnet = node.aws("create-subnet", "--vpc-id", "vpc-lab", "--cidr-block", "10.230.0.0/24",
                          service="ec2")["Subnet"]["SubnetId"]
        with node.settings("BERTH_ENI_DRIVER=cni\nBERTH_CNI_NETWORK=net\n"):
            task = node.run_task(subnet)
            self.assertIn("MASQUERADE", node.run(["iptables", "-t", "nat", "-S"]))
            node.stop_task(task)
            wait_for(lambda: "MASQUERADE" not in node.run(["iptables", "-t", "nat", "-S"]),
                     "the plugins take away what they made", node.SLOW_SECONDS)


class WithTask(unittest.TestCase):
    """Each test has the same task; it, and nothing but it, is the same afterwards."""

    @classmethod
    def setUpClass(cls):
        cls.task = node.run_task()
        cls.processes = node.processes(cls.task)

    @classmethod
    def tearDownClass(cls):
        node.stop_task(cls.task)

    def tearDown(self):
        self.assertEqual(len(self.processes), 1)
        self.assertEqual(node.processes(self.task), self.processes)
        self.assertEqual(set(node.pins().values()), {"nsfs"})
        self.assertEqual(node.describe(self.task)["lastStatus"], "RUNNING")

    def await_another(self, before):
        """The pid of the berthd that follows, once it is connected."""
        wait_for(lambda: node.main_pid() not in (0, before) and node.is_active("berthd.service"),
                 "another berthd is active", node.SLOW_SECONDS)
        node.wait_connected()
        return node.main_pid()

    def test_nothing_of_a_task_is_in_berthds_cgroup(self):
        self.assertEqual(node.in_berthd_unit(), {node.main_pid(): "berthd"})
        names = [name for _, name, _ in node.programs()]
        self.assertIn("berth-logger", names)
        self.assertIn("containerd-shim-runc-v2", names)

    def test_loggers_have_no_privileges(self):
        loggers = [pid for pid, name, _ in node.programs() if name == "berth-logger"]
        self.assertTrue(loggers)
        for pid in loggers:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                status = dict(line.split(":\t") for line in file.read().splitlines() if ":\t" in line)
            self.assertEqual([int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff")], [0, 0, 0])
            self.assertEqual(status["NoNewPrivs"], "1")

    def test_the_journal_can_be_asked_for_a_task(self):
        node.ask("RegisterTaskDefinition", family="no-program", containerDefinitions=[
            {"name": "main", "image": f"{node.REGISTRY}/web:1", "memory": 16, "command": ["/no/program"]}])
        task = node.ask("RunTask", taskDefinition="no-program")["tasks"][0]["taskArn"]
        node.wait_status(task, "STOPPED")

        def lines(*fields):
            said = node.run(["journalctl", "-u", "berthd", "-o", "json", f"TASK_ARN={task}", *fields])
            return [json.loads(line) for line in said.splitlines()]

        self.assertIn("task accepted", [line["MESSAGE"].partition(" task=")[0] for line in lines()])
        self.assertEqual({line["TASK_ID"] for line in lines()}, {task.rpartition("/")[2]})
        self.assertTrue(lines("CONTAINER=main"))
        [failed] = lines("CONTAINER=main", "STEP=CreateContainer")
        self.assertIn("/no/program", failed["ERROR"])
        self.assertEqual(failed["PRIORITY"], "4")

    def test_tasks_are_in_the_cgroup_that_systemd_gave_away(self):
        pid = next(iter(self.processes))
        short = self.task.rpartition("/")[2]
        place = f"/berth.slice/berth-tasks.service/{short}/"
        # Which cgroup is of no account where systemd has no controller: hugetlb, net_cls and their kin.
        counted = {"cpu", "memory", "pids"}

        def groups():
            with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
                rows = [line.strip().split(":", 2) for line in file]
            return {path for _, names, path in rows if not names or counted & set(names.split(","))}

        before = groups()
        self.assertTrue(all(place in path for path in before if path != "/"), before)
        node.systemctl("daemon-reload")
        node.systemctl("daemon-reexec")
        self.assertEqual(groups(), before)
        self.assertIn(short, node.run(["systemctl", "status", "--no-pager", "berth-tasks.service"]))

    def test_outlives_what_keeps_its_cgroup(self):
        node.systemctl("stop", "berth-tasks.service")
        self.addCleanup(node.systemctl, "start", "berth-tasks.service")
        self.assertEqual(node.processes(self.task), self.processes)

    def test_container_keeps_the_capabilities_that_berthd_lacks(self):
        pid = next(iter(self.processes))
        with open(f"/proc/{pid}/status", encoding="ascii") as file:
            held = int(re.search(r"CapBnd:\t(\w+)", file.read())[1], 16)
        with open(f"/proc/{node.main_pid()}/status", encoding="ascii") as file:
            ours = int(re.search(r"CapBnd:\t(\w+)", file.read())[1], 16)
        mknod, audit_write = 1 << 27, 1 << 29
        for capability in (mknod, audit_write):
            self.assertTrue(held & capability)
            self.assertFalse(ours & capability)

    def test_outlives_a_restart(self):
        before = node.main_pid()
        node.systemctl("restart", "berthd.service")
        self.await_another(before)

    def test_outlives_a_stop(self):
        node.systemctl("stop", "berthd.service")
        self.addCleanup(node.wait_connected)
        self.addCleanup(node.systemctl, "start", "berthd.service")
        self.assertEqual(node.processes(self.task), self.processes)
        self.assertEqual(set(node.pins().values()), {"nsfs"})

    def test_outlives_kill_9(self):
        before = node.main_pid()
        os.kill(before, signal.SIGKILL)
        self.await_another(before)

    def test_outlives_containerds_restart(self):
        before = node.main_pid()
        node.systemctl("restart", "containerd.service")
        self.assertIn(self.task.rpartition("/")[2], node.run(["berth", "ps"]))
        self.assertEqual(node.main_pid(), before, "berthd is not restarted with it")

    def test_a_hung_berthd_is_ended_by_the_watchdog(self):
        with node.drop_in("berthd.service", "[Service]\nWatchdogSec=2\n"):
            before = node.main_pid()
            since = time.time()
            os.kill(before, signal.SIGSTOP)
            self.await_another(before)
            self.assertIn("Watchdog timeout", node.journal("berthd.service", int(since)))
        self.await_another(before)

    def test_the_watchdog_lets_it_wait_for_others(self):
        with node.drop_in("berthd.service", f"[Service]\nWatchdogSec={WATCHDOG_SECONDS}\n"):
            node.wait_connected()
            before = node.main_pid()
            node.systemctl("stop", "containerd.service", "berth-lab.service")
            self.addCleanup(node.systemctl, "start", "containerd.service", "berth-lab.service")
            until = time.monotonic() + 5 * WATCHDOG_SECONDS
            wait_for(lambda: time.monotonic() > until, "five intervals are over", node.SLOW_SECONDS)
            self.assertEqual(node.main_pid(), before)
            self.assertEqual(node.show("berthd.service", "NRestarts"), "0")
            self.assertRegex(node.show("berthd.service", "StatusText"),
                             r"^Not connected to cluster default; .*; containerd does not answer")
            node.systemctl("start", "containerd.service", "berth-lab.service")
            node.wait_connected()
            self.assertEqual(node.main_pid(), before)
        self.await_another(before)

    def test_reload_says_what_needs_a_restart(self):
        since = time.time()
        self.addCleanup(node.systemctl, "reload", "berthd.service")
        self.addCleanup(node.write_settings)
        node.write_settings("ECS_IMAGE_PULL_BEHAVIOR=always\n")
        node.systemctl("reload", "berthd.service")
        wait_for(lambda: "settings wait for a restart field=ECS_IMAGE_PULL_BEHAVIOR" in
                 node.journal("berthd.service", int(since)), "berthd names the setting", node.SLOW_SECONDS)

    def test_reload_reads_without_a_restart(self):
        before, since = node.main_pid(), time.time()
        self.addCleanup(node.systemctl, "reload", "berthd.service")
        self.addCleanup(node.write_settings)
        node.write_settings("ECS_CONTAINER_STOP_TIMEOUT=7s\n")
        node.systemctl("reload", "berthd.service")
        wait_for(lambda: "ECS_CONTAINER_STOP_TIMEOUT" in node.journal("berthd.service", int(since)),
                 "berthd tells that it read the setting", node.SLOW_SECONDS)
        self.assertEqual(node.main_pid(), before)
        wait_for(lambda: node.is_active("berthd.service"), "it is ready again", node.SLOW_SECONDS)

    def test_asking_starts_berthd(self):
        node.systemctl("stop", "berthd.service")
        self.assertFalse(node.is_active("berthd.service"))
        self.assertIn(self.task.rpartition("/")[2], node.run(["berth", "ps"]))
        self.assertTrue(node.is_active("berthd.service"))
        node.wait_connected()

    def test_outlives_upgrade_and_downgrade(self):
        older, holder = node.installed_version("berth-agent"), node.main_pid("berth-tasks.service")
        with tempfile.TemporaryDirectory() as folder:
            for files in (node.newer_packages(folder), node.packages()):
                before = node.main_pid()
                node.dpkg("-i", *files)
                self.await_another(before)
                self.assertEqual(node.processes(self.task), self.processes)
                self.assertEqual(node.main_pid("berth-tasks.service"), holder)
        self.assertEqual(node.installed_version("berth-agent"), older)

    def test_removal_is_refused(self):
        before = node.main_pid()
        with self.assertRaises(Failed) as refused:
            node.dpkg("-r", "berth-agent")
        self.assertIn(self.task.rpartition("/")[2], str(refused.exception))
        self.assertIn("berth drain", str(refused.exception))
        self.assertIsNotNone(node.installed_version("berth-agent"))
        self.assertEqual(node.main_pid(), before)
        self.assertEqual(glob.glob("/var/lib/berth/purge"), [])


if __name__ == "__main__":
    unittest.main()
