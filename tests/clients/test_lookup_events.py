"""LookupEvents: every key, every pair, both directions, paging, every error of its table."""

import datetime
import itertools

import pytest
from alibabacloud_actiontrail20200706 import models
from alibabacloud_actiontrail20200706.client import Client
from cairn_server import CCC, STS, TRAIL
from callers import tea_config
from principals import Person, Session, make_instance, make_role, unique

KEYS = [
    "ServiceName",
    "EventName",
    "User",
    "EventId",
    "ResourceType",
    "ResourceName",
    "EventRW",
    "EventAccessKeyId",
    "SensitiveAction",
    "SourceIpAddress",
    "EventType",
    "RoleName",
    "PrincipalId",
]
PARTNERS = {
    "ServiceName": [
        "EventName",
        "User",
        "PrincipalId",
        "RoleName",
        "ResourceName",
        "EventRW",
        "SensitiveAction",
        "EventType",
    ],
    "ResourceName": ["ResourceType", "EventName", "User", "RoleName", "ServiceName"],
    "EventType": ["EventName"],
}
PAIRS = {frozenset((key, other)) for key, others in PARTNERS.items() for other in others}
FORBIDDEN = [pair for pair in itertools.combinations(KEYS, 2) if frozenset(pair) not in PAIRS]


def facts(event):
    """What each key compares with, read from an event."""
    identity = event["userIdentity"]
    names = {name for part in event.get("resourceName", "").split(";") for name in part.split(",")}
    for more in event.get("referencedResources", {}).values():
        names.update(more)
    kinds = set(event.get("resourceType", "").split(";")) | set(event.get("referencedResources", {}))
    role = identity["userName"].split(":")[0] if identity["type"] == "assumed-role" else None
    return {
        "ServiceName": {event["serviceName"]},
        "EventName": {event["eventName"]},
        "User": {identity["userName"]},
        "EventId": {event["eventId"]},
        "ResourceType": kinds,
        "ResourceName": names,
        "EventRW": {event["eventRW"]},
        "EventAccessKeyId": {identity["accessKeyId"]},
        "SensitiveAction": {event.get("eventAttributes", {}).get("SensitiveAction")},
        "SourceIpAddress": {event["sourceIpAddress"]},
        "EventType": {event["eventType"]},
        "RoleName": {role},
        "PrincipalId": {identity["principalId"]},
    }


def matches(event, *attributes):
    known = facts(event)
    return all(value in known[key] for key, value in attributes)


