"""Maps the suite's new buckets to the one bucket that a tenant has, emptied first."""
import os

import s3tests.functional as suite

BUCKET = "slipway"


def emptied(client=None):
    client = suite.get_client()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        keys = [{"Key": each["Key"]} for each in page.get("Contents", [])]
        if keys:
            client.delete_objects(Bucket=BUCKET, Delete={"Objects": keys, "Quiet": True})
    for upload in client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    return BUCKET


configure = suite.configure


def configure_endpoint():
    configure()
    suite.config.default_endpoint = os.environ["S3_ENDPOINT"]


def new_bucket_resource(name=None):
    emptied()
    return suite.boto3.resource(
        "s3",
        aws_access_key_id=suite.config.main_access_key,
        aws_secret_access_key=suite.config.main_secret_key,
        endpoint_url=suite.config.default_endpoint,
        use_ssl=suite.config.default_is_secure,
    ).Bucket(BUCKET)


suite.configure = configure_endpoint
suite.get_new_bucket = lambda client=None, name=None: emptied()
suite.get_new_bucket_name = lambda: BUCKET
suite.get_new_bucket_resource = new_bucket_resource
