"""Results of flows and tasks in the storage that the sign-up names, without a word of it in the code."""
import pytest

from conftest import BUCKET

FLOW = '''
import json
from prefect import flow, task


@task
def double(x):
    return 2 * x


@flow
def main():
    return {"doubled": double(21), "bytes": "é" * 100_000}


state = main(return_state=True)
print(json.dumps(dict(run=str(state.state_details.flow_run_id), key=state.data.storage_key)))
'''

READ = '''
import asyncio, json, sys
from uuid import UUID
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter


async def read():
    async with get_client() as client:
        run = await client.read_flow_run(sys.argv[1])
        tasks = await client.read_task_runs(flow_run_filter=FlowRunFilter(id={"any_": [UUID(sys.argv[1])]}))
        result = await run.state.result(fetch=True)
        print(json.dumps([result["doubled"], len(result["bytes"]), [await each.state.result(fetch=True) for each in tasks]]))


asyncio.run(read())
'''


@pytest.fixture
def settings(tenant):
    return {"PREFECT_DEFAULT_RESULT_STORAGE_BLOCK": tenant.result_block, "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true"}


def test_state_result_in_another_process(client, make_client, tenant, settings):
    answer = client.python(FLOW, env=settings)
    assert answer["key"] in tenant.keys()
    # Another machine, with nothing in its home.
    assert make_client(tenant.api_url, tenant.api_key).python(READ, answer["run"]) == [42, 100_000, [42]]
    assert not list(client.home.glob("storage/*")), "results were kept on the machine"


def test_cached_task_runs_once(client, tenant, settings):
    name = client.unique("cached")
    source = f'''
        import json
        from prefect import flow, task

        @task(cache_key_fn=lambda *_: "{name}")
        def now():
            import time
            return time.time()

        @flow
        def main():
            return now()

        print(json.dumps(main()))
    '''
    first = client.python(source, env=settings)
    assert client.python(source, env=settings) == first
    for key in tenant.keys():
        tenant.s3().delete_object(Bucket=BUCKET, Key=key)
