"""network_test.py - each network mode as a task and its host see it."""
import json
import socket
import urllib.request

import leftovers
from demo_test import page
from ecs_client import CallError
from network_use import check_counted, network_of, push_page
from node_case import NodeCase, command
from stage import run


class NetworkModes(NodeCase):
    def start(self, family, containers, **members):
        self.register(family, containers, **members)
        task = self.run_task(family, network=members.get("networkMode", "awsvpc") == "awsvpc")
        return task, self.wait_status(task, "RUNNING")

    def logs_with(self, task, words):
        def look():
            said = self.stage.berth("logs", task.rpartition("/")[2])
            return said if words in said else None
        return self.wait_for(look, f"the logs say {words}")

    def test_tasks_of_their_own_address_reach_each_other_and_the_host(self):
        server, served = self.start("server", [{"name": "main"}])
        address = self.address_of(served)
        asks = f"curl -fsS http://{address}/; ip -o -4 addr show; ip route; sleep 600"
        client, asked = self.start("client", [{"name": "main", "command": command(asks)}])
        said = self.logs_with(client, "default via")

        self.assertEqual(page(address), "served by berth\n")
        self.assertIn("served by berth", said)
        self.assertIn(self.address_of(asked), said)
        self.assertNotEqual(self.address_of(asked), address)
        for task in (server, client):
            self.stop(task)

    def test_what_a_task_sends_and_receives_is_counted(self):
        container = {"name": "main", "image": push_page(self.stage)}
        task, now = self.start("counted", [container])
        check_counted(self, task, lambda: page(self.address_of(now)))
        self.stop(task)

        ports = {"portMappings": [{"containerPort": 80, "hostPort": 18080}]}
        task, _ = self.start("counted", [container | ports, {"name": "other"}],
                             networkMode="bridge")
        check_counted(self, task, lambda: page("127.0.0.1:18080"))
        self.stop(task)

        task, _ = self.start("counted", [{"name": "main", "command": command("sleep 600")}],
                             networkMode="host")
        self.assertIsNone(network_of(self.stage, task), "it has none of its own")
        self.stop(task)

    def test_containers_of_a_task_meet_on_localhost(self):
        task, _ = self.start("meet", [
            {"name": "server"},
            {"name": "client", "dependsOn": [{"containerName": "server", "condition": "START"}],
             "command": command("until curl -fsS http://localhost/; do sleep 0.1; done; sleep 600")}])

        self.logs_with(task, "served by berth")
        self.stop(task)

    def test_limits_of_bandwidth_stay_until_the_task_goes(self):
        task, now = self.start("limited", [{"name": "main", "dockerLabels": {
            "berth.bandwidth.ingress": "30M", "berth.bandwidth.egress": "20M"}}])
        digits = task.rpartition("/")[2][:12]
        ifb = f"bi{digits}"
        redirect = lambda: ifb in run(["tc", "filter", "show", "dev", f"be{digits}", "ingress"])

        self.assertIn("rate 30Mbit", run(["tc", "qdisc", "show", "dev", f"be{digits}"]))
        self.assertIn("rate 20Mbit", run(["tc", "qdisc", "show", "dev", ifb]))
        self.assertTrue(redirect())
        run(["ip", "link", "del", ifb])
        self.wait_for(redirect, "somebody deletes the ifb, and it is made again")
        self.assertEqual(page(self.address_of(now)), "served by berth\n")
        self.stop(task)
        self.wait_for(lambda: run(["ip", "-o", "link", "show", "type", "ifb"]) == "", "no ifb is left")

    def test_what_a_task_sends_and_gets_passes_its_proxy(self):
        _, served = self.start("server", [{"name": "main"}])
        page_of_proxy = "mkdir /tmp/own; echo from the proxy > /tmp/own/index.html; "
        listens = "httpd -f -p 15000 -h /tmp/own & exec httpd -f -p 15001 -h /tmp/own"
        asks = f"until curl -fsS http://{self.address_of(served)}/; do sleep 0.1; done; exec /bin/serve"
        task, now = self.start("proxied", [
            {"name": "envoy", "user": "1337", "command": command(page_of_proxy + listens)},
            {"name": "main", "command": command(asks)}],
            proxyConfiguration={"type": "APPMESH", "containerName": "envoy", "properties": [
                {"name": "IgnoredUID", "value": "1337"},
                {"name": "ProxyIngressPort", "value": "15000"},
                {"name": "ProxyEgressPort", "value": "15001"},
                {"name": "AppPorts", "value": "80"}]})

        said = self.logs_with(task, "from the proxy")
        self.assertNotIn("served by berth", said)
        self.wait_for(lambda: page_or_none(self.address_of(now)) == "from the proxy\n",
                      "who asks for the app gets the proxy")

    def test_a_proxy_is_refused_by_name_and_value(self):
        with self.assertRaisesRegex(CallError, "only supported in networkMode=awsvpc"):
            self.register("odd", [{"name": "main"}], networkMode="bridge",
                          proxyConfiguration={"containerName": "main", "properties": []})

    def test_a_task_on_the_host_network_listens_there(self):
        task, now = self.start("on-host", [{"name": "main", "environment":
                                            [{"name": "PORT", "value": "8099"}]}],
                               networkMode="host")

        self.logs_with(task, "listening on port 8099")
        self.wait_for(lambda: page_or_none("127.0.0.1:8099") == "served by berth\n",
                      "the page on the host's loopback")
        self.assertEqual(now["attachments"], [])
        self.stop(task)

    def test_a_task_without_network_has_loopback_only(self):
        task, now = self.start("alone", [{"name": "main", "command":
                                          command("ls /sys/class/net; echo end of list; sleep 600")}],
                               networkMode="none")
        said = self.logs_with(task, "end of list").split()

        self.assertIn("lo", said)
        self.assertEqual([word for word in said if word.startswith("eth")], [])
        self.assertEqual(now["attachments"], [])
        self.stop(task)


