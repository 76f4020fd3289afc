"""leftovers.py - what a stage could have left on this machine, found by looking at the machine.

Nothing here asks berth: containerd's own client, the kernel's files and the process table do.
"""
import glob
import json
import os
import shutil
import signal
import subprocess
import time

from processes import Failed, wait_for
from scene import cgroup_folders
from stage import run

# What berthd might change for all of the host; "forwarding" alone moves several of them.
SYSCTLS = ("net/ipv4/ip_forward", "net/ipv4/conf/all/*", "net/ipv4/conf/default/*",
           "net/ipv6/conf/all/*", "net/ipv6/conf/default/*", "net/bridge/*",
           "net/netfilter/nf_conntrack_max")

# Made by shims and runc wherever containerd keeps its own things.
SHIM_FOLDERS = ("/run/containerd/s", "/run/containerd/runc", "/run/containerd", "/run/netns")


def sysctls():
    values = {}
    for pattern in SYSCTLS:
        for path in glob.glob(f"/proc/sys/{pattern}"):
            try:
                with open(path, encoding="ascii") as file:
                    values[path.removeprefix("/proc/sys/")] = file.read().strip()
            except OSError:
                continue  # some can only be written
    return values


def before():
    """What must be the same again at the end. JSON, to be kept."""
    return {"sysctls": sysctls(), "links": [link["ifname"] for link in links()],
            "folders": [path for path in SHIM_FOLDERS if os.path.isdir(path)]}


def links():
    return json.loads(run(["ip", "-json", "link", "show"]) or "[]")


def of_containerd(stage, words):
    return [line for line in stage.ctr(*words).splitlines() if line]


def containerd_objects(stage):
    found = {
        "containers": of_containerd(stage, ["containers", "ls", "-q"]),
        "tasks": of_containerd(stage, ["tasks", "ls", "-q"]),
        "snapshots": [line.split()[0] for line in
                      of_containerd(stage, ["snapshots", "ls"])[1:]],
        "images": of_containerd(stage, ["images", "ls", "-q"]),
        "leases": of_containerd(stage, ["leases", "ls", "-q"]),
        "blobs": of_containerd(stage, ["content", "ls", "-q"]),
    }
    found["containerd namespace"] = [name for name in of_containerd(stage, ["namespaces", "ls", "-q"])
                                     if name == stage.name]
    return found


def words_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode(errors="replace").replace("\0", " ").strip()
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            # A zombie has no words: "(sh) Z", and the pid of who must wait for it.
            return words or " ".join(file.read().split()[1:4])
    except OSError:
        return "(gone)"


def is_ours(stage, pid):
    """A process is the stage's when its words, its folder or its program point there."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read().decode(errors="replace").split("\0")
        if any(stage.folder in word for word in words) or \
                words[0].endswith("containerd-shim-runc-v2") and stage.name in words:
            return True
        with open(f"/proc/{pid}/cgroup", encoding="ascii", errors="replace") as file:
            if any(f":/{stage.name}/" in line for line in file):
                return True
        with open(f"/proc/{pid}/environ", "rb") as file:
            return f"={stage.path('ecs.config')}\0".encode() in file.read()
    except OSError:
        return False


def processes(stage):
    mine = set()
    pid = os.getpid()
    while pid > 1:  # the script itself and whoever started it may name the folder
        mine.add(pid)
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            pid = int(file.read().rpartition(")")[2].split()[1])
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [pid for pid in pids if pid not in mine and is_ours(stage, pid)]


def lasting_processes(stage, seconds=10):
    """Those that are still there after a while: a logger or a shim may be ending just now."""
    until = time.monotonic() + seconds
    while processes(stage) and time.monotonic() < until:
        time.sleep(0.05)
    return processes(stage)


def mounts(stage):
    with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as file:
        points = [line.split()[4] for line in file]
    return [point for point in points if point.startswith(stage.folder + "/") or
            point.startswith(f"/run/netns/{stage.name}--")]


def kernel_objects(stage, was):
    tables = run(["nft", "list", "tables"]).splitlines()
    new = [link for link in links() if link["ifname"] not in was["links"]]
    now = sysctls()
    return {
        "veths": [link["ifname"] for link in new if stage.name in link.get("ifalias", "")],
        "nft table": [table for table in tables if table.split()[-1] == stage.name],
        "network namespaces": glob.glob(f"/run/netns/{stage.name}--*"),
        "cgroups": cgroup_folders(stage.name),
        "sysctls changed": [f"{key}={now.get(key)}, was {value}" for key, value in
                            was["sysctls"].items() if now.get(key) != value],
        "processes": [f"{pid} {words_of(pid)}" for pid in lasting_processes(stage)],
        "mounts": mounts(stage),
        "runtime state": glob.glob(f"/run/containerd/runc/{stage.name}/*") +
                         glob.glob(f"/run/runc/{stage.name}/*"),
    }


def remove_empty(stage, was):
    """Folders that shims and runc share with others, when new and empty; berthd's lock file."""
    for path in (f"/run/containerd/runc/{stage.name}", *SHIM_FOLDERS):
        if path not in was["folders"] and os.path.isdir(path) and not os.listdir(path):
            os.rmdir(path)
    lock = f"/run/berth-locks/berthd-{stage.name}.lock"  # of a name that nobody else has
    if os.path.exists(lock):
        os.unlink(lock)
        if not os.listdir(os.path.dirname(lock)):
            os.rmdir(os.path.dirname(lock))


def remove_by_force(stage, found):
    """Ends what is left without asking anybody, so that a failed run does not stay in the way."""
    for pid in processes(stage):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    try:
        wait_for(lambda: not processes(stage), "processes end", 10)
    except Failed:
        pass  # listed again by whoever looks
    for point in reversed(mounts(stage)):
        subprocess.run(["umount", "-l", point], check=False)
    for pin in glob.glob(f"/run/netns/{stage.name}--*"):
        os.unlink(pin)
    for root in cgroup_folders(stage.name):
        for folder, _, _ in os.walk(root, topdown=False):
            subprocess.run(["rmdir", folder], check=False)
    for name in found.get("veths", []):
        subprocess.run(["ip", "link", "delete", name], check=False, stderr=subprocess.DEVNULL)
    if found.get("nft table"):
        subprocess.run(["nft", "delete", "table", "inet", stage.name], check=False)
    for change in found.get("sysctls changed", []):
        key, _, rest = change.partition("=")
        with open(f"/proc/sys/{key}", "w", encoding="ascii") as file:
            file.write(rest.rpartition(", was ")[2])
    for parent in ("/run/containerd/runc", "/run/runc"):
        shutil.rmtree(f"{parent}/{stage.name}", ignore_errors=True)
