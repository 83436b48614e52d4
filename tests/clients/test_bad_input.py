"""Input that no honest client sends, over plain sockets. After each the server must still serve."""

import json
import re
import socket
import time
import uuid

import pytest
from cairn_server import CCC, STS, TRAIL
from principals import Person, make_instance
from signing import Credential, SignedRequest, canonical_query, utc_now, v1_parameters, v1_request, v3_request

# The longest that a client may keep a connection with a request that does not come, before the tests give up.
LONGEST_WAIT_S = 90
MEGABYTE = 1024 * 1024


@pytest.fixture(autouse=True)
def still_serves(cairn):
    yield
    assert cairn.process.poll() is None, f"server ended; log:\n{cairn.log()}"
    assert cairn.call(STS, "GetCallerIdentity").status == 200


def connect(cairn, timeout_s=30):
    address, port = cairn.host.rsplit(":", 1)
    return socket.create_connection((address, int(port)), timeout=timeout_s)


def read_answer(sock):
    """All that comes until the server closes or one full answer is there."""
    received = b""
    while True:
        head, found, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head) if found else None
        if length and len(body) >= int(length[1]):
            return received
        try:
            more = sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            return received
        if not more:
            return received
        received += more


def exchange(cairn, data, timeout_s=60):
    with connect(cairn, timeout_s) as sock:
        try:
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # The server may answer and close before it has read everything.
        return read_answer(sock)


def parse(answer):
    head, found, body = answer.partition(b"\r\n\r\n")
    assert found, f"no full HTTP answer: {answer[:500]!r}"
    status = int(head.split(b" ", 2)[1])
    return status, head.decode("latin-1"), body


def check_error(answer, statuses, codes=None):
    status, head, body = parse(answer)
    assert status in statuses, answer[:500]
    assert "application/json" in head, head
    error = json.loads(body)
    for name in ("Code", "Message", "RequestId"):
        assert error.get(name), error
    if codes:
        assert error["Code"] in codes, error
    assert f"x-acs-request-id: {error['RequestId']}".lower() in head.lower()
    return error


def check_refused(answer, statuses):
    """An error as above, or the bare refusal of the HTTP library, which comes before the gateway (docs/gaps.md)."""
    status, head, body = parse(answer)
    if body:
        check_error(answer, statuses)
        return
    assert status in statuses & {400, 414, 431}, answer[:500]
    assert "connection: close" in head.lower(), head


def check_reply(reply, status, code):
    assert (reply.status, reply.code) == (status, code), reply
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.json["Message"] and reply.json["RequestId"] == reply.headers["x-acs-request-id"]


def raw(request):
    head = f"{request.method} {request.target} HTTP/1.1\r\n"
    for name, value in request.headers.items():
        head += f"{name}: {value}\r\n"
    head += f"Content-Length: {len(request.body)}\r\n\r\n"
    return head.encode() + request.body


# Who are you


