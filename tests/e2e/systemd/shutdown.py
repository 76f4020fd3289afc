"""shutdown.py - what a task meets when its host goes down.

    shutdown.py units     logind is masked; a task runs, systemd stops everything, and nobody asked berthd to
                          drain. It is a unit's turn once berthd has ended
    shutdown.py slices    the same, the task in a slice that systemd was asked for
    shutdown.py logind    logind runs; first a shutdown that is refused in the end, then a reboot. It is a unit's
                          turn before any other has been stopped
    shutdown.py after     what that unit does at its stop: the task ended as its definition says, and the control
                          plane knows

The first three never return: the verdict is written to /out/rc by `after`.
"""
import contextlib
import json
import os
import shutil
import signal
import sys
import time
import traceback

import node
from processes import Failed, wait_for
from stage import run

RECORD = "/var/lib/shutdown.json"
SAID = "Task stopped by the node: the machine shuts down or reboots"
LOGIND = "org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager".split()
SLOW_END = 7  # seconds; without berth's settings logind waits for 5
SLOW_CODE = 23
SLOW = ["sh", "-c", f"trap 'sleep {SLOW_END}; exit {SLOW_CODE}' TERM; while :; do sleep 0.1; done"]
QUICK = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
TASKS = "/etc/berth/tasks.d"
REFUSES = "/run/systemd/system/reboot.target.d"
WITNESS = f"""[Unit]
{{order}}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
Environment=PYTHONPATH={os.environ['PYTHONPATH']}
ExecStop=/usr/bin/python3 -B {os.path.abspath(__file__)} after
"""
STOPPED_BEFORE = "After=berthd.service berth-lab.service containerd.service"
STOPPED_BETWEEN = "Before=berthd.service\nAfter=berth-lab.service containerd.service network.target"


def check(condition, what):
    if not condition:
        raise Failed(what)


def begin(order):
    """A connected node, and the unit that looks at its end."""
    node.install()
    with open("/run/systemd/system/witness.service", "w", encoding="utf-8") as file:
        file.write(WITNESS.format(order=order))
    node.systemctl("daemon-reload")
    node.systemctl("start", "berthd.service", "witness.service")
    node.start_registry()
    node.wait_connected()


def end(verb, task, code, berthd):
    """The host goes down under the task, which is to end with the code while berthd's unit is in that state."""
    with open(RECORD, "w", encoding="ascii") as file:
        json.dump({"task": task, "code": code, "berthd": berthd, "at": time.time()}, file)
    print(f"shutdown: a task runs, systemctl {verb}", flush=True)
    run(["systemctl", verb])
    while True:
        signal.pause()  # it ends with the system


def delay_found():
    """What berth doctor says of logind."""
    said = json.loads(node.run(["sh", "-c", "berth doctor --json || true"]))
    [finding] = [one for one in said["checks"] if one["what"] == "logind's delay"]
    return finding["verdict"], finding["reason"]


def slices():
    units("BERTH_CGROUP_DRIVER=systemd\n")


def units(settings=""):
    node.systemctl("mask", "systemd-logind.service")
    begin(STOPPED_BETWEEN)
    if settings:
        node.write_settings(settings)
        node.systemctl("restart", "berthd.service")
        node.wait_connected()
    verdict, reason = delay_found()
    check(verdict == "ok" and reason.startswith("logind is masked"), f"doctor: {verdict}, {reason}")
    # What the unit gives berthd is less than the task takes: it has systemd wait.
    allow_to_stop_within(SLOW_END - 4)
    end("exit", start_task("slow", SLOW), SLOW_CODE, "inactive")


def allow_to_stop_within(seconds):
    os.makedirs("/run/systemd/system/berthd.service.d")
    with open("/run/systemd/system/berthd.service.d/test.conf", "w", encoding="ascii") as file:
        file.write(f"[Service]\nTimeoutStopSec={seconds}\n")
    node.systemctl("daemon-reload")


def longest_delay():
    kind, value = node.run(["busctl", "get-property", *LOGIND, "InhibitDelayMaxUSec"]).split()
    check(kind == "t", f"InhibitDelayMaxUSec is of type {kind}")
    return int(value) // 1_000_000


def locks():
    said = json.loads(node.run(["busctl", "--json=short", "call", *LOGIND, "ListInhibitors"]))
    return [tuple(one[:2]) + (one[3], one[5]) for one in said["data"][0] if one[1] == "berthd"]


def wait_one_lock(pid):
    wait_for(lambda: locks() == [("shutdown", "berthd", "delay", pid)], f"one lock of {pid}: {locks()}",
             node.SLOW_SECONDS)


