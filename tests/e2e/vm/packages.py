"""packages.py - berth's packages on a host with systemd and cgroup v2, from a join to a purge.

    packages.py before    installs them, joins; a task runs, below the cgroup that systemd gave away, and lives
                          on through an upgrade; so does one beside it that systemd was asked for a slice for
    packages.py after     the machine was started anew: berthd stopped the tasks before containerd went, kept
                          what it could not tell, is back by itself, tells it, and takes another task; then
                          nothing is left of it

Exit status 0 only when all was as it must be.
"""
import base64
import json
import os
import sys
import tempfile
import time

import memory
import node
import slices
from processes import Failed, wait_for

TASKS = "/var/lib/packages-tasks"
LONG_AGO = 1577836800         # 2020-01-01
PATIENCE = 60                 # seconds, of a container that does not end when it is told
LIMIT = 32 << 20              # bytes, of the task that node.run_task() makes
node.SLOW_SECONDS = 120       # an emulated machine, perhaps a busy one
node.ca = "/var/lib/berth-lab/tls.pem"


def check(is_so, what):
    if not is_so:
        raise Failed(what)


def check_cgroup(task):
    [pid] = node.processes(task)
    with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
        place = file.read().strip().partition("0::")[2]
    short = task.rpartition("/")[2]
    check(place.startswith(f"/berth.slice/berth-tasks.service/{short}/"), f"the task is in {place}")
    with open(f"/sys/fs/cgroup{place}/memory.max", encoding="ascii") as file:
        limit = file.read().strip()
    check(limit == str(LIMIT), f"memory.max of {place} is {limit}, not {LIMIT}")
    print(f"packages: the task is in {place}, memory.max {limit}")


def upgrade(task):
    was, berthd = node.processes(task), node.main_pid()
    with tempfile.TemporaryDirectory() as folder:
        node.dpkg("-i", *node.newer_packages(folder))
    wait_for(lambda: node.main_pid() not in (0, berthd), "the new berthd is up", node.SLOW_SECONDS)
    node.wait_connected()
    check(node.processes(task) == was, f"processes {was} of the task are {node.processes(task)} now")
    print(f"packages: upgraded to {node.installed_version('berth-agent')}, the task's process is the same")


def run_defined(family, **members):
    node.ask("RegisterTaskDefinition", family=family, **members)
    answer = node.ask("RunTask", taskDefinition=family)
    check(not answer["failures"], f"run-task: {answer['failures']}")
    return answer["tasks"][0]["taskArn"]


def check_slice(task):
    place = slices.Slice(task)
    place.check(node.show)
    slices.expect("cpu.max", slices.text_in(f"{place.cgroup('cpu')}/cpu.max"), "25000 100000")
    slices.expect("memory.max", slices.text_in(f"{place.cgroup('memory')}/memory.max"), str(64 << 20))
    return place


def run_out_of_memory():
    """A task that is killed for its memory, and what is told of its container."""
    task = run_defined("greedy", containerDefinitions=[
        {"name": "web", "image": f"{node.REGISTRY}/web:1", "memory": 16,
         "command": ["sh", "-c", "exec tail /dev/zero"]}])
    container = node.wait_status(task, "STOPPED")["containers"][0]
    check(container["reason"].startswith("OutOfMemoryError"), f"the greedy task ended as {container}")
    return task, container


def use_the_systemd_driver():
    """A task in a slice, whose limits systemd puts in force again; one that is killed for its memory,
    whose cgroup systemd takes away before it can be read. Returns the first, which runs."""
    with node.drop_in("berthd.service", "[Service]\nEnvironment=BERTH_CGROUP_DRIVER=systemd\n"):
        node.wait_connected()
        image = f"{node.REGISTRY}/web:1"
        task = run_defined("sliced", cpu="256", memory="64", containerDefinitions=[
            {"name": "web", "image": image, "memory": 32}])
        node.wait_status(task, "RUNNING")
        check_slice(task)
        node.systemctl("daemon-reload")
        node.systemctl("daemon-reexec")
        place = check_slice(task)

        greedy, container = run_out_of_memory()
        slices.Slice(greedy).wait_gone(node.systemctl)
    node.wait_connected()
    check_slice(task)
    print(f"packages: {place.name} has its limits after a reload; killed for memory: {container['reason']}")
    return task


