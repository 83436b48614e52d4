"""Data events: a trail asks for calls that move objects, logs and people's words, and these arrive in its logstore, once
each, read with the official clients."""

import json
import threading
import time

import oss2
import pytest
import requests
from aliyun.log import GetProjectLogsRequest, LogItem, PutLogsRequest
from cairn_server import CCC, TRAIL
from conftest import run as serve
from logstores import Logstore, client_of, fails
from principals import Person, unique
from test_ccc_calls import Center, mobile
from test_trail_cli import run
from trail_deliveries import Deliveries, ids_of, wait_for


class DataTrail(Deliveries):
    """A trail that asks for data events; its management events go to a project of its own."""

    def __init__(self, cairn, selectors, **parameters):
        super().__init__(cairn, to=("logs",), **parameters)
        self.put(selectors)

    def put(self, selectors):
        text = json.dumps(selectors)
        answer = self.call(
            "PutDataEventSelector", TrailName=self.name, EventSelectors=text, IsTrailAllRegion="true"
        )
        assert [one["ServiceName"] for one in json.loads(answer["DataEventSelectors"])] == [
            one["ServiceName"] for one in selectors
        ]
        [config, *_] = self.configs()
        assert (config["Status"], config["ErrorCode"]) == ("success", ""), config
        self.data_project = config["RegionSlsProjectArn"].rsplit("/", 1)[1]
        assert self.data_project == f"actiontrail-log-{self.cairn.account}-{config['TrailRegion']}"

    def configs(self):
        return self.call("GetDataEventSelector", TrailName=self.name)["SlsDeliveryConfigs"]

    def events(self):
        """All events of the data logstore."""
        client, now, events = client_of(self.cairn), int(time.time()), []
        while True:
            found = client.get_log(
                self.data_project, self.logstore, now - 86_400, now + 900, query="*", size=100, offset=len(events)
            )
            assert found.is_completed()
            page = [json.loads(log.get_contents()["event"]) for log in found.get_logs()]
            events.extend(page)
            if len(page) < 100:
                return events

    def named(self, *names):
        return [event for event in self.events() if event["eventName"] in names]

    def wait_for(self, *request_ids):
        """The events of these requests, each of them once."""
        wanted = set(request_ids)
        assert wait_for(lambda: wanted <= {event["requestId"] for event in self.events()}), self.events()
        found = [event for event in self.events() if event["requestId"] in wanted]
        assert len(found) == len(wanted)
        by_request = {event["requestId"]: event for event in found}
        return [by_request[request_id] for request_id in request_ids]

    def end(self):
        self.call("DeleteTrail")


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("data-events"))


@pytest.fixture
def trail(cairn, request):
    trail = DataTrail(cairn, request.param)
    yield trail
    trail.end()


def new_bucket(cairn, credential=None, name=None):
    credential = credential or cairn.root
    auth = oss2.AuthV4(credential.key_id, credential.secret)
    bucket = oss2.Bucket(auth, cairn.endpoint, name or unique("data"), region="cn-hangzhou", connect_timeout=30)
    if name is None:
        bucket.create_bucket()
    return bucket


