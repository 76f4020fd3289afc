"""node.py - berth's packages on a host whose process 1 is systemd: what the tests of this folder say."""
import contextlib
import glob
import json
import os
import re
import shutil
import subprocess

from ecs_client import EcsClient
from processes import Failed, begun_at, wait_for
from stage import LIB, answers, run

CHECKOUT = os.path.abspath(os.path.join(LIB, "..", ".."))
PACKAGES = os.path.join(CHECKOUT, "build", "systemd", "packages")
REGISTRY = "127.0.0.1:5000"
LAB = "127.0.0.1:8180"
REGION = "us-east-1"
KEYS = "/var/lib/berth-lab/credentials"
ca = None  # the lab's authority while it serves https
CONFIG = f"""ECS_BACKEND_HOST=http://{LAB}
AWS_DEFAULT_REGION={REGION}
AWS_SHARED_CREDENTIALS_FILE={KEYS}
ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION=1s
"""
SLOW_SECONDS = 60
PARTS = ("berth-agent", "berth-cli", "berth-lab")


# Packages.

def package(name, folder=PACKAGES):
    found = glob.glob(f"{folder}/{name}_*.deb")
    if len(found) != 1:
        raise Failed(f"{name}: not one package in {folder}: {found}")
    return found[0]


def packages(folder=PACKAGES):
    return [package(name, folder) for name in PARTS]


def newer_packages(folder):
    """The same packages with a later version, in a folder of their own."""
    for file in packages():
        parts = f"{folder}/parts"
        run(["dpkg-deb", "-R", file, parts])
        with open(f"{parts}/DEBIAN/control", encoding="utf-8") as control:
            text = re.sub(r"^Version: (.*)$", r"Version: \1+later", control.read(), flags=re.M)
        with open(f"{parts}/DEBIAN/control", "w", encoding="utf-8") as control:
            control.write(text)
        run(["dpkg-deb", "-Znone", "-b", parts, folder])
        shutil.rmtree(parts)
    return packages(folder)


def dpkg(*words):
    """One call of dpkg; what it said when it went well, Failed with it otherwise."""
    return run(["dpkg", *words], env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


def installed_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name],
                          text=True, capture_output=True, check=False)
    status, _, version = done.stdout.partition(" ")
    return version if status == "installed" else None


def install():
    """The three packages, and what prepare() does."""
    prepare()
    dpkg("-i", *packages())


def begin():
    """A connected node of the packages, and a registry."""
    install()
    systemctl("start", "berthd.service")
    start_registry()
    wait_connected()


def prepare():
    """containerd, unless the machine has it, and the node's settings."""
    with contextlib.suppress(FileNotFoundError):
        os.remove("/var/lib/man-db/auto-update")  # its index of all manuals takes seconds
    if not os.path.exists("/usr/bin/containerd"):
        dpkg("-i", *glob.glob(f"{CHECKOUT}/build/deps/packages/containerd_*.deb"))
    write_settings()


def write_settings(more=""):
    os.makedirs("/etc/ecs", exist_ok=True)
    with open("/etc/ecs/ecs.config", "w", encoding="ascii") as file:
        file.write(CONFIG + more)


@contextlib.contextmanager
def settings(more):
    """berthd with more settings; without them again at the end."""
    def restart():
        systemctl("restart", "berthd.service")
        wait_connected()
    write_settings(more)
    try:
        restart()
        yield
    finally:
        write_settings()
        restart()


# Units.

def systemctl(*words):
    return run(["systemctl", *words]).strip()


def show(unit, name):
    return systemctl("show", "--value", "-p", name, unit)


def is_active(unit):
    return show(unit, "ActiveState") == "active"


def main_pid(unit="berthd.service"):
    return int(show(unit, "MainPID"))


def journal(unit, since):
    return run(["journalctl", "-o", "cat", "-u", unit, f"--since=@{since}"])


@contextlib.contextmanager
def drop_in(unit, text):
    """More of a unit, and the unit started anew with it; both undone at the end."""
    folder = f"/run/systemd/system/{unit}.d"
    os.makedirs(folder)
    try:
        with open(f"{folder}/test.conf", "w", encoding="ascii") as file:
            file.write(text)
        systemctl("daemon-reload")
        systemctl("restart", unit)
        yield
    finally:
        shutil.rmtree(folder)
        systemctl("daemon-reload")
        systemctl("restart", unit)


