"""Segments in Google Cloud Storage and in Azure, as they are in S3: exact lookups, one owner, a service that goes away."""

import shutil
import time

import pytest
from azure_service import AzureService
from cairn_server import Cairn
from gcs_service import GcsService
from test_object_storage import CALLS, all_events, fill, settle
from test_segments import metric, wait_for_files

PREFIX = "cairn/one"


@pytest.fixture(params=[GcsService, AzureService])
def service(request, tmp_path):
    service = request.param("audit-archive", tmp_path)
    yield service
    service.leave()


def server(folder, service):
    config = service.config("store", PREFIX, folder)
    return Cairn(folder, config=config.replace("[store]", "[store]\npart_events = 8\ncompaction = false")).start()


def test_lookups_are_exact_while_the_service_comes_and_goes(tmp_path, service):
    cairn = server(tmp_path / "one", service)
    ids = fill(cairn)
    wait_for_files(cairn, CALLS - 8)
    assert all_events(cairn) == ids
    settle(cairn)
    objects = {name: size for name, size in service.everything().items() if name != f"{PREFIX}/owner"}
    assert len(objects) >= 4 and all(name.endswith((".idx", ".parquet")) for name in objects), objects
    assert all(name.startswith(f"{PREFIX}/stream=events%2F") for name in objects), objects
    assert sum(objects.values()) == metric(cairn, "cairn_store_segment_file_bytes")

    cairn.kill()
    shutil.rmtree(cairn.data / "cache")
    service.leave()
    cairn.start()
    try:
        ids += fill(cairn, 12)
        reply = cairn.call("2020-07-06", "LookupEvents", {
            "LookupAttribute.1.Key": "EventName", "LookupAttribute.1.Value": "GetCallerIdentity", "MaxResults": "50"
        })  # fmt: skip
        assert (reply.status, reply.code) == (503, "ServiceUnavailable"), reply
        assert "look at the network" in cairn.log() and service.endpoint in cairn.log()
    finally:
        service.come_back()
    wait_for_files(cairn, len(ids) - 8)
    assert all_events(cairn) == ids
    assert metric(cairn, "cairn_object_storage_fetched_bytes_total") > 0
    cairn.stop()
    assert "sound" in cairn.cli("store", "check", str(cairn.data), "--config", str(cairn.config_path)).stdout
    assert service.secret not in cairn.log()


def test_a_prefix_belongs_to_the_first_of_two_servers(tmp_path, service):
    first = server(tmp_path / "one", service)
    fill(first, 9)
    wait_for_files(first, 2)
    first.stop()
    second = server(tmp_path / "two", service)
    fill(second, 9)
    wait_for_log(second, "belongs to another server")
    second.kill()


def wait_for_log(cairn, text):
    deadline = time.monotonic() + 60
    while text not in cairn.log():
        assert time.monotonic() < deadline, cairn.log()
        time.sleep(0.1)
