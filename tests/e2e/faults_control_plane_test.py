"""faults_control_plane_test.py - a control plane that fails, throttles, breaks off, is silent or slow."""
from faults_case import FaultCase, stays

SUBMIT = "SubmitTaskStateChange"


class Reports(FaultCase):
    def setUp(self):
        self.node.register("stays", [stays(), stays("two")])

    def live(self, *faults):
        """Lives of two tasks, each report meeting the faults in turn; the book of all that was said."""
        for fault, times in faults:
            self.plane.break_calls(SUBMIT, fault, times)
        tasks = self.node.run_task("stays", count=2)
        for task in tasks:
            self.node.wait_status(task, "RUNNING")
        for fault, times in faults:
            self.plane.break_calls(SUBMIT, fault, times)
        for task in tasks:
            self.node.stop_task(task)
        for task in tasks:
            self.node.wait_status(task, "STOPPED")
            codes = [one["exitCode"] for one in self.node.describe(task)["containers"]]
            self.assertEqual(codes, [0, 0])
        for task in tasks:
            self.node.wait_nothing_left(task)
        return self.check_reports(*tasks)

    def test_answers_500(self):
        self.live(("500", 4))
        self.assertGreaterEqual(self.plane.counted("500"), 4)

    def test_throttles(self):
        self.live(("throttle", 4))
        self.assertGreaterEqual(self.plane.counted("throttle"), 4)

    def test_closes_before_and_in_its_answer(self):
        book = self.live(("close", 2), ("cut", 2), ("lost", 2))
        self.assertGreaterEqual(self.plane.counted("cut"), 2)
        self.assertGreater(book.resent, 0)

    def test_is_slow(self):
        self.live(("slow", 3))
        self.assertGreaterEqual(self.plane.counted("slow"), 3)

    def test_has_another_time(self):
        self.live(("skew", 3))
        self.assertGreaterEqual(self.plane.counted("skew"), 3)

    def test_never_answers(self):
        """A call that hangs is given up after its limit, and made again."""
        self.plane.break_calls(SUBMIT, "hang", 1)
        [task] = self.node.run_task("stays")
        self.wait_for(lambda: self.plane.counted("hang"), "the first report hangs")
        [other] = self.node.run_task("stays")
        self.node.wait_status(other, "RUNNING")
        self.node.wait_status(task, "RUNNING")
        for one in (task, other):
            self.node.stop_task(one)
        for one in (task, other):
            self.node.wait_status(one, "STOPPED")
        self.check_reports(task, other)


class Sessions(FaultCase):
    def setUp(self):
        self.node.register("stays", [stays()])

    def test_are_cut_at_each_word(self):
        """Whatever was on its way is said again and taken once."""
        tasks = []
        for _ in range(3):
            self.plane.cut_sessions()
            self.stage.wait_connected()
            tasks += self.node.run_task("stays")
            self.plane.cut_sessions()
        for task in tasks:
            self.node.wait_status(task, "RUNNING")
            self.node.stop_task(task)
            self.plane.cut_sessions()
        for task in tasks:
            self.node.wait_status(task, "STOPPED")
        self.check_reports(*tasks)

    def test_are_refused_for_a_while(self):
        for fault in ("500", "throttle", "skew"):
            self.plane.break_calls("session", fault, 2)
        self.plane.break_calls("DiscoverPollEndpoint", "500", 1)
        [task] = self.node.run_task("stays")
        self.node.wait_status(task, "RUNNING")
        self.plane.cut_sessions()
        self.node.stop_task(task)
        self.node.wait_status(task, "STOPPED")
        self.check_reports(task)

    def test_that_freeze_are_left_for_new_ones(self):
        """Silence ends a session after one to two minutes."""
        [running] = self.node.run_task("stays")
        self.node.wait_status(running, "RUNNING")
        self.plane.freeze_sessions()
        [task] = self.node.run_task("stays")
        self.node.wait_status(task, "RUNNING", seconds=240)
        for one in (running, task):
            self.node.stop_task(one)
        for one in (running, task):
            self.node.wait_status(one, "STOPPED")
        self.check_reports(running, task)
