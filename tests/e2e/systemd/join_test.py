"""join_test.py - packages on a machine without settings: it joins a lab by a token, works, and leaves."""
import os
import stat
import subprocess
import unittest

import node
from processes import Failed

CONFIG = "/etc/ecs/ecs.config"
UNITS = ("berthd.service", "berthd.socket")


def setUpModule():
    node.prepare()
    os.remove(CONFIG)
    node.dpkg("-i", *node.packages())
    with open("/etc/berth/lab.conf", "w", encoding="ascii") as file:
        file.write("BERTH_LAB_OPTIONS=--tls\n")
    node.systemctl("restart", "berth-lab.service")
    node.ca = "/var/lib/berth-lab/tls.pem"
    node.start_registry()


def tearDownModule():
    node.stop_registry()
    node.ca = None
    node.run(["apt-get", "-y", "purge", *node.PARTS])


def token():
    return node.run(["berth-lab", "token"]).strip()


class JoinAndLeave(unittest.TestCase):
    def test_a_machine_that_is_not_fit_stays_as_it_is(self):
        node.systemctl("stop", "containerd.service")
        self.addCleanup(node.systemctl, "start", "containerd.service")
        with self.assertRaises(Failed) as refused:
            node.run(["berth", "join", "--token", token()])
        self.assertIn("this machine cannot join:\n  containerd, socket: ", str(refused.exception))
        self.assertEqual(os.listdir("/etc/ecs"), [])
        self.assertFalse(node.is_active("berthd.service"))

    def test_it_joins_works_leaves_and_comes_back(self):
        self.assertFalse(node.is_active("berthd.service"), "nothing says what to join")
        said = node.run(["berth", "join", "--token", token()])
        arn = node.wait_connected()["containerInstanceArn"]
        self.assertTrue(said.endswith(f"joined cluster default, connected as {arn}\n"), said)
        self.assertEqual(stat.S_IMODE(os.stat(CONFIG).st_mode), 0o600)
        for unit in UNITS:
            self.assertEqual(node.systemctl("is-enabled", unit), "enabled")
            self.assertTrue(node.is_active(unit), unit)

        task = node.run_task()
        processes = node.processes(task)
        node.run(["berth", "join", "--cluster", "default"])
        self.assertEqual(node.processes(task), processes, "a task does not feel it")
        self.assertEqual(node.wait_connected()["containerInstanceArn"], arn)

        said = node.run(["berth", "leave"])
        self.assertIn(f"{arn} is deregistered\n", said)
        self.assertEqual(node.describe(task)["lastStatus"], "STOPPED")
        self.check_left()
        self.assertEqual(node.run(["berth", "leave"]), "this machine is in no cluster\n")

        node.run(["berth", "join", "--token", token()])
        self.assertNotEqual(node.wait_connected()["containerInstanceArn"], arn)
        node.run(["berth", "leave"])
        self.check_left()

    def check_left(self):
        self.assertEqual(node.ask("ListContainerInstances")["containerInstanceArns"], [])
        for unit in UNITS:
            done = subprocess.run(["systemctl", "is-enabled", unit], text=True, capture_output=True,
                                  check=False)
            self.assertEqual(done.stdout.strip(), "disabled")
            self.assertFalse(node.is_active(unit), unit)
        self.assertEqual(os.listdir("/etc/ecs"), [])
        self.assertFalse(os.path.exists("/var/lib/berth/berth.db"))
        self.assertNotIn("berth", node.run(["ctr", "namespaces", "ls", "-q"]).split())


if __name__ == "__main__":
    unittest.main()