@pytest.mark.parametrize("send", ["call", "call_v1"])
class TestAuthentication:
    def test_unknown_key(self, cairn, send):
        reply = getattr(cairn, send)(STS, "GetCallerIdentity", {}, Credential("LTAI5tNobodyHasThisKey0", "x"))
        check_reply(reply, 404, "InvalidAccessKeyId.NotFound")

    def test_disabled_key(self, cairn, send):
        person = Person(cairn)
        person.disable()
        check_reply(getattr(cairn, send)(STS, "GetCallerIdentity", {}, person.credential), 403, "InvalidAccessKeyId.Inactive")

    def test_wrong_secret(self, cairn, send):
        forged = Credential(cairn.root.key_id, "wrong")
        reply = getattr(cairn, send)(STS, "GetCallerIdentity", {}, forged)
        check_reply(reply, 400, "SignatureDoesNotMatch")
        prefix = "Specified signature is not matched with our calculation. server string to sign is:"
        assert reply.json["Message"].startswith(prefix)
        assert cairn.root.secret not in reply.raw.decode()

    @pytest.mark.parametrize("offset_s", [-16 * 60, 16 * 60])
    def test_old_clock(self, cairn, send, offset_s):
        reply = getattr(cairn, send)(STS, "GetCallerIdentity", {}, timestamp=utc_now(offset_s))
        check_reply(reply, 400, "InvalidTimeStamp.Expired")

    @pytest.mark.parametrize("offset_s", [-14 * 60, 14 * 60])
    def test_clock_within_the_window(self, cairn, send, offset_s):
        assert getattr(cairn, send)(STS, "GetCallerIdentity", {}, timestamp=utc_now(offset_s)).status == 200

    def test_unreadable_clock(self, cairn, send):
        reply = getattr(cairn, send)(STS, "GetCallerIdentity", {}, timestamp="noon")
        check_reply(reply, 400, "InvalidTimeStamp.Format")

    def test_repeated_nonce(self, cairn, send):
        nonce = uuid.uuid4().hex
        assert getattr(cairn, send)(STS, "GetCallerIdentity", {}, nonce=nonce).status == 200
        check_reply(getattr(cairn, send)(STS, "GetCallerIdentity", {}, nonce=nonce), 400, "SignatureNonceUsed")

    def test_nonce_of_a_forged_call_is_not_burnt(self, cairn, send):
        nonce = uuid.uuid4().hex
        forged = Credential(cairn.root.key_id, "wrong")
        assert getattr(cairn, send)(STS, "GetCallerIdentity", {}, forged, nonce=nonce).status == 400
        assert getattr(cairn, send)(STS, "GetCallerIdentity", {}, nonce=nonce).status == 200

    def test_unknown_action_says_nothing_to_a_stranger(self, cairn, send):
        reply = getattr(cairn, send)(CCC, "NoSuchOperation", {}, Credential(cairn.root.key_id, "wrong"))
        check_reply(reply, 400, "SignatureDoesNotMatch")

    def test_missing_parameter(self, cairn, send):
        reply = getattr(cairn, send)(CCC, "GetInstance")
        assert reply.status == 400 and reply.code in ("MissingInstanceId", "MissingParameter"), reply
        assert "InstanceId" in reply.json["Message"]

    def test_empty_required_parameter(self, cairn, send):
        reply = getattr(cairn, send)(CCC, "GetInstance", {"InstanceId": ""})
        assert reply.status == 400 and reply.code in ("MissingInstanceId", "MissingParameter"), reply

    def test_malformed_parameter(self, cairn, send):
        parameters = {"Name": "a", "DomainName": "a", "StorageMaxDays": "many", "StorageMaxSize": "1"}
        reply = getattr(cairn, send)(CCC, "CreateInstance", parameters)
        assert reply.status == 400, reply
        assert "StorageMaxDays" in reply.code + reply.json["Message"], reply

    def test_config_item_that_is_not_json(self, cairn, send):
        parameters = {"InstanceId": make_instance(cairn), "ConfigItem.1": "a b*"}
        check_reply(getattr(cairn, send)(CCC, "ListConfig", parameters), 400, "Parameter.Format")

    def test_unknown_action(self, cairn, send):
        check_reply(getattr(cairn, send)(CCC, "NoSuchOperation"), 404, "InvalidApi.NotFound")

    def test_unknown_version(self, cairn, send):
        check_reply(getattr(cairn, send)("1999-12-31", "ListConfig"), 400, "InvalidVersion")

    def test_denied(self, cairn, send):
        check_reply(getattr(cairn, send)(TRAIL, "LookupEvents", {}, Person(cairn).credential), 403, "NoPermission")

    @pytest.mark.parametrize("name", ["", "\x00", "../../etc/passwd", "'; DROP TABLE users; --", "a" * 5000, "\u202e審"])
    def test_odd_instance_ids(self, cairn, send, name):
        reply = getattr(cairn, send)(CCC, "GetInstance", {"InstanceId": name})
        assert 400 <= reply.status < 500, reply
        assert reply.code and reply.json["Message"] and reply.json["RequestId"]


