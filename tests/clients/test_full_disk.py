"""Disks that fill up: nothing that was acknowledged is lost, what cannot be recorded is refused with the reason, and with
space everything goes on by itself.

A small library that the test compiles answers "no space left on device" below chosen folders, so that destinations fill up
alone; one test fills a file system of its own."""

import subprocess
import time

import oss2
import pytest
import requests
from aliyun.log import LogException
from cairn_server import RAM, TRAIL, Cairn
from logstores import Logstore
from test_data_events import new_bucket
from test_segments import metric
from test_trail_cli import run as command
from trail_deliveries import Deliveries, ids_of, wait_for

PATIENCE_S = 120


@pytest.fixture(scope="module")
def library(preloaded):
    return preloaded("full_disk")


class Disk:
    """The disk of a server, which is full below some folders."""

    def __init__(self, cairn, library):
        self.cairn, self.orders = cairn, cairn.folder / "full"
        self.environment = {"LD_PRELOAD": str(library), "FULL_DISK_FILE": str(self.orders)}

    def start(self):
        self.cairn.start(self.environment)

    def fill(self, *folders, operations=("write",)):
        places = [(self.cairn.data / folder).resolve() for folder in folders]
        lines = [f"{operation} {place}" for operation in operations for place in places]
        written = self.orders.with_suffix(".new")
        written.write_text("\n".join(lines))
        written.rename(self.orders)

    def free(self):
        self.orders.unlink()


@pytest.fixture
def cairn(tmp_path):
    server = Cairn(tmp_path / "own", "[store]\npart_events = 200\n")
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


def failing_destinations(cairn):
    page = requests.get(f"{cairn.endpoint}/metrics", timeout=30).text.splitlines()
    failing = [line for line in page if line.startswith("cairn_delivery_failing{") and line.endswith(" 1")]
    return [line.split('destination="')[1].split('"')[0] for line in failing]


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
    trail, logs, bucket = Deliveries(cairn), Logstore(cairn), new_bucket(cairn)
    ids = make(cairn, 100)
    bucket.put_object("kept", b"kept")
    logs.put([(int(time.time()), {"text": "kept"})])
    # The server's log is on that disk as well.
    disk.fill("..", operations=operations)

    # The first call finds out; from then on none is begun.
    for action, parameters in [("CreateUser", {"UserName": "late"}), ("CreateUser", {"UserName": "later"})]:
        reply = cairn.call(RAM, action, parameters)
        assert reply.status == 503 and reply.code == "ServiceUnavailable", reply
        assert "No space left on device" in reply.json["Message"] and "free space" in reply.json["Message"], reply
    assert make(cairn, 3) == []
    assert metric(cairn, "cairn_journal_refuses_records") == 1
    with pytest.raises(LogException) as refused:
        logs.put([(int(time.time()), {"text": "late"})])
    assert refused.value.get_error_code() == "ServerBusy" and "full" in refused.value.get_error_message()
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.put_object("late", b"late")
    assert refused.value.status == 503 and "full" in refused.value.message, refused.value
    # What is not recorded can be read.
    assert bucket.get_object("kept").read() == b"kept"
    assert [log["text"] for log in logs.find()] == ["kept"]
    # Whatever works by itself tries in vain meanwhile.
    time.sleep(3)

    disk.free()
    assert wait_for(lambda: takes_calls(cairn)), cairn.log()
    assert metric(cairn, "cairn_journal_refuses_records") == 0
    assert cairn.call(RAM, "GetUser", {"UserName": "later"}).status == 404
    assert cairn.call(RAM, "CreateUser", {"UserName": "late"}).status in (200, 409)
    logs.put([(int(time.time()), {"text": "again"})])
    bucket.put_object("late", b"late")
    nothing_is_lost(trail, ids + make(cairn, 100))


