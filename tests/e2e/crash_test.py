"""crash_test.py - kill -9 of berthd anywhere in a start, and while nobody listens."""
import glob
import os

from network_test import page_or_none
from node_case import NodeCase, command
from scene import limits_in_force

PAGE = "served by berth\n"
STAYS = "trap 'exit 0' TERM; echo up; while :; do sleep 1; done"


class Crashes(NodeCase):
    def kill_and_restart(self):
        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()

    def check_runs_once(self, task, containers):
        now = self.wait_status(task, "RUNNING")
        self.assertEqual(len(self.container_ids(task)), containers)
        processes = self.processes_in_containerd(task)
        self.assertEqual(len(processes), containers)
        self.check_is_whole(now, processes.values())

    def check_is_whole(self, task, pids):
        """Network, limits and names are as of a task whose start nobody disturbed."""
        self.wait_for(lambda: page_or_none(self.address_of(task)) == PAGE, "the page is served", 20)
        limits = limits_in_force(self.stage.name, task["taskArn"].rpartition("/")[2])
        values = [value for files in limits.values() for value in files.values()]
        for mebibytes in (128, 32):  # the task, its containers
            self.assertIn(str(mebibytes << 20), values)
        self.assertTrue({"50000", "50000 100000"} & set(values), limits)
        for pid in pids:
            with open(f"/proc/{pid}/root/etc/resolv.conf", encoding="ascii") as file:
                self.assertIn("nameserver ", file.read())

    def start_task(self, family, image=None):
        containers = [{"name": "one", "command": command("httpd -p 80 -h /www; " + STAYS)},
                      {"name": "two", "command": command(STAYS)}]
        if image:
            containers[0]["image"] = image
        self.register(family, containers, cpu="512", memory="128")
        return self.run_task(family)

    def check_stops(self, task):
        now = self.stop(task)
        self.assertEqual([one["exitCode"] for one in now["containers"]], [0, 0])

    def test_while_an_image_is_pulled(self):
        self.stage.push("big:1", options=["--layers", "3", "--layer-mib", "16",
                                           "--page", PAGE])
        task = self.start_task("pulled", self.stage.image("big:1"))
        self.wait_for(lambda: children_of(self.stage.programs["berthd"].pid, "berth-pull"),
                      "berth-pull runs", every=0.001)
        self.kill_and_restart()

        self.check_runs_once(task, 2)
        self.check_stops(task)

    def test_when_the_network_is_made(self):
        task = self.start_task("networked")
        short = task.rpartition("/")[2]
        self.wait_for(lambda: os.path.exists(f"/run/netns/{self.stage.name}--{short}"),
                      "the network namespace is pinned", every=0.0005)
        self.kill_and_restart()

        self.check_runs_once(task, 2)
        self.check_stops(task)

    def test_when_the_first_container_runs(self):
        task = self.start_task("created")
        short = task.rpartition("/")[2]
        first = self.wait_for(lambda: pids_below(self.stage.name, short),
                              "a process is in the task's cgroup", every=0.0005)
        self.kill_and_restart()

        self.check_runs_once(task, 2)
        self.assertTrue(first)
        self.check_stops(task)

    def test_running_containers_are_not_touched(self):
        task = self.start_task("untouched")
        self.wait_status(task, "RUNNING")
        before = self.processes_in_containerd(task)
        started = self.stage.describe(task)["startedAt"]
        self.kill_and_restart()
        self.stage.wait_connected()
        self.wait_for(lambda: "RUNNING" in self.stage.berth("ps"), "berthd knows the task")

        self.assertEqual(self.processes_in_containerd(task), before)
        self.assertEqual(self.stage.describe(task)["startedAt"], started)
        self.assertEqual(len(self.stage.instances()), 1)
        self.assertIn("up", self.stage.berth("logs", task.rpartition("/")[2], "one"))
        self.check_stops(task)

    def test_an_exit_while_berthd_is_gone_is_reported(self):
        self.register("exits-alone", [{"name": "main", "command":
                                       command("trap 'exit 9' USR1; while :; do sleep 0.1; done")}])
        task = self.run_task("exits-alone")
        self.wait_status(task, "RUNNING")
        [pid] = self.processes_in_containerd(task).values()
        self.stage.programs["berthd"].kill()
        os.kill(pid, 10)
        self.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the container has ended")
        self.stage.start_berthd()
        now = self.wait_status(task, "STOPPED")

        self.assertEqual(self.container(now, "main")["exitCode"], 9)
        self.assertEqual(now["stopCode"], "EssentialContainerExited")

    def test_a_stop_for_an_agent_that_is_away_is_delivered(self):
        task = self.start_task("stop-later")
        self.wait_status(task, "RUNNING")
        self.stage.programs["berthd"].kill()
        self.ask_to_stop(task, "while you were away")
        self.stage.start_berthd()
        now = self.wait_status(task, "STOPPED")

        self.assertEqual(now["stoppedReason"], "while you were away")
        self.assertEqual([one["exitCode"] for one in now["containers"]], [0, 0])


class ControlPlaneAway(NodeCase):
    def setUp(self):
        self.stage.wait_connected()

    def test_a_task_that_ends_meanwhile_is_reported_later(self):
        self.register("ends", [{"name": "main", "command":
                                command("trap 'exit 7' USR1; while :; do sleep 0.1; done")}])
        task = self.run_task("ends")
        self.wait_status(task, "RUNNING")
        [pid] = self.processes_in_containerd(task).values()
        self.stage.programs["berth-lab"].stop()
        os.kill(pid, 10)
        self.wait_for(lambda: "STOPPED" in self.stage.berth("ps"), "berthd saw the end")
        self.stage.start_lab()
        now = self.wait_status(task, "STOPPED")

        self.assertEqual(self.container(now, "main")["exitCode"], 7)
        self.assertEqual(now["stopCode"], "EssentialContainerExited")

    def test_a_stop_under_way_is_finished_and_reported_over_a_crash(self):
        self.register("slow-end", [{"name": "main", "stopTimeout": 3, "command":
                                    command("trap '' TERM; while :; do sleep 1; done")}])
        task = self.run_task("slow-end")
        self.wait_status(task, "RUNNING")
        self.ask_to_stop(task, "both go")
        self.stage.programs["berth-lab"].stop()
        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.stage.start_lab()
        now = self.wait_status(task, "STOPPED")

        self.assertEqual(self.container(now, "main")["exitCode"], 137)
        self.assertEqual((now["stopCode"], now["stoppedReason"]), ("UserInitiated", "both go"))


def children_of(pid, name):
    """Pids of the children of a process that run a program of that name."""
    found = []
    for children in glob.glob(f"/proc/{pid}/task/*/children"):
        with open(children, encoding="ascii") as file:
            for child in file.read().split():
                try:
                    if os.readlink(f"/proc/{child}/exe").endswith(f"/{name}"):
                        found.append(int(child))
                except OSError:
                    continue
    return found


def pids_below(parent, task):
    """Processes in the cgroups of a task, on v1 in those of memory."""
    found = []
    for root in glob.glob(f"/sys/fs/cgroup/{parent}/{task}") + \
            glob.glob(f"/sys/fs/cgroup/memory/{parent}/{task}"):
        for folder, _, _ in os.walk(root):
            try:
                with open(os.path.join(folder, "cgroup.procs"), encoding="ascii") as file:
                    found += file.read().split()
            except OSError:
                continue
    return found
