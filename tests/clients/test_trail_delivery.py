"""Events of calls, read back from buckets and logstores with `oss2` and `aliyun-log-python-sdk`: each once, as LookupEvents
has them."""

import gzip
import hashlib
import json
import re
import subprocess
import threading
import time
from pathlib import Path

import oss2
import pytest
from aliyun.log import LogItem, PutLogsRequest
from aliyun.log.consumer import ConsumerProcessorBase, ConsumerWorker, CursorPosition, LogHubConfig
from cairn_server import TRAIL
from conftest import run as serve
from logstores import ENDPOINT, client_of, fails, resolve_here
from principals import unique
from trail_deliveries import Deliveries, Place, ids_of, wait_for


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: an account has a hundred buckets and five trails."""
    yield from serve(tmp_path_factory.mktemp("delivery"))


KEY = re.compile(
    r"ops-audit/AliyunLogs/Actiontrail/(?P<region>[a-z0-9-]+)/\d{4}/\d\d/\d\d/"
    r"Actiontrail_(?P=region)_\d{14}_1002_(?P<count>\d+)_(?P<size>\d+)_(?P<md5>[0-9a-f]{32})\.gz"
)


def test_every_event_is_in_bucket_and_logstore_once(cairn):
    trail = Deliveries(cairn, OssKeyPrefix="ops-audit")
    ids = trail.make_events(30)
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_logs())))
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_bucket())))
    looked_up = trail.lookup(ids)
    for events in (trail.in_bucket(), trail.in_logs()):
        here = [event for event in events if event["eventId"] in looked_up]
        assert sorted(ids_of(here)) == sorted(ids)
        assert all(event == looked_up[event["eventId"]] for event in here)
        assert "StartLogging" in {event["eventName"] for event in events}
        assert "CreateTrail" not in {event["eventName"] for event in events}
    for key, events in trail.files().items():
        parts, body = KEY.fullmatch(key), trail.bucket().get_object(key)
        content = body.read()
        assert body.headers["Content-Type"] == "application/gzip" and "Content-Encoding" not in body.headers
        assert (int(parts["count"]), int(parts["size"])) == (len(events), len(content))
        assert parts["md5"] == hashlib.md5(content).hexdigest()
        assert {event["acsRegion"] for event in events} == {parts["region"]} or any(e["isGlobal"] for e in events)
        assert len(gzip.decompress(content).decode().splitlines()) == len(events)
    status = trail.status()
    assert status["IsLogging"] and status["OssBucketStatus"] and status["SlsLogStoreStatus"]
    assert status["LatestDeliveryTime"] and status["LatestDeliveryLogServiceTime"]
    assert "LatestDeliveryError" not in status and "LatestDeliveryLogServiceError" not in status
    reports = trail.call("VerifyTrailDelivery")["Destinations"]
    assert [report["FindingCount"] for report in reports] == [0, 0]
    assert all(report["Expected"] == report["Found"] + report["Waiting"] for report in reports)
    assert all(report["Found"] >= 30 and report["Expired"] == 0 for report in reports)


def test_events_are_in_the_logstore_within_two_seconds(cairn):
    """From the answer to a call until get_log finds its event: the middle of some."""
    trail = Deliveries(cairn, to=("logs",))
    assert wait_for(lambda: ids_of(trail.in_logs())), "it delivers"
    waits = []
    for _ in range(11):
        [event_id] = trail.make_events(1)
        answered, query, now = time.monotonic(), f"event.eventId: {event_id}", int(time.time())

        def found():
            return trail.logs.get_log(trail.project, trail.logstore, now - 900, now + 900, query=query).get_logs()

        assert wait_for(found)
        waits.append(time.monotonic() - answered)
    assert sorted(waits)[5] < 2, waits
    trail.call("DeleteTrail")


def test_a_file_waits_a_minute_when_nothing_is_set(own_cairn, tmp_path):
    cairn, place, library = own_cairn, Place(own_cairn), tmp_path / "clock_ahead.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(__file__).parent / "clock_ahead.c", "-ldl"], check=True)
    cairn.ask(TRAIL, "CreateTrail", {"Name": "minute", "OssBucketName": place.bucket})
    cairn.ask(TRAIL, "StartLogging", {"Name": "minute"})
    began = time.monotonic()
    event_id = cairn.ask(TRAIL, "DescribeRegions", {})["RequestId"]
    auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)

    def files(ahead_s):
        """What is there when the server's clock is so many seconds ahead; the wall's clock goes on meanwhile."""
        cairn.stop()
        cairn.start({"LD_PRELOAD": str(library), "CLOCK_AHEAD_S": str(ahead_s)})
        bucket = oss2.Bucket(auth, cairn.endpoint, place.bucket, region="cn-hangzhou", connect_timeout=30)
        time.sleep(3)
        return [gzip.decompress(bucket.get_object(found.key).read()) for found in oss2.ObjectIterator(bucket)]

    early = files(20)
    assert early == [] or time.monotonic() - began > 38, "a minute is not over"
    assert wait_for(lambda: any(event_id.encode() in file for file in files(61)))


def test_the_logstore_is_the_documented_one(cairn):
    trail = Deliveries(cairn, to=("logs",))
    ids = trail.make_events(3)
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_logs())))
    now = int(time.time())
    found = trail.logs.get_log(
        trail.project, trail.logstore, now - 900, now + 900, query=f"event.eventId: {ids[0]}", size=10
    ).get_logs()
    assert len(found) == 1
    contents = found[0].get_contents()
    assert contents["__topic__"] == "actiontrail_audit_event" and found[0].get_source() == "actiontrail_internal"
    assert {key for key in contents if not key.startswith("__")} == {"event"}
    request = PutLogsRequest(trail.project, trail.logstore, "", "", [LogItem(contents=[("a", "b")])])
    fails("LogStoreWriteForbidden", trail.logs.put_logs, request)
    index = trail.logs.get_index_config(trail.project, trail.logstore).get_index_config().to_json()
    assert index["keys"]["event"]["type"] == "json" and "eventName" in index["keys"]["event"]["json_keys"]
    trail.call("DeleteTrail")
    assert wait_for(lambda: writes(trail, request))


def writes(trail, request):
    try:
        trail.logs.put_logs(request)
    except Exception:  # noqa: BLE001 - the protection ends a moment after the trail
        return False
    return True


class Taking(ConsumerProcessorBase):
    taken = []

    def process(self, log_groups, check_point_tracker):
        for group in log_groups.LogGroups:
            for log in group.Logs:
                self.taken.extend(json.loads(content.Value)["eventId"] for content in log.Contents)
        self.save_checkpoint(check_point_tracker)


def test_a_consumer_group_gets_every_event_once(cairn):
    trail = Deliveries(cairn, to=("logs",))
    ids = trail.make_events(20)
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_logs())))
    resolve_here()
    port = cairn.address.rsplit(":", 1)[1]
    option = LogHubConfig(
        f"http://{ENDPOINT}:{port}", cairn.root.key_id, cairn.root.secret, trail.project, trail.logstore, "group",
        "consumer", cursor_position=CursorPosition.BEGIN_CURSOR, heartbeat_interval=5, data_fetch_interval=1,
    )
    Taking.taken = []
    worker = ConsumerWorker(Taking, consumer_option=option)
    worker.start()
    try:
        assert wait_for(lambda: set(ids) <= set(Taking.taken))
    finally:
        worker.shutdown()
    assert len(Taking.taken) == len(set(Taking.taken))


def test_stop_and_start(cairn):
    trail = Deliveries(cairn)
    first = trail.make_events(3)
    stop = trail.call("StopLogging")["RequestId"]
    between = trail.make_events(3)
    trail.call("StartLogging")
    second = trail.make_events(3)
    wanted = {*first, stop, *second}
    for read in (trail.in_logs, trail.in_bucket):
        assert wait_for(lambda: wanted <= set(ids_of(read())))
        events = ids_of(read())
        assert not set(between) & set(events) and len(events) == len(set(events))


def test_kinds_and_regions(cairn):
    writes_only = Deliveries(cairn, to=("logs",), EventRW="Write", name="writes-only-trail")
    elsewhere = Deliveries(cairn, to=("logs",), TrailRegion="cn-beijing", name="elsewhere-trail")
    read = cairn.call(TRAIL, "DescribeRegions", {}).request_id
    write = writes_only.call("StopLogging")["RequestId"]
    assert wait_for(lambda: write in ids_of(writes_only.in_logs()))
    assert read not in ids_of(writes_only.in_logs())
    assert {event["eventRW"] for event in writes_only.in_logs()} == {"Write"}
    assert read not in ids_of(elsewhere.in_logs())
    for trail in (writes_only, elsewhere):
        trail.call("DeleteTrail")


def test_a_failing_destination_says_what_to_do_and_holds_up_nobody(cairn):
    trail = Deliveries(cairn)
    ids = trail.make_events(2)
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_bucket())))
    bucket = trail.bucket()
    for found in oss2.ObjectIterator(bucket):
        bucket.delete_object(found.key)
    wait_for(lambda: deleted(bucket))
    lost = trail.make_events(2)
    error = wait_for(lambda: trail.status().get("LatestDeliveryError"))
    assert trail.bucket_name in error and "create it" in error
    assert wait_for(lambda: set(lost) <= set(ids_of(trail.in_logs()))), "the logstore goes on"
    assert "LatestDeliveryLogServiceError" not in trail.status()
    bucket.create_bucket()
    assert wait_for(lambda: set(lost) <= set(ids_of(trail.in_bucket())), 360), "delivery recovers by itself"
    events = ids_of(trail.in_bucket())
    assert len(events) == len(set(events)) and "LatestDeliveryError" not in trail.status()


def test_another_bucket_gets_what_the_one_before_was_not_given(own_cairn):
    trail = Deliveries(own_cairn)
    before = trail.make_events(3)
    assert wait_for(lambda: set(before) <= set(ids_of(trail.in_bucket())))
    bucket = trail.bucket()
    wait_for(lambda: deleted(bucket))
    late = trail.make_events(3)
    assert "give the trail another bucket" in wait_for(lambda: trail.status().get("LatestDeliveryError"))
    trail.bucket_name = unique("bucket")
    trail.bucket().create_bucket()
    trail.call("UpdateTrail", OssBucketName=trail.bucket_name)
    late += trail.make_events(3)
    assert wait_for(lambda: set(late) <= set(ids_of(trail.in_bucket())))
    events = ids_of(trail.in_bucket())
    assert len(events) == len(set(events)) and not set(before) & set(events)
    # A job for the past brings what the bucket before had, and nothing twice.
    job = trail.call("CreateDeliveryHistoryJob", TrailName=trail.name)["JobId"]
    assert wait_for(lambda: trail.call("GetDeliveryHistoryJob", JobId=str(job))["JobStatus"] == 2)
    events = ids_of(trail.in_bucket())
    assert len(events) == len(set(events)) and set(before + late) <= set(events)
    reports = trail.call("VerifyTrailDelivery")["Destinations"]
    assert [report["FindingCount"] for report in reports] == [0, 0]


def deleted(bucket):
    """A bucket is deleted when it is empty, and a delivery may come in between."""
    try:
        for found in oss2.ObjectIterator(bucket):
            bucket.delete_object(found.key)
        bucket.delete_bucket()
    except oss2.exceptions.BucketNotEmpty:
        return False
    return True


def test_history_is_delivered_once(own_cairn):
    past = [own_cairn.call(TRAIL, "DescribeRegions", {}).request_id for _ in range(20)]
    trail = Deliveries(own_cairn)
    live = trail.make_events(5)
    for _ in range(2):
        job = trail.call("CreateDeliveryHistoryJob", TrailName=trail.name)["JobId"]
        assert wait_for(lambda: trail.call("GetDeliveryHistoryJob", JobId=str(job))["JobStatus"] == 2)
    for read in (trail.in_logs, trail.in_bucket):
        assert wait_for(lambda: {*past, *live} <= set(ids_of(read())))
        events = ids_of(read())
        assert len(events) == len(set(events))
    reports = trail.call("VerifyTrailDelivery")["Destinations"]
    assert [report["FindingCount"] for report in reports] == [0, 0]


@pytest.mark.parametrize("rounds", [4])
def test_kills_lose_and_double_nothing(own_cairn, rounds):
    trail, ids = Deliveries(own_cairn), []
    for _ in range(rounds):
        stopped = threading.Event()

        def make():
            while not stopped.is_set():
                try:
                    ids.extend(trail.make_events(1))
                except OSError:
                    return

        threads = [threading.Thread(target=make) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(1.5)
        own_cairn.kill()
        stopped.set()
        for thread in threads:
            thread.join()
        own_cairn.start()
    for read in (trail.in_logs, trail.in_bucket):
        assert wait_for(lambda: set(ids) <= set(ids_of(read())))
        events = ids_of(read())
        assert len(events) == len(set(events))
    reports = trail.call("VerifyTrailDelivery")["Destinations"]
    assert [report["FindingCount"] for report in reports] == [0, 0]
