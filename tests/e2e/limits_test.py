"""limits_test.py - limits that labels ask for are in the container's cgroup, or refused by name."""
import glob
import json
import os

from node_case import NodeCase
from scene import cgroup_folders

IS_V2 = os.path.exists("/sys/fs/cgroup/cgroup.controllers")
COUNTED = {name for name in ("cpu", "memory", "io") if os.path.exists(f"/proc/pressure/{name}")}
WEIGHTS = {"io.weight": "default 200", "io.bfq.weight": "109"}


def held_weights():
    """What this kernel has of them, as its own cgroups show."""
    return {name: value for name, value in WEIGHTS.items() if glob.glob(f"/sys/fs/cgroup/*/{name}")}


class Limits(NodeCase):
    def run_with(self, labels):
        self.register("limited", [{"name": "main", "dockerLabels": labels}], networkMode="none")
        return self.run_task("limited", network=False)

    def in_force(self, task, name):
        """What the file has in the cgroup of the task's one container; None when there is none."""
        for folder in cgroup_folders(f"{self.stage.name}/{task.rpartition('/')[2]}/*"):
            if os.path.exists(os.path.join(folder, name)):
                with open(os.path.join(folder, name), encoding="ascii") as file:
                    return file.read().splitlines()[0]
        return None

    def check_refused(self, label, value, why):
        now = self.wait_status(self.run_with({label: value}), "STOPPED")
        self.assertEqual(now["stoppedReason"],
                         f'containerDefinitions[0].dockerLabels.{label} "{value}": {why}')

    def test_a_limit_on_processes_is_held(self):
        task = self.run_with({"berth.pids.max": "50"})
        self.wait_status(task, "RUNNING")

        self.assertEqual(self.in_force(task, "pids.max"), "50")
        self.stop(task)

    def test_what_only_v2_has(self):
        if not IS_V2:
            for label, value in (("berth.memory.high", "16M"), ("berth.io.weight", "200")):
                file = label.removeprefix("berth.")
                self.check_refused(label, value, "not possible on this node: it has cgroup v1, "
                                                 f"and {file} is one of v2")
            return
        weights = held_weights()
        labels = {"berth.memory.high": "16M", "berth.pids.max": "50"}
        if weights:
            labels["berth.io.weight"] = "200"
        task = self.run_with(labels)
        self.wait_status(task, "RUNNING")

        self.assertEqual(self.in_force(task, "memory.high"), str(16 << 20))
        self.assertEqual(self.in_force(task, "pids.max"), "50")
        for name, value in weights.items():
            self.assertEqual(self.in_force(task, name), value)
        told = json.loads(self.stage.berth("why", task.rpartition("/")[2], "--json"))["why"]
        stalls = told["resources"].get("stalls", {})
        self.assertEqual(set(stalls), COUNTED)
        self.stop(task)

    def test_a_bad_value_is_refused_by_name_and_rule(self):
        self.check_refused("berth.pids.max", "many", "must be a whole number from 1 to 4194304")
        self.check_refused("berth.pids.min", "1", "there is berth.pids.max only")
