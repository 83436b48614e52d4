"""The `ttl` of a logstore while its server lives in the future: logs are not shown any more when their time is over, and
leave the disk some days later. The command line's client corrects its clock by the server's."""

import json

import pytest
from cairn_server import TRAIL, Cairn
from principals import unique
from signing import utc_now
from test_logstore_cli import log
from trail_deliveries import wait_for

DAY_S = 86_400
CONFIG = "[store]\npart_events = 4\npart_age_s = 1\ncompaction = false\nrecompression_days = 0\n"


@pytest.fixture(scope="module")
def clock(preloaded):
    return preloaded("clock_ahead")


@pytest.fixture
def cairn(tmp_path):
    server = Cairn(tmp_path, config=CONFIG).start()
    yield server
    if server.process.poll() is None:
        server.stop()


def files_of_logs(cairn):
    return [path for path in (cairn.data / "segments").rglob("*") if path.is_file() and "logs%2F" in str(path)]


def test_logs_are_shown_for_their_time_and_leave_later(cairn, clock):
    project = unique("project")

    def go(days):
        cairn.stop()
        cairn.start({"LD_PRELOAD": str(clock), "CLOCK_AHEAD_S": str(int(days * DAY_S))})

    def found(logstore):
        lines = log(cairn, "query", project, logstore, "--since", str(30 * DAY_S)).splitlines()
        return len(lines)

    for logstore, ttl in (("short", "1"), ("ever", "3650")):
        log(cairn, "create", project, logstore, "--ttl", ttl)
        log(cairn, "put", project, logstore, text="".join(f"line {n}\n" for n in range(10)))
    assert (found("short"), found("ever")) == (10, 10)
    assert wait_for(lambda: len(files_of_logs(cairn)) >= 4)
    go(0.5)
    assert (found("short"), found("ever")) == (10, 10)
    go(2)
    assert (found("short"), found("ever")) == (0, 10)
    kept = len(files_of_logs(cairn))
    go(12)
    assert wait_for(lambda: len(files_of_logs(cairn)) < kept)
    assert (found("short"), found("ever")) == (0, 10)
    # What left is told to the account whose it was.
    parameters = {"LookupAttribute.1.Key": "EventName", "LookupAttribute.1.Value": "ExpireEvents"}
    told = cairn.call(TRAIL, "LookupEvents", parameters, timestamp=utc_now(12 * DAY_S)).json["Events"]
    assert [event["additionalEventData"]["Events"] for event in told] == [10], json.dumps(told)
    assert told[0]["additionalEventData"]["Stream"].startswith(f"logs/{cairn.account}/")