@pytest.mark.parametrize("trail", [[{"ServiceName": "Oss"}]], indirect=True)
def test_calls_on_objects(cairn, trail):
    bucket = new_bucket(cairn)
    put = bucket.put_object("folder/a b;c.txt", b"the body is nobody's business")
    got = bucket.get_object("folder/a b;c.txt")
    assert got.read() == b"the body is nobody's business"
    listed = bucket.list_objects_v2(prefix="folder/")
    deleted = bucket.delete_object("folder/a b;c.txt")
    with pytest.raises(oss2.exceptions.NoSuchKey) as gone:
        bucket.get_object("folder/a b;c.txt").read()
    stranger = Person(cairn).credential
    with pytest.raises(oss2.exceptions.AccessDenied) as refused:
        new_bucket(cairn, stranger, bucket.bucket_name).put_object("x", b"x")
    link = bucket.sign_url("GET", "folder/none", 60)
    answer = requests.get(link, timeout=30)
    assert answer.status_code == 404
    answers = [put, got, listed, deleted, gone.value, refused.value]
    ids = [one.request_id for one in answers] + [answer.headers["x-oss-request-id"]]
    events = trail.wait_for(*ids)
    names = ["PutObject", "GetObject", "ListObjectsV2", "DeleteObject", "GetObject", "PutObject", "GetObject"]
    assert [event["eventName"] for event in events] == names
    codes = [event.get("errorCode") for event in events]
    assert codes == [None, None, None, None, "NoSuchKey", "AccessDenied", "NoSuchKey"]
    assert {(event["eventCategory"], event["serviceName"]) for event in events} == {("Data", "Oss")}
    assert events[0]["eventRW"] == "Write" and events[1]["eventRW"] == "Read"
    assert events[0]["requestParameters"]["ObjectName"] == "folder/a b;c.txt"
    assert events[0]["resourceName"] == bucket.bucket_name
    arn = events[0]["additionalEventData"]["ResourceArn"]
    assert arn.startswith("acs:oss:") and arn.endswith(f":{cairn.account}:{bucket.bucket_name}/folder/a b;c.txt")
    assert events[5]["userIdentity"]["accessKeyId"] == stranger.key_id
    text = json.dumps(events)
    signature = link.split("ignature=")[-1].split("&")[0]
    assert "nobody's business" not in text and signature not in text
    found = run(cairn, "events", "search", f"eventId:{ids[0]}", "--data", "--json")
    assert json.loads(found)["eventCategory"] == "Data"
    used = cairn.ask(TRAIL, "GetAccessKeyLastUsedInfo", {"AccessKey": stranger.key_id})
    assert (used["ServiceName"], used["Source"]) == ("Oss", "DataEvent")
    # What manages is no data event, and what is a data event is not looked up.
    assert not trail.named("PutBucket")
    assert not any(cairn.events_with_id(request_id) for request_id in ids)
    assert trail.lookup(ids) == {}


@pytest.mark.parametrize("trail", [[{"ServiceName": "Sls"}]], indirect=True)
def test_calls_on_logs(cairn, trail):
    logs = Logstore(cairn)
    put = logs.put([(int(time.time()), {"word": "secret-content-of-a-log"})])
    assert wait_for(lambda: logs.find("word: secret-content-of-a-log"))
    cursor = logs.client.get_cursor(logs.project, logs.name, 0, "begin")
    pulled = logs.client.pull_logs(logs.project, logs.name, 0, cursor.get_cursor())
    request = PutLogsRequest(logs.project, "nothing", "", "", [LogItem(contents=[("a", "b")])])
    refused = fails("LogStoreNotExist", logs.client.put_logs, request)
    events = trail.wait_for(put.get_request_id(), pulled.get_request_id(), refused.get_request_id())
    assert [event["eventName"] for event in events] == ["PutLogs", "PullLogs", "PutLogs"]
    assert [event.get("errorCode") for event in events] == [None, None, "LogStoreNotExist"]
    assert wait_for(lambda: trail.named("GetLogs", "GetLogsV2"))
    arn = events[0]["additionalEventData"]["ResourceArn"]
    assert arn.endswith(f":{cairn.account}:project/{logs.project}/logstore/{logs.name}")
    assert "secret-content-of-a-log" not in json.dumps(events)
    # Nobody else writes to the logstore of the trail; and that it is written to is no event, or there were no end.
    request = PutLogsRequest(trail.data_project, trail.logstore, "", "", [LogItem(contents=[("a", "b")])])
    fails("LogStoreWriteForbidden", logs.client.put_logs, request)
    own = [event for event in trail.named("PutLogs") if trail.logstore in json.dumps(event["requestParameters"])]
    assert all(event.get("errorCode") == "LogStoreWriteForbidden" for event in own)


