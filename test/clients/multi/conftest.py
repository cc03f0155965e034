"""Clients of two releases in one workspace. `old` is 2.20, `new` is 3.8."""
import pytest

from releases import Launcher, Prefect, venv_of


def client_of(release, server, tmp_path_factory):
    launcher = Launcher(venv_of(release))
    client = Prefect(launcher, server.url, server.key, tmp_path_factory.mktemp("multi"))
    yield client
    client.close()
    launcher.close()


@pytest.fixture(scope="session")
def old(server, tmp_path_factory):
    yield from client_of("2.20", server, tmp_path_factory)


@pytest.fixture(scope="session")
def new(server, tmp_path_factory):
    yield from client_of("3.8", server, tmp_path_factory)


@pytest.fixture(scope="session")
def both(old):
    """Skips where the server is a real one: neither release serves the other's clients completely."""
    version = old.api("GET", "/admin/version", ok=False)
    if version.status_code == 200 and isinstance(version.json(), str) and version.json()[:2] in ("2.", "3.") and not old.key:
        pytest.skip(f"a real Prefect {version.json()} server: it does not serve both releases")
