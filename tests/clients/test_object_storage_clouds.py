"""Segments in Google Cloud Storage and in Azure, as they are in S3: exact lookups, one owner, a service that goes away."""

import pytest
from azure_service import AzureService
from cairn_server import Cairn
from gcs_service import GcsService
from test_object_storage import (
    CALLS, PREFIX, all_events, assert_not_to_be_had, empty_cache, fill, settle, store_config, wait_for_log
)  # fmt: skip
from test_segments import metric, wait_for_files


@pytest.fixture(params=[GcsService, AzureService])
def service(request, tmp_path):
    service = request.param("audit-archive", tmp_path)
    yield service
    service.leave()


def server(folder, service):
    return Cairn(folder, config=store_config(service, folder)).start()


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
    empty_cache(cairn)
    service.leave()
    cairn.start()
    try:
        ids += fill(cairn, 12)
        assert_not_to_be_had(cairn, service)
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
