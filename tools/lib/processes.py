"""processes.py - programs that outlive the script which starts them, and how to end them."""
import os
import signal
import subprocess
import time


class Failed(Exception):
    """Something that ends the script; its text is for the person who runs it."""


def wait_for(condition, what, seconds=30, every=None):
    """Returns the first true value of condition(); Failed, naming `what`, when none comes in time.

    Asks each `every` seconds; if that is None, less often the longer it takes: from each 0.02 to each 0.25 s,
    a twentieth of the wait.
    """
    begun = time.monotonic()
    end = begun + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(every or min(0.25, max(0.02, (time.monotonic() - begun) / 20)))


def begun_at(pid):
    """Clock ticks from boot to the start of a process: with the pid, its name for ever. None if gone.

    Its first thread may be gone long before the last one, which still holds its files and locks.
    """
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    state, threads, begun = fields[0], int(fields[17]), int(fields[19])
    return None if state == "Z" and threads <= 1 else begun


class Program:
    """One program in the background: its pid, and a log with both of its streams."""

    def __init__(self, name, log, pid, begun):
        self.name, self.log, self.pid, self.begun = name, log, pid, begun
        self._child = None

    @classmethod
    def start(cls, name, words, log, env=None):
        with open(log, "ab") as output:
            child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=output,
                                     stderr=output, env=env, start_new_session=True)
        program = cls(name, log, child.pid, begun_at(child.pid))
        program._child = child
        return program

    @classmethod
    def of_record(cls, record):
        return cls(**record)

    def record(self):
        return {"name": self.name, "log": self.log, "pid": self.pid, "begun": self.begun}

    def runs(self):
        if self._child:
            return self._child.poll() is None
        return self.begun is not None and begun_at(self.pid) == self.begun

    def exit_code(self):
        """Of a program this script started; negative for a signal."""
        return self._child.wait()

    def says(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def check_runs(self):
        if not self.runs():
            raise Failed(f"{self.name} has ended:\n{self.tail()}")
        return True

    def tail(self, lines=15):
        return "\n".join(self.says().splitlines()[-lines:])

    def stop(self, sig=signal.SIGTERM, seconds=15):
        """Ends it and waits; by SIGKILL when it does not follow in time."""
        if self.runs():
            os.kill(self.pid, sig)
            try:
                wait_for(lambda: not self.runs(), f"{self.name}: ends", seconds)
            except Failed:
                os.kill(self.pid, signal.SIGKILL)
                wait_for(lambda: not self.runs(), f"{self.name}: ends by SIGKILL", seconds)
        return self.exit_code() if self._child else None

    def kill(self):
        return self.stop(signal.SIGKILL)
