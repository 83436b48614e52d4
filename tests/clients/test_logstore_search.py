"""Searches of the log service with the official `aliyun-log-python-sdk`: what finds what, exactly."""

import json
import time

import pytest
from aliyun.log import GetHistogramsRequest, IndexConfig, LogItem, PutLogsRequest
from logstores import client_of, fails
from principals import unique

COMMON = list(", '\";=()[]{}?@&<>/:\n\t\r")


def text(token=COMMON, **more):
    return {"type": "text", "token": token, "caseSensitive": False, "doc_value": True, "chn": False, **more}


LONG = {"type": "long", "doc_value": True}
INDEX = {
    "line": {"token": COMMON, "caseSensitive": False, "chn": True, "exclude_keys": ["secret"]},
    "keys": {
        "url": text(list("/?=")),
        "owner": text([], caseSensitive=True),
        "note": text(chn=True),
        "key with space": text([" "]),
        "empty": text(),
        "latency": LONG,
        "score": {"type": "double", "doc_value": True},
        "detail": {
            **text(), "type": "json", "index_all": True, "max_depth": -1,
            "json_keys": {"size": LONG, "actor.name": {"type": "text", "doc_value": True}},
        },
        "__tag__:host": text(["."]),
    },
}
# Topic, source, tags and logs. The id of a log is what a search has to find.
GROUPS = [
    ("web", "10.0.0.1", [("host", "web.example")], [
        {"id": "w1", "message": "User login FAILED, code=42", "url": "/url/pic?size=L", "latency": "100",
         "score": "0.5"},
        {"id": "w2", "message": "user logout", "url": "/url/video", "latency": "250", "score": "1.5",
         "secret": "hidden"},
        {"id": "w3", "message": "failed login of user", "url": "", "latency": "fast", "score": "-2"},
    ]),
    ("App Events", "10.1.0.2", [("host", "db.example")], [
        {"id": "a1", "note": "用户登录失败", "owner": "Team A/B", "key with space": "x y", "empty": ""},
        {"id": "a2", "note": "用户退出,session ended", "owner": "team a/b"},
        {"id": "a3", "detail": json.dumps({"size": 5, "actor": {"name": "alice", "roles": ["admin"]}, "ok": True,
                                           "why": "say \"hi\"\nbye", "none": None})},
        {"id": "a4", "detail": json.dumps({"size": 50, "actor": {"name": "王芳"}, "ok": False})},
        {"id": "a5", "detail": '{"size":7,"actor":{"name":"bob"},"broken":tru'},
    ]),
]
WEB, APP = ["w1", "w2", "w3"], ["a1", "a2", "a3", "a4", "a5"]
ALL = WEB + APP

