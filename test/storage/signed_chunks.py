"""PutObject with a signature on each chunk (STREAMING-AWS4-HMAC-SHA256-PAYLOAD), which boto3 does not send."""
import hashlib
import hmac
from pathlib import Path

import httpx
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CHUNK = 1024 * 1024
REGION = "auto"
EMPTY = hashlib.sha256().hexdigest()


class StreamingAuth(S3SigV4Auth):
    def payload(self, request):
        return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def framed(data: bytes, signature: str) -> bytes:
    return f"{len(data):x};chunk-signature={signature}\r\n".encode() + data + b"\r\n"


def put_in_signed_chunks(tenant, bucket: str, key: str, path: Path) -> httpx.Response:
    size = path.stat().st_size
    url = f"{tenant.endpoint}/{bucket}/{key}"
    request = AWSRequest("PUT", url, headers={"x-amz-decoded-content-length": str(size), "content-encoding": "aws-chunked"})
    StreamingAuth(Credentials(tenant.access_key_id, tenant.secret), "s3", REGION).add_auth(request)
    headers = dict(request.headers)
    timestamp = headers["X-Amz-Date"]
    scope = f"{timestamp[:8]}/{REGION}/s3/aws4_request"
    signing_key = f"AWS4{tenant.secret}".encode()
    for word in scope.split("/"):
        signing_key = hmac.digest(signing_key, word.encode(), "sha256")

    def chunks():
        signature = headers["Authorization"].rpartition("Signature=")[2]
        with path.open("rb") as file:
            data = None
            while data != b"":
                data = file.read(CHUNK)
                lines = ["AWS4-HMAC-SHA256-PAYLOAD", timestamp, scope, signature, EMPTY, hashlib.sha256(data).hexdigest()]
                signature = hmac.new(signing_key, "\n".join(lines).encode(), "sha256").hexdigest()
                yield framed(data, signature)

    sizes = [CHUNK] * (size // CHUNK) + [size % CHUNK] * (size % CHUNK > 0) + [0]
    overhead = sum(len(f"{each:x};chunk-signature=\r\n\r\n") + 64 for each in sizes)
    return httpx.put(url, content=chunks(), headers={**headers, "content-length": str(size + overhead)}, timeout=300)
