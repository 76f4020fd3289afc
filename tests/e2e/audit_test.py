"""audit_test.py - `berth audit` names what is nobody's and what a task lacks; --repair removes."""
import glob
import json
import os
import secrets
import shutil
import subprocess

from node_case import NodeCase, command
from scene import cgroup_folders
from stage import run

STAYS = "trap 'exit 0' TERM; echo up; while :; do sleep 1; done"


class Audit(NodeCase):
    def audit(self, *words):
        """Exit status and findings; `removed` are those of a repair."""
        done = subprocess.run(self.stage.berth_words("audit", "--json", *words), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if answer["findings"] else 0)
        return done.returncode, answer

    def named(self, findings, kind):
        return {(one["object"], one["name"]) for one in findings if one["kind"] == kind}

    def wait_clean(self):
        self.wait_for(lambda: self.audit()[0] == 0, "an audit finds nothing", every=0.2)

    def start_task(self, family):
        self.register(family, [{"name": "main", "command": command(STAYS)}], cpu="256",
                      memory="128")
        task = self.run_task(family)
        self.wait_status(task, "RUNNING")
        return task

    def make_orphans(self):
        """One of each kind, of a task that nobody knows, by the node's own tools; their (object,
        name) and the task."""
        stage, gone = self.stage, secrets.token_hex(16)
        image, label = stage.image("web:1"), f"{self.stage.name}--{gone}"
        stage.ctr("containers", "create", "--snapshotter", "overlayfs", image, f"{gone}-0")
        stage.ctr("run", "-d", "--snapshotter", "overlayfs", image, f"{gone}-1",
                  "sleep", "600")
        stage.ctr("snapshots", "--snapshotter", "overlayfs", "prepare", f"{gone}-2")
        stage.ctr("leases", "create", "--id", "berth-pull-of-nobody")
        run(["ip", "netns", "add", label])
        end = f"be{gone[:12]}"
        run(["ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", label])
        run(["ip", "link", "set", end, "alias", label])
        run(["ip", "link", "add", f"bi{gone[:12]}", "type", "ifb"])
        run(["ip", "link", "set", f"bi{gone[:12]}", "alias", label])
        folders = [stage.path("data", kind, gone) for kind in ("tasks", "logs")]
        parents = cgroup_folders(stage.name)
        self.assertNotEqual(parents, [])
        for folder in folders + [f"{parent}/{gone}" for parent in parents]:
            os.makedirs(folder)
        return {("container", f"{gone}-0"), ("snapshot", f"{gone}-0"),
                ("process", f"{gone}-1"), ("shim", f"{gone}-1"), ("container", f"{gone}-1"),
                ("snapshot", f"{gone}-1"), ("snapshot", f"{gone}-2"),
                ("lease", "berth-pull-of-nobody"),
                ("network namespace", f"/run/netns/{label}"), ("interface", label), ("ifb", label),
                ("files", folders[0]), ("logs", folders[1]), ("cgroup", f"/{stage.name}/{gone}")}, gone

    def test_names_each_orphan_and_removes_it(self):
        task = self.start_task("beside")
        self.wait_clean()
        before = self.processes_in_containerd(self.stage.describe(task)["taskArn"])
        orphans, _ = self.make_orphans()

        status, seen = self.audit()
        self.assertEqual(status, 1)
        self.assertEqual(self.named(seen["findings"], "orphan"), orphans)
        self.assertEqual(self.named(seen["findings"], "missing"), set())

        status, repaired = self.audit("--repair")
        self.assertEqual(status, 0, repaired)
        self.assertEqual(self.named(repaired["removed"], "orphan"), orphans)
        self.assertEqual(self.audit()[0], 0)
        self.assertEqual(glob.glob(f"/run/netns/{self.stage.name}--*"),
                         [f"/run/netns/{self.stage.name}--{task.rpartition('/')[2]}"])
        self.assertEqual(len(before), 1)
        self.assertEqual(self.processes_in_containerd(task), before)
        self.stop(task)
        self.wait_clean()

    def test_removes_orphans_when_berthd_starts(self):
        task = self.start_task("over")
        self.stage.stop_berthd()
        orphans, gone = self.make_orphans()
        self.stage.start_berthd()
        self.wait_clean()

        with open(self.stage.path("berthd.log"), encoding="utf-8") as file:
            told = [line for line in file if "removed what nobody owns" in line and gone in line]
        self.assertEqual(len(told), len(orphans) - 1, told)  # a lease names no task
        self.assertEqual(len(self.processes_in_containerd(task)), 1)
        self.stage.wait_connected()
        self.stop(task)

    def test_tells_what_a_running_task_lacks(self):
        task = self.start_task("robbed")
        self.wait_clean()
        pin = f"/run/netns/{self.stage.name}--{task.rpartition('/')[2]}"
        run(["umount", "-l", pin])
        os.unlink(pin)

        status, seen = self.audit("--repair")
        self.assertEqual(status, 1)
        self.assertEqual(self.named(seen["findings"], "missing"), {("network namespace", pin)})
        self.assertEqual(seen["removed"], [])
        self.assertEqual(len(self.processes_in_containerd(task)), 1)
        self.stop(task)
        self.wait_clean()


class WithoutMemory(NodeCase):
    def audit(self, *words):
        return subprocess.run(self.stage.berth_words("audit", *words), check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def test_removes_nothing_by_itself_without_a_memory(self):
        self.register("unknown", [{"name": "main", "command": command(STAYS)}], networkMode="host")
        task = self.run_task("unknown", network=False)
        self.wait_status(task, "RUNNING")
        [pid] = self.processes_in_containerd(task).values()
        self.stage.stop_berthd()
        shutil.rmtree(self.stage.path("data"))
        self.stage.start_berthd()
        self.wait_for(lambda: "an earlier berthd left" in self.stage.programs["berthd"].tail(200),
                      "it says what it found")

        self.assertTrue(os.path.exists(f"/proc/{pid}"))
        self.assertEqual(self.audit().returncode, 1)
        self.assertEqual(self.audit("--repair").returncode, 0)
        self.assertFalse(os.path.exists(f"/proc/{pid}"))
        self.stage.wait_connected()
