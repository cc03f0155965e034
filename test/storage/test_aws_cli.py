"""The AWS CLI: `aws s3` and its cp, sync, ls, mv and rm, told the address by AWS_ENDPOINT_URL."""
import os
import subprocess

import pytest

from conftest import BUCKET

ROOT = f"s3://{BUCKET}"


@pytest.fixture
def aws(tenant, venv, tmp_path):
    """`aws("cp", …)` runs `aws s3 cp …` in `tmp_path` and gives what it prints."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env = {**inherited, **tenant.aws_environment, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": ""}

    def run(*args: str, ok: bool = True, input: bytes | None = None) -> str:
        done = subprocess.run([venv / "bin/aws", "s3", *args], cwd=tmp_path, env=env, input=input, capture_output=True, timeout=120)
        text = (done.stdout + done.stderr).decode()
        assert (done.returncode == 0) == ok, f"aws s3 {' '.join(args)} ended with {done.returncode}: {text}"
        return text

    return run


def test_cp_of_files_folders_and_streams(aws, tenant, tmp_path):
    large = os.urandom(20 * 1024 * 1024)
    (tmp_path / "large").write_bytes(large)
    aws("cp", "large", f"{ROOT}/cp/large")
    assert tenant.s3().head_object(Bucket=BUCKET, Key="cp/large")["ContentLength"] == len(large)
    aws("cp", f"{ROOT}/cp/large", f"{ROOT}/cp/copy")
    aws("cp", f"{ROOT}/cp/copy", "back")
    assert (tmp_path / "back").read_bytes() == large
    aws("cp", "-", f"{ROOT}/cp/stream", input=b"from a pipe")
    assert "from a pipe" in aws("cp", f"{ROOT}/cp/stream", "-")
    aws("cp", "--recursive", f"{ROOT}/cp/", "all")
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["copy", "large", "stream"]
    assert "404" in aws("cp", f"{ROOT}/cp/none", "none", ok=False)


def test_sync_ls_mv_rm(aws, tenant, tmp_path):
    for name in ("one.txt", "sub folder/two.txt", "sub folder/dé.txt"):
        path = tmp_path / "up" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    aws("sync", "up", f"{ROOT}/sync")
    keys = ["sync/one.txt", "sync/sub folder/dé.txt", "sync/sub folder/two.txt"]
    assert tenant.keys("sync/") == keys
    assert aws("sync", "up", f"{ROOT}/sync").strip() == ""
    (tmp_path / "up/one.txt").unlink()
    (tmp_path / "up/sub folder/two.txt").write_text("another length")
    aws("sync", "--delete", "up", f"{ROOT}/sync")
    assert tenant.keys("sync/") == keys[1:]
    aws("sync", f"{ROOT}/sync", "down")
    assert (tmp_path / "down/sub folder/two.txt").read_text() == "another length"

    assert BUCKET in aws("ls")
    assert "PRE sub folder/" in aws("ls", f"{ROOT}/sync/")
    listed = aws("ls", "--recursive", "--summarize", f"{ROOT}/sync/")
    assert "sync/sub folder/two.txt" in listed and "Total Objects: 2" in listed
    aws("mv", f"{ROOT}/sync/sub folder/two.txt", f"{ROOT}/sync/moved.txt")
    assert tenant.keys("sync/") == ["sync/moved.txt", keys[1]]
    aws("rm", f"{ROOT}/sync/moved.txt")
    aws("rm", "--recursive", f"{ROOT}/sync/")
    assert tenant.keys("sync/") == []
    assert "AccessDenied" in aws("mb", "s3://another", ok=False)
