"""demo_test.py - the main job: `aws ecs run-task` runs a real task, and tools/demo shows it."""
import os
import re
import secrets
import signal
import subprocess
import unittest
import urllib.request

from node_case import NodeCase
from processes import wait_for
from scene import limits_in_force, task_definition

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tools", "demo")


def page(address):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{address}/", timeout=10) as answer:
        return answer.read().decode()


class MainJob(NodeCase):
    def test_runs_serves_and_stops_a_task_of_two_containers(self):
        self.register_text(task_definition(self.stage.image("web:1")))
        task = self.run_by_aws("web")
        self.stage.aws("wait", "tasks-running", "--tasks", task)
        now = self.stage.wait_task(task, lambda now: now["healthStatus"] == "HEALTHY",
                                   "healthStatus is HEALTHY")
        short = task.rpartition("/")[2]

        self.check_running(now)
        self.assertEqual(page(self.address_of(now)), "served by berth\n")
        self.check_limits(limits_in_force(self.stage.name, short))
        self.assertIn("page: served by berth", self.stage.berth("logs", short[:8], "sidecar"))
        self.assertIn("listening on port 80", self.stage.berth("logs", short, "web"))
        self.assertIn("RUNNING", self.stage.berth("ps", "--containers"))

        self.stage.aws("stop-task", "--task", task, "--reason", "enough seen")
        self.stage.aws("wait", "tasks-stopped", "--tasks", task)
        self.check_stopped(self.stage.aws("describe-tasks", "--tasks", task)["tasks"][0])

    def check_running(self, now):
        self.assertEqual(now["lastStatus"], "RUNNING")
        web, sidecar = self.container(now, "web"), self.container(now, "sidecar")
        self.assertEqual((web["lastStatus"], sidecar["lastStatus"]), ("RUNNING", "RUNNING"))
        self.assertEqual((web["healthStatus"], sidecar["healthStatus"]), ("HEALTHY", "UNKNOWN"))
        self.assertEqual(web["networkInterfaces"][0]["privateIpv4Address"], self.address_of(now))
        attachment = now["attachments"][0]
        self.assertEqual((attachment["type"], attachment["status"]),
                         ("ElasticNetworkInterface", "ATTACHED"))
        details = {one["name"]: one["value"] for one in attachment["details"]}
        self.assertEqual(details["subnetId"], "subnet-lab")
        self.assertRegex(details["macAddress"], "^([0-9a-f]{2}:){5}[0-9a-f]{2}$")
        self.assertRegex(details["networkInterfaceId"], "^eni-[0-9a-f]+$")

    def check_limits(self, limits):
        values = [value for files in limits.values() for value in files.values()]
        for mebibytes in (256, 128, 64):  # task, web, sidecar
            self.assertIn(str(mebibytes << 20), values)
        is_v2 = any("cpu.max" in files for files in limits.values())
        self.assertIn("50000 100000" if is_v2 else "50000", values)

    def check_stopped(self, now):
        self.assertEqual((now["stopCode"], now["stoppedReason"]), ("UserInitiated", "enough seen"))
        web, sidecar = self.container(now, "web"), self.container(now, "sidecar")
        self.assertEqual((web["exitCode"], sidecar["exitCode"]), (143, 137))
        self.assertEqual({one["lastStatus"] for one in now["containers"]}, {"STOPPED"})
        for moment in ("createdAt", "pullStartedAt", "pullStoppedAt", "startedAt", "stoppingAt",
                       "stoppedAt", "executionStoppedAt"):
            self.assertIn(moment, now)


class Script(unittest.TestCase):
    """tools/demo itself, as a person runs it."""

    def setUp(self):
        self.name = f"demo-{secrets.token_hex(3)}"

    def demo(self, *words):
        return [DEMO, "--bin", os.environ["BERTH_BIN_DIR"], "--name", self.name,
                "--private-containerd", *words]

    def run_demo(self, *words):
        done = subprocess.run(self.demo(*words), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=150, check=False)
        return done.returncode, done.stdout

    def test_shows_everything_and_leaves_nothing(self):
        code, said = self.run_demo()

        self.assertEqual(code, 0, said)
        for words in ("$ aws ecs run-task", "RUNNING HEALTHY", "berth runs this", "memory",
                      "stopCode: UserInitiated", "stoppedReason: the demo is over", "143: it ended",
                      "137: it ignored",
                      "Nothing is left."):
            self.assertIn(words, said)
        self.assertFalse(os.path.exists(re.search(r"/var/tmp/[\w.-]+", said).group()))

    def test_cleans_up_after_an_interrupt(self):
        said = []
        with subprocess.Popen(self.demo(), text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as demo:
            for line in demo.stdout:
                said.append(line)
                if "web RUNNING" in line:
                    demo.send_signal(signal.SIGINT)

        self.assertEqual(demo.returncode, 130, "".join(said))
        self.assertIn("Nothing is left.", "".join(said))

    def test_keeps_it_up_until_told_to_end_it(self):
        code, said = self.run_demo("--keep")
        self.assertEqual(code, 0, said)
        folder = re.search(r"/var/tmp/[\w.-]+", said).group()
        ps = subprocess.run([f"{os.environ['BERTH_BIN_DIR']}/berth", "ps", "--socket",
                             f"{folder}/run/berthd.sock"], text=True, capture_output=True,
                            check=False)
        again, refused = self.run_demo()
        down, ended = self.run_demo("--down")

        self.assertIn("RUNNING", ps.stdout, ps.stderr)
        self.assertEqual(again, 1)
        self.assertIn("tools/demo --down", refused)
        self.assertEqual(down, 0, ended)
        self.assertIn("Nothing is left.", ended)
        wait_for(lambda: not os.path.exists(folder), "the folder is gone", 5)


if __name__ == "__main__":
    unittest.main()
