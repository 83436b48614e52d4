"""A history of weeks in the server's own segments, read by strangers: DuckDB, pyarrow and pandas."""

import gzip
import json
import time
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pandas
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
from cairn_server import Cairn
from demo_history import generate

EVENTS = 6_000
DAYS = 20
TEXT = arrow.string()
TEXTS = arrow.list_(arrow.field("element", TEXT, nullable=False))
COLUMNS = {
    "event_time": arrow.timestamp("ms", tz="UTC"),
    "position": arrow.int64(),
    "region": TEXT,
    "service_name": TEXT,
    "event_name": TEXT,
    "user_name": TEXT,
    "event_id": TEXT,
    "resource_types": TEXTS,
    "resource_names": TEXTS,
    "event_rw": TEXT,
    "access_key_id": TEXT,
    "sensitive_action": TEXT,
    "source_ip_address": TEXT,
    "event_type": TEXT,
    "role_name": TEXT,
    "principal_id": TEXT,
    "event": TEXT,
}
# Keys of LookupEvents and their columns; for each, values of some common and some rare events are asked for.
KEYS = {
    "ServiceName": "service_name",
    "EventName": "event_name",
    "User": "user_name",
    "EventId": "event_id",
    "ResourceType": "resource_types",
    "ResourceName": "resource_names",
    "EventRW": "event_rw",
    "EventAccessKeyId": "access_key_id",
    "SourceIpAddress": "source_ip_address",
    "EventType": "event_type",
    "RoleName": "role_name",
    "PrincipalId": "principal_id",
}


class Weeks:
    """A server whose audit holds a generated history, and the same history as files."""

    def __init__(self, folder):
        self.end_s = int(time.time()) // 86_400 * 86_400
        # The first start makes the account; each day is a segment or more.
        self.cairn = Cairn(folder / "server", 'throttling = "protective"\n').start()
        self.cairn.stop()
        plan = {"events": EVENTS, "days": DAYS, "end_s": self.end_s}
        generate(self.cairn.account, data=self.cairn.data, **plan)
        generate(self.cairn.account, files=folder / "lines", **plan)
        self.lines = []
        for file in sorted((folder / "lines").iterdir()):
            self.lines += gzip.open(file, "rt", encoding="utf-8", newline="\n").read().splitlines()
        self.files = sorted((self.cairn.data / "segments").rglob("*.parquet"))
        self.table = f"read_parquet('{self.cairn.data}/segments/**/*.parquet', hive_partitioning = true)"
        self.cairn.start()

    def sql(self, text, *parameters):
        return duckdb.execute(text.format(table=self.table), list(parameters)).fetchall()

    def found(self, *attributes):
        """All events that LookupEvents finds in these weeks, page by page."""
        first = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.end_s - DAYS * 86_400))
        last = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.end_s - 1))
        events, token = [], {}
        while token is not None:
            page = self.cairn.lookup(*attributes, StartTime=first, EndTime=last, MaxResults="50", **token)
            events += page["Events"]
            token = {"NextToken": page["NextToken"]} if page.get("NextToken") else None
        return events


@pytest.fixture(scope="module")
def weeks(tmp_path_factory):
    made = Weeks(tmp_path_factory.mktemp("weeks"))
    yield made
    made.cairn.stop()


def test_files_have_the_names_and_types_that_their_users_expect(weeks):
    assert len(weeks.files) >= DAYS
    for file in weeks.files:
        schema = parquet.read_schema(file)
        assert {name: schema.field(name).type for name in schema.names} == COLUMNS
        assert not [name for name in ("event_time", "position", "region", "event") if schema.field(name).nullable]
        described = parquet.ParquetFile(file).metadata.metadata
        assert described[b"segment.schema"] == b"events"
        assert described[b"segment.stream"] == f"events/{weeks.cairn.account}".encode()


