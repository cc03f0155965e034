"""Deployments whose code goes through the tenant's own storage, with clients from 2.8 to 2.20.

The code is built in one folder, which is then removed; an agent that knows nothing but the address and the key runs it.
"""
import json
import re
import shutil

import pytest

from client import Client, Launcher
from conftest import BLOCK, BUCKET
from releases import venv_of
from samples import Project

FLOW = f'''
from pathlib import Path
from prefect import flow


@flow(name="{{FLOW}}", persist_result=True, result_storage="{BLOCK}")
def main(x: int = 1):
    return {{"sum": x + int((Path(__file__).parent / "data/{{FLOW}}.txt").read_text())}}
'''

RESULT = '''
import asyncio, json, sys
from prefect.client.orchestration import get_client


async def read():
    async with get_client() as client:
        run = await client.read_flow_run(sys.argv[1])
        print(json.dumps(await run.state.result(fetch=True)))


asyncio.run(read())
'''


@pytest.fixture(scope="module", params=["2.20", "2.10", "2.8"])
def release(request):
    return request.param


@pytest.fixture
def end(release):
    """How the name of a folder ends: 2.8 needs the slash with fsspec since 2023.5, else it downloads a folder into itself."""
    return "/" if release == "2.8" else ""


@pytest.fixture(scope="module")
def client(release, tenant, make_client, tmp_path_factory):
    """The machine of a user with one release."""
    if release == "2.20":
        yield make_client(tenant.api_url, tenant.api_key)
        return
    launcher = Launcher(venv_of(release))
    client = Client(launcher, tenant.api_url, tenant.api_key, tmp_path_factory.mktemp("client"))
    yield client
    client.close()
    launcher.close()


@pytest.fixture(scope="module")
def queue(client):
    """A queue that an agent in another folder serves."""
    queue = client.unique("queue")
    with client.agent("-q", queue, cwd=client.subfolder("agent")):
        yield queue


@pytest.fixture
def project(client):
    """A flow, a file it reads, and one that stays at home."""
    file = client.unique("flow").replace("-", "_") + ".py"
    project = Project(client, FLOW, file=file)
    project.write(f"data/{project.flow}.txt", "4")
    project.write(f"secrets/{project.flow}.txt", "not for others")
    project.write(".prefectignore", "secrets/\n*.yaml\n")
    return project


def stored(tenant, project) -> set[str]:
    """The project's files in the storage, wherever they are."""
    return {key for key in tenant.keys() if key.endswith((project.file, f"{project.flow}.txt"))}


def files_of(project, folder: str = "") -> set[str]:
    return {f"{folder}{project.file}", f"{folder}data/{project.flow}.txt"}


def run(client, project, name: str) -> dict:
    """Runs the deployment without its folder; what the flow gave, as another process reads it."""
    shutil.rmtree(project.folder)
    started = client.cli("deployment", "run", f"{project.flow}/{name}", "--param", "x=38")
    flow_run = re.search(r"UUID: ([0-9a-f-]{36})", started.flat).group(1)
    client.wait_for_state(flow_run, "COMPLETED", 90)
    return client.python(RESULT, flow_run)


def test_build_uploads_what_is_not_ignored(client, tenant, project, queue):
    built = project.build("whole", "-q", queue, "-sb", BLOCK, "--apply")
    assert "Successfully uploaded" in built.flat
    assert stored(tenant, project) == files_of(project)
    assert run(client, project, "whole") == {"sum": 42}


def test_path_is_a_folder_of_the_storage(client, tenant, project, queue, end):
    project.build("deep", "-q", queue, "-sb", BLOCK, "--path", f"sub/{project.flow}{end}", "--apply")
    assert stored(tenant, project) == files_of(project, f"sub/{project.flow}/")
    assert run(client, project, "deep") == {"sum": 42}


def test_skipped_upload_is_made_up_for_by_apply(client, tenant, project, queue, end):
    project.build("later", "-q", queue, "-sb", f"{BLOCK}/later/{project.flow}{end}", "--skip-upload", "-o", "later.yaml")
    project.cli("deployment", "apply", "later.yaml")
    assert stored(tenant, project) == set()
    project.cli("deployment", "apply", "later.yaml", "--upload")
    assert stored(tenant, project) == files_of(project, f"later/{project.flow}/")
    assert run(client, project, "later") == {"sum": 42}


def test_block_of_s3_with_the_address_in_the_environment(client, tenant, project, queue, end):
    address = {"AWS_ENDPOINT_URL": tenant.endpoint}
    override = f"env.AWS_ENDPOINT_URL={tenant.endpoint}"
    project.build("aws", "-q", queue, "-sb", "s3/default", "--path", f"{project.flow}{end}", "--override", override, "--apply", env=address)
    assert stored(tenant, project) == files_of(project, f"{project.flow}/")
    assert run(client, project, "aws") == {"sum": 42}


def test_results_are_objects_of_the_bucket(client, tenant):
    """A flow run by hand: the file of its result is what the state points to."""
    answer = client.python(f'''
        import json
        from prefect import flow

        @flow(persist_result=True, result_storage="{BLOCK}", result_serializer="json")
        def main():
            return ["kept", 7]

        state = main(return_state=True)
        print(json.dumps(dict(run=str(state.state_details.flow_run_id), key=state.data.storage_key)))
    ''')
    assert client.python(RESULT, answer["run"]) == ["kept", 7]
    body = tenant.s3().get_object(Bucket=BUCKET, Key=answer["key"])["Body"].read()
    assert json.loads(json.loads(body)["data"]) == ["kept", 7]
    tenant.s3().delete_object(Bucket=BUCKET, Key=answer["key"])
    assert client.script(RESULT, answer["run"]).code != 0