def test_destinations_fill_up_alone(cairn, disk):
    trail = Deliveries(cairn)
    ids = make(cairn, 20)
    assert wait_for(lambda: is_delivered(trail, ids), PATIENCE_S)
    disk.fill("objects")
    late = make(cairn, 20)
    assert len(late) == 20, "calls go on"
    assert wait_for(lambda: set(late) <= set(ids_of(trail.in_logs())), PATIENCE_S), "the logstore does not wait"
    status = wait_for(lambda: failing(trail))
    assert "full" in status["LatestDeliveryError"] and "Free space" in status["LatestDeliveryError"], status
    assert "LatestDeliveryLogServiceError" not in status and status["OssLagEvents"] >= 20
    assert "Free" in command(cairn, "trail", "status", trail.name)
    assert failing_destinations(cairn) == ["bucket"]
    disk.free()
    nothing_is_lost(trail, ids + late)


def failing(trail):
    status = trail.status()
    return status if status.get("LatestDeliveryError") else None


def test_segments_wait_for_space(cairn, disk):
    # With the logs of the trail one part in memory is full, and another has room.
    trail = Deliveries(cairn)
    disk.fill("segments", operations=("write", "create"))
    ids = make(cairn, 130)
    assert len(ids) == 130, "events are in the journal and in memory"
    assert wait_for(lambda: metric(cairn, "cairn_store_flush_failures_total"))
    assert set(trail.lookup(ids)) == set(ids)
    disk.free()
    assert wait_for(lambda: metric(cairn, "cairn_store_flushed_parts_total"), PATIENCE_S)
    left = [path for path in (cairn.data / "segments").rglob("*.unfinished")]
    assert left == []
    nothing_is_lost(trail, ids)


def test_the_control_database_fills_up_alone(cairn, disk):
    trail = Deliveries(cairn)
    ids = make(cairn, 20)
    assert wait_for(lambda: is_delivered(trail, ids), PATIENCE_S)
    disk.fill("control.db")
    late = make(cairn, 20)
    assert len(late) == 20, "what changes no row goes on"
    for _ in range(20):
        reply = cairn.call(RAM, "CreateUser", {"UserName": "late"})
        assert reply.status == 503 and "free space" in reply.json["Message"], reply
        # A refusal is an event like another.
        late.append(reply.request_id)
    assert wait_for(lambda: "free space" in trail.status().get("LatestDeliveryError", "")), trail.status()
    disk.free()
    assert cairn.call(RAM, "CreateUser", {"UserName": "late"}).status == 200
    assert cairn.call(RAM, "GetUser", {"UserName": "late"}).status == 200
    nothing_is_lost(trail, ids + late)


def test_a_start_on_a_full_disk_says_why_not(cairn, disk):
    trail = Deliveries(cairn)
    ids = make(cairn, 50)
    disk.fill("")
    assert make(cairn, 2) == []
    cairn.kill()
    with pytest.raises(AssertionError, match="server ended with"):
        disk.start()
    assert "space" in cairn.log().splitlines()[-1], cairn.log()
    disk.free()
    disk.start()
    nothing_is_lost(trail, ids)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"a file system cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.mark.parametrize("floor_mib", [0, 8])
def test_a_small_file_system_fills_up(small_disk, floor_mib):
    cairn = Cairn(small_disk, f"[journal]\nfree_disk_floor_mib = {floor_mib}\n[store]\npart_events = 200\n").start()
    try:
        trail = Deliveries(cairn)
        ids = make(cairn, 50)
        filler = small_disk / "filler"
        fill(filler)
        # The room that the files of the journal and of the database have already is used up first.
        deadline = time.monotonic() + PATIENCE_S
        while takes_calls(cairn):
            ids += make(cairn, 20)
            assert time.monotonic() < deadline
        reply = cairn.call(TRAIL, "DescribeRegions", {})
        assert reply.status == 503 and "free space" in reply.json["Message"], reply
        assert metric(cairn, "cairn_journal_refuses_records") == 1
        filler.unlink()
        assert wait_for(lambda: takes_calls(cairn)), cairn.log()
        ids += make(cairn, 50)
        fill(filler)
        cairn.kill()
        filler.unlink()
        cairn.start()
        nothing_is_lost(trail, ids)
    finally:
        if cairn.process.poll() is None:
            cairn.kill()


def fill(filler):
    with filler.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError:
                return
