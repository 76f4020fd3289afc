"""standing_test.py - tasks of files, kept running with the control plane gone."""
import json
import os

from node_case import NodeCase, command

STAYS = "trap 'exit 0' TERM; echo up; while :; do sleep 0.2; done"


class TasksOfFiles(NodeCase):
    def setUp(self):
        """A berthd that has not reached its control plane since it started."""
        self.stage.programs["berth-lab"].stop()
        self.stage.stop_berthd()
        self.stage.start_berthd()
        os.makedirs(self.stage.path("tasks.d"), exist_ok=True)

    def tearDown(self):
        for name in os.listdir(self.stage.path("tasks.d")):
            os.remove(self.stage.path("tasks.d", name))
        self.wait_for(lambda: not self.node()["tasks"], "all tasks are cleaned up")
        self.stage.start_lab()

    def put(self, name, text):
        """By rename, as one does."""
        fresh = self.stage.path("tasks.d", f".{name}.new")
        with open(fresh, "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(fresh, self.stage.path("tasks.d", name))

    def definition(self, script=STAYS, **members):
        container = {"name": "main", "image": self.stage.image("web:1"), "memory": 32,
                     "command": command(script)}
        return json.dumps({"family": "local", "networkMode": "none",
                           "containerDefinitions": [container]} | members)

    def node(self):
        return json.loads(self.stage.berth("ps", "--json"))

    def running(self):
        return [task for task in self.node()["tasks"] if task["status"] == "RUNNING"]

    def wait_one(self, but=None):
        """The one task that runs, which is another one than `but`, and its process."""
        [task] = self.wait_for(lambda: [one for one in self.running() if one["arn"] != but],
                               "a task runs")
        [pid] = self.processes_in_containerd(task["arn"]).values()
        return task, pid

    def file(self, name):
        return next((one for one in self.node()["files"] if one["name"] == name), None)

    def processes(self):
        rows = [line.split() for line in self.stage.ctr("tasks", "ls").splitlines()[1:]]
        return [int(row[1]) for row in rows if row[2] == "RUNNING"]

    def test_a_task_follows_its_file(self):
        self.put("local.json", self.definition())
        task, pid = self.wait_one()
        self.assertIn(":000000000000:task/tasks.d/", task["arn"])
        self.assertEqual(task["family"], "local")

        # A version that cannot be run changes nothing but what berth ps says.
        self.put("local.json", self.definition(networkMode="awsvpc"))
        self.wait_for(lambda: self.file("local.json")["complaint"], "berthd complains")
        self.assertIn('\nlocal.json: networkMode "awsvpc": ', self.stage.berth("ps"))
        self.assertIn("allowed are bridge, host, none", self.stage.berth("ps"))
        self.assertEqual(self.wait_one(), (task, pid))

        self.put("local.json", self.definition("echo second; " + STAYS))
        second, second_pid = self.wait_one(but=task["arn"])
        self.assertFalse(os.path.exists(f"/proc/{pid}"))
        self.assertEqual(self.processes(), [second_pid])
        self.assertIn("second", self.stage.berth("logs", second["id"]))
        self.assertEqual(self.file("local.json")["complaint"], "")

        os.remove(self.stage.path("tasks.d", "local.json"))
        self.wait_for(lambda: not self.processes(), "nothing runs")
        self.assertEqual(self.node()["files"], [])

    def test_a_killed_berthd_takes_its_task_up_again(self):
        self.put("local.json", self.definition())
        task, pid = self.wait_one()
        for _ in range(3):
            self.stage.programs["berthd"].kill()
            self.stage.start_berthd()
            self.wait_for(lambda: self.file("local.json"), "the files are read")
            again, again_pid = self.wait_one()

            self.assertEqual((again["arn"], again_pid), (task["arn"], pid))
            self.assertEqual(self.processes(), [pid])

    def test_a_task_that_ends_is_started_again(self):
        self.put("local.json", self.definition())
        task, pid = self.wait_one()
        os.kill(pid, 9)
        waiting = self.wait_for(lambda: self.file("local.json").get("startsMs") and
                                self.stage.berth("ps"), "the next start is awaited")
        self.assertIn("\nlocal.json: starts again in ", waiting)

        again, again_pid = self.wait_one(but=task["arn"])
        self.assertGreaterEqual(again["createdMs"] - task["createdMs"], 10_000)
        self.assertEqual(self.processes(), [again_pid])
        self.assertEqual(self.file("local.json")["failures"], 1)

    def test_the_control_plane_is_told_nothing(self):
        self.put("local.json", self.definition())
        self.wait_one()
        self.stage.start_lab()
        self.stage.wait_connected()
        [instance] = self.stage.instances()
        self.assertEqual(instance["runningTasksCount"], 0)
        self.stage.programs["berth-lab"].stop()

