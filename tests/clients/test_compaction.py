"""Small segments are joined while calls go on: fewer files, the same answers, also after a crash and a clean stop."""

import time

import pytest
from cairn_server import STS, Cairn
from test_segments import metric

CALLS = 150
CONFIG = "[store]\npart_events = 8\n"


@pytest.fixture
def cairn(tmp_path):
    server = Cairn(tmp_path, config=CONFIG).start()
    yield server
    if server.process.poll() is None:
        server.stop()


def settled(cairn):
    """Waits until nothing is left to be joined and removed; the number of files, which is two for each segment."""
    deadline = time.monotonic() + 30
    while True:
        files = sum(path.is_file() for path in (cairn.data / "segments").rglob("*"))
        if metric(cairn, "cairn_store_compactions_total") and files == 2 * metric(cairn, "cairn_store_segments"):
            return files
        assert time.monotonic() < deadline, f"{files} files; log:\n{cairn.log()}"
        time.sleep(0.1)


def found(cairn):
    ids, token = [], {}
    while token is not None:
        page = cairn.lookup(("EventName", "GetCallerIdentity"), MaxResults="50", Direction="FORWARD", **token)
        ids += [event["eventId"] for event in page["Events"]]
        token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
    return ids


def test_joined_segments_answer_as_before(cairn):
    ids = []
    for n in range(CALLS):
        ids.append(cairn.ask(STS, "GetCallerIdentity")["RequestId"])
        if n % 50 == 49:
            assert found(cairn) == ids
    files = settled(cairn)
    assert files < 2 * CALLS // 8, "there are fewer than were written"
    assert metric(cairn, "cairn_store_removed_segments_total") > 0
    assert metric(cairn, "cairn_store_maintenance_failures_total") == 0
    assert "sound" in cairn.cli("store", "check", str(cairn.data)).stdout
    for end in (cairn.kill, cairn.stop):
        end()
        report = cairn.cli("store", "check", str(cairn.data)).stdout
        assert "sound" in report
        cairn.start()
        assert found(cairn) == ids
