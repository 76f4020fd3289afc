"""network_d_test.py - networks of files: a node without a control plane gives its tasks addresses."""
import contextlib
import json
import os
import subprocess
import sys

from lan_case import LAN, LanCase, PEER, ROUTER
from machine import asking
from node_case import NodeCase
from processes import Failed
from stage import run


SIX = "fd00:77:6::"  # the LAN's IPv6 addresses
PEER_SAYS = f"[{SIX}14]:8080"
VLAN = "10.77.42."
WHO_ASKS = """import http.server, socket
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode())
    def log_message(self, *_):
        pass
class Server(http.server.HTTPServer):
    address_family = socket.AF_INET6
server = Server(("::", 8080), Page)
print("ready", flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def who_asks(machine):
    """A page on port 8080 of a machine that names the address it is asked from."""
    server = subprocess.Popen(machine.inside(sys.executable, "-c", WHO_ASKS),
                              stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline() == "ready\n"
        yield
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def page(address):
    """What the host sees there; soon, because what is dropped is never answered."""
    return run(asking(address, 2))


class NetworkFiles:
    """What a test says of both kinds of files."""

    def put(self, folder, name, what):
        """By rename, as one does."""
        os.makedirs(self.stage.path(folder), exist_ok=True)
        fresh = self.stage.path(folder, f".{name}.new")
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(what, file)
        os.rename(fresh, self.stage.path(folder, name))

    def remove_all(self, folder):
        os.makedirs(self.stage.path(folder), exist_ok=True)
        for name in os.listdir(self.stage.path(folder)):
            os.remove(self.stage.path(folder, name))

    def put_task(self, name, groups=(), **awsvpc):
        """A task of a file that serves a page."""
        if groups:
            awsvpc["securityGroups"] = list(groups)
        file = {"family": name, "networkMode": "awsvpc", "containerDefinitions": [
            {"name": "main", "image": self.stage.image("web:1"), "memory": 32, "stopTimeout": 2}]}
        if awsvpc:
            file["networkConfiguration"] = {"awsvpcConfiguration": awsvpc}
        self.put("tasks.d", f"{name}.json", file)

    def remove_task(self, name):
        os.remove(self.stage.path("tasks.d", f"{name}.json"))

    def node(self):
        return json.loads(self.stage.berth("ps", "--json"))

    def files(self):
        return {one["name"]: one["complaint"] for one in self.node()["files"]}

    def complaint(self, name):
        return self.files().get(name, "")

    def running(self, family):
        return [task for task in self.node()["tasks"]
                if task["family"] == family and task["status"] == "RUNNING"]

    def wait_address(self, family):
        [task] = self.wait_for(lambda: self.running(family), f"{family} runs")
        return task["address"]

    def shuts_out(self, look, address):
        try:
            look(address)
            return False
        except Failed:
            return True

    def group(self, port):
        return {"groupId": "sg-web", "ingress": [{"protocol": "tcp", "fromPort": port,
                                                  "toPort": port, "cidrs": ["0.0.0.0/0"]}]}

    def end_of_tasks(self):
        self.remove_all("tasks.d")
        self.wait_for(lambda: not self.node()["tasks"], "all tasks are cleaned up")
        self.remove_all("network.d")
        self.stage.berth("audit")  # fails with what it finds


class WithoutAControlPlane(NetworkFiles, NodeCase):
    """Driver bridge; berthd has not reached its control plane since it started."""

    def setUp(self):
        if "berth-lab" in self.stage.programs:
            self.stage.programs.pop("berth-lab").stop()
        self.stage.stop_berthd()
        self.remove_all("tasks.d")
        self.remove_all("network.d")
        self.stage.start_berthd()

    def tearDown(self):
        self.end_of_tasks()

    def bridge(self, addresses="10.77.9.10-10.77.9.11", **members):
        self.put("network.d", "in.json", {"name": "in", "driver": "bridge",
                                          "subnet": "10.77.9.0/24", "addresses": addresses}
                 | members)

    def test_a_task_serves_at_its_address_over_kill_9(self):
        self.bridge("10.77.9.30-10.77.9.31", ipv6Subnet="fd00:77:9::/64")
        self.put_task("web", subnets=["in"])
        address = self.wait_address("web")

        self.assertEqual(address, "10.77.9.30")
        self.assertEqual(page(address), "served by berth\n")
        self.assertEqual(page("[fd00:77:9::1e]"), "served by berth\n")
        for _ in range(2):
            self.stage.programs["berthd"].kill()
            self.assertEqual(page(address), "served by berth\n")
            self.stage.start_berthd()
            self.assertEqual(self.wait_address("web"), address)
            self.assertEqual(page(address), "served by berth\n")
        self.stage.berth("audit")

        self.put_task("second")  # the only network there is
        self.assertEqual(self.wait_address("second"), "10.77.9.31")

    def test_an_address_is_given_back_and_rests(self):
        self.bridge("10.77.9.20-10.77.9.22")
        self.put_task("web")
        self.assertEqual(self.wait_address("web"), "10.77.9.20")
        self.remove_task("web")
        self.wait_for(lambda: not self.node()["tasks"], "it is cleaned up")
        self.assertTrue(self.shuts_out(page, "10.77.9.20"))

        # Also over a restart, with no record of it left.
        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.put_task("next")
        self.assertEqual(self.wait_address("next"), "10.77.9.21")

    def test_a_task_that_finds_no_address_says_so(self):
        self.bridge("10.77.9.10")
        self.put_task("web")
        self.wait_address("web")
        self.put_task("late")
        why = "network in had no free address: 1 of 10.77.9.10 are in use"
        [late] = self.wait_for(lambda: [one for one in self.node()["tasks"]
                                        if one["family"] == "late"], "the task is there")
        self.assertIn(why, self.wait_for(
            lambda: why in self.stage.berth("why", late["id"]) and
            self.stage.berth("why", late["id"]), "the reason is shown"))

        self.bridge("10.77.9.10-10.77.9.11")
        self.assertEqual(self.wait_address("late"), "10.77.9.11")
        self.assertEqual(self.wait_address("web"), "10.77.9.10")

    def test_groups_hold_and_change(self):
        self.bridge(securityGroups=[self.group(81)])
        self.put_task("web", subnets=["in"], groups=["sg-web"])
        address = self.wait_address("web")
        self.assertTrue(self.shuts_out(page, address))

        self.bridge(securityGroups=[self.group(80)])
        self.wait_for(lambda: not self.shuts_out(page, address), "port 80 is let through")
        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.assertEqual(page(address), "served by berth\n")

        self.bridge(securityGroups=[self.group(81)])
        self.wait_for(lambda: self.shuts_out(page, address), "port 80 is shut again")

    def test_complaints_are_shown_and_the_version_before_holds(self):
        self.put_task("web", subnets=["lan"])
        self.wait_for(lambda: "no file in" in self.complaint("web.json"), "there is no network")
        self.bridge()
        self.wait_for(lambda: '"lan": no file in' in self.complaint("web.json") and
                      "those there are: in" in self.complaint("web.json"), "no such network")
        self.put_task("web", subnets=["in"])
        address = self.wait_address("web")

        self.bridge("10.77.8.1")
        self.wait_for(lambda: self.complaint("network.d/in.json"), "berthd complains")
        self.assertIn('\nnetwork.d/in.json: addresses: "10.77.8.1" must be within subnet '
                      "10.77.9.0/24, 10.77.9.1 to 10.77.9.254; the version before it holds\n",
                      self.stage.berth("ps"))
        self.put("network.d", "other.json", {"name": "in", "driver": "bridge",
                                             "subnet": "10.77.7.0/24"})
        self.wait_for(lambda: 'name: "in" is that of in.json' in
                      self.complaint("network.d/other.json"), "a name twice")
        self.assertEqual(page(address), "served by berth\n")

        # A network that goes stops nothing.
        self.remove_all("network.d")
        self.wait_for(lambda: "no file in" in self.complaint("web.json"), "it is gone")
        self.assertEqual(page(address), "served by berth\n")


class OnALan(NetworkFiles, LanCase):
    """A LAN's file, driver macvlan; by itself the node makes interfaces by lan-routed."""

    driver = "lan-routed"

    def setUp(self):
        self.put_lan(80)
        self.wait_for(lambda: "network.d/lan.json" in self.files(), "the file is read")

    def tearDown(self):
        self.end_of_tasks()

    def put_lan(self, port):
        self.put("network.d", "lan.json", {
            "name": "lan", "driver": "macvlan", "parent": "eth0", "subnet": LAN + "0/24",
            "addresses": f"{LAN}200-{LAN}201", "gateway": ROUTER,
            "securityGroups": [self.group(port)]})

    def driver_of(self, task):
        """By what only it has: a namespace between the task and the LAN."""
        names = run(["ip", "netns", "list"])
        return "macvlan" if f"--{task}-gw" in names else "another"

    def test_a_task_of_a_file_is_a_machine_of_the_lan(self):
        self.put_task("web", subnets=["lan"], groups=["sg-web"])
        address = self.wait_address("web")
        self.assertEqual(address, f"{LAN}200")
        for look in (self.peer.ask, self.router.ask, page):
            self.assertEqual(look(address), "served by berth\n")
        [task] = self.running("web")
        self.assertEqual(self.driver_of(task["id"]), "macvlan")

        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.assertEqual(self.wait_address("web"), address)
        self.assertEqual(self.peer.ask(address), "served by berth\n")

        self.put_lan(81)
        self.wait_for(lambda: self.shuts_out(self.peer.ask, address), "the peer is shut out")

    def test_the_labs_interface_in_the_subnet_is_made_by_the_files_driver(self):
        self.stage.wait_connected()
        task, address = self.start()
        self.assertTrue(address.startswith(LAN), address)

        self.assertEqual(self.driver_of(task.rpartition("/")[2]), "macvlan")
        self.assertEqual(self.peer.ask(address), "served by berth\n")
        self.stop(task)


