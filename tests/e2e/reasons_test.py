"""reasons_test.py - why a task stopped: true codes and reasons of each way to end."""
from node_case import NodeCase, command


class Reasons(NodeCase):
    def test_an_image_that_is_not_there(self):
        missing = self.stage.image("nobody/has-this:1")
        self.register("missing", [{"name": "main", "image": missing}])
        now = self.wait_status(self.run_task("missing"), "STOPPED")

        self.assertEqual(now["stopCode"], "TaskFailedToStart")
        reason = self.container(now, "main")["reason"]
        self.assertRegex(reason, "^CannotPullImageManifestError: .*nobody/has-this")
        self.assertIn(reason, now["stoppedReason"])
        self.assertNotIn("exitCode", self.container(now, "main"))

    def test_a_registry_that_does_not_answer(self):
        self.register("away", [{"name": "main", "image": "127.0.0.1:9/web:1"}])
        now = self.wait_status(self.run_task("away"), "STOPPED")

        self.assertEqual(now["stopCode"], "TaskFailedToStart")
        self.assertRegex(self.container(now, "main")["reason"],
                         "^CannotPullImageManifestError: .*127.0.0.1:9")

    def test_an_essential_container_exits(self):
        self.register("exits", [
            {"name": "main", "command": command("echo leaving; exit 7"),
             "dependsOn": [{"containerName": "other", "condition": "START"}]},
            # As process 1 it does not hear SIGTERM.
            {"name": "other", "command": ["sleep", "600"], "stopTimeout": 2}])
        now = self.wait_status(self.run_task("exits"), "STOPPED")

        self.assertEqual((now["stopCode"], now["stoppedReason"]),
                         ("EssentialContainerExited", "Essential container in task exited"))
        codes = {one["name"]: one["exitCode"] for one in now["containers"]}
        self.assertEqual(codes, {"main": 7, "other": 137})

    def test_a_container_that_is_not_essential_exits(self):
        self.register("goes-on", [{"name": "main", "command": command("sleep 600")},
                                  {"name": "brief", "essential": False,
                                   "command": command("exit 3")}])
        task = self.run_task("goes-on")
        now = self.stage.wait_task(
            task, lambda now: self.container(now, "brief")["lastStatus"] == "STOPPED" and
            now["lastStatus"] == "RUNNING", "brief has ended, the task runs")

        self.assertEqual(self.container(now, "brief")["exitCode"], 3)
        self.assertEqual(self.container(now, "main")["lastStatus"], "RUNNING")
        self.stop(task)

    def test_a_container_that_takes_too_much_memory(self):
        self.register("greedy", [{"name": "main", "memory": 16,
                                  "command": command("exec tail /dev/zero")}])
        now = self.wait_status(self.run_task("greedy"), "STOPPED")

        main = self.container(now, "main")
        self.assertEqual(main["exitCode"], 137)
        self.assertIn("OutOfMemoryError", main["reason"])

    def test_a_program_that_is_not_in_the_image(self):
        self.register("no-program", [{"name": "main", "command": ["/bin/nothing-here"]}])
        now = self.wait_status(self.run_task("no-program"), "STOPPED")

        self.assertEqual(now["stopCode"], "TaskFailedToStart")
        self.assertRegex(self.container(now, "main")["reason"],
                         "Cannot(Start|Create)ContainerError: .*nothing-here")

    def test_a_person_stops_it(self):
        self.register("stopped", [{"name": "main", "stopTimeout": 2,
                                   "command": command("trap '' TERM; while :; do sleep 1; done")}])
        task = self.run_task("stopped")
        self.wait_status(task, "RUNNING")
        now = self.stop(task, "no longer needed")

        self.assertEqual((now["stopCode"], now["stoppedReason"]),
                         ("UserInitiated", "no longer needed"))
        self.assertEqual(self.container(now, "main")["exitCode"], 137)

    def test_an_unhealthy_container_runs_on(self):
        self.register("ill", [{"name": "main", "command": command("sleep 600"), "healthCheck":
                               {"command": ["CMD", "false"], "interval": 5, "timeout": 2,
                                "retries": 1}}])
        task = self.run_task("ill")
        now = self.stage.wait_task(task, lambda now: now["healthStatus"] == "UNHEALTHY",
                                   "healthStatus is UNHEALTHY", 60)

        self.assertEqual(now["lastStatus"], "RUNNING")
        self.stop(task)
