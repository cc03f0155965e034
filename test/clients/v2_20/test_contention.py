"""Eight pollers at once: agents and workers, processes of their own, on one pool with limits. A full run: SCALE=full."""
import contextlib
import os
from collections import Counter
from datetime import datetime, timedelta, timezone

from samples import Project

FULL = os.environ.get("SCALE") == "full"
RUNS = 200 if FULL else 24
AGENTS, WORKERS = 4, 4
POOL_LIMIT, QUEUE_LIMIT = 6, 4
HOLDING = {"PENDING", "RUNNING"}

# Stands for `prefect.engine`, which takes seconds of a core to come up: agents and workers start it as ever, and their processes end here.
ENGINE = """
import sys

if "prefect.engine" in sys.orig_argv:
    import json, os, time, urllib.request

    id = os.environ["PREFECT__FLOW_RUN_ID"].replace("-", "")
    id = "-".join([id[:8], id[8:12], id[12:16], id[16:20], id[20:]])
    with open(os.path.join(os.environ["MARKS"], id), "a") as file:
        file.write(f"{os.getpid()}\\n")
    headers = {"Authorization": "Bearer " + os.environ.get("PREFECT_API_KEY", ""), "Content-Type": "application/json"}
    for type in ("RUNNING", "COMPLETED"):
        body = json.dumps({"state": {"type": type}}).encode()
        url = os.environ["PREFECT_API_URL"] + f"/flow_runs/{id}/set_state"
        urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=60).read()
        time.sleep(0.2)
    os._exit(0)
"""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def most_at_once(histories) -> int:
    """The most runs that held a slot at one instant, by the histories of their states."""
    changes = []
    for states in histories:
        for state, after in zip(states, [*states[1:], None]):
            if state["type"] in HOLDING:
                changes.append((at(state["timestamp"]), 1))
                changes += [(at(after["timestamp"]), -1)] if after else []
    held = most = 0
    for _, change in sorted(changes):
        held += change
        most = max(most, held)
    return most


def test_eight_pollers_on_one_pool(client, make_client, name, tmp_path):
    pool, queues = name("pool"), [name("first"), name("second")]
    client.cli("work-pool", "create", pool, "--type", "process")
    marks = tmp_path / "marks"
    marks.mkdir()
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "sitecustomize.py").write_text(ENGINE)
    env = {"PYTHONPATH": str(engine), "MARKS": str(marks)}
    project, run_ids, deployments = Project(client), {}, {}
    for queue in queues:
        project.cli("deploy", project.entrypoint, "-n", queue, "-p", pool, "-q", queue)
        deployments[queue] = project.read(queue)["id"]
    client.cli("work-queue", "set-concurrency-limit", queues[0], QUEUE_LIMIT, "-p", pool)
    client.cli("work-pool", "set-concurrency-limit", pool, POOL_LIMIT)
    begun = datetime.now(timezone.utc) - timedelta(minutes=5)
    for index in range(RUNS):
        queue = queues[index % 2]
        due = (begun + timedelta(seconds=index)).isoformat()
        body = {"state": {"type": "SCHEDULED", "state_details": {"scheduled_time": due}}}
        run_ids.setdefault(queue, []).append(client.post(f"deployments/{deployments[queue]}/create_flow_run", body)["id"])

    every = [id for ids in run_ids.values() for id in ids]
    with contextlib.ExitStack() as stack:
        # Machines of their own, so that each has a home; all share the key.
        for index in range(AGENTS):
            stack.enter_context(make_client().agent("-p", pool, "-q", queues[0], "-q", queues[1], env=env))
        for index in range(WORKERS):
            stack.enter_context(make_client().worker("-p", pool, "-n", f"worker-{index}", "-t", "process", env=env))

        def ended():
            body = {"flow_runs": {"id": {"any_": every}, "state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]}}}}
            return client.post("flow_runs/count", body) == RUNS

        client.wait_for(ended, 1200 if FULL else 240, f"the end of {RUNS} runs")

    # Each was executed once, by one process.
    assert {path.name for path in marks.iterdir()} == set(every)
    assert Counter(len(path.read_text().split()) for path in marks.iterdir()) == {1: RUNS}
    histories = {}
    for id in every:
        histories[id] = sorted(client.get("flow_run_states/", params={"flow_run_id": id}), key=lambda state: state["timestamp"])
        types = [state["type"] for state in histories[id] if state["type"] != "SCHEDULED"]
        assert types == ["PENDING", "RUNNING", "COMPLETED"], types

    # No instant had more than the limits.
    most = most_at_once(histories.values())
    most_of_first = most_at_once(histories[id] for id in run_ids[queues[0]])
    assert most <= POOL_LIMIT and most_of_first <= QUEUE_LIMIT, (most, most_of_first)

    # The queue's order: a run is overtaken only by those that were handed out beside it, never by more than there are slots.
    claimed = {id: at(next(state["timestamp"] for state in history if state["type"] == "PENDING")) for id, history in histories.items()}
    for queue, ids in run_ids.items():
        for place, id in enumerate(ids):
            overtaking = [other for other in ids[place + 1:] if claimed[other] < claimed[id]]
            assert len(overtaking) < POOL_LIMIT, (queue, place, len(overtaking))
    spent = (max(at(history[-1]["timestamp"]) for history in histories.values()) - min(claimed.values())).total_seconds()
    print(f"{RUNS} runs, {AGENTS} agents, {WORKERS} workers: {spent:.0f} s, most at once {most} of {POOL_LIMIT} and {most_of_first} of {QUEUE_LIMIT}")
