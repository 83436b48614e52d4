"""Settings, the end of instances and the workbench with the official package: success parsed by its model classes, each
documented error, each limit, and the event of every operation."""

import base64
import hashlib
import hmac
import json

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from cairn_server import Cairn
from callers import tea_config
from ccc_desk import Desk, fresh_number, references
from principals import Person, Session, make_instance, make_role, unique

NOWHERE = "0f5e0a9e-0c0f-4a58-8f3e-5b1f8d3c2a10"
TURN_SECRET = "relay-and-server-know-this"


@pytest.fixture(scope="module")
def desk(cairn):
    return Desk(cairn)


@pytest.fixture(scope="module")
def other(cairn):
    """A foreign instance of the same account."""
    return Desk(cairn)


# Settings and instances


def test_settings(desk):
    def value():
        return desk.call("GetConfig", name="AllowHangup", object_type="instance", object_id=desk.instance).config_item

    assert (value().name, value().value) == ("AllowHangup", "1")
    _, event = desk.console("SetConfigItem", Name="AllowHangup", Value="0")
    assert event["additionalEventData"]["PreviousValue"] == "1"
    assert value().value == "0"
    for code, status, name, wanted in [
        ("NotExist.ConfigItem", 404, "NoSuchItem", "1"),
        ("Parameter.Enumeration", 400, "AllowHangup", "yes"),
        ("Parameter.Format", 400, "SatisfactionSurvey", "{"),
        ("Parameter.Maximum", 400, "SatisfactionSurvey", json.dumps({"a": "b" * 17_000})),
        ("MissingValue", 400, "AllowHangup", ""),
    ]:
        desk.console("SetConfigItem", code, status, Name=name, Value=wanted)
    for code, status, fields in [
        ("NotExist.ConfigItem", 404, {"name": "NoSuchItem"}),
        ("NotExist.ConfigItem", 404, {"object_id": NOWHERE}),
        ("Parameter.Enumeration", 400, {"object_type": "user"}),
        ("MissingName", 400, {"name": None}),
        ("MissingObjectType", 400, {"object_type": None}),
    ]:
        desk.refuse("GetConfig", code, status, **{"name": "AllowHangup", "object_type": "instance", **fields})
    assert value().value == "0"


def test_deleted_instance(cairn):
    number = fresh_number()
    desk = Desk(cairn, instance=make_instance(cairn, None, **{"PhoneNumbers.1": number}))
    agent = desk.agent()
    desk.as_(agent.credential).refuse("DeleteInstance", "NoPermission.User", 403)
    body = desk.call("DeleteInstance")
    event = cairn.event(body.request_id)
    assert event["additionalEventData"]["InstanceName"].startswith("acc-")
    desk.refuse("ListUsers", "NotExist.Instance", 404, page_number=1, page_size=1)
    desk.refuse("DeleteInstance", "NotExist.Instance", 404)
    # The audit keeps what happened in it, and the number is free again.
    assert len(cairn.lookup(("ResourceName", desk.instance))["Events"]) > 3
    successor = Desk(cairn, None, make_instance(cairn, None, PhoneNumber=number))
    assert [one.number for one in successor.numbers()] == [number]


def test_first_users_of_an_instance(cairn):
    name, login = unique("acc"), unique("first")
    client = Client(tea_config(cairn.host, cairn.root))
    request = models.CreateInstanceRequest(
        name=name,
        domain_name=name,
        storage_max_days=30,
        storage_max_size=10,
        user_object=[json.dumps({"LoginName": login, "DisplayName": "梅"}), json.dumps({"LoginName": "Not Allowed"})],
    )
    body = client.create_instance(request).body
    made = body.instance
    event = cairn.event(body.request_id)
    assert event["referencedResources"] == {"ACS::CCC::Instance": [made.instance_id], "ACS::RAM::User": [login]}
    assert made.success_login_names.success_login_name == [login]
    assert made.fail_login_names.fail_login_name == ["Not Allowed"]
    users = Desk(cairn, None, made.instance_id).users()
    assert [user.detail.login_name for user in users] == ["root", login]
    assert users[1].roles.role[0].role_name == "Agent"


# Workbench


def test_login_tokens(desk):
    agent = desk.agent()
    own = desk.as_(agent.credential)
    info = own.call("RequestLoginInfo").login_info
    assert (info.user_name, info.region, info.tenant_id) == (agent.name, "cn-shanghai", f"acc{desk.cairn.account}")
    assert info.roles.role[0].role_name == "Agent"
    assert info.agent_server_url is None and info.web_rtc_url is None, "nothing is configured"
    body = own.call("RefreshToken")
    extension, issued_ms = body.token.sign_data.split(":")
    assert extension == info.extension and issued_ms.isdigit()
    key = (desk.cairn.data / "login-token.key").read_bytes()
    signed = hmac.new(key, body.token.sign_data.encode(), hashlib.sha256).digest()
    assert base64.b64decode(body.token.signature) == signed
    # A credential is in no event; the user is.
    event = desk.cairn.event(body.request_id)
    assert body.token.signature not in json.dumps(event)
    assert references(event) == {"ACS::CCC::User": [agent.id]}
    events = desk.cairn.lookup(("ResourceName", agent.id))["Events"]
    (event,) = [one for one in events if one["eventName"] == "RequestLoginInfo"]
    assert event["responseElements"]["LoginInfo"]["Signature"] == "****"


