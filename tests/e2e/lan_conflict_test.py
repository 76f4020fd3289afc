"""lan_conflict_test.py - an address of the LAN that somebody else has, before or after a task."""
import json
import os
import sys

from lan_case import LAN, LanCase

ARP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "arp.py")


class Conflicts:
    def arp(self, words, address):
        """What the peer hears when it speaks so."""
        return self.peer.run(sys.executable, ARP, words, address).strip()

    def mac_of_peer(self):
        return json.loads(self.peer.ip("-j", "link", "show", "eth0"))[0]["address"]

    def why(self, task):
        return self.stage.berth("why", task.rpartition("/")[2])

    def test_a_task_whose_address_somebody_has_is_stopped(self):
        first, address = self.start()
        self.stop(first)
        last = int(address.removeprefix(LAN))
        taken = [f"{LAN}{last + more}/24" for more in (1, 2)]
        for one in taken:
            self.peer.ip("address", "add", one, "dev", "eth0")

        task = self.run_on_lan()
        now = self.wait_status(task, "STOPPED")

        self.assertRegex(now["stoppedReason"],
                         rf"ContainerNetworkingError: .*address {LAN}\d+ is in use by "
                         + self.mac_of_peer())
        self.assertIn("is in use by " + self.mac_of_peer(), self.why(task))
        self.assertNotIn("startedAt", now)
        for one in taken:
            self.peer.ip("address", "delete", one, "dev", "eth0")
        self.stage.berth("audit")

    def test_whoever_takes_a_running_tasks_address_is_named(self):
        task, address = self.start()
        self.assertEqual(self.router.ask(address), "served by berth\n")
        said = f"address {address} is also used by {self.mac_of_peer()}"
        self.assertNotIn(said, self.why(task))

        self.arp("claim", address)
        self.wait_for(lambda: said in self.why(task), "berth tells of the other")
        self.assertEqual(self.router.ask(address), "served by berth\n")  # it was announced again

        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.stage.wait_connected()

        def is_told_again():
            self.arp("claim", address)
            return self.why(task).count(said) == 2
        self.wait_for(is_told_again, "berth hears it after a restart", every=0.2)
        self.stop(task)
        self.stage.berth("audit")

    def test_whoever_asks_for_a_tasks_address_is_answered(self):
        task, address = self.start()

        self.assertRegex(self.arp("ask", address), "^([0-9a-f]{2}:){5}[0-9a-f]{2}$")

        self.stop(task)
        self.wait_for(lambda: self.arp("ask", address) == "", "nobody has it any more", every=0.1)


class LanRouted(Conflicts, LanCase):
    driver = "lan-routed"


class Macvlan(Conflicts, LanCase):
    driver = "macvlan"
