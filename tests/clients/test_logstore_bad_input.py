"""Requests that no client should send, over bare sockets: each is refused for good, and the server goes on."""

import base64
import hashlib
import hmac
import http.client
import json
import time
import zlib
from email.utils import formatdate

import lz4.block
import pyarrow
import pytest
from aliyun.log.log_logs_raw_pb2 import LogGroupRaw
from logstores import Logstore


@pytest.fixture(scope="module")
def store(request):
    return Logstore(request.getfixturevalue("cairn"))


def group(count=1, at=None, value=b"v"):
    made = LogGroupRaw()
    for _ in range(count):
        log = made.Logs.add()
        log.Time = int(time.time()) if at is None else at
        content = log.Contents.add()
        content.Key, content.Value = "k", value
    return made.SerializeToString()


def send(cairn, method, target, host, body=b"", headers=None, sign=True, secret=None, credential=None):
    """One request on a connection of its own; status and code of the answer."""
    credential = credential or cairn.root
    headers = {
        "Host": host, "Date": formatdate(usegmt=True), "x-log-apiversion": "0.6.0", "x-log-signaturemethod": "hmac-sha1",
        "x-log-bodyrawsize": str(len(body)), **({"Content-MD5": hashlib.md5(body).hexdigest().upper()} if body else {}),
        "Content-Type": "application/x-protobuf", **(headers or {}),
    }
    headers = {name: value for name, value in headers.items() if value is not None}
    path, _, query = target.partition("?")
    if sign:
        signed = sorted(
            f"{name.lower()}:{value}\n" for name, value in headers.items() if name.lower().startswith(("x-log-", "x-acs-"))
        )
        resource = path + ("?" + "&".join(sorted(query.split("&"))) if query else "")
        first = [method, headers.get("Content-MD5", ""), headers.get("Content-Type", ""), headers.get("Date", "")]
        text = "\n".join(first) + "\n" + "".join(signed) + resource
        digest = hmac.new((secret or credential.secret).encode(), text.encode(), hashlib.sha1).digest()
        headers["Authorization"] = f"LOG {credential.key_id}:{base64.b64encode(digest).decode()}"
    connection = http.client.HTTPConnection(cairn.address, timeout=60)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders()
        try:
            connection.send(body)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has answered and does not want the rest
        response = connection.getresponse()
        raw = response.read()
        answer = json.loads(raw) if raw else {}
        assert response.getheader("x-log-requestid")
        assert not raw or response.getheader("content-type").startswith("application/json")
        return response.status, "OK" if response.status == 200 else answer["errorCode"]
    finally:
        connection.close()


def put(store, body, **headers):
    host = f"{store.project}.logs.test"
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return send(store.cairn, "POST", f"/logstores/{store.name}/shards/lb", host, body, headers)


def zstd(raw):
    return pyarrow.compress(raw, codec="zstd", asbytes=True)


def packed(raw):
    return lz4.block.compress(raw, store_size=False)


def test_a_good_request_by_hand_is_taken(store):
    assert put(store, group()) == (200, "OK")
    raw = group(3)
    assert put(store, packed(raw), x_log_compresstype="lz4", x_log_bodyrawsize=str(len(raw))) == (200, "OK")
    assert put(store, zlib.compress(raw), x_log_compresstype="deflate", x_log_bodyrawsize=str(len(raw))) == (200, "OK")
    assert put(store, group(0)) == (200, "OK")


