"""The public sample of a ListConfig event, made again by a call."""

import json
import re

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from cairn_server import CCC
from callers import tea_config
from principals import Person, make_instance
from signing import v1_request

HOST = "ccc.cn-shanghai.aliyuncs.com"
NAMES = [
    "AllowHangup",
    "ShowCalledID",
    "ShowCalleeID",
    "SatisfactionSurvey",
    "AutoAnswerCall",
    "SmsSatisfactionSurvey",
    "enableRecord",
    "AllowChooseSkillGroup",
    "SettingWorkbenchLogLevel",
]
ITEMS = [{"name": name, "DimensionName": "instance"} for name in NAMES]
REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
AGENT = "AlibabaCloud API Workbench; Java 1.8 (golden)"


class Desk:
    """The sample's caller and his call centre. The server makes user and key ids itself."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.caller = Person(cairn, name="gudihui2", system_policies=["AliyunCCCFullAccess"])
        self.instance = make_instance(cairn, self.caller.credential)


@pytest.fixture(scope="module")
def desk(cairn):
    return Desk(cairn)


def check_event(desk, event, request_id, host):
    assert REQUEST_ID.fullmatch(request_id)
    assert event["eventId"] == event["requestId"] == request_id
    assert event["eventVersion"] == 1 and not isinstance(event["eventVersion"], (str, bool))
    assert event["eventSource"] == host
    assert event["eventType"] == "ApiCall"
    assert event["eventName"] == "ListConfig"
    assert event["serviceName"] == "CloudCallCenter"
    assert event["apiVersion"] == "2017-07-05"
    assert event["acsRegion"] == "cn-shanghai"
    assert event["isGlobal"] is False
    assert event["additionalEventData"] == {"Scheme": "http"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["eventTime"])
    assert event["sourceIpAddress"] == "127.0.0.1"
    assert event["userIdentity"] == {
        "type": "ram-user",
        "accessKeyId": desk.caller.credential.key_id,
        "accountId": "1059804828509",
        "principalId": desk.caller.user_id,
        "userName": "gudihui2",
        "sessionContext": {"attributes": {"mfaAuthenticated": "false"}},
    }
    parameters = event["requestParameters"]
    for n, item in enumerate(ITEMS, start=1):
        assert parameters[f"ConfigItem.{n}"] == item
    assert "ConfigItem.10" not in parameters
    assert parameters["InstanceId"] == desk.instance
    assert parameters["AcsHost"] == parameters["HostId"] == host
    assert parameters["AcsProduct"] == "CCC"
    assert parameters["RegionId"] == "cn-shanghai"
    assert parameters["RequestId"] == request_id
    assert not [name for name in parameters if "signature" in name.lower() or name == "SecurityToken"]
    assert event["eventRW"] == "Read"
    assert event["eventCategory"] == "Management"
    assert (event["resourceType"], event["resourceName"]) == ("ACS::CCC::Instance", desk.instance)
    structure = json.loads(event["requestParameterJson"])
    assert structure["ConfigItem"] == ITEMS
    assert structure["InstanceId"] == desk.instance
    assert "errorCode" not in event or event["errorCode"] == ""
    assert "responseElements" not in event, "only writes have an answer in their event"


def test_signed_by_hand_with_the_public_host(desk):
    parameters = {"InstanceId": desk.instance}
    for n, item in enumerate(ITEMS, start=1):
        parameters[f"ConfigItem.{n}"] = json.dumps(item, separators=(",", ":"))
    request = v1_request("ListConfig", CCC, parameters, desk.caller.credential, host=HOST)
    request.headers["User-Agent"] = AGENT
    reply = desk.cairn.send(request)
    assert reply.status == 200, reply
    event = desk.cairn.event(reply.request_id)
    check_event(desk, event, reply.request_id, HOST)
    assert event["userAgent"] == AGENT


def tea_call(desk, **options):
    client = Client(tea_config(**options, credential=desk.caller.credential))
    items = [json.dumps(item) for item in ITEMS]
    return client.list_config(models.ListConfigRequest(instance_id=desk.instance, config_item=items)).body


def test_client_with_the_server_as_endpoint(desk):
    body = tea_call(desk, address=desk.cairn.host)
    assert (body.code, body.success, body.http_status_code) == ("OK", True, 200)
    event = desk.cairn.event(body.request_id)
    host = event["eventSource"]
    assert host in (desk.cairn.host, desk.cairn.host.rsplit(":", 1)[0])
    check_event(desk, event, body.request_id, host)
    assert event["userAgent"].startswith("AlibabaCloud")


def test_client_with_the_server_as_http_proxy(desk):
    """The client believes that it speaks to the cloud; its requests have an absolute target."""
    body = tea_call(desk, address=HOST, http_proxy=desk.cairn.endpoint)
    check_event(desk, desk.cairn.event(body.request_id), body.request_id, HOST)


def test_answer_names_known_items_in_the_order_asked(desk):
    body = tea_call(desk, address=desk.cairn.host)
    answered = [item.name for item in body.config_items.config_item]
    assert answered == [name for name in NAMES if name in answered]
    assert all(isinstance(item.value, str) for item in body.config_items.config_item)
