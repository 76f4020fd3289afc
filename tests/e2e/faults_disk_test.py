"""faults_disk_test.py - the disk with berthd's database is full, or its writes fail."""
import contextlib
import os
import subprocess

from faults_case import FaultCase, stays
from processes import Failed

FULL_SIZE = 4 << 20


class DiskCase(FaultCase):
    def break_disk(self):
        raise NotImplementedError

    def mend_disk(self):
        raise NotImplementedError

    def tearDown(self):
        self.mend_disk()
        super().tearDown()

    def setUp(self):
        self.node.register("stays", [stays()])
        self.log_from = len(self.stage.programs["berthd"].says())

    def said(self):
        return self.stage.programs["berthd"].says()[self.log_from:]

    def check_goes_on(self, *tasks):
        for task in tasks:
            self.node.wait_status(task, "RUNNING")
            self.node.stop_task(task)
        for task in tasks:
            now = self.node.wait_status(task, "STOPPED")
            self.assertEqual(self.container(now, "main")["exitCode"], 0)
        for task in tasks:
            self.node.wait_nothing_left(task)
        self.check_reports(*tasks)

    def test_when_a_task_comes(self):
        """It is not acknowledged before it is written down, so it comes again."""
        self.break_disk()
        tasks = self.node.run_task("stays")
        self.wait_for(lambda: self.words in self.said(), "berthd says why")
        self.assertIn(self.node.describe(tasks[0])["lastStatus"], ("PROVISIONING", "PENDING"))
        self.mend_disk()
        self.check_goes_on(*tasks)

    def test_when_a_task_stops(self):
        """Its end is told once it is written down."""
        tasks = self.node.run_task("stays")
        self.node.wait_status(tasks[0], "RUNNING")
        self.break_disk()
        [pid] = self.processes_in_containerd(tasks[0]).values()
        os.kill(pid, 15)
        self.wait_for(lambda: self.words in self.said(), "berthd says why")
        self.assertEqual(self.node.describe(tasks[0])["lastStatus"], "RUNNING")
        self.mend_disk()
        now = self.node.wait_status(tasks[0], "STOPPED")
        self.assertEqual(self.container(now, "main")["exitCode"], 0)
        self.check_goes_on(*self.node.run_task("stays"))
        self.check_reports(*tasks)

    def test_over_a_restart(self):
        """Whether it starts or gives up while the disk is broken: no task is touched by that."""
        tasks = self.node.run_task("stays")
        self.node.wait_status(tasks[0], "RUNNING")
        before = self.processes_in_containerd(tasks[0])
        self.break_disk()
        self.stage.programs["berthd"].kill()
        with contextlib.suppress(Failed):
            self.stage.start_berthd()
        self.stage.programs["berthd"].kill()
        self.mend_disk()
        self.stage.start_berthd()
        self.stage.wait_connected()
        self.assertEqual(self.processes_in_containerd(tasks[0]), before)
        self.check_goes_on(*tasks)


class Full(DiskCase):
    words = "full"

    @classmethod
    def prepare(cls, stage):
        super().prepare(stage)
        os.makedirs(stage.path("data"))
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={FULL_SIZE}", "none",
                        stage.path("data")], check=True)

    @classmethod
    def end(cls):
        """The mount would be found among what is left."""
        cls.stage.stop_berthd()
        cls.stage.purge()
        subprocess.run(["umount", cls.stage.path("data")], check=True)
        super().end()

    def break_disk(self):
        with open(self.stage.path("data/filler"), "wb", buffering=0) as file:
            try:
                while file.write(b"x" * 4096):
                    pass
            except OSError:
                pass

    def mend_disk(self):
        if os.path.exists(self.stage.path("data/filler")):
            os.unlink(self.stage.path("data/filler"))


class Failing(DiskCase):
    words = "I/O error"

    @classmethod
    def prepare(cls, stage):
        super().prepare(stage)
        cls.switch = stage.path("disk-fails")
        stage.environment = {"LD_PRELOAD": f"{stage.bin_dir}/faulty-disk.so",
                             "FAULTY_DISK": cls.switch}

    def break_disk(self):
        with open(self.switch, "wb"):
            pass

    def mend_disk(self):
        if os.path.exists(self.switch):
            os.unlink(self.switch)


del DiskCase  # only a base
