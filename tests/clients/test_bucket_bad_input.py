"""Requests to buckets that no official client would send, signed by hand."""

import base64
import hashlib
import hmac
import http.client
import re
from email.utils import formatdate

import oss2
import pytest


def send(cairn, method, path, resource, body=b"", headers=None, date=None):
    headers = {"Date": date or formatdate(usegmt=True), **(headers or {})}
    lines = [method, headers.get("Content-MD5", ""), headers.get("Content-Type", ""), headers["Date"]]
    lines += [f"{name.lower()}:{value}" for name, value in sorted(headers.items()) if name.lower().startswith("x-oss-")]
    text = "\n".join([*lines, resource])
    digest = hmac.new(cairn.root.secret.encode(), text.encode(), hashlib.sha1).digest()
    headers["Authorization"] = f"OSS {cairn.root.key_id}:{base64.b64encode(digest).decode()}"
    connection = http.client.HTTPConnection(cairn.address, timeout=30)
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        content = answer.read().decode()
        code = re.search("<Code>(.*)</Code>", content)
        return answer.status, code.group(1) if code else None, answer.headers
    finally:
        connection.close()


@pytest.fixture(scope="module")
def name(cairn):
    auth = oss2.Auth(cairn.root.key_id, cairn.root.secret)
    bucket = oss2.Bucket(auth, cairn.endpoint, "bad-input")
    bucket.create_bucket()
    bucket.put_object("x", b"0123456789")
    return bucket.bucket_name


def test_keys_cannot_leave_the_folder(cairn, name):
    for key in ("../../../escaped", "..", "a/../../b", "%00nul", "a%00b"):
        decoded = key.replace("%00", "\0")
        status, code, _ = send(cairn, "PUT", f"/{name}/{key}", f"/{name}/{decoded}", b"data")
        assert (status, code) == (200, None), key
    files = [path for path in (cairn.data / "objects" / name).rglob("*") if path.is_file()]
    assert len(files) == 6
    assert not [path for path in cairn.folder.parent.rglob("*escaped*") if "objects" not in path.parts]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<Delete>",
        b"<Delete></Delete>",
        b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><Delete><Object><Key>&b;</Key></Object></Delete>',
        b"\xff\xfe",
        b"<Delete>" + b"<Object><Key>k</Key></Object>" * 1001 + b"</Delete>",
        b"<Delete>" + b" " * (3 * 1024 * 1024) + b"</Delete>",
    ],
    ids=["empty", "open", "nothing", "entities", "no text", "too many", "too long"],
)
def test_bad_xml(cairn, name, body):
    md5 = base64.b64encode(hashlib.md5(body).digest()).decode()
    status, code, _ = send(cairn, "POST", f"/{name}/?delete", f"/{name}/?delete", body, {"Content-MD5": md5})
    assert (status, code) == (400, "MalformedXML")


def test_wrong_times(cairn, name):
    resource = f"/{name}/x"
    assert send(cairn, "GET", resource, resource, date=formatdate(0, usegmt=True))[1] == "RequestTimeTooSkewed"
    assert send(cairn, "GET", resource, resource, date="yesterday")[1] == "AccessDenied"


def test_ranges_that_are_none(cairn, name):
    resource = f"/{name}/x"
    for text in ("bytes=", "bytes=a-b", "bytes=5-1", "bytes=0-1,3-4", "lines=0-1", "bytes=-", "bytes=99999999999999999999-"):
        status, _, headers = send(cairn, "GET", resource, resource, headers={"Range": text})
        assert (status, headers["Content-Length"]) == (200, "10"), text


def test_errors_of_head_have_no_body_and_say_why(cairn, name):
    status, code, headers = send(cairn, "HEAD", f"/{name}/none", f"/{name}/none")
    assert (status, code) == (404, None) and b"NoSuchKey" in base64.b64decode(headers["x-oss-err"])


def test_two_signatures_are_one_too_many(cairn, name):
    resource = f"/{name}/x"
    status, code, _ = send(cairn, "GET", f"{resource}?Signature=a&OSSAccessKeyId=b&Expires=1", resource)
    assert (status, code) == (400, "InvalidArgument")


def test_a_body_that_ends_early_leaves_nothing(cairn, name):
    connection = http.client.HTTPConnection(cairn.address, timeout=30)
    headers = {"Date": formatdate(usegmt=True), "Content-Length": "1000"}
    text = "\n".join(["PUT", "", "", headers["Date"], f"/{name}/short"])
    digest = hmac.new(cairn.root.secret.encode(), text.encode(), hashlib.sha1).digest()
    connection.putrequest("PUT", f"/{name}/short")
    for header, value in {**headers, "Authorization": f"OSS {cairn.root.key_id}:{base64.b64encode(digest).decode()}"}.items():
        connection.putheader(header, value)
    connection.endheaders(b"only this")
    connection.close()
    bucket = oss2.Bucket(oss2.Auth(cairn.root.key_id, cairn.root.secret), cairn.endpoint, name)
    assert not bucket.object_exists("short")
