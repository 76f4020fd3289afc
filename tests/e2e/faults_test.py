"""faults_test.py - each call to containerd fails, gets lost, comes late, hangs; containerd is killed."""
import contextlib
import re

from faults_case import FaultCase, short_of, stays

START_CALLS = ("Containers/Create", "Snapshots/Prepare", "Tasks/Create", "Tasks/Start")
STOP_CALLS = ("Tasks/Kill", "Tasks/Get", "Tasks/Delete", "Containers/Delete", "Snapshots/Remove")
PROBE_CALLS = ("Tasks/Exec", "Tasks/DeleteProcess")
# Those that change nothing fail; the others are done, and their answer is lost.
PULL_CALLS = {"Images/Get": "fail 14", "Content/Read": "fail 14", "Snapshots/Stat": "fail 14",
              "Images/Create": "lost", "Leases/Create": "lost", "Leases/AddResource": "lost",
              "Leases/Delete": "lost", "Content/Update": "lost", "Content/Write": "lost",
              "Diff/Apply": "lost", "Snapshots/Prepare": "lost", "Snapshots/Commit": "lost"}
FAULTS = {"fail 13": "planned failure", "fail 14": "planned failure", "lost": "the answer was lost",
          "late 700": None}
REASON = r"^(Cannot(Create|Start|Pull)Container|DockerTimeout|CannotPullImageManifest)Error: "


class EachCall(FaultCase):
    def setUp(self):
        self.node.register("stays", [stays()])

    def check_start(self, task, words):
        """Runs, or has stopped and says why in the words of the fault."""
        now = self.node.wait_status(task, "RUNNING", "STOPPED")
        if now["lastStatus"] == "STOPPED":
            reason = self.container(now, "main")["reason"]
            self.assertRegex(reason, REASON)
            self.assertIn(words or "no fault has these words", reason)
            self.assertEqual(now["stopCode"], "TaskFailedToStart")

    def test_of_a_start(self):
        cases = [(call, fault) for call in START_CALLS for fault in FAULTS]
        tasks = self.run_held("stays", len(cases))
        for task, (call, fault) in zip(tasks, cases):
            self.engine.break_call(call, fault, with_text=short_of(task))
        self.plane.flow()
        for task, (call, fault) in zip(tasks, cases):
            with self.subTest(call=call, fault=fault):
                self.check_start(task, FAULTS[fault])

        self.assertEqual(self.engine.calls()["broken"], len(cases))
        self.check_end(tasks)

    def test_of_a_stop(self):
        cases = [(call, fault) for call in STOP_CALLS for fault in FAULTS]
        tasks = self.run_held("stays", len(cases))
        self.plane.flow()
        for task, (call, fault) in zip(tasks, cases):
            self.node.wait_status(task, "RUNNING")
            self.engine.break_call(call, fault, with_text=short_of(task))
        self.check_end(tasks)

        self.assertEqual(self.engine.calls()["broken"], len(cases))
        for task in tasks:
            self.assertEqual(self.container(self.node.describe(task), "main")["exitCode"], 0)

    def test_of_a_probe(self):
        self.node.register("probed", [stays(healthCheck={"command": ["CMD", "true"], "interval": 5})])
        cases = [(call, fault) for call in PROBE_CALLS for fault in FAULTS]
        tasks = self.run_held("probed", len(cases))
        for task, (call, fault) in zip(tasks, cases):
            self.engine.break_call(call, fault, with_text=short_of(task))
        self.plane.flow()
        for task, (call, fault) in zip(tasks, cases):
            with self.subTest(call=call, fault=fault):
                self.stage.wait_task(task, lambda now: now["healthStatus"] == "HEALTHY", "healthy")

        self.assertEqual(self.engine.calls()["broken"], len(cases))
        self.check_end(tasks)

    def test_of_a_pull(self):
        tasks = []
        for call, fault in PULL_CALLS.items():
            name = re.sub(r"\W", "-", call).lower()
            with self.subTest(call=call, fault=fault):
                self.stage.push(f"{name}:1", options=["--page", name])
                self.node.register(name, [stays(image=self.stage.image(f"{name}:1"))])
                self.engine.clear()
                self.engine.break_call(call, fault)
                tasks += self.node.run_task(name)
                self.check_start(tasks[-1], FAULTS[fault])
                self.assertEqual(self.engine.calls()["broken"], 1)
        self.engine.clear()
        self.check_end(tasks)

    def test_all_come_late(self):
        self.engine.break_call("*", "late 150", nth=0)
        tasks = self.node.run_task("stays")
        self.node.wait_status(tasks[0], "RUNNING")
        self.check_end(tasks)

    def test_hanging_delays_its_own_task_only(self):
        """The limits of a hanging call are a minute and half of one."""
        stuck = self.run_held("stays", 3)
        for task, call in zip(stuck, ("Containers/Create", "Tasks/Create", "Tasks/Start")):
            self.engine.break_call(call, "hang", with_text=short_of(task))
        others = self.run_held("stays", 2)
        self.plane.flow()
        for task in others:
            self.node.wait_status(task, "RUNNING")
        self.assertEqual({self.node.describe(task)["lastStatus"] for task in stuck}, {"PENDING"})

        self.engine.break_call("Tasks/Kill", "hang", with_text=short_of(others[0]))
        self.node.stop_task(others[0])
        self.check_end(others[1:])
        self.assertNotEqual(self.node.describe(others[0])["lastStatus"], "STOPPED")
        for task in stuck:
            now = self.node.wait_status(task, "STOPPED")
            self.assertRegex(self.container(now, "main")["reason"],
                             "^DockerTimeoutError: Could not transition to (created|started); "
                             "timed out after waiting (1m0s|45s)$")
        self.check_end(stuck + others)

    @classmethod
    def prepare(cls, stage):
        super().prepare(stage)
        stage.settings |= {"ECS_CONTAINER_CREATE_TIMEOUT": "1m", "ECS_CONTAINER_START_TIMEOUT": "45s"}