def page_or_none(address):
    """None at once when it is refused, and after 1 s when nothing answers."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/", timeout=1) as answer:
            return answer.read().decode()
    except OSError:
        return None


class BridgeMode(NodeCase):
    """Each container has an address of the node's own subnet, and ports of the host."""

    def start(self, family, containers, **members):
        for container in containers:
            container["stopTimeout"] = 2
        self.register(family, containers, networkMode="bridge", **members)
        task = self.run_task(family, network=False)
        return task, self.wait_status(task, "RUNNING")

    def bindings(self, now, name="main"):
        return [(one["bindIP"], one.get("containerPort"), one.get("hostPort"))
                for one in self.container(now, name)["networkBindings"]]

    def test_ports_are_published_and_survive_kill_9(self):
        task, now = self.start("published", [{"name": "main", "portMappings": [
            {"containerPort": 80, "hostPort": 18080}, {"containerPort": 80}]}])
        [fixed, dynamic] = self.bindings(now)

        self.assertEqual(fixed, ("0.0.0.0", 80, 18080))
        self.assertEqual(dynamic[:2], ("0.0.0.0", 80))
        for port in (18080, dynamic[2]):
            self.assertEqual(page(f"127.0.0.1:{port}"), "served by berth\n")

        self.stage.programs["berthd"].kill()
        self.assertEqual(page("127.0.0.1:18080"), "served by berth\n")
        self.stage.start_berthd()
        self.assertEqual(page("127.0.0.1:18080"), "served by berth\n")
        self.stage.wait_connected()
        self.stop(task)
        self.assertIsNone(page_or_none("127.0.0.1:18080"))

    def test_a_container_has_the_names_it_asks_for(self):
        shows = "cat /etc/resolv.conf /etc/hosts; hostname; echo that is all; sleep 600"
        task, _ = self.start("named", [{
            "name": "main", "hostname": "box", "dnsServers": ["192.0.2.53"],
            "dnsSearchDomains": ["lab.example"], "command": command(shows),
            "extraHosts": [{"hostname": "printer", "ipAddress": "192.0.2.9"}]}])
        logs = lambda: self.stage.berth("logs", task.rpartition("/")[2])
        self.wait_for(lambda: "that is all" in logs(), "the files are shown")

        said = logs()
        for line in ("nameserver 192.0.2.53", "search lab.example", "192.0.2.9 printer", " box"):
            self.assertIn(line, said)
        self.assertEqual(said.count("nameserver"), 1)
        self.stop(task)

    def test_what_somebody_takes_away_comes_back_by_itself(self):
        task, _ = self.start("broken", [{"name": "main", "portMappings": [
            {"containerPort": 80, "hostPort": 18081}]}])
        self.assertEqual(page("127.0.0.1:18081"), "served by berth\n")
        [link] = [one["ifname"] for one in leftovers.links()
                  if task.rpartition("/")[2] in one.get("ifalias", "")]

        for words in (("nft", "flush", "ruleset"),
                      ("nft", "flush", "table", "inet", self.stage.name),
                      ("ip", "link", "delete", link)):
            with self.subTest(words):
                run(list(words))
                self.wait_for(lambda: page_or_none("127.0.0.1:18081"), "the page is back")
        self.stop(task)

    def test_a_taken_port_names_its_holder(self):
        with socket.create_server(("0.0.0.0", 18082)):
            self.register("taken", [{"name": "main", "portMappings": [
                {"containerPort": 80, "hostPort": 18082}]}], networkMode="bridge")
            task = self.run_task("taken", network=False)
            stopped = self.wait_status(task, "STOPPED")

        self.assertIn("tcp port 18082 is taken by python3 (pid ", stopped["stoppedReason"])

    def test_links_name_other_containers(self):
        task, _ = self.start("linked", [
            {"name": "server"},
            {"name": "client", "links": ["server:web"],
             "command": command("until curl -fsS http://web/; do sleep 0.1; done; sleep 600")}])

        self.wait_for(lambda: "served by berth" in self.stage.berth("logs", task.rpartition("/")[2]),
                      "the linked container is reached by its alias")
        self.stop(task)


