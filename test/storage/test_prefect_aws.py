"""prefect-aws: its blocks, and its steps of `prefect deploy` with a worker in another folder."""
import json
import re
import shutil

import pytest
import yaml

from conftest import BLOCK, BUCKET
from samples import Project

CREDENTIALS = {
    "AwsCredentials": "aws_access_key_id={id!r}, aws_secret_access_key={secret!r}, region_name='auto'",
    "MinIOCredentials": "minio_root_user={id!r}, minio_root_password={secret!r}",
}

FLOW = '''
from pathlib import Path
from prefect import flow


@flow(name="{FLOW}")
def main(x: int = 1):
    print("the sum is", x + int((Path(__file__).parent / "data/number.txt").read_text()))
'''


def credentials(tenant, kind: str) -> str:
    """Source of a credentials block."""
    fields = CREDENTIALS[kind].format(id=tenant.access_key_id, secret=tenant.secret)
    # The steps want a mapping for `config`, which is None unless it is given; MinIOCredentials cannot hash one.
    config = ", 'config': {}" if kind == "AwsCredentials" else ""
    return f"{kind}({fields}, aws_client_parameters={{'endpoint_url': {tenant.endpoint!r}{config}}})"


@pytest.mark.parametrize("kind", CREDENTIALS)
def test_bucket_block(client, tenant, kind):
    block = client.unique("bucket")
    client.script(f'''
        from prefect_aws import {kind}
        from prefect_aws.s3 import S3Bucket

        keys = {credentials(tenant, kind)}
        keys.save("{block}")
        S3Bucket(bucket_name="{BUCKET}", bucket_folder="{block}", credentials=keys).save("{block}")
    ''')
    seen = client.python(f'''
        import json
        from pathlib import Path
        from prefect_aws.s3 import S3Bucket

        bucket = S3Bucket.load("{block}")
        for name, text in dict(a="one", **{{"sub/ü b": "two", "sub/c.pyc": "three"}}).items():
            Path("up", name).parent.mkdir(parents=True, exist_ok=True)
            Path("up", name).write_text(text)
        Path("ignore").write_text("*.pyc")
        count = bucket.put_directory("up", "folder", ignore_file="ignore")
        bucket.get_directory("{block}/folder", "down")
        bucket.write_path("lone", b"bytes")
        bucket.upload_from_path("up/a", "again")
        bucket.move_object("again", "moved")
        print(json.dumps(dict(
            count=count, lone=bucket.read_path("lone").decode(), listed=sorted(each["Key"] for each in bucket.list_objects()),
            down={{str(each.relative_to("down")): each.read_text() for each in Path("down").rglob("*") if each.is_file()}},
        )))
    ''', cwd=client.subfolder())
    assert seen["count"] == 2 and seen["lone"] == "bytes"
    assert seen["down"] == {"a": "one", "sub/ü b": "two"}
    keys = [f"{block}/{name}" for name in ("folder/a", "folder/sub/ü b", "lone", "moved")]
    assert seen["listed"] == keys and tenant.keys(block) == keys


@pytest.fixture(scope="module")
def pool(client):
    """A pool that a worker in another folder serves."""
    pool = client.unique("pool")
    client.cli("work-pool", "create", pool, "--type", "process")
    with client.worker("-p", pool, cwd=client.subfolder("worker")):
        yield pool


def test_steps_of_deploy(client, tenant, pool):
    """push_to_s3 by `prefect deploy`; the worker pulls with pull_from_s3, with Prefect's own step for any fsspec address, and with a block."""
    project = Project(client, FLOW)
    project.write("data/number.txt", "4")
    project.write("left.log", "at home")
    project.write(".prefectignore", "*.log\n")
    block, folder = client.unique("aws"), project.flow
    client.script(f'from prefect_aws import AwsCredentials\n{credentials(tenant, "AwsCredentials")}.save("{block}")')
    client.script(f'''
        from prefect.filesystems import RemoteFileSystem
        block = RemoteFileSystem.load("default")
        RemoteFileSystem(basepath=f"{{block.basepath}}{folder}", settings=block.settings).save("{folder}")
    ''')
    place = {"bucket": BUCKET, "folder": folder, "credentials": f"{{{{ prefect.blocks.aws-credentials.{block} }}}}"}
    client_kwargs = {"endpoint_url": tenant.endpoint}
    address = {"url": f"s3://{BUCKET}/{folder}", "key": tenant.access_key_id, "secret": tenant.secret, "client_kwargs": client_kwargs}
    pulls = {
        "aws": {"prefect_aws.deployments.steps.pull_from_s3": {**place, "requires": "prefect-aws"}},
        "fsspec": {"prefect.deployments.steps.pull_from_remote_storage": address},
        "block": {"prefect.deployments.steps.pull_with_block": {"block_document_name": folder, "block_type_slug": "remote-file-system"}},
    }
    project.write("prefect.yaml", yaml.safe_dump({
        "push": [{"prefect_aws.deployments.steps.push_to_s3": {**place, "requires": "prefect-aws"}}],
        "deployments": [
            {"name": name, "entrypoint": project.entrypoint, "work_pool": {"name": pool}, "pull": [step]} for name, step in pulls.items()
        ],
    }))
    project.cli("--no-prompt", "deploy", "--all")
    assert tenant.keys(folder) == [f"{folder}/{name}" for name in (".prefectignore", "data/number.txt", project.file, "prefect.yaml")]
    shutil.rmtree(project.folder)
    runs = []
    for name in pulls:
        started = client.cli("deployment", "run", f"{project.flow}/{name}", "--param", "x=38")
        runs.append(re.search(r"UUID: ([0-9a-f-]{36})", started.flat).group(1))
    for run in runs:
        client.wait_for_state(run, "COMPLETED", 120)
