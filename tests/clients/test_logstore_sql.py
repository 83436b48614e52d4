"""SQL behind a search, with the official Python SDK: the statements that ActionTrail's users run, the dialect, errors and
limits. What is expected is computed here, from the events that were put."""

import http.client
import json
import time
from collections import Counter
from datetime import datetime, timezone

import pytest
from aliyun.log import GetHistogramsRequest, GetProjectLogsRequest
from cairn_server import TRAIL
from conftest import run
from logstores import Logstore, fails
from signing import v3_request
from test_logstore_bad_input import send
from trail_deliveries import wait_for

HOUR = 3600
START = int(time.time()) // HOUR * HOUR - 3 * HOUR
END = START + 2 * HOUR
LEAVES = [
    "eventId", "eventName", "eventSource", "eventRW", "errorCode", "errorMessage", "serviceName", "sourceIpAddress",
    "userIdentity.userName", "userIdentity.accessKeyId", "additionalEventData.isMFAChecked",
]


def event(number, at):
    service = ["Ecs", "Rds", "Oss"][number % 3]
    name = ["RunInstances", "DeleteInstance", "DescribeInstances", "ConsoleSignin"][number % 4]
    made = {
        "eventId": f"id-{number:04}",
        "eventName": name,
        "eventSource": f"{service.lower()}.aliyuncs.com",
        "eventRW": "Read" if name.startswith("Describe") else "Write",
        "serviceName": service,
        "sourceIpAddress": f"10.0.{number % 2}.{number % 5}" if number % 3 else f"8.8.8.{number % 4}",
        "userIdentity": {"userName": ["alice", "bob", "carol"][number % 3], "accessKeyId": f"key-{number % 7}"},
        "additionalEventData": {"isMFAChecked": number % 2 == 0},
        "requestParameters": {"RegionId": ["cn-hangzhou", "cn-beijing"][number % 2], "Count": number},
    }
    if number % 5 == 0:
        made |= {"errorCode": "Forbidden", "errorMessage": "no, \"not\" you"}
    return at, made


# An hour has more than another, and a day ago there were 7 in the same two hours.
EVENTS = [event(number, START + number * 97 % (2 * HOUR)) for number in range(60)]
YESTERDAY = [event(number, START - 86_400 + number * 500) for number in range(7)]


class Index:
    """The index as JSON: the SDK's own classes do not have leaves with types."""

    def to_json(self):
        tokens = [*", '\";=()[]{}?@&<>/:\n\t"]
        text = {"type": "text", "token": tokens, "caseSensitive": False, "doc_value": True}
        leaves = {name: {"type": "text", "doc_value": True} for name in LEAVES}
        leaves["requestParameters.Count"] = {"type": "long", "doc_value": True}
        event = {**text, "type": "json", "index_all": True, "max_depth": -1, "json_keys": leaves}
        keys = {"event": event, "cost": {"type": "double", "doc_value": True}}
        return {"line": {"token": tokens, "caseSensitive": False}, "keys": keys}


@pytest.fixture(scope="module", params=["v1", "v4"])
def trail(request, cairn):
    logstore = Logstore(cairn, version=request.param, shards=2, index=False)
    logstore.client.create_index(logstore.project, logstore.name, Index())
    logs = [(at, {"event": json.dumps(made), "cost": str(at % 10 / 4)}) for at, made in EVENTS + YESTERDAY]
    logstore.put(logs, topic="actiontrail_audit_event", source="actiontrail")
    return logstore


@pytest.fixture(scope="module")
def bounded(tmp_path_factory):
    """A server with little memory and disk for SQL, and dates as in China."""
    settings = '[logstore]\nsql_time_limit_s = 120\nsql_time_zone = "+08:00"\n[sql]\nmemory_mib = 64\nspill_mib = 1\n'
    for server in run(tmp_path_factory.mktemp("bounded"), settings):
        logstore = Logstore(server, index=False)
        logstore.client.create_index(logstore.project, logstore.name, Index())
        logstore.put([(at, {"event": json.dumps(made), "cost": "1.5"}) for at, made in EVENTS])
        yield logstore


def ask(logstore, query, start=START, end=END):
    found = logstore.client.get_log(logstore.project, logstore.name, start, end, query=query)
    assert found.is_completed()
    return found


def rows(logstore, query, **named):
    found = ask(logstore, query, **named)
    keys = found.get_meta().get_keys()
    return [[log.get_contents()[key] for key in keys] for log in found.get_logs()]


