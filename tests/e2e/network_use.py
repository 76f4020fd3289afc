"""network_use.py - what `berth why` says a task has received and sent."""
import json

PAGE = "x" * 60_000  # of an image that tests push: an answer of a known size


def push_page(stage):
    stage.push("big:1", options=["--page", PAGE])
    return stage.image("big:1")


def network_of(stage, task):
    answer = json.loads(stage.berth("why", task.rpartition("/")[2], "--json"))
    return answer["why"].get("network")


def check_counted(case, task, ask):
    """Has the page asked for by others, and its bytes be among those that the task has sent."""
    before = network_of(case.stage, task)
    case.assertEqual(ask(), PAGE)
    after = network_of(case.stage, task)
    grown = {name: after[name] - before[name] for name in after}
    case.assertGreaterEqual(grown["txBytes"], len(PAGE))
    case.assertLess(grown["txBytes"], 2 * len(PAGE))
    case.assertGreaterEqual(grown["txPackets"], 2)
    case.assertGreater(grown["rxPackets"], 0)
    case.assertGreater(grown["rxBytes"], 0)
    case.assertLess(grown["rxBytes"], len(PAGE))
    said = case.stage.berth("why", task.rpartition("/")[2])
    case.assertRegex(said, r"\nnetwork: received \d+ bytes in \d+ packets.*; sent \d+ bytes in \d+")