class History:
    """Calls of a role session, whose event has a value for every key but SensitiveAction."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.person = Person(cairn, system_policies=["AliyunCCCFullAccess", "AliyunActionTrailReadOnlyAccess"])
        self.person.may("sts:AssumeRole")
        self.role = make_role(cairn, ["AliyunCCCFullAccess"])
        self.session = Session(cairn, self.person, self.role)
        self.instance = make_instance(cairn, self.session.credential)
        self.answers = [
            cairn.ask(CCC, "GetInstance", {"InstanceId": self.instance}, self.session.credential) for _ in range(13)
        ]
        self.ids = [answer["RequestId"] for answer in self.answers]
        self.sample = cairn.event(self.ids[-1])
        self.values = {key: next(iter(values)) for key, values in facts(self.sample).items()}
        self.values["ResourceName"] = self.instance
        self.values["ResourceType"] = "ACS::CCC::Instance"
        self.values["SensitiveAction"] = "true"


@pytest.fixture(scope="module")
def history(cairn):
    return History(cairn)


def all_pages(server, *attributes, **parameters):
    events, token, pages = [], None, 0
    while True:
        page = server.lookup(*attributes, **parameters, **({"NextToken": token} if token else {}))
        events += page["Events"]
        pages += 1
        token = page.get("NextToken")
        if token is None:
            return events, pages
        assert len(page["Events"]) == int(parameters["MaxResults"]), "a page before the last is full"
        assert pages < 1000


def test_the_sample_has_every_key(history):
    assert history.values["RoleName"] == history.role
    assert history.values["User"] == f"{history.role}:{history.session.name}"
    assert history.values["EventRW"] == "Read"
    assert history.values["EventType"] == "ApiCall"
    assert all(history.values.values())


@pytest.mark.parametrize("key", [key for key in KEYS if key != "SensitiveAction"])
def test_one_key(history, key):
    attribute = (key, history.values[key])
    events = history.cairn.lookup(attribute, MaxResults="50")["Events"]
    assert events
    assert all(matches(event, attribute) for event in events)
    assert any(event["eventId"] in history.ids for event in all_recent(history, attribute))


def all_recent(history, *attributes):
    return all_pages(history.cairn, *attributes, MaxResults="50")[0]


def test_sensitive_action_alone(history):
    # Which operations are sensitive is the server's table; what it answers must be marked.
    for event in history.cairn.lookup(("SensitiveAction", "true"))["Events"]:
        assert event["eventAttributes"]["SensitiveAction"] == "true"


@pytest.mark.parametrize("key", KEYS)
def test_values_are_compared_exactly(history, key):
    for value in ("no-such-value-anywhere", history.values[key].swapcase() + "~"):
        assert history.cairn.lookup((key, value))["Events"] == []


def test_letter_case_of_a_value_counts(history):
    assert history.cairn.lookup(("ServiceName", "cloudcallcenter"))["Events"] == []


@pytest.mark.parametrize("pair", sorted(sorted(pair) for pair in PAIRS), ids="+".join)
def test_allowed_pair(history, pair):
    for first, second in (pair, reversed(pair)):
        attributes = [(first, history.values[first]), (second, history.values[second])]
        events = history.cairn.lookup(*attributes, MaxResults="50")["Events"]
        assert all(matches(event, *attributes) for event in events)
        if "SensitiveAction" not in pair:
            assert set(history.ids) <= {event["eventId"] for event in all_recent(history, *attributes)}
        # Both must hold, not one of them.
        attributes[1] = (second, "no-such-value-anywhere")
        assert history.cairn.lookup(*attributes)["Events"] == []


@pytest.mark.parametrize("pair", FORBIDDEN, ids="+".join)
def test_forbidden_pair(history, pair):
    refused(history, "InvalidLookupAttributesException", *((key, history.values[key]) for key in pair))


def test_any_pair_by_setting(free_lookup):
    """`lookup.any_attributes = true`: any combination of any number."""
    instance = make_instance(free_lookup)
    request_id = free_lookup.ask(CCC, "GetInstance", {"InstanceId": instance})["RequestId"]
    values = {key: next(iter(found)) for key, found in facts(free_lookup.event(request_id)).items()}
    usable = [key for key in KEYS if values[key]]
    for pair in itertools.combinations(usable, 2):
        # The lookups before are events too, so it may be on a later page.
        events, _ = all_pages(free_lookup, *((key, values[key]) for key in pair), MaxResults="50")
        assert all(matches(event, *((key, values[key]) for key in pair)) for event in events)
        assert request_id in {event["eventId"] for event in events}, pair
    everything = [(key, values[key]) for key in usable]
    assert [event["eventId"] for event in free_lookup.lookup(*everything)["Events"]] == [request_id]
    third_is_wrong = [*everything[:2], ("User", "nobody")]
    assert free_lookup.lookup(*third_is_wrong)["Events"] == []


def test_same_key_twice_the_second_counts(history):
    events = history.cairn.lookup(("User", "nobody"), ("User", history.values["User"]))["Events"]
    assert events and all(matches(event, ("User", history.values["User"])) for event in events)


def test_a_third_attribute_is_ignored(history):
    attributes = [("ServiceName", "CloudCallCenter"), ("User", history.values["User"]), ("EventName", "Nothing")]
    assert set(history.ids) <= {event["eventId"] for event in history.cairn.lookup(*attributes, MaxResults="50")["Events"]}


def refused(history, code, *attributes, **parameters):
    wanted = dict(parameters)
    for n, (key, value) in enumerate(attributes, start=1):
        wanted[f"LookupAttribute.{n}.Key"], wanted[f"LookupAttribute.{n}.Value"] = key, value
    reply = history.cairn.call(TRAIL, "LookupEvents", wanted)
    assert (reply.status, reply.code) == (400, code), reply
    assert reply.json["Message"]
    assert history.cairn.event(reply.request_id)["errorCode"] == code


@pytest.mark.parametrize("direction", ["FORWARD", "BACKWARD"])
@pytest.mark.parametrize("size", ["1", "5", "13", "50"])
def test_paging(history, direction, size):
    filters = [("User", history.values["User"])]
    events, pages = all_pages(history.cairn, *filters, MaxResults=size, Direction=direction)
    found = [event["eventId"] for event in events]
    assert len(found) == len(set(found)), "no event twice"
    mine = [one for one in found if one in history.ids]
    expected = history.ids if direction == "FORWARD" else history.ids[::-1]
    assert mine == expected
    times = [event["eventTime"] for event in events]
    assert times == sorted(times, reverse=direction == "BACKWARD")
    assert pages >= len(found) / int(size)


def test_paging_is_not_shifted_by_new_events(history):
    filters = [("ServiceName", "CloudCallCenter")]
    first = history.cairn.lookup(*filters, MaxResults="2")
    for _ in range(3):
        history.cairn.ask(CCC, "GetInstance", {"InstanceId": history.instance}, history.session.credential)
    second = history.cairn.lookup(*filters, MaxResults="2", NextToken=first["NextToken"])
    assert not {e["eventId"] for e in first["Events"]} & {e["eventId"] for e in second["Events"]}
    assert (second["StartTime"], second["EndTime"]) == (first["StartTime"], first["EndTime"]), "the range is pinned"


def test_default_direction_is_newest_first_and_default_size_twenty(history):
    for _ in range(21):
        history.cairn.ask(STS, "GetCallerIdentity")
    answer = history.cairn.lookup()
    times = [event["eventTime"] for event in answer["Events"]]
    assert len(times) == 20 and times == sorted(times, reverse=True)
    assert answer["NextToken"]
    start, end = (datetime.datetime.strptime(answer[k], "%Y-%m-%dT%H:%M:%SZ") for k in ("StartTime", "EndTime"))
    assert abs((end - start) - datetime.timedelta(days=7)) < datetime.timedelta(minutes=1)


def test_an_empty_page(history):
    answer = history.cairn.lookup(("User", unique("nobody")))
    assert answer["Events"] == []
    assert "NextToken" not in answer


def test_time_range(history):
    sample = history.sample["eventTime"]
    user = ("User", history.values["User"])
    inside = history.cairn.lookup(user, StartTime=sample, EndTime=at(sample, 1), MaxResults="50")["Events"]
    assert history.sample["eventId"] in {event["eventId"] for event in inside}
    before = history.cairn.lookup(user, StartTime=at(sample, -3600), EndTime=at(sample, -1800))["Events"]
    assert before == []


def at(text, offset_s):
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") + datetime.timedelta(seconds=offset_s)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def now(offset_days=0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset_days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


ERRORS = {
    "unknown direction": ("InvalidQueryParameter", lambda: {"Direction": "SIDEWAYS"}),
    "too many results": ("InvalidQueryParameter", lambda: {"MaxResults": "51"}),
    "negative results": ("InvalidQueryParameter", lambda: {"MaxResults": "-1"}),
    "results not a number": ("InvalidQueryParameter", lambda: {"MaxResults": "ten"}),
    "end before start": ("InvalidParameterCombination", lambda: {"StartTime": now(-1), "EndTime": now(-2)}),
    "end equals start": ("InvalidParameterCombination", lambda: dict.fromkeys(("StartTime", "EndTime"), now(-1))),
    "only a start": ("InvalidParameterCombination", lambda: {"StartTime": now(-1)}),
    "only an end": ("InvalidParameterCombination", lambda: {"EndTime": now()}),
    "unreadable start": ("InvalidParameterStartTime", lambda: {"StartTime": "yesterday", "EndTime": now()}),
    "unreadable end": ("InvalidParameterEndTime", lambda: {"StartTime": now(-1), "EndTime": "2026-13-45T99:00:00Z"}),
    "over thirty days": ("InvalidParameterDateOutOfRange", lambda: {"StartTime": now(-40), "EndTime": now(-1)}),
    "start in the future": (
        "InvalidParameterStartTimeExceedsCurrent",
        lambda: {"StartTime": now(1), "EndTime": now(2)},
    ),
    "start too long ago": ("InvalidParameterStartTimeOutOfDate", lambda: {"StartTime": now(-95), "EndTime": now(-80)}),
    "unknown key": (
        "InvalidLookupAttributesException",
        lambda: {"LookupAttribute.1.Key": "Colour", "LookupAttribute.1.Value": "red"},
    ),
    "key in other letters": (
        "InvalidLookupAttributesException",
        lambda: {"LookupAttribute.1.Key": "eventname", "LookupAttribute.1.Value": "x"},
    ),
    "key without value": ("LookupEventsParameterError", lambda: {"LookupAttribute.1.Key": "User"}),
    "token is nonsense": ("InvalidNextToken", lambda: {"NextToken": "nonsense"}),
    "token is base64": ("InvalidNextToken", lambda: {"NextToken": "eyJhY2NvdW50IjoiMSJ9"}),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error(history, case):
    code, parameters = ERRORS[case]
    refused(history, code, **parameters())


def test_token_of_other_parameters(history):
    user = ("User", history.values["User"])
    token = history.cairn.lookup(user, MaxResults="2")["NextToken"]
    refused(history, "InvalidNextToken", ("User", "somebody else"), NextToken=token, MaxResults="2")
    refused(history, "InvalidNextToken", user, NextToken=token, MaxResults="2", Direction="FORWARD")
    tampered = token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB")
    refused(history, "InvalidNextToken", user, NextToken=tampered, MaxResults="2")


def test_denied(history):
    nobody = Person(history.cairn)
    reply = history.cairn.call(TRAIL, "LookupEvents", {}, nobody.credential)
    assert (reply.status, reply.code) == (403, "NoPermission")


def test_global_events_are_seen_in_every_region(history):
    request_id = history.cairn.ask(STS, "GetCallerIdentity")["RequestId"]
    seen = history.cairn.call(
        TRAIL,
        "LookupEvents",
        {"LookupAttribute.1.Key": "EventId", "LookupAttribute.1.Value": request_id},
        host="actiontrail.cn-beijing.aliyuncs.com",
    ).json["Events"]
    assert [event["eventId"] for event in seen] == [request_id]
    assert seen[0]["isGlobal"] is True


def test_regional_events_stay_in_their_region(history):
    other = history.cairn.call(
        TRAIL,
        "LookupEvents",
        {"LookupAttribute.1.Key": "EventId", "LookupAttribute.1.Value": history.ids[0]},
        host="actiontrail.cn-beijing.aliyuncs.com",
    )
    assert (other.status, other.json["Events"]) == (200, [])


def test_lookups_are_events_too(history):
    answer = history.cairn.lookup(("User", "somebody"))
    event = history.cairn.event(answer["RequestId"])
    assert (event["serviceName"], event["eventName"], event["eventRW"]) == ("Actiontrail", "LookupEvents", "Read")
    assert event["requestParameters"]["LookupAttribute.1.Key"] == "User"


def test_official_client_pages_through(history):
    client = Client(tea_config(history.cairn.host, history.person.credential))
    attribute = models.LookupEventsRequestLookupAttribute(key="User", value=history.values["User"])
    found, token = [], None
    while True:
        request = models.LookupEventsRequest(
            lookup_attribute=[attribute], max_results="4", next_token=token, direction="FORWARD"
        )
        body = client.lookup_events(request).body
        found += [event["eventId"] for event in body.events]
        token = body.next_token
        if not token:
            break
    assert [one for one in found if one in history.ids] == history.ids


def test_describe_regions(history):
    client = Client(tea_config(history.cairn.host, history.person.credential))
    regions = client.describe_regions(models.DescribeRegionsRequest()).body.regions.region
    assert "cn-shanghai" in {region.region_id for region in regions}
