"""why_test.py - what a task waits for, why it died, and its life, told by `berth why`."""
import json
import os

from node_case import NodeCase, command

STAYS = "trap 'exit 0' TERM; while :; do sleep 0.2; done"


class Why(NodeCase):
    def why(self, task):
        """Why and timeline; None while berthd knows nothing of the task."""
        known = json.loads(self.stage.berth("ps", "--json"))["tasks"]
        if task not in [one["arn"] for one in known]:
            return None
        return self.answer(task)

    def answer(self, task):
        return json.loads(self.stage.berth("why", task.rpartition("/")[2], "--json"))

    def text(self, task):
        return self.stage.berth("why", task.rpartition("/")[2])

    def run_anew(self, family, containers, **members):
        self.register(family, containers, **members)
        return self.run_task(family)

    def wait_gone(self, task):
        self.wait_for(lambda: self.why(task) is None, "the task is cleaned up")

    def test_a_task_behind_a_dependency_says_so_with_its_times(self):
        task = self.run_anew("behind", [
            {"name": "app", "command": command(STAYS),
             "dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]},
            {"name": "db", "command": command(STAYS), "startTimeout": 100, "healthCheck":
             {"command": ["CMD", "false"], "interval": 5, "timeout": 2, "retries": 10}}])
        self.wait_for(lambda: ((self.why(task) or {}).get("why", {}).get("waiting", {})
                               .get("what", "")).startswith("container db (HEALTHY)"),
                      "berth says what the task waits for")
        why = self.answer(task)["why"]

        self.assertEqual(why["status"], "PENDING")
        self.assertEqual(why["waiting"]["what"], "container db (HEALTHY), which app depends on")
        self.assertEqual(why["waiting"]["untilMs"] - why["waiting"]["sinceMs"], 100_000)
        self.assertEqual(why["waiting"]["then"], "app is stopped")
        said = self.text(task)
        self.assertRegex(said, r"is PENDING since 20\S+Z \(\d+[sm] ago\)\n"
                               r"waits for container db \(HEALTHY\), which app depends on\n"
                               r"  since 20\S+Z \(\d+[sm] ago\)\n"
                               r"  until 20\S+Z \(in \d+[sm]\), then app is stopped\n")
        self.assertRegex(said, r"\n *\+\d+\.\d{3}s  db +started the container \(\d+ ms|\(\d\.\d s")
        self.stop(task)

    def test_a_death_while_berthd_was_away_is_told_also_after_the_cleanup(self):
        task = self.run_anew("exits-alone", [{"name": "main", "command": command(
            "trap 'exit 9' USR1; while :; do sleep 0.1; done")}])
        self.wait_status(task, "RUNNING")
        [pid] = self.processes_in_containerd(task).values()
        before = self.answer(task)
        self.assertNotIn("waiting", before["why"])
        self.stage.programs["berthd"].kill()
        os.kill(pid, 10)
        self.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "the container has ended")
        self.stage.start_berthd()
        self.wait_status(task, "STOPPED")
        self.wait_gone(task)
        after = self.answer(task)

        self.assertEqual(after["why"]["status"], "GONE")
        self.assertEqual(after["why"]["verdicts"], [
            {"container": "", "text": "essential container main ended: exited with code 9"},
            {"container": "main", "text": "exited with code 9"}])
        self.check_life(before["timeline"]["entries"], after["timeline"]["entries"])
        said = self.text(task)
        self.assertRegex(said, "is GONE: it was cleaned up at ")
        self.assertIn("because essential container main ended: exited with code 9\n", said)

    def check_life(self, before, after):
        """All that was told before the crash is told after it, and the rest from first to last."""
        self.assertEqual(after[:len(before)], before)
        kinds = [one["kind"] for one in after]
        for kind in ("accepted", "queued", "admitted", "step-begun", "step-done", "pull", "seen",
                     "status", "verdict", "report-written", "report-sent", "report-accepted"):
            self.assertIn(kind, kinds)
        # The interface of a task is announced, and that reported, before its payload comes.
        first = next(kind for kind in kinds if not kind.startswith("report-"))
        self.assertEqual((first, kinds[-1]), ("accepted", "cleaned"))
        texts = [one["text"] for one in after]
        for text in ("berthd was started and has taken it up again", "the task is RUNNING",
                     "the task is STOPPED"):
            self.assertIn(text, texts)
        self.assertTrue([one for one in after if one["kind"] == "step-done" and
                         one["text"].startswith("pulled image sha256:") and one["tookMs"] >= 0])

    def test_what_a_task_uses_is_told(self):
        self.register("busy", [{"name": "main", "command": command("while :; do :; done")}],
                      cpu="128", memory="64")
        task = self.run_task("busy")
        self.wait_status(task, "RUNNING")
        self.wait_for(lambda: self.answer(task)["why"]["resources"]["throttledPeriods"] > 2,
                      "the task is held back by its limit")
        use = self.answer(task)["why"]["resources"]

        self.assertGreater(use["cpuMs"], 0)
        self.assertGreater(use["throttledMs"], 0)
        self.assertGreaterEqual(use["periods"], use["throttledPeriods"])
        self.assertEqual(use["memoryLimitBytes"], 64 << 20)
        self.assertGreater(use["memoryBytes"], 0)
        self.assertLess(use["memoryBytes"], 64 << 20)
        self.assertGreaterEqual(use["processes"], 1)
        self.assertRegex(self.text(task), r"\ncpu: \S+ m?s, held back by its limit in \d+ of \d+ periods, .*"
                                          r"\nmemory: \d+\.\d MiB of 64\.0 MiB, ")
        self.stop(task)

    def test_a_kill_for_memory_is_told_with_its_figures(self):
        task = self.run_anew("greedy", [{"name": "main", "memory": 16,
                                         "command": command("exec tail /dev/zero")}])
        self.wait_status(task, "STOPPED")
        why = self.answer(task)["why"]

        self.assertIn(why["status"], ("STOPPED", "GONE"))
        self.assertRegex(why["verdicts"][0]["text"],
                         r"^essential container main ended: exited with code 137: ended by SIGKILL; "
                         r"\d+ process(es)? killed for memory, 1[56]\.\d MiB used at most, "
                         r"the limit is 16\.0 MiB")

    def test_a_stop_says_until_when_the_container_may_go_on(self):
        task = self.run_anew("deaf", [{"name": "main", "stopTimeout": 5, "command":
                                       command("trap '' TERM; while :; do sleep 0.2; done")}])
        self.wait_status(task, "RUNNING")
        self.ask_to_stop(task)
        self.wait_for(lambda: ((self.why(task) or {}).get("why", {}).get("waiting", {})
                               .get("then", "")) == "it gets SIGKILL",
                      "berth says what the stop waits for", every=0.01)
        self.wait_status(task, "STOPPED")

        [verdict] = [one["text"] for one in self.answer(task)["why"]["verdicts"]
                     if one["container"] == "main"]
        self.assertEqual(verdict, "exited with code 137: ended by SIGKILL; it was asked to stop")

    def test_an_unknown_task_is_refused(self):
        with self.assertRaisesRegex(Exception, 'no task with the id or ARN "nobody"'):
            self.stage.berth("why", "nobody")
