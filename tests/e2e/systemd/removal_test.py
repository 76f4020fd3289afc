"""removal_test.py - drain, remove, come back, purge: what each leaves. In this order, on one node."""
import glob
import os
import unittest

import node
from processes import Failed, wait_for


class Removal(unittest.TestCase):
    def test_drain_remove_come_back_purge(self):
        node.install()
        node.systemctl("start", "berthd.service")
        node.start_registry()
        self.addCleanup(node.stop_registry)
        registered = node.wait_connected()["containerInstanceArn"]
        task = node.run_task()

        node.run(["berth", "drain"])
        self.assertEqual(node.wait_status(task, "STOPPED")["containers"][0]["exitCode"], 143)

        node.dpkg("-r", "berth-agent")
        self.check_removed()

        node.install()
        node.systemctl("start", "berthd.service")
        self.assertEqual(node.wait_connected()["containerInstanceArn"], registered)
        self.assertEqual(glob.glob("/var/lib/berth/purge"), [])

        node.run(["berth", "drain"])
        self.check_purge_needs_containerd()
        node.run(["apt-get", "-y", "purge", *node.PARTS])
        self.check_purged()

    def check_purge_needs_containerd(self):
        node.systemctl("stop", "containerd.service")
        with self.assertRaises(Failed) as refused:
            node.dpkg("-P", "berth-agent")
        node.systemctl("start", "containerd.service")
        self.assertIn("purge again", str(refused.exception))
        self.assertTrue(os.path.exists("/var/lib/berth/berth.db"), "what tells of the rest is kept")

    def check_removed(self):
        self.assertFalse(node.is_active("berthd.service"))
        self.assertFalse(node.is_active("berthd.socket"))
        self.assertFalse(node.is_active("berth.slice"))
        self.assertFalse(os.path.exists("/run/berth/berthd.sock"))
        self.assertTrue(os.path.exists("/var/lib/berth/berth.db"), "state is kept")
        self.assertIn("berth", node.run(["ctr", "namespaces", "ls", "-q"]).split())

    def check_purged(self):
        self.assertNotIn("berth", node.run(["ctr", "namespaces", "ls", "-q"]).split())
        for path in ("/var/lib/berth", "/run/berth", "/var/lib/berth-lab", "/var/lib/private/berth-lab",
                     "/etc/berth"):
            self.assertFalse(os.path.lexists(path), path)
        self.assertEqual(glob.glob("/run/netns/berth--*"), [])
        self.assertNotIn("berth", node.run(["nft", "list", "tables"]))
        wait_for(lambda: not [name for _, name, _ in node.programs() if name.startswith("berth")],
                 "no program of berth's is left")
        self.assertTrue(os.path.exists("/etc/ecs/ecs.config"), "what no package owns stays")
        for folder in ("/etc/systemd/system", "/lib/systemd/system", "/var/lib/systemd/deb-systemd-helper*"):
            self.assertEqual(glob.glob(f"{folder}/**/berth*", recursive=True), [])


if __name__ == "__main__":
    unittest.main()
