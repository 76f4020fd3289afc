"""cgroups_test.py - the systemd cgroup driver: a task is a slice, its containers are scopes in it."""
import os
import subprocess
import unittest

import node
import slices


def setUpModule():
    node.begin()


def tearDownModule():
    node.stop_registry()


class SystemdDriver(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.enterClassContext(node.settings("BERTH_CGROUP_DRIVER=systemd\n"))

    def setUp(self):
        self.task = node.run_task()
        self.slice = slices.Slice(self.task)

    def test_the_units_tell_the_truth_and_outlive_berthd(self):
        was = node.processes(self.task)
        self.slice.check(node.show)
        [pid] = was
        self.assertIn(self.slice.name, node.systemctl("status", "--no-pager", str(pid)))

        node.systemctl("daemon-reload")
        node.systemctl("daemon-reexec")
        node.systemctl("restart", "berthd.service")
        node.wait_connected()

        self.assertEqual(node.processes(self.task), was)
        self.slice.check(node.show)
        node.run(["berth", "audit"])
        node.stop_task(self.task)
        self.slice.wait_gone(node.systemctl)

    def test_who_stops_the_slice_stops_the_task(self):
        node.systemctl("stop", self.slice.name)

        node.wait_status(self.task, "STOPPED")
        self.slice.wait_gone(node.systemctl)

    def test_tasks_of_the_other_driver_go_on_and_end(self):
        node.write_settings()
        node.systemctl("restart", "berthd.service")
        node.wait_connected()
        self.slice.check(node.show)
        other = node.run_task()
        self.assertFalse(os.path.exists(slices.Slice(other).cgroup("memory")))

        node.stop_task(other)
        node.stop_task(self.task)
        self.slice.wait_gone(node.systemctl)

    def tearDown(self):
        node.write_settings("BERTH_CGROUP_DRIVER=systemd\n")
        node.systemctl("restart", "berthd.service")
        node.wait_connected()

    def test_the_doctor_says_which_and_why(self):
        node.stop_task(self.task)
        said = subprocess.run(["berth", "doctor"], text=True, capture_output=True, check=False).stdout
        self.assertIn("systemd below berth.slice: BERTH_CGROUP_DRIVER asks for systemd", said)