def test_bodies_that_are_not_what_they_say(store):
    raw = group(3)
    lz4_of = lambda size, body=None: put(
        store, packed(raw) if body is None else body, x_log_compresstype="lz4", x_log_bodyrawsize=str(size)
    )
    for size in (0, 1, len(raw) - 1, len(raw) + 1, 1_000_000):
        assert lz4_of(size) == (400, "PostBodyUncompressError"), size
    assert lz4_of(11 * 1024 * 1024) == (400, "PostBodyTooLarge")
    assert lz4_of(10**30) == (400, "InvalidBodyRawSize")
    assert lz4_of(-1) == (400, "InvalidBodyRawSize")
    assert lz4_of(100, b"\xff" * 50) == (400, "PostBodyUncompressError")
    bomb = zlib.compress(b"\0" * (500 * 1024 * 1024), 9)
    assert put(store, bomb, x_log_compresstype="deflate", x_log_bodyrawsize="1000") == (400, "PostBodyUncompressError")
    for size in (len(raw) - 1, len(raw) + 1):
        zstd_of = put(store, zstd(raw), x_log_compresstype="zstd", x_log_bodyrawsize=str(size))
        assert zstd_of == (400, "PostBodyUncompressError"), size
    bomb = zstd(b"\0" * (500 * 1024 * 1024))
    assert put(store, bomb, x_log_compresstype="zstd", x_log_bodyrawsize="1000") == (400, "PostBodyUncompressError")
    assert put(store, raw, x_log_compresstype="brotli") == (400, "InvalidCompressType")
    assert put(store, raw, x_log_compresstype="lz4", x_log_bodyrawsize=None) == (400, "MissingBodyRawSize")
    assert put(store, b"\xff" * 40) == (400, "PostBodyInvalid")
    assert put(store, group(1, value=b"\xff\xfe")) == (400, "InvalidEncoding")
    for at in (0, 5, int(time.time()) - 8 * 86_400, int(time.time()) + 1_000, 2**32 - 1):
        assert put(store, group(1, at=at)) == (400, "PostBodyInvalid"), at
    assert put(store, b"{]", Content_Type="application/json") == (400, "PostBodyInvalid")


def test_a_group_that_is_too_large(store):
    value = b"x" * 1_000_000
    assert put(store, group(11, value=value)) == (400, "PostBodyTooLarge")
    assert put(store, b"x" * (12 * 1024 * 1024)) == (400, "PostBodyTooLarge")


def test_signatures_of_every_wrong_kind(store):
    host, cairn = f"{store.project}.logs.test", store.cairn
    ask = lambda **named: send(cairn, "GET", "/logstores/demo", host, **named)
    assert ask() == (200, "OK")
    assert ask(secret="wrong") == (401, "SignatureNotMatch")
    assert ask(sign=False) == (400, "MissAccessKeyId")
    assert ask(headers={"Date": formatdate(time.time() - 3_600, usegmt=True)}) == (400, "RequestTimeTooSkewed")
    assert ask(headers={"Date": "yesterday"}) == (400, "InvalidDateFormat")
    assert ask(headers={"x-log-apiversion": None}) == (400, "MissingAPIVersion")
    assert ask(headers={"x-log-apiversion": "9"}) == (400, "InvalidAPIVersion")
    assert ask(headers={"x-log-signaturemethod": "md5"}) == (400, "InvalidSignatureMethod")
    for authorization in ("LOG", "LOG x", "LOG :", "SLS4-HMAC-SHA256", "SLS4-HMAC-SHA256 Credential=a/b,Signature=c"):
        assert ask(sign=False, headers={"Authorization": authorization})[0] in (400, 401), authorization
    # The body is part of what is signed.
    assert put(store, group(), Content_MD5="0" * 32) == (401, "SignatureNotMatch")
    assert put(store, group(), Content_MD5=None) == (401, "SignatureNotMatch")


def v4(store, secret=None, method="GET", at=None, key_id=None, body_hash=None, change=None, day=None):
    """A request signed by version 4; `change` is done to its headers after they were signed."""
    host, cairn = f"{store.project}.logs.test", store.cairn
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at or time.time()))
    scope = f"{day or at[:8]}/cn-hangzhou/sls/aliyun_v4_request"
    headers = {
        "content-type": "application/json", "host": host, "x-log-apiversion": "0.6.0", "x-log-bodyrawsize": "0",
        "x-log-content-sha256": body_hash or hashlib.sha256(b"").hexdigest(), "x-log-date": at,
    }
    block = "".join(f"{name}:{value}\n" for name, value in headers.items())
    canonical = "\n".join(["GET", "/logstores/demo", "", block, ";".join(headers), headers["x-log-content-sha256"]])
    key = ("aliyun_v4" + (secret or cairn.root.secret)).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"SLS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={key_id or cairn.root.key_id}/{scope}"
    headers["Authorization"] = f"SLS4-HMAC-SHA256 {credential},Signature={signature}"
    headers = {**headers, "Date": None, "x-log-signaturemethod": None, "Content-Type": None, "Host": None, **(change or {})}
    return send(cairn, method, "/logstores/demo", host, b"", headers, sign=False)