class Joining(FaultCase):
    def test_a_stop_meanwhile_is_heard(self):
        """It waits for an answer of containerd's that does not come, and goes on without it when it is stopped."""
        self.stage.programs["berthd"].stop()
        self.engine.clear()
        self.engine.break_call("Version/Version", "hang", nth=0)
        berthd = self.stage.start_berthd()
        self.wait_for(lambda: [path for path in self.engine.calls() if path.endswith("Version/Version")],
                      "berthd asks for containerd's version")

        self.assertEqual(berthd.stop(seconds=8), 0)


class KilledContainerd(FaultCase):
    def setUp(self):
        self.node.register("stays", [stays()])

    @contextlib.contextmanager
    def killing_during(self, call, task):
        """Kills it when it has done this for the task, and not answered yet."""
        before = self.engine.calls()["held"]
        self.engine.break_call(call, "late 1000", with_text=short_of(task))
        yield
        self.wait_for(lambda: self.engine.calls()["held"] > before, f"{call} is done", every=0.005)
        self.stage.kill_containerd()
        self.stage.start_containerd()

    def test_in_a_start(self):
        [bystander] = self.node.run_task("stays")
        self.node.wait_status(bystander, "RUNNING")
        before = self.processes_in_containerd(bystander)
        tasks = []
        for call in START_CALLS:
            with self.subTest(call=call):
                [task] = self.run_held("stays", 1)
                tasks.append(task)
                with self.killing_during(call, task):
                    self.plane.flow()
                now = self.node.wait_status(task, "RUNNING", "STOPPED")
                if now["lastStatus"] == "STOPPED":
                    self.assertRegex(self.container(now, "main")["reason"], REASON)
        self.assertEqual(self.processes_in_containerd(bystander), before)
        self.check_end(tasks + [bystander])

    def test_in_a_stop(self):
        tasks = self.node.run_task("stays", count=len(STOP_CALLS))
        for task in tasks:
            self.node.wait_status(task, "RUNNING")
        for call, task in zip(STOP_CALLS, tasks):
            with self.killing_during(call, task):
                self.node.stop_task(task)
            now = self.node.wait_status(task, "STOPPED")
            with self.subTest(call=call):
                self.assertEqual(self.container(now, "main")["exitCode"], 0)
        self.check_end(tasks)
