"""drivers.py - how long a task takes to start and to end under each cgroup driver, side by side.

    drivers.py ROUNDS    that many rounds, in each some tasks of either driver, one after the other

Prints the medians in milliseconds, and how many times the cgroupfs driver's the systemd driver's are: from
createdAt to startedAt, and from stoppingAt to stoppedAt, by the lab's clock.
"""
import statistics
import sys

import node

TASKS = 5  # of a driver in a round
DRIVERS = ("cgroupfs", "systemd")
SETTINGS = "ECS_IMAGE_PULL_BEHAVIOR=prefer-cached\nBERTH_CGROUP_DRIVER={}\n"


def live():
    """One task's seconds to its start, and to its end."""
    answer = node.ask("RunTask", taskDefinition="bare")
    task = answer["tasks"][0]["taskArn"]
    node.wait_status(task, "RUNNING")
    node.stop_task(task)
    told = node.describe(task)
    return told["startedAt"] - told["createdAt"], told["stoppedAt"] - told["stoppingAt"]


def main(rounds):
    node.begin()
    node.ask("RegisterTaskDefinition", family="bare", networkMode="none", cpu="256", memory="64",
             containerDefinitions=[{"name": "main", "image": f"{node.REGISTRY}/web:1", "memory": 32}])
    lives = {driver: [] for driver in DRIVERS}
    for _ in range(rounds):
        for driver in DRIVERS:
            with node.settings(SETTINGS.format(driver)):
                live()  # pulls, in the first round
                lives[driver] += [live() for _ in range(TASKS)]
    node.stop_registry()
    for at, what in enumerate(("start", "stop")):
        medians = [statistics.median(life[at] for life in lives[driver]) * 1000 for driver in DRIVERS]
        print(f"drivers: {what}: " + ", ".join(f"{driver} {median:.1f} ms" for driver, median in
                                               zip(DRIVERS, medians, strict=True)) +
              f", ratio {medians[1] / medians[0]:.2f}, of {rounds * TASKS} tasks each")


if __name__ == "__main__":
    main(int(sys.argv[1]))
