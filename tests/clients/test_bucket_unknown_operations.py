"""Every operation that the official `alibabacloud-oss-v2` knows: the server has it, or refuses it and does nothing. None
becomes another one."""

import ast
from pathlib import Path

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.types import OperationInput
from principals import unique
from test_bucket_oss_v2 import client_of

HAS = {
    "ListBuckets", "PutBucket", "DeleteBucket", "GetBucketInfo", "GetBucketLocation", "GetBucketAcl", "PutBucketAcl",
    "GetBucketVersioning", "GetBucketEncryption", "PutBucketEncryption", "DeleteBucketEncryption", "GetBucketLifecycle",
    "PutBucketLifecycle", "DeleteBucketLifecycle", "InitiateBucketWorm", "AbortBucketWorm", "GetBucketWorm",
    "CompleteBucketWorm", "ExtendBucketWorm", "ListObjects", "ListObjectsV2", "ListObjectVersions",
    "ListMultipartUploads", "DeleteMultipleObjects", "PutObject", "CopyObject", "AppendObject", "GetObject",
    "HeadObject", "GetObjectMeta", "DeleteObject", "GetObjectAcl", "PutObjectAcl", "GetObjectTagging",
    "PutObjectTagging", "DeleteObjectTagging", "InitiateMultipartUpload", "UploadPart", "UploadPartCopy", "ListParts",
    "CompleteMultipartUpload", "AbortMultipartUpload",
}  # fmt: skip


def operations():
    """Name, method, level and query names of every operation in the SDK's source."""
    folder = Path(oss.__file__).parent / "operations"
    for file in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "OperationInput":
                given = {keyword.arg: keyword.value for keyword in node.keywords}
                name, method = given["op_name"].value, given["method"].value
                queries = given["parameters"].keys if "parameters" in given else []
                level = "object" if "key" in given else "bucket" if "bucket" in given else "service"
                yield name, method, level, tuple(query.value for query in queries)


UNKNOWN = sorted({operation for operation in operations() if operation[0] not in HAS})


def test_the_walk_sees_the_whole_sdk():
    assert HAS <= {name for name, *_ in operations()}
    assert len(UNKNOWN) > 90, UNKNOWN


@pytest.fixture(scope="module")
def place(cairn):
    """A client, an empty bucket, and one with an object."""
    client = client_of(cairn, "v4")
    empty, full = unique("empty"), unique("full")
    for name in (empty, full):
        client.put_bucket(oss.PutBucketRequest(bucket=name))
    client.put_object(oss.PutObjectRequest(bucket=full, key="kept", body=b"kept"))
    return client, empty, full


@pytest.mark.parametrize("operation", UNKNOWN, ids=lambda operation: operation[0])
def test_it_is_refused_and_nothing_is_done(place, operation):
    client, empty, full = place
    name, method, level, queries = operation
    address = {"service": {}, "bucket": {"bucket": empty}, "object": {"bucket": full, "key": "kept"}}[level]
    for body in (None, b"<Any><Thing>on</Thing></Any>") if method in ("PUT", "POST") else (None,):
        asked = OperationInput(name, method, parameters=dict.fromkeys(queries, ""), body=body, **address)
        with pytest.raises(oss.exceptions.OperationError) as raised:
            client.invoke_operation(asked)
        error = raised.value.unwrap()
        assert isinstance(error, oss.exceptions.ServiceError) and 400 <= error.status_code < 500, error
    assert client.is_bucket_exist(empty)
    kept = client.get_object(oss.GetObjectRequest(bucket=full, key="kept"))
    assert kept.body.read() == b"kept"
