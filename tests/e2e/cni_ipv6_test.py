"""cni_ipv6_test.py - packets of IPv6 of tasks whose interface the plugin ptp makes."""
import json

from cni_groups_test import PtpCase, SUBNET
from network_d_test import who_asks
from processes import Failed
from stage import run

SIX = "fd00:78::"  # of host and peer
OF_TASKS = "fd00:231::"


class Ipv6OverPtp(PtpCase):
    ranges = [[{"subnet": SUBNET}], [{"subnet": f"{OF_TASKS}/64"}]]
    forwards = PtpCase.forwards + ("net/ipv6/conf/all/forwarding",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run(["ip", "address", "add", f"{SIX}1/64", "dev", "uplink", "nodad"])
        cls.peer.ip("address", "add", f"{SIX}2/64", "dev", "eth0", "nodad")
        cls.peer.ip("route", "add", f"{OF_TASKS}/64", "via", f"{SIX}1")

    def permit(self, verb, block):
        self.ec2(f"{verb}-security-group-ingress", "--group-id", self.group, "--ip-permissions",
                 f"IpProtocol=tcp,FromPort=80,ToPort=80,Ipv6Ranges=[{{CidrIpv6={block}}}]")

    def address_in(self, inside):
        """Of IPv6, which the plugins chose."""
        [link] = json.loads(run([*inside, "ip", "-j", "-6", "address", "show", "dev", "eth0"]))
        [address] = [one["local"] for one in link["addr_info"] if one["scope"] == "global"]
        return address

    def test_a_group_holds_for_ipv6_too(self):
        task, ipv4, inside = self.start()
        address = f"[{self.address_in(inside)}]"
        self.assertTrue(address.startswith(f"[{OF_TASKS}"), address)
        self.assertIsNone(self.peer_sees(address), "nothing was allowed yet")

        self.permit("authorize", f"{SIX}2/128")
        self.wait_for(lambda: self.peer_sees(address), "the peer is let in")
        self.assertTrue(self.holds(address))
        self.assertIsNone(self.peer_sees(ipv4), "by IPv6 alone")

        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.stage.wait_connected()
        self.assertTrue(self.holds(address))
        self.permit("revoke", f"{SIX}2/128")
        self.wait_for(lambda: self.peer_sees(address) is None, "the peer is shut out")
        self.stage.berth("audit")
        self.stop(task)

    def test_nothing_passes_under_an_ipv6_address_of_others(self):
        task, _, inside = self.start()
        self.ec2("authorize-security-group-egress", "--group-id", self.group, "--ip-permissions",
                 "IpProtocol=tcp,FromPort=8080,ToPort=8080,Ipv6Ranges=[{CidrIpv6=::/0}]")
        address = self.address_in(inside)
        run([*inside, "ip", "address", "add", f"{OF_TASKS}fafa/128", "dev", "eth0", "nodad"])
        asks = [*inside, "curl", "-gfsS", "--max-time", "2", f"http://[{SIX}2]:8080/", "--interface"]

        with who_asks(self.peer):
            self.wait_for(lambda: self.said_to(asks, address) == address, "the peer is reached")
            self.assertIsNone(self.said_to(asks, f"{OF_TASKS}fafa"))
        self.stop(task)

    def said_to(self, asks, source):
        try:
            return run([*asks, source])
        except Failed:
            return None