def use_crun(driver):
    """Its exits, its health check's and its limits are told as runc's."""
    settings = f"Environment=BERTH_OCI_RUNTIME=crun BERTH_CGROUP_DRIVER={driver}"
    with node.drop_in("berthd.service", f"[Service]\n{settings}\n"):
        node.wait_connected()
        task = run_defined("crun", cpu="256", memory="64", containerDefinitions=[
            {"name": "web", "image": f"{node.REGISTRY}/web:1", "memory": 32, "healthCheck": {
                "command": ["CMD", "true"], "interval": 5, "timeout": 5, "retries": 10}}])
        node.wait_status(task, "RUNNING")
        wait_for(lambda: node.describe(task)["healthStatus"] == "HEALTHY", "the task is HEALTHY",
                 node.SLOW_SECONDS)
        [(container, pid)] = node.running(task).items()
        options = json.loads(node.ctr("containers", "info", container))["Runtime"]["Options"]
        check(b"/crun" in base64.b64decode(options["value"]), f"it was made with {options}")
        with open(f"/proc/{pid}/cgroup", encoding="ascii") as file:
            place = file.read().strip().partition("0::")[2]
        slices.expect("memory.max", slices.text_in(f"/sys/fs/cgroup{place}/memory.max"), str(LIMIT))
        node.stop_task(task)
        code = node.describe(task)["containers"][0].get("exitCode")
        check(code == 143, f"the container's exit code is {code}, not 143 of SIGTERM")
    print(f"packages: by crun, driver {driver}: {place}, HEALTHY, exit code {code}")


def ask_to_stop_a_deaf_task():
    """Returns it, and when on the monotonic clock its container was told to end, which it does not."""
    task = run_defined("deaf", containerDefinitions=[
        {"name": "web", "image": f"{node.REGISTRY}/web:1", "memory": 16, "stopTimeout": PATIENCE,
         "command": ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]}])
    node.wait_status(task, "RUNNING")
    node.ask("StopTask", task=task, reason="the test is over")
    waiting = wait_for(lambda: waits_for_kill(task), "berthd waits before SIGKILL", node.SLOW_SECONDS)
    return task, time.monotonic() - (time.time() - waiting["sinceMs"] / 1000)


def waits_for_kill(task):
    waiting = json.loads(node.run(["berth", "why", task, "--json"]))["why"].get("waiting", {})
    return waiting if waiting.get("then") == "it gets SIGKILL" else None


def check_patience(task, told):
    """What is left of stopTimeout, by the clock as it is set now, is what is left by one that nobody sets."""
    waiting = wait_for(lambda: waits_for_kill(task), "berthd waits before SIGKILL", node.SLOW_SECONDS)
    left = waiting["untilMs"] / 1000 - time.time()
    should = told + PATIENCE - time.monotonic()
    check(abs(left - should) < 2, f"stopTimeout has {left:.1f} s left, not {should:.1f} s")


def start_without_a_clock():
    """As a machine without a battery begins; then the clock is set."""
    deaf, told = ask_to_stop_a_deaf_task()
    node.systemctl("stop", "berthd.service")
    right, begun = time.time(), time.monotonic()
    time.clock_settime(time.CLOCK_REALTIME, LONG_AGO)
    try:
        node.systemctl("start", "berthd.service")
        wait_for(lambda: "Waits for the clock to be set" in node.show("berthd.service", "StatusText"),
                 "berthd's status tells of the clock", node.SLOW_SECONDS)
        check_patience(deaf, told)
    finally:
        time.clock_settime(time.CLOCK_REALTIME, right + time.monotonic() - begun)
    set_at = time.monotonic()
    node.wait_connected()
    print(f"packages: waited for the clock, connected {time.monotonic() - set_at:.1f} s after it was set")
    code = node.wait_status(deaf, "STOPPED")["containers"][0].get("exitCode")
    check(code == 137, f"the deaf container's exit code is {code}, not 137 of SIGKILL")
    patient = time.monotonic() - told
    check(patient >= PATIENCE, f"it was killed {patient:.1f} s after it was told to end")
    print(f"packages: SIGKILL of stopTimeout {PATIENCE} s was told after {patient:.1f} s")


