"""matrix_test.py - berthd is killed at each crash point in the life of a task, and nothing is the worse.

BERTH_MATRIX_PASSAGES=N kills at each of the first N passages of a point (1); BERTH_MATRIX_POINTS are
regular expressions of the points to try (all); BERTH_MATRIX_SLOW=1 tries those of SLOW, too. Ends with a
line of figures.
"""
import contextlib
import os
import re
import shutil
import signal
import sys

from ecs_client import CallError
from faults_case import FaultCase, command, short_of
from processes import Failed, Program, wait_for
from report_book import Book
from stage import LIB, answers, run

POINTS = os.path.join(LIB, "../../docs/crash-points.md")
NOTES = "echo started >> /notes/$NAME; "
TRAP = "trap 'echo ended >> /notes/$NAME; exit 0' TERM; "
STAYS = "while :; do sleep 0.1; done"
ENDS = TRAP + NOTES + STAYS
AGAIN = TRAP + NOTES + "[ $(wc -l < /notes/$NAME) -gt 1 ] || { sleep 61; exit 3; }; " + STAYS
STUBBORN = "trap '' TERM; " + NOTES + STAYS

DRIVERS = {"behind-host": "lan-routed", "on-lan": "macvlan"}
PARENT = "matrix-lan"
DOCKER = ("add table ip filter; add chain ip filter DOCKER-USER; add chain ip filter FORWARD "
          "{ type filter hook forward priority 0; policy drop; }; "
          "add rule ip filter FORWARD jump DOCKER-USER")

# Points that the plain life does not pass; the first row that matches names the life that does.
LIVES = ((r"step\.(CheckHealth|AwaitStartTimeout\.begun)|exec\.", "healthy"),
         (r"step\.AwaitStartTimeout\.done", "late"),  # the first is never healthy
         (r"step\.RestartContainer\.", "restarting"),
         (r"step\.ConfirmExit\.", "deaf"),  # containerd tells nothing of an exit
         (r"step\.KillContainer\.", "stubborn"),
         (r"container\.killed", "unstartable"),  # one that never ran
         (r"container\.record-corrected", "user"),
         (r"sysctl\.|containerd\.namespace-made|netns\.directory-made|"
          r"journal\.(host-change-noted|identity-kept)", "fresh"),
         (r"shaping\.", "limited"),
         (r"proxy\.", "proxied"),
         (r"firewall\.way-", "neighboured"),
         (r"ports\.", "published"),
         (r"lan\.answer", "behind-host"),
         (r"lan\.device-made|gateway\.|step\.ClaimAddress\.", "on-lan"),
         (r"journal\.network-kept", "grouped"),
         (r"step\.Look\.", "taken-up"))
# A life has one of most points and several of these: each is another state of the task.
PASSAGES = ((r"report\.", 5), (r"journal\.committed", 6))
SLOW = r"step\.RestartContainer\."  # ECS's shortest restartAttemptPeriod is a minute
NEVER = ("image.removed",  # berthd does not remove images yet
         # It is killed there in hotplug_test,
         "journal.appeared", "journal.withdrawn", "lan.nic-marked", "lan.nic-given-back",
         # and in cni_test.
         "cni.noted", "cni.added", "cni.kept", "cni.end-kept", "cni.removed", "cni.forgotten")


def points():
    """All points of the document's tables that are asked for."""
    with open(POINTS, encoding="utf-8") as file:
        rows = [line for line in file if line.startswith("|")]
    found = [name for row in rows for name in re.findall(r"`([\w.-]+\.[\w.-]+)`", row)]
    wanted = os.environ.get("BERTH_MATRIX_POINTS", "")
    left_out = r"^$" if os.environ.get("BERTH_MATRIX_SLOW") else SLOW
    return [name for name in found
            if name not in NEVER and re.search(wanted, name) and not re.match(left_out, name)]


def passages_of(point, least):
    return max([least] + [most for pattern, most in PASSAGES if re.match(pattern, point)])


def life_of(point):
    return next((life for pattern, life in LIVES if re.match(pattern, point)), "plain")


