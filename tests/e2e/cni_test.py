"""cni_test.py - tasks whose interface CNI plugins make, by the stock `aws` and by files."""
import json
import os
import signal
import unittest

from demo_test import page
from node_case import NodeCase, command
from stage import run

HEALTH = "for n in 1 2 3 4 5; do curl -fsS http://169.254.170.2/health && break; done; "


@unittest.skipUnless(os.path.exists("/usr/lib/cni/bridge"),
                     "SKIP: containernetworking-plugins is not installed")
class OverPlugins(NodeCase):
    @classmethod
    def setUpClass(cls):
        # The plugin bridge turns it on and never off.
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("1")
        super().setUpClass()
        made = cls.stage.aws("create-subnet", "--vpc-id", "vpc-lab", "--cidr-block", "10.230.0.0/24",
                             service="ec2")
        cls.subnet = made["Subnet"]["SubnetId"]

    @classmethod
    def end(cls):
        if os.path.exists("/sys/class/net/cni0"):  # which the plugin bridge leaves, too
            run(["ip", "link", "delete", "cni0"])
        super().end()

    @classmethod
    def prepare(cls, stage):
        for folder in ("net.d", "tasks.d", "addresses"):
            os.makedirs(stage.path(folder), exist_ok=True)
        ipam = {"type": "host-local", "dataDir": stage.path("addresses"), "subnet": "10.230.0.0/24",
                "routes": [{"dst": "0.0.0.0/0"}]}
        network = {"cniVersion": "1.0.0", "name": "net", "plugins": [
            {"type": "bridge", "bridge": "cni0", "isGateway": True, "ipMasq": True,
             "capabilities": {"ips": True, "mac": True}, "ipam": ipam}, {"type": "firewall"}]}
        with open(stage.path("net.d", "10-net.conflist"), "w", encoding="utf-8") as file:
            json.dump(network, file)
        stage.settings |= {"BERTH_ENI_DRIVER": "cni", "BERTH_CNI_NETWORK": "net",
                           "BERTH_CNI_CONF_DIR": stage.path("net.d"),
                           "BERTH_TASKS_DIR": stage.path("tasks.d")}

    def start(self, family="plugged", **container):
        self.register(family, [{"name": "main"} | container])
        task = self.place(family)
        return task, self.wait_status(task, "RUNNING")

    def place(self, family):
        """Of IPv4 alone: the plugins' network has no other addresses."""
        return self.run_task(family, self.subnet)

    def given_out(self):
        """Addresses that the plugins believe somebody has."""
        return [name for name in os.listdir(self.stage.path("addresses", "net"))
                if name.startswith("10.")]

    def is_all_gone(self):
        return not self.given_out() and not os.listdir(self.stage.path("data", "cni"))

    def test_a_task_lives_over_kill_9_and_leaves_nothing(self):
        task, now = self.start()
        address = self.address_of(now)

        self.assertEqual(page(address), "served by berth\n")
        self.assertEqual(self.given_out(), [address])
        self.stage.programs["berthd"].kill()
        self.assertEqual(page(address), "served by berth\n")
        self.stage.start_berthd()
        self.stage.wait_connected()
        self.assertEqual(page(address), "served by berth\n")
        self.stage.berth("audit")  # fails with what it finds
        self.stop(task)
        self.wait_for(self.is_all_gone, "address and attachment are given back")
        self.stage.berth("audit")

    def test_the_agent_answers_and_nothing_else_of_the_host_does(self):
        says = HEALTH + "echo; ip -o addr; ip route; echo end; sleep 600"
        task, now = self.start("asks", command=command(says))
        said = self.wait_for(lambda: self.said_with(task, "end\n"), "the container has asked")

        self.assertIn(json.dumps(task), said)
        self.assertIn(self.address_of(now), said)
        self.assertIn("169.254.170.2 via 169.254.172.1 dev ecs-eth0", said)
        self.assertIn("default via 10.230.0.1 dev eth0", said)
        self.stop(task)

    def said_with(self, task, words):
        said = self.stage.berth("logs", task.rpartition("/")[2])
        return said if words in said else None

    def test_what_no_plugin_can_do_is_refused_by_name(self):
        self.register("limited", [{"name": "main",
                                   "dockerLabels": {"berth.bandwidth.egress": "20M"}}])
        stopped = self.wait_status(self.place("limited"), "STOPPED")

        self.assertIn("no plugin of network net", stopped["stoppedReason"])
        self.assertIn("has the capability bandwidth", stopped["stoppedReason"])

    def test_groups_that_cannot_hold_are_refused_by_name(self):
        group = self.stage.aws("create-security-group", "--group-name", "web", "--description",
                               "of a test", service="ec2")["GroupId"]
        self.register("held", [{"name": "main"}])
        task = self.run_task("held", self.subnet, [group])
        stopped = self.wait_status(task, "STOPPED")

        self.assertRegex(stopped["stoppedReason"],
                         "network net, plugin bridge: veth[0-9a-f]+ is a port of bridge cni0, where "
                         "neighbours reach each other past the host: security groups cannot hold")
        self.wait_for(self.is_all_gone, "address and attachment are given back")
        self.stage.berth("audit")

    def test_a_crash_after_the_plugins_leaves_one_attachment(self):
        for point in ("cni.noted", "cni.added", "cni.kept", "cni.end-kept"):
            with self.subTest(point):
                self.crash_at(point)
                self.register("crashed", [{"name": "main"}])
                task = self.place("crashed")
                self.revive()
                now = self.wait_status(task, "RUNNING")
                self.assertEqual(page(self.address_of(now)), "served by berth\n")
                self.assertEqual(self.given_out(), [self.address_of(now)])
                self.stage.berth("audit")
                self.stop(task)
                self.wait_for(self.is_all_gone, "address and attachment are given back")

    def test_a_crash_while_plugins_take_away_leaves_nothing(self):
        for point in ("cni.removed", "cni.forgotten"):
            with self.subTest(point):
                self.crash_at(point)
                task, _ = self.start("crashed")
                self.ask_to_stop(task)
                self.revive()
                self.wait_status(task, "STOPPED")
                self.wait_for(self.is_all_gone, "address and attachment are given back")
                self.stage.berth("audit")

    def revive(self):
        berthd = self.stage.programs["berthd"]
        self.wait_for(lambda: not berthd.runs(), "berthd kills itself")
        self.assertEqual(berthd.exit_code(), -signal.SIGKILL)
        self.stage.environment = {}
        self.stage.start_berthd()

    def crash_at(self, point):
        self.stage.programs["berthd"].kill()
        self.stage.environment = {"BERTH_CRASH_AT": point}
        self.stage.start_berthd()
        self.stage.wait_connected()

    def test_a_task_of_a_file_gets_its_address_from_the_plugins(self):
        container = {"name": "main", "image": self.stage.image("web:1"), "memory": 32}
        path = self.stage.path("tasks.d", "local.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"family": "local", "networkMode": "awsvpc",
                       "containerDefinitions": [container]}, file)
        [task] = self.wait_for(self.running_of_files, "the task of the file runs")

        self.assertIn(task["address"], self.given_out())
        self.assertEqual(page(task["address"]), "served by berth\n")
        os.remove(path)
        self.wait_for(self.is_all_gone, "address and attachment are given back")

    def running_of_files(self):
        node = json.loads(self.stage.berth("ps", "--json"))
        return [task for task in node["tasks"] if task["status"] == "RUNNING"]

    def test_audits_find_what_nobody_owns_and_have_plugins_remove_it(self):
        task, now = self.start()
        kept = self.stage.path("data", "cni", f"{self.stage.name}--{task.rpartition('/')[2]}.json")
        with open(kept, encoding="utf-8") as file:
            text = file.read()
        self.stop(task)
        self.wait_for(self.is_all_gone, "address and attachment are given back")
        with open(self.stage.path("addresses", "net", self.address_of(now)), "w",
                  encoding="utf-8") as file:
            file.write(f"{self.stage.name}--{task.rpartition('/')[2]}\r\neth0")
        with open(kept, "w", encoding="utf-8") as file:
            file.write(text)

        found = self.stage.berth("audit", "--repair")

        self.assertIn("cni attachment", found)
        self.assertTrue(self.is_all_gone())


if __name__ == "__main__":
    unittest.main()
