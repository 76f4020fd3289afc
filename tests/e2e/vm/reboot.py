"""reboot.py - what a node makes of a machine that is started anew: its tasks before, and after.

    reboot.py before    brings a node up, with a task of the control plane and one of tasks.d
    reboot.py after     the control plane's task ended by the reboot, the local one is back, nothing is left

Both in one folder of the disk; exit status 0 only when all was as it must be.
"""
import json
import os
import subprocess
import sys

import leftovers
from processes import wait_for
from stage import Stage

FOLDER = "/var/lib/reboot"
NAME = "reboot"
RECORD = f"{FOLDER}/stage.json"
SECONDS = 90  # an emulated machine, perhaps a busy one
STAYS = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.5; done"]


def check(condition, what):
    if not condition:
        raise SystemExit(f"reboot: {what}")


def eventually(condition, what):
    return wait_for(condition, what, SECONDS)


def container(stage, name):
    return {"name": name, "image": stage.image("web:1"), "memory": 16, "command": STAYS}


def set_run_folder(stage):
    """It ends with a boot, as /run does; the stage's clients find it where they always do."""
    stage.settings["BERTH_RUN_DIR"] = f"/run/{NAME}"
    if not os.path.islink(stage.path("run")):
        os.symlink(f"/run/{NAME}", stage.path("run"))


def running_local(stage):
    rows = [line.split() for line in stage.berth("ps").splitlines()]
    return [row[0] for row in rows if len(row) > 2 and row[1].startswith("local:") and
            row[2] == "RUNNING"]


def described(stage, task):
    return stage.ask("DescribeTasks", tasks=[task])["tasks"][0]


def audit(stage):
    return subprocess.run(stage.berth_words("audit"), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)


def before():
    os.makedirs(f"{FOLDER}/tasks.d")
    stage = Stage(FOLDER, os.path.abspath("bin"), NAME)
    set_run_folder(stage)
    stage.start()
    stage.push("web:1")
    stage.wait_connected()
    stage.ask("RegisterTaskDefinition", family="lost", networkMode="awsvpc",
              containerDefinitions=[container(stage, "one"), container(stage, "two")])
    subnets = {"awsvpcConfiguration": {"subnets": ["subnet-lab"]}}
    [lost] = stage.ask("RunTask", taskDefinition="lost", networkConfiguration=subnets)["tasks"]
    with open(stage.path("tasks.d/local.json"), "w", encoding="utf-8") as file:
        json.dump({"family": "local", "networkMode": "host",
                   "containerDefinitions": [container(stage, "main")]}, file)
    eventually(lambda: described(stage, lost["taskArn"])["lastStatus"] == "RUNNING", "the task runs")
    [local] = eventually(lambda: running_local(stage), "the local task runs")
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read()
    with open(RECORD, "w", encoding="utf-8") as file:
        json.dump({"stage": stage.record(), "lost": lost["taskArn"], "local": local, "boot": boot}, file)
    print("reboot: two tasks run")


def after():
    with open(RECORD, encoding="utf-8") as file:
        record = json.load(file)
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        check(file.read() != record["boot"], "the machine is still the same boot")
    stage, was = Stage.of_record(record["stage"]), leftovers.before()
    stage.programs = {}
    set_run_folder(stage)
    stage.start_registry()
    stage.start_berthd()

    # Without a control plane: what is wanted on this machine comes back by itself.
    [local] = eventually(lambda: running_local(stage), "the local task runs again")
    check(local != record["local"], f"the local task is {local} still, which the reboot ended")
    stage.start_lab()
    check_lost(eventually(lambda: stopped(stage, record["lost"]), "the end of the task is told"))
    eventually(lambda: audit(stage).returncode == 0, f"audit finds nothing: {audit(stage).stdout}")
    print(f"reboot: {audit(stage).stdout.strip().splitlines()[-1]}")

    os.remove(stage.path("tasks.d/local.json"))
    eventually(lambda: len(stage.berth("ps").splitlines()) <= 1, "all is cleaned up")
    stage.stop_berthd()
    stage.purge()
    left = leftovers.containerd_objects(stage)
    stage.stop_rest()
    leftovers.remove_empty(stage, was)
    left = {what: things for what, things in (left | leftovers.kernel_objects(stage, was)).items()
            if things}
    check(not left, f"left after berthd --purge: {left}")
    print("reboot: told as ended by it, the local task back, nothing left")


def stopped(stage, task):
    now = described(stage, task)
    return now["lastStatus"] == "STOPPED" and now


def check_lost(task):
    for one in task["containers"]:
        check(one.get("reason", "").startswith("HostRebootedError"),
              f"{one['name']}: its reason is {one.get('reason')!r}, not HostRebootedError")
        check("exitCode" not in one, f"{one['name']}: exitCode {one.get('exitCode')} that nobody saw")
    print(f"reboot: {task['stopCode']}: {task['stoppedReason']}")


if __name__ == "__main__":
    {"before": before, "after": after}[sys.argv[1]]()
