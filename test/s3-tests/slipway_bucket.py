"""Maps the buckets that the suite makes to the one bucket that a tenant has: emptied when a case asks for its first, as it is for its further ones."""
import os

import s3tests.functional as suite

BUCKET = "slipway"
served = set()


def pytest_runtest_setup(item):
    served.clear()


def bucket():
    if BUCKET not in served:
        served.add(BUCKET)
        empty()
    return BUCKET


def empty():
    client = get_client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
        if keys:
            client.delete_objects(Bucket=BUCKET, Delete={"Objects": keys, "Quiet": True})
    for upload in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])


configure, get_client = suite.configure, suite.get_client


def configure_endpoint():
    configure()
    suite.config.default_endpoint = os.environ["S3_ENDPOINT"]


def client_of_the_bucket(*args, **options):
    """A client that may make the bucket, whoever is to have access to it."""
    client = get_client(*args, **options)
    client.create_bucket = lambda **_: bucket()
    return client


def new_bucket_resource(name=None):
    bucket()
    return suite.boto3.resource(
        "s3",
        aws_access_key_id=suite.config.main_access_key,
        aws_secret_access_key=suite.config.main_secret_key,
        endpoint_url=suite.config.default_endpoint,
        use_ssl=suite.config.default_is_secure,
    ).Bucket(BUCKET)


suite.configure = configure_endpoint
suite.get_client = client_of_the_bucket
suite.get_new_bucket = lambda client=None, name=None: bucket()
suite.get_new_bucket_name = lambda: BUCKET
suite.get_new_bucket_resource = new_bucket_resource