V1_NEEDED = ["AccessKeyId", "Signature", "SignatureNonce", "Timestamp", "SignatureMethod", "SignatureVersion"]


@pytest.mark.parametrize("name", ["Action", "Version", *V1_NEEDED])
def test_v1_without(cairn, name):
    parameters = v1_parameters("GetCallerIdentity", STS, {}, cairn.root)
    del parameters[name]
    answer = exchange(cairn, raw(SignedRequest("GET", "/?" + canonical_query(parameters), {"Host": cairn.host})))
    check_error(answer, {400, 403, 404})


V3_NEEDED = [
    "Authorization",
    "x-acs-action",
    "x-acs-version",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-content-sha256",
]


@pytest.mark.parametrize("name", V3_NEEDED)
def test_v3_without(cairn, name):
    request = v3_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    del request.headers[name]
    check_error(exchange(cairn, raw(request)), {400, 403, 404})


@pytest.mark.parametrize("name", ["x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "host"])
def test_v3_header_outside_the_signature(cairn, name):
    """What is not signed could have been changed on the way."""
    request = v3_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    named = request.headers["Authorization"]
    request.headers["Authorization"] = named.replace(f"{name};", "").replace(f";{name}", "")
    check_error(exchange(cairn, raw(request)), {400})


def test_v3_body_that_was_changed(cairn):
    request = v3_request("GetInstance", CCC, {"InstanceId": "a"}, cairn.root, host=cairn.host, in_body=True)
    request.body = b"InstanceId=b"
    check_error(exchange(cairn, raw(request)), {400})


@pytest.mark.parametrize(
    "authorization",
    [
        "ACS3-HMAC-SHA256",
        "ACS3-HMAC-SHA256 ",
        "ACS3-HMAC-SHA256 Credential=,SignedHeaders=,Signature=",
        "ACS3-HMAC-SM3 Credential=a,SignedHeaders=host,Signature=00",
        "ACS3-RSA-SHA256 Credential=a,SignedHeaders=host,Signature=00",
        "ACS3-" + "x" * 4000,
        "ACS3-HMAC-SHA256 Credential=" + "," * 3000,
    ],
)
def test_v3_malformed_authorization(cairn, authorization):
    request = v3_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    request.headers["Authorization"] = authorization
    check_error(exchange(cairn, raw(request)), {400, 404})


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
def test_other_methods(cairn, method):
    request = v1_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    request.method = method
    with connect(cairn) as sock:
        sock.sendall(raw(request).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1))
        answer = b""
        while more := sock.recv(65536):
            answer += more
    if method == "HEAD":
        assert parse(answer)[0] == 400
    else:
        check_error(answer, {400, 405}, {"UnsupportedHTTPMethod"})


# Too much


@pytest.mark.parametrize("path", ["/", "/healthz"])
def test_ten_megabytes(cairn, path):
    body = b"Description=" + b"a" * (10 * MEGABYTE)
    head = f"POST {path} HTTP/1.1\r\nHost: {cairn.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    answer = exchange(cairn, head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    if path == "/":
        check_error(answer, {400, 413})


def test_ten_megabytes_well_signed(cairn):
    parameters = {"InstanceId": "a", "Name": "a" * (10 * MEGABYTE)}
    request = v3_request("CreateSkillGroup", CCC, parameters, cairn.root, host=cairn.host, in_body=True)
    check_error(exchange(cairn, raw(request)), {400, 413})


def test_ten_megabytes_in_chunks(cairn):
    head = f"POST / HTTP/1.1\r\nHost: {cairn.host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    check_error(exchange(cairn, head + chunk * 160 + b"0\r\n\r\n"), {400, 413})


@pytest.mark.parametrize("in_body", [False, True], ids=["query", "form"])
def test_a_hundred_thousand_parameters(cairn, in_body):
    parameters = {f"P.{n}": "" for n in range(100_000)}
    request = v3_request("GetCallerIdentity", STS, parameters, cairn.root, host=cairn.host, in_body=in_body)
    # A request line of a megabyte may be refused before its query is read.
    check_refused(exchange(cairn, raw(request)), {400, 413, 414, 431})


def test_a_list_of_a_hundred_thousand_by_index(cairn):
    reply = cairn.call(CCC, "ListConfig", {"InstanceId": make_instance(cairn), "ConfigItem.99999999999": "{}"})
    assert reply.status in (200, 400), reply


def test_deep_json(cairn):
    parameters = {"InstanceId": make_instance(cairn), "ConfigItem.1": "[" * 100_000 + "]" * 100_000}
    reply = cairn.call(CCC, "ListConfig", parameters, in_body=True)
    assert reply.status == 400, reply


@pytest.mark.parametrize("size", [100_000, 2 * MEGABYTE])
def test_a_long_header(cairn, size):
    request = v1_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    request.headers["X-Long"] = "a" * size
    answer = exchange(cairn, raw(request))
    if parse(answer)[0] != 200:
        check_refused(answer, {400, 413, 431})


def test_thousands_of_headers(cairn):
    request = v1_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    request.headers |= {f"X-{n}": "a" for n in range(5000)}
    check_refused(exchange(cairn, raw(request)), {400, 413, 431})


# Not text


@pytest.mark.parametrize("bad", ["%FF", "%C3%28", "%ED%A0%80", "%F5%80%80%80", "%", "%zz", "%4"])
@pytest.mark.parametrize("placement", ["query", "form"])
def test_broken_encoding(cairn, bad, placement):
    good = canonical_query(v1_parameters("GetCallerIdentity", STS, {}, cairn.root, method="POST"))
    headers = {"Host": cairn.host, "Content-Type": "application/x-www-form-urlencoded"}
    if placement == "query":
        request = SignedRequest("POST", f"/?{good}&Word={bad}", headers)
    else:
        request = SignedRequest("POST", f"/?{good}", headers, f"Word={bad}".encode())
    check_error(exchange(cairn, raw(request)), {400})


def test_bytes_that_are_no_text_in_the_form(cairn):
    good = canonical_query(v1_parameters("GetCallerIdentity", STS, {}, cairn.root, method="POST"))
    headers = {"Host": cairn.host, "Content-Type": "application/x-www-form-urlencoded"}
    check_error(exchange(cairn, raw(SignedRequest("POST", f"/?{good}", headers, b"Word=\xff\xfe\x00"))), {400})


def test_bytes_that_are_no_text_in_a_header(cairn):
    request = v1_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)
    data = raw(request).replace(b"Content-Length", b"User-Agent: caf\xe9 \xff\r\nContent-Length")
    status, _, body = parse(exchange(cairn, data))
    assert status in (200, 400) and json.loads(body)["RequestId"]