class DriverOfAFile(NetworkFiles, LanCase):
    """A file's network, its driver another one than the node's own."""

    def tearDown(self):
        self.end_of_tasks()

    def start_in(self, **network):
        """A task in the network that the file describes: its address, and words that run inside."""
        self.put("network.d", "own.json", {"name": "own"} | network)
        self.put_task("web", subnets=["own"])
        address = self.wait_address("web")
        [task] = self.running("web")
        return address, ["nsenter", f"--net=/run/netns/{self.stage.name}--{task['id']}"]

    def reaches_the_agent(self, inside):
        """It is told whose task it asks for."""
        told = run([*inside, "curl", "-fsS", "http://169.254.170.2/health"])
        self.assertIn(inside[1].rpartition("--")[2], told)

    def moves_packets(self, **network):
        """To and from the LAN's machines, the host and the agent, over kill -9; words that run inside."""
        with who_asks(self.peer):
            address, inside = self.start_in(parent="eth0", **network)
            self.assertEqual(address[:-1], network["addresses"][:len(address) - 1])
            self.passes(address, inside)
            self.stage.programs["berthd"].kill()
            self.stage.start_berthd()
            self.assertEqual(self.wait_address("web"), address)
            self.passes(address, inside)
            self.stage.berth("audit")
        return inside

    def passes(self, address, inside):
        shown = f"[{address}]" if ":" in address else address
        for look in (self.peer.ask, self.router.ask, page):
            self.assertEqual(look(shown), "served by berth\n")
        seen = run([*inside, *asking(self.peer_says)])
        self.assertEqual(seen.removeprefix("::ffff:"), address)
        self.reaches_the_agent(inside)


