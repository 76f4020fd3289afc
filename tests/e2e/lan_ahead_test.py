"""lan_ahead_test.py - addresses of a LAN that were asked for before a task needs one."""
import json
import re
import subprocess
import sys

from lan_case import LAN, LanCase, ROUTER
from lan_conflict_test import ARP
from network_d_test import NetworkFiles

AHEAD = "its address was found free before, and announced"
ASKED = "its address is free, and announced"
QUESTIONS = 3  # for each address; docs/networking.md


class Ahead(NetworkFiles):
    def setUp(self):
        self.heard = self.stage.path("heard")
        with open(self.heard, "w", encoding="ascii") as file:
            listener = subprocess.Popen(self.peer.inside(sys.executable, ARP, "listen"), stdout=file)
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        self.wait_for(lambda: self.questions("listens"), "the peer listens")

    def tearDown(self):
        self.end_of_tasks()
        self.peer.ip("address", "flush", "dev", "eth0", "label", "eth0:*")

    def questions(self, address):
        """How often somebody has asked on the LAN whether the address is in use."""
        with open(self.heard, encoding="ascii") as file:
            return file.read().split("\n").count(address)

    def put_lan(self, addresses, free):
        """A network of the LAN; returns once so many of its addresses are known to be free."""
        self.put("network.d", "lan.json", {
            "name": "lan", "driver": self.driver, "parent": "eth0", "subnet": LAN + "0/24",
            "addresses": addresses, "gateway": ROUTER, "ipv6Subnet": "fd00:77:3::/64"})
        self.wait_for(lambda: self.found_free() == free, f"{free} addresses are found free")

    def found_free(self):
        for one in self.node()["files"]:
            if one["name"] == "network.d/lan.json":
                return one.get("foundFree")
        return None

    def take(self, last):
        """The peer gets an address of the LAN."""
        self.peer.ip("address", "add", f"{LAN}{last}/24", "dev", "eth0", "label", "eth0:too")

    def timeline(self, family):
        [task] = self.running(family)
        return self.stage.berth("why", task["id"])

    def claimed_in(self, family):
        """Milliseconds that a task took for its address."""
        return int(re.search(r"announced \((\d+) ms\)", self.timeline(family)).group(1))

    def test_a_start_does_not_ask_again(self):
        self.put_lan(f"{LAN}200-{LAN}205", 4)
        for last in range(200, 204):
            self.assertEqual(self.questions(f"{LAN}{last}"), QUESTIONS)

        self.put_task("web")
        self.assertEqual(self.wait_address("web"), f"{LAN}200")

        self.assertIn(AHEAD, self.timeline("web"))
        self.assertEqual(self.questions(f"{LAN}200"), QUESTIONS)
        for machine in (self.peer, self.router):
            self.assertEqual(machine.ask(f"{LAN}200"), "served by berth\n")
        self.wait_for(lambda: self.questions(f"{LAN}204") == QUESTIONS, "the next one is asked for")
        self.wait_for(lambda: self.found_free() == 4, "there are as many as before")
        print(f"claimed, found free before: {self.claimed_in('web')} ms", file=sys.stderr)

    def test_what_others_have_no_task_gets(self):
        self.take(200)
        self.take(202)
        self.put_lan(f"{LAN}200-{LAN}205", 4)

        for family, last in (("web", 201), ("second", 203)):
            self.put_task(family)
            self.assertEqual(self.wait_address(family), f"{LAN}{last}")
            self.assertIn(AHEAD, self.timeline(family))
        self.assertEqual(len(self.node()["tasks"]), 2, "none was begun in vain")

    def test_whoever_takes_one_meanwhile_is_heard(self):
        self.put_lan(f"{LAN}200-{LAN}202", 3)

        self.peer.run(sys.executable, ARP, "claim", f"{LAN}200")
        self.wait_for(lambda: self.found_free() == 2, "the claim is heard")

        self.put_task("web")
        self.assertEqual(self.wait_address("web"), f"{LAN}201")

    def test_without_one_a_task_asks_once(self):
        self.put_lan(f"{LAN}200", 1)
        self.put_task("web")
        self.assertEqual(self.wait_address("web"), f"{LAN}200")
        self.remove_task("web")
        self.wait_for(lambda: not self.node()["tasks"], "it is cleaned up")
        self.assertEqual(self.found_free(), 0)  # it rests

        self.put_task("web")
        self.assertEqual(self.wait_address("web"), f"{LAN}200")

        self.assertIn(ASKED, self.timeline("web"))
        self.assertEqual(self.questions(f"{LAN}200"), 2 * QUESTIONS)
        print(f"claimed, asked for then: {self.claimed_in('web')} ms", file=sys.stderr)

    def test_a_cable_that_was_out_makes_it_ask_again(self):
        self.put_lan(f"{LAN}200-{LAN}201", 2)
        [port] = [name for name in self.ports() if self.is_hosts(name)]

        self.switch.ip("link", "set", port, "down")
        self.switch.ip("link", "set", port, "up")

        self.wait_for(lambda: self.questions(f"{LAN}200") == 2 * QUESTIONS, "it is asked again")
        self.wait_for(lambda: self.found_free() == 2, "they are free still")

    def ports(self):
        return [link["ifname"] for link in json.loads(self.switch.ip("-j", "link"))
                if link["ifname"].startswith("port")]

    def is_hosts(self, port):
        """The host is plugged in last."""
        return port == max(self.ports(), key=lambda name: int(name.removeprefix("port")))


class LanRouted(Ahead, LanCase):
    driver = "lan-routed"


class Macvlan(Ahead, LanCase):
    driver = "macvlan"
