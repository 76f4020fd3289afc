"""node_case.py - a test case with a whole node: containerd, registry, berth-lab, berthd, `aws`."""
import glob
import json
import os
import re
import secrets
import shutil
import signal
import sys
import tempfile
import unittest

import leftovers
from processes import Failed, wait_for
from stage import Stage

SLOW_SECONDS = 120  # machines that build at the same time


def is_deaf_yet(task):
    """Has a shell of the task not come to the trap its command begins with? A signal would do nothing to it."""
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            said = {}
            for name in ("cgroup", "comm", "cmdline", "status"):
                with open(f"{folder}/{name}", encoding="utf-8", errors="replace") as file:
                    said[name] = file.read()
        except OSError:
            continue
        if task.rpartition("/")[2] not in said["cgroup"]:
            continue
        if said["comm"].startswith("runc:["):
            return True
        heard = [int(mask, 16) for mask in re.findall(r"Sig(?:Cgt|Ign):\t(\w+)", said["status"])]
        for name in re.findall(r"\0trap '[^']*' (\w+)", said["cmdline"]):
            bit = 1 << getattr(signal, f"SIG{name}") - 1
            if not any(mask & bit for mask in heard):
                return True
    return False


def wait_hears(task):
    wait_for(lambda: not is_deaf_yet(task), "the task's shells have come to their traps")


def command(script):
    return ["sh", "-c", script]


def harden():
    """As careful hosts have it. Turning ip_forward on and off again would undo it."""
    with open("/proc/sys/net/ipv4/conf/all/accept_redirects", "w", encoding="ascii") as file:
        file.write("0")


class NodeCase(unittest.TestCase):
    """One stage for each class. After its tests berthd is purged, and nothing may be left."""

    host = "127.0.0.1"  # where lab and registry listen

    @classmethod
    def setUpClass(cls):
        name = f"e2e-{secrets.token_hex(3)}"
        harden()
        cls.was = leftovers.before()
        cls.stage = Stage(tempfile.mkdtemp(prefix=f"{name}.", dir="/var/tmp"),
                          os.path.abspath(os.environ["BERTH_BIN_DIR"]), name,
                          private_containerd=True, host=cls.host)
        cls.found = {}
        cls.addClassCleanup(cls.end)
        cls.prepare(cls.stage)
        cls.stage.start()
        cls.stage.push("web:1", options=["--page", "served by berth\n"])
        cls.stage.wait_connected()

    @classmethod
    def prepare(cls, stage):
        """Settings and the like, before anything starts."""

    @classmethod
    def end(cls):
        stage = cls.stage
        try:
            stage.stop_berthd()
            stage.purge()
            cls.found = leftovers.containerd_objects(stage)
            stage.stop_rest()
            stage.stop_containerd()
            leftovers.remove_empty(stage, cls.was)
            cls.found |= leftovers.kernel_objects(stage, cls.was)
            left = {what: things for what, things in cls.found.items() if things}
            if left:
                raise AssertionError(f"left after berthd --purge: {json.dumps(left, indent=1)}")
            shutil.rmtree(stage.folder)
        except BaseException:
            leftovers.remove_by_force(stage, leftovers.kernel_objects(stage, cls.was))
            raise

    def run(self, result=None):
        """As ever; and when it fails, the end of berthd's log, which mostly says why."""
        result = result or self.defaultTestResult()
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > before:
            for program in self.stage.programs.values():
                print(f"--- {program.name}, {program.log} ends:\n{program.tail(25)}", file=sys.stderr)
        return result

    # What tests say.

    def register(self, family, containers, **members):
        """Registers a definition; each container gets the sample image and 32 MiB unless it says."""
        for container in containers:
            container.setdefault("image", self.stage.image("web:1"))
            container.setdefault("memory", 32)
        given = {"networkMode": "awsvpc", "containerDefinitions": containers} | members
        return self.stage.ask("RegisterTaskDefinition", family=family, **given)["taskDefinition"]

    def register_text(self, text):
        """As users do it, by the stock client."""
        with open(self.stage.path("definition.json"), "w", encoding="utf-8") as file:
            file.write(text)
        answer = self.stage.aws("register-task-definition", "--cli-input-json",
                                "file://definition.json")
        return answer["taskDefinition"]

    def run_task(self, family, subnet="subnet-lab", groups=(), network=True, **members):
        if network:
            vpc = {"subnets": [subnet]} | ({"securityGroups": list(groups)} if groups else {})
            members["networkConfiguration"] = {"awsvpcConfiguration": vpc}
        answer = self.stage.ask("RunTask", taskDefinition=family, **members)
        self.assertEqual(answer["failures"], [])
        return answer["tasks"][0]["taskArn"]

    def run_by_aws(self, family, *words):
        """As users do it."""
        answer = self.stage.aws("run-task", "--task-definition", family, "--network-configuration",
                                "awsvpcConfiguration={subnets=[subnet-lab]}", *words)
        self.assertEqual(answer["failures"], [])
        return answer["tasks"][0]["taskArn"]

    def ask_to_stop(self, task, reason="the test is over"):
        self.stage.ask("StopTask", task=task, reason=reason)

    def wait_status(self, task, status, seconds=SLOW_SECONDS):
        now = self.stage.wait_task(task, lambda now: now["lastStatus"] == status,
                                   f"lastStatus is {status}", seconds)
        if status == "RUNNING":
            wait_hears(task)
        return now

    def stop(self, task, reason="the test is over"):
        self.ask_to_stop(task, reason)
        return self.wait_status(task, "STOPPED")

    def container(self, task, name):
        return next(one for one in task["containers"] if one["name"] == name)

    def processes_in_containerd(self, task):
        """Container id -> pid of the running containers of a task, as containerd tells it."""
        rows = [line.split() for line in self.stage.ctr("tasks", "ls").splitlines()[1:]]
        known = self.container_ids(task)
        return {row[0]: int(row[1]) for row in rows if row[0] in known and row[2] == "RUNNING"}

    def container_ids(self, task):
        short = task.rpartition("/")[2]
        return [name for name in self.stage.ctr("containers", "ls", "-q").split() if short in name]

    def address_of(self, task):
        details = {one["name"]: one["value"] for one in task["attachments"][0]["details"]}
        return details["privateIPv4Address"]

    def wait_for(self, condition, what, seconds=SLOW_SECONDS, every=None):
        try:
            return wait_for(condition, what, seconds, every)
        except Failed as late:
            self.fail(str(late))
