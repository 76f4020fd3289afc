"""firewalld_test.py - tasks beside a real firewalld: let through by the zone and the policies of the package,
again after a reload and a restart, no more after a purge. In this order, on one node."""
import contextlib
import glob
import os
import sqlite3
import subprocess
import sys
import unittest

import node
from machine import Machine, asking
from processes import Failed, wait_for
from stage import run

HOST, PEER = "192.0.2.1", "192.0.2.2"  # on a cable between them; the peer's other way is the host
PORT = 8080
BLOCKED = "forwarding blocked by inet firewalld filter_FORWARD, policy reject"
DEBS = f"{node.CHECKOUT}/build/deps/packages/firewalld"


def install_firewalld():
    """As Debian has it: zone public, which takes ssh alone and forwards nothing."""
    with contextlib.suppress(FileNotFoundError):
        os.remove("/var/lib/man-db/auto-update")
    if not os.path.exists("/usr/sbin/firewalld"):
        node.dpkg("-i", *glob.glob(f"{DEBS}/*.deb"))
    node.systemctl("start", "firewalld.service")


def firewall_cmd(*words):
    return run(["firewall-cmd", *words]).strip()


def rules():
    return run(["nft", "--stateless", "list", "table", "inet", "firewalld"])


def zones():
    """Where the devices of tasks are."""
    zone, found = "", []
    for line in firewall_cmd("--get-active-zones").splitlines():
        if not line.startswith(" "):
            zone = line.split()[0]
        elif "be+" in line.split():
            found.append(zone)
    return found


def gets(words):
    try:
        run(words)
        return True
    except Failed:
        return False


class Task:
    """A task with an address of its own, and the ways of its packets."""

    def __init__(self, peer):
        self.peer, self.arn = peer, node.run_task()
        self.id = self.arn.rpartition("/")[2]
        details = node.describe(self.arn)["attachments"][0]["details"]
        self.address = next(one["value"] for one in details if one["name"] == "privateIPv4Address")

    def inside(self, *words):
        return ["nsenter", f"--net=/run/netns/berth--{self.id}", *words]

    def is_reached(self):
        return gets(self.peer.inside(*asking(self.address, 2)))

    def reaches(self, where):
        return gets(self.inside(*asking(where, 2)))

    def ways(self):
        """In, and out."""
        return self.is_reached(), self.reaches(f"{PEER}:{PORT}")


class BesideFirewalld(unittest.TestCase):
    def serve(self, words):
        server = subprocess.Popen([*words, sys.executable, "-m", "http.server", str(PORT)],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)

    def setUp(self):
        install_firewalld()
        self.peer = Machine(PEER)
        self.addCleanup(self.peer.end)
        run(["ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.peer.pid])
        run(["ip", "address", "add", f"{HOST}/24", "dev", "eth0"])
        run(["ip", "link", "set", "eth0", "up"])
        run(["ip", "route", "add", "default", "via", PEER])
        self.peer.ip("address", "add", f"{PEER}/24", "dev", "eth0")
        self.peer.ip("link", "set", "eth0", "up")
        self.peer.ip("route", "add", "default", "via", HOST)
        self.serve(self.peer.inside())
        self.serve([])
        wait_for(lambda: gets(asking(f"{PEER}:{PORT}")), "the peer serves")
        wait_for(lambda: gets(asking(f"127.0.0.1:{PORT}")), "the host serves")
        node.install()
        node.start_registry()
        self.addCleanup(node.stop_registry)

    def check_open(self, task, when):
        # First the zone: a firewalld that has only begun has no rules, and all passes.
        wait_for(lambda: zones() == ["berth"], f"be+ is in the zone {when}", node.SLOW_SECONDS)
        wait_for(lambda: task.ways() == (True, True), f"packets pass {when}", node.SLOW_SECONDS)

    def check_closed(self, before):
        """Chains of a zone that nothing leads to any more are firewalld's, until it reloads."""
        self.assertEqual(zones(), [])
        self.assertNotIn("be*", rules())
        firewall_cmd("--reload")
        self.assertEqual(rules(), before)

    def test_tasks_are_let_through_until_the_purge(self):
        self.assertIn("berth-in", firewall_cmd("--get-policies").split(), "the package told firewalld")
        files, before = firewall_cmd("--permanent", "--list-all-zones"), rules()
        task = self.named_when_off()
        self.check_open(task, "with auto")
        self.noted_and_no_more_than_needed(task)
        self.comes_again(task)
        self.goes_with_the_last(task, before)
        self.goes_with_a_purge(before)
        self.assertEqual(firewall_cmd("--permanent", "--list-all-zones"), files, "nothing is kept")
        self.a_purge_needs_no_firewalld()

    def named_when_off(self):
        node.write_settings("BERTH_FIREWALL_INTEGRATION=off\n")
        node.systemctl("restart", "berthd.service")
        node.wait_connected()
        task = Task(self.peer)
        self.assertEqual(task.ways(), (False, False))
        self.assertEqual(zones(), [])
        self.assertIn(BLOCKED, run(["berth", "why", task.id]))
        node.write_settings()
        node.systemctl("restart", "berthd.service")
        return task

    def noted_and_no_more_than_needed(self, task):
        with contextlib.closing(sqlite3.connect("file:/var/lib/berth/berth.db?mode=ro", uri=True)) as book:
            noted = book.execute("SELECT name FROM host_changes WHERE kind = 'firewalld-interface'")
            self.assertEqual(noted.fetchall(), [("berth be+",)])
        self.assertIn(task.id, run(task.inside("curl", "-fsS", "http://169.254.170.2/health")))
        self.assertFalse(task.reaches(f"{HOST}:{PORT}"), "the host is for firewalld to guard")

    def comes_again(self, task):
        firewall_cmd("--reload")
        self.check_open(task, "after a reload")
        node.systemctl("restart", "firewalld.service")
        self.check_open(task, "after a restart")

    def goes_with_the_last(self, task, before):
        node.stop_task(task.arn)
        wait_for(lambda: zones() == [], "the zone is left with the last task", node.SLOW_SECONDS)
        self.check_closed(before)
        # Where somebody has put them himself they stay.
        firewall_cmd("--zone=work", "--add-interface=be+")
        second = Task(self.peer)
        node.stop_task(second.arn)
        wait_for(lambda: not node.pins(), "the task is cleaned up", node.SLOW_SECONDS)
        self.assertEqual(zones(), ["work"])
        firewall_cmd("--zone=work", "--remove-interface=be+")

    def goes_with_a_purge(self, before):
        self.check_open(Task(self.peer), "to one more")
        self.purge()
        self.check_closed(before)
        self.assertEqual(run(["nft", "list", "tables"]).split(), ["table", "inet", "firewalld"])

    def a_purge_needs_no_firewalld(self):
        run(["berth", "ps"])  # starts it
        node.wait_connected()
        self.check_open(Task(self.peer), "after it, too")
        node.systemctl("stop", "firewalld.service")
        self.purge()
        self.assertEqual(run(["nft", "list", "tables"]), "")

    def purge(self):
        """The socket stands meanwhile, and leads to the next berthd."""
        node.systemctl("stop", "berthd.service")
        run(["berthd", "--purge"])


if __name__ == "__main__":
    unittest.main()
