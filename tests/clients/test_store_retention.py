"""Retention and legal holds of events: the operations, their own events, the command line, and segments that leave while
a server lives in the future."""

import json
import time

import pytest
from cairn_server import STS, TRAIL, Cairn
from principals import Person
from signing import utc_now

DAY_S = 86_400
# Segments stay as they were written, so that the test knows the files that have to go.
CONFIG = "[store]\npart_events = 4\npart_age_s = 1\ncompaction = false\nrecompression_days = 0\n"


@pytest.fixture(scope="module")
def clock(preloaded):
    return preloaded("clock_ahead")


@pytest.fixture
def history(tmp_path, clock):
    history = History(tmp_path, clock)
    yield history
    if history.cairn.process.poll() is None:
        history.cairn.stop()


class History:
    """A server that is started again some days ahead, as often as a test wants."""

    def __init__(self, folder, clock):
        self.clock, self.ahead_s = clock, 0
        self.cairn = Cairn(folder, config=CONFIG).start()

    def go(self, days):
        self.cairn.stop()
        self.ahead_s = days * DAY_S
        self.cairn.start({"LD_PRELOAD": str(self.clock), "CLOCK_AHEAD_S": str(self.ahead_s)})

    def now(self, offset_s=0):
        return utc_now(self.ahead_s + offset_s)

    def call(self, action, version=TRAIL, **parameters):
        return self.cairn.call(version, action, parameters, timestamp=self.now())

    def ask(self, action, version=TRAIL, **parameters):
        reply = self.call(action, version, **parameters)
        assert reply.status == 200, f"{action}: {reply}"
        return reply.json

    def make_events(self, count):
        return [self.ask("GetCallerIdentity", STS)["RequestId"] for _ in range(count)]

    def lookup(self, start, end, **more):
        """Ids of all events of a range."""
        found, token = [], {}
        while token is not None:
            answer = self.ask("LookupEvents", StartTime=start, EndTime=end, MaxResults="50", **more, **token)
            found += [event["eventId"] for event in answer["Events"]]
            token = {"NextToken": answer["NextToken"]} if answer.get("NextToken") else None
        return found

    def check(self):
        self.cairn.stop()
        return self.cairn.cli("store", "check", str(self.cairn.data)).stdout

    def parquet_files(self):
        return list((self.cairn.data / "segments").rglob("*.parquet"))

    def wait_for(self, condition):
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, f"in vain; log:\n{self.cairn.log()}"
            time.sleep(0.1)


def test_events_leave_after_90_days_and_their_leaving_is_an_event(history):
    begin = history.now(-5)
    ids = history.make_events(20)
    end = history.now(5)
    assert set(ids) <= set(history.lookup(begin, end))
    history.wait_for(lambda: len(history.parquet_files()) >= 4)
    old_files = history.parquet_files()

    history.go(89)
    assert set(ids) <= set(history.lookup(begin, end))
    history.go(91)
    refused = history.call("LookupEvents", StartTime=begin, EndTime=end)
    assert (refused.status, refused.code) == (400, "InvalidParameterStartTimeOutOfDate")
    history.wait_for(lambda: not any(file.exists() for file in old_files))

    def expiries():
        attribute = {"LookupAttribute.1.Key": "EventName", "LookupAttribute.1.Value": "ExpireEvents"}
        return history.ask("LookupEvents", **attribute)["Events"]

    history.wait_for(expiries)
    (event,) = expiries()
    assert event["eventType"] == "AliyunServiceEvent"
    assert event["userIdentity"] == {"type": "system", "userName": "actiontrail.aliyuncs.com"}
    assert event["recipientAccountId"] == history.cairn.account
    data = event["additionalEventData"]
    assert data["Stream"].endswith(history.cairn.account) and data["RetentionDays"] == "90"
    assert data["Events"] >= 16 and data["Segments"] >= 4
    assert begin <= data["FirstEventTime"] <= data["LastEventTime"] <= utc_now(5)
    retention = history.ask("GetEventRetention")
    assert (retention["RetentionDays"], retention["IsDefault"]) == ("90", True)
    assert retention["ExpiredEvents"] == data["Events"] and retention["ExpiredUntil"] == data["LastEventTime"]
    assert "sound" in history.check()
    history.cairn.start({"LD_PRELOAD": str(history.clock), "CLOCK_AHEAD_S": str(history.ahead_s)})
    assert [found["eventId"] for found in expiries()].count(event["eventId"]) == 1, "reported once"


def test_a_hold_keeps_events_and_shows_them(history):
    begin = history.now(-5)
    ids = history.make_events(20)
    end = history.now(5)
    placed = history.ask("PlaceLegalHold", Name="case-7", StartTime=begin, EndTime=end, Reason="诉讼 7")
    assert placed["LegalHold"]["Name"] == "case-7" and "ExpiredUntil" not in placed
    history.wait_for(lambda: len(history.parquet_files()) >= 4)
    held_files = history.parquet_files()

    history.go(400)
    assert set(ids) <= set(history.lookup(begin, end))
    search = {"Query": "GetCallerIdentity", "StartTime": begin, "EndTime": end, "MaxResults": "50"}
    found = history.ask("SearchEvents", **search)["Events"]
    assert set(ids) <= {event["eventId"] for event in found}
    (hold,) = history.ask("ListLegalHolds")["LegalHolds"]["LegalHold"]
    assert (hold["StartTime"], hold["EndTime"], hold["Reason"], hold["PlacedBy"]) == (begin, end, "诉讼 7", "root")

    history.ask("ReleaseLegalHold", Name="case-7")
    refused = history.call("LookupEvents", StartTime=begin, EndTime=end)
    assert refused.code == "InvalidParameterStartTimeOutOfDate"
    assert all(file.exists() for file in held_files)
    history.go(401)
    history.wait_for(lambda: not any(file.exists() for file in held_files))
    assert "sound" in history.check()