class Matrix(FaultCase):
    passages = int(os.environ.get("BERTH_MATRIX_PASSAGES", "1"))
    figures = {"points": 0, "kills": 0, "lost": 0, "contradicted": 0, "resent": 0, "orphans": 0}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tasks, cls.count = [], 0
        cls.addClassCleanup(cls.tell)

    @classmethod
    def tell(cls):
        print("matrix: " + " ".join(f"{key}={value}" for key, value in cls.figures.items()),
              file=sys.stderr)

    # One life, in which berthd is killed once.

    def arm(self, where):
        self.stage.programs["berthd"].kill()
        self.crashed = False
        self.stage.environment = {"BERTH_CRASH_AT": where} if where else {}
        self.stage.write_config()
        self.stage.programs["berthd"] = Program.start(
            "berthd", [f"{self.stage.bin_dir}/berthd"], self.stage.path("berthd.log"),
            self.stage.node_env())

    def revive(self):
        """Starts berthd again once it has killed itself."""
        berthd = self.stage.programs["berthd"]
        if self.crashed or berthd.runs():
            return
        self.assertEqual(berthd.exit_code(), -signal.SIGKILL, berthd.tail())
        self.crashed = True
        self.stage.environment = {}
        self.stage.start_berthd()

    def until(self, condition, what, every=None, seconds=40):
        def look():
            self.revive()
            return condition()
        return wait_for(look, what, seconds, every)

    def status(self, task, wanted):
        now = self.node.describe(task)
        return all(one["lastStatus"] == wanted for one in [now, *now["containers"]]) and now

    def has_forgotten(self, task):
        try:
            return short_of(task) not in self.stage.berth("ps")
        except Failed:
            return False  # it is just dying

    def define(self, life):
        """A definition whose containers note in a folder of the host when they start and end."""
        Matrix.count += 1
        self.notes = self.stage.path("notes", str(self.count))
        os.makedirs(self.notes)
        os.chmod(self.notes, 0o777)
        stubborn = life in ("stubborn", "deaf")
        script = STUBBORN if stubborn else ENDS
        condition = "HEALTHY" if life in ("healthy", "late") else "START"
        common = {"command": command(script), "stopTimeout": 2 if stubborn else 5,
                  "mountPoints": [{"sourceVolume": "notes", "containerPath": "/notes"}]}
        first = common | {"name": "first", "environment": [{"name": "NAME", "value": "first"}],
                          "healthCheck": {"command": ["CMD", "true"], "interval": 5}}
        second = common | {"name": "second", "environment": [{"name": "NAME", "value": "second"}],
                           "dependsOn": [{"containerName": "first", "condition": condition}]}
        if life == "healthy":
            first["startTimeout"] = 60
        if life == "late":
            first |= {"startTimeout": 2, "healthCheck": {"command": ["CMD", "false"], "interval": 5}}
        if life == "restarting":
            first |= {"command": command(AGAIN),
                      "restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}}
        if life == "limited":
            first["dockerLabels"] = {"berth.bandwidth.ingress": "100M",
                                     "berth.bandwidth.egress": "100M"}
        if life == "user":
            first["user"] = second["user"] = "1000"
        if life == "published":
            first["portMappings"] = [{"containerPort": 80, "hostPort": 18090}]
        proxy = {"proxyConfiguration": {"containerName": "second", "properties": [
            {"name": "IgnoredUID", "value": "1337"},
            {"name": "ProxyEgressPort", "value": "15001"}]}} if life == "proxied" else {}
        family = f"matrix-{self.count}"
        self.node.register(family, [first, second], network=self.mode_of(life),
                           volumes=[{"name": "notes", "host": {"sourcePath": self.notes}}], **proxy)
        return family

    def mode_of(self, life):
        return "bridge" if life == "published" else "awsvpc"

    def group(self):
        """A security group of its own: the node is told of it."""
        made = self.stage.aws("create-security-group", "--group-name", f"matrix-{self.count}",
                              "--description", "of a test", service="ec2")
        return made["GroupId"]

    def live(self, life, where):
        connected = lambda: [one for one in self.stage.instances() if one["agentConnected"]]
        self.until(lambda: answers(self.stage.path("run/berthd.sock")) and connected(), "connected")
        [task] = self.node.run_task(self.define(life), network=self.mode_of(life),
                                    groups=[self.group()] if life == "grouped" else [])
        self.tasks.append(task)
        if life not in ("unstartable", "late"):
            self.run_and_stop(task, life, where)
        now = self.until(lambda: self.status(task, "STOPPED"), "the task has stopped")
        self.until(lambda: self.has_forgotten(task), "it is cleaned up", every=0.2)
        return now

    def run_and_stop(self, task, life, where):
        self.until(lambda: self.status(task, "RUNNING"), "the task runs")
        # A shell that has not come to its trap yet would not hear the stop signal.
        self.until(lambda: self.noted("first") and self.noted("second"), "its scripts have begun")
        if life == "taken-up":
            self.arm(where)
            self.until(lambda: self.crashed, "berthd takes the task up")
        if life == "restarting":
            self.until(lambda: self.noted("first").count("started") == 2, "it is started again",
                       seconds=120)
        self.node.stop_task(task, "the matrix goes on")

    def noted(self, name):
        try:
            with open(f"{self.notes}/{name}", encoding="ascii") as file:
                return file.read().split()
        except FileNotFoundError:
            return []

    # What must hold afterwards.

    def check_life(self, now, life):
        if life == "unstartable":
            self.assertEqual(now["stopCode"], "TaskFailedToStart")
            self.assertIn("planned failure", self.container(now, "first")["reason"])
            self.assertEqual(os.listdir(self.notes), [])
            return
        if life == "late":
            self.assertEqual([one["exitCode"] for one in now["containers"]], [0, 143])
            self.assertEqual((self.noted("first"), self.noted("second")), (["started", "ended"], []))
            return
        stubborn = life in ("stubborn", "deaf")
        self.assertEqual([one["exitCode"] for one in now["containers"]],
                         [137, 137] if stubborn else [0, 0])
        self.assertEqual((now["stopCode"], now["stoppedReason"]),
                         ("UserInitiated", "the matrix goes on"))
        for name in ("first", "second"):
            wanted = ["started"] if stubborn else ["started", "ended"]
            if life == "restarting" and name == "first":
                wanted = ["started", *wanted]
            self.assertEqual(self.noted(name), wanted)

    def check_nothing_is_left(self, task):
        try:
            self.node.wait_nothing_left(task, seconds=20)
            self.node.wait_audited()
        except (AssertionError, Failed):
            self.figures["orphans"] += 1
            raise

    def check_book(self):
        book = Book(self.plane.sent())
        lost, contradicted = book.lost(self.tasks), book.contradictions
        self.figures |= {"lost": len(lost), "contradicted": len(contradicted), "resent": book.resent}
        self.assertEqual((lost, contradicted), ([], []))

    # Each point.

    def forget_node(self):
        """All that is ours goes, as on a host that is new to berth."""
        self.stage.environment = {}
        self.stage.programs["berthd"].kill()
        self.stage.purge()
        shutil.rmtree(self.stage.path("data"), ignore_errors=True)

    @contextlib.contextmanager
    def surroundings(self, life):
        """What of the host belongs to a life."""
        if life == "neighboured":
            with self.beside_docker():
                yield
        elif life in DRIVERS:
            with self.beside_a_lan(DRIVERS[life]):
                yield
        else:
            yield

    @contextlib.contextmanager
    def beside_docker(self):
        """Docker's chains, and a FORWARD that drops."""
        run(["nft", DOCKER])
        try:
            yield
            self.assertNotIn("berth:", run(["nft", "list", "table", "ip", "filter"]))
        finally:
            run(["nft", "delete", "table", "ip", "filter"])

    @contextlib.contextmanager
    def beside_a_lan(self, driver):
        """A device that tasks are on the LAN of."""
        own = {"BERTH_ENI_DRIVER": driver, "BERTH_ENI_PARENT": PARENT}
        run(["ip", "link", "add", PARENT, "up", "type", "veth", "peer", "name", "matrix-switch"])
        run(["ip", "link", "set", "matrix-switch", "up"])
        self.stage.settings |= own
        try:
            yield
        finally:
            for key in own:
                del self.stage.settings[key]
            run(["ip", "link", "delete", PARENT])

    def try_point(self, where, life):
        with self.surroundings(life):
            self.try_in_it(where, life)

    def try_in_it(self, where, life):
        if life == "fresh":
            self.forget_node()
        if life == "deaf":
            self.engine.break_call("Events/Subscribe", "hang", nth=0)
        if life == "unstartable":
            self.engine.break_call("Tasks/Start", "fail 13")
        self.arm(where if life != "taken-up" else "")
        self.check_life(self.live(life, where), life)
        self.engine.clear()
        self.check_nothing_is_left(self.tasks[-1])

    def test_every_point(self):
        for point in points():
            for passage in range(1, passages_of(point, self.passages) + 1):
                with self.subTest(point=point, passage=passage):
                    self.try_and_tell(point, passage)

    def try_and_tell(self, point, passage):
        try:
            self.try_point(f"{point}:{passage}", life_of(point))
            self.check_book()
        except (AssertionError, Failed, CallError, OSError) as failure:
            print(f"--- {point}:{passage}\n{self.stage.programs['berthd'].tail(40)}", file=sys.stderr)
            self.engine.clear()
            self.forget_node()
            raise AssertionError(str(failure)) from failure
        if passage == 1:
            self.assertTrue(self.crashed, "not passed: add a life to LIVES that does")
        self.figures["points"] += passage == 1
        self.figures["kills"] += self.crashed
