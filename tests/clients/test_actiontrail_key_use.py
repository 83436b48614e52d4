"""What access keys were last used for, by the official ActionTrail SDK, and by the older one."""

import json
import re
import time
import urllib.request

import pytest
from actiontrail_sdks import Current
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC, RAM, TRAIL
from callers import CorePyPost
from conftest import run
from principals import Person, Session, make_role, unique

LISTS = {"Events": "events", "Ips": "ips", "Resources": "resources"}


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: it is started again."""
    yield from run(tmp_path_factory.mktemp("key-use"))


def ask(cairn, what, key_id, **parameters):
    return Current(cairn).body(f"GetAccessKeyLastUsed{what}", access_key=key_id, **parameters)


def listed(cairn, what, key_id, service, **parameters):
    body = ask(cairn, what, key_id, service_name=service, **parameters)
    return getattr(body, LISTS[what]) or [], body.next_token


@pytest.fixture(scope="module")
def person(cairn):
    """A user who lists and makes users, and is refused once."""
    person = Person(cairn, system_policies=["AliyunRAMFullAccess"])
    for name in ("first", "second"):
        cairn.ask(RAM, "CreateUser", {"UserName": f"{name}-{person.name}"}, person.credential)
    cairn.ask(RAM, "ListUsers", {}, person.credential)
    assert cairn.call(CCC, "ListInstances", {}, person.credential).code != "OK"
    return person


def test_a_key_tells_its_last_use_and_its_owner(cairn, person):
    info = ask(cairn, "Info", person.credential.key_id)
    assert (info.access_key_id, info.account_id) == (person.credential.key_id, cairn.account)
    assert (info.account_type, info.user_name, info.owner_id) == ("ram-user", person.name, person.user_id)
    assert (info.service_name, info.service_name_en) == ("CloudCallCenter", "Cloud Call Center")
    assert info.service_name_cn and info.source == "ManagementEvent"
    assert abs(info.used_timestamp / 1_000 - time.time()) < 600
    detail = json.loads(info.detail)
    assert detail["eventName"] == "ListInstances" and detail["errorCode"], "refused calls use a key, too"


def test_services_calls_addresses_and_resources(cairn, person):
    key_id = person.credential.key_id
    products = ask(cairn, "Products", key_id).products
    assert {product.service_name for product in products} == {"Ram", "CloudCallCenter"}
    events, _ = listed(cairn, "Events", key_id, "Ram")
    assert {event.event_name for event in events} == {"CreateUser", "ListUsers"}
    newest = next(event for event in events if event.event_name == "CreateUser")
    assert f"second-{person.name}" in newest.detail, "the last one"
    ips, _ = listed(cairn, "Ips", key_id, "Ram")
    assert [ip.ip for ip in ips] == ["127.0.0.1"]
    resources, _ = listed(cairn, "Resources", key_id, "Ram")
    assert {resource.resource_type for resource in resources} == {"ACS::RAM::User"}
    names = {resource.resource_name for resource in resources}
    assert {f"first-{person.name}", f"second-{person.name}"} <= names
    assert listed(cairn, "Events", key_id, "Sls") == ([], None)


def test_pages_follow_one_another(cairn, person):
    key_id = person.credential.key_id
    whole, none = listed(cairn, "Resources", key_id, "Ram", page_size="100")
    assert none is None and len(whole) >= 2
    names, token = [], None
    while True:
        page, token = listed(cairn, "Resources", key_id, "Ram", page_size="1", next_token=token)
        names += [resource.resource_name for resource in page]
        if not token:
            break
        assert len(page) == 1
    assert names == [resource.resource_name for resource in whole]
    times = [resource.used_timestamp for resource in whole]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("parameters", [{"page_size": "101"}, {"page_size": "-1"}, {"page_size": "x"}, {"next_token": "x"}])
def test_a_bad_page_is_refused(cairn, person, parameters):
    with pytest.raises(AlibabaCloudException) as caught:
        listed(cairn, "Events", person.credential.key_id, "Ram", **parameters)
    assert (caught.value.code, caught.value.status_code) == ("InvalidQueryParameter", 400)


def test_what_is_missing_is_named(cairn, person):
    reply = cairn.call(TRAIL, "GetAccessKeyLastUsedInfo", {})
    assert (reply.code, reply.status) == ("MissingParameter", 400) and "AccessKey" in reply.json["Message"]
    reply = cairn.call(TRAIL, "GetAccessKeyLastUsedIps", {"AccessKey": person.credential.key_id})
    assert (reply.code, reply.status) == ("MissingParameter", 400) and "ServiceName" in reply.json["Message"]


@pytest.mark.parametrize("key_id", ["LTAInobody", "审计\0"])
def test_a_key_that_nobody_used_has_no_fields(cairn, key_id):
    info = ask(cairn, "Info", key_id)
    assert {name for name, value in info.to_map().items() if value is not None} == {"RequestId"}
    assert not ask(cairn, "Products", key_id).products
    assert listed(cairn, "Events", key_id, "Ram") == ([], None)


def test_the_root_key_and_keys_of_sessions(cairn, person):
    info = ask(cairn, "Info", cairn.root.key_id)
    assert (info.account_type, info.user_name, info.owner_id) == ("root-account", "root", cairn.account)
    person.allow("AliyunSTSAssumeRoleAccess")
    session = Session(cairn, person, make_role(cairn), unique("session"))
    cairn.ask(RAM, "ListRoles", {}, session.credential)
    assert ask(cairn, "Info", session.credential.key_id).access_key_id is None, "they end by themselves"


def test_the_older_sdk_and_a_restart(cairn, person):
    caller = CorePyPost(cairn.address, cairn.root)
    before = caller.call(TRAIL, "GetAccessKeyLastUsedProducts", {"AccessKey": person.credential.key_id})
    assert before.code == "OK" and before.body["Products"]
    cairn.kill()
    cairn.start()
    caller = CorePyPost(cairn.address, cairn.root)
    after = caller.call(TRAIL, "GetAccessKeyLastUsedProducts", {"AccessKey": person.credential.key_id})
    assert after.body["Products"] == before.body["Products"]
    with urllib.request.urlopen(f"{cairn.endpoint}/metrics", timeout=30) as metrics:
        assert re.search(r"key_use_behind_records \d+", metrics.read().decode())
