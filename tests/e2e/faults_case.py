"""faults_case.py - a node between a faulty containerd and a faulty control plane, and what must hold."""
import contextlib
import glob
import json
import os
import socket
import subprocess

from ecs_client import EcsClient
from faulty_control_plane import FaultyControlPlane
from node_case import SLOW_SECONDS, NodeCase, command, wait_hears
from processes import wait_for
from report_book import Book
from scene import cgroup_folders
from stage import REGION, run

STAYS = "trap 'exit 0' TERM; while :; do sleep 0.2; done"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-lab"]}}


class FaultyContainerd:
    """What a test says to the proxy; see tests/fakes/faulty_containerd.cpp."""

    def __init__(self, control):
        self._control = control

    def tell(self, line):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
            peer.settimeout(30)
            peer.connect(self._control)
            peer.sendall(f"{line}\n".encode())
            answer = b""
            while more := peer.recv(65536):
                answer += more
        return answer.decode()

    def break_call(self, method, action, nth=1, with_text="*"):
        answer = self.tell(f"rule {method} {nth} {with_text} {action}")
        assert answer == "ok\n", answer

    def calls(self):
        """Path of a method -> how often it was called since the last clear(); "broken" -> faults done."""
        return {path: int(count) for path, count in
                (line.split() for line in self.tell("calls").splitlines())}

    def clear(self):
        self.tell("clear")


class Node:
    """Tasks through the lab by our own client, and what the machine shows of one of them."""

    def __init__(self, stage):
        self.stage = stage
        self._client = EcsClient(f"127.0.0.1:{stage.lab_port}", REGION,
                                 stage.path("lab/credentials"))

    def ask(self, operation, **members):
        return self._client.call(operation, **members)

    def close(self):
        self._client.close()

    def register(self, family, containers, network="awsvpc", **members):
        for container in containers:
            container.setdefault("image", self.stage.image("web:1"))
            container.setdefault("memory", 32)
        self.ask("RegisterTaskDefinition", family=family, networkMode=network,
                 containerDefinitions=containers, **members)

    def run_task(self, family, network="awsvpc", count=1, groups=()):
        vpc = NETWORK["awsvpcConfiguration"] | ({"securityGroups": list(groups)} if groups else {})
        more = {"networkConfiguration": {"awsvpcConfiguration": vpc}} if network == "awsvpc" else {}
        answer = self.ask("RunTask", taskDefinition=family, count=count, **more)
        if answer["failures"]:
            raise AssertionError(answer["failures"])
        return [task["taskArn"] for task in answer["tasks"]]

    def stop_task(self, task, reason="the test is over"):
        self.ask("StopTask", task=task, reason=reason)

    def describe(self, task):
        return self.ask("DescribeTasks", tasks=[task])["tasks"][0]

    def wait_status(self, task, *statuses, seconds=SLOW_SECONDS):
        wait_for(lambda: self.describe(task)["lastStatus"] in statuses,
                 f"{task}: lastStatus is {' or '.join(statuses)}", seconds)
        if "RUNNING" in statuses:
            wait_hears(task)
        return self.describe(task)

    def left_of(self, task):
        """What the machine and containerd still hold of a task. Empty once it is cleaned up."""
        return self._left_in_kernel(short_of(task)) | self._left_in_containerd(short_of(task))

    def _left_in_containerd(self, short):
        stage = self.stage
        return filled({
            "containers": named(stage.ctr("containers", "ls", "-q"), short),
            "tasks": named(stage.ctr("tasks", "ls", "-q"), short),
            "snapshots": named(stage.ctr("snapshots", "ls"), short),
            "leases": named(stage.ctr("leases", "ls", "-q"), short),
        })

    def _left_in_kernel(self, short):
        stage = self.stage
        return filled({
            "network namespaces": glob.glob(f"/run/netns/*{short}*"),
            "ifbs": named(run(["ip", "-o", "link", "show", "type", "ifb"]), short),
            "cgroups": cgroup_folders(f"{stage.name}/{short}"),
            "files": [path for folder in ("data", "run") for path in
                      glob.glob(f"{stage.path(folder)}/**/*{short}*", recursive=True)],
            "processes": processes_naming(short),
        })

    def wait_nothing_left(self, task, seconds=SLOW_SECONDS):
        try:
            wait_for(lambda: not self._left_in_kernel(short_of(task)), "nothing is left", seconds)
            wait_for(lambda: not self.left_of(task), "nothing is left", seconds, every=0.1)
        except Exception as late:
            raise AssertionError(
                f"left of {task}: {json.dumps(self.left_of(task), indent=1)}") from late

    def wait_audited(self, seconds=20):
        """Until berthd itself finds nothing that is nobody's, and nobody who lacks a thing."""
        words = self.stage.berth_words("audit")
        wait_for(lambda: subprocess.run(words, stdout=subprocess.DEVNULL, check=False).returncode == 0,
                 "an audit finds nothing", seconds, every=0.2)


def filled(found):
    return {what: things for what, things in found.items() if things}


def named(text, short):
    return [line for line in text.splitlines() if short in line]


def processes_naming(short):
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError), open(path, "rb") as file:
            words = file.read()
            if short.encode() in words and f"/{os.getpid()}/" not in path:
                found.append(f"{path} {words.decode(errors='replace')}")
    return found


class PlaneCase(NodeCase):
    """berthd talks to the lab through a proxy; `node` asks the lab itself, past it."""

    @classmethod
    def prepare(cls, stage):
        cls.plane = FaultyControlPlane(stage.lab_port)
        stage.settings["ECS_BACKEND_HOST"] = f"http://127.0.0.1:{cls.plane.port}"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.node = Node(cls.stage)
        cls.addClassCleanup(cls.node.close)

    @classmethod
    def end(cls):
        cls.plane.clear()
        super().end()
        cls.plane.stop()

    def tearDown(self):
        self.plane.clear()

    def run_held(self, family, count):
        """Tasks whose ids are known before berthd hears of them: faults can be planned for each."""
        self.plane.hold_sessions()
        tasks = []
        while len(tasks) < count:
            tasks += self.node.run_task(family, count=min(10, count - len(tasks)))
        return tasks

    def check_end(self, tasks):
        for task in tasks:
            self.node.stop_task(task)
        for task in tasks:
            self.node.wait_status(task, "STOPPED")
        for task in tasks:
            self.node.wait_nothing_left(task)
        self.check_reports(*tasks)

    def check_reports(self, *ended):
        """Of all tasks so far none is contradicted; the final report of those that ended is there."""
        book = Book(self.plane.sent())
        self.assertEqual(book.contradictions, [])
        self.assertEqual(book.lost(ended), [])
        return book


class FaultCase(PlaneCase):
    """berthd talks to containerd through a proxy, too."""

    @classmethod
    def prepare(cls, stage):
        super().prepare(stage)
        stage.start_faulty_containerd()
        cls.engine = FaultyContainerd(stage.path("faulty-control.sock"))

    @classmethod
    def end(cls):
        cls.engine.clear()
        super().end()

    def tearDown(self):
        self.engine.clear()
        super().tearDown()


def stays(name="main", **members):
    return {"name": name, "command": command(STAYS), "stopTimeout": 2} | members


def short_of(task):
    return task.rpartition("/")[2]
