"""plan_test.py - what would come of task definitions, asked of a real berthd that starts nothing."""
import json
import os
import subprocess

from node_case import NodeCase

SECRET = [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:123456789012:parameter/p"}]
GROUPS = {"awsvpcConfiguration": {"subnets": ["lan"], "securityGroups": ["sg-web"]}}
NETWORK = {"name": "lan", "driver": "bridge", "subnet": "10.77.0.0/24",
           "addresses": "10.77.0.10-10.77.0.20", "gateway": "10.77.0.1"}


class PlanCase(NodeCase):
    """What tests of both control planes say. After each of them nothing was started."""

    def tearDown(self):
        self.assertEqual(json.loads(self.stage.berth("ps", "--json"))["tasks"], [])
        self.assertEqual(self.stage.ctr("containers", "ls", "-q"), "")

    def plan(self, *words, container=None, **members):
        """Exit status and answer for a definition with one container."""
        one = {"name": "main", "image": self.stage.image("web:1"), "memory": 32}
        definition = {"family": "planned", "containerDefinitions": [one | (container or {})]}
        return self.plan_text(json.dumps(definition | members), *words)

    def plan_text(self, text, *words):
        with open(self.stage.path("definition.json"), "w", encoding="utf-8") as file:
            file.write(text)
        done = subprocess.run(
            self.stage.berth_words("plan", self.stage.path("definition.json"), *words), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def fates(self, *words, container=None, **members):
        """The verdict, and (fate, words) by path."""
        status, text = self.plan("--json", *words, container=container, **members)
        plan = json.loads(text)
        self.assertEqual(status, 0 if plan["wouldRun"] else 1)
        self.assertEqual(plan["wouldRun"], not plan["refusal"])
        return plan["refusal"], {one["path"]: (one["fate"], one["words"])
                                 for one in plan["remarks"]}


class Plans(PlanCase):
    @classmethod
    def prepare(cls, stage):
        stage.settings |= {"ECS_DISABLE_PRIVILEGED": "true"}
        os.makedirs(stage.path("network.d"))

    def test_a_definition_that_would_run(self):
        status, text = self.plan(container={"logConfiguration": {"logDriver": "json-file"}})

        self.assertEqual(status, 0)
        lines = text.splitlines()
        self.assertRegex(lines[0], "^FIELD +FATE +WHY$")
        self.assertRegex(lines[1], r"^containerDefinitions\[0\]\.logConfiguration\.logDriver +emulated ")
        self.assertEqual(lines[2], "and 4 fields are honoured; --all shows them")
        self.assertEqual(lines[-1], f"would run here, sent by the control plane at {self.stage.endpoint()}")
        self.assertIn("\nfamily ", self.plan("--all")[1])

    def test_each_reason_against_it(self):
        cpus = os.cpu_count() * 1024
        too_much = str((cpus // 1024 + 1) * 1024)
        cases = [
            ({"container": {"privileged": True}}, "containerDefinitions[0].privileged",
             "ECS_DISABLE_PRIVILEGED"),
            ({"container": {"secrets": SECRET}, "executionRoleArn": "arn:aws:iam::1:role/r"},
             "containerDefinitions[0].secrets", 'secrets[0].name "DB_PASSWORD": secrets are not'),
            ({"container": {"resourceRequirements": [{"type": "GPU", "value": "1"}]}},
             "containerDefinitions[0].resourceRequirements", "this node has 0"),
            ({"volumes": [{"name": "v", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]},
             "volumes[0].efsVolumeConfiguration", "not supported"),
            ({"volumes": [{"name": "v", "fsxWindowsFileServerVolumeConfiguration":
                           {"fileSystemId": "fs-1"}}]},
             "volumes[0].fsxWindowsFileServerVolumeConfiguration", "not supported"),
            ({"pidMode": "task"}, "pidMode", "not supported"),
            ({"cpu": too_much}, "cpu", f"the task wants {too_much} CPU units; this node has {cpus}"),
        ]
        for members, path, words in cases:
            with self.subTest(path):
                refusal, fates = self.fates(**members)
                self.assertEqual(fates[path][0], "refused")
                self.assertIn(words, fates[path][1])
                self.assertIn(words, refusal)
                status, text = self.plan(**members)
                self.assertEqual(status, 1)
                self.assertTrue(text.splitlines()[-1].startswith("would not run here, "), text)

    def test_what_is_no_definition(self):
        for text, words in (("{", "not JSON"), ("{}", "Family contains invalid characters"),
                            ('{"family": 1}', "family: NUMBER_VALUE can not be converted")):
            status, said = self.plan_text(text)
            self.assertEqual(status, 1)
            self.assertIn(words, said)

    def test_awsvpc_by_sender(self):
        refusal, fates = self.fates(networkMode="awsvpc")
        self.assertEqual((refusal, fates["networkMode"][0]), ("", "emulated"))

        refusal, fates = self.fates("--local", networkMode="awsvpc")
        self.assertEqual(fates["networkMode"][0], "refused")
        self.assertIn("describes a network", refusal)

    def test_groups_are_those_of_who_describes_them(self):
        groups = "networkConfiguration.awsvpcConfiguration.securityGroups"
        asked = {"networkMode": "awsvpc", "networkConfiguration": GROUPS}
        refusal, fates = self.fates(**asked)
        self.assertEqual((refusal, fates[groups][0]), ("", "honoured"))

        self.put_network(NETWORK)
        refusal, fates = self.wait_for(
            lambda: next((seen for seen in [self.fates("--local", **asked)]
                          if "describes this group" in seen[0]), None), "the network is there")
        self.assertEqual(fates[groups][0], "refused")

        self.put_network(NETWORK | {"securityGroups": [{"groupId": "sg-web"}]})
        _, fates = self.wait_for(
            lambda: next((seen for seen in [self.fates("--local", **asked)] if not seen[0]), None),
            "the group is there")
        self.assertEqual(fates[groups][0], "honoured")
        os.remove(self.stage.path("network.d", "lan.json"))

    def put_network(self, what):
        with open(self.stage.path("network.d", ".new"), "w", encoding="utf-8") as file:
            json.dump(what, file)
        os.rename(self.stage.path("network.d", ".new"), self.stage.path("network.d", "lan.json"))


class UnderAmazonEcs(PlanCase):
    """A berthd with Amazon's own endpoint, which it never reaches."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stage.stop_berthd()
        cls.stage.settings["ECS_BACKEND_HOST"] = "https://ecs.eu-west-1.amazonaws.com"
        cls.stage.start_berthd()

    def test_groups_are_ignored(self):
        refusal, fates = self.fates(networkMode="awsvpc", networkConfiguration=GROUPS)
        fate, words = fates["networkConfiguration.awsvpcConfiguration.securityGroups"]

        self.assertEqual(refusal, "")
        self.assertEqual(fate, "ignored")
        self.assertIn("Amazon ECS tells an agent nothing of groups", words)
        self.assertTrue(self.plan()[1].endswith(
            "would run here, sent by Amazon ECS, https://ecs.eu-west-1.amazonaws.com\n"))

    def test_a_task_is_placed_by_attributes(self):
        refusal, _ = self.fates(container={"logConfiguration": {"logDriver": "journald"}})

        self.assertIn("com.amazonaws.ecs.capability.logging-driver.journald", refusal)
