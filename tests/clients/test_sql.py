"""`cairn sql` and ExecuteSql: the same counts as another engine finds in the files, and nothing that is not a SELECT."""

import csv
import io
import json
import socket
import time
import urllib.request

import duckdb
import pytest
from cairn_server import CCC, STS, TRAIL, Cairn
from principals import Person
from signing import v3_request

CALLS = 60
# Parts of a few events, so that some are in files and some in memory; not joined, because another engine that reads the
# folder at that moment would see them twice.
CONFIG = "[store]\npart_events = 16\ncompaction = false\n"


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    server = Cairn(tmp_path_factory.mktemp("sql"), config=CONFIG).start()
    fill(server)
    yield server
    if server.process.poll() is None:
        server.stop()


def metric(cairn, name):
    with urllib.request.urlopen(f"{cairn.endpoint}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name} "))


def fill(cairn):
    """Good calls and refused ones, with text in two scripts."""
    for n in range(CALLS):
        if n % 3:
            cairn.ask(STS, "GetCallerIdentity")
        else:
            cairn.call(CCC, "ListConfig", {"InstanceId": f"呼叫中心-{n}", "ObjectType": '"quoted" \\ text'})
    deadline = time.monotonic() + 20
    while metric(cairn, "cairn_store_segment_events") < CALLS - 16:
        assert time.monotonic() < deadline, f"no segments; log:\n{cairn.log()}"
        time.sleep(0.05)


def ask(cairn, sql, credential=None, **parameters):
    return cairn.ask(TRAIL, "ExecuteSql", {"Sql": sql, **parameters}, credential)


def run(cairn, *arguments):
    key = cairn.root
    common = ("--endpoint", cairn.endpoint, "--access-key-id", key.key_id, "--access-key-secret", key.secret)
    return cairn.cli("sql", *common, *arguments, check=False)


def test_counts_and_columns(cairn):
    answer = ask(cairn, "SELECT event_name, count(*) AS n FROM events GROUP BY event_name ORDER BY n DESC LIMIT 2")
    assert answer["Columns"] == [{"Name": "event_name", "Type": "text"}, {"Name": "n", "Type": "int64"}]
    assert answer["Rows"] == [["GetCallerIdentity", 40], ["ListConfig", 20]]
    assert (answer["RowCount"], answer["Complete"]) == (2, True)
    where = "event_name = 'ListConfig' AND json_get_str(event, 'requestParameters.InstanceId') LIKE '呼叫%'"
    assert ask(cairn, f"SELECT count(*) FROM events WHERE {where}")["Rows"] == [[20]]
    answer = ask(cairn, "SELECT event FROM events WHERE event_name = 'ListConfig' ORDER BY position LIMIT 1")
    assert json.loads(answer["Rows"][0][0])["requestParameters"]["ObjectType"] == '"quoted" \\ text'


def test_the_same_counts_as_duckdb_over_the_files(cairn):
    files = f"read_parquet('{cairn.data}/segments/**/*.parquet')"
    last = duckdb.sql(f"SELECT max(position) FROM {files}").fetchall()[0][0]
    for columns, where in [
        ("event_name", "true"),
        ("event_rw, region", "true"),
        ("user_name", "event_name = 'ListConfig'"),
        ("source_ip_address", "event_name IN ('ListConfig', 'GetCallerIdentity')"),
        ("event_type", "event_time >= TIMESTAMP '2026-01-01 00:00:00'"),
        ("len(resource_names)", "event_name <> 'x'"),
    ]:
        query = f"SELECT {columns}, count(*) FROM %s WHERE position <= {last} AND {where} GROUP BY ALL"
        expected = sorted(map(repr, map(list, duckdb.sql(query % files).fetchall())))
        names = columns.replace("len(", "array_length(")
        ours = (query % "events").replace(columns, names).replace("GROUP BY ALL", f"GROUP BY {names}")
        rows = ask(cairn, ours)["Rows"]
        if "len(" in columns:
            rows = [[row[0] or 0, row[1]] for row in rows]
        assert sorted(map(repr, rows)) == expected, ours