class Ipv4(DriverOfAFile):
    """By itself the node makes interfaces by macvlan."""

    driver = "macvlan"

    def test_behind_the_hosts_mac(self):
        self.peer_says = f"{PEER}:8080"
        self.moves_packets(driver="lan-routed", subnet=LAN + "0/24", gateway=ROUTER,
                           addresses=f"{LAN}200-{LAN}203")
        [host] = json.loads(run(["ip", "-json", "link", "show", "eth0"]))
        self.assertIn(host["address"], self.peer.ip("neigh", "show", f"{LAN}200"))

    def test_in_a_vlan(self):
        self.peer_says = f"{VLAN}14:8080"
        for machine, last in ((self.router, 1), (self.peer, 14)):
            try:
                machine.ip("link", "add", "link", "eth0", "name", "eth0.42", "type", "vlan", "id", "42")
            except Failed:
                self.skipTest("this kernel has no devices of kind vlan")
            machine.ip("address", "add", f"{VLAN}{last}/24", "dev", "eth0.42")
            machine.ip("link", "set", "eth0.42", "up")
        inside = self.moves_packets(driver="vlan", vlan=42, subnet=f"{VLAN}0/24",
                                    gateway=f"{VLAN}1", addresses=f"{VLAN}200-{VLAN}203")
        gateway = ["nsenter", inside[1] + "-gw"]
        self.assertIn("vlan protocol 802.1Q id 42", run([*gateway, "ip", "-details", "link"]))


class Ipv6Alone(DriverOfAFile):
    """Networks without IPv4, on a LAN and behind the host."""

    driver = "lan-routed"
    peer_says = PEER_SAYS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for machine, last in ((cls.router, 1), (cls.peer, 14)):
            machine.ip("address", "add", f"{SIX}{last}/64", "dev", "eth0", "nodad")
        run(["ip", "address", "add", f"{SIX}13/64", "dev", "eth0", "nodad"])

    def on_the_lan(self, driver):
        self.moves_packets(driver=driver, ipv6Subnet=f"{SIX}/64", ipv6Gateway=f"{SIX}1",
                           addresses=f"{SIX}200-{SIX}207")

    def test_a_macvlan_is_a_machine_of_the_lan(self):
        self.on_the_lan("macvlan")

    def test_behind_the_hosts_mac_it_is_one_too(self):
        self.on_the_lan("lan-routed")

    def test_a_bridge_leaves_under_the_hosts_address(self):
        with who_asks(self.peer):
            address, inside = self.start_in(driver="bridge", ipv6Subnet="fd00:88::/64")
            self.assertEqual(address, "fd00:88::2")
            self.assertEqual(page(f"[{address}]"), "served by berth\n")
            self.assertEqual(run([*inside, *asking(PEER_SAYS)]), f"{SIX}13")
            self.reaches_the_agent(inside)
