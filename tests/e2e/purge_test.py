"""purge_test.py - `berthd --purge` takes what this agent made, and nothing of anybody else."""
import glob
import os
import re
import shutil
import subprocess

import leftovers
from lan_case import HOST, LanCase, PEER
from machine import asking
from network_d_test import who_asks
from node_case import NodeCase
from processes import Failed, Program, wait_for
from scene import cgroup_folders
from stage import LIB, answers, run

DEPS = os.path.join(LIB, "..", "..", "build", "deps", "usr")


class PurgeBesideOthers(NodeCase):
    """Another agent shares the default cgroup parent."""

    def add_neighbour(self):
        self.parents = cgroup_folders(self.stage.name)
        self.neighbour = subprocess.Popen(["sleep", "600"])
        self.addCleanup(self.remove_neighbour)
        for parent in self.parents:
            os.mkdir(f"{parent}/neighbour")
            for knob in ("cpuset.cpus", "cpuset.mems"):  # v1: nobody may enter before
                if os.path.exists(f"{parent}/neighbour/{knob}"):
                    with open(f"{parent}/{knob}", encoding="ascii") as file:
                        value = file.read()
                    with open(f"{parent}/neighbour/{knob}", "w", encoding="ascii") as file:
                        file.write(value)
            with open(f"{parent}/neighbour/cgroup.procs", "w", encoding="ascii") as file:
                file.write(str(self.neighbour.pid))

    def remove_neighbour(self):
        self.neighbour.kill()
        self.neighbour.wait()
        for parent in self.parents:
            self.wait_for(lambda path=f"{parent}/neighbour": removes(path), "neighbour's cgroup goes")
            removes(parent)

    def test_takes_our_task_and_leaves_the_neighbour(self):
        self.register("web", [{"name": "main"}])
        task = self.run_task("web")
        self.wait_status(task, "RUNNING")
        self.add_neighbour()
        self.stage.stop_berthd()
        self.stage.purge()
        short = task.rpartition("/")[2]

        self.assertIsNone(self.neighbour.poll(), "the neighbour lives")
        self.assertNotEqual(self.parents, [])
        for parent in self.parents:
            self.assertEqual(glob.glob(f"{parent}/*/"), [f"{parent}/neighbour/"])
            self.assertFalse(os.path.exists(f"{parent}/{short}"))
        for folder in ("data", "run"):
            self.assertFalse(os.path.exists(self.stage.path(folder)), folder)
        self.assertFalse(os.path.exists("/run/berth-locks"))


def removes(path):
    try:
        os.rmdir(path)
        return True
    except OSError:
        return False


def start_docker(stage):
    """A real dockerd with a containerd of its own; it has no containers, and does not let go of FORWARD."""
    path = f"{DEPS}/sbin:{DEPS}/bin:{os.environ['PATH']}:/usr/sbin"
    program = shutil.which("dockerd", path=path)
    if not program:
        raise Failed("there is no dockerd; first: sudo tools/install-dependencies test")
    folder = stage.path("docker")
    os.mkdir(folder)
    words = [program, "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
             "--pidfile", f"{folder}/pid", "--host", f"unix://{folder}/sock"]
    docker = Program.start("dockerd", words, f"{folder}.log", os.environ | {"PATH": path})
    stage.programs["dockerd"] = docker
    wait_for(lambda: docker.check_runs() and answers(f"{folder}/sock"), "dockerd listens", 60)
    run(["curl", "-fsS", "--unix-socket", f"{folder}/sock", "-H", "Content-Type: application/json",
         "-d", '{"Name": "site", "EnableIPv6": false}', "http://docker/networks/create"])


def rules():
    """All of iptables, without counters and remarks, and which tables nft knows."""
    saved = run(["iptables-save"]) + run(["ip6tables-save"])
    lines = [re.sub(r" \[\d+:\d+\]", "", line) for line in saved.splitlines() if line[:1] != "#"]
    return lines + sorted(run(["nft", "list", "tables"]).splitlines())


class PurgeBesideDocker(LanCase):
    """A dockerd that was there before: it turned forwarding on, and drops what is not its own."""

    driver = "bridge"

    @classmethod
    def prepare(cls, stage):
        super().prepare(stage)
        with open("/proc/sys/net/ipv4/ip_forward", "w", encoding="ascii") as file:
            file.write("0")
        start_docker(stage)
        run(["iptables", "-I", "DOCKER-USER", "-d", "198.51.100.9", "-j", "DROP"])
        cls.was = leftovers.before()

    def test_takes_ours_and_leaves_everything_of_dockers(self):
        before = [line for line in rules() if self.stage.name not in line]  # berthd has begun
        self.assertIn(":FORWARD DROP", before)
        self.assertEqual(leftovers.sysctls()["net/ipv4/ip_forward"], "1")

        self.register("own", [{"name": "main"}])
        own = self.run_task("own")
        self.wait_status(own, "RUNNING")
        self.register("port", [{"name": "main", "portMappings": [
            {"containerPort": 80, "hostPort": 8081}]}], networkMode="bridge")
        self.wait_status(self.run_task("port", network=False), "RUNNING")
        with who_asks(self.peer):
            inside = f"--net=/run/netns/{self.stage.name}--{own.rpartition('/')[2]}"
            self.assertEqual(run(["nsenter", inside, *asking(f"{PEER}:8080")]), f"::ffff:{HOST}")
        self.assertEqual(self.peer.ask(f"{HOST}:8081"), "served by berth\n")
        ours = [line for line in rules() if line not in before]
        mark = f'-m comment --comment "berth:{self.stage.name}" -j ACCEPT'
        for rule in (f"-A DOCKER-USER -i be+ {mark}", f"-A DOCKER-USER -o be+ {mark}"):
            self.assertIn(rule, ours)
        self.stage.stop_berthd()
        self.stage.purge()

        self.assertEqual(rules(), before)
        self.assertEqual(leftovers.sysctls(), self.was["sysctls"])
        self.assertTrue(self.stage.programs["dockerd"].runs())


class PurgeOfSettings(LanCase):
    """A setting goes back to what it was, unless it is no more what berthd made of it."""

    driver = "lan-routed"

    def test_leaves_what_somebody_has_set_since(self):
        delay, forwards = "net/ipv4/neigh/eth0/proxy_delay", "net/ipv4/ip_forward"
        old = {key: setting(key) for key in (delay, forwards)}
        self.wait_status(self.run_on_lan(), "RUNNING")
        self.assertEqual((setting(delay), setting(forwards)), ("0", "1"))
        with open(f"/proc/sys/{delay}", "w", encoding="ascii") as file:
            file.write("40")
        self.stage.stop_berthd()
        self.stage.purge()

        self.assertEqual(setting(delay), "40")
        self.assertEqual(setting(forwards), old[forwards])
        self.assertNotIn("40", old.values())


def setting(key):
    with open(f"/proc/sys/{key}", encoding="ascii") as file:
        return file.read().strip()
