"""demo.py - the scenario of tools/demo: up, run a task, look at it, stop it, clean up, prove it."""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import urllib.request

import leftovers
import screen
from processes import Failed, begun_at
from scene import SIDECAR, WEB, limits_in_force, task_definition
from stage import AwsError, Stage, run


class Interrupted(Exception):
    """Ctrl-C, or a polite signal."""


def interrupt(number, _frame):
    raise Interrupted(signal.Signals(number).name)


USUAL_NAME = "berth-demo"


def ending_words(name):
    words = f"sudo {os.path.abspath(sys.path[0] + '/../demo')} --down"
    return words if name == USUAL_NAME else f"{words} --name {name}"


class Record:
    """The file by which --down finds what is up; also keeps a second demo of the same name away."""

    def __init__(self, name):
        self.path, self.name = f"/run/{name}.json", name

    def read(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return None

    def write(self, content, first=False):
        part = f"{self.path}.{os.getpid()}"
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as file:
            json.dump(content, file)
        if not first:
            os.rename(part, self.path)
            return
        try:
            os.link(part, self.path)
        except FileExistsError:
            raise Failed(f"a demo is up already ({self.path}); end it: "
                         f"{ending_words(self.name)}") from None
        finally:
            os.unlink(part)

    def remove(self):
        os.unlink(self.path)


class Demo:
    def __init__(self, stage, was, record):
        self.stage, self.was, self.record = stage, was, record
        self.run_began = None
        self.shown = None
        self.fault = None

    def save(self, first=False):
        self.record.write({"stage": self.stage.record(), "was": self.was,
                           "script": [os.getpid(), begun_at(os.getpid())]}, first)

    # Up.

    def bring_up(self):
        stage = self.stage
        screen.title(f"Bringing everything up in {stage.folder}")
        others = [threading.Thread(target=self.start_part, args=(part,), daemon=True)
                  for part in (self.start_registry, stage.start_lab)]
        for thread in others:
            thread.start()
        stage.start_containerd()
        for thread in others:
            thread.join()
        if self.fault:
            raise self.fault
        stage.start_berthd()
        self.save()
        version = stage.ctr("version").split("Server:")[1].split("Version:")[1].split()[0]
        whose = "a private one" if stage.private else "the one of this system"
        screen.fact("containerd", f"{version}, {whose}")
        screen.fact("registry", f"docker-registry with {stage.image('web:1')}, made offline")
        screen.fact("berth-lab", f"{stage.endpoint()}, the ECS control plane")
        screen.fact("berthd", f"pid {stage.programs['berthd'].pid}, the node agent; its settings: "
                    "ecs.config, its log: berthd.log")

    def start_part(self, part):
        try:
            part()
        except Exception as fault:  # told by the main thread
            self.fault = fault

    def start_registry(self):
        self.stage.start_registry()
        self.stage.push("web:1", options=["--page", "berth runs this\n"])

    # Typing.

    def type_surroundings(self):
        screen.typed(["cd", self.stage.folder])
        screen.typed(["export", "AWS_CONFIG_FILE=$PWD/lab/config",
                      "AWS_SHARED_CREDENTIALS_FILE=$PWD/lab/credentials"])
        screen.typed(["export", "BERTH_RUN_DIR=$PWD/run", f"PATH=$PATH:{self.stage.bin_dir}"])

    def type(self, *words, shows=None):
        """Shows a command as a person types it, runs it, shows what it printed (or `shows` of it)."""
        screen.typed(self.stage.aws_words(*words))
        answer = self.stage.aws(*words)
        if shows:
            screen.output(shows(answer))
        return answer

    def register_and_run(self):
        stage = self.stage
        screen.title("The node has joined the cluster")
        self.type_surroundings()
        node = stage.wait_connected()
        short = node["containerInstanceArn"].rpartition("/")[2]
        self.type("describe-container-instances", "--container-instances", short,
                  shows=lambda answer: node_lines(answer["containerInstances"][0]))

        screen.title("A task definition, as users write it: web.json")
        definition = task_definition(stage.image("web:1"))
        with open(stage.path("web.json"), "w", encoding="utf-8") as file:
            file.write(definition)
        screen.output(definition.splitlines())
        self.type("register-task-definition", "--cli-input-json", "file://web.json",
                  shows=lambda answer: [answer["taskDefinition"]["taskDefinitionArn"]])

        screen.title("Running it")
        self.run_began = time.monotonic()
        answer = self.type("run-task", "--task-definition", "web", "--network-configuration",
                           "awsvpcConfiguration={subnets=[subnet-lab]}")
        if answer["failures"]:
            raise Failed(f"run-task: {answer['failures']}")
        return answer["tasks"][0]["taskArn"].rpartition("/")[2]

    def follow(self, task, until, seconds=60):
        """Shows each change of what describe-tasks shows, until until(task) says enough."""
        deadline = time.monotonic() + seconds
        while True:
            now = self.stage.describe(task)
            line = state_line(now)
            if line != self.shown:
                self.shown = line
                screen.change(time.monotonic() - self.run_began, line)
            if until(now):
                return now
            if time.monotonic() > deadline:
                raise Failed(f"no further change in {seconds} s; berthd's log ends so:\n" +
                             self.stage.programs["berthd"].tail())
            time.sleep(0.1)
            self.stage.programs["berthd"].check_runs()
            if now["lastStatus"] == "STOPPED":
                raise Failed(f"the task stopped: {now.get('stoppedReason')}\n" +
                             json.dumps(now["containers"], indent=1))

    # Looking.

    def look_at_running(self, task):
        screen.typed(self.stage.aws_words("describe-tasks", "--tasks", task))
        now = self.follow(task, lambda now: container(now, WEB)["lastStatus"] == "RUNNING")
        address = container(now, WEB)["networkInterfaces"][0]["privateIpv4Address"]
        screen.title("A page from the task's own address")
        page_from = f"http://{address}/"
        screen.typed(["curl", page_from])
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                page_from, timeout=5) as page:
            screen.output(page.read().decode().splitlines())
        screen.title("The sidecar waits until the web server is HEALTHY")
        now = self.follow(task, lambda now: now["lastStatus"] == "RUNNING" and
                          now["healthStatus"] == "HEALTHY")
        for interface in now["attachments"]:
            details = {one["name"]: one["value"] for one in interface["details"]}
            screen.fact("interface", "{networkInterfaceId} {macAddress} {privateIPv4Address} in "
                        "{subnetId}".format(**details))
        screen.title("Limits in force, as the kernel has them")
        names = {f"{task}-{at}": name for at, name in enumerate((WEB, SIDECAR))}
        for cgroup, limits in limits_in_force(self.stage.name, task).items():
            screen.output([cgroup])
            name = names.get(os.path.basename(cgroup), "task")
            screen.output([f"  {name:<10} {file} = {shown(file, value)}"
                           for file, value in limits.items()])

    def look_by_berth(self, task):
        screen.title("The node's own view")
        for words in (("ps", "--containers"), ("logs", task[:8], WEB), ("logs", task[:8], SIDECAR)):
            screen.typed(["berth", *words])
            screen.output(self.stage.berth(*words).splitlines())

    def stop_task(self, task):
        screen.title("Stopping it")
        self.type("stop-task", "--task", task, "--reason", "the demo is over")
        self.run_began = time.monotonic()
        screen.typed(self.stage.aws_words("describe-tasks", "--tasks", task))
        now = self.follow(task, lambda now: now["lastStatus"] == "STOPPED")
        screen.fact("times", times(now))
        words = ("describe-tasks", "--tasks", task, "--query", ENDING, "--output", "yaml")
        screen.typed(self.stage.aws_words(*words))
        screen.output(self.stage.aws_text(*words).splitlines())
        codes = {one["name"]: one.get("exitCode") for one in now["containers"]}
        screen.fact(WEB, f"{codes[WEB]}: it ended by itself when it got SIGTERM")
        screen.fact(SIDECAR, f"{codes[SIDECAR]}: it ignored SIGTERM, and its stopTimeout is 2 s")
        if codes != {WEB: 143, SIDECAR: 137}:
            raise Failed(f"exit codes are {codes}, expected 143 and 137")

    def say_what_next(self, task):
        stage = self.stage
        screen.title("It stays up. What to type next, as root:")
        self.type_surroundings()
        for words in (stage.aws_words("list-tasks"),
                      stage.aws_words("describe-tasks", "--tasks", task, "--output", "yaml"),
                      stage.aws_words("run-task", "--task-definition", "web", "--count", "3",
                                      "--network-configuration",
                                      "awsvpcConfiguration={subnets=[subnet-lab]}"),
                      ["berth", "ps", "--containers"], ["berth", "logs", task[:8], "-f"],
                      ["tail", "-f", "berthd.log"]):
            screen.typed(words)
        print(f"\nTo end it: {ending_words(stage.name)}")

    # Down.

    def tear_down(self):
        """Ends and removes everything; True when nothing is left."""
        stage = self.stage
        screen.title("Cleaning up")
        found = {}
        for what, part in (("berthd", stage.stop_berthd), ("berthd --purge", stage.purge),
                           ("containerd's objects",
                            lambda: found.update(leftovers.containerd_objects(stage))),
                           ("lab and registry", stage.stop_rest),
                           ("containerd", stage.stop_containerd)):
            try:
                part()
            except (Failed, OSError) as fault:
                found[what] = [str(fault)]
        leftovers.remove_empty(stage, self.was)
        found |= leftovers.kernel_objects(stage, self.was)
        for what, things in found.items():
            screen.counted(what, things)
        clean = not any(found.values())
        if clean:
            shutil.rmtree(stage.folder)
            print(screen.good("\nNothing is left."))
        else:
            leftovers.remove_by_force(stage, found)
            print(screen.bad("\nThe above was left by berth and has now been removed by force. Logs: "
                             f"{stage.folder}"))
        self.record.remove()
        return clean


