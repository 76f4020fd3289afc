"""cni_groups_test.py - security groups of tasks whose interface the plugin ptp makes."""
import json
import os
import re
import subprocess
import sys
import unittest

from lan_test import http_server
from machine import Machine, asking
from network_use import check_counted, push_page
from node_case import NodeCase
from processes import Failed
from stage import run

HOST, PEER = "10.78.0.1", "10.78.0.2"
SUBNET = "10.231.0.0/24"
SEND = """import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind((sys.argv[1], 0))
sender.sendto(b"hello", (sys.argv[2], 999))
"""
HEAR = """import socket
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind(("", 999))
listener.settimeout(20)
print("ready", flush=True)
print(listener.recvfrom(16)[1][0], flush=True)
"""


@unittest.skipUnless(os.path.exists("/usr/lib/cni/ptp"),
                     "SKIP: containernetworking-plugins is not installed")
class PtpCase(NodeCase):
    """A node whose tasks are in a network of the plugin ptp, and a peer behind its uplink."""

    ranges = [[{"subnet": SUBNET}]]
    forwards = ("net/ipv4/ip_forward",)

    @classmethod
    def setUpClass(cls):
        # The plugin ptp turns it on and never off.
        for setting in cls.forwards:
            with open(f"/proc/sys/{setting}", "w", encoding="ascii") as file:
                file.write("1")
        cls.peer = Machine(PEER)
        cls.addClassCleanup(cls.peer.end)
        run(["ip", "link", "add", "uplink", "type", "veth", "peer", "name", "eth0", "netns",
             cls.peer.pid])
        run(["ip", "address", "add", f"{HOST}/24", "dev", "uplink"])
        run(["ip", "link", "set", "uplink", "up"])
        cls.peer.ip("address", "add", f"{PEER}/24", "dev", "eth0")
        cls.peer.ip("link", "set", "eth0", "up")
        cls.peer.ip("route", "add", "default", "via", HOST)
        super().setUpClass()
        made = cls.stage.aws("create-subnet", "--vpc-id", "vpc-lab", "--cidr-block", SUBNET,
                             service="ec2")
        cls.subnet = made["Subnet"]["SubnetId"]

    @classmethod
    def prepare(cls, stage):
        for folder in ("net.d", "addresses"):
            os.makedirs(stage.path(folder), exist_ok=True)
        ipam = {"type": "host-local", "dataDir": stage.path("addresses"), "ranges": cls.ranges,
                "routes": [{"dst": "0.0.0.0/0"}] + [{"dst": "::/0"}] * (len(cls.ranges) - 1)}
        network = {"cniVersion": "1.0.0", "name": "net", "plugins": [
            {"type": "ptp", "capabilities": {"ips": True}, "ipam": ipam}]}
        with open(stage.path("net.d", "10-net.conflist"), "w", encoding="utf-8") as file:
            json.dump(network, file)
        stage.settings |= {"BERTH_ENI_DRIVER": "cni", "BERTH_CNI_NETWORK": "net",
                           "BERTH_CNI_CONF_DIR": stage.path("net.d")}

    def setUp(self):
        self.group = self.ec2("create-security-group", "--group-name", self.id(), "--description",
                              "of a test")["GroupId"]

    def ec2(self, *words):
        return self.stage.aws(*words, service="ec2")

    def rule(self, verb, cidr, *port):
        port = port or ("--protocol", "tcp", "--port", "80")
        self.ec2(f"{verb}-security-group-ingress", "--group-id", self.group, *port, "--cidr", cidr)

    def start(self, **container):
        """A task in the group: itself, its address, and the words that run a program inside."""
        self.register("web", [{"name": "main", "stopTimeout": 2} | container])
        task = self.run_task("web", self.subnet, [self.group])
        now = self.wait_status(task, "RUNNING")
        space = f"/run/netns/{self.stage.name}--{task.rpartition('/')[2]}"
        return task, self.address_of(now), ["nsenter", f"--net={space}"]

    def replace(self, path, text):
        if os.path.exists(path):
            os.remove(path)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)

    def peer_sees(self, address):
        try:
            return self.peer.ask(address, seconds=1)
        except Failed:
            return None

    def host_sees(self, address):
        try:
            return run(asking(address, seconds=1))
        except Failed:
            return None

    def holds(self, address):
        """The peer is let in, and nobody else."""
        return self.peer_sees(address) == "served by berth\n" and self.host_sees(address) is None


