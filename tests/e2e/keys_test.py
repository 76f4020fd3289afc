"""keys_test.py - the node's keys are replaced under a running berthd, as the SSM agent does it."""
import os
import shutil

from node_case import NodeCase


class Rotated(NodeCase):
    @classmethod
    def prepare(cls, stage):
        cls.file = stage.path("credentials")
        stage.settings["AWS_SHARED_CREDENTIALS_FILE"] = cls.file
        start = stage.start_berthd

        def copy_and_start():
            shutil.copy(stage.path("lab/credentials"), cls.file)
            return start()
        stage.start_berthd = copy_and_start

    def make_new_keys(self):
        """Those that berthd has are worth nothing from here on."""
        self.stage.programs["berth-lab"].stop()
        os.remove(self.stage.path("lab/credentials"))
        self.stage.start_lab()

    def replace_file(self):
        """In one step, so that nobody reads half of it."""
        fresh = shutil.copy(self.stage.path("lab/credentials"), f"{self.file}.new")
        os.replace(fresh, self.file)

    def test_they_are_taken_without_a_restart_and_the_end_of_a_task_is_told_by_them(self):
        stage, berthd = self.stage, self.stage.programs["berthd"]
        self.register("stays", [{"name": "main", "command": ["sleep", "600"], "stopTimeout": 2}])
        task = self.run_task("stays")
        self.wait_status(task, "RUNNING")
        [process] = self.processes_in_containerd(task).values()

        self.make_new_keys()
        before = len(berthd.says())
        self.wait_for(lambda: "UnrecognizedClientException" in berthd.says()[before:],
                      "berthd tells that its keys are refused")
        self.assertEqual(list(self.processes_in_containerd(task).values()), [process])
        self.assertFalse(stage.instances()[0]["agentConnected"])

        self.replace_file()
        stage.wait_connected()
        self.assertEqual(self.stop(task)["stopCode"], "UserInitiated")