ENDING = ("tasks[0].{stopCode: stopCode, stoppedReason: stoppedReason, "
          "exitCodes: containers[].[name, exitCode]}")


def times(task):
    """What took how long, by the control plane's clock."""
    spans = (("to the pull", "createdAt", "pullStartedAt"),
             ("pull", "pullStartedAt", "pullStoppedAt"),
             ("to RUNNING", "createdAt", "startedAt"),
             ("from stop-task to STOPPED", "stoppingAt", "stoppedAt"))
    return ", ".join(f"{name} {task[end] - task[start]:.2f} s" for name, start, end in spans)


def shown(file, value):
    return f"{int(value) >> 20} MiB" if file.startswith("memory") else value


def container(task, name):
    return next(one for one in task["containers"] if one["name"] == name)


def state_line(task):
    parts = [f"{task['lastStatus']:<14}"]
    for one in sorted(task["containers"], key=lambda one: one["name"] != WEB):
        health = one.get("healthStatus", "UNKNOWN")
        checked = health != "UNKNOWN" and one["lastStatus"] == "RUNNING"
        words = one["lastStatus"] + (f" {health}" if checked else "")
        parts.append(f"{one['name']} {words:<16}")
    return " ".join(parts).rstrip()


def node_lines(node):
    left = {one["name"]: one.get("integerValue") for one in node["remainingResources"]}
    return [node["containerInstanceArn"],
            f"{node['status']}, agentConnected {node['agentConnected']}, CPU {left['CPU']}, "
            f"memory {left['MEMORY']} MiB, {len(node['attributes'])} attributes"]


