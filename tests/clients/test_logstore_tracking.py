"""Logs that pages and devices write without a key. The official tracker of browsers is in `node/logstore.test.js`."""

import http.client
import json
import time
import zlib

import pytest
from logstores import Logstore
from test_logstore_bad_input import send


@pytest.fixture(scope="module")
def store(request):
    return Logstore(request.getfixturevalue("cairn"), enable_tracking=True)


def track(store, body=b"", target="track", method="POST", project=None, **headers):
    """An unsigned request; status, code, headers and bytes of the answer."""
    connection = http.client.HTTPConnection(store.cairn.address, timeout=60)
    try:
        connection.putrequest(method, f"/logstores/{store.name}/{target}", skip_host=True)
        connection.putheader("Host", f"{project or store.project}.logs.test")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        raw = response.read()
        code = "OK" if response.status == 200 else json.loads(raw)["errorCode"]
        return response.status, code, response, raw
    finally:
        connection.close()


def outcome(*arguments, **named):
    return track(*arguments, **named)[:2]


def group(**more):
    return json.dumps({"__topic__": "web", "__source__": "page", "__logs__": [{"k": "v", "n": 5}], **more}).encode()


def test_a_group_is_written_at_its_arrival(store):
    asked_s = int(time.time())
    body = group(__logs__=[{"id": "early", "__time__": 5}, {"id": "other", "o": {"a": [1]}}], __tags__={"site": "审"})
    assert outcome(store, body, x_log_apiversion="0.6.0", x_log_bodyrawsize=str(len(body))) == (200, "OK")
    found = sorted(store.find("early or other", topic="web"), key=lambda log: log["id"])
    assert [(log["id"], log["__tag__:site"], log["__source__"]) for log in found] == [
        ("early", "审", "page"), ("other", "审", "page")
    ]
    assert all(asked_s <= log["__time__"] <= time.time() for log in found) and found[1]["o"] == '{"a":[1]}'


def test_a_compressed_group_and_a_link_are_written(store):
    body = group(__logs__=[{"id": "packed"}])
    headers = {"x_log_apiversion": "0.6.0", "x_log_compresstype": "deflate", "x_log_bodyrawsize": str(len(body))}
    assert outcome(store, zlib.compress(body), **headers) == (200, "OK")
    assert outcome(store, target="track?APIVersion=0.6.0&__topic__=link&id=linked&text=a%20b%26c", method="GET") == (200, "OK")
    status, _, response, raw = track(store, target="track.gif?APIVersion=0.6.0&id=pictured", method="GET")
    assert (status, response.getheader("content-type"), raw[:6]) == (200, "image/gif", b"GIF89a")
    assert response.getheader("access-control-allow-origin") == "*"
    assert [log["text"] for log in store.find("linked", topic="link")] == ["a b&c"]
    assert len(store.find("packed")) == len(store.find("pictured")) == 1


def test_a_browser_may_ask_first(store):
    status, _, response, _ = track(store, method="OPTIONS", target="track?APIVersion=0.6.0")
    assert (status, response.getheader("access-control-allow-methods")) == (200, "GET, POST")
    assert "content-type" in response.getheader("access-control-allow-headers")


def test_what_is_refused(store):
    version = {"x_log_apiversion": "0.6.0"}
    assert outcome(store, group(), target="track?APIVersion=9") == (400, "InvalidAPIVersion")
    assert outcome(store, b"{}", **version) == (400, "PostBodyInvalid")
    assert outcome(store, b"\xff", **version) == (400, "PostBodyInvalid")
    assert outcome(store, group(__topic__="x" * 129), **version) == (400, "PostBodyInvalid")
    assert outcome(store, b"x" * (12 * 1024 * 1024), **version)[0] == 400
    assert outcome(store, target="track?APIVersion=0.6.0&k=" + "x" * 17_000, method="GET") == (400, "PostBodyTooLarge")
    assert outcome(store, group(), project="nobodys-project", **version) == (404, "ProjectNotExist")
    assert outcome(store, method="PUT", target="track?APIVersion=0.6.0") == (405, "InvalidMethod")
    closed = Logstore(store.cairn)
    assert outcome(closed, group(), **version) == (401, "Unauthorized")
    assert closed.find() == []


def test_nothing_else_is_open(store):
    for method, target in [("GET", "/logstores/demo"), ("POST", "/logstores/demo/shards/lb"), ("POST", "/logstores/demo/track/x")]:
        assert send(store.cairn, method, target, f"{store.project}.logs.test", sign=False) == (400, "MissAccessKeyId")
    store.client.update_logstore(store.project, store.name, enable_tracking=False)
    assert outcome(store, group(), x_log_apiversion="0.6.0") == (401, "Unauthorized")
