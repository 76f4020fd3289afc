"""ec2_test.py - subnets and security groups by the stock `aws ec2`, and tasks that get them; a node whose
instance metadata service is late."""
import http.server
import ipaddress
import json
import subprocess
import threading

from ecs_client import CallError
from node_case import NodeCase
from processes import wait_for
from stage import REGION, AwsError, free_port

WEB = json.dumps([{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80,
                   "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "tasks & friends"}],
                   "Ipv6Ranges": [{"CidrIpv6": "fc00::/7"}]}])


class Ec2(NodeCase):
    def ec2(self, *words):
        return self.stage.aws(*words, service="ec2")

    def refusal_of(self, *words):
        with self.assertRaises(AwsError) as refused:
            self.ec2(*words)
        return str(refused.exception)

    def group(self, name):
        made = self.ec2("create-security-group", "--group-name", name, "--description", "of a test")
        return made["GroupId"]

    def shown(self, group):
        return self.ec2("describe-security-groups", "--group-ids", group)["SecurityGroups"][0]

    def run_in(self, subnet, *groups):
        return self.run_task("web", subnet, groups)

    def details_of(self, task):
        return {one["name"]: one["value"] for one in task["attachments"][0]["details"]}

    def test_a_group_from_its_making_to_its_end(self):
        group = self.group("web")
        self.ec2("authorize-security-group-ingress", "--group-id", group, "--ip-permissions", WEB)
        self.ec2("authorize-security-group-ingress", "--group-id", group, "--protocol", "icmp",
                 "--port", "-1", "--source-group", group)

        shown = self.shown(group)

        tcp, icmp = shown["IpPermissions"]
        self.assertEqual((tcp["FromPort"], tcp["ToPort"]), (80, 80))
        self.assertEqual(tcp["IpRanges"],
                         [{"CidrIp": "10.0.0.0/8", "Description": "tasks & friends"}])
        self.assertEqual(tcp["Ipv6Ranges"], [{"CidrIpv6": "fc00::/7"}])
        self.assertEqual(icmp["UserIdGroupPairs"][0]["GroupId"], group)
        self.assertEqual(shown["IpPermissionsEgress"][0]["IpProtocol"], "-1")
        self.assertIn("(InvalidPermission.Duplicate)", self.refusal_of(
            "authorize-security-group-ingress", "--group-id", group, "--protocol", "tcp",
            "--port", "80", "--cidr", "10.0.0.0/8"))
        self.assertIn("(InvalidGroup.Duplicate)", self.refusal_of(
            "create-security-group", "--group-name", "web", "--description", "again"))

        self.ec2("revoke-security-group-ingress", "--group-id", group, "--ip-permissions", WEB)
        self.assertEqual(len(self.shown(group)["IpPermissions"]), 1)
        self.ec2("delete-security-group", "--group-id", group)
        self.assertIn("(InvalidGroup.NotFound)",
                      self.refusal_of("describe-security-groups", "--group-ids", group))

    def test_a_task_gets_its_subnet_and_its_groups(self):
        group = self.group("tasks")
        self.ec2("authorize-security-group-ingress", "--group-id", group, "--ip-permissions", WEB)
        made = self.ec2("create-subnet", "--vpc-id", "vpc-lab", "--cidr-block", "10.9.0.0/20",
                        "--ipv6-cidr-block", "fd01::/60")
        subnet = made["Subnet"]["SubnetId"]
        self.assertIn("(InvalidSubnet.Conflict)", self.refusal_of(
            "create-subnet", "--vpc-id", "vpc-lab", "--cidr-block", "10.9.0.0/24"))
        self.register("web", [{"name": "main"}])

        task = self.run_in(subnet, group)
        now = self.wait_status(task, "RUNNING")

        details = self.details_of(now)
        self.assertEqual(details["subnetId"], subnet)
        self.assertIn(ipaddress.ip_address(details["privateIPv4Address"]),
                      ipaddress.ip_network("10.9.0.0/24"))
        self.assertIn(ipaddress.ip_address(details["ipv6Address"]),
                      ipaddress.ip_network("fd01::/64"))
        found = self.ec2("describe-network-interfaces", "--filters",
                         f"Name=group-id,Values={group}")["NetworkInterfaces"]
        self.assertEqual([one["NetworkInterfaceId"] for one in found],
                         [details["networkInterfaceId"]])
        self.assertEqual(found[0]["Status"], "in-use")
        for words in (("delete-security-group", "--group-id", group),
                      ("delete-subnet", "--subnet-id", subnet)):
            self.assertIn("(DependencyViolation)", self.refusal_of(*words))

        self.stop(task)
        self.ec2("delete-security-group", "--group-id", group)
        self.ec2("delete-subnet", "--subnet-id", subnet)
        self.assertEqual([one["SubnetId"] for one in self.ec2("describe-subnets")["Subnets"]],
                         ["subnet-lab"])

    def test_a_subnet_or_group_that_is_not_there_is_refused(self):
        self.register("web", [{"name": "main"}])
        for subnet, groups, what in (("subnet-0", [], "InvalidSubnetID.NotFound"),
                                     ("subnet-lab", ["sg-0"], "InvalidGroup.NotFound")):
            with self.subTest(what), self.assertRaisesRegex(CallError, what):
                self.run_in(subnet, *groups)


