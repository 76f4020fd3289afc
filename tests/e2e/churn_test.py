"""churn_test.py - tasks come and go under random kill -9; at the end nothing is left, lost or grown.

BERTH_CHURN_CYCLES (80), BERTH_CHURN_SEED (from the clock) and BERTH_CHURN_TASKS (10, alive while the
time of a recovery is taken) make it the whole of tools/soak. Ends with lines of figures.
"""
import json
import os
import random
import sys
import time

import leftovers
from churn import Churn
from faults_case import PlaneCase
from report_book import Book
from scene import cgroup_folders

MOST_GROWTH = {"rss_kib": 4096, "fds": 8}
QUIET_SHARE = 4  # a quarter of the cycles, at the end, is without kills: berthd's growth is seen there


def setting(name, default):
    return int(os.environ.get(f"BERTH_CHURN_{name}", default))


class Churning(PlaneCase):
    def test_leaves_nothing_and_loses_nothing(self):
        cycles, seed = setting("CYCLES", 80), setting("SEED", time.time_ns() % 1_000_000)
        print(f"churn: BERTH_CHURN_SEED={seed} cycles={cycles}", file=sys.stderr)
        churn = Churn(self.stage, self.node, random.Random(seed))
        quiet = cycles // QUIET_SHARE

        churn.run(cycles - quiet, kill=True)
        churn.run(quiet // 2, kill=False)
        churn.settle()
        before = churn.figures()
        churn.run(quiet - quiet // 2, kill=False)
        churn.settle()
        after = churn.figures()
        recovery = churn.recovery(setting("TASKS", 10))
        churn.settle()

        book = Book(self.plane.sent())
        orphans = self.orphans()
        figures = {"cycles": cycles, "kills": churn.kills, "orphans": sum(map(len, orphans.values())),
                   "lost": len(book.lost(churn.ended)), "contradicted": len(book.contradictions),
                   "resent": book.resent, "failed_starts": len(churn.failed_starts),
                   "recovery": recovery, "before": before, "after": after}
        print(f"churn: {json.dumps(figures)}", file=sys.stderr)
        self.assertEqual(orphans, {})
        self.node.wait_audited()
        self.assertEqual((book.lost(churn.ended), book.contradictions), ([], []))
        if not churn.kills["containerd"]:
            self.assertEqual(churn.failed_starts, [])
        for key, most in MOST_GROWTH.items():
            self.assertLessEqual(after[key] - before[key], most, key)

    def orphans(self):
        """What is there though no task is; images and what the whole node needs may stay."""
        objects = leftovers.containerd_objects(self.stage)
        objects["snapshots"] = [key for key in objects["snapshots"] if not key.startswith("sha256:")]
        kernel = leftovers.kernel_objects(self.stage, self.was)
        found = {key: objects[key] for key in ("containers", "tasks", "snapshots", "leases")}
        found |= {key: kernel[key] for key in ("network namespaces", "runtime state", "veths")}
        found["shims"] = [words for words in kernel["processes"] if "containerd-shim" in words]
        found["cgroups"] = [path for path in cgroup_folders(f"{self.stage.name}/*")
                            if os.path.isdir(path)]
        return {what: things for what, things in found.items() if things}
