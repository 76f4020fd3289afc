"""machine.py - another machine beside the one that plays the host: a network namespace."""
import os
import subprocess
import sys

from processes import wait_for
from stage import run

ASK = """import sys, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open("http://" + sys.argv[1] + "/", timeout=int(sys.argv[2])).read().decode(), end="")
"""


def asking(address, seconds=5):
    """The words that ask for the page at an address."""
    return [sys.executable, "-c", ASK, address, str(seconds)]


class Machine:
    """A network namespace, held by a process that sleeps."""

    def __init__(self, address=None):
        self.address = address
        self.process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"],
                                        stdin=subprocess.DEVNULL)
        ours = os.readlink("/proc/self/ns/net")
        wait_for(lambda: os.readlink(f"/proc/{self.pid}/ns/net") != ours, "a namespace of its own")
        self.ip("link", "set", "lo", "up")

    @property
    def pid(self):
        return str(self.process.pid)

    def run(self, *words):
        return run(self.inside(*words))

    def inside(self, *words):
        """The words that run a program there."""
        return ["nsenter", "--target", self.pid, "--net", *words]

    def ip(self, *words):
        return self.run("ip", *words)

    def ask(self, address, seconds=5):
        """The page at an address, as this machine sees it."""
        return self.run(*asking(address, seconds))

    def end(self):
        self.process.kill()
        self.process.wait()
