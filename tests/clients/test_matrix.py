"""Every official Python client, every way a call can go, every awkward text."""

import datetime
import time

import pytest
from cairn_server import CCC, TRAIL
from callers import CALLERS
from principals import Person, Session, make_instance, make_role
from signing import Credential, utc_now

VALUES = ["a b*", "c&d~é", "'()!", "+/=", "", "审计"]
PRODUCT_POLICIES = ("AliyunCCCFullAccess", "AliyunActionTrailFullAccess")
FAR_S = 20 * 60

pytestmark = pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)


class World:
    """Who may call what on the shared server."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.allowed = Person(cairn, system_policies=PRODUCT_POLICIES)
        self.allowed.may("sts:AssumeRole")
        self.denied = Person(cairn)
        self.disabled = Person(cairn, system_policies=PRODUCT_POLICIES)
        self.disabled.disable()
        self.instance = make_instance(cairn, self.allowed.credential)
        self.role = make_role(cairn, PRODUCT_POLICIES)
        self.session = Session(cairn, self.allowed, self.role)
        self.other_session = Session(cairn, self.allowed, self.role)
        self.session_instance = make_instance(cairn, self.session.credential)


@pytest.fixture(scope="module")
def world(cairn):
    return World(cairn)


def check_recorded(world, outcome, caller, *, error=None):
    event = world.cairn.event(outcome.request_id)
    assert event["eventId"] == event["requestId"] == outcome.request_id
    assert event["apiVersion"] == caller.version
    assert event["serviceName"] == {CCC: "CloudCallCenter", TRAIL: "Actiontrail"}[caller.version]
    assert event["eventSource"] == world.cairn.host.rsplit(":", 1)[0] or event["eventSource"] == world.cairn.host
    assert event["sourceIpAddress"] == "127.0.0.1"
    assert event["userAgent"].startswith("AlibabaCloud")
    assert event.get("errorCode", "") == (error or "")
    return event


def check_not_recorded(world, outcome):
    assert outcome.request_id
    assert world.cairn.events_with_id(outcome.request_id) == []


def assert_time_is_recent(text):
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    assert abs((datetime.datetime.now(datetime.timezone.utc) - moment).total_seconds()) < 120


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value or "empty")
def test_value_arrives_as_sent(world, caller, value):
    outcome = caller(world.cairn.host, world.allowed.credential).carry(value, world.instance)
    if value == "" and caller.version == TRAIL:
        # A key without a value; recorded all the same.
        assert (outcome.code, outcome.status) == ("LookupEventsParameterError", 400), outcome
        event = check_recorded(world, outcome, caller, error=outcome.code)
    else:
        assert (outcome.code, outcome.status) == ("OK", 200), outcome
        event = check_recorded(world, outcome, caller)
    assert event["requestParameters"][caller.parameter] == value
    assert event["userIdentity"]["type"] == "ram-user"
    assert event["userIdentity"]["userName"] == world.allowed.name
    assert event["userIdentity"]["principalId"] == world.allowed.user_id
    assert event["userIdentity"]["accessKeyId"] == world.allowed.credential.key_id
    assert_time_is_recent(event["eventTime"])
    if caller.version == CCC:
        check_stored(world, outcome, value)


def check_stored(world, outcome, value):
    """The call centre has what the audit has."""
    group = outcome.body["SkillGroupId"]
    listed = world.cairn.ask(
        CCC, "ListSkillGroups", {"InstanceId": world.instance, "SkillGroupId.1": group}, world.allowed.credential
    )
    (found,) = listed["SkillGroups"]["SkillGroup"]
    assert found.get("SkillGroupDescription", "") == value


def test_missing_parameter(world, caller):
    outcome = caller(world.cairn.host, world.allowed.credential).incomplete(world.instance)
    assert outcome.status == 400 and outcome.code in caller.missing_codes, outcome
    check_recorded(world, outcome, caller, error=outcome.code)


def test_wrong_secret(world, caller):
    forged = Credential(world.allowed.credential.key_id, "not-the-secret-of-this-key-0000")
    outcome = caller(world.cairn.host, forged).carry("x", world.instance)
    assert (outcome.code, outcome.status) == (caller.wrong_secret_code, 400), outcome
    check_not_recorded(world, outcome)


def test_unknown_key(world, caller):
    stranger = Credential("LTAI5tNobodyHasThisKey0", "secret")
    outcome = caller(world.cairn.host, stranger).carry("x", world.instance)
    assert (outcome.code, outcome.status) == ("InvalidAccessKeyId.NotFound", 404), outcome
    check_not_recorded(world, outcome)


def test_disabled_key(world, caller):
    outcome = caller(world.cairn.host, world.disabled.credential).carry("x", world.instance)
    assert (outcome.code, outcome.status) == ("InvalidAccessKeyId.Inactive", 403), outcome
    check_not_recorded(world, outcome)


@pytest.mark.parametrize("offset_s", [-FAR_S, FAR_S], ids=["slow", "fast"])
def test_wrong_clock(world, caller, offset_s, monkeypatch):
    monkeypatch.setattr(caller.clock, lambda: utc_now(offset_s))
    outcome = caller(world.cairn.host, world.allowed.credential).carry("x", world.instance)
    assert (outcome.code, outcome.status) == ("InvalidTimeStamp.Expired", 400), outcome
    check_not_recorded(world, outcome)


def test_repeated_nonce(world, caller, monkeypatch):
    monkeypatch.setattr(caller.nonce, lambda: f"the-same-twice-{caller.name}")
    client = caller(world.cairn.host, world.allowed.credential)
    first, second = client.carry("x", world.instance), client.carry("x", world.instance)
    assert first.code == "OK", first
    check_recorded(world, first, caller)
    assert (second.code, second.status) == ("SignatureNonceUsed", 400), second
    check_not_recorded(world, second)


def test_temporary_key(world, caller):
    outcome = caller(world.cairn.host, world.session.credential).carry("as role", world.session_instance)
    assert (outcome.code, outcome.status) == ("OK", 200), outcome
    identity = check_recorded(world, outcome, caller)["userIdentity"]
    assert identity["type"] == "assumed-role"
    assert identity["userName"] == f"{world.session.role}:{world.session.name}"
    assert identity["principalId"] == world.session.assumed["AssumedRoleId"]
    assert identity["accessKeyId"] == world.session.credential.key_id
    assert identity["accountId"] == world.cairn.account
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "false"
    assert_time_is_recent(identity["sessionContext"]["attributes"]["creationDate"])


def test_token_of_another_session(world, caller):
    mine, theirs = world.session.credential, world.other_session.credential
    mixed = Credential(mine.key_id, mine.secret, theirs.token)
    outcome = caller(world.cairn.host, mixed).carry("x", world.session_instance)
    assert (outcome.code, outcome.status) == ("InvalidSecurityToken.MismatchWithAccessKey", 400), outcome
    check_not_recorded(world, outcome)


def test_token_that_is_none(world, caller):
    mine = world.session.credential
    outcome = caller(world.cairn.host, Credential(mine.key_id, mine.secret, "not a token")).carry("x", world.instance)
    # Which of the two depends on how much of a token can be read; both refuse it.
    assert outcome.code in ("InvalidSecurityToken.Malformed", "InvalidSecurityToken.MismatchWithAccessKey"), outcome
    assert outcome.status == 400
    check_not_recorded(world, outcome)


def test_temporary_key_without_token(world, caller):
    mine = world.session.credential
    outcome = caller(world.cairn.host, Credential(mine.key_id, mine.secret)).carry("x", world.instance)
    assert (outcome.code, outcome.status) == ("MissingSecurityToken", 400), outcome
    check_not_recorded(world, outcome)


def test_denied(world, caller):
    outcome = caller(world.cairn.host, world.denied.credential).carry("審", world.instance)
    assert (outcome.code, outcome.status) == ("NoPermission", 403), outcome
    event = check_recorded(world, outcome, caller, error="NoPermission")
    assert event["userIdentity"]["userName"] == world.denied.name
    assert event["requestParameters"][caller.parameter] == "審"
    assert event["errorMessage"]
    if outcome.body:
        detail = outcome.body["AccessDeniedDetail"]
        assert detail["AuthAction"] == {CCC: "ccc:CreateSkillGroup", TRAIL: "actiontrail:LookupEvents"}[caller.version]
        assert (detail["AuthPrincipalType"], detail["NoPermissionType"]) == ("SubUser", "ImplicitDeny")


def test_unknown_action(world, caller):
    client = caller(world.cairn.host, world.allowed.credential)
    outcome = client.call(caller.version, "NoSuchOperation", {"InstanceId": world.instance})
    assert (outcome.code, outcome.status) == ("InvalidApi.NotFound", 404), outcome
    event = check_recorded(world, outcome, caller, error="InvalidApi.NotFound")
    assert event["eventName"] == "NoSuchOperation"


def test_unknown_version(world, caller):
    outcome = caller(world.cairn.host, world.allowed.credential).call("1999-12-31", "ListConfig", {})
    assert (outcome.code, outcome.status) == ("InvalidVersion", 400), outcome
    event = world.cairn.event(outcome.request_id)
    assert (event["apiVersion"], event["errorCode"]) == ("1999-12-31", "InvalidVersion")


def test_throttled(throttled, caller):
    client = caller(throttled.host, throttled.root)
    # The client before this one used up its share.
    time.sleep(1.5)
    outcomes = [client.call(TRAIL, "LookupEvents", {"MaxResults": "1"}) for _ in range(40)]
    refused = [outcome for outcome in outcomes if outcome.code != "OK"]
    assert refused, "40 calls at once were within the cloud's limit"
    assert len(refused) < len(outcomes), "none was served"
    for outcome in refused:
        assert (outcome.code, outcome.status) == ("Throttling.User", 429), outcome
    # Refused calls of a known caller are events too, once the limit lets the question through.
    wait_until_served(client)
    events = throttled_event(throttled, refused[0].request_id)
    assert [event["errorCode"] for event in events] == ["Throttling.User"]


def wait_until_served(client):
    for _ in range(50):
        if client.call(TRAIL, "LookupEvents", {"MaxResults": "1"}).code == "OK":
            return
        time.sleep(0.2)
    raise AssertionError("still throttled after ten seconds")


def throttled_event(server, request_id):
    for _ in range(50):
        parameters = {"LookupAttribute.1.Key": "EventId", "LookupAttribute.1.Value": request_id}
        reply = server.call(TRAIL, "LookupEvents", parameters)
        if reply.status == 200:
            return reply.json["Events"]
        assert reply.code == "Throttling.User", reply
        time.sleep(0.3)
    raise AssertionError("still throttled after fifteen seconds")
