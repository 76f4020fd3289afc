"""bench.py - berth's figures, side by side with bare containerd calls of the same run; see tools/bench."""
import argparse
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time

import leftovers
import memory
from ecs_client import EcsClient
from processes import Failed, wait_for
from stage import REGION, Stage, run

FAMILY = "bench"
BURST, AT_ONCE = 50, 10  # RunTask takes ten
RAW_IN_FLIGHT = 4
LONGEST = 180
PROGRAMS = ("berthd", "berth", "berth-logger", "berth-pull")


def summary(values):
    ordered = sorted(values)
    return {"median": statistics.median(ordered), "min": ordered[0],
            "p90": ordered[min(len(ordered) - 1, int(len(ordered) * 0.9))], "n": len(ordered)}


class Bench:
    def __init__(self, stage, client_program, network_program, rounds, idle_seconds):
        self.stage, self.raw_program, self.network_program = stage, client_program, network_program
        self.rounds, self.idle_seconds = rounds, idle_seconds
        self.ecs = None
        self.found = {"load at begin": os.getloadavg()[0]}

    @property
    def berthd(self):
        return self.stage.programs["berthd"].pid

    # Tasks.

    def prepare(self):
        stage = self.stage
        stage.settings["ECS_IMAGE_PULL_BEHAVIOR"] = "prefer-cached"
        stage.start()
        stage.push("bench:1")
        stage.wait_connected()
        self.ecs = EcsClient(f"127.0.0.1:{stage.lab_port}", REGION, stage.path("lab/credentials"))
        # Its PID 1 is the program itself, which ends at SIGTERM.
        script = "trap 'exit 0' TERM; sleep 1000000 & wait"
        self.ecs.call("RegisterTaskDefinition", family=FAMILY, networkMode="awsvpc",
                      containerDefinitions=[{"name": "main", "image": stage.image("bench:1"),
                                             "memory": 8, "command": ["sh", "-c", script]}])

    def run_tasks(self, count):
        answer = self.ecs.call("RunTask", taskDefinition=FAMILY, count=count, networkConfiguration={
            "awsvpcConfiguration": {"subnets": ["subnet-lab"]}})
        if answer["failures"]:
            raise Failed(f"RunTask: {json.dumps(answer['failures'])}")
        return [task["taskArn"] for task in answer["tasks"]]

    def wait_all(self, tasks, status):
        """Polls rarely: what it measures with are the lab's times, not the moment it notices."""
        def all_there():
            shown = self.ecs.call("DescribeTasks", tasks=tasks)["tasks"]
            early = [one for one in shown if one["lastStatus"] == "STOPPED" != status]
            if early:
                raise Failed(f"a task stopped: {early[0].get('stoppedReason')}")
            return shown if all(one["lastStatus"] == status for one in shown) else None
        return wait_for(all_there, f"{len(tasks)} tasks are {status}", LONGEST, every=0.02)

    def stop_all(self, tasks):
        for task in tasks:
            self.ecs.call("StopTask", task=task)
        self.wait_all(tasks, "STOPPED")

    def singles(self):
        """Milliseconds of each; the lab and we read the same clock."""
        times = {"request -> RUNNING": [], "createdAt -> startedAt": [], "stop -> STOPPED": []}
        for _ in range(self.rounds):
            began = time.time()
            tasks = self.run_tasks(1)
            now = self.wait_all(tasks, "RUNNING")[0]
            times["request -> RUNNING"].append((now["startedAt"] - began) * 1000)
            times["createdAt -> startedAt"].append((now["startedAt"] - now["createdAt"]) * 1000)
            began = time.time()
            self.ecs.call("StopTask", task=tasks[0])
            now = self.wait_all(tasks, "STOPPED")[0]
            times["stop -> STOPPED"].append((now["stoppedAt"] - began) * 1000)
        return {what: summary(values) for what, values in times.items()}

    def burst(self):
        began = time.time()
        tasks = [task for _ in range(BURST // AT_ONCE) for task in self.run_tasks(AT_ONCE)]
        shown = self.wait_all(tasks, "RUNNING")
        return tasks, (max(one["startedAt"] for one in shown) - began) * 1000

    # The bare calls, of the document berth made, less what belongs to its task alone.

    def raw_document(self):
        task = self.run_tasks(1)
        self.wait_all(task, "RUNNING")
        container = self.stage.ctr("containers", "ls", "-q").split()[0]
        info = json.loads(self.stage.ctr("containers", "info", container))
        parent = json.loads(self.stage.ctr("snapshots", "info", container))["Parent"]
        document = info["Spec"]
        document["mounts"] = [one for one in document["mounts"] if one["type"] != "bind"]
        for namespace in document["linux"]["namespaces"]:
            namespace.pop("path", None)
        document.pop("annotations")  # by which containers of one task share a shim
        path = self.stage.path("raw.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.stop_all(task)
        return path, parent

    def raw(self, document, parent, count, in_flight):
        said = run([self.raw_program, self.stage.containerd, self.stage.name, document, parent,
                    str(count), str(in_flight)])
        return json.loads(said)

    def networks(self):
        said = json.loads(run([self.network_program, str(self.rounds * 10)]))
        for what in ("raw", "berth", "gateway"):
            said[what] = summary(said[what])
        self.found["networks"] = said

    # The whole.

    def latencies(self, document, parent):
        raw = self.raw(document, parent, self.rounds, 1)
        self.found["raw single"] = summary(raw["each"])
        self.found["prefer-cached"] = self.singles()
        self.found["raw burst"] = self.raw(document, parent, BURST, RAW_IN_FLIGHT)["all"]
        tasks, took = self.burst()
        self.found["burst"] = took
        return tasks

    def footprint(self, what):
        self.found[what] = {"RSS KiB": memory.status(self.berthd, "VmRSS"),
                            "threads": memory.status(self.berthd, "Threads"),
                            "parts KiB": memory.resident_by_part(self.berthd)}

    def idle_processor(self, what):
        before = memory.processor_seconds(self.berthd)
        time.sleep(self.idle_seconds)  # the measurement itself
        self.found[what] = {"seconds": memory.processor_seconds(self.berthd) - before,
                            "of": self.idle_seconds}

    def node_pids(self):
        """berthd, containerd and what they started, except the tasks' own processes."""
        names = ("berthd", "berth-logger", "containerd", "containerd-shim")
        found = []
        for pid in leftovers.processes(self.stage):
            try:
                with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as file:
                    if file.read().startswith(names):
                        found.append(pid)
            except OSError:
                continue
        return found

    def kill_and_recover(self, tasks):
        self.stage.programs["berthd"].kill()
        self.stage.wait_connected(False)
        began = time.monotonic()
        self.stage.start_berthd()
        short = [task.rpartition("/")[2] for task in tasks]

        def known():
            said = self.stage.berth("ps")
            return all(name[:8] in said for name in short)
        wait_for(known, "all tasks are known", LONGEST, every=0.005)
        self.found["kill -9: all known"] = (time.monotonic() - began) * 1000
        arns = self.ecs.call("ListContainerInstances")["containerInstanceArns"]
        wait_for(lambda: self.ecs.call("DescribeContainerInstances", containerInstances=arns)
                 ["containerInstances"][0]["agentConnected"], "session up", LONGEST, every=0.005)
        self.found["kill -9: all known, session up"] = (time.monotonic() - began) * 1000

    def default_behaviour(self):
        self.stage.stop_berthd()
        self.stage.settings["ECS_IMAGE_PULL_BEHAVIOR"] = "default"
        self.stage.wait_connected(False)
        self.stage.start_berthd()
        self.stage.wait_connected()
        self.found["default"] = self.singles()
        tasks, took = self.burst()
        self.found["burst, default"] = took
        self.stop_all(tasks)

    def measure(self):
        self.networks()
        self.prepare()
        self.footprint("idle")
        self.idle_processor("processor, idle")
        document, parent = self.raw_document()
        pss_before = memory.pss(self.node_pids())
        tasks = self.latencies(document, parent)
        self.footprint("50 tasks")
        self.found["PSS KiB per task"] = (memory.pss(self.node_pids()) - pss_before) / BURST
        self.idle_processor("processor, 50 tasks")
        self.kill_and_recover(tasks)
        self.stop_all(tasks)
        self.default_behaviour()
        self.found["installed bytes"] = {name: os.path.getsize(f"{self.stage.bin_dir}/{name}")
                                         for name in PROGRAMS}
        self.found["load at end"] = os.getloadavg()[0]
        return self.found


def line(what, value, limit="", raw=None, digits=1):
    ratio = f"{value / raw:5.2f} x" if raw else ""
    print(f"{what:<44}{value:>10.{digits}f}  {ratio:>8}  {limit}")


def spread(values):
    """A promise, too: at most three times."""
    print(f"{'':<44}p90 {values['p90']:.2f}, {values['p90'] / values['median']:.1f} x the median")


def show(found):
    print(f"load {found['load at begin']:.1f} at the begin, {found['load at end']:.1f} at the end\n")
    raw = found["raw single"]["median"]
    print(f"{'':<44}{'median':>10}  {'to raw':>8}  {'to reach':<16}")
    line("raw containerd, one at a time, ms", raw)
    for behaviour in ("prefer-cached", "default"):
        for what, values in found[behaviour].items():
            started = what.startswith("request")
            line(f"{what}, {behaviour}, ms", values["median"],
                 "<= 1.3 x" if started else "<= 20 ms" if what.startswith("stop") else "",
                 None if what.startswith("stop") else raw)
            print(f"{'':<44}min {values['min']:.1f}, p90 {values['p90']:.1f}, n {values['n']}")
    line(f"raw, {BURST}, {RAW_IN_FLIGHT} in flight, ms", found["raw burst"])
    line(f"{BURST} at once, all RUNNING, prefer-cached, ms", found["burst"], "<= 1.25 x",
         found["raw burst"])
    line(f"{BURST} at once, all RUNNING, default, ms", found["burst, default"], "",
         found["raw burst"])
    networks = found["networks"]
    raw_network, network = networks["raw"], networks["berth"]
    line("raw netlink of a network, ms", raw_network["median"], digits=2)
    line("network of a task, ms", network["median"], "<= 1.6 x", raw_network["median"], digits=2)
    spread(network)
    line("network of a task on the LAN, gateway, ms", networks["gateway"]["median"], "<= 2.8 x",
         raw_network["median"], digits=2)
    spread(networks["gateway"])
    line("plain veth, Gbit/s", networks["Gbit/s, plain veth"])
    line("between two tasks, Gbit/s", networks["Gbit/s, two tasks"], "",
         networks["Gbit/s, plain veth"])
    line("kill -9: all known, ms", found["kill -9: all known"])
    line("kill -9: and session up, ms", found["kill -9: all known, session up"], "<= 300 ms")
    line("PSS per task, MiB", found["PSS KiB per task"] / 1024, "<= 3.5 MiB")
    for what in ("idle", "50 tasks"):
        line(f"berthd RSS, {what}, MiB", found[what]["RSS KiB"] / 1024,
             "<= 22 MiB" if what == "idle" else "")
        processor = found[f"processor, {what}"]
        line(f"berthd processor, {what}, s in {processor['of']}", processor["seconds"],
             digits=2)
    line("installed, MB", sum(found["installed bytes"].values()) / 1e6, "<= 12 MB")
    print(f"\nberthd idle: {found['idle']['threads']} threads; RSS by mapped file, KiB:")
    for part, size in found["idle"]["parts KiB"].items():
        print(f"  {part:<32}{size:>8}")


def end(stage, was):
    try:
        stage.stop_berthd()
        stage.purge()
        stage.stop_rest()
        stage.stop_containerd()
        leftovers.remove_empty(stage, was)
    finally:
        left = leftovers.kernel_objects(stage, was)
        if any(left.values()):
            leftovers.remove_by_force(stage, left)
    shutil.rmtree(stage.folder)


def main():
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("--bin-dir", required=True)
    parser.add_argument("--raw-client")
    parser.add_argument("--raw-network")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()
    bin_dir = os.path.abspath(options.bin_dir)
    name = f"bb{os.getpid()}"
    was = leftovers.before()
    stage = Stage(tempfile.mkdtemp(prefix=f"{name}.", dir="/var/tmp"), bin_dir, name,
                  private_containerd=True)
    bench = Bench(stage, options.raw_client or f"{bin_dir}/berth-bench-client",
                  options.raw_network or f"{bin_dir}/berth-bench-network",
                  5 if options.quick else 20, 10 if options.quick else 60)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and so through end()
    try:
        found = bench.measure()
    except BaseException:
        for program in stage.programs.values():
            print(f"--- {program.name} ends:\n{program.tail()}", file=sys.stderr)
        print(json.dumps(bench.found, indent=1), file=sys.stderr)
        raise
    finally:
        end(stage, was)
    show(found)
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(found, file, indent=1)


if __name__ == "__main__":
    main()
