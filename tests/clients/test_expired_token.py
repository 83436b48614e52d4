"""A token after its time, with every client. The server is started again sixteen minutes in the future."""

import pytest
from cairn_server import CCC, STS, TRAIL
from callers import CALLERS
from conftest import run
from principals import Person, Session, make_instance, make_role
from signing import utc_now

LIFE_S = 900
AHEAD_S = LIFE_S + 60


class Future:
    """A server whose clock is ahead, and a session from before."""

    def __init__(self, cairn, clock):
        self.cairn = cairn
        person = Person(cairn)
        person.may("sts:AssumeRole")
        role = make_role(cairn, ["AliyunCCCFullAccess", "AliyunActionTrailFullAccess"])
        self.expired = Session(cairn, person, role, DurationSeconds=str(LIFE_S))
        self.instance = make_instance(cairn, self.expired.credential)
        self.valid = Session(cairn, person, role, DurationSeconds="3600")
        cairn.stop()
        cairn.start({"LD_PRELOAD": str(clock), "CLOCK_AHEAD_S": str(AHEAD_S)})

    def events_with_id(self, request_id):
        parameters = {"LookupAttribute.1.Key": "EventId", "LookupAttribute.1.Value": request_id}
        reply = self.cairn.call(TRAIL, "LookupEvents", parameters, timestamp=utc_now(AHEAD_S))
        assert reply.status == 200, reply
        return reply.json["Events"]


@pytest.fixture(scope="module")
def future(tmp_path_factory, preloaded):
    for cairn in run(tmp_path_factory.mktemp("future")):
        yield Future(cairn, preloaded("clock_ahead"))


def test_the_server_lives_in_the_future(future):
    assert future.cairn.call(STS, "GetCallerIdentity").code == "InvalidTimeStamp.Expired"
    assert future.cairn.call(STS, "GetCallerIdentity", timestamp=utc_now(AHEAD_S)).code == "OK"


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_expired_token(future, caller, monkeypatch):
    monkeypatch.setattr(caller.clock, lambda: utc_now(AHEAD_S))
    client = caller(future.cairn.host, future.expired.credential)
    outcome = client.carry("x", future.instance)
    assert (outcome.code, outcome.status) == ("InvalidSecurityToken.Expired", 400), outcome
    assert future.events_with_id(outcome.request_id) == []


def test_longer_token_still_holds(future):
    reply = future.cairn.call(CCC, "ListInstancesOfUser", {}, future.valid.credential, timestamp=utc_now(AHEAD_S))
    assert reply.code == "OK", reply