SEARCHES = [
    # Words, without and with quotes.
    ("", ALL), ("*", ALL), ("failed", ["w1", "w3"]), ("FAILED login", ["w1", "w3"]),
    ('"login user failed"', ["w1", "w3"]),
    ("fail", []), ("logout or 42", ["w1", "w2"]), ("hidden", []), ("message", WEB), ("登录", ["a1"]), ("录失", []),
    # Operators and their precedence.
    ("user not failed", ["w2"]), ("user and not failed", ["w2"]), ("not user failed", []),
    ("logout or failed 42", ["w1", "w2"]), ("(logout or failed) 42", ["w1"]), ("NOT message", APP),
    ("user NOT failed OR 退出", ["w2", "a2"]), ("not (user and failed)", ["w2"] + APP), ('"and" or "not"', []),
    # Phrases.
    ('#"login FAILED"', ["w1"]), ('#"failed login"', ["w3"]), ('#"ailed login"', []),
    ('not #"failed login"', ["w1", "w2"] + APP),
    ('note:#"户登录"', ["a1"]), ('#"user logout" or 退出', ["w2", "a2"]),
    # Keys with delimiters of their own.
    ("url:/url/pic", ["w1"]), ("url:pic/url", ["w1"]), ("url : url", ["w1", "w2"]), ("url:pi", []),
    ("url:(pic or video)", ["w1", "w2"]),
    ('owner:"Team A/B"', ["a1"]), ("owner:Team", []), ("owner:Team*", ["a1"]), ('"key with space":y', ["a1"]),
    ("URL:pic", ["w1"]), ("note:登录 note:失败", ["a1"]), ("note:session", ["a2"]),
    # Existence.
    ("url:*", WEB), ('url:""', ["w3"]), ('url:* not url:""', ["w1", "w2"]), ("not url:*", APP), ("empty:*", ["a1"]),
    ('empty:""', ["a1"]), ('not owner:"" owner:*', ["a1", "a2"]),
    # Wildcards.
    ("log*", ["w1", "w2", "w3"]), ("lo?out", ["w2"]), ("lo?in", ["w1", "w3"]), ('"log*"', []),
    ("url:vid* or url:p?c", ["w1", "w2"]),
    ("not log*", APP), ("note:登*", ["a1"]),
    # Numbers.
    ("latency > 100", ["w2"]), ("latency>=100", ["w1", "w2"]), ("latency < 250", ["w1"]),
    ("latency <= 250", ["w1", "w2"]),
    ("latency = 100", ["w1"]), ("latency:100", ["w1"]), ("latency in [100 250]", ["w1", "w2"]),
    ("latency in (100 250]", ["w2"]),
    ("latency in [100 250)", ["w1"]), ("latency in (100 250)", []), ("not latency > -1000000", ["w3"] + APP),
    ("score < 0", ["w3"]),
    ("score >= 5e-1", ["w1", "w2"]), ("score:1.50", ["w2"]), ("latency:* not latency > -1000000", ["w3"]),
    # JSON.
    ("detail.actor.name:alice", ["a3"]), ("detail.actor.name:王芳", ["a4"]), ("detail.size > 5", ["a4", "a5"]),
    ("detail.size in [5 7]", ["a3", "a5"]), ("detail.ok:true", ["a3"]), ("detail.why:hi", ["a3"]),
    ("detail.why:bye", ["a3"]),
    ("detail.actor.roles:admin", []), ("detail:admin", ["a3"]), ("detail.actor:*", []), ("detail.none:*", []),
    ("detail.broken:*", []), ("detail.actor.name:*", ["a3", "a4", "a5"]), ("DETAIL.Actor.Name:bob", ["a5"]),
    ('"detail.actor.name":(alice or bob)', ["a3", "a5"]), ("alice", ["a3"]), ("王芳", ["a4"]),
    # Topic, source, tags.
    ("__topic__:web", WEB), ('__topic__:"App Events"', APP), ("__topic__:App", []), ("__topic__:App*", APP),
    ("__source__:10.0.*", WEB),
    ("source:10.1.0.2", APP), ("__tag__:host:web", WEB), ("__tag__:host:example.db", APP), ('"__tag__:host":we*', WEB),
    ("not __tag__:host:db", WEB), ("__tag__:host:* failed", ["w1", "w3"]),
]

FAULTS = [
    ("failed and", "character 11", "the end"),
    ("(failed", "character 8", '")"'),
    ("nobody:x", "character 1", "the key nobody"),
    ("url:a:b", "character 6", "quote a text that has a colon"),
    ("owner > 5", "character 1", "long or double"),
    ("latency:abc", "character 1", "indexed as long"),
    ("*ailed", "character 1", "wildcard"),
    ('"failed', "character 8", "closing quote"),
    (" ".join(["a"] * 31), "character 61", "30 conditions"),
]

