"""slices.py - a task as the systemd cgroup driver makes it: what its units and its cgroups say."""
import glob
import os

from processes import Failed, wait_for

CGROUPS = "/sys/fs/cgroup"
LIMIT = 32 << 20  # bytes, of the container that node.run_task() makes


def text_in(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


def expect(what, value, wanted):
    if value != wanted:
        raise Failed(f"{what} is {value!r}, not {wanted!r}")


class Slice:
    def __init__(self, task):
        self.stem = f"berth-{task.rpartition('/')[2]}"
        self.name = f"{self.stem}.slice"
        self.scope = f"{self.stem}-0.scope"

    def cgroup(self, controller):
        """Of the task, in the one hierarchy of v2 or the controller's of v1."""
        is_v2 = os.path.exists(f"{CGROUPS}/cgroup.controllers")
        return f"{CGROUPS}{'' if is_v2 else '/' + controller}/berth.slice/{self.name}"

    def limit_in_force(self):
        [file] = [path for name in ("memory.max", "memory.limit_in_bytes")
                  for path in glob.glob(f"{self.cgroup('memory')}/{self.scope}/{name}")]
        return text_in(file)

    def check(self, show):
        """By the kernel, and by what systemd says of it."""
        expect("the container's limit", self.limit_in_force(), str(LIMIT))
        for unit in (self.name, self.scope):
            expect(unit, show(unit, "ActiveState"), "active")
            expect(f"DefaultDependencies of {unit}", show(unit, "DefaultDependencies"), "no")
            if "berthd.service" not in show(unit, "Before").split():
                raise Failed(f"{unit} is not stopped after berthd.service")
        expect(f"Slice of {self.scope}", show(self.scope, "Slice"), self.name)
        if int(show(self.name, "MemoryCurrent")) == 0:
            raise Failed(f"{self.name} uses no memory")

    def wait_gone(self, systemctl):
        """Neither units nor cgroups are left."""
        def left():
            units = systemctl("list-units", "--all", "--plain", "--no-legend", f"{self.stem}*")
            places = [path for path, folders, _ in os.walk(CGROUPS) for name in folders
                      if name.startswith(self.stem)]
            return [units] * bool(units) + places
        wait_for(lambda: not left(), f"nothing is left of {self.name}", 60)
