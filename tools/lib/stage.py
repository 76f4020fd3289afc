"""stage.py - a whole node in one folder: containerd, registry, berth-lab, berthd, and `aws` for it.

tools/demo, the end-to-end tests and the benchmark play on it. All names it gives to things of this
machine begin with the stage's name, so that it disturbs nobody and what is left of it can be found.
"""
import contextlib
import json
import os
import shlex
import signal
import socket
import subprocess

from ecs_client import EcsClient
from processes import Failed, Program, begun_at, wait_for

LIB = os.path.dirname(os.path.abspath(__file__))
SYSTEM_CONTAINERD = "/run/containerd/containerd.sock"
REGION = "eu-central-1"


class AwsError(Exception):
    """A call that `aws` ended with a failure; the text is what it said."""


def answers(address):
    """True when somebody listens: a path of a unix socket, or (host, port)."""
    family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


def free_port(wanted, host):
    """The wanted port of the address, or any other while somebody has it."""
    for port in (wanted, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
                return probe.getsockname()[1]
            except OSError:
                continue
    raise Failed(f"no free port on {host}")


def run(words, **options):
    """Runs a helper to its end and returns what it printed; Failed with what it said otherwise."""
    done = subprocess.run(words, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, start_new_session=True, check=False, **options)
    if done.returncode:
        raise Failed(f"{shlex.join(words)}: exit {done.returncode}\n{done.stderr or done.stdout}")
    return done.stdout


class Stage:
    """folder is the stage's own; bin_dir is where berthd and its companions are; host is the address
    that lab and registry listen on."""

    environment = {}  # more of berthd's own environment
    lab_flags = []  # more flags of berth-lab
    # PEM files cert, key and ca, its authority: the lab serves https where they are given. With ca alone it
    # has a certificate of its own (lab_flags --tls).
    tls = {}

    def __init__(self, folder, bin_dir, name, private_containerd=False, host="127.0.0.1"):
        self.folder, self.bin_dir, self.name, self.host = folder, bin_dir, name, host
        self.private = private_containerd or not answers(SYSTEM_CONTAINERD)
        self.containerd = self.path("containerd/containerd.sock") if self.private else SYSTEM_CONTAINERD
        self.lab_port, self.registry_port = free_port(8180, self.host), free_port(5000, self.host)
        self.programs = {}
        self.settings = {}
        os.makedirs(self.path("hosts"), exist_ok=True)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    # What another run of the script needs to end this one.

    def record(self):
        kept = {key: getattr(self, key) for key in ("folder", "bin_dir", "name", "private",
                                                    "containerd", "host", "lab_port",
                                                    "registry_port", "settings", "tls")}
        return kept | {"programs": [one.record() for one in self.programs.values()]}

    @classmethod
    def of_record(cls, record):
        stage = cls.__new__(cls)
        programs = [Program.of_record(one) for one in record.pop("programs")]
        stage.__dict__.update(record)
        stage.programs = {one.name: one for one in programs}
        return stage

    # The parts, each returning when it answers.

    def start_containerd(self):
        if self.private:
            run([f"{LIB}/containerd.sh", "start", self.path("containerd")])

    def kill_containerd(self):
        """As `kill -9` does; start_containerd() starts it again on what it left."""
        with open(self.path("containerd/pid"), encoding="ascii") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: begun_at(pid) is None, "containerd has ended")

    def start_faulty_containerd(self):
        """Has berthd reach containerd through a test's proxy; to be called before berthd starts."""
        at, control = self.path("faulty.sock"), self.path("faulty-control.sock")
        self.settings["BERTH_CONTAINERD_ADDRESS"] = at
        proxy = Program.start("faulty-containerd", [f"{self.bin_dir}/faulty-containerd", at,
                                                    self.containerd, control],
                              self.path("faulty-containerd.log"))
        self.programs["faulty-containerd"] = proxy
        wait_for(lambda: proxy.check_runs() and answers(control), "faulty-containerd listens")

    def start_registry(self):
        run([f"{LIB}/registry.sh", "start", self.path("registry"), self.registry()])

    def push(self, *names, options=()):
        """Makes the sample image and pushes it under each name; returns its digest."""
        words = [f"{LIB}/sample-image", "--registry", f"http://{self.registry()}"]
        for name in names:
            words += ["--name", name]
        return run(words + list(options)).strip()

    def registry(self):
        return f"{self.host}:{self.registry_port}"

    def image(self, name):
        return f"{self.registry()}/{name}"

    def mirror(self, registry):
        """Has the images of a registry served by ours, as containerd's hosts.toml says it."""
        os.makedirs(self.path("hosts", registry), exist_ok=True)
        with open(self.path("hosts", registry, "hosts.toml"), "w", encoding="ascii") as file:
            file.write(f'[host."http://{self.registry()}"]\n'
                       '  capabilities = ["pull", "resolve"]\n')

    def start_lab(self):
        words = [f"{self.bin_dir}/berth-lab", "--data", self.path("lab"), "--region", REGION,
                 "--listen", f"{self.host}:{self.lab_port}", *self.lab_flags]
        if "cert" in self.tls:
            words += ["--tls-cert", self.tls["cert"], "--tls-key", self.tls["key"]]
        lab = Program.start("berth-lab", words, self.path("berth-lab.log"))
        self.programs["berth-lab"] = lab
        wait_for(lambda: lab.check_runs() and answers((self.host, self.lab_port)),
                 "berth-lab listens")

    def node_settings(self):
        return {
            "ECS_BACKEND_HOST": self.endpoint(),
            "AWS_DEFAULT_REGION": REGION,
            "AWS_SHARED_CREDENTIALS_FILE": self.path("lab/credentials"),
            "ECS_DATADIR": self.path("data"),
            "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION": "1s",
            "BERTH_RUN_DIR": self.path("run"),
            "BERTH_CONTAINERD_ADDRESS": self.containerd,
            "BERTH_CONTAINERD_NAMESPACE": self.name,
            "BERTH_CGROUP_PARENT": f"/{self.name}",
            "BERTH_REGISTRY_CONFIG_DIR": self.path("hosts"),
            "BERTH_TASKS_DIR": self.path("tasks.d"),
            "BERTH_NETWORK_DIR": self.path("network.d"),
        } | self.trust() | self.settings

    def write_config(self):
        with open(self.path("ecs.config"), "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in self.node_settings().items())

    def node_env(self):
        kept = {key: os.environ[key] for key in ("PATH", "TZ") if key in os.environ}
        kept |= {key: value for key, value in os.environ.items() if "SAN_OPTIONS" in key}
        return kept | {"BERTH_CONFIG_FILE": self.path("ecs.config")} | self.environment

    def start_berthd(self):
        """Returns when berthd answers on its socket. It registers by itself: see wait_connected."""
        self.write_config()
        berthd = Program.start("berthd", [f"{self.bin_dir}/berthd"], self.path("berthd.log"),
                               self.node_env())
        self.programs["berthd"] = berthd
        wait_for(lambda: berthd.check_runs() and answers(self.path("run/berthd.sock")),
                 "berthd answers")
        return berthd

    def instances(self):
        arns = self.ask("ListContainerInstances")["containerInstanceArns"]
        if not arns:
            return []
        return self.ask("DescribeContainerInstances",
                        containerInstances=arns)["containerInstances"]

    def wait_connected(self, connected=True):
        """Waits until the control plane sees the node as connected, or as not."""
        def node():
            if connected:
                self.programs["berthd"].check_runs()
            return [one for one in self.instances() if one["agentConnected"] == connected]
        return wait_for(node, f"agentConnected is {connected}")[0]

    def start(self):
        for part in (self.start_containerd, self.start_registry, self.start_lab, self.start_berthd):
            part()

    # Talking to them.

    def endpoint(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.lab_port}"

    def trust(self):
        return {"AWS_CA_BUNDLE": self.tls["ca"]} if self.tls else {}

    def aws_words(self, *words, service="ecs"):
        return ["aws", service, *words, "--endpoint-url", self.endpoint()]

    def aws_env(self):
        """The stock client with the lab's keys, and nothing of whoever runs us."""
        return {"PATH": "/usr/bin:/bin", "HOME": self.folder, "AWS_PAGER": "",
                "AWS_CONFIG_FILE": self.path("lab/config"),
                "AWS_SHARED_CREDENTIALS_FILE": self.path("lab/credentials"),
                "AWS_EC2_METADATA_DISABLED": "true", "LC_ALL": "C.UTF-8"} | self.trust()

    def aws(self, *words, service="ecs"):
        """One call of the stock client; its answer, or AwsError with what it said."""
        said = self.aws_text(*words, service=service)
        return json.loads(said) if said.strip() else None

    def aws_text(self, *words, service="ecs"):
        done = subprocess.run(["/usr/bin/aws", *self.aws_words(*words, service=service)[1:]],
                              env=self.aws_env(), cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, start_new_session=True, check=False)
        if done.returncode:
            raise AwsError(done.stderr.strip())
        return done.stdout

    def describe(self, task):
        """Its times are seconds since 1970."""
        return self.ask("DescribeTasks", tasks=[task])["tasks"][0]

    def ask(self, operation, **members):
        """One signed call by our own client, which takes a millisecond; the stock one half a second."""
        client = EcsClient(f"{self.host}:{self.lab_port}", REGION, self.path("lab/credentials"),
                           self.tls.get("ca"))
        with contextlib.closing(client):
            return client.call(operation, **members)

    def wait_task(self, task, condition, what, seconds=60):
        """Polls until condition(task) is true; the task as it is then."""
        seen = {}

        def look():
            seen["task"] = self.describe(task)
            return condition(seen["task"])
        try:
            wait_for(look, what, seconds)
        except Failed as late:
            raise Failed(f"{late}\n{json.dumps(seen.get('task'), indent=1)}") from None
        return seen["task"]

    def berth_words(self, *words):
        return [f"{self.bin_dir}/berth", *words, "--socket", self.path("run/berthd.sock")]

    def berth(self, *words):
        return run(self.berth_words(*words))

    def ctr(self, *words):
        """containerd's own client, in the stage's containerd namespace."""
        beside = os.path.join(LIB, "..", "..", "build", "deps", "usr", "bin")
        env = os.environ | {"PATH": f"{os.environ.get('PATH', '')}:{beside}:/usr/sbin:/usr/bin:/bin"}
        return run(["ctr", "-a", self.containerd, "-n", self.name, *words], env=env)

    # The end.

    def stop_berthd(self):
        if "berthd" in self.programs:
            self.programs["berthd"].stop()

    def purge(self):
        """Removes every object of this node from containerd and the kernel; berthd must be stopped."""
        if os.path.exists(self.path("ecs.config")):
            run([f"{self.bin_dir}/berthd", "--purge"], env=self.node_env())

    def stop_rest(self):
        for program in reversed(self.programs.values()):
            program.stop()
        run([f"{LIB}/registry.sh", "stop", self.path("registry")])

    def stop_containerd(self):
        if self.private:
            run([f"{LIB}/containerd.sh", "stop", self.path("containerd")])