EVENTS = {
    "run": {"eventName": "RunInstances", "serviceName": "Ecs", "eventRW": "Write", "eventCategory": "Management",
            "eventSource": "ecs.cn-hangzhou.aliyuncs.com", "sourceIpAddress": "10.0.3.4",
            "resourceType": "ACS::ECS::Instance", "resourceName": "i-bp1",
            "userIdentity": {"type": "ram-user", "userName": "bob", "accessKeyId": "STS.Abc1"},
            "requestParameterJson": json.dumps({"RegionId": "cn-hangzhou", "Name": "测试"}), "eventType": "ApiCall"},
    "denied": {"eventName": "DeleteTrail", "serviceName": "Actiontrail", "eventRW": "Write",
               "errorCode": "NoPermission", "errorMessage": "You are not authorized",
               "eventSource": "actiontrail.cn-hangzhou.aliyuncs.com",
               "sourceIpAddress": "192.168.0.9", "userIdentity": {"type": "ram-user", "userName": "alice"}},
    "create": {"eventName": "CreateTrail", "serviceName": "Actiontrail", "eventRW": "Write",
               "sourceIpAddress": "10.0.3.5", "eventSource": "actiontrail.cn-hangzhou.aliyuncs.com",
               "userIdentity": {"type": "root-account"}},
    "signin": {"eventName": "ConsoleSignin", "serviceName": "AasCustomer", "eventRW": "Read",
               "eventCategory": "Management", "additionalEventData": {"isMFAChecked": "true"},
               "userIdentity": {"userName": "bob"}},
}
LEAVES = ["eventName", "eventRW", "serviceName", "errorCode", "userIdentity.userName"]
EVENT_INDEX = {
    "line": {"token": COMMON, "caseSensitive": False, "chn": False},
    "keys": {
        "event": {**text(), "type": "json", "index_all": True, "max_depth": -1,
                  "json_keys": {name: {"type": "text", "doc_value": True} for name in LEAVES}},
        "owner_id": text(),
    },
}
EVENT_SEARCHES = [
    ("event.serviceName: Ecs", ["run"]),
    ("event.eventName: RunInstances", ["run"]),
    ("event.eventName: CreateTrail OR event.eventName: DeleteTrail", ["create", "denied"]),
    ('"event.eventRW": Write', ["create", "denied", "run"]),
    ('"event.eventRw": Write', ["create", "denied", "run"]),
    ('"event.eventCategory": Management', ["run", "signin"]),
    ("event.userIdentity.userName: bob", ["run", "signin"]),
    ("event.userIdentity.accessKeyId: STS.Abc1", ["run"]),
    ('event.resourceType: "ACS::ECS::Instance"', ["run"]),
    ("event.resourceName: i-bp1", ["run"]),
    ("event.errorCode: *", ["denied"]),
    ("not event.errorCode: *", ["create", "run", "signin"]),
    ("event.eventSource: actiontrail*", ["create", "denied"]),
    ('"event.eventRW": Write AND not event.errorCode: *', ["create", "run"]),
    ("event.sourceIpAddress: 10.0.*", ["create", "run"]),
    ("event.eventRW: Write and (event.userIdentity.userName: alice or event.userIdentity.type: root-account)",
     ["create", "denied"]),
    ("NOT event.serviceName: Actiontrail not ConsoleSignin", ["run"]),
    ("event.additionalEventData.isMFAChecked: true", ["signin"]),
    ("event.requestParameterJson: 测试", []),
    (r'event.requestParameterJson: "\\u6d4b\\u8bd5"', ["run"]),
    ("event: i-bp1", ["run"]),
]


class Index(IndexConfig):
    """An index configuration as it is: the client's own class leaves `exclude_keys` out."""

    def __init__(self, document):
        super().__init__()
        self.document = document

    def to_json(self):
        return self.document


@pytest.fixture(scope="module")
def client(cairn):
    return client_of(cairn)


def logstore(client, index):
    project = unique("search")
    client.create_project(project, "")
    client.create_logstore(project, "logs", ttl=7, shard_count=2)
    client.create_index(project, "logs", Index(index))
    return project


def put(client, project, topic, source, logs, tags=None):
    items = [LogItem(int(time.time()), contents=list(contents.items())) for contents in logs]
    client.put_logs(PutLogsRequest(project, "logs", topic, source, items, logtags=tags))


