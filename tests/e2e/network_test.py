"""network_test.py - awsvpc, host and none as a task sees them."""
from demo_test import page
from node_case import NodeCase, command


class NetworkModes(NodeCase):
    def start(self, family, containers, **members):
        self.register(family, containers, **members)
        words = () if members.get("networkMode", "awsvpc") == "awsvpc" else {"network": False}
        task = self.run_task(family, **(words or {}))
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

    def test_containers_of_a_task_meet_on_localhost(self):
        task, _ = self.start("meet", [
            {"name": "server"},
            {"name": "client", "dependsOn": [{"containerName": "server", "condition": "START"}],
             "command": command("until curl -fsS http://localhost/; do sleep 0.1; done; sleep 600")}])

        self.logs_with(task, "served by berth")
        self.stop(task)

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
    try:
        return page(address)
    except OSError:
        return None
