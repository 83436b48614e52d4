"""Segments in an S3 service: the same answers, objects that another client reads, and a server that outlives the service."""

import shutil
import time

import pytest
from cairn_server import STS, Cairn
from s3_service import S3Service
from test_segments import metric, wait_for_files

BUCKET, PREFIX = "audit-archive", "cairn/one"
KEY_ID, SECRET = "AKIATESTKEY000000001", "TheSecretOfTheObjectStorage0000001"
CALLS = 48


class Service(S3Service):
    def __init__(self):
        super().__init__(KEY_ID, SECRET, "us-east-1")

    secret = SECRET

    def config(self, section, prefix, folder):
        secret = folder / "secret"
        secret.write_text(SECRET + "\n")
        return f"""
[{section}]
url = "s3://{BUCKET}/{prefix}"
[{section}.s3]
endpoint = "{self.endpoint}"
access_key_id = "{KEY_ID}"
secret_access_key_file = "{secret}"
"""

    def lay(self, name, content):
        self.client.put_object(Bucket=BUCKET, Key=name, Body=content)

    def unfinished(self):
        uploads = self.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        return sorted((upload["Key"], upload["UploadId"]) for upload in uploads)

    def everything(self):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        return {entry["Key"]: entry["Size"] for page in pages for entry in page.get("Contents", [])}

    def objects(self):
        """The files of segments: everything but the mark of the server that they belong to."""
        return {key: size for key, size in self.everything().items() if key != f"{PREFIX}/owner"}

    def content(self, key):
        return self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


@pytest.fixture
def service():
    service = Service()
    service.client.create_bucket(Bucket=BUCKET)
    yield service
    for key in service.everything():
        service.client.delete_object(Bucket=BUCKET, Key=key)
    for upload in service.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []):
        service.client.abort_multipart_upload(Bucket=BUCKET, Key=upload["Key"], UploadId=upload["UploadId"])
    service.client.delete_bucket(Bucket=BUCKET)
    service.leave()


@pytest.fixture
def cairn(tmp_path, service):
    server = Cairn(tmp_path / "server", config=store_config(service, tmp_path)).start()
    yield server
    if server.process.poll() is None:
        server.stop()
    assert SECRET not in server.log_path.read_text(errors="replace")


def store_config(service, folder):
    """Small segments in a service, and a cache for them."""
    small = "[store]\npart_events = 8\ncompaction = false\ncache_mib = 64"
    return service.config("store", PREFIX, folder).replace("[store]", small)


def fill(cairn, calls=CALLS):
    return [cairn.ask(STS, "GetCallerIdentity")["RequestId"] for _ in range(calls)]


def all_events(cairn):
    found, token = [], {}
    while token is not None:
        page = cairn.lookup(("EventName", "GetCallerIdentity"), MaxResults="20", Direction="FORWARD", **token)
        found += [event["eventId"] for event in page["Events"]]
        token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
    return found


def assert_not_to_be_had(cairn, service):
    """Events in a service that is away: that is said, to the caller and to the operator."""
    reply = cairn.call("2020-07-06", "LookupEvents", {
        "LookupAttribute.1.Key": "EventName", "LookupAttribute.1.Value": "GetCallerIdentity", "MaxResults": "50"
    })  # fmt: skip
    assert (reply.status, reply.code) == (503, "ServiceUnavailable"), reply
    assert "look at the network" in cairn.log() and service.endpoint in cairn.log()


def wait_for_log(cairn, text):
    deadline = time.monotonic() + 60
    while text not in cairn.log():
        assert time.monotonic() < deadline, cairn.log()
        time.sleep(0.1)


def settle(cairn):
    """Waits until no memory part waits to be written: lookups are events, too."""
    deadline = time.monotonic() + 20
    while metric(cairn, "cairn_store_sealed_parts"):
        assert time.monotonic() < deadline, cairn.log()
        time.sleep(0.05)


def empty_cache(cairn):
    shutil.rmtree(cairn.data / "cache")


