"""two_nodes_test.py - tasks on two nodes of one link: routes, groups and the agents' deaths between."""
import os

import leftovers
from demo_test import page
from machine import Machine
from node_case import NodeCase, command
from processes import Program, wait_for
from stage import Stage, answers, run

HERE, THERE = "10.99.0.1", "10.99.0.2"


class OtherNode(Stage):
    """A node in a network namespace of its own; containerd, lab and registry are the first one's."""

    def __init__(self, first, machine):
        self.first, self.machine = first, machine
        self.folder, self.bin_dir = first.path("other"), first.bin_dir
        self.name, self.host = f"{first.name}-b", first.host
        self.private, self.containerd = False, first.containerd
        self.lab_port, self.registry_port = first.lab_port, first.registry_port
        self.programs, self.settings = {}, {}
        os.makedirs(self.path("hosts"))
        self.mirror(self.registry())

    def node_settings(self):
        return super().node_settings() | {
            "AWS_SHARED_CREDENTIALS_FILE": self.first.path("lab/credentials")}

    def start_berthd(self):
        self.write_config()
        berthd = Program.start("berthd", self.machine.inside(f"{self.bin_dir}/berthd"),
                               self.path("berthd.log"), self.node_env())
        self.programs["berthd"] = berthd
        wait_for(lambda: berthd.check_runs() and answers(self.path("run/berthd.sock")),
                 "the other berthd answers")
        return berthd

    def purge(self):
        run(self.machine.inside(f"{self.bin_dir}/berthd", "--purge"), env=self.node_env())


class TwoNodes(NodeCase):
    host = HERE

    @classmethod
    def setUpClass(cls):
        machine = Machine()
        cls.addClassCleanup(machine.end)
        run(["ip", "link", "add", "lan", "type", "veth", "peer", "name", "lan",
             "netns", machine.pid])
        run(["ip", "addr", "add", f"{HERE}/24", "dev", "lan"])
        run(["ip", "link", "set", "lan", "up"])
        machine.ip("addr", "add", f"{THERE}/24", "dev", "lan")
        machine.ip("link", "set", "lan", "up")
        super().setUpClass()
        cls.other = OtherNode(cls.stage, machine)
        cls.addClassCleanup(cls.end_other)
        cls.other.start_berthd()
        cls.nodes = cls.wait_for_both()

    @classmethod
    def prepare(cls, stage):
        stage.mirror(stage.registry())

    @classmethod
    def end_other(cls):
        cls.other.stop_berthd()
        cls.other.purge()
        left = {what: things for what, things in
                leftovers.containerd_objects(cls.other).items() if things}
        if left:
            raise AssertionError(f"the other node left {left}")
        leftovers.remove_empty(cls.other, cls.was)

    @classmethod
    def wait_for_both(cls):
        """Their container instances' ARNs: the first node's, the other's."""
        def both():
            connected = [one for one in cls.stage.instances() if one["agentConnected"]]
            return connected if len(connected) == 2 else None
        connected = wait_for(both, "both nodes are connected")
        first = cls.stage.berth("version")
        arns = [one["containerInstanceArn"] for one in connected]
        return sorted(arns, key=lambda arn: arn.rpartition("/")[2] not in first)

    def start_on(self, node, family, network="subnets=[subnet-lab]", **container):
        self.register(family, [{"name": "main", "stopTimeout": 2} | container])
        answer = self.stage.aws("start-task", "--task-definition", family,
                                "--container-instances", self.nodes[node],
                                "--network-configuration", f"awsvpcConfiguration={{{network}}}")
        self.assertEqual(answer["failures"], [])
        task = answer["tasks"][0]["taskArn"]
        return task, self.address_of(self.wait_status(task, "RUNNING"))

    def heard_by(self, stage, task, words):
        self.wait_for(lambda: words in stage.berth("logs", task.rpartition("/")[2]),
                      f"the logs say {words}")

    def test_tasks_reach_each_other_under_their_own_addresses(self):
        server, address = self.start_on(1, "server")
        asks = f"until curl -fsS http://{address}/; do sleep 0.1; done; sleep 600"
        client, _ = self.start_on(0, "client", command=command(asks))
        self.heard_by(self.stage, client, "served by berth")

        self.assertEqual(page(address), "served by berth\n", "from the first host itself")
        for node in (self.stage, self.other):
            node.programs["berthd"].kill()
            self.assertEqual(page(address), "served by berth\n")
            node.start_berthd()
        self.wait_for_both()
        self.assertEqual(page(address), "served by berth\n")
        for task in (server, client):
            self.stop(task)

    def test_a_group_lets_members_on_the_other_node_in(self):
        groups = [self.stage.aws("create-security-group", "--group-name", name, "--description", name,
                                 service="ec2")["GroupId"] for name in ("servers", "clients")]
        self.stage.aws("authorize-security-group-ingress", "--group-id", groups[0], "--ip-permissions",
                       f"IpProtocol=tcp,FromPort=80,ToPort=80,UserIdGroupPairs=[{{GroupId={groups[1]}}}]",
                       service="ec2")
        server, address = self.start_on(
            0, "guarded", f"subnets=[subnet-lab],securityGroups=[{groups[0]}]")
        asks = (f"until curl -fsS -m 2 http://{address}/; do echo refused; sleep 0.1; done; "
                "echo let in; sleep 600")
        member, _ = self.start_on(1, "member", f"subnets=[subnet-lab],securityGroups=[{groups[1]}]",
                                  command=command(asks))
        self.heard_by(self.other, member, "let in")
        stranger, _ = self.start_on(1, "stranger", command=command(asks))
        self.heard_by(self.other, stranger, "refused")
        self.assertNotIn("let in", self.other.berth("logs", stranger.rpartition("/")[2]))

        for task in (server, member, stranger):
            self.stop(task)
