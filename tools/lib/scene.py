"""scene.py - the task that the demo and its test run, and the limits the kernel then shows."""
import glob
import os

WEB, SIDECAR = "web", "sidecar"

DEFINITION = """{
  "family": "web",
  "networkMode": "awsvpc",
  "cpu": "512",
  "memory": "256",
  "containerDefinitions": [
    {
      "name": "web",
      "image": "%(image)s",
      "cpu": 256,
      "memory": 128,
      "memoryReservation": 64,
      "portMappings": [{"containerPort": 80}],
      "healthCheck": {
        "command": ["CMD-SHELL", "curl -f http://localhost/ || exit 1"],
        "interval": 5, "timeout": 2, "retries": 3
      }
    },
    {
      "name": "sidecar",
      "image": "%(image)s",
      "cpu": 128,
      "memory": 64,
      "command": ["sh", "-c", "trap '' TERM; echo \\"page: $(curl -s http://localhost/)\\"; while :; do sleep 1; done"],
      "dependsOn": [{"containerName": "web", "condition": "HEALTHY"}],
      "stopTimeout": 2
    }
  ]
}
"""

# cgroup v2 first, then v1; "no limit" is not worth a line.
LIMIT_FILES = ("cpu.max", "cpu.weight", "memory.max", "memory.low",
               "cpu.cfs_quota_us", "cpu.shares", "memory.limit_in_bytes",
               "memory.soft_limit_in_bytes")
NO_LIMIT = 1 << 62


def task_definition(image):
    return DEFINITION % {"image": image}


def cgroup_folders(path):
    """The folders of a cgroup in the hierarchies that have it."""
    return [folder for pattern in ("/sys/fs/cgroup", "/sys/fs/cgroup/*")
            for folder in glob.glob(os.path.join(pattern, path))]


def limits_in_force(parent, task):
    """cgroup folder -> {file: value}, of the task and of each container below it."""
    found = {}
    for root in sorted(cgroup_folders(f"{parent}/{task}")):
        for folder, _, files in sorted(os.walk(root)):
            limits = {name: limit for name in sorted(set(files) & set(LIMIT_FILES))
                      if (limit := limit_in(os.path.join(folder, name)))}
            if limits:
                found[folder] = limits
    return found


def limit_in(path):
    with open(path, encoding="ascii") as file:
        value = file.read().strip()
    is_limit = value.split()[0] not in ("max", "-1", "0") and \
        not (value.isdigit() and int(value) >= NO_LIMIT)
    return value if is_limit else None
