"""Calls without a trustworthy account: in no account's audit, but in the security log."""

import http.client
import json

from cairn_server import STS
from signing import Credential


def rejected(cairn):
    done = cairn.cli("events", "rejected", "--data", str(cairn.data), "--json")
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def test_rejected_calls_are_in_their_own_log(cairn):
    forged = cairn.call(STS, "GetCallerIdentity", {}, Credential(cairn.root.key_id, "wrong"))
    unknown = cairn.call_v1(STS, "GetCallerIdentity", {}, Credential("LTAI5tNobodyHasThisKey0", "wrong"))
    for reply in (forged, unknown):
        assert cairn.events_with_id(reply.request_id) == []
    log = rejected(cairn)
    by_text = {reply.request_id: [entry for entry in log if reply.request_id in json.dumps(entry)] for reply in (forged, unknown)}
    for reply, code, key in (
        (forged, "SignatureDoesNotMatch", cairn.root.key_id),
        (unknown, "InvalidAccessKeyId.NotFound", "LTAI5tNobodyHasThisKey0"),
    ):
        (entry,) = by_text[reply.request_id]
        text = json.dumps(entry)
        for part in (code, key, "GetCallerIdentity", "127.0.0.1"):
            assert part in text, entry
    assert cairn.root.secret not in json.dumps(log)


def test_rejected_calls_for_people(cairn):
    reply = cairn.call(STS, "GetCallerIdentity", {}, Credential("LTAI5tNobodyHasThisKey1", "wrong"))
    assert reply.status == 404
    assert "LTAI5tNobodyHasThisKey1" in cairn.cli("events", "rejected", "--data", str(cairn.data)).stdout


def test_a_flood_is_limited_and_counted(own_cairn):
    cairn = own_cairn
    for n in range(3000):
        assert cairn.call(STS, "GetCallerIdentity", {}, Credential(f"LTAI5tFlood{n:012}", "x")).status == 404
    connection = http.client.HTTPConnection(cairn.host, timeout=30)
    connection.request("GET", "/metrics")
    metrics = connection.getresponse().read().decode()
    connection.close()
    counted = [line for line in metrics.splitlines() if "reject" in line and not line.startswith("#")]
    assert sum(float(line.rsplit(" ", 1)[1]) for line in counted) >= 3000, counted
    assert len(rejected(cairn)) <= 3000
    assert cairn.call(STS, "GetCallerIdentity").status == 200
