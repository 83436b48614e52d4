"""SearchEvents and `cairn events search`: every kind of condition, paging, errors, permission, the audit of the search itself."""

import json
import socket
import time

import pytest
from alibabacloud_actiontrail20200706.client import Client
from cairn_server import CCC, STS, TRAIL, Cairn
from callers import call_rpc, tea_config
from principals import Person
from signing import v3_request

# Small parts: the history is in files and in memory.
CONFIG = "[store]\npart_events = 40\n"
PHONE = "13800001111"


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    server = Cairn(tmp_path_factory.mktemp("search"), config=CONFIG).start()
    yield server
    if server.process.poll() is None:
        server.stop()


class History:
    """Calls that fail in different ways, with texts in two scripts."""

    def __init__(self, cairn):
        self.alice = Person(cairn, name="alice", system_policies=["AliyunCCCFullAccess"])
        self.bob = Person(cairn, name="bob", system_policies=["AliyunCCCFullAccess"])
        self.calls = {}
        for n in range(45):
            who = [self.alice, self.bob][n % 2]
            text = ["客服中心一组", f'group "{n}" \\ end', f"call {PHONE} back", "Kälte error-17"][n % 4]
            reply = cairn.call(CCC, "ListConfig", {"InstanceId": text, "ObjectType": "x"}, who.credential)
            self.calls[reply.request_id] = (who.name, n % 4)
        for n in range(5):
            self.calls[cairn.ask(STS, "GetCallerIdentity")["RequestId"]] = ("root", 4)

    def ids(self, matches):
        return [request_id for request_id, facts in self.calls.items() if matches(*facts)]


@pytest.fixture(scope="module")
def history(cairn):
    return History(cairn)


def search(cairn, query, credential=None, **parameters):
    return cairn.ask(TRAIL, "SearchEvents", {"Query": query, **parameters}, credential)


def all_ids(cairn, query, **parameters):
    """Ids of all pages, oldest first."""
    found, token = [], {}
    while True:
        page = search(cairn, query, Direction="FORWARD", **parameters, **token)
        assert page["Complete"] is True
        found += [event["eventId"] for event in page["Events"]]
        if not page.get("NextToken"):
            return found
        assert len(page["Events"]) == int(parameters.get("MaxResults", 20)), "a page before the last is full"
        token = {"NextToken": page["NextToken"]}


LIST = "eventName:ListConfig"

CASES = [
    (f"{LIST}", lambda who, text: text < 4),
    (f"{LIST} userName:alice", lambda who, text: text < 4 and who == "alice"),
    (f"{LIST} AND NOT User:alice", lambda who, text: text < 4 and who != "alice"),
    (f"{LIST} user_name:al*", lambda who, text: text < 4 and who == "alice"),
    (f"{LIST} {PHONE}", lambda who, text: text == 2),
    (f"{LIST} 138*", lambda who, text: text == 2),
    (f"{LIST} 1?80000*", lambda who, text: text == 2),
    (f"{LIST} 客服", lambda who, text: text == 0),
    (f"{LIST} 心一", lambda who, text: text == 0),
    (f"{LIST} 服心", lambda who, text: False),
    (f'{LIST} "CALL {PHONE} back"', lambda who, text: text == 2),
    (f'{LIST} "{PHONE} call"', lambda who, text: False),
    (f"{LIST} kälte ERR*", lambda who, text: text == 3),
    (f"{LIST} (客服 OR {PHONE}) NOT userName:bob", lambda who, text: text in (0, 2) and who == "alice"),
    (f"{LIST} NOT (客服 OR {PHONE} OR error-*)", lambda who, text: text == 1),
    ("(eventName:GetCallerIdentity OR 客服) AND NOT eventName:SearchEvents", lambda who, text: text in (0, 4)),
    ("eventName:GetCaller* eventRW:Read accessKeyId:*", lambda who, text: text == 4),
    (f"{LIST} nowhere", lambda who, text: False),
]


@pytest.mark.parametrize(("query", "matches"), CASES, ids=[query for query, _ in CASES])
def test_every_condition_finds_what_it_says(cairn, history, query, matches):
    assert all_ids(cairn, query, MaxResults="7") == history.ids(matches)
    newest = search(cairn, query, MaxResults="5")
    assert [event["eventId"] for event in newest["Events"]] == history.ids(matches)[::-1][:5]


def test_events_come_back_as_lookups_give_them(cairn, history):
    request_id = history.ids(lambda who, text: text == 1)[0]
    (found,) = search(cairn, f"eventId:{request_id}")["Events"]
    assert found == cairn.event(request_id)
    assert json.loads(found["requestParameterJson"])["InstanceId"] == 'group "1" \\ end'


def test_the_official_client_reads_the_answer(cairn, history):
    client = Client(tea_config(cairn.host, cairn.root))
    answer = call_rpc(client, TRAIL, "SearchEvents", {"Query": f"{LIST} 客服", "MaxResults": "3"})
    assert answer["statusCode"] == 200
    assert len(answer["body"]["Events"]) == 3 and answer["body"]["NextToken"]


