"""churn.py - tasks come and go without end while berthd and containerd are killed at random."""
import os
import time

from faults_case import NETWORK, stays
from node_case import command
from processes import wait_for

AT_ONCE = 6
SHAPES = {"churn-own": "awsvpc", "churn-host": "host", "churn-two": "awsvpc", "churn-brief": "awsvpc"}
KILLS = (("berthd", 1 / 12), ("containerd", 1 / 40))  # after how many of the cycles


def proc_figures(pid):
    """Resident KiB and open descriptors of a process."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        rss = next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
    return {"rss_kib": rss, "fds": len(os.listdir(f"/proc/{pid}/fd"))}


class Churn:
    """random decides what is run, when it is stopped and who is killed; nothing else does."""

    def __init__(self, stage, node, random):
        self.stage, self.node, self.random = stage, node, random
        self.ended, self.kills, self.failed_starts = [], {"berthd": 0, "containerd": 0}, []
        self._open = {}  # task -> when to stop it; None: not asked yet, False: asked
        node.register("churn-own", [stays(memory=16)])
        node.register("churn-host", [stays(memory=16)], network="host")
        node.register("churn-two", [stays(memory=16), stays("two", memory=16, dependsOn=[
            {"containerName": "main", "condition": "START"}])])
        node.register("churn-brief", [{"name": "main", "memory": 16, "command": command("exit 0")}])

    def run(self, cycles, kill):
        """So many tasks more from start to end."""
        until = len(self.ended) + cycles
        while len(self.ended) < until:
            if len(self._open) < min(AT_ONCE, until - len(self.ended)):
                self._begin()
            for _ in range(self._look()):
                if kill:
                    self._kill_somebody()
            time.sleep(0.02)  # the lab tells of changes only when it is asked

    def _begin(self):
        family = self.random.choice(sorted(SHAPES))
        more = {"networkConfiguration": NETWORK} if SHAPES[family] == "awsvpc" else {}
        answer = self.node.ask("RunTask", taskDefinition=family, **more)
        for task in answer["tasks"]:  # none while berthd is away
            self._open[task["taskArn"]] = None

    def _look(self):
        """Asks how the open tasks are and stops those whose time has come; how many have ended."""
        if not self._open:
            return 0
        ended = 0
        for now in self.node.ask("DescribeTasks", tasks=list(self._open))["tasks"]:
            task, status = now["taskArn"], now["lastStatus"]
            if status == "STOPPED":
                ended += 1
                self._close(now)
            elif self._open[task] is None:
                if status == "RUNNING":
                    self._open[task] = time.monotonic() + self.random.random()
            elif self._open[task] and time.monotonic() > self._open[task]:
                self._open[task] = False
                self.node.stop_task(task)
        return ended

    def _close(self, now):
        self.ended.append(now["taskArn"])
        del self._open[now["taskArn"]]
        if now.get("stopCode") == "TaskFailedToStart":
            self.failed_starts.append(now["stoppedReason"])

    def _kill_somebody(self):
        for name, chance in KILLS:
            if self.random.random() >= chance:
                continue
            self.kills[name] += 1
            if name == "berthd":
                self.stage.programs["berthd"].kill()
                self.stage.start_berthd()
            else:
                self.stage.kill_containerd()
                self.stage.start_containerd()

    def settle(self):
        """Waits until berthd has cleaned up all that ended."""
        wait_for(lambda: len(self.stage.berth("ps").splitlines()) <= 1, "all is cleaned up", 120, 0.2)

    def figures(self):
        return proc_figures(self.stage.programs["berthd"].pid)

    def recovery(self, tasks):
        """Milliseconds after kill -9, with so many tasks, until berthd is connected and knows all of
        them; and its size then."""
        self.node.register("churn-many", [stays(memory=8)], network="host")
        many = []
        while len(many) < tasks:
            many += self.node.run_task("churn-many", "host", count=min(10, tasks - len(many)))
        for task in many:
            self.node.wait_status(task, "RUNNING", seconds=300)
        self.stage.programs["berthd"].kill()
        wait_for(lambda: not self.stage.instances()[0]["agentConnected"], "the lab sees it go")
        begin = time.monotonic()
        self.stage.start_berthd()
        wait_for(lambda: self.stage.instances()[0]["agentConnected"], "connected", every=0.002)
        wait_for(lambda: self.stage.berth("ps").count("RUNNING") >= tasks, "all known", every=0.002)
        took = (time.monotonic() - begin) * 1000
        figures = {"tasks": tasks, "ms": round(took), **self.figures()}
        for task in many:
            self.node.stop_task(task)
        for task in many:
            self.node.wait_status(task, "STOPPED", seconds=300)
        self.ended += many
        return figures
