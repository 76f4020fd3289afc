"""tarball_test.py - install.sh of the tarball: what the packages do, without them. On a host that has none."""
import glob
import os
import shutil
import tempfile
import unittest

import node
from processes import Failed

TARBALLS = os.path.join(os.path.dirname(node.PACKAGES), "tarball")


class Tarball(unittest.TestCase):
    def setUp(self):
        node.prepare()
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        (tarball,) = glob.glob(f"{TARBALLS}/*.tar.gz")
        node.run(["tar", "-C", folder, "--strip-components=1", "-xf", tarball])
        self.script = f"{folder}/install.sh"
        node.start_registry()
        self.addCleanup(node.stop_registry)

    def test_programs_that_do_not_run_here_are_not_installed(self):
        with open(f"{os.path.dirname(self.script)}/files/usr/local/bin/berthd", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho 'libgrpc++.so.1.51: cannot open shared object file' >&2\nexit 127\n")

        with self.assertRaises(Failed) as refused:
            node.run([self.script])

        self.assertIn("berthd does not run on this machine: libgrpc++.so.1.51: cannot open", str(refused.exception))
        self.assertEqual(glob.glob("/usr/local/**/*berth*", recursive=True), [])

    def test_install_replace_remove_purge(self):
        umask = os.umask(0o077)
        self.addCleanup(os.umask, umask)
        modes = {path: os.stat(path).st_mode for path in ("/", "/usr", "/usr/local", "/usr/local/bin")}
        node.systemctl("mask", "--runtime", "--now", "containerd.service")
        said = node.run([self.script])
        self.assertRegex(said, r"(?m)^FAIL +containerd .*\n +cure: ")
        self.assertNotRegex(said, r"(?m)^OK|endpoint")
        node.systemctl("unmask", "--runtime", "containerd.service")
        node.systemctl("start", "containerd.service", "berth-lab.service")
        node.wait_connected()
        self.assertEqual(modes, {path: os.stat(path).st_mode for path in modes})
        self.assertEqual(os.readlink(f"/proc/{node.main_pid()}/exe"), "/usr/local/bin/berthd")
        task = node.run_task()
        processes = node.processes(task)

        before = node.main_pid()
        node.run([self.script])
        node.wait_connected()
        self.assertNotEqual(node.main_pid(), before)
        self.assertEqual((len(processes), node.processes(task)), (1, processes))

        for word in ("remove", "purge"):
            with self.assertRaises(Failed) as refused:
                node.run([self.script, word])
            self.assertIn(task.rpartition("/")[2], str(refused.exception))
            self.assertTrue(node.is_active("berthd.service"))

        node.run(["/usr/local/bin/berth", "drain"])
        node.run([self.script, "purge"])
        self.assertNotIn("berth", node.run(["ctr", "namespaces", "ls", "-q"]).split())
        for pattern in ("/usr/local/**/*berth*", "/etc/systemd/system/**/berth*", "/var/lib/berth*",
                        "/run/berth", "/etc/berth"):
            self.assertEqual(glob.glob(pattern, recursive=True), [])


if __name__ == "__main__":
    unittest.main()
