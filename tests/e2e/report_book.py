"""report_book.py - what a node told its control plane, read as a whole: nothing lost, nothing contradicted.

A report that was taken may be sent once more unchanged, when its sender died before it could note
that; this is counted, and no fault.
"""
import json

RANK = {"PENDING": 1, "RUNNING": 2, "STOPPED": 3}


class Book:
    """reports: those of a FaultyControlPlane, in the order of their coming."""

    def __init__(self, reports):
        self.contradictions, self.resent, self._final = [], 0, {}
        seen, self._tasks, self._containers, self._ended = set(), {}, {}, {}
        for report in reports:
            text = json.dumps(report.body, sort_keys=True)
            if text in seen:
                self.resent += 1
            else:
                self._read(report.body)
            seen.add(text)
            if report.taken and report.body.get("status") == "STOPPED":
                self._final[report.body["task"]] = report.body

    def lost(self, tasks):
        """Those of the tasks, which have all ended, whose end was never taken."""
        return [task for task in tasks if task not in self._final]

    def final(self, task):
        return self._final[task]

    def _read(self, body):
        task, status = body["task"], body.get("status")
        if not status:
            return  # of an attachment
        self._step(self._tasks, task, status, task)
        for one in body.get("containers", ()):
            # The task's last report tells each container's end once more, in the same words.
            ended = self._ended.setdefault((task, one["containerName"]), one)
            if one["status"] == "STOPPED" and ended["status"] == "STOPPED" and ended is not one:
                if ended != one:
                    self.contradictions.append(f"{task}: {one} after {ended}")
                continue
            self._ended[task, one["containerName"]] = one
            self._step(self._containers, (task, one["containerName"]), one["status"],
                       f"{task} {one['containerName']}")

    def _step(self, known, key, status, words):
        """A status said anew in other words, or an earlier one after a later."""
        before = known.get(key)
        if before and RANK[status] <= RANK[before] and not (status == before and
                                                            self._may_repeat(key, status)):
            self.contradictions.append(f"{words}: {status} after {before}")
        known[key] = status

    @staticmethod
    def _may_repeat(key, status):
        """A task's status comes again when a container's has changed; its end does not."""
        return isinstance(key, str) and status != "STOPPED"