def before():
    node.prepare()
    os.remove("/etc/ecs/ecs.config")
    # As an operator does. There is no network: all that the packages need is there.
    node.run(["apt-get", "install", "-y", "--no-install-recommends", *node.packages()])
    with open("/etc/berth/lab.conf", "w", encoding="ascii") as file:
        file.write("BERTH_LAB_OPTIONS=--tls\n")
    node.systemctl("restart", "berth-lab.service")
    node.start_registry()
    token = node.run(["berth-lab", "token"]).strip()
    print("packages:", node.run(["berth", "join", "--timeout", "120", "--token", token]).splitlines()[-1])
    task = node.run_task()
    check_cgroup(task)
    check_udev()
    print(f"packages: killed for memory: {run_out_of_memory()[1]['reason']}")
    upgrade(task)
    was = node.processes(task)
    start_without_a_clock()
    check(node.processes(task) == was, "the task's process is another")
    use_crun("cgroupfs")
    use_crun("systemd")
    with open(TASKS, "w", encoding="ascii") as file:
        file.write(f"{task} {use_the_systemd_driver()}")
    # What the shutdown ends cannot be told before the next boot.
    node.systemctl("stop", "berth-lab.service")


def check_order():
    """Of the boot before: berthd had stopped before systemd began to stop what it needs."""
    rows = node.run(["journalctl", "-b", "-1", "-o", "cat", "_PID=1"]).splitlines()

    def last(start, unit):
        found = [at for at, row in enumerate(rows) if row.startswith(start) and unit in row]
        check(found, f"the journal of the last boot has no \"{start}\" of {unit}")
        return found[-1]

    ended = last("Stopped", "berthd.service")
    for unit in ("containerd.service", "berth-tasks.service"):
        check(ended < last("Stopping" if unit == "containerd.service" else "Stopped", unit),
              f"berthd had not stopped before {unit}")


def check_udev():
    """It took our files as they are."""
    rows = [row for row in node.run(["journalctl", "-b", "-o", "cat", "-t", "systemd-udevd"]).splitlines()
            if "berth" in row]
    check(not rows, f"udev says of our files: {rows}")


def check_end(task):
    wait_for(lambda: node.describe(task)["lastStatus"] == "STOPPED", "the task's end is told",
             node.SLOW_SECONDS)
    told = node.describe(task)
    said = "Task stopped by the node: the machine shuts down or reboots"
    check(told["stoppedReason"] == said, f"stoppedReason is {told['stoppedReason']!r}, not {said!r}")
    code = told["containers"][0].get("exitCode")
    check(code == 143, f"the container's exit code is {code}, not 143 of SIGTERM")
    print(f"packages: {told['stopCode']}: {told['stoppedReason']}; exit code {code}")


def seconds_to_connect():
    """From boot, and from the start of berthd."""
    rows = node.run(["journalctl", "-b", "-o", "json", "-u", "berthd.service"]).splitlines()
    at = [int(row["__MONOTONIC_TIMESTAMP"]) for row in map(json.loads, rows)
          if str(row["MESSAGE"]).startswith("session connected")]
    check(at, "berthd's journal has no \"session connected\"")
    begun = int(node.show("berthd.service", "ExecMainStartTimestampMonotonic"))
    return min(at) / 1e6, (min(at) - begun) / 1e6


def after():
    node.wait_connected()  # nobody started it
    print("packages: boot to connected %.1f s, of it berthd %.2f s" % seconds_to_connect())
    print(f"packages: RSS of berthd, idle: {memory.status(node.main_pid(), 'VmRSS') / 1024:.1f} MiB")
    with open(TASKS, encoding="ascii") as file:
        for task in file.read().split():
            check_end(task)
    check_order()
    node.start_registry()
    task = node.run_task()
    check_cgroup(task)
    node.stop_task(task)
    node.stop_registry()

    node.run(["berth", "drain"])
    node.run(["berth", "audit"])
    node.dpkg("-P", *node.PARTS)
    check("berth" not in node.run(["ctr", "namespaces", "ls", "-q"]).split(), "containerd still has berth")
    check(not os.path.exists("/sys/fs/cgroup/berth.slice"), "/sys/fs/cgroup/berth.slice is still there")
    check(not node.pins(), f"still pinned: {node.pins()}")
    print("packages: purged, nothing left")


if __name__ == "__main__":
    {"before": before, "after": after}[sys.argv[1]]()
