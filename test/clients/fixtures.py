"""pytest options and fixtures shared by the scenarios of every release (imported by conftest.py)."""
from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from client import Client, Launcher, unique
from record import Recorder

HERE = Path(__file__).resolve().parent


def pytest_addoption(parser):
    group = parser.getgroup("scenarios")
    group.addoption("--release", default="2.20", help="Prefect release whose client is driven (for venv lookup)")
    group.addoption("--venv", default=os.environ.get("SCENARIO_VENV"), help="folder of the release's virtual environment")
    group.addoption("--url", default=os.environ.get("SCENARIO_URL"), help="PREFECT_API_URL of the server under test")
    group.addoption("--key", default=os.environ.get("SCENARIO_KEY"), help="PREFECT_API_KEY")
    group.addoption("--keys", default=os.environ.get("SCENARIO_KEYS", ""), help="KEY1,KEY2 of two tenants; a key may be URL|KEY when each has its own address")
    group.addoption("--reference", action="store_true", help="start a fresh real server of the release and test that")
    group.addoption("--ports", default=os.environ.get("SCENARIO_PORTS", "4220-4229"), help="ports that may be used, FROM-TO")
    group.addoption("--cold", action="store_true", help="start every command from nothing instead of forking it")
    group.addoption("--record", default=None, help="count requests through a recording proxy and write them to this JSON file")
    group.addoption("--corrupt", action="append", default=[], help="'METHOD PATH_REGEX KEY=JSON': falsify answers, to see tests fail")


def free_port(ports: str) -> int:
    first, last = (int(part) for part in ports.split("-"))
    for port in range(first, last + 1):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError(f"no free port in {ports}")


@contextlib.contextmanager
def reference_server(venv: Path, ports: str):
    port, home = free_port(ports), tempfile.mkdtemp(prefix="scenario-reference-")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    env |= {"PATH": f"{venv / 'bin'}:{env['PATH']}", "PREFECT_HOME": home, "PREFECT_LOGGING_SERVER_LEVEL": "ERROR",
            "PREFECT_SERVER_LOGS_STREAM_OUT_ENABLED": "true", "PREFECT_SERVER_LOGS_STREAM_PUBLISHING_ENABLED": "true"}  # 3.x: logs out, off by default
    log = open(Path(home) / "server.log", "w")
    process = subprocess.Popen(
        [str(venv / "bin" / "prefect"), "server", "start", "--port", str(port), "--no-ui"],
        env=env, stdout=log, stderr=log, start_new_session=True, cwd=home,
    )
    url = f"http://127.0.0.1:{port}/api"
    try:
        end = time.monotonic() + 120
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{url}/health", timeout=5).status_code == 200:
                    break
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the reference server did not start:\n" + Path(log.name).read_text()[-3000:])
            time.sleep(0.3)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


class Server:
    def __init__(self, url: str, key: str | None, keys: list[tuple[str, str]], reference: bool):
        self.url, self.key, self.keys, self.reference = url, key, keys, reference


@pytest.fixture(scope="session")
def venv(pytestconfig) -> Path:
    folder = pytestconfig.getoption("venv")
    if not folder:
        script = HERE / "environments" / "clients.sh"
        folder = subprocess.run([str(script), pytestconfig.getoption("release")], check=True, text=True, capture_output=True).stdout.strip()
    return Path(folder)


@pytest.fixture(scope="session")
def server(pytestconfig, venv):
    with contextlib.ExitStack() as stack:
        reference = pytestconfig.getoption("reference")
        url, key = pytestconfig.getoption("url"), pytestconfig.getoption("key")
        if reference:
            url, key = stack.enter_context(reference_server(venv, pytestconfig.getoption("ports"))), None
        if not url:
            pytest.exit("give --url URL [--key KEY], or --reference", returncode=2)
        pairs = []
        for item in filter(None, pytestconfig.getoption("keys").split(",")):
            pairs.append(tuple(item.rsplit("|", 1)) if "|" in item else (url, item))
        if key is None and pairs:
            url, key = pairs[0]
        record, corrupt = pytestconfig.getoption("record"), pytestconfig.getoption("corrupt")
        if record or corrupt:
            recorder = stack.enter_context(Recorder(url, free_port(pytestconfig.getoption("ports")), corrupt=corrupt))
            pytestconfig.scenario_recorder = recorder
            if record:
                stack.callback(recorder.write, Path(record))
            url = recorder.url
        yield Server(url.rstrip("/"), key, pairs, reference)


@pytest.fixture(autouse=True)
def _theme(request):
    """Tells the recording proxy which group of tests the requests belong to."""
    recorder = getattr(request.config, "scenario_recorder", None)
    if recorder:
        recorder.theme = request.path.stem.removeprefix("test_")
    yield


@pytest.fixture(scope="session")
def launcher(pytestconfig, venv):
    launcher = Launcher(venv, cold=pytestconfig.getoption("cold"))
    yield launcher
    launcher.close()


@pytest.fixture(scope="session")
def make_client(server, launcher, tmp_path_factory):
    """Makes a further client: `make_client()`, `make_client(key="wrong")`, `make_client(settings={...})`."""
    made = []

    def make(url: str | None = None, key: str | None = None, settings: dict | None = None) -> Client:
        client = Client(launcher, url or server.url, key if key is not None else server.key,
                        tmp_path_factory.mktemp("client"), settings)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture(scope="module")
def client(make_client, request) -> Client:
    """The module's own client, with a home and a working folder of its own."""
    recorder = getattr(request.config, "scenario_recorder", None)
    if recorder:
        recorder.theme = request.path.stem.removeprefix("test_")
    return make_client()


@pytest.fixture
def tenants(server, make_client) -> tuple[Client, Client]:
    """Clients of two tenants of one server."""
    if len(server.keys) < 2:
        pytest.skip("the real server has no tenants" if server.reference else "needs --keys KEY1,KEY2 of two tenants")
    (url_a, key_a), (url_b, key_b) = server.keys[:2]
    return make_client(url_a, key_a), make_client(url_b, key_b)


@pytest.fixture
def needs_key(server) -> None:
    """Skips where the server asks for no key."""
    if server.reference or not server.key:
        pytest.skip("the real server asks for no API key" if server.reference else "no --key given")


@pytest.fixture
def name():
    """`name("flow")` → a unique name."""
    return unique
