"""Disks that fill up: nothing that was acknowledged is lost, what cannot be recorded is refused with the reason, and with
space everything goes on by itself.

A small library that the test compiles answers "no space left on device" below chosen folders, so that destinations fill up
alone; one test fills a file system of its own."""

import subprocess
import time
from pathlib import Path

import oss2
import pytest
import requests
from aliyun.log import LogException
from cairn_server import RAM, TRAIL, Cairn
from logstores import Logstore
from principals import unique
from trail_deliveries import Deliveries, ids_of, wait_for

PATIENCE_S = 120


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    library = tmp_path_factory.mktemp("disk") / "full_disk.so"
    source = Path(__file__).parent / "full_disk.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return library


class Disk:
    """The disk of a server, which is full below some folders."""

    def __init__(self, cairn, library):
        self.cairn, self.orders = cairn, cairn.folder / "full"
        self.environment = {"LD_PRELOAD": str(library), "FULL_DISK_FILE": str(self.orders)}

    def start(self):
        self.cairn.start(self.environment)

    def fill(self, *folders, operations=("write",)):
        lines = [f"{operation} {self.cairn.data / folder}" for operation in operations for folder in folders]
        written = self.orders.with_suffix(".new")
        written.write_text("\n".join(lines))
        written.rename(self.orders)

    def free(self):
        self.orders.unlink()


@pytest.fixture
def cairn(tmp_path):
    server = Cairn(tmp_path / "own", "[store]\npart_events = 40\n")
    yield server
    if server.process and server.process.poll() is None:
        server.kill()


@pytest.fixture
def disk(cairn, library):
    disk = Disk(cairn, library)
    disk.start()
    return disk


def make(cairn, count):
    """Calls that are events; the ids of those that were served."""
    replies = [cairn.call(TRAIL, "DescribeRegions", {}) for _ in range(count)]
    return [reply.request_id for reply in replies if reply.status == 200]


def metric(cairn, name):
    page = requests.get(f"{cairn.endpoint}/metrics", timeout=30).text
    [value] = [line.split()[-1] for line in page.splitlines() if line.startswith(f"cairn_{name} ")]
    return float(value)


def takes_calls(cairn):
    return cairn.call(TRAIL, "DescribeRegions", {}).status == 200


def is_delivered(trail, ids):
    return set(ids) <= set(ids_of(trail.in_bucket())) and set(ids) <= set(ids_of(trail.in_logs()))


def nothing_is_lost(trail, ids):
    """Every acknowledged event is found, and once in each destination; then the files are looked at."""
    cairn = trail.cairn
    assert set(trail.lookup(ids)) == set(ids)
    assert wait_for(lambda: is_delivered(trail, ids), PATIENCE_S), trail.call("GetTrailDelivery")
    for report in trail.call("VerifyTrailDelivery")["Destinations"]:
        assert report["FindingCount"] == 0 and report["Expected"] >= len(ids), report
    cairn.stop()
    cairn.cli("journal", "check", str(cairn.data))
    assert "sound" in cairn.cli("store", "check", str(cairn.data)).stdout


@pytest.mark.parametrize("operations", [("write",), ("write", "sync", "create"), ("sync",)])
def test_a_full_disk_refuses_and_recovers(cairn, disk, operations):
    trail, logs = Deliveries(cairn), Logstore(cairn)
    ids = make(cairn, 100)
    trail.bucket().put_object("kept", b"kept")
    logs.put([(int(time.time()), {"text": "kept"})])
    disk.fill("", operations=operations)

    # The first call finds out; from then on none is begun.
    for action, parameters in [("CreateUser", {"UserName": "late"}), ("CreateUser", {"UserName": "later"})]:
        reply = cairn.call(RAM, action, parameters)
        assert reply.status == 503 and reply.code == "ServiceUnavailable", reply
        assert "No space left on device" in reply.json["Message"] and "free space" in reply.json["Message"], reply
    assert make(cairn, 3) == []
    assert metric(cairn, "journal_refuses_records") == 1
    with pytest.raises(LogException) as refused:
        logs.put([(int(time.time()), {"text": "late"})])
    assert refused.value.get_error_code() == "ServerBusy" and "full" in refused.value.get_error_message()
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        trail.bucket().put_object("late", b"late")
    assert refused.value.status == 503 and "full" in refused.value.message, refused.value
    # What is not recorded can be read.
    assert trail.bucket().get_object("kept").read() == b"kept"
    assert [log.get_contents()["text"] for log in logs.find()] == ["kept"]
    time.sleep(3)

    disk.free()
    assert wait_for(lambda: takes_calls(cairn)), cairn.log()
    assert metric(cairn, "journal_refuses_records") == 0
    assert cairn.call(RAM, "GetUser", {"UserName": "later"}).status == 404
    assert cairn.call(RAM, "CreateUser", {"UserName": "late"}).status in (200, 409)
    logs.put([(int(time.time()), {"text": "again"})])
    trail.bucket().put_object("late", b"late")
    nothing_is_lost(trail, ids + make(cairn, 100))
