"""life_test.py - restarts, ordering, memory and children left behind, on a real node."""
import json
import os
import signal
import subprocess

from node_case import NodeCase, command
from processes import begun_at

HOLD = "trap 'exit 4' USR1; while :; do sleep 0.2; done"
COUNT = "echo run >> /runs; echo run $(wc -l < /runs); "
ONCE = "[ $(wc -l < /runs) = 1 ] || { " + HOLD + "; }; "  # what follows is for the first run only


class Restarts(NodeCase):
    """One wait of the shortest restartAttemptPeriod for all of them."""

    def register_restarting(self, family, script, **policy):
        policy = {"enabled": True, "restartAttemptPeriod": 60} | policy
        self.stage.ask("RegisterTaskDefinition", family=family, networkMode="host",
                       containerDefinitions=[{
                           "name": "main", "image": self.stage.image("web:1"), "memory": 16,
                           "stopTimeout": 2, "restartPolicy": policy,
                           "command": command(COUNT + ONCE + script)}])
        return self.run_task(family, network=False)

    def runs_of(self, task):
        """How often its process was started over the same files."""
        lines = self.stage.berth("logs", task.rpartition("/")[2], "main").splitlines()
        return [line.rpartition(" ")[2] for line in lines if "run " in line]

    def test_the_policy_decides(self):
        held = self.register_restarting("held", HOLD)
        ignored = self.register_restarting("ignored", "sleep 62; exit 3", ignoredExitCodes=[3])
        early = self.register_restarting("early", "exit 1")
        again = self.register_restarting("again", "sleep 62; exit 1")
        greedy = self.register_restarting("greedy", "sleep 62; exec tail /dev/zero")
        self.assertEqual(self.container(self.wait_status(early, "STOPPED"), "main")["exitCode"], 1)
        started = self.wait_status(again, "RUNNING")["startedAt"]
        [before] = self.processes_in_containerd(again).values()

        self.wait_for(lambda: self.runs_of(again) == ["1", "2"], "it was started again")
        self.wait_for(lambda: self.runs_of(greedy) == ["1", "2"], "so was what took too much memory")
        now = self.stage.describe(again)
        self.assertEqual((now["lastStatus"], now["startedAt"]), ("RUNNING", started))
        self.assertNotEqual(list(self.processes_in_containerd(again).values()), [before])
        now = self.wait_status(ignored, "STOPPED")
        self.assertEqual(self.container(now, "main")["exitCode"], 3)

        # The same for an exit that nobody saw.
        [pid] = self.processes_in_containerd(held).values()
        self.stage.programs["berthd"].kill()
        os.kill(pid, signal.SIGUSR1)
        self.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the container has ended")
        self.stage.start_berthd()
        self.wait_for(lambda: self.runs_of(held) == ["1", "2"], "it was started again")
        self.assertEqual(self.stage.describe(held)["lastStatus"], "RUNNING")
        for task in (held, again, greedy):
            self.assertEqual(self.container(self.stop(task), "main")["exitCode"], 137)


