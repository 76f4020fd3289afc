"""manifest_test.py - what the control plane forgot, deregistered or drains."""
import os
import shutil

from ecs_client import CallError
from node_case import NodeCase, command
from stage import AwsError

STAYS = "trap 'exit 0' TERM; while :; do sleep 0.1; done"


class Manifest(NodeCase):
    # `aws` where its words are what is tested; it takes a second a call.

    def running_task(self):
        container = {"name": "main", "image": self.stage.image("web:1"), "memory": 32,
                     "command": command(STAYS)}
        self.stage.ask("RegisterTaskDefinition", family="stays", networkMode="none",
                       containerDefinitions=[container])
        task = self.run_task("stays", network=False)
        self.wait_told(task, "RUNNING")
        return task

    def wait_told(self, task, status):
        self.wait_for(lambda: self.told(task)["lastStatus"] == status, f"lastStatus is {status}")

    def told(self, task):
        return self.stage.ask("DescribeTasks", tasks=[task])["tasks"][0]

    def end_task(self, task):
        self.stage.ask("StopTask", task=task)
        self.wait_told(task, "STOPPED")

    def restart_lab(self, change=lambda: None):
        self.stage.programs["berth-lab"].stop()
        change()
        self.stage.start_lab()
        self.stage.wait_connected()

    def wait_gone(self, task):
        """The agent has stopped the task, told it, and cleaned up."""
        self.wait_for(lambda: not self.container_ids(task), "the task's containers are gone")

    def test_a_task_that_a_backup_of_the_lab_does_not_know_is_stopped(self):
        lab, backup = self.stage.path("lab"), self.stage.path("lab-backup")
        kept = self.running_task()
        self.restart_lab(lambda: shutil.copytree(lab, backup))
        forgotten = self.running_task()

        def put_back():
            shutil.rmtree(lab)
            os.rename(backup, lab)
        self.restart_lab(put_back)
        self.wait_gone(forgotten)

        missing = self.stage.ask("DescribeTasks", tasks=[forgotten])["failures"]
        self.assertEqual([one["reason"] for one in missing], ["MISSING"])
        self.assertEqual(len(self.processes_in_containerd(kept)), 1)
        self.assertEqual(self.told(kept)["desiredStatus"], "RUNNING")
        self.end_task(kept)

    def test_tasks_run_on_when_their_instance_is_deregistered_until_it_registers_again(self):
        task = self.running_task()
        [instance] = self.stage.instances()
        arn = instance["containerInstanceArn"]
        before = self.processes_in_containerd(task)
        with self.assertRaisesRegex(AwsError, "Found running tasks on the instance"):
            self.stage.aws("deregister-container-instance", "--container-instance", arn)
        self.stage.aws("deregister-container-instance", "--container-instance", arn, "--force")
        berthd = self.stage.programs["berthd"]
        self.wait_for(lambda: "is deregistered" in berthd.tail(1000), "berthd was told")
        [gone] = self.stage.ask("DescribeContainerInstances",
                                containerInstances=[arn])["containerInstances"]
        self.assertEqual((gone["status"], gone["agentConnected"]), ("INACTIVE", False))
        self.assertEqual(self.processes_in_containerd(task), before)

        berthd.kill()
        self.assertEqual(self.processes_in_containerd(task), before)
        self.stage.start_berthd()
        self.assertEqual(self.stage.wait_connected()["containerInstanceArn"], arn)
        self.wait_gone(task)

    def test_a_draining_instance_keeps_its_task_and_gets_no_other(self):
        task = self.running_task()
        [instance] = self.stage.instances()
        state = ("update-container-instances-state", "--container-instances",
                 instance["containerInstanceArn"], "--status")
        self.stage.aws(*state, "DRAINING")
        with self.assertRaisesRegex(CallError, "No Container Instances were found"):
            self.run_task("stays", network=False)
        [instance] = self.stage.instances()

        self.assertEqual((instance["status"], instance["runningTasksCount"]), ("DRAINING", 1))
        self.assertEqual(len(self.processes_in_containerd(task)), 1)
        self.end_task(task)
        self.stage.aws(*state, "ACTIVE")
        self.end_task(self.running_task())