class SecurityGroups(NodeCase):
    """Groups kept by berth-lab, enforced on the node, changed under a running task."""

    def ec2(self, *words):
        return self.stage.aws(*words, service="ec2")

    def run_in(self, group):
        return self.run_task("web", groups=[group])

    def test_a_group_opens_and_shuts_a_running_task(self):
        group = self.ec2("create-security-group", "--group-name", "web", "--description", "of a test")
        group = group["GroupId"]
        self.register("web", [{"name": "main"}])
        task = self.run_in(group)
        address = self.address_of(self.wait_status(task, "RUNNING"))
        self.assertIsNone(page_or_none(address), "nothing was allowed yet")

        rule = ("--group-id", group, "--protocol", "tcp", "--port", "80", "--cidr", "10.0.0.0/8")
        self.ec2("authorize-security-group-ingress", *rule)
        self.wait_for(lambda: page_or_none(address), "the opened port answers")
        self.ec2("revoke-security-group-ingress", *rule)
        self.wait_for(lambda: page_or_none(address) is None, "the shut port is silent")

        self.ec2("authorize-security-group-ingress", *rule)
        self.wait_for(lambda: page_or_none(address), "the opened port answers")
        for program in ("berth-lab", "berthd"):
            self.stage.programs[program].kill()
        self.stage.start_berthd()  # without a control plane: as it was told last
        self.assertEqual(page(address), "served by berth\n")
        self.stage.start_lab()
        self.stage.wait_connected()
        self.stop(task)


class Endpoint(NodeCase):
    """169.254.170.2 knows who asks."""

    ASK = "curl -fsS http://169.254.170.2/health; echo; sleep 600"

    def answer_to(self, task):
        def look():
            return next((line for line in self.stage.berth("logs", task.rpartition("/")[2])
                         .splitlines() if '"status"' in line), None)
        line = self.wait_for(look, "the endpoint answers")
        return json.loads(line[line.index("{"):])

    def test_tasks_with_a_network_reach_it(self):
        for mode, asker in (("awsvpc", True), ("bridge", True), ("host", False)):
            with self.subTest(mode):
                self.register("asks", [{"name": "main", "stopTimeout": 2,
                                         "command": command(self.ASK)}],
                              networkMode=mode)
                task = self.run_task("asks", network=mode == "awsvpc")
                self.wait_status(task, "RUNNING")

                said = self.answer_to(task)

                self.assertEqual(said["status"], "ok")
                self.assertEqual(said.get("taskArn"), task if asker else None)
                self.stop(task)


class BesideDocker(NodeCase):
    """A host whose FORWARD drops, with Docker's chains, made by iptables itself."""

    @classmethod
    def prepare(cls, stage):
        cls.addClassCleanup(run, ["nft", "delete", "table", "ip", "filter"])
        for words in ("-N DOCKER-USER", "-A FORWARD -j DOCKER-USER", "-A DOCKER-USER -j RETURN",
                      "-P FORWARD DROP"):
            run(["iptables-nft", *words.split()])

    def rules(self):
        return run(["iptables-nft", "-S", "DOCKER-USER"])

    def test_tasks_pass_as_long_as_there_are_any(self):
        self.register("page", [{"name": "main", "portMappings": [
            {"containerPort": 80, "hostPort": 18085}]}], networkMode="bridge")
        task = self.run_task("page", network=False)
        self.wait_status(task, "RUNNING")
        self.assertIn("-i be+", self.rules())
        self.register("asks", [{"name": "main", "command": command(
            "until curl -fsS http://$(ip route | sed 's/.*via \\([0-9.]*\\) .*/\\1/;q'):18085/; "
            "do sleep 0.2; done; sleep 600")}], networkMode="bridge")
        other = self.run_task("asks", network=False)
        self.wait_status(other, "RUNNING")
        said = lambda: self.stage.berth("logs", other.rpartition("/")[2])
        self.wait_for(lambda: "served by berth" in said(), "one task reaches the other")

        run(["iptables-nft", "-F", "DOCKER-USER"])
        self.wait_for(lambda: "-i be+" in self.rules(), "the rule comes back after a flush")
        for one in (task, other):
            self.stop(one)
        self.wait_for(lambda: "-i be+" not in self.rules(), "no task, no rule")

    def test_a_chain_that_cannot_be_told_is_named(self):
        run(["nft", "add table inet site; add chain inet site forward "
             "{ type filter hook forward priority 5; policy drop; }"])
        self.addCleanup(run, ["nft", "delete", "table", "inet", "site"])
        self.register("doubted", [{"name": "main"}], networkMode="bridge")
        task = self.run_task("doubted", network=False)
        self.wait_status(task, "RUNNING")

        self.assertIn("forwarding blocked by inet site forward, policy drop",
                      self.stage.berth("why", task.rpartition("/")[2]))
        self.stop(task)
