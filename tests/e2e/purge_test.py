"""purge_test.py - `berthd --purge` takes what this agent made, and nothing of anybody else."""
import glob
import os
import subprocess

from node_case import NodeCase
from scene import cgroup_folders


class PurgeBesideOthers(NodeCase):
    """Another agent shares the default cgroup parent."""

    def add_neighbour(self):
        self.parents = cgroup_folders(self.stage.name)
        self.neighbour = subprocess.Popen(["sleep", "600"])
        self.addCleanup(self.remove_neighbour)
        for parent in self.parents:
            os.mkdir(f"{parent}/neighbour")
            for knob in ("cpuset.cpus", "cpuset.mems"):  # v1: nobody may enter before
                if os.path.exists(f"{parent}/neighbour/{knob}"):
                    with open(f"{parent}/{knob}", encoding="ascii") as file:
                        value = file.read()
                    with open(f"{parent}/neighbour/{knob}", "w", encoding="ascii") as file:
                        file.write(value)
            with open(f"{parent}/neighbour/cgroup.procs", "w", encoding="ascii") as file:
                file.write(str(self.neighbour.pid))

    def remove_neighbour(self):
        self.neighbour.kill()
        self.neighbour.wait()
        for parent in self.parents:
            self.wait_for(lambda path=f"{parent}/neighbour": removes(path), "neighbour's cgroup goes")
            removes(parent)

    def test_takes_our_task_and_leaves_the_neighbour(self):
        self.register("web", [{"name": "main"}])
        task = self.run_task("web")
        self.wait_status(task, "RUNNING")
        self.add_neighbour()
        self.stage.stop_berthd()
        self.stage.purge()
        short = task.rpartition("/")[2]

        self.assertIsNone(self.neighbour.poll(), "the neighbour lives")
        self.assertNotEqual(self.parents, [])
        for parent in self.parents:
            self.assertEqual(glob.glob(f"{parent}/*/"), [f"{parent}/neighbour/"])
            self.assertFalse(os.path.exists(f"{parent}/{short}"))
        for folder in ("data", "run"):
            self.assertFalse(os.path.exists(self.stage.path(folder)), folder)
        self.assertFalse(os.path.exists(f"/run/lock/berthd-{self.stage.name}.lock"))


def removes(path):
    try:
        os.rmdir(path)
        return True
    except OSError:
        return False