@pytest.mark.parametrize("trail", [[{"ServiceName": "Sls", "EventName": {"Equals": ["GetProjectLogs"]}}]], indirect=True)
def test_sql_over_a_project_moves_logs(cairn, trail):
    logs = Logstore(cairn)
    logs.put([(int(time.time()), {"n": "7"})])
    ask = lambda project: logs.client.get_project_logs(
        GetProjectLogsRequest(project, f"SELECT count(*) AS n FROM {logs.name} WHERE __time__ > 0")
    )
    asked = ask(logs.project)
    [event] = trail.wait_for(asked.get_request_id())
    assert (event["eventName"], event["eventCategory"], event["eventRW"]) == ("GetProjectLogs", "Data", "Read")
    assert event["additionalEventData"]["ResourceArn"].endswith(f":{cairn.account}:project/{logs.project}")
    assert cairn.events_with_id(asked.get_request_id()) == []
    assert not trail.named("PutLogs", "GetLogsV2")
    # Where a project has logs of a trail, a question about them is in the audit itself.
    refused = fails("ParameterInvalid", ask, trail.data_project)
    [event] = cairn.events_with_id(refused.get_request_id())
    assert (event["eventName"], event["errorCode"]) == ("GetProjectLogs", "ParameterInvalid")


@pytest.mark.parametrize("trail", [[{"ServiceName": "CloudCallCenter"}]], indirect=True)
def test_calls_of_people(cairn, trail):
    center = Center(cairn)
    body = center.start(mobile(), mobile(), call_center_number=center.number)
    refused = cairn.call(CCC, "StartBack2BackCall", {"InstanceId": "none", "Caller": mobile(), "Callee": mobile()})
    cairn.ask(CCC, "ListUsers", {"InstanceId": center.instance, "PageNumber": "1", "PageSize": "10"})
    done, failed = trail.wait_for(body.request_id, refused.request_id)
    assert (done["eventName"], done["eventCategory"]) == ("StartBack2BackCall", "Data")
    assert failed["errorCode"] == refused.code
    assert done["additionalEventData"]["ResourceArn"].endswith(f":instance/{center.instance}")
    # It is a management event as well, with an id of its own.
    [event] = cairn.events_with_id(body.request_id)
    assert event["eventCategory"] == "Management" and event["eventId"] != done["eventId"]
    assert not trail.named("ListUsers", "CreateInstance")


@pytest.mark.parametrize("trail", [[{"ServiceName": "Oss", "EventName": {"Equals": ["DeleteObject"]}}]], indirect=True)
def test_only_what_is_asked_for(cairn, trail):
    bucket, other = new_bucket(cairn), new_bucket(cairn)

    def calls():
        put = bucket.put_object("kept/x", b"x").request_id
        deleted = [there.delete_object(key).request_id for there in (bucket, other) for key in ("kept/x", "y")]
        return put, deleted

    _, deleted = calls()
    trail.wait_for(*deleted)
    assert not trail.named("PutObject")
    arn = f"acs:oss:*:{cairn.account}:{bucket.bucket_name}/kept/*"
    trail.put([{"ServiceName": "Oss", "ReadWriteType": "Write", "ResourceArn": {"Equals": [arn]}}])
    put, later = calls()
    trail.wait_for(put, later[0])
    trail.call("StopLogging")
    stopped = [*calls()[1], bucket.put_object("kept/z", b"").request_id]
    trail.call("StartLogging")
    started = bucket.put_object("kept/z", b"").request_id
    trail.wait_for(started)
    trail.call("DeleteDataEventSelector", TrailName=trail.name)
    assert trail.configs() == []
    ended = bucket.put_object("kept/z", b"").request_id
    time.sleep(2)
    there = {event["requestId"] for event in trail.events()}
    assert there.isdisjoint({*later[1:], *stopped, ended})
    trail.put([{"ServiceName": "Oss"}])
    trail.wait_for(bucket.put_object("kept/z", b"").request_id)