class GroupsOverPtp(PtpCase):
    def test_a_group_holds_over_kill_9_flush_and_change(self):
        task, address, _ = self.start()
        self.assertIsNone(self.peer_sees(address), "nothing was allowed yet")
        self.assertIsNone(self.host_sees(address), "nothing was allowed yet")

        self.rule("authorize", f"{PEER}/32")
        self.wait_for(lambda: self.peer_sees(address), "the peer is let in")
        self.assertTrue(self.holds(address))

        self.stage.programs["berthd"].kill()
        self.assertTrue(self.holds(address), "without berthd")
        self.stage.start_berthd()
        self.stage.wait_connected()
        run(["nft", "flush", "ruleset"])
        self.wait_for(lambda: self.holds(address), "the rules are back after somebody flushed them")

        self.rule("revoke", f"{PEER}/32")
        self.wait_for(lambda: self.peer_sees(address) is None, "the peer is shut out")
        self.rule("authorize", f"{HOST}/32")
        self.rule("authorize", "10.231.0.0/24")  # the host's address toward its tasks
        self.wait_for(lambda: self.host_sees(address), "the host is let in")
        self.assertIsNone(self.peer_sees(address))
        self.stage.berth("audit")  # fails with what it finds
        self.stop(task)

    def test_what_passes_the_plugins_device_is_counted(self):
        task, address, _ = self.start(image=push_page(self.stage))
        self.rule("authorize", f"{PEER}/32")
        self.wait_for(lambda: self.peer_sees(address), "the peer is let in")

        check_counted(self, task, lambda: self.peer.ask(address))
        self.stop(task)

    def test_a_group_holds_when_what_was_kept_is_lost(self):
        task, address, _ = self.start()
        self.rule("authorize", f"{PEER}/32")
        self.wait_for(lambda: self.holds(address), "the peer is let in, and nobody else")
        [name] = os.listdir(self.stage.path("data", "cni"))
        path = self.stage.path("data", "cni", name)
        with open(path, encoding="utf-8") as file:
            kept = file.read()

        for spoiled in (kept[:len(kept) // 2], None):
            with self.subTest("gone" if spoiled is None else "cut off"):
                self.stage.programs["berthd"].kill()
                self.replace(path, spoiled)
                self.stage.start_berthd()
                self.stage.wait_connected()

                self.assertTrue(self.holds(address))
                self.rule("revoke", f"{PEER}/32")
                self.wait_for(lambda: self.peer_sees(address) is None, "the peer is shut out")
                self.rule("authorize", f"{PEER}/32")
                self.wait_for(lambda: self.holds(address), "the peer is let in")
        self.replace(path, kept)
        self.stop(task)
        self.stage.berth("audit")

    def test_who_cannot_be_held_is_stopped(self):
        task, _, inside = self.start()
        [name] = os.listdir(self.stage.path("data", "cni"))
        path = self.stage.path("data", "cni", name)
        with open(path, encoding="utf-8") as file:
            kept = file.read()
        self.stage.programs["berthd"].kill()
        self.replace(path, "")
        self.addCleanup(self.replace, path, kept)
        run([*inside, "ip", "link", "set", "eth0", "down", "name", "former"])

        self.stage.start_berthd()
        self.stage.wait_connected()

        now = self.wait_status(task, "STOPPED")
        self.assertRegex(now["stoppedReason"],
                         "ContainerNetworkingError: .*: security groups cannot hold: .*"
                         f"{re.escape(name)}.*eth0 has another name by now, or is gone")

    def test_a_group_holds_what_the_task_sends(self):
        task, address, inside = self.start()
        with http_server() as port:
            def asks():
                try:
                    return run([*inside, *asking(f"{HOST}:{port}", seconds=1)])
                except Failed:
                    return None
            self.assertEqual(asks(), "the host\n")
            self.ec2("revoke-security-group-egress", "--group-id", self.group, "--ip-permissions",
                     "IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]")
            self.wait_for(lambda: asks() is None, "the host is out of reach")
            self.ec2("authorize-security-group-egress", "--group-id", self.group,
                     "--ip-permissions",
                     f"IpProtocol=udp,FromPort=999,ToPort=999,IpRanges=[{{CidrIp={PEER}/32}}]")
            with Hearing(self.peer) as hearing:
                self.wait_for(lambda: hearing.has_heard(lambda: run(
                    [*inside, sys.executable, "-c", SEND, address, PEER])), "a packet arrives")
            self.assertIsNone(asks())
        self.stop(task)

    def test_nothing_passes_under_an_address_of_others(self):
        task, address, inside = self.start()
        run([*inside, "ip", "address", "add", "10.231.0.250/32", "dev", "eth0"])
        with Hearing(self.peer) as hearing:
            for source in ("10.231.0.250", "10.231.0.250", address):
                run([*inside, sys.executable, "-c", SEND, source, PEER])
            self.assertEqual(hearing.first(), address)

        run([*inside, "ip", "link", "set", "eth0", "address", "02:00:00:00:99:99"])
        with Hearing(self.peer) as hearing:
            run([*inside, sys.executable, "-c", SEND, address, PEER])
            run([sys.executable, "-c", SEND, HOST, PEER])
            self.assertEqual(hearing.first(), HOST, "the task's came with a MAC of its choosing")
        self.stop(task)

    def test_flows_of_an_address_are_forgotten_with_its_task(self):
        task, address, inside = self.start()
        with Hearing(self.peer) as hearing:
            run([*inside, sys.executable, "-c", SEND, address, PEER])
            self.assertEqual(hearing.first(), address)
        self.assertTrue(tracked(address))

        self.stop(task)
        self.wait_for(lambda: not os.listdir(self.stage.path("data", "cni")), "it is taken away")

        self.assertEqual(tracked(address), [])

    def test_a_crash_behind_the_plugins_leaves_nobody_outside_of_the_rules(self):
        self.stage.programs["berthd"].kill()
        self.stage.environment = {"BERTH_CRASH_AT": "cni.end-kept"}
        self.stage.start_berthd()
        self.stage.wait_connected()
        self.rule("authorize", f"{PEER}/32")
        self.register("web", [{"name": "main", "stopTimeout": 2}])
        task = self.run_task("web", self.subnet, [self.group])
        self.wait_for(lambda: not self.stage.programs["berthd"].runs(), "berthd kills itself")
        self.stage.environment = {}
        self.stage.start_berthd()

        address = self.address_of(self.wait_status(task, "RUNNING"))

        self.wait_for(lambda: self.holds(address), "the peer is let in, and nobody else")
        self.stop(task)
        self.stage.berth("audit")


class Hearing:
    """A program in a machine that waits for one packet."""

    def __init__(self, machine):
        self.process = subprocess.Popen(machine.inside(sys.executable, "-c", HEAR),
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        assert self.process.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def first(self):
        """Whom the first packet was from."""
        return self.process.stdout.readline().strip()

    def has_heard(self, send):
        """Sends, and says whether anything has come."""
        try:
            send()
        except Failed:
            pass  # refused at the sender
        try:
            return self.process.wait(timeout=0.2) == 0
        except subprocess.TimeoutExpired:
            return False


def tracked(address):
    with open("/proc/net/nf_conntrack", encoding="ascii") as file:
        return [line for line in file if f"={address} " in line]


if __name__ == "__main__":
    unittest.main()