def start_task(name, command):
    node.ask("RegisterTaskDefinition", family=name, networkMode="host", containerDefinitions=[
        {"name": "main", "image": f"{node.REGISTRY}/web:1", "memory": 16, "command": command}])
    task = node.ask("RunTask", taskDefinition=name)["tasks"][0]["taskArn"]
    node.wait_status(task, "RUNNING")
    return task


def write_local_task():
    os.makedirs(TASKS, exist_ok=True)
    with open(f"{TASKS}/local.json", "w", encoding="ascii") as file:
        json.dump({"family": "local", "networkMode": "host", "containerDefinitions": [
            {"name": "main", "image": f"{node.REGISTRY}/web:1", "memory": 16, "command": QUICK}]}, file)
    return wait_local(None)


def wait_local(other):
    """A running task of the file that is not the other one."""
    def runs():
        rows = [line.split() for line in node.run(["berth", "ps"]).splitlines()]
        return [row[0] for row in rows
                if len(row) > 2 and row[1].startswith("local:") and row[2] == "RUNNING" and row[0] != other]
    return wait_for(runs, "the task of the file runs", node.SLOW_SECONDS)[0]


@contextlib.contextmanager
def refused_reboots():
    """logind hands a reboot on to systemd, which refuses it: that is how one ends that does not come to be."""
    os.makedirs(REFUSES)
    with open(f"{REFUSES}/test.conf", "w", encoding="ascii") as file:
        file.write("[Unit]\nRefuseManualStart=yes\n")
    node.systemctl("daemon-reload")
    yield
    shutil.rmtree(REFUSES)
    node.systemctl("daemon-reload")


def survive_a_refused_reboot(pid):
    local, task = write_local_task(), start_task("quick", QUICK)
    with refused_reboots():
        begun = time.time()
        node.systemctl("reboot")
        check(node.wait_status(task, "STOPPED")["stoppedReason"] == SAID, "stopped for another reason")
        wait_for(lambda: "does not stop after all" in node.journal("berthd.service", begun),
                 "berthd hears that the host stays", node.SLOW_SECONDS)
    print(f"shutdown: a refused reboot is over after {time.time() - begun:.1f} s", flush=True)
    wait_one_lock(pid)
    [instance] = node.connected_nodes()
    check(instance["status"] == "ACTIVE", f"the instance is {instance['status']}")
    start_task("quick", QUICK)
    wait_local(local)


def logind():
    node.systemctl("start", "systemd-logind.service")
    check(longest_delay() == 5, f"logind waits {longest_delay()} s before the packages are installed")
    begin(STOPPED_BEFORE)
    check(longest_delay() == 135, f"logind waits {longest_delay()} s")
    verdict, reason = delay_found()
    check(verdict == "ok" and reason.startswith("2m15s"), f"doctor: {verdict}, {reason}")
    pid = node.main_pid()
    wait_one_lock(pid)
    node.systemctl("restart", "systemd-logind.service")
    wait_one_lock(pid)
    survive_a_refused_reboot(pid)
    check(node.main_pid() == pid, "berthd is another process")
    end("reboot", start_task("slow", SLOW), SLOW_CODE, "active")


def check_end():
    with open(RECORD, encoding="ascii") as file:
        record = json.load(file)
    took = time.time() - record["at"]
    state = node.show("berthd.service", "ActiveState")
    check(state == record["berthd"], f"berthd.service is {state}, not {record['berthd']}")
    check(node.is_active("containerd.service"), "containerd is gone already")
    task = node.describe(record["task"]) if state == "active" else node.wait_status(record["task"], "STOPPED")
    check(task["lastStatus"] == "STOPPED", f"the task is {task['lastStatus']}")
    check(task["stoppedReason"] == SAID, f"stoppedReason is {task['stoppedReason']!r}, not {SAID!r}")
    code = task["containers"][0].get("exitCode")
    check(code == record["code"], f"the container's exit code is {code}, not {record['code']}")
    print(f"shutdown: {task['stopCode']}: {task['stoppedReason']}; exit code {code}, {took:.1f} s after "
          f"the call, berthd.service {state}")


def after():
    with open("/out/log", "a", encoding="utf-8") as log:
        sys.stdout = log
        try:
            check_end()
            code = 0
        except Exception:  # whatever it is, it is the verdict
            traceback.print_exc(file=log)
            code = 1
    run(["sh", "-c", "journalctl -b -o short-precise > /out/journal"])
    with open("/out/rc", "w", encoding="ascii") as file:
        file.write(f"{code}\n")


if __name__ == "__main__":
    {"units": units, "slices": slices, "logind": logind, "after": after}[sys.argv[1]]()
