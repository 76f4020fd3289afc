"""definitions_test.py - task definitions as users write them (tests/data/task-definitions)."""
import json
import os

from demo_test import page
from node_case import NodeCase
from stage import AwsError

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "task-definitions")
REGISTRY = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com"
PORTS = {"web-app": 80, "my-web-app": 8080, "my-app": 8080}


def text_of(name):
    with open(os.path.join(FOLDER, f"{name}.json"), encoding="utf-8") as file:
        return file.read()


class UserDefinitions(NodeCase):
    @classmethod
    def prepare(cls, stage):
        stage.mirror(REGISTRY)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage.push("web-app:latest")
        cls.stage.push("my-app:latest", options=["--env", "PORT=8080"])

    def run_on_fargate(self, family):
        return self.run_by_aws(family, "--launch-type", "FARGATE")

    def test_register_unchanged(self):
        for name in (*PORTS, "web-with-sidecar"):
            given = json.loads(text_of(name))
            shown = self.register_text(text_of(name))

            with self.subTest(name):
                self.assertEqual((shown["family"], shown["status"]), (given["family"], "ACTIVE"))
                for wanted, container in zip(given["containerDefinitions"],
                                             shown["containerDefinitions"]):
                    plain = {key: value for key, value in wanted.items() if key != "portMappings"}
                    self.assertEqual(plain, {key: container[key] for key in plain})

    def test_one_without_memory_is_refused_as_the_service_does(self):
        with self.assertRaisesRegex(AwsError, "At least one of 'memory' or 'memoryReservation'"):
            self.register_text(text_of("app-with-firelens"))

    def test_run_healthy_with_only_secrets_removed(self):
        tasks = {}
        for name in PORTS:
            definition = json.loads(text_of(name))
            for container in definition["containerDefinitions"]:
                del container["secrets"]
            self.register_text(json.dumps(definition))
            tasks[name] = self.run_on_fargate(definition["family"])
        for name, task in tasks.items():
            now = self.stage.wait_task(task, lambda now: now["healthStatus"] == "HEALTHY",
                                       f"{name} is HEALTHY", 120)

            self.assertEqual(now["lastStatus"], "RUNNING", name)
            self.assertIn("berth sample image", page(f"{self.address_of(now)}:{PORTS[name]}"))
        self.check_warnings(self.stage.programs["berthd"].says())
        self.check_registered_warnings(self.stage.programs["berth-lab"].says())
        for task in tasks.values():
            self.assertEqual(self.stop(task)["containers"][0]["exitCode"], 143)

    def check_warnings(self, log):
        lines = [line for line in log.splitlines()
                 if "containerDefinitions[0].logConfiguration" in line]
        self.assertEqual(len(lines), len(PORTS), lines)
        for line in lines:
            self.assertRegex(line, "warn")

    def check_registered_warnings(self, log):
        for name in PORTS:
            lines = [line for line in log.splitlines() if f"name={name}:" in line
                     and "containerDefinitions[0].logConfiguration" in line]
            self.assertTrue(lines, name)
            for line in lines:
                self.assertRegex(line, 'warn .*field="taskRoleArn, executionRoleArn, ')

    def test_a_health_check_of_none_runs_unchecked(self):
        self.register("unchecked", [{"name": "main", "command": ["sleep", "600"], "stopTimeout": 2,
                                     "healthCheck": {"command": ["NONE"]}}])
        task = self.run_task("unchecked")

        self.assertEqual(self.wait_status(task, "RUNNING")["healthStatus"], "UNKNOWN")
        self.stop(task)

    def test_unchanged_they_stop_with_a_reason_that_names_the_secret(self):
        tasks = {}
        for name in PORTS:
            self.register_text(text_of(name))
            tasks[name] = self.run_on_fargate(json.loads(text_of(name))["family"])
        for name, task in tasks.items():
            now = self.wait_status(task, "STOPPED")

            self.assertEqual(now["stopCode"], "TaskFailedToStart", name)
            self.assertIn("containerDefinitions[0].secrets[0].name", now["stoppedReason"], name)
            self.assertIn("DB_PASSWORD", now["stoppedReason"], name)
