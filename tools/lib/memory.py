"""memory.py - what processes take of memory and processor, from the kernel's files."""
import collections
import os
import re

REGION = re.compile(r"^[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \S+ *(.*)$")
TICKS = os.sysconf("SC_CLK_TCK")


def part_of(name):
    """The library or kind of memory a mapping counts for."""
    if name.startswith("/"):
        return re.sub(r"(-[0-9.]+)?\.so.*$", "", os.path.basename(name).removesuffix(" (deleted)"))
    if name.startswith("[stack"):
        return "stacks"
    return "heap" if name == "[heap]" else name.strip("[]") or "heap and stacks, mapped"


def resident_by_part(pid):
    """Part -> resident KiB, largest first."""
    parts = collections.Counter()
    part = ""
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as file:
        for line in file:
            region = REGION.match(line)
            if region:
                part = part_of(region.group(1))
            elif line.startswith("Rss:"):
                parts[part] += int(line.split()[1])
    return {part: size for part, size in parts.most_common() if size}


def pss(pids):
    """KiB, pages shared by several processes counted in parts. Processes that have ended count 0."""
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total


def status(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(field + ":"))


def processor_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