class MetadataService(http.server.BaseHTTPRequestHandler):
    """As EC2 answers, but for the token, which any will do for."""
    protocol_version = "HTTP/1.1"
    answers = {
        "/latest/api/token": "token",
        "/latest/dynamic/instance-identity/document": json.dumps({"region": REGION, "instanceId": "i-1"}),
        "/latest/dynamic/instance-identity/signature": "c2lnbmVk",
        "/latest/meta-data/mac": "02:00:00:00:00:01",
        "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/vpc-id": "vpc-late",
        "/latest/meta-data/network/interfaces/macs/02:00:00:00:00:01/subnet-id": "subnet-late"}

    def do_GET(self):
        answer = self.answers[self.path].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_PUT = do_GET

    def log_message(self, *_):
        pass


class OfEc2(NodeCase):
    def setUp(self):
        self.port = free_port(0, "127.0.0.1")
        self.service = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{self.port}"}

    def answer(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), MetadataService)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def start_without_region(self, **environment):
        """Exit status and output of a berthd that no setting tells a region."""
        path = self.stage.path("no-region.config")
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in self.stage.node_settings().items()
                            if key != "AWS_DEFAULT_REGION")
        env = self.stage.node_env() | {"BERTH_CONFIG_FILE": path} | environment
        done = subprocess.run([f"{self.stage.bin_dir}/berthd"], env=env, text=True, check=False,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=30)
        return done.returncode, done.stdout

    def test_without_a_region_it_is_to_be_started_again_while_nobody_answers(self):
        status, said = self.start_without_region(**self.service)

        self.assertEqual(status, 1, said)
        self.assertIn("AWS_DEFAULT_REGION is not set, and EC2 does not tell the region", said)
        status, said = self.start_without_region(AWS_EC2_METADATA_DISABLED="true")
        self.assertEqual(status, 5, said)

    def test_the_registration_waits_for_the_identity(self):
        self.stage.stop_berthd()
        self.stage.environment = self.service
        self.addCleanup(setattr, self.stage, "environment", {})
        self.stage.start_berthd()
        self.answer()

        def attributes():
            (instance,) = self.stage.instances()
            return {one["name"]: one.get("value") for one in instance["attributes"]}
        wait_for(lambda: attributes().get("ecs.vpc-id") == "vpc-late", "the node says where it is")
        self.assertEqual(attributes()["ecs.subnet-id"], "subnet-late")
        self.stage.wait_connected()