def test_objects_are_there_and_lookups_are_exact_with_and_without_the_cache(cairn, service):
    ids = fill(cairn)
    wait_for_files(cairn, CALLS - 8)
    assert all_events(cairn) == ids
    settle(cairn)
    assert metric(cairn, "cairn_store_cache_misses_total") == 0, "what was put is in the cache"
    assert not (cairn.data / "segments").exists()

    objects = service.objects()
    stream = f"{PREFIX}/stream=events%2F{cairn.account}/day={time.strftime('%Y-%m-%d', time.gmtime())}/"
    endings = sorted(key.rsplit(".", 1)[1] for key in objects)
    assert endings == ["idx"] * (len(objects) // 2) + ["parquet"] * (len(objects) // 2)
    # Parts of eight; one that fills while another one is on its way takes more.
    assert len(objects) >= 4
    assert all(key.startswith(stream) for key in objects), objects
    assert sum(objects.values()) == metric(cairn, "cairn_store_segment_file_bytes")
    assert sum(objects.values()) == metric(cairn, "cairn_object_storage_put_bytes_total")
    assert service.content(f"{PREFIX}/owner").decode() == (cairn.data / "object-storage-owner").read_text()
    for key in objects:
        assert service.content(key).startswith(b"PAR1" if key.endswith(".parquet") else b"SEGIDX\r\n")

    cairn.kill()
    empty_cache(cairn)
    cairn.start()
    assert all_events(cairn) == ids
    for request_id in ids[::7]:
        assert cairn.event(request_id)["requestId"] == request_id
    fetched = metric(cairn, "cairn_object_storage_fetched_bytes_total")
    assert 0 < fetched <= sum(objects.values())
    assert all_events(cairn) == ids
    assert metric(cairn, "cairn_object_storage_fetched_bytes_total") == fetched, "the cache has it now"

    cairn.stop()
    cairn.start()
    assert all_events(cairn) == ids
    assert metric(cairn, "cairn_object_storage_fetched_bytes_total") == 0, "the cache outlives the server"
    assert "sound" in cairn.cli("store", "check", str(cairn.data), "--config", str(cairn.config_path)).stdout


def test_a_check_sees_the_objects_and_a_rebuild_mends_them(cairn, service):
    ids = fill(cairn)
    wait_for_files(cairn, CALLS - 8)
    cairn.stop()
    place = (str(cairn.data), "--config", str(cairn.config_path))
    index = sorted(key for key in service.objects() if key.endswith(".idx"))[1]
    rows = sorted(key for key in service.objects() if key.endswith(".parquet"))[2]
    good = service.content(rows)

    service.client.delete_object(Bucket=BUCKET, Key=index)
    broken = cairn.cli("store", "check", *place, check=False)
    assert broken.returncode != 0 and index.removeprefix(f"{PREFIX}/") in broken.stdout, broken
    cairn.cli("store", "rebuild-index", *place, "--segment", index.removeprefix(f"{PREFIX}/"))
    assert "sound" in cairn.cli("store", "check", *place).stdout

    middle = len(good) // 2
    flipped = good[:middle] + bytes([good[middle] ^ 4]) + good[middle + 1 :]
    service.client.put_object(Bucket=BUCKET, Key=rows, Body=flipped)
    broken = cairn.cli("store", "check", *place, check=False)
    assert broken.returncode != 0 and rows.removeprefix(f"{PREFIX}/") in broken.stdout and "DAMAGED" in broken.stdout
    service.client.put_object(Bucket=BUCKET, Key=rows, Body=good)
    assert "sound" in cairn.cli("store", "check", *place).stdout

    cairn.start()
    assert all_events(cairn) == ids


def test_calls_go_on_while_the_service_is_away(cairn, service):
    ids = fill(cairn)
    wait_for_files(cairn, CALLS - 8)
    cairn.stop()
    empty_cache(cairn)
    service.leave()
    cairn.start()
    try:
        ids += fill(cairn, 12)
        # The newest are in memory; the rest is not to be had, and that is said.
        deadline = time.monotonic() + 40
        while metric(cairn, "cairn_store_flush_failures_total") == 0:
            assert time.monotonic() < deadline, cairn.log()
            time.sleep(0.1)
        assert_not_to_be_had(cairn, service)
    finally:
        service.come_back()
    wait_for_files(cairn, len(ids) - 8)
    assert all_events(cairn) == ids


def test_a_server_stops_while_the_service_is_away(cairn, service):
    fill(cairn, 6)
    service.leave()
    try:
        fill(cairn, 6)
        start = time.monotonic()
        cairn.stop()
        assert time.monotonic() - start < 10
    finally:
        service.come_back()
    cairn.start()
    wait_for_files(cairn, 8)


def test_what_is_wrong_is_said(tmp_path, service):
    config = f'[store]\nurl = "s3://no-such-bucket"\npart_events = 1\n[store.s3]\nendpoint = "{service.endpoint}"\n'
    cairn = Cairn(tmp_path, config=config)
    with pytest.raises(AssertionError, match="AWS_ACCESS_KEY_ID"):
        cairn.start()
    cairn.start({"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET})
    wait_for_log(cairn, "create the bucket")
    cairn.stop()
    shown = cairn.cli("config", "show", "--config", str(cairn.config_path))
    assert SECRET not in cairn.log() + shown.stdout + shown.stderr