def leaf(made, path):
    for step in path.split("."):
        made = made.get(step, {})
    return {True: "true", False: "false"}.get(made, made) if made != {} else None


def shown(value):
    return "null" if value is None else str(value)


def test_counts(trail):
    found = ask(trail, "* | SELECT count(*) AS pv")
    assert [log.get_contents() for log in found.get_logs()] == [{"pv": "60"}]
    meta = found.get_meta()
    assert meta.get_has_sql() and meta.get_keys() == ["pv"] and meta.get_column_types() == ["bigint"]
    assert meta.get_where_query().strip() == "*" and meta.get_agg_query() == "SELECT count(*) AS pv"
    assert rows(trail, "event.eventRW: Read | SELECT count(*)") == [["15"]]


def test_groups(trail):
    counts = Counter(made["serviceName"] for _, made in EVENTS)
    query = '* | SELECT "event.serviceName" AS service, count(*) AS pv GROUP BY service ORDER BY pv DESC, service LIMIT 10'
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert rows(trail, query) == [[name, str(count)] for name, count in expected]


def test_hours(trail):
    counts = Counter(at // HOUR * HOUR for at, _ in EVENTS)
    text = lambda at, form: datetime.fromtimestamp(at, timezone.utc).strftime(form)  # noqa: E731
    query = ("* | SELECT date_format(date_trunc('hour', __time__), '%Y-%m-%d %H:%i') AS t, count(*) AS pv "
             "GROUP BY t ORDER BY t LIMIT 1000")
    assert rows(trail, query) == [[text(at, "%Y-%m-%d %H:%M"), str(counts[at])] for at in sorted(counts)]
    query = ("* | SELECT time_series(__time__, '1h', '%Y-%m-%d %H:%i:%s', '0') AS t, count(*) AS pv "
             "GROUP BY t ORDER BY t LIMIT 1000")
    hours = range(START - HOUR, END + HOUR, HOUR)
    expected = [[text(at, "%Y-%m-%d %H:%M:%S"), str(counts.get(at, 0))] for at in hours]
    assert rows(trail, query, start=START - HOUR, end=END + HOUR) == expected


def test_who_failed_not(trail):
    counts = Counter(
        (made["eventName"], made["userIdentity"]["userName"])
        for _, made in EVENTS if made["eventRW"] == "Write" and "errorCode" not in made
    )
    query = ('"event.eventRW": Write AND not event.errorCode: * | SELECT "event.eventName" AS op, '
             '"event.userIdentity.userName" AS who, count(*) AS n GROUP BY op, who ORDER BY n DESC, op, who')
    expected = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert rows(trail, query) == [[*who, str(count)] for who, count in expected]


def test_why_it_failed(trail):
    failed = sum("errorCode" in made for _, made in EVENTS)
    query = ('event.errorCode: * | SELECT "event.errorCode" AS code, count(*) AS n, arbitrary("event.errorMessage") AS sample '
             "GROUP BY code ORDER BY n DESC")
    assert rows(trail, query) == [["Forbidden", str(failed), 'no, "not" you']]
    keys = {made["userIdentity"]["accessKeyId"] for _, made in EVENTS}
    query = ('* | SELECT approx_distinct("event.userIdentity.accessKeyId") AS keys, '
             "count_if(\"event.errorCode\" <> '') AS failed")
    assert rows(trail, query) == [[str(len(keys)), str(failed)]]


def test_last_operation(trail):
    last = {made["userIdentity"]["userName"]: made["eventName"] for _, made in sorted(EVENTS, key=lambda pair: pair[0])}
    query = ('* | SELECT max_by("event.eventName", __time__) AS last_op, "event.userIdentity.userName" AS who '
             "GROUP BY who ORDER BY who")
    assert rows(trail, query) == [[name, who] for who, name in sorted(last.items())]


def test_compared_with_a_week_ago(trail):
    writes = sum(made["eventRW"] == "Write" for _, made in EVENTS)
    query = ("event.eventRW: Write | SELECT wk[1] AS writes, wk[3] AS vs_last_week FROM "
             "(SELECT compare(writes, 604800) AS wk FROM (SELECT count(*) AS writes FROM log))")
    assert rows(trail, query) == [[f"{writes}.0", "Infinity"]]


def test_regions(trail):
    query = ("* | SELECT json_extract_scalar(event, '$.requestParameters.RegionId') AS region, count(*) AS n "
             "GROUP BY region ORDER BY region")
    assert rows(trail, query) == [["cn-beijing", "30"], ["cn-hangzhou", "30"]]


@pytest.mark.parametrize("function", ["compare", "ts_compare"])
def test_compared_with_a_day_ago(trail, function):
    writes = sum(made["eventRW"] == "Write" for _, made in EVENTS)
    before = sum(made["eventRW"] == "Write" for _, made in YESTERDAY)
    query = ("event.eventRW: Write | SELECT wk[1] AS writes, wk[2] AS ago, wk[3] AS ratio, wk[4] AS at FROM "
             f"(SELECT {function}(writes, 86400) AS wk FROM (SELECT count(*) AS writes FROM log))")
    found = [float(cell) for cell in rows(trail, query)[0]]
    assert found == [writes, before, writes / before, START - 86_400]


def test_compared_by_hour(trail):
    now, ago = Counter(at // HOUR for at, _ in EVENTS), Counter((at + 86_400) // HOUR for at, _ in YESTERDAY)
    query = ("* | SELECT t, c[1] AS n, c[2] AS ago FROM (SELECT t, ts_compare(n, 86400) AS c FROM (SELECT "
             "__time__ - __time__ % 3600 AS t, count(*) AS n FROM log GROUP BY t) GROUP BY t) ORDER BY t")
    expected = [[str(hour * HOUR), f"{now[hour]}.0", f"{ago[hour]}.0" if ago[hour] else "null"] for hour in sorted(now)]
    assert rows(trail, query) == expected


def test_window(trail):
    firsts = {}
    for at, made in sorted(EVENTS, key=lambda pair: pair[0]):
        firsts.setdefault((made["userIdentity"]["userName"], made["sourceIpAddress"]), at)
    expected = []
    for user in sorted({user for user, _ in firsts}):
        mine = sorted((at, ip) for (name, ip), at in firsts.items() if name == user)
        expected += [[user, ip, str(number)] for number, (_, ip) in enumerate(mine, 1)]
    query = ('* | WITH w AS (SELECT "event.userIdentity.userName" AS u, "event.sourceIpAddress" AS ip, '
             "min(__time__) AS t0 FROM log GROUP BY u, ip) SELECT u, ip, row_number() OVER (PARTITION BY u ORDER BY t0) "
             "AS k FROM w ORDER BY u, k LIMIT 100")
    assert rows(trail, query) == expected


def test_split_and_unnamed(trail):
    counts = Counter(
        made["eventSource"].split(".")[0] for _, made in EVENTS if made["sourceIpAddress"].startswith("10.0.")
    )
    query = ("event.sourceIpAddress: 10.0.* | SELECT split_part(\"event.eventSource\", '.', 1) AS product, count(*) "
             "GROUP BY product ORDER BY product")
    found = ask(trail, query)
    assert found.get_meta().get_keys() == ["product", "_col1"]
    assert rows(trail, query) == [[name, str(count)] for name, count in sorted(counts.items())]


def test_having(trail):
    counts = Counter(
        made["userIdentity"]["userName"] for _, made in EVENTS if made["eventName"].startswith(("Delete", "Stop"))
    )
    query = ('* | SELECT "event.userIdentity.userName" AS u FROM log WHERE regexp_like("event.eventName", '
             "'^(Delete|Stop)') GROUP BY u HAVING count(*) > 4 ORDER BY u")
    assert rows(trail, query) == [[user] for user in sorted(user for user, count in counts.items() if count > 4)]


def test_signins(trail):
    found = [
        (at, made) for at, made in EVENTS if made["eventName"] == "ConsoleSignin" and "errorCode" not in made
    ]
    query = ('event.eventName: ConsoleSignin | SELECT from_unixtime(__time__) AS t, "event.sourceIpAddress" AS ip, '
             'ip_to_country("event.sourceIpAddress") AS country, "event.additionalEventData.isMFAChecked" AS mfa '
             'FROM log WHERE "event.errorCode" IS NULL ORDER BY t DESC LIMIT 50')
    expected = [
        [
            datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S.000"),
            made["sourceIpAddress"], "", leaf(made, "additionalEventData.isMFAChecked"),
        ]
        for at, made in sorted(found, key=lambda pair: -pair[0])
    ]
    assert rows(trail, query) == expected


def test_dialect(trail):
    """One statement for each rule."""
    for query, expected in [
        # Letter case of names, quoted or not; the names of the answer as they are written.
        ('* | SELECT count("EVENT.eventRw") AS PV', [["60"]]),
        # A prefix and a semicolon; WHERE without FROM.
        ("* | set session parallel_sql=true; SELECT count(*) AS n WHERE __time__ >= 0;", [["67"]]),
        # The range of the statement replaces that of the request.
        (f"* | SELECT count(*) AS n FROM log WHERE __time__ >= {START - 86_400} AND __time__ < {START}", [["7"]]),
        ("* | SELECT 7 / 2 AS a, -7 / 2 AS b, 7 % 4 AS c, 1 / 2.0 AS d LIMIT 1", [["3", "-3", "3", "0.5"]]),
        ("* | SELECT a FROM (VALUES (1), (2), (3)) AS v(a) ORDER BY a DESC LIMIT 1, 2", [["2"], ["1"]]),
        ("* | SELECT if(count(*) > 5, 'many', 'few') AS n, if(1 > 2, 'x') AS x", [["many", "null"]]),
        ("* | SELECT 1 AS a, NULL AS b, true AS c, 'x' || 'y' AS d LIMIT 1", [["1", "null", "true", "xy"]]),
        # A name of a number is no place of a column; and what stands behind DISTINCT FROM ends at AND.
        ("* | SELECT 26 AS g, count(*) AS n GROUP BY g", [["26", "60"]]),
        ("* | SELECT count(*) AS n WHERE \"event.serviceName\" IS NOT DISTINCT FROM 'Ecs' AND cost >= 0 OR 1 = 2", [["20"]]),
        # Where a condition says that a value is there.
        ("* | SELECT CASE WHEN cost < 0 THEN cost ELSE 1 END AS g, sum(DISTINCT cost - cost) AS s GROUP BY g", [["1.0", "0.0"]]),
        ('* | SELECT "event.serviceName", count(*) FROM log GROUP BY 1 ORDER BY 2, 1', [
            ["Ecs", "20"], ["Oss", "20"], ["Rds", "20"],
        ]),
        ('* | SELECT "event.serviceName" AS s, count(*) AS n GROUP BY ROLLUP(s) ORDER BY s', [
            ["Ecs", "20"], ["Oss", "20"], ["Rds", "20"], ["null", "60"],
        ]),
        ("* | SELECT max(\"event.requestParameters.Count\") AS m, avg(cost) AS a", [
            ["59", str(sum(at % 10 / 4 for at, _ in EVENTS) / 60)],
        ]),
        ("* | SELECT a.n + b.n AS n FROM (SELECT count(*) AS n FROM log) a CROSS JOIN (SELECT 1 AS n) b", [["61"]]),
        ("* | SELECT 1 AS a FROM (SELECT 1) UNION SELECT 2 FROM (SELECT 2) ORDER BY a", [["1"], ["2"]]),
        ("* | SELECT count(*) AS n FROM log WHERE __time__ IN (SELECT max(__time__) FROM log)", [["1"]]),
        (f"* | SELECT count(*) AS n FROM {trail.name} WHERE \"event.serviceName\" = 'Ecs'", [["20"]]),
    ]:
        assert rows(trail, query) == expected, query
    assert ask(trail, '* | SELECT count("EVENT.eventRw") AS PV').get_meta().get_keys() == ["PV"]
    # 100 rows where there is no LIMIT.
    assert len(rows(trail, '* | SELECT "event.eventId"')) == 60
    assert len(rows(trail, '* | SELECT a."event.eventId" FROM log a CROSS JOIN log b')) == 100
    assert len(rows(trail, '* | SELECT a."event.eventId" FROM log a CROSS JOIN log b LIMIT 5000')) == 3600
    found = ask(trail, "* | SELECT * LIMIT 1").get_meta().get_keys()
    assert found[-3:] == ["__time__", "__source__", "__topic__"] and "event.userIdentity.userName" in found


def test_conversions_are_presto_s(trail):
    for text, expected in [
        ("cast(2.5 AS bigint)", "3"),
        ("cast(12 AS varchar) || '!'", "12!"),
        ("cast(1e7 AS varchar)", "1.0E7"),
        ("try_cast('x' AS bigint)", "null"),
        ("try(cast('x' AS bigint))", "null"),
        ("cast('2026-11-28 08:00:00' AS timestamp)", "2026-11-28 08:00:00.000"),
        ("cast(json_parse('[1,2]') AS array<bigint>)[2]", "2"),
        ("cast(json_parse('[1,2]') AS array(bigint))[2]", "2"),
        ("try(cast(json_parse(event) AS map(varchar, json))['eventVersion'])", "null"),
        ("try(json_array_get(event, 0) || cast(1 / (__time__ - __time__) AS varchar))", "null"),
        ("reduce(array[1, 2, 3], 0, (sum, x) -> sum + x, sum -> sum)", "6"),
    ]:
        assert rows(trail, f"* | SELECT {text} AS v FROM log LIMIT 1") == [[expected]], text
    fails("ParameterInvalid", ask, trail, "* | SELECT cast('x' AS bigint) AS v FROM log LIMIT 1")


def test_leaves_as_rows(trail):
    """Entries of the events' own JSON become rows, and rows that fail are NULL among those that do not."""
    query = ("* | SELECT k, count(*) AS n FROM log CROSS JOIN UNNEST(cast(json_extract(event, '$.requestParameters') AS "
             "map(varchar, varchar))) WITH ORDINALITY AS t(k, v, number) WHERE v <> 'cn-beijing' GROUP BY k ORDER BY k")
    assert rows(trail, query) == [["Count", "60"], ["RegionId", "30"]]
    query = ('* | SELECT count(*) AS n, count(ratio) AS m, sum(ratio) AS s FROM (SELECT try(100 / '
             '("event.requestParameters.Count" % 3)) AS ratio FROM log)')
    assert rows(trail, query) == [["60", "40", str(20 * 100 + 20 * 50)]]


def test_faults(trail):
    for query, kind, place, words in [
        ("* | SELECT nothing FROM log", "ColumnNotExists", "line:1,column:8", "add the column in the index"),
        ("* | SELECT count(* FROM log", "SyntaxError", "line:1,column:", "FROM"),
        ('* | SELECT __time__, count(*) FROM log', "SyntaxError", "line:1,column:", "GROUP BY"),
        ("* | SELECT 1 FROM other-store", "TableNotExists", "line:1,column:15", "other-store"),
        ("* | SELECT frob(1)", "FunctionNotExists", "line:1,column:8", "frob"),
        ("* | DROP TABLE log", "SyntaxError", "line:1,column:1", "only one SELECT"),
        ("* | SELECT 1 LIMIT 2000000", "SyntaxError", "line:1,column:1", "1000000"),
        ("* | SELECT a FROM (SELECT 1 AS a LIMIT 1, 2)", "SyntaxError", "line:1,column:1", "LIMIT offset"),
    ]:
        refused = fails("ParameterInvalid", ask, trail, query).get_error_message()
        assert refused.startswith(f"ErrorType:{kind}.ErrorPosition,{place}"), refused
        assert words in refused.split("ErrorMessage:")[1], refused
    refused = fails(
        "ParameterInvalid", trail.client.get_log, trail.project, trail.name, START, END, query="* | SELECT 1", offset=5
    )
    assert refused.get_error_message().startswith("ErrorType:OLSQueryParseError.ErrorMessage:offset is not available")


CROSSED = "log a CROSS JOIN log b CROSS JOIN log c CROSS JOIN log d"
JOINED = 'a."event.eventId" || b."event.eventId" || c."event.eventId" || d."event.eventId"'


@pytest.mark.parametrize(("query", "words"), [
    # The left side of a join is held as a whole.
    (f"SELECT max({JOINED} || e.\"event.eventId\") FROM {CROSSED} CROSS JOIN log e", "needs more memory than SQL may use"),
    # What is sorted goes to the disk in parts, until it is full.
    (f"SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY k) AS n FROM (SELECT {JOINED} AS k FROM {CROSSED}))",
     "needs more room on the disk than SQL may use"),
], ids=["memory", "disk"])
def test_limits_of_space_say_which(bounded, query, words):
    refused = fails("ParameterInvalid", ask, bounded, "* | " + query).get_error_message()
    assert refused.startswith("ErrorType:LimitExceeded.ErrorMessage:the query ") and words in refused, refused
    assert rows(bounded, "* | SELECT count(*)") == [["60"]]


def test_limits_of_time_say_so(tmp_path):
    """Ends what only computes. Queries that others keep from running are told that, and not that they were slow."""
    settings = "[logstore]\nsql_time_limit_s = 5\n[sql]\ntime_limit_s = 60\n"
    for server in run(tmp_path / "hurried", settings):
        logstore = Logstore(server, index=False)
        logstore.client.create_index(logstore.project, logstore.name, Index())
        logstore.put([(at, {"event": json.dumps(made), "cost": "1.5"}) for at, made in EVENTS])
        slow = f"* | SELECT count(*) FROM {CROSSED} CROSS JOIN log e WHERE a.cost + b.cost * c.cost - d.cost * e.cost > 100"
        refused = fails("ParameterInvalid", ask, logstore, slow).get_error_message()
        expected = "ErrorType:LimitExceeded.ErrorMessage:the query took more than 5 s: narrow the search or its range of time"
        assert refused == expected
        assert rows(logstore, "* | SELECT count(*)") == [["60"]]
        busy(server, logstore)


def busy(server, logstore):
    """Two queries over events hold both turns for longer than a query over logs may take."""
    for _ in range(40):
        server.ask(TRAIL, "DescribeRegions", {})
    tables = " CROSS JOIN ".join(f"events {letter}" for letter in "abcdefgh")
    sql = f"SELECT count(*) FROM {tables} WHERE length(a.event_id || b.event_id || c.event_id) < length(h.event_id)"
    others = [http.client.HTTPConnection(server.address, timeout=120) for _ in range(2)]
    for other in others:
        request = v3_request("ExecuteSql", TRAIL, {"Sql": sql}, server.root, host=server.address)
        other.request(request.method, request.target, headers=request.headers)
    body = json.dumps({"from": START, "to": END, "query": "* | SELECT count(*) AS n"}).encode()
    ask_once = lambda: send(
        server, "POST", f"/logstores/{logstore.name}/logs", f"{logstore.project}.logs.test", body,
        {"Content-Type": "application/json"},
    )
    try:
        assert wait_for(lambda: ask_once() == (503, "ServerBusy"))
    finally:
        # The queries end with their clients.
        for other in others:
            other.close()
    assert wait_for(lambda: ask_once() == (200, "OK"))


def test_zone(bounded):
    first = min(at for at, _ in EVENTS)
    text = datetime.fromtimestamp(first + 8 * HOUR, timezone.utc).strftime("%Y-%m-%d %H:%M:%S.000")
    assert rows(bounded, "* | SELECT from_unixtime(min(__time__)) AS t") == [[text]]


def test_project(trail):
    query = f"SELECT count(*) AS n FROM {trail.name} WHERE __time__ >= {START} AND __time__ < {END}"
    found = trail.client.get_project_logs(GetProjectLogsRequest(trail.project, query))
    assert [log.get_contents() for log in found.get_logs()] == [{"n": "60"}]


def test_histogram_counts_the_search(trail):
    query = "event.eventRW: Read | SELECT count(*)"
    found = trail.client.get_histograms(GetHistogramsRequest(trail.project, trail.name, START, END, "", query))
    assert found.get_total_count() == 15


def test_same_as_another_engine(trail):
    """Statements of the part that all dialects share, over the same rows in DuckDB."""
    import duckdb

    other = duckdb.connect()
    other.execute("CREATE TABLE log (__time__ BIGINT, s VARCHAR, u VARCHAR, e VARCHAR, c BIGINT)")
    other.executemany("INSERT INTO log VALUES (?, ?, ?, ?, ?)", [
        [at, made["serviceName"], made["userIdentity"]["userName"], made.get("errorCode"),
         made["requestParameters"]["Count"]]
        for at, made in EVENTS
    ])
    view = ('(SELECT __time__, "event.serviceName" AS s, "event.userIdentity.userName" AS u, "event.errorCode" AS e, '
            '"event.requestParameters.Count" AS c FROM log) AS l')
    keys, values = ["s", "u", "e", "c % 4"], ["count(*)", "sum(c)", "min(__time__)", "max(u)", "count(e)", "count(DISTINCT u)"]
    conditions = ["c > 10", "e IS NULL", "s IN ('Ecs', 'Rds')", "u LIKE '%o%'", "c BETWEEN 5 AND 40 OR e IS NOT NULL"]
    for number in range(40):
        key, more = keys[number % 4], keys[(number // 4 + 1) % 4]
        value, condition = values[number % 6], conditions[number % 5]
        text = (f"SELECT {key} AS k, coalesce(CAST({more} AS VARCHAR), '-') AS m, {value} AS v FROM {{}} "
                f"WHERE {condition} GROUP BY {key}, {more} HAVING count(*) > {number % 3} ORDER BY k, m, v LIMIT 500")
        expected = [[shown(cell) for cell in row] for row in other.execute(text.format("log")).fetchall()]
        assert sorted(rows(trail, "* | " + text.format(view))) == sorted(expected), text
