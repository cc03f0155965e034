"""`Prefect`: the suites' `Client` (client.py) with what the suites of 2.8, 2.10 and 3.8 (and `multi`, `cloud`) add to it."""
from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import textwrap
import time
from pathlib import Path

import pytest

from client import TERMINAL, Client, Launcher, unique

HERE = Path(__file__).resolve().parent
ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
PATIENCE = float(os.environ.get("SCENARIO_PATIENCE", "1"))  # multiplies every waiting time, for a slow machine
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

PROLOGUE = """\
import json as _json, os as _os
def emit(value):
    with open(_os.environ["EMIT"], "w") as _f: _f.write(_json.dumps(value, default=str))
"""

FLOWS_2X = '''
import os, time
from prefect import flow, task, get_run_logger

@task
def add(a, b):
    get_run_logger().info("adding %s and %s", a, b)
    return a + b

@flow(name="{name}")
def calc(a: int = 1, b: int = 2, **kwargs):
    """Adds two numbers."""
    total = add(a, b)
    get_run_logger().info("total=%s kwargs=%s colour=%s", total, kwargs, os.environ.get("COLOUR"))
    return total

@flow(name="{name}-slow")
def slow(seconds: float = 120):
    get_run_logger().info("started slow")
    time.sleep(seconds)
'''


class Failed(AssertionError):
    pass


class Out:
    """What a command printed."""

    def __init__(self, result):
        self.rc, self.out, self.err = result.code, ANSI.sub("", result.stdout), ANSI.sub("", result.stderr)

    @property
    def text(self):
        return " ".join((self.out + "\n" + self.err).split())

    @property
    def id(self):
        """The first id in it."""
        found = ID.search(self.out)
        if not found:
            raise Failed(f"no id in: {self.out}")
        return found.group()

    @property
    def run_id(self):
        """The id `deployment run` prints."""
        return re.search(r"UUID: (\S+)", self.out).group(1)

    def json(self):
        start = min(i for i in (self.out.find("{"), self.out.find("[")) if i >= 0)
        return json.JSONDecoder().raw_decode(self.out[start:])[0]

    def dict(self):
        """The Python literal that `inspect` prints."""
        return ast.literal_eval(self.out[self.out.index("{"): self.out.rindex("}") + 1])


class Background:
    """A command that keeps running."""

    def __init__(self, running):
        self.running = running

    @property
    def text(self):
        return ANSI.sub("", self.running.logs)

    def wait_for(self, pattern, timeout=60):
        end = time.monotonic() + timeout * PATIENCE
        while not re.search(pattern, self.text):
            alive = self.running.alive
            if not alive and not re.search(pattern, self.text):
                raise Failed(f"ended with {self.running.wait(0)} before {pattern!r}:\n{self.text[-3000:]}")
            if time.monotonic() > end:
                raise Failed(f"no {pattern!r} within {timeout} s:\n{self.text[-3000:]}")
            time.sleep(0.1)
        return self

    def stop(self, how=signal.SIGINT, timeout=20):
        if self.running.alive:
            self.running.send_signal(how)
            self.running.wait(timeout)
        self.running.kill_group()
        return self.running.wait(5)