# The control plane.

def ask(operation, **members):
    with contextlib.closing(EcsClient(LAB, REGION, KEYS, ca)) as client:
        return client.call(operation, **members)


def connected_nodes():
    if not answers(("127.0.0.1", int(LAB.rpartition(":")[2]))):
        return []  # the lab has only begun to start
    arns = ask("ListContainerInstances")["containerInstanceArns"]
    if not arns:
        return []
    nodes = ask("DescribeContainerInstances", containerInstances=arns)["containerInstances"]
    return [one for one in nodes if one["agentConnected"]]


def wait_connected():
    return wait_for(connected_nodes, "the node is connected", SLOW_SECONDS)[0]


def start_registry():
    run([f"{LIB}/registry.sh", "start", "/var/tmp/registry", REGISTRY])
    run([f"{LIB}/sample-image", "--registry", f"http://{REGISTRY}", "--name", "web:1"])


def stop_registry():
    run([f"{LIB}/registry.sh", "stop", "/var/tmp/registry"])


def aws(*words, service="ecs"):
    """One call of the stock client."""
    env = {"PATH": "/usr/bin:/bin", "HOME": "/root", "AWS_PAGER": "", "AWS_DEFAULT_REGION": REGION,
           "AWS_SHARED_CREDENTIALS_FILE": KEYS, "AWS_EC2_METADATA_DISABLED": "true"}
    if ca:
        env["AWS_CA_BUNDLE"] = ca
    url = f"{'https' if ca else 'http'}://{LAB}"
    return json.loads(run(["/usr/bin/aws", service, *words, "--endpoint-url", url], env=env))


def describe(task):
    return ask("DescribeTasks", tasks=[task])["tasks"][0]


def wait_status(task, status):
    wait_for(lambda: describe(task)["lastStatus"] == status, f"lastStatus is {status}",
             SLOW_SECONDS)
    return describe(task)


def run_task(subnet="subnet-lab"):
    """A task of one container with an interface of its own, RUNNING and fit to be told to end."""
    ask("RegisterTaskDefinition", family="web", networkMode="awsvpc", containerDefinitions=[
        {"name": "web", "image": f"{REGISTRY}/web:1", "memory": 32}])
    answer = aws("run-task", "--task-definition", "web", "--network-configuration",
                 f"awsvpcConfiguration={{subnets=[{subnet}]}}")
    if answer["failures"]:
        raise Failed(f"run-task: {answer['failures']}")
    task = answer["tasks"][0]["taskArn"]
    wait_status(task, "RUNNING")
    wait_for(lambda: "listening" in run(["berth", "logs", task]), "the container listens", SLOW_SECONDS)
    return task


def stop_task(task):
    ask("StopTask", task=task, reason="the test is over")
    wait_status(task, "STOPPED")


# What is on the host.

def ctr(*words):
    return run(["ctr", "-n", "berth", *words])


def running(task):
    """containerd's ids of a task's containers, and their processes."""
    short = task.rpartition("/")[2]
    rows = [row.split() for row in ctr("tasks", "ls").splitlines()[1:]]
    return {row[0]: int(row[1]) for row in rows if short in row[0]}


def processes(task):
    """The processes of a task's containers, each with the moment it began: another one is no same."""
    return {pid: begun_at(pid) for pid in running(task).values()}


def programs():
    """Each process of the host: pid, name, cgroups."""
    for folder in glob.glob("/proc/[0-9]*"):
        try:
            with open(f"{folder}/cmdline", "rb") as file:
                name = os.path.basename(file.read().split(b"\0")[0].decode())
            with open(f"{folder}/cgroup", encoding="ascii") as file:
                yield int(os.path.basename(folder)), name, file.read()
        except OSError:
            continue  # it has ended


def in_berthd_unit():
    """Names of the programs in berthd's cgroup, by pid."""
    return {pid: name for pid, name, groups in programs() if "/berthd.service" in groups}


def pins():
    """Kinds of file system at each pinned network namespace, as the host sees them."""
    return {path: run(["stat", "-f", "-c", "%T", path]).strip()
            for path in glob.glob("/run/netns/berth--*")}


def served():
    return answers("/run/berth/berthd.sock")
