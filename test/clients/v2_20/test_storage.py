"""The tenant's own storage: `remote-file-system/default` and `s3/default`, reached by unmodified s3fs and boto3. Ours alone: a real server has none."""
import pytest

pytestmark = pytest.mark.skipif("config.getoption('--reference')", reason="a real server has no storage of its own")

BLOCK = "remote-file-system/default"


def test_lists_are_empty_until_it_is_used(make_client, server):
    if not server.keys:
        pytest.skip("needs the key of another tenant")
    url, key = server.keys[0]
    other = make_client(url=url, key=key)
    name = {"block_documents": {"name": {"any_": ["default"]}}}
    assert other.post("/block_documents/filter", name) == []
    assert other.python(f'''
        import json
        from prefect.blocks.core import Block
        print(json.dumps(Block.load("{BLOCK}").basepath))
    ''') == "s3://slipway/"
    assert len(other.post("/block_documents/filter", name)) == 1