def test_login_of_others(desk, other):
    agent, colleague = desk.agent(), desk.agent()
    desk.as_(agent.credential).call("RequestLoginInfo", user_id=agent.id)
    desk.as_(agent.credential).refuse("RequestLoginInfo", "NoPermission.User", 403, user_id=colleague.id)
    assert desk.call("RequestLoginInfo", user_id=agent.id).login_info.user_name == agent.name
    desk.refuse("RequestLoginInfo", "NotExist.User", 404, user_id=agent.user_id)
    other.refuse("RequestLoginInfo", "NotExist.User", 404, user_id=agent.id)
    role = make_role(desk.cairn, ["AliyunCCCFullAccess"])
    person = Person(desk.cairn)
    person.may("sts:AssumeRole")
    session = desk.as_(Session(desk.cairn, person, role).credential)
    session.refuse("RefreshToken", "NoPermission.User", 403)


def test_without_a_relay_there_are_no_credentials(desk):
    own = desk.as_(desk.agent().credential)
    assert own.call("GetTURNServerList").turn_server_list_config == "[]"
    own.refuse("GetTURNCredentials", "NotExist.TurnServer", 404, user_name="0")
    own.refuse("GetTURNCredentials", "MissingUserName", 400)


def test_credentials_of_a_relay(tmp_path):
    secret = tmp_path / "turn.secret"
    secret.write_text(TURN_SECRET + "\n")
    config = (
        '[workbench]\nagent_server_url = "wss://agents.example.com"\nwebrtc_url = "wss://phones.example.com"\n'
        f'turn_urls = ["turn:relay.example.com:3478"]\nturn_secret_file = "{secret}"\n'
    )
    cairn = Cairn(tmp_path / "relay", config).start()
    try:
        desk = Desk(cairn)
        agent = desk.agent()
        own = desk.as_(agent.credential)
        info = own.call("RequestLoginInfo").login_info
        assert (info.agent_server_url, info.web_rtc_url) == ("wss://agents.example.com", "wss://phones.example.com")
        servers = json.loads(own.call("GetTURNServerList").turn_server_list_config)
        assert servers == [{"urls": ["turn:relay.example.com:3478"]}]
        body = own.call("GetTURNCredentials", user_name="0")
        assert body.username.endswith(f":{agent.user_id}")
        expected = hmac.new(TURN_SECRET.encode(), body.username.encode(), hashlib.sha1).digest()
        assert base64.b64decode(body.password) == expected
        own.refuse("GetTURNCredentials", "NoPermission.User", 403, user_name=cairn.account)
        assert desk.call("GetTURNCredentials", user_name=agent.user_id).username.endswith(agent.user_id)
        desk.refuse("GetTURNCredentials", "NotExist.User", 404, user_name="1")
        assert TURN_SECRET not in cairn.log()
        cairn.stop()
    finally:
        if cairn.process.poll() is None:
            cairn.kill()


def test_devices(desk):
    agent = desk.agent()
    own = desk.as_(agent.credential)
    fields = {"browser_version": "Chrome 140", "client_ip": "192.0.2.1", "client_port": "5060", "remark": "办公室"}
    device = own.call("AddAgentDevice", **fields).agent_device_id
    own.call("ModifyAgentDevice", agent_device_id=device, is_login=1)
    listed = desk.call("ListAgentDevices", ram_ids=f"{agent.user_id},1").agent_device_list.agent_device
    (found,) = listed
    assert (found.ram_id, found.is_login, found.remark) == (int(agent.user_id), 1, "办公室")
    assert (found.browser_version, found.client_ip, found.client_port) == ("Chrome 140", "192.0.2.1", "5060")
    later = desk.call("ListAgentDevices", ram_ids=agent.user_id, start_time=found.login_time + 1)
    assert later.agent_device_list.agent_device == []
    for code, status, fields in [
        ("MissingIsLogin", 400, {"agent_device_id": device}),
        ("Parameter.Maximum", 400, {"agent_device_id": device, "is_login": 2}),
        ("NotExist.AgentDevice", 404, {"agent_device_id": 999_999, "is_login": 1}),
    ]:
        own.refuse("ModifyAgentDevice", code, status, **fields)
    own.refuse("AddAgentDevice", "MissingBrowserVersion", 400, client_ip="192.0.2.1")
    own.refuse("AddAgentDevice", "MissingClientIp", 400, browser_version="Chrome 140")
    own.refuse("AddAgentDevice", "Parameter.Maximum", 400, browser_version="Chrome 140", client_ip="1" * 65)
    own.refuse("ListAgentDevices", "NoPermission.User", 403)
    desk.refuse("ListAgentDevices", "Parameter.Invalid", 400, start_time=2, stop_time=1)


def test_faults(desk):
    agent = desk.agent()
    own = desk.as_(agent.credential)
    fields = {
        "agent_id": int(agent.user_id),
        "connect_id": "1000000001",
        "start_time": 1000,
        "end_time": 2000,
        "description": "杂音",
    }
    own.call("CreateFault", **fields)
    answer, _ = desk.console("ListFaults", PageNumber="1", PageSize="1")
    fault = answer["Faults"]["List"]["Fault"][0]
    assert (fault["AgentId"], fault["Description"], fault["ReportedBy"]) == (fields["agent_id"], "杂音", agent.user_id)
    for code, status, more in [
        ("MissingAgentId", 400, {"agent_id": None}),
        ("MissingConnectId", 400, {"connect_id": None}),
        ("Parameter.Invalid", 400, {"end_time": 999}),
        ("NoPermission.User", 403, {"agent_id": 1}),
    ]:
        own.refuse("CreateFault", code, status, **{**fields, **more})
    desk.refuse("CreateFault", "NotExist.User", 404, **{**fields, "agent_id": 1})