def test_bytes_that_are_no_text_in_the_request_line(cairn):
    data = b"GET /?Action=\xff\xfe HTTP/1.1\r\nHost: " + cairn.host.encode() + b"\r\n\r\n"
    check_refused(exchange(cairn, data), {400})


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"NOT HTTP AT ALL\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x00" * 1000,
    ],
    ids=["tls hello", "words", "empty lines", "http 9.9", "zeros"],
)
def test_not_http(cairn, data):
    with connect(cairn, timeout_s=LONGEST_WAIT_S) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        answer = read_answer(sock)
    if answer:
        check_refused(answer, {400, 404, 405, 505})


def test_length_and_chunks_at_once(cairn):
    """Two readings of where the request ends: request smuggling."""
    head = f"POST / HTTP/1.1\r\nHost: {cairn.host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
    check_error(exchange(cairn, head.encode() + b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n"), {400})


def test_no_signature_at_all(cairn):
    check_error(exchange(cairn, f"GET / HTTP/1.1\r\nHost: {cairn.host}\r\n\r\n".encode()), {400, 403, 404})


def test_unknown_path(cairn):
    check_error(exchange(cairn, f"GET /no/such/page HTTP/1.1\r\nHost: {cairn.host}\r\n\r\n".encode()), {400, 404})


# Too slow


def serve_others(cairn):
    started = time.monotonic()
    assert cairn.call(STS, "GetCallerIdentity").status == 200
    assert time.monotonic() - started < LONGEST_WAIT_S / 2, "others wait for the slow one"


def drip(cairn, prefix, filler):
    """A byte per second until the server has enough of it; the seconds that took and what came."""
    started = time.monotonic()
    with connect(cairn) as sock:
        sock.sendall(prefix)
        sock.settimeout(1)
        received = b""
        while time.monotonic() - started < LONGEST_WAIT_S:
            serve_others(cairn)
            try:
                sock.sendall(filler)
                more = sock.recv(65536)
            except TimeoutError:
                continue
            except (BrokenPipeError, ConnectionResetError):
                return time.monotonic() - started, received
            if not more:
                return time.monotonic() - started, received
            received += more
    raise AssertionError(f"after {LONGEST_WAIT_S} s the slow client is still served")


def test_slow_headers(cairn):
    _, received = drip(cairn, f"GET / HTTP/1.1\r\nHost: {cairn.host}\r\nX-Slow: ".encode(), b"a")
    if received:
        check_error(received, {400, 408})


def test_slow_body(cairn):
    head = f"POST / HTTP/1.1\r\nHost: {cairn.host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    _, received = drip(cairn, f"{head}Content-Length: 100000\r\n\r\n".encode(), b"a")
    if received:
        check_error(received, {400, 408})


@pytest.mark.parametrize("sent", [b"", b"GE", b"GET / HTTP/1.1\r\nHost: a\r\n"], ids=["nothing", "a word", "headers"])
def test_connection_that_stops_in_the_middle(cairn, sent):
    started = time.monotonic()
    with connect(cairn, timeout_s=LONGEST_WAIT_S) as sock:
        sock.sendall(sent)
        serve_others(cairn)
        answer = read_answer(sock)
    assert time.monotonic() - started < LONGEST_WAIT_S
    if answer:
        check_error(answer, {400, 408})


def test_half_closed_after_half_a_request(cairn):
    with connect(cairn) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf")
        sock.shutdown(socket.SHUT_WR)
        answer = read_answer(sock)
    if answer:
        check_error(answer, {400, 408})


def test_half_closed_after_a_whole_request(cairn):
    """A client that has said all it wants still gets its answer."""
    with connect(cairn) as sock:
        sock.sendall(raw(v1_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host)))
        sock.shutdown(socket.SHUT_WR)
        assert parse(read_answer(sock))[0] == 200


def test_client_that_does_not_read(cairn):
    with connect(cairn) as sock:
        sock.settimeout(0.5)
        request = raw(v1_request("LookupEvents", TRAIL, {"MaxResults": "50"}, cairn.root, host=cairn.host))
        try:
            for _ in range(2000):
                sock.sendall(request)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
        serve_others(cairn)


def test_five_hundred_idle_connections(cairn):
    idle = [connect(cairn) for _ in range(500)]
    try:
        serve_others(cairn)
    finally:
        for sock in idle:
            sock.close()


def test_pipelined_requests_are_answered_in_order(cairn):
    requests = [v1_request("GetCallerIdentity", STS, {}, cairn.root, host=cairn.host) for _ in range(5)]
    with connect(cairn) as sock:
        sock.sendall(b"".join(raw(request) for request in requests))
        sock.settimeout(10)
        received = b""
        while received.count(b"IdentityType") < 5:
            more = sock.recv(65536)
            assert more, received
            received += more
    assert received.count(b"HTTP/1.1 200") == 5