class Prefect(Client):
    """A real client of one release."""

    def __init__(self, launcher, url, key=None, folder=None, settings=None):
        super().__init__(launcher, url, key, folder, {
            "COLUMNS": "400", "TERM": "dumb", "PREFECT_CLI_WRAP_LINES": "false", "PREFECT_AGENT_QUERY_INTERVAL": "1",
            "PREFECT_WORKER_QUERY_SECONDS": "1", "PREFECT_WORKER_HEARTBEAT_SECONDS": "2", "PREFECT_RUNNER_POLL_FREQUENCY": "1",
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false", "PREFECT_EXPERIMENTAL_WARN": "false", "PYTHONWARNINGS": "ignore",
            "DO_NOT_TRACK": "1", **(settings or {})})
        self.started = []

    def cli(self, *args, ok=True, **options):
        options["timeout"] = options.get("timeout", 120) * PATIENCE
        result = Out(super().cli(*args, ok=None, **options))
        if ok is not None and (result.rc == 0) != ok:
            raise Failed(f"`prefect {' '.join(map(str, args))}` ended with {result.rc}:\n{result.out[-3000:]}\n{result.err[-3000:]}")
        return result

    def script(self, code, *, ok=True, cwd=None, env=None, timeout=120, cold=None):
        """Runs Python code in a file of the folder; what it gives to `emit(value)` comes back."""
        folder = Path(cwd or self.work)
        path, answer = folder / f"{unique('script').replace('-', '_')}.py", self.folder / unique("emit")
        path.write_text(PROLOGUE + textwrap.dedent(code))
        result = self.launcher.run("python", [str(path)], self._env({**(env or {}), "EMIT": str(answer), "PYTHONPATH": str(folder)}), folder, None, timeout * PATIENCE, cold)
        self.last = Out(result)
        if ok is not None and (result.code == 0) != ok:
            raise Failed(f"the script ended with {result.code}:\n{textwrap.dedent(code)}\n{result.stdout[-2000:]}\n{result.stderr[-4000:]}")
        return json.loads(answer.read_text()) if answer.exists() else None

    def start(self, *args, cwd=None, env=None, python=False, cold=None):
        """Starts a command that goes on (`prefect …`, or a Python file); it is stopped with the client at the latest."""
        running = self.launcher.start("python" if python else "cli", [str(a) for a in args], self._env(env), Path(cwd or self.work), cold=cold)
        self.started.append(Background(running))
        return self.started[-1]

    def close(self):
        for background in self.started:
            if background.running.alive:
                background.stop(timeout=8)
        super().close()

    # looking at the server ----------------------------------------------------------------------------------------------------------

    def api(self, method, path, json=None, ok=True, **options):
        response = self.http.request(method, path.lstrip("/"), json=json, **options)
        if not ok:
            return response
        if response.status_code >= 400:
            raise Failed(f"{method} {path}: {response.status_code} {response.text[:1000]}")
        return response.json() if response.content else None

    def until(self, check, timeout=60, every=0.25, what="the condition"):
        end = time.monotonic() + timeout * PATIENCE
        while True:
            value = check()
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"{what}: not within {timeout} s (last: {value!r})")
            time.sleep(every)

    def deployment(self, name):
        return self.api("GET", f"/deployments/name/{name}")

    def run(self, run_id):
        return self.api("GET", f"/flow_runs/{run_id}")

    def runs(self, **filters):
        return self.api("POST", "/flow_runs/filter", json={"sort": "EXPECTED_START_TIME_ASC", **filters})

    def runs_of(self, deployment_id, *types):
        found = self.runs(deployments={"id": {"any_": [deployment_id]}})
        return [r for r in found if not types or r["state_type"] in types]

    def task_runs(self, run_id):
        return self.task_runs_of(run_id)

    def states(self, run_id):
        return self.states_of(run_id)

    def messages(self, run_id):
        return self.logs_of(run_id).splitlines()

    def wait_run(self, run_id, *types, timeout=90):
        """Until the run is in one of the state types (any terminal one by default)."""
        types, seen = types or TERMINAL, []

        def check():
            run = self.run(run_id)
            seen[:] = [run["state_type"], (run["state"] or {}).get("name"), (run["state"] or {}).get("message")]
            if run["state_type"] in TERMINAL and run["state_type"] not in types:
                raise Failed(f"run {run_id} ended {seen}, wanted {types}\n{self.logs_of(run_id)[-3000:]}")
            return run if run["state_type"] in types else None

        try:
            return self.until(check, timeout)
        except Failed as problem:
            raise Failed(f"run {run_id} is {seen}, wanted {types}: {problem}") from None


class Project:
    """A folder with a flow script whose flow has a name of its own."""

    def __init__(self, p, source=FLOWS_2X):
        self.p, self.flow = p, unique("calc")
        self.folder = p.subfolder()
        self.write("flows.py", source.replace("{name}", self.flow))

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def cli(self, *args, **options):
        return self.p.cli(*args, cwd=self.folder, **options)

    def script(self, code, **options):
        return self.p.script(code, cwd=self.folder, **options)

    def start(self, *args, **options):
        return self.p.start(*args, cwd=self.folder, **options)


def venv_of(release):
    """The virtual environment of a release; SCENARIO_VENV_3_8=… names another one."""
    given = os.environ.get("SCENARIO_VENV_" + release.replace(".", "_"))
    if given:
        return Path(given)
    script = HERE / "environments" / "clients.sh"
    return Path(subprocess.run([str(script), release], check=True, capture_output=True, text=True).stdout.strip())


@pytest.fixture(scope="session")
def p(server, launcher, tmp_path_factory):
    """The real client of the release."""
    client = Prefect(launcher, server.url, server.key, tmp_path_factory.mktemp("p"))
    yield client
    client.close()


@pytest.fixture
def project(p):
    return Project(p)


__all__ = ["Background", "Failed", "Launcher", "Out", "Prefect", "Project", "p", "project", "unique", "venv_of"]