def test_a_search_is_an_event_itself(cairn, history):
    answer = search(cairn, f"{LIST} nowhere-to-be-found")
    event = cairn.event(answer["RequestId"])
    assert (event["eventName"], event["eventType"], event["eventRW"]) == ("SearchEvents", "ConsoleOperation", "Read")
    assert event["requestParameters"]["Query"] == f"{LIST} nowhere-to-be-found"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"Query": "userName: alice"}, "InvalidQuery"),
        ({"Query": "nobody:alice"}, "InvalidQuery"),
        ({"Query": "(a OR b"}, "InvalidQuery"),
        ({"Query": '"..." - ,'}, "InvalidQuery"),
        ({"Query": "x" * 4097}, "InvalidQueryParameter"),
        ({"Query": "a", "MaxResults": "51"}, "InvalidQueryParameter"),
        ({"Query": "a", "Direction": "UP"}, "InvalidQueryParameter"),
        ({"Query": "a", "StartTime": "2026-01-01T00:00:00Z"}, "InvalidParameterCombination"),
        ({"Query": "a", "NextToken": "abc"}, "InvalidNextToken"),
    ],
)
def test_errors(cairn, history, parameters, code):
    reply = cairn.call(TRAIL, "SearchEvents", parameters)
    assert (reply.status, reply.code) == (400, code), reply
    assert cairn.event(reply.request_id)["errorCode"] == code


def test_an_error_says_where_and_what(cairn):
    message = cairn.call(TRAIL, "SearchEvents", {"Query": "客服 AND )"}).json["Message"]
    assert "character 8" in message and 'found ")"' in message and "FIELD:VALUE" in message
    message = cairn.call(TRAIL, "SearchEvents", {"Query": "name:x"}).json["Message"]
    assert "EventName" in message and "sensitive" in message.lower()


def test_a_token_is_good_for_its_own_query_only(cairn, history):
    token = search(cairn, LIST, MaxResults="3")["NextToken"]
    assert search(cairn, LIST, MaxResults="9", NextToken=token)["Events"]
    for parameters in ({"Query": f"{LIST} 客服"}, {"Query": LIST, "Direction": "FORWARD"}):
        reply = cairn.call(TRAIL, "SearchEvents", {**parameters, "NextToken": token})
        assert (reply.status, reply.code) == (400, "InvalidNextToken"), reply
    reply = cairn.call(TRAIL, "LookupEvents", {"NextToken": token})
    assert (reply.status, reply.code) == (400, "InvalidNextToken"), reply


def test_times_narrow_the_search(cairn, history):
    ids = history.ids(lambda who, text: text < 4)
    first = cairn.event(ids[0])["eventTime"]
    now_s = time.time()
    at = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s + ahead)) for ahead in (-60 * 86_400, 60)]
    assert all_ids(cairn, LIST, StartTime=at[0], EndTime=at[1], MaxResults="50") == ids, "60 days are searched at once"
    before = search(cairn, LIST, StartTime=at[0], EndTime=first)["Events"]
    assert all(event["eventTime"] <= first for event in before)


def test_searching_is_permitted_by_its_own_action(cairn):
    person = Person(cairn)
    refused = cairn.call(TRAIL, "SearchEvents", {"Query": "a"}, person.credential)
    assert refused.status == 403 and refused.code == "NoPermission", refused
    person.may("actiontrail:SearchEvents")
    assert search(cairn, "a", person.credential)["Complete"] is True


def test_the_command_line(cairn, history):
    key = cairn.root
    common = ("--endpoint", cairn.endpoint, "--access-key-id", key.key_id, "--access-key-secret", key.secret)

    def run(*arguments, check=True):
        return cairn.cli("events", "search", *common, *arguments, check=check)

    lines = run(f"{LIST} 客服", "--json", "--reverse", "--limit", "100").stdout.splitlines()
    assert [json.loads(line)["eventId"] for line in lines] == history.ids(lambda who, text: text == 0)
    table = run(f"{LIST} {PHONE}", "--limit", "3").stdout
    assert "ListConfig" in table and table.strip().endswith("3 events")
    refused = run("name:x", check=False)
    assert refused.returncode == 1 and "at character 1" in refused.stderr


def test_a_client_that_hangs_up_leaves_an_event(cairn, history):
    """The search goes to its end or is called off: either way the call is recorded and the server serves on."""
    request = v3_request("SearchEvents", TRAIL, {"Query": "NOT zzz* NOT hung-up-marker*"}, cairn.root, host=cairn.address)
    host, port = cairn.address.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        connection.sendall(f"{request.method} {request.target} HTTP/1.1\r\n{head}content-length: 0\r\n\r\n".encode())
    deadline = time.monotonic() + 20
    while not (events := search(cairn, "eventName:SearchEvents hung-up-marker*", MaxResults="50")["Events"]):
        assert time.monotonic() < deadline, "no event of the search"
        time.sleep(0.1)
    assert events[-1].get("errorCode") in (None, "ClientClosedRequest")