def test_operations_are_events_and_refuse_what_is_wrong(own_cairn):
    cairn = own_cairn

    def refused(action, **parameters):
        reply = cairn.call(TRAIL, action, parameters)
        return reply.status, reply.code

    placed = cairn.call(TRAIL, "PlaceLegalHold", {"Name": "open"})
    assert placed.status == 200 and "StartTime" not in placed.json["LegalHold"]
    event = cairn.event(placed.request_id)
    assert (event["eventType"], event["eventRW"], event["serviceName"]) == ("ConsoleOperation", "Write", "Actiontrail")
    assert (event["resourceType"], event["resourceName"]) == ("ACS::ActionTrail::LegalHold", "open")
    assert refused("PlaceLegalHold", Name="open") == (400, "LegalHoldAlreadyExistsException")
    assert refused("PlaceLegalHold", Name="a b") == (400, "InvalidQueryParameter")
    assert refused("PlaceLegalHold", Name="x", Reason="a\nb") == (400, "InvalidQueryParameter")
    assert refused("PlaceLegalHold", Name="x", StartTime="yesterday") == (400, "InvalidParameterStartTime")
    assert refused("PlaceLegalHold", Name="x", EndTime="2026") == (400, "InvalidParameterEndTime")
    times = {"StartTime": "2026-03-02T00:00:00Z", "EndTime": "2026-03-01T00:00:00Z"}
    assert refused("PlaceLegalHold", Name="x", **times) == (400, "InvalidParameterCombination")
    for n in range(99):
        cairn.ask(TRAIL, "PlaceLegalHold", {"Name": f"hold-{n}"})
    assert refused("PlaceLegalHold", Name="x") == (403, "MaximumNumberOfLegalHoldsExceededException")
    assert refused("ReleaseLegalHold", Name="x") == (404, "LegalHoldNotFoundException")
    released = cairn.call(TRAIL, "ReleaseLegalHold", {"Name": "open"})
    assert cairn.event(released.request_id)["responseElements"]["LegalHold"]["Name"] == "open"

    changed = cairn.call(TRAIL, "SetEventRetention", {"RetentionDays": "unlimited"})
    assert (changed.json["RetentionDays"], changed.json["IsDefault"]) == ("unlimited", False)
    assert cairn.event(changed.request_id)["additionalEventData"]["PreviousRetentionDays"] == "90"
    long_ago = {"StartTime": "2020-01-01T00:00:00Z", "EndTime": "2020-01-02T00:00:00Z"}
    assert cairn.lookup(**long_ago)["Events"] == []
    for wrong in ("0", "-1", "1.5", "36501", "ever"):
        assert refused("SetEventRetention", RetentionDays=wrong) == (400, "InvalidQueryParameter"), wrong
    cairn.stop()
    cairn.start()
    assert cairn.ask(TRAIL, "GetEventRetention")["RetentionDays"] == "unlimited"
    assert len(cairn.ask(TRAIL, "ListLegalHolds")["LegalHolds"]["LegalHold"]) == 99
    assert cairn.ask(TRAIL, "SetEventRetention", {"RetentionDays": "default"})["IsDefault"] is True
    assert refused("LookupEvents", **long_ago)[1] == "OK", "held without begin or end"


def test_permissions_are_those_of_actiontrail(own_cairn):
    person = Person(own_cairn)
    person.may("actiontrail:ListLegalHolds")
    assert own_cairn.call(TRAIL, "ListLegalHolds", {}, person.credential).status == 200
    for action, parameters in (("PlaceLegalHold", {"Name": "x"}), ("SetEventRetention", {"RetentionDays": "1"})):
        assert own_cairn.call(TRAIL, action, parameters, person.credential).status == 403


def test_command_line(own_cairn):
    key = own_cairn.root
    scope = ("--endpoint", own_cairn.endpoint, "--access-key-id", key.key_id, "--access-key-secret", key.secret)

    def store(*arguments, check=True):
        return own_cairn.cli("store", *arguments, *scope, check=check)

    begin = "2026-03-01T00:00:00Z"
    assert "case-1 is placed" in store("hold", "add", "case-1", "--from", begin, "--reason", "a case").stdout
    assert "a case" in store("hold", "ls").stdout
    (hold,) = [json.loads(line) for line in store("hold", "ls", "--json").stdout.splitlines()]
    assert (hold["Name"], hold["StartTime"]) == ("case-1", begin)
    twice = store("hold", "add", "case-1", check=False)
    assert twice.returncode == 1 and "LegalHoldAlreadyExistsException" in twice.stderr
    assert "is released" in store("hold", "release", "case-1").stdout
    assert "90 (the server's setting)" in store("retention", "show").stdout
    assert "400 (the account's own)" in store("retention", "set", "400").stdout
    assert json.loads(store("retention", "show", "--json").stdout)["RetentionDays"] == "400"
    assert "number of days" in store("retention", "set", "never", check=False).stderr
