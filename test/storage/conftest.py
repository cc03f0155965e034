"""Real clients of the tenants' own storage: Prefect's blocks and steps, boto3, the AWS CLI. A module works in a workspace of its own."""
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3
import httpx
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "clients"))
from client import Client, unique  # noqa: E402
from fixtures import *  # noqa: E402,F401,F403
from fixtures import pytest_addoption as add_client_options  # noqa: E402

BUCKET = "slipway"
BLOCK = "remote-file-system/default"


def pytest_addoption(parser):
    add_client_options(parser)
    parser.getgroup("scenarios").addoption("--service-group", type=int, help="process group of the service, to measure the memory of workerd")


@dataclass
class Tenant:
    """What the answer to a sign-up says, and a key of the storage made with it."""

    api_url: str
    api_key: str
    endpoint: str
    result_block: str
    access_key_id: str
    secret: str

    @property
    def aws_environment(self) -> dict[str, str]:
        """The settings by which boto3, s3fs and the AWS CLI find the storage."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret}

    def s3(self, **options):
        """A client of boto3."""
        return boto3.client("s3", endpoint_url=self.endpoint, aws_access_key_id=self.access_key_id, aws_secret_access_key=self.secret,
                            region_name="auto", **options)

    def keys(self, prefix: str = "") -> list[str]:
        """All keys of the bucket that begin with `prefix`."""
        pages = self.s3().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]


@pytest.fixture(scope="module")
def tenant(server) -> Tenant:
    address = server.url.removesuffix("/api")
    account = {"email": f"{unique('storage')}@example.com", "password": unique("password"), "workspace": "main"}
    answer = httpx.post(f"{address}/signup", json=account, timeout=60).raise_for_status().json()
    headers = {"Authorization": f"Bearer {answer['api_key']}"}
    key = httpx.post(f"{answer['api_url']}/storage_keys/", json={"name": "tools"}, headers=headers, timeout=60).raise_for_status().json()
    return Tenant(answer["api_url"], answer["api_key"], answer["aws_endpoint_url"], answer["default_result_storage_block"],
                  key["access_key_id"], key["secret_access_key"])


@pytest.fixture(scope="module")
def client(tenant, make_client) -> Client:
    """The machine of a user of the tenant, with the release of the suite's environment."""
    return make_client(tenant.api_url, tenant.api_key)