def play(demo, keep):
    demo.bring_up()
    task = demo.register_and_run()
    demo.look_at_running(task)
    demo.look_by_berth(task)
    if keep:
        demo.say_what_next(task)
        return
    demo.stop_task(task)


def ignore_signals():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def up(options):
    record = Record(options.name)
    folder = tempfile.mkdtemp(prefix=f"{options.name}.", dir="/var/tmp")
    stage = Stage(folder, os.path.abspath(options.bin), options.name, options.private_containerd)
    demo = Demo(stage, leftovers.before(), record)
    try:
        demo.save(first=True)
    except Failed:
        shutil.rmtree(folder)
        raise
    status = 0
    try:
        play(demo, options.keep)
        if options.keep:
            return 0
    except Interrupted as why:
        print(f"\n{why}: ending")
        status = 130
    except (Failed, AwsError, OSError, KeyError) as fault:
        print(screen.bad(f"\ndemo: {fault!r}" if isinstance(fault, KeyError) else f"\n{fault}"))
        status = 1
    ignore_signals()
    return status if demo.tear_down() else 1


def down(options):
    record = Record(options.name)
    kept = record.read()
    if not kept:
        print(f"no demo is up ({record.path} is not there)")
        return 0
    pid, begun = kept["script"]
    if begun_at(pid) == begun:
        raise Failed(f"the demo still runs as pid {pid}: end it with Ctrl-C")
    ignore_signals()
    return 0 if Demo(Stage.of_record(kept["stage"]), kept["was"], record).tear_down() else 1


def main():
    parser = argparse.ArgumentParser(prog="tools/demo", allow_abbrev=False)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--down", action="store_true")
    parser.add_argument("--bin", default="")
    parser.add_argument("--name", default=USUAL_NAME)
    parser.add_argument("--private-containerd", action="store_true")
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return down(options) if options.down else up(options)
    except Failed as fault:
        print(f"demo: {fault}", file=sys.stderr)
        return 1
    except Interrupted:
        return 130


sys.exit(main())
