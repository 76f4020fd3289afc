"""lan_case.py - a node whose host is a machine of a LAN, with a switch, a router and a peer."""
import os

from machine import Machine
from node_case import NodeCase
from stage import run

LAN = "10.77.3."  # of a block of the lab's, so that its first address is the router's
ROUTER, HOST_TOO, HOST, PEER = (LAN + last for last in ("1", "12", "13", "14"))

class LanCase(NodeCase):
    driver = None  # of BERTH_ENI_DRIVER

    @classmethod
    def setUpClass(cls):
        cls.machines = []
        cls.addClassCleanup(cls.unplug)
        cls.switch = cls.machine()
        cls.switch.ip("link", "add", "lan", "type", "bridge")
        cls.switch.ip("link", "set", "lan", "up")
        cls.router, cls.peer = cls.machine(ROUTER), cls.machine(PEER)
        cls.plug_in(cls.router.pid, ROUTER)
        cls.plug_in(cls.peer.pid, PEER)
        cls.plug_in(str(os.getpid()), HOST)
        run(["ip", "route", "add", "default", "via", ROUTER])
        super().setUpClass()
        cls.subnets = []

    @property
    def subnet(self):
        """The control plane's name of the LAN, made when somebody asks for it."""
        if not self.subnets:
            made = self.stage.aws("create-subnet", "--vpc-id", "vpc-lab", "--cidr-block",
                                  LAN + "0/24", service="ec2")
            self.subnets.append(made["Subnet"]["SubnetId"])
        return self.subnets[0]

    @classmethod
    def machine(cls, address=None):
        cls.machines.append(Machine(address))
        return cls.machines[-1]

    @classmethod
    def plug_in(cls, pid, address):
        """A cable from the switch to the machine with that process: its eth0."""
        port = f"port{len(cls.switch.ip('-o', 'link').splitlines())}"
        cls.switch.ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pid)
        cls.switch.ip("link", "set", port, "master", "lan", "up")
        inside = ["nsenter", "--target", pid, "--net", "ip"]
        run([*inside, "address", "add", f"{address}/24", "dev", "eth0"])
        run([*inside, "link", "set", "eth0", "up"])

    @classmethod
    def unplug(cls):
        for machine in cls.machines:
            machine.end()

    @classmethod
    def prepare(cls, stage):
        stage.settings |= {"BERTH_ENI_DRIVER": cls.driver, "BERTH_ENI_PARENT": "eth0"}

    def run_on_lan(self, *groups):
        self.register("web", [{"name": "main", "stopTimeout": 2}])
        return self.run_task("web", self.subnet, groups)

    def start(self, *groups):
        """A task on the LAN that serves a page; itself and its address, once it runs."""
        task = self.run_on_lan(*groups)
        return task, self.address_of(self.wait_status(task, "RUNNING"))
