"""Events that left memory for Parquet files: the same answers, and files that another engine reads without us."""

import json
import time
import urllib.request

import duckdb
import pytest
from cairn_server import CCC, STS, Cairn

CALLS = 60
# Parts of a few events, so that nearly all are in files at once.
CONFIG = "[store]\npart_events = 16\ncompaction = false\n"


@pytest.fixture
def cairn(tmp_path):
    server = Cairn(tmp_path, config=CONFIG).start()
    yield server
    if server.process.poll() is None:
        server.stop()


def metric(cairn, name):
    with urllib.request.urlopen(f"{cairn.endpoint}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def wait_for_files(cairn, events):
    deadline = time.monotonic() + 20
    while metric(cairn, "cairn_store_segment_events") < events:
        assert time.monotonic() < deadline, f"no segments; log:\n{cairn.log()}"
        time.sleep(0.05)


def fill(cairn):
    """Good calls and refused ones, with text in two scripts."""
    ids = []
    for n in range(CALLS):
        if n % 3:
            ids.append(cairn.ask(STS, "GetCallerIdentity")["RequestId"])
        else:
            parameters = {"InstanceId": f"呼叫中心-{n}", "ObjectType": '"quoted" \\ text'}
            ids.append(cairn.call(CCC, "ListConfig", parameters).request_id)
    wait_for_files(cairn, CALLS - 16)
    return ids


def test_lookups_do_not_see_where_events_are(cairn):
    ids = fill(cairn)
    cairn.kill()
    cairn.start()
    for request_id in ids[:: CALLS // 6]:
        assert cairn.event(request_id)["requestId"] == request_id
    found, token = [], {}
    while token is not None:
        page = cairn.lookup(("EventName", "GetCallerIdentity"), MaxResults="7", Direction="FORWARD", **token)
        found += [event["eventId"] for event in page["Events"]]
        token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
    assert found == [request_id for n, request_id in enumerate(ids) if n % 3]


def test_another_engine_reads_the_same_events(cairn):
    fill(cairn)
    files = str(cairn.data / "segments" / "**" / "*.parquet")
    rows = duckdb.execute(
        "SELECT event, event_id, event_name, epoch(event_time)::BIGINT, region, resource_names, position, stream"
        " FROM read_parquet(?, hive_partitioning = true) ORDER BY position",
        [files],
    ).fetchall()
    assert len(rows) >= CALLS - 16
    assert [row[6] for row in rows] == list(range(1, len(rows) + 1))
    for text, event_id, name, time_s, region, names, _, stream in rows:
        event = json.loads(text)
        assert (event["eventId"], event["eventName"]) == (event_id, name)
        assert time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time_s)) == event["eventTime"]
        assert region in ("*", event["acsRegion"])
        assert stream.endswith(cairn.account)
        assert all(name in text for name in names)
        assert cairn.event(event_id) == event
    counts = dict(duckdb.execute(f"SELECT event_name, count(*) FROM '{files}' GROUP BY 1").fetchall())
    assert counts["ListConfig"] + counts["GetCallerIdentity"] >= CALLS - 17
    assert sum(counts.values()) >= len(rows)


def test_check_and_rebuild(cairn):
    fill(cairn)
    running = cairn.cli("store", "check", str(cairn.data))
    assert "sound" in running.stdout
    cairn.stop()
    index = sorted((cairn.data / "segments").rglob("*.idx"))[0]
    content = bytearray(index.read_bytes())
    content[-1] ^= 0x10
    index.write_bytes(content)
    broken = cairn.cli("store", "check", str(cairn.data), check=False)
    assert broken.returncode != 0 and index.name in broken.stdout
    cairn.cli("store", "rebuild-index", str(cairn.data), "--segment", str(index.relative_to(cairn.data / "segments")))
    assert "sound" in cairn.cli("store", "check", str(cairn.data)).stdout
    cairn.start()
    refused = cairn.cli("store", "rebuild-index", str(cairn.data), check=False)
    assert refused.returncode != 0 and "in use" in refused.stderr
