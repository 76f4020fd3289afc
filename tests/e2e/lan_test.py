"""lan_test.py - tasks that are machines of the host's LAN, by the stock `aws`."""
import signal

from demo_test import page
from lan_case import LanCase
from processes import Failed
from stage import run


class OnTheLan:
    """What holds for each driver."""

    def serves(self, address):
        """What the peer, the router and the host see at the address."""
        return {self.peer.ask(address), self.router.ask(address), page(address)}

    def is_shut_out(self, machine, address):
        try:
            machine.ask(address)
            return False
        except Failed:
            return True

    def audit_finds_nothing(self):
        self.stage.berth("audit")  # fails with what it finds

    def test_a_task_is_a_machine_of_the_lan_over_kill_9(self):
        task, address = self.start()

        self.assertEqual(self.serves(address), {"served by berth\n"})
        self.stage.programs["berthd"].kill()
        self.assertEqual(self.serves(address), {"served by berth\n"})
        self.stage.start_berthd()
        self.stage.wait_connected()
        second, other = self.start()

        self.assertEqual(self.serves(address), {"served by berth\n"})
        self.assertEqual(self.serves(other), {"served by berth\n"})
        self.audit_finds_nothing()
        for one in (task, second):
            self.stop(one)
        self.wait_for(lambda: self.is_shut_out(self.peer, address), "nobody has the address")
        self.audit_finds_nothing()

    def test_groups_hold_and_change(self):
        group = self.stage.aws("create-security-group", "--group-name", "web", "--description",
                               "of a test", service="ec2")["GroupId"]
        task, address = self.start(group)
        self.assertTrue(self.is_shut_out(self.peer, address))

        self.stage.aws("authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp",
                       "--port", "80", "--cidr", f"{self.peer.address}/32", service="ec2")
        self.wait_for(lambda: not self.is_shut_out(self.peer, address), "the peer is let in")

        self.assertTrue(self.is_shut_out(self.router, address))
        self.stop(task)

    def test_what_was_half_done_is_completed(self):
        for point in self.points:
            with self.subTest(point):
                self.stage.programs["berthd"].stop()
                self.stage.environment = {"BERTH_CRASH_AT": point}
                self.stage.start_berthd()
                self.stage.environment = {}
                self.stage.wait_connected()
                task = self.run_on_lan()
                if point.endswith("-ended"):
                    self.wait_status(task, "RUNNING")
                    self.stage.aws("stop-task", "--task", task)
                berthd = self.stage.programs["berthd"]
                self.wait_for(lambda: not berthd.runs(), "berthd kills itself")
                self.assertEqual(berthd.exit_code(), -signal.SIGKILL)
                self.stage.start_berthd()
                if not point.endswith("-ended"):
                    address = self.address_of(self.wait_status(task, "RUNNING"))
                    self.assertEqual(self.serves(address), {"served by berth\n"})
                    self.stop(task)
                self.wait_status(task, "STOPPED")
                self.audit_finds_nothing()

    def test_what_somebody_deletes_is_made_again(self):
        task, address = self.start()
        device = "be" + task.rpartition("/")[2][:12]

        run(["ip", "link", "delete", device])

        self.wait_for(lambda: not self.is_shut_out(self.peer, address), "the interface is back")
        self.assertEqual(self.serves(address), {"served by berth\n"})
        self.stop(task)


class LanRouted(OnTheLan, LanCase):
    driver = "lan-routed"
    points = ("lan.answered-for", "lan.answer-ended")


class Macvlan(OnTheLan, LanCase):
    driver = "macvlan"
    points = ("lan.device-made", "gateway.settled", "gateway.leg-made", "gateway.ways-opened",
              "gateway.host-led")
