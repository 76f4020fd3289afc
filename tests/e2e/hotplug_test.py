"""hotplug_test.py - tasks whose interfaces are NICs that come to the host after they were announced."""
import json

from machine import Machine
from node_case import NodeCase
from stage import run

def mac_of(task):
    details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
    return details["macAddress"]


def links():
    return {link["ifname"]: link for link in json.loads(run(["ip", "-json", "link", "show"]) or "[]")}


class PluggedNode(NodeCase):
    """A bridge in a namespace of its own is the LAN; a cable from it to the host is a NIC."""

    wait_seconds = 60  # machines that build at the same time

    @classmethod
    def prepare(cls, stage):
        stage.settings["BERTH_ENI_DRIVER"] = "hotplug"
        stage.lab_flags = ["--attach-wait", str(cls.wait_seconds)]
        cls.lan = Machine()
        cls.addClassCleanup(cls.lan.end)
        cls.lan.ip("link", "add", "br0", "type", "bridge")
        cls.lan.ip("addr", "add", "10.213.0.1/24", "dev", "br0")
        cls.lan.ip("link", "set", "br0", "up")

    def setUp(self):
        self.register("plugged", [{"name": "main", "stopTimeout": 2}])

    def plug_in(self, task, name="nic0"):
        """As a person, or a hypervisor, does it; a manager may have been quick with addresses."""
        run(["ip", "link", "add", name, "address", mac_of(task), "type", "veth", "peer", "name",
             f"c-{name}", "netns", self.lan.pid])
        run(["ip", "addr", "add", "198.51.100.7/24", "dev", name])
        run(["ip", "link", "set", name, "up"])
        for words in (["master", "br0"], ["up"]):
            self.lan.ip("link", "set", f"c-{name}", *words)

    def unplug(self, name="nic0"):
        if name in links():
            run(["ip", "link", "del", name])

    def asked_on_the_lan(self, task):
        address = self.address_of(task)
        return self.lan.ask(address, seconds=10)

    def announced(self, **members):
        task = self.run_task("plugged", **members)
        self.wait_for(lambda: self.log_has("network interface announced", task),
                      "berthd heard of the NIC")
        return task, self.stage.describe(task)

    def log_has(self, sentence, task):
        short = task.rpartition("/")[2]
        return any(sentence in line and short in line
                   for line in self.stage.programs["berthd"].says().splitlines())

    def restart_to_crash_at(self, point):
        """berthd anew, which kills itself there; started again, it does not."""
        self.stage.stop_berthd()
        self.stage.wait_connected(False)
        self.stage.environment = {"BERTH_CRASH_AT": point}
        self.stage.start_berthd()
        self.stage.environment = {}
        self.stage.wait_connected()

    def wait_crashed(self):
        berthd = self.stage.programs["berthd"]
        self.wait_for(lambda: not berthd.runs(), "berthd ends at the crash point")


class Hotplug(PluggedNode):
    def check_runs_and_gives_back(self, task):
        now = self.wait_status(task, "RUNNING")
        self.assertEqual(now["attachments"][0]["status"], "ATTACHED")
        self.assertEqual(self.asked_on_the_lan(now), "served by berth\n")
        self.assertNotIn("nic0", links())
        self.stop(task)
        given_back = self.wait_for(lambda: links().get("nic0"), "the NIC is given back")
        self.assertEqual(given_back["address"], mac_of(now))
        self.unplug()

    def test_a_nic_that_comes_late_is_taken_and_given_back(self):
        task, now = self.announced(placementConstraints=[
            {"type": "memberOf", "expression": "attribute:berth.eni-driver == hotplug"}])
        self.assertEqual(now["lastStatus"], "PROVISIONING")
        self.assertEqual(now["attachments"][0]["status"], "ATTACHING")

        self.plug_in(now)

        self.check_runs_and_gives_back(task)

    def test_a_nic_that_comes_while_berthd_is_away_is_found(self):
        task, now = self.announced()
        self.stage.programs["berthd"].kill()
        self.plug_in(now)

        self.stage.start_berthd()

        self.check_runs_and_gives_back(task)

    def test_a_task_waits_for_a_nic_that_was_pulled_out_again(self):
        self.restart_to_crash_at("journal.appeared")
        task, now = self.announced()
        self.plug_in(now)
        self.wait_crashed()  # with the report on the disk and not yet sent
        self.unplug()
        self.stage.start_berthd()
        short = task.rpartition("/")[2]
        said = self.wait_for(lambda: self.why_it_waits(short), "berth why tells of the NIC")
        self.assertEqual(said["what"], f"the NIC with MAC {mac_of(now)} to be plugged in")
        self.assertEqual(said["then"], "it is stopped")

        self.plug_in(now)

        self.check_runs_and_gives_back(task)

    def test_berthd_killed_while_it_takes_a_nic_takes_it(self):
        self.restart_to_crash_at("lan.nic-marked")
        task, now = self.announced()
        self.plug_in(now)
        self.wait_crashed()

        self.stage.start_berthd()

        self.check_runs_and_gives_back(task)

    def test_berthd_killed_while_it_gives_a_nic_back_has_given_it(self):
        self.restart_to_crash_at("lan.nic-given-back")
        task, now = self.announced()
        self.plug_in(now)
        self.wait_status(task, "RUNNING")
        self.ask_to_stop(task)
        self.wait_crashed()

        self.stage.start_berthd()

        self.wait_status(task, "STOPPED")
        unmarked = lambda: links().get("nic0", {"ifalias": "not there"}).get("ifalias", "") == ""
        self.wait_for(unmarked, "the NIC is the host's, and says so")
        self.unplug()

    def why_it_waits(self, short):
        if short not in self.stage.berth("ps", "--json"):
            return None
        waiting = json.loads(self.stage.berth("why", short, "--json"))["why"].get("waiting", {})
        return waiting if "NIC" in waiting.get("what", "") else None


class NeverPlugged(PluggedNode):
    wait_seconds = 8

    def test_without_a_nic_the_task_stops_with_the_reason(self):
        task = self.run_task("plugged")

        now = self.wait_status(task, "STOPPED")

        self.assertEqual(now["stopCode"], "TaskFailedToStart")
        self.assertEqual(now["stoppedReason"],
                         "Timeout waiting for network interface provisioning to complete.")
        self.assertEqual(now["attachments"][0]["status"], "DELETED")
        self.wait_for(lambda: self.log_has("did not appear in time", task), "berthd gives up, too")
        said = self.stage.berth("why", task.rpartition("/")[2])
        self.assertIn(f"network interface {mac_of(now)} was given up", said)

    def test_berthd_killed_while_it_gives_up_has_nothing_left_to_tell(self):
        self.restart_to_crash_at("journal.withdrawn")
        task, now = self.announced()
        self.wait_crashed()
        self.plug_in(now)  # too late

        self.stage.start_berthd()

        self.stage.wait_connected()
        now = self.wait_status(task, "STOPPED")
        self.assertEqual(now["stopCode"], "TaskFailedToStart")
        self.assertFalse(self.log_has("network interface is there", task))
        self.assertIn("nic0", links())
        self.unplug()