def test_signatures_of_version_4_of_every_wrong_kind(store):
    assert v4(store) == (200, "OK")
    assert v4(store, secret="wrong") == (401, "SignatureNotMatch")
    assert v4(store, key_id="LTAInobody") == (401, "InvalidAccessKeyId")
    assert v4(store, at=time.time() - 3_600) == (400, "RequestTimeTooSkewed")
    assert v4(store, at=time.time() + 3_600) == (400, "RequestTimeTooSkewed")
    assert v4(store, day="20200101") == (401, "SignatureNotMatch"), "a key of another day"
    assert v4(store, method="DELETE") == (401, "SignatureNotMatch")
    # The hash is that of the body, whatever was signed.
    assert v4(store, body_hash=hashlib.sha256(b"other").hexdigest()) == (401, "SignatureNotMatch")
    assert v4(store, change={"x-log-date": "yesterday"}) == (400, "InvalidDateFormat")
    assert v4(store, change={"x-log-date": None}) == (400, "InvalidDateFormat")
    assert v4(store, change={"host": "other.logs.test"}) == (401, "SignatureNotMatch")
    assert v4(store, change={"x-log-more": "1"}) == (401, "SignatureNotMatch")
    assert v4(store, change={"content-type": "text/plain"}) == (401, "SignatureNotMatch")
    assert v4(store, change={"x-acs-security-token": "none"})[0] == 401


def test_paths_and_parameters_that_mean_nothing(store):
    host, cairn = f"{store.project}.logs.test", store.cairn
    ask = lambda method, target, body=b"": send(cairn, method, target, host, body, {"Content-Type": "application/json"})
    assert ask("GET", "/logstores/demo/meteringmode") == (400, "NotSupported")
    assert ask("PATCH", "/logstores/demo") == (405, "InvalidMethod")
    assert ask("GET", "/logstores/demo/shards/x?type=cursor&from=begin") == (404, "ShardNotExist")
    assert ask("GET", "/logstores/demo/shards/0?type=cursor&from=soon") == (400, "ParameterInvalid")
    assert ask("GET", "/logstores/demo/shards/0?type=log&cursor=MQ==&count=1001") == (400, "ParameterInvalid")
    assert ask("GET", "/logstores/demo/shards/0?type=log&cursor=OTk5OQ==") == (400, "InvalidCursor")
    assert ask("POST", "/logstores/demo/logs", b"[]")[0] == 400
    assert ask("POST", "/logstores/demo/logs", b"{}") == (400, "ParameterInvalid")
    assert ask("POST", "/logstores/demo/logs", b'{"from":-1,"to":5}') == (400, "ParameterInvalid")
    assert ask("POST", "/logstores/demo/logs", b'{"from":"x","to":5}') == (400, "ParameterInvalid")
    assert ask("POST", "/logstores/demo/logs", b'{"from":1,"to":99999999999999999999}') == (400, "ParameterInvalid")
    assert ask("POST", "/logstores/demo/logs", b'{"from":1,"to":9223372036854775807,"line":5}') == (200, "OK")
    assert ask("GET", "/logstores/demo?type=histogram&from=1&to=9223372036854775807") == (200, "OK")
    assert ask("GET", "/logstores/demo?type=histogram&from=1&to=900000000&interval=1") == (400, "ParameterInvalid")
    assert ask("POST", "/logstores", b'{"logstoreName":"../../x"}') == (400, "LogStoreInfoInvalid")
    assert ask("POST", "/logstores/demo/consumergroups", b'{"consumerGroup":"a/b","timeout":1}') == (400, "ParameterInvalid")
    deep = b'{"keys":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001
    assert ask("PUT", "/logstores/demo/index", deep) == (400, "JsonInfoInvalid")
    assert ask("PUT", "/logstores/demo/index", b" " * (2 * 1024 * 1024)) == (400, "JsonInfoInvalid")
    assert send(cairn, "GET", "/logstores/demo", "unknown.logs.test") == (404, "ProjectNotExist")
    assert send(cairn, "GET", "/logstores/demo", "logs") == (404, "ProjectNotExist")
    assert ask("GET", "/logstores/demo") == (200, "OK")