def test_output_formats(cairn):
    query = "SELECT event_name, json_get_str(event, 'requestParameters.ObjectType') AS t, region FROM events WHERE event_name = 'ListConfig' LIMIT 2"
    done = run(cairn, query, "--output", "json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["t"] for row in rows] == ['"quoted" \\ text'] * 2
    done = run(cairn, query, "--output", "csv")
    read = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [row["t"] for row in read] == ['"quoted" \\ text'] * 2
    done = run(cairn, "SELECT event FROM events LIMIT 1")
    assert "…" in done.stdout and "1 row\n" in done.stdout
    done = run(cairn, "SELECT position FROM events", "--limit", "3", "--output", "csv")
    assert len(done.stdout.splitlines()) == 4 and "these are the first 3" in done.stderr


def test_only_select(cairn):
    for sql in [
        "DROP TABLE events",
        "COPY events TO '/tmp/out.csv'",
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT absent FROM events",
    ]:
        reply = cairn.call(TRAIL, "ExecuteSql", {"Sql": sql})
        assert (reply.status, reply.code) == (400, "InvalidSql"), (sql, reply.json)
    done = run(cairn, "DROP TABLE events")
    assert done.returncode != 0 and "only one SELECT" in done.stderr


def test_permission_and_audit(cairn):
    person = Person(cairn)
    reply = cairn.call(TRAIL, "ExecuteSql", {"Sql": "SELECT 1"}, person.credential)
    assert (reply.status, reply.code) == (403, "NoPermission"), reply
    person.may("actiontrail:ExecuteSql")
    assert ask(cairn, "SELECT 1", person.credential)["Rows"] == [[1]]
    reply = cairn.call(TRAIL, "ExecuteSql", {"Sql": "SELECT count(*) FROM events WHERE region = '审计'"})
    event = cairn.event(reply.request_id)
    assert event["requestParameters"]["Sql"] == "SELECT count(*) FROM events WHERE region = '审计'"
    assert (event["eventRW"], event["eventType"]) == ("Read", "ConsoleOperation")


def test_a_failure_says_why_and_is_an_event(cairn):
    for sql, part in [
        ("SELECT event_nam FROM events", "event_nam"),
        ("SELECT * FROM evens", "evens"),
        ("SELECT count(* FROM events", "FROM"),
        ("SELECT nothing(event) FROM events", "nothing"),
        ("SELECT 1/0 FROM events", "Divide by zero"),
        ("SELECT event_name, count(*) FROM events", "GROUP BY"),
        ("SELECT repeat('a', 2000000000)", "repeat"),
    ]:
        reply = cairn.call(TRAIL, "ExecuteSql", {"Sql": sql})
        assert (reply.status, reply.code) == (400, "InvalidSql"), (sql, reply)
        assert part in reply.json["Message"], (sql, reply)
        event = cairn.event(reply.request_id)
        assert (event["errorCode"], event["errorMessage"]) == ("InvalidSql", reply.json["Message"])
    done = run(cairn, "SELECT event_nam FROM events")
    assert done.returncode == 1 and "event_nam" in done.stderr and done.stdout == ""


# Nobody waits for the end of this one.
ENDLESS = "SELECT count(*) FROM events a, events b, events c, events d, events e WHERE " + " || ".join(
    f"{table}.event_id" for table in "abcde"
) + " LIKE '%xyz%'"


def test_limits_say_which(tmp_path):
    config = CONFIG + "[sql]\nmemory_mib = 2\nspill_mib = 1\ntime_limit_s = 5\n"
    cairn = Cairn(tmp_path, config=config).start()
    try:
        fill(cairn)
        pairs = "FROM events a, events b"
        for sql, which in [
            (f"SELECT a.event, b.event {pairs} ORDER BY b.event_id || a.event_id LIMIT 10000", "memory"),
            (f"SELECT a.event_id, array_agg(b.event) {pairs} GROUP BY a.event_id", "disk"),
        ]:
            reply = cairn.call(TRAIL, "ExecuteSql", {"Sql": sql})
            assert (reply.status, reply.code) == (400, "SqlLimitExceeded"), reply
            assert which in reply.json["Message"]
        reply = cairn.call(TRAIL, "ExecuteSql", {"Sql": ENDLESS})
        assert (reply.status, reply.code) == (400, "SqlLimitExceeded"), reply
        assert "more than 5000 ms" in reply.json["Message"]
        assert ask(cairn, "SELECT count(*) FROM events")["Rows"][0][0] > CALLS, "the server goes on"
    finally:
        cairn.stop()


def test_a_client_that_hangs_up_ends_the_query(cairn):
    marked = ENDLESS.replace("xyz", "hung-up")
    request = v3_request("ExecuteSql", TRAIL, {"Sql": marked}, cairn.root, host=cairn.address)
    host, port = cairn.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        connection.sendall(f"{request.method} {request.target} HTTP/1.1\r\n{head}content-length: 0\r\n\r\n".encode())
        time.sleep(0.5)
    # Well before the limit of time.
    deadline = time.monotonic() + 10
    while not (events := [event for event in executed(cairn) if event["requestParameters"]["Sql"] == marked]):
        assert time.monotonic() < deadline, "the query goes on"
        time.sleep(0.1)
    assert events[0]["errorCode"] == "ClientClosedRequest"


def executed(cairn):
    return cairn.lookup(("EventName", "ExecuteSql"), MaxResults="50")["Events"]