def test_what_cannot_be_asked_for(cairn):
    trail = Deliveries(cairn, to=("logs",))
    for selectors in (
        [{"ServiceName": "Ecs"}],
        [{"ServiceName": "Sls", "EventName": {"Equals": ["PutLog"]}}],
        [{"ServiceName": "Oss", "ResourceArn": {"Equals": ["bucket"]}}],
        [],
    ):
        reply = cairn.call(
            TRAIL, "PutDataEventSelector", {"TrailName": trail.name, "EventSelectors": json.dumps(selectors)}
        )
        assert (reply.status, reply.code) == (400, "InvalidQueryParameter"), reply
    listed = cairn.ask(TRAIL, "ListDataEventServices", {"MaxResults": "10"})["Data"]["ServiceInfos"]
    services = {info["ServiceName"]: info["EventNames"] for info in listed}
    assert {"GetObject", "ListObjectsV2", "UploadPartCopy"} <= set(services["Oss"])
    assert {"PutLogs", "GetLogsV2"} <= set(services["Sls"])
    assert "StartBack2BackCall" in services["CloudCallCenter"]
    trail.call("DeleteTrail")


def test_a_region_has_a_project(cairn):
    trail = Deliveries(cairn, to=("logs",))
    text = json.dumps([{"ServiceName": "Oss", "EventName": {"Equals": ["HeadObject"]}}])
    trail.call("PutDataEventSelector", TrailName=trail.name, EventSelectors=text, TrailRegionIds="cn-a,cn-b")
    configs = trail.call("GetDataEventSelector", TrailName=trail.name)["SlsDeliveryConfigs"]
    assert [(config["TrailRegion"], config["Status"]) for config in configs] == [("cn-a", "success"), ("cn-b", "success")]
    for config in configs:
        project = config["RegionSlsProjectArn"].rsplit("/", 1)[1]
        assert client_of(cairn).get_logstore(project, trail.logstore).get_ttl() == 3650
    listed = cairn.ask(TRAIL, "ListDataEventSelectors", {"MaxResults": "10"})["Data"]["DataEventSelectorInfos"]
    assert [info["TrailName"] for info in listed] == [trail.name]
    kinds = {destination["Kind"] for destination in trail.call("GetTrailDelivery")["Destinations"]}
    assert kinds == {"logstore", "data"}
    trail.call("DeleteTrail")


def test_kills_lose_and_double_nothing(own_cairn):
    cairn = own_cairn
    trail = DataTrail(cairn, [{"ServiceName": "Oss", "ReadWriteType": "Write"}])
    name, acknowledged = new_bucket(cairn).bucket_name, set()
    for round in range(6):
        bucket, stopped = new_bucket(cairn, name=name), threading.Event()

        def write(number, bucket=bucket, stopped=stopped):
            while not stopped.is_set():
                try:
                    acknowledged.add(bucket.put_object(f"{number}", b"x").request_id)
                except oss2.exceptions.RequestError:
                    return

        threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(0.4 + 0.3 * round)
        cairn.kill()
        stopped.set()
        for thread in threads:
            thread.join()
        cairn.start()
    assert len(acknowledged) > 20
    assert wait_for(lambda: acknowledged <= {event["requestId"] for event in trail.events()})
    ids = ids_of(trail.events())
    assert len(ids) == len(set(ids))

    def report():
        reports = json.loads(run(cairn, "events", "verify-delivery", trail.name, "--json", code=(0, 3)))
        [data] = [one for one in reports if one["Kind"] == "data"]
        return data if data["Found"] >= len(acknowledged) else None

    assert wait_for(report)["FindingCount"] == 0
    assert "data" in run(cairn, "trail", "status", trail.name)
    metrics = requests.get(f"{cairn.endpoint}/metrics", timeout=30).text
    assert f'trail="{trail.name}",destination="data"' in metrics
    cairn.stop()
    assert "sound" in cairn.cli("store", "check", str(cairn.data)).stdout
    cairn.start()
    assert cairn.lookup(("EventName", "PutObject"))["Events"] == []
    assert ids_of(trail.events()) and len(trail.events()) >= len(ids)