def test_folders_are_the_stream_and_the_day(weeks):
    rows = 0
    for file in weeks.files:
        stream, day = (folder.split("=", 1) for folder in file.relative_to(weeks.cairn.data / "segments").parts[:2])
        assert stream[0] == "stream" and unquote(stream[1]) == f"events/{weeks.cairn.account}"
        times = parquet.ParquetFile(file).read(["event_time", "position"]).to_pandas()
        assert set(times.event_time.dt.strftime("%Y-%m-%d")) == {day[1]}
        assert list(times.event_time) == sorted(times.event_time)
        rows += len(times)
    assert rows == EVENTS
    by_day = dict(weeks.sql("SELECT day::VARCHAR, count(*) FROM {table} GROUP BY 1"))
    assert len(by_day) == DAYS and sum(by_day.values()) == EVENTS


def test_all_bytes_are_those_that_were_recorded(weeks):
    events = [event for (event,) in weeks.sql("SELECT event FROM {table}")]
    assert len(weeks.lines) == EVENTS
    assert sorted(events) == sorted(weeks.lines)
    assert sorted(position for (position,) in weeks.sql("SELECT position FROM {table}")) == list(range(1, EVENTS + 1))
    marked = [json.loads(line)["additionalEventData"]["DemoData"] for line in weeks.lines]
    assert marked == [True] * EVENTS


def test_columns_say_what_the_events_say(weeks):
    frame = pandas.concat(pandas.read_parquet(file, partitioning=None) for file in weeks.files)
    assert len(frame) == EVENTS
    # Whole columns, so that a shift between them cannot hide.
    events = frame.event.map(json.loads)
    for column, path in [("event_id", "eventId"), ("event_name", "eventName"), ("source_ip_address", "sourceIpAddress")]:
        assert list(frame[column]) == [event[path] for event in events]
    assert list(frame.access_key_id) == [event["userIdentity"]["accessKeyId"] for event in events]
    assert list(frame.event_time.dt.strftime("%Y-%m-%dT%H:%M:%SZ")) == [event["eventTime"] for event in events]
    names = [sorted(sum(event.get("referencedResources", {}).values(), [])) for event in events]
    assert [sorted(value) if value is not None else [] for value in frame.resource_names] == names


def test_lookups_count_as_another_engine_counts(weeks):
    assert len(weeks.found()) == EVENTS
    for key, column in KEYS.items():
        values = f"unnest({column})" if column.startswith("resource") else column
        counts = weeks.sql(
            f"SELECT value, count(*) FROM (SELECT DISTINCT position, {values} AS value FROM {{table}})"
            " WHERE value IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        )
        for value, count in {*counts[:1], *counts[len(counts) // 2 :][:2], *counts[-2:]}:
            events = weeks.found((key, value))
            assert len(events) == count, f"{key} = {value}"
            assert len({event["eventId"] for event in events}) == count


def test_pairs_count_as_another_engine_counts(weeks):
    pairs = weeks.sql("SELECT service_name, user_name, count(*) FROM {table} GROUP BY ALL ORDER BY 3 DESC, 1, 2")
    for service, user, count in pairs[:: max(1, len(pairs) // 8)]:
        assert len(weeks.found(("ServiceName", service), ("User", user))) == count
    flows = weeks.sql(
        "SELECT event_name, name, count(*) FROM (SELECT event_name, unnest(resource_names) AS name FROM {table})"
        " GROUP BY ALL ORDER BY 3 DESC, 1, 2"
    )
    for name, resource, count in flows[:: len(flows) // 8]:
        assert len(weeks.found(("ResourceName", resource), ("EventName", name))) == count


def test_the_store_is_sound_and_has_no_other_files(weeks):
    told = weeks.cairn.cli("store", "check", str(weeks.cairn.data)).stdout
    assert f"{len(weeks.files)} segments with {EVENTS} rows: sound" in told
    others = [file for file in (weeks.cairn.data / "segments").rglob("*") if file.is_file()]
    assert {Path(file).suffix for file in others} == {".parquet", ".idx"} and len(others) == 2 * len(weeks.files)
