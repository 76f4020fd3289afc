"""shutdown.py - what a task meets when its host goes down.

    shutdown.py before    a task runs; then systemd stops everything, and nobody asked berthd to drain
    shutdown.py after     called while that goes on, once berthd has ended: the task ended as its definition
                          says, and the control plane knows

`before` never returns: the verdict is written to /out/rc by `after`, the stop command of a unit.
"""
import os
import signal
import sys
import traceback

import node
from processes import Failed
from stage import run

TASK = "/var/lib/shutdown-task"
# Stopped after berthd, before containerd and the lab.
WITNESS = f"""[Unit]
Before=berthd.service
After=berth-lab.service containerd.service network.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
Environment=PYTHONPATH={os.environ['PYTHONPATH']}
ExecStop=/usr/bin/python3 -B {os.path.abspath(__file__)} after
"""


def before():
    node.install()
    with open("/run/systemd/system/witness.service", "w", encoding="utf-8") as file:
        file.write(WITNESS)
    node.systemctl("daemon-reload")
    node.systemctl("start", "witness.service", "berthd.service")
    node.start_registry()
    node.wait_connected()
    with open(TASK, "w", encoding="ascii") as file:
        file.write(node.run_task())
    print("shutdown: a task runs, the system stops", flush=True)
    run(["systemctl", "exit"])
    while True:
        signal.pause()  # it ends with the system


def check():
    if node.is_active("berthd.service"):
        raise Failed("berthd is still there")
    if not node.is_active("containerd.service"):
        raise Failed("containerd is gone already")
    with open(TASK, encoding="ascii") as file:
        task = node.wait_status(file.read(), "STOPPED")
    said = "Task stopped by the node: the machine shuts down or reboots"
    if task["stoppedReason"] != said:
        raise Failed(f"stoppedReason is {task['stoppedReason']!r}, not {said!r}")
    code = task["containers"][0].get("exitCode")
    if code != 143:
        raise Failed(f"the container's exit code is {code}, not 143 of SIGTERM")
    print(f"shutdown: {task['stopCode']}: {task['stoppedReason']}; exit code 143")


def after():
    with open("/out/log", "a", encoding="utf-8") as log:
        sys.stdout = log
        try:
            check()
            code = 0
        except Exception:  # whatever it is, it is the verdict
            traceback.print_exc(file=log)
            code = 1
    run(["sh", "-c", "journalctl -b -o short-precise > /out/journal"])
    with open("/out/rc", "w", encoding="ascii") as file:
        file.write(f"{code}\n")


if __name__ == "__main__":
    {"before": before, "after": after}[sys.argv[1]]()
