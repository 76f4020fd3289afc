"""lan_test.py - tasks that are machines of the host's LAN, by the stock `aws`."""
import contextlib
import http.server
import signal
import threading

from demo_test import page
from lan_case import HOST_TOO, LanCase
from machine import asking
from network_use import check_counted, network_of, push_page
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

    def test_what_it_sends_and_receives_is_counted(self):
        self.register("web", [{"name": "main", "image": push_page(self.stage)}])
        task = self.run_task("web", self.subnet)
        address = self.address_of(self.wait_status(task, "RUNNING"))

        check_counted(self, task, lambda: self.peer.ask(address))
        self.stop(task)
        self.assertIsNone(network_of(self.stage, task))

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
                    self.ask_to_stop(task)
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


class Gateway(OnTheLan):
    """What holds where a gateway stands between the host and the task."""

    def test_a_task_reaches_the_host_by_a_new_address(self):
        task, _ = self.start()
        inside = f"--net=/run/netns/{self.stage.name}--{task.rpartition('/')[2]}"
        with http_server() as port:
            def asks():
                try:
                    return run(["nsenter", inside, *asking(f"{HOST_TOO}:{port}")])
                except Failed:
                    return None
            self.assertIsNone(asks())
            run(["ip", "address", "add", f"{HOST_TOO}/24", "dev", "eth0"])

            self.assertEqual(self.wait_for(asks, "the host answers"), "the host\n")
        run(["ip", "address", "delete", f"{HOST_TOO}/24", "dev", "eth0"])
        self.stop(task)


@contextlib.contextmanager
def http_server():
    """A server on the host for each of its addresses; its port."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"the host\n")

        def log_message(self, *_):
            pass
    server = http.server.ThreadingHTTPServer(("", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class LanRouted(OnTheLan, LanCase):
    driver = "lan-routed"
    points = ("lan.answered-for", "lan.answer-ended")


class Macvlan(Gateway, LanCase):
    driver = "macvlan"
    points = ("lan.device-made", "gateway.settled", "gateway.leg-made", "gateway.ways-opened",
              "gateway.host-led")
