"""Prefect 3: its steps and blocks against the storage, told the address by hand: its client refuses an API that says it is a 2."""
import json
import os
import subprocess

import pytest

from conftest import BUCKET
from releases import venv_of

SOURCE = '''
import asyncio, json, os
from pathlib import Path
from prefect.deployments.steps import pull_from_remote_storage
from prefect.filesystems import RemoteFileSystem

settings = dict(key=os.environ["KEY"], secret=os.environ["SECRET"], client_kwargs={"endpoint_url": os.environ["ENDPOINT"]})
block = RemoteFileSystem(basepath="s3://slipway/v3", settings=settings)


async def main():
    Path("up/sub").mkdir(parents=True)
    Path("up/flow.py").write_text("code")
    Path("up/sub/data.txt").write_text("more")
    count = await block.put_directory("up", "code")
    await block.write_path("result", b"kept")
    pulled = await pull_from_remote_storage("s3://slipway/v3/code", **settings)
    folder = Path(pulled["directory"])
    texts = {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}
    return dict(count=count, texts=texts, result=(await block.read_path("result")).decode())


print(json.dumps(asyncio.run(main())))
'''


@pytest.fixture(scope="module")
def python():
    return venv_of("3.8") / "bin/python"


def test_pull_step_and_block(python, tenant, tmp_path):
    settings = {"KEY": tenant.access_key_id, "SECRET": tenant.secret, "ENDPOINT": tenant.endpoint, "PREFECT_HOME": str(tmp_path / "home")}
    (tmp_path / "work").mkdir()
    done = subprocess.run([python, "-c", SOURCE], cwd=tmp_path / "work", env={**os.environ, **settings}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen == {"count": 2, "texts": {"flow.py": "code", "sub/data.txt": "more"}, "result": "kept"}
    assert tenant.keys() == ["v3/code/flow.py", "v3/code/sub/data.txt", "v3/result"]
    assert tenant.s3().get_object(Bucket=BUCKET, Key="v3/result")["Body"].read() == b"kept"