@pytest.fixture(scope="module")
def project(client):
    project = logstore(client, INDEX)
    for topic, source, tags, logs in GROUPS:
        put(client, project, topic, source, logs, tags)
    return project


@pytest.fixture(scope="module")
def trail(client):
    project = logstore(client, EVENT_INDEX)
    for name, event in EVENTS.items():
        log = {"owner_id": "1", "name": name, "event": json.dumps(event)}
        put(client, project, "actiontrail_audit_event", "actiontrail", [log])
    return project


def search(client, project, query, **more):
    now = int(time.time())
    return client.get_log(project, "logs", now - 3600, now + 600, query=query, size=100, **more)


def count(client, project, query):
    now = int(time.time())
    histogram = client.get_histograms(GetHistogramsRequest(project, "logs", now - 3600, now + 600, "", query))
    assert histogram.is_completed()
    return histogram.get_total_count()


def ids(answer, key):
    return sorted(log.get_contents()[key] for log in answer.get_logs())


@pytest.mark.parametrize(("query", "found"), SEARCHES, ids=[query or "nothing" for query, _ in SEARCHES])
def test_a_search_finds_exactly(client, project, query, found):
    answer = search(client, project, query)
    assert answer.is_completed() and ids(answer, "id") == sorted(found)
    assert count(client, project, query) == len(found)


@pytest.mark.parametrize(("query", "found"), EVENT_SEARCHES, ids=[query for query, _ in EVENT_SEARCHES])
def test_what_people_ask_of_a_trail(client, trail, query, found):
    assert ids(search(client, trail, query), "name") == found


@pytest.mark.parametrize(("query", "place", "problem"), FAULTS, ids=[query[:20] for query, _, _ in FAULTS])
def test_a_fault_says_where_and_what(client, project, query, place, problem):
    message = fails("ParameterInvalid", search, client, project, query).get_error_message()
    assert message.startswith("ErrorType:OLSQueryParseError.ErrorPosition,line:1,column:")
    assert place in message and problem in message, message


def test_pages_and_the_topic_parameter_narrow_a_search(client, project):
    now = int(time.time())

    def pages(reverse):
        ask = {"query": "user", "size": 2, "reverse": reverse}
        answers = [client.get_log(project, "logs", now - 3600, now + 600, offset=offset, **ask) for offset in (0, 2)]
        return [log.get_contents()["id"] for answer in answers for log in answer.get_logs()]

    forward, backward = pages(False), pages(True)
    assert sorted(forward) == WEB and backward == forward[::-1]
    assert ids(search(client, project, "host", topic="App Events"), "id") == APP


def test_a_changed_index_is_true_for_what_is_there(client, project):
    project = logstore(client, INDEX)
    put(client, project, "", "", [{"id": "1", "owner": "Team-A/B x", "other": "5"}])
    assert ids(search(client, project, "owner:Team"), "id") == []
    keys = {"owner": text(list("-/")), "other": LONG}
    index = {"line": {"token": ["-"], "caseSensitive": True}, "keys": keys}
    client.update_index(project, "logs", Index(index))
    for query in ["owner:team", "owner:a", "other > 4", "Team", "team"]:
        assert ids(search(client, project, query), "id") == ["1"], query
    assert ids(search(client, project, "A/B"), "id") == []


def test_a_search_among_many_logs_reads_few(client):
    project = logstore(client, INDEX)
    for batch in range(10):
        names = [f"{batch}-{number}" for number in range(500)]
        put(client, project, "", "", [{"id": name, "url": f"/item/{name}"} for name in names])
    answer = search(client, project, "url:7-123")
    assert ids(answer, "id") == ["7-123"] and answer.get_processed_rows() <= 5000
    assert len(ids(search(client, project, "url:item"), "id")) == 100
    assert count(client, project, "url:7-12* not url:7-120") == 10