class Endings(NodeCase):
    def test_a_dependency_that_takes_too_long(self):
        self.register("late", [
            {"name": "db", "command": command("sleep 600"), "startTimeout": 2, "essential": False,
             "stopTimeout": 2,
             "healthCheck": {"command": ["CMD", "false"], "interval": 5, "timeout": 2}},
            {"name": "app", "command": command("sleep 600"),
             "dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]}])
        now = self.wait_status(self.run_task("late"), "STOPPED")

        app = self.container(now, "app")
        self.assertEqual(app["exitCode"], 143)
        self.assertEqual(app["reason"], "CannotStartContainerError: dependency graph: container "
                         "ordering dependency [db] for target [app] has timed out.")
        self.assertEqual(now["stopCode"], "TaskFailedToStart")

    def test_stops_go_backwards_through_all_dependencies(self):
        ends = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
        containers = [{"name": "a", "command": command(ends)},
                      {"name": "b", "command": command(ends), "essential": False},
                      {"name": "c", "command": command("trap 'sleep 1; exit 0' TERM; while :; do "
                                                       "sleep 0.1; done"), "essential": False}]
        for at, needed in ((1, "a"), (2, "b")):
            containers[at]["dependsOn"] = [{"containerName": needed, "condition": "START"}]
        self.register("chain", containers)
        task = self.run_task("chain")
        self.wait_status(task, "RUNNING")
        now = self.stop(task)

        self.assertEqual([one["exitCode"] for one in now["containers"]], [0, 0, 0])
        with open(self.stage.programs["berthd"].log, encoding="utf-8") as file:
            lines = file.read().splitlines()
        stops = [line for line in lines if task.rpartition("/")[2] in line and
                 "container changed state" in line and "status=STOPPED" in line]
        names = [line.partition("container=")[2].split()[0] for line in stops]
        self.assertEqual(names, ["c", "b", "a"])

    def test_children_left_behind_are_killed(self):
        self.register("orphans", [{"name": "main", "stopTimeout": 2, "command": command(
            "setsid sleep 4711 < /dev/null > /dev/null 2>&1 & sleep 0.2; exit 5")}],
                      pidMode="host")
        now = self.wait_status(self.run_task("orphans"), "STOPPED")

        self.assertEqual(self.container(now, "main")["exitCode"], 5)
        self.assertEqual(pids_of("sleep", "4711"), [])

    def test_a_child_killed_for_memory_is_not_the_end(self):
        self.register("parent", [{"name": "main", "memory": 16, "command": command(
            "tail /dev/zero; echo child ended; exit 0")}])
        now = self.wait_status(self.run_task("parent"), "STOPPED")

        main = self.container(now, "main")
        self.assertEqual(main["exitCode"], 0)
        self.assertNotIn("OutOfMemory", main.get("reason", ""))

    def test_a_port_of_the_host_is_waited_for(self):
        """A task of a file has it: the lab, which gives a port to one task at a time, knows nothing of it."""
        def container():
            return {"name": "main", "image": self.stage.image("web:1"), "memory": 16, "stopTimeout": 5,
                    "command": command("trap 'sleep 1; exit 0' TERM; while :; do sleep 0.1; done"),
                    "portMappings": [{"containerPort": 8099}]}
        path = self.stage.path("tasks.d", "first.json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"family": "first", "networkMode": "host",
                       "containerDefinitions": [container()]}, file)
        self.wait_for(lambda: running(self.stage, "first"), "the first task runs")
        self.register("second", [container()], networkMode="host")
        second = self.run_task("second", network=False)
        short = second.rpartition("/")[2]
        self.wait_for(lambda: short in self.stage.berth("ps"), "berthd has the second one")
        self.wait_for(lambda: "waits for the node's resources" in self.stage.berth("why", short),
                      "the second one waits")
        self.assertEqual(self.stage.describe(second)["lastStatus"], "PENDING")

        os.remove(path)
        self.wait_status(second, "RUNNING")
        self.assertEqual(running(self.stage, "first"), [])
        self.stop(second)


def running(stage, family):
    """Ids of the tasks of a family that `berth ps` shows running."""
    rows = [line.split() for line in stage.berth("ps").splitlines()]
    return [row[0] for row in rows if len(row) > 2 and row[1].startswith(family + ":") and
            row[2] == "RUNNING"]


class Rebooting(NodeCase):
    def test_what_ran_is_told_and_local_tasks_come_back(self):
        local = {"family": "local", "networkMode": "host", "containerDefinitions": [
            {"name": "main", "image": self.stage.image("web:1"), "memory": 16,
             "command": command("sleep 600")}]}
        self.register("lost", [{"name": "main", "command": command("sleep 600")}])
        task = self.run_task("lost")
        self.wait_status(task, "RUNNING")
        os.makedirs(self.stage.path("tasks.d"), exist_ok=True)
        with open(self.stage.path("tasks.d", "local.json"), "w", encoding="utf-8") as file:
            json.dump(local, file)
        self.wait_for(lambda: running(self.stage, "local"), "the local task runs")
        [before] = running(self.stage, "local")

        self.boot_anew()
        now = self.wait_status(task, "STOPPED")
        self.assertIn("HostRebootedError", self.container(now, "main")["reason"])
        self.assertNotIn("exitCode", self.container(now, "main"))
        self.wait_for(lambda: running(self.stage, "local") not in ([], [before]), "it came back")

    def boot_anew(self):
        """All processes are gone, what was in memory too, and the kernel says it is another boot."""
        self.stage.programs["berthd"].kill()
        self.stage.kill_containerd()
        ended = pids_with("containerd-shim", self.stage.name) + pids_with("sleep", "600")
        for pid in ended:
            os.kill(pid, signal.SIGKILL)
        for pid in ended:
            self.wait_for(lambda ended=pid: begun_at(ended) is None, f"process {pid} is gone")
        with open(self.stage.path("boot_id"), "w", encoding="ascii") as file:
            file.write("00000000-0000-4000-8000-000000000002\n")
        subprocess.run(["mount", "--bind", self.stage.path("boot_id"),
                        "/proc/sys/kernel/random/boot_id"], check=True)
        self.stage.start_containerd()
        self.stage.start_berthd()



class Draining(NodeCase):
    def test_everything_stops_and_is_told(self):
        self.register("stays", [{"name": "main", "stopTimeout": 2, "command": command(
            "trap 'exit 0' TERM; while :; do sleep 0.1; done")}])
        tasks = [self.run_task("stays") for _ in range(3)]
        for task in tasks:
            self.wait_status(task, "RUNNING")
        said = self.stage.berth("drain")

        self.assertEqual(said.splitlines()[-1], "0 tasks to stop, 0 reports to be taken")
        for task in tasks:
            now = self.wait_status(task, "STOPPED")
            self.assertEqual(self.container(now, "main")["exitCode"], 0)
            self.assertEqual(now["stoppedReason"], "Task stopped by the node: it is drained")
        self.assertEqual([node["status"] for node in self.stage.instances()], ["DRAINING"])


def pids_with(*parts):
    """Processes with all of these in their command lines."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", encoding="utf-8", errors="replace") as file:
                text = file.read()
        except OSError:
            continue
        if all(part in text for part in parts):
            found.append(int(name))
    return found


def pids_of(*words):
    """Processes whose command line is exactly this."""
    wanted = b"\0".join(word.encode() for word in words) + b"\0"
    found = []
    for name in os.listdir("/proc"):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                if file.read() == wanted:
                    found.append(int(name))
        except (OSError, ValueError):
            continue
    return found
