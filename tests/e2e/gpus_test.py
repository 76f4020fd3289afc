"""gpus_test.py - GPUs: registered, given to one task at a time, seen by the container they are for."""
import json
import os
import shutil
import subprocess

from node_case import SLOW_SECONDS, NodeCase, command

ONE = [{"type": "GPU", "value": "1"}]
STAYS = "trap 'exit 0' TERM; env; while :; do sleep 0.2; done"
DEAF = "trap '' TERM; while :; do sleep 0.2; done"


class Gpus(NodeCase):
    """A node whose file names two GPUs. What stands in for NVIDIA's runtime notes how it is called and
    is runc else."""

    @classmethod
    def prepare(cls, stage):
        stage.settings |= {"ECS_ENABLE_GPU_SUPPORT": "true",
                           "BERTH_GPU_INFO_FILE": stage.path("gpus.json")}
        stage.environment = {"PATH": f"{stage.path('bin')}:{os.environ['PATH']}"}
        cls.put_file("GPU-a", "GPU-b")
        os.makedirs(stage.path("bin"))
        os.makedirs(stage.path("tasks.d"))
        runtime = stage.path("bin/nvidia-container-runtime")
        with open(runtime, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\necho "$*" >> {stage.path("runtime.log")}\n'
                       f'exec {shutil.which("runc")} "$@"\n')
        os.chmod(runtime, 0o755)

    @classmethod
    def put_file(cls, *ids):
        with open(cls.stage.path("gpus.json"), "w", encoding="utf-8") as file:
            json.dump({"DriverVersion": "550.54.15", "GPUIDs": ids}, file)

    def restart(self, **settings):
        self.stage.stop_berthd()
        self.stage.settings |= settings
        self.stage.start_berthd()
        self.stage.wait_connected()

    def gpus(self, which):
        """Of the node, as the stock client shows it."""
        [arn] = self.stage.aws("list-container-instances")["containerInstanceArns"]
        [instance] = self.stage.aws("describe-container-instances",
                                    "--container-instances", arn)["containerInstances"]
        return next((one["stringSetValue"] for one in instance[which] if one["name"] == "GPU"), None)

    def wait_status(self, task, status, seconds=SLOW_SECONDS):
        now = super().wait_status(task, status, seconds)
        self.assertEqual(now["lastStatus"], status)
        return now

    def ids_of(self, task):
        return {one["name"]: one.get("gpuIds") for one in self.stage.describe(task)["containers"]}

    def variables_of(self, task, container):
        logs = self.stage.berth("logs", task.rpartition("/")[2], container)
        return [line for line in logs.splitlines() if "NVIDIA_VISIBLE_DEVICES=" in line]

    def waiting(self, task):
        known = json.loads(self.stage.berth("ps", "--json"))["tasks"]
        if task not in [one["arn"] for one in known]:
            return ""
        why = json.loads(self.stage.berth("why", task.rpartition("/")[2], "--json"))["why"]
        return why.get("waiting", {}).get("what", "")

    def one_gpu(self, family, script):
        self.register(family, [{"name": "main", "resourceRequirements": ONE, "stopTimeout": 60,
                                "command": command(script)}])

    def test_the_node_offers_its_gpus(self):
        [instance] = self.stage.instances()
        attributes = {one["name"]: one.get("value") for one in instance["attributes"]}

        self.assertEqual(self.gpus("registeredResources"), ["GPU-a", "GPU-b"])
        self.assertEqual(attributes["ecs.capability.gpu-driver-version"], "550.54.15")
        self.assertIn("ecs.capability.nvidia-driver-version.550.54.15", attributes)

    def test_a_container_sees_its_gpus_and_its_neighbour_none(self):
        self.register("train", [
            {"name": "side", "command": command(STAYS)},
            {"name": "main", "command": command(STAYS), "resourceRequirements": ONE,
             "environment": [{"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"}]}])
        task = self.run_task("train")
        self.wait_status(task, "RUNNING")

        self.assertEqual(self.ids_of(task), {"side": None, "main": ["GPU-a"]})
        self.assertEqual(self.gpus("remainingResources"), ["GPU-b"])
        self.wait_for(lambda: self.variables_of(task, "main"), "the container shows its variables")
        self.assertIn("NVIDIA_VISIBLE_DEVICES=GPU-a", self.variables_of(task, "main")[0])
        self.assertEqual(self.variables_of(task, "side"), [])
        with open(self.stage.path("runtime.log"), encoding="utf-8") as file:
            calls = file.read()
        side, main = sorted(self.container_ids(task))
        self.assertRegex(calls, f" create .*{main}")
        self.assertNotIn(side, calls)
        self.stop(task)
        self.assertEqual(self.gpus("remainingResources"), ["GPU-a", "GPU-b"])

    def test_a_task_waits_for_a_gpu_until_it_is_freed(self):
        self.one_gpu("deaf", DEAF)
        self.one_gpu("hears", STAYS)
        first, second = self.run_task("deaf"), self.run_task("hears")
        for task in (first, second):
            self.wait_status(task, "RUNNING")
        full = self.stage.aws("run-task", "--task-definition", "hears",
                              "--network-configuration",
                              "awsvpcConfiguration={subnets=[subnet-lab]}")
        self.assertEqual([one["reason"] for one in full["failures"]], ["RESOURCE:GPU"])

        # What is to stop has given its GPU back for the control plane, not yet for the node.
        [pid] = self.processes_in_containerd(first).values()
        self.ask_to_stop(first)
        third = self.run_task("hears")
        self.assertEqual(self.ids_of(third), {"main": ["GPU-a"]})
        self.wait_for(lambda: self.waiting(third) ==
                      f"the node's resources: GPU GPU-a, held by {first}",
                      "berth says which GPU the task waits for")
        self.stage.programs["berthd"].kill()
        self.stage.start_berthd()
        self.wait_for(lambda: "GPU GPU-a" in self.waiting(third),
                      "it does so after a restart, too")
        os.kill(pid, 9)
        self.wait_status(third, "RUNNING")
        self.wait_for(lambda: self.variables_of(third, "main"), "the container shows its variables")
        self.assertIn("=GPU-a", self.variables_of(third, "main")[0])
        for task in (second, third):
            self.stop(task)

    def test_a_gpu_is_given_anew_by_a_node_that_has_lost_one(self):
        self.one_gpu("hears", STAYS)
        task = self.run_task("hears")
        self.wait_status(task, "RUNNING")
        self.put_file("GPU-b")
        self.restart()

        self.assertEqual(self.gpus("registeredResources"), ["GPU-b"])
        self.assertEqual(self.stage.describe(task)["lastStatus"], "RUNNING")
        self.stop(task)
        self.put_file("GPU-a", "GPU-b")
        self.restart()
        self.assertEqual(self.gpus("remainingResources"), ["GPU-a", "GPU-b"])

    def test_a_missing_runtime_is_named(self):
        self.one_gpu("hears", STAYS)
        self.restart(ECS_NVIDIA_RUNTIME="/nowhere/nvidia-container-runtime")
        now = self.wait_status(self.run_task("hears"), "STOPPED")
        self.restart(ECS_NVIDIA_RUNTIME="nvidia")

        self.assertEqual(now["stopCode"], "TaskFailedToStart")
        self.assertEqual(self.container(now, "main")["reason"],
                         "CannotCreateContainerError: OCI runtime /nowhere/nvidia-container-runtime: "
                         "no such program on this node")

    def test_a_file_that_says_no_gpus_ends_berthd(self):
        self.stage.stop_berthd()
        with open(self.stage.path("gpus.json"), "w", encoding="utf-8") as file:
            file.write('{"GPUIDs": "GPU-a"}')
        done = subprocess.run([f"{self.stage.bin_dir}/berthd"], env=self.stage.node_env(), text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                              timeout=SLOW_SECONDS)
        os.remove(self.stage.path("gpus.json"))
        self.restart()
        missing = self.gpus("registeredResources")
        self.put_file("GPU-a", "GPU-b")
        self.restart()

        self.assertEqual(done.returncode, 1)
        self.assertIn("gpus.json: GPUIDs: must be a list of texts", done.stdout)
        self.assertEqual(missing, None)
        with open(self.stage.path("berthd.log"), encoding="utf-8") as log:
            self.assertIn("the file of the GPUs is not there; going on without", log.read())

    def test_a_task_of_a_file_takes_a_free_one(self):
        self.one_gpu("hears", STAYS)
        task = self.run_task("hears")
        self.wait_status(task, "RUNNING")
        definition = {"family": "local", "networkMode": "none", "containerDefinitions": [
            {"name": "main", "image": self.stage.image("web:1"), "memory": 32,
             "resourceRequirements": ONE, "command": command(STAYS)}]}
        file = self.stage.path("tasks.d/local.json")
        with open(file, "w", encoding="utf-8") as out:
            json.dump(definition, out)

        def local():
            return [one["arn"] for one in json.loads(self.stage.berth("ps", "--json"))["tasks"]
                    if one["family"] == "local" and one["status"] == "RUNNING"]
        [own] = self.wait_for(local, "the task of the file runs")
        self.wait_for(lambda: self.variables_of(own, "main"), "the container shows its variables")
        self.assertIn("=GPU-b", self.variables_of(own, "main")[0])
        os.remove(file)
        self.wait_for(lambda: not local(), "the task of the file ends")
        self.stop(task)
