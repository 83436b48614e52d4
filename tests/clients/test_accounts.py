"""Several accounts of one server: what is one's is not seen by another, roles lead across, and a trail of the first
account takes the events of all."""

import copy
import gzip
import json

import oss2
import pytest
from aliyun.log import LogException
from cairn_server import CCC, RAM, STS, TRAIL, Credential
from conftest import run
from logstores import client_of
from principals import Person, make_instance, unique
from test_data_events import DataTrail
from test_trail_cli import run as cli
from trail_deliveries import Deliveries, ids_of, wait_for


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own, as it gets accounts."""
    yield from run(tmp_path_factory.mktemp("accounts"))


def made(cairn):
    """A further account, to be used like the first."""
    reply = cairn.call(RAM, "CreateAccount", {"AccountName": "审计 team"})
    assert reply.status == 200, reply
    account = copy.copy(cairn)
    account.account = reply.json["AccountId"]
    key = reply.json["RootAccessKey"]
    account.root = Credential(key["AccessKeyId"], key["AccessKeySecret"])
    account.administrator = reply.json["AdministratorAccessKey"]
    account.made_by = reply.request_id
    return account


@pytest.fixture(scope="module")
def second(cairn):
    return made(cairn)


def bucket_of(account, name):
    auth = oss2.AuthV4(account.root.key_id, account.root.secret)
    return oss2.Bucket(auth, account.endpoint, name, region="cn-hangzhou", connect_timeout=30)


def test_the_first_account_makes_others(cairn, second):
    listed = cairn.ask(RAM, "ListAccounts", {})["Accounts"]["Account"]
    assert [account["AccountId"] for account in listed][:2] == [cairn.account, second.account]
    assert listed[1]["AccountName"] == "审计 team"
    for operation in ("CreateAccount", "ListAccounts"):
        reply = second.call(RAM, operation, {})
        assert (reply.code, reply.status) == ("NoPermission", 403), reply
    nobody = Person(cairn)
    assert cairn.call(RAM, "CreateAccount", {}, nobody.credential).code == "NoPermission"
    event = json.dumps(cairn.event(second.made_by))
    assert second.account in event and second.root.secret not in event
    assert second.administrator["AccessKeySecret"] not in event


def test_an_account_on_the_command_line(cairn):
    shown = cli(cairn, "account", "create", "--name", "terminal")
    assert "root secret" in shown and "administrator key" in shown
    assert "terminal" in cli(cairn, "account", "ls")


def test_accounts_do_not_see_one_another(cairn, second):
    person = Person(cairn)
    users = second.ask(RAM, "ListUsers", {"MaxItems": "100"})["Users"]["User"]
    assert [user["UserName"] for user in users] == ["administrator"]
    # The same name is somebody else.
    assert Person(second, name=person.name).user_id != person.user_id
    reply = cairn.call(TRAIL, "DescribeRegions", {})
    assert cairn.event(reply.request_id) and not second.events_with_id(reply.request_id)
    instance = make_instance(cairn)
    assert second.call(CCC, "GetInstance", {"InstanceId": instance}).status in (403, 404)
    assert cairn.call(CCC, "GetInstance", {"InstanceId": instance}).status == 200
    name = unique("isolated")
    bucket_of(cairn, name).create_bucket()
    bucket_of(cairn, name).put_object("a", b"secret")
    for operation in (lambda: bucket_of(second, name).get_object("a"), lambda: bucket_of(second, name).create_bucket()):
        with pytest.raises(oss2.exceptions.OssError) as caught:
            operation()
        assert caught.value.status in (403, 409), caught.value
    client_of(cairn).create_project(name, "for a test")
    client_of(cairn).create_logstore(name, "logs")
    stranger = client_of(second)
    for call in (
        lambda: stranger.get_project(name),
        lambda: stranger.list_logstore(name),
        lambda: stranger.get_logstore(name, "logs"),
        lambda: stranger.list_shards(name, "logs"),
        lambda: stranger.get_log(name, "logs", 0, 2_000_000_000),
        lambda: stranger.list_dashboard(name),
        lambda: stranger.create_logstore(name, "mine"),
        lambda: stranger.delete_project(name),
    ):
        with pytest.raises(LogException) as refused:
            call()
        assert refused.value.get_resp_status() in (401, 403, 404), refused.value
    cairn.ask(TRAIL, "CreateTrail", {"Name": name, "OssBucketName": name})
    assert second.ask(TRAIL, "DescribeTrails", {})["TrailList"] == []
    assert second.call(TRAIL, "GetTrailStatus", {"Name": name}).code == "TrailNotFoundException"
    cairn.ask(TRAIL, "DeleteTrail", {"Name": name})


def test_a_role_leads_into_another_account(cairn, second):
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"RAM": [f"acs:ram::{cairn.account}:root"]},
            }
        ],
    }
    role = unique("guest")
    second.ask(RAM, "CreateRole", {"RoleName": role, "AssumeRolePolicyDocument": json.dumps(trust)})
    second.ask(
        RAM, "AttachPolicyToRole", {"PolicyType": "System", "PolicyName": "AdministratorAccess", "RoleName": role}
    )
    guest = Person(cairn, system_policies=["AliyunSTSAssumeRoleAccess"])
    arn = f"acs:ram::{second.account}:role/{role}"
    asked = {"RoleArn": arn, "RoleSessionName": "guest"}
    keys = cairn.ask(STS, "AssumeRole", asked, guest.credential)["Credentials"]
    session = Credential(keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"])
    reply = second.call(RAM, "ListRoles", {}, session)
    assert reply.status == 200 and role in json.dumps(reply.json)
    event = second.event(reply.request_id)
    assert event["userIdentity"]["userName"] == f"{role}:guest"
    assert not cairn.events_with_id(reply.request_id)
    stranger = Person(second, system_policies=["AliyunSTSAssumeRoleAccess"])
    assert second.call(STS, "AssumeRole", asked, stranger.credential).code == "NoPermission", "not trusted"


def test_a_trail_over_all_accounts(cairn, second):
    reply = second.call(TRAIL, "CreateTrail", {"Name": "everything", "OssBucketName": "xyz", "IsOrganizationTrail": "true"})
    assert (reply.code, reply.status) == ("NotAllowCreateOrganizationTrail", 400), reply
    everything = Deliveries(cairn, IsOrganizationTrail="true")
    reply = cairn.call(
        TRAIL,
        "CreateTrail",
        {"Name": unique("t")[:30], "OssBucketName": everything.bucket_name, "IsOrganizationTrail": "true"},
    )
    assert (reply.code, reply.status) == ("MaximumNumberOfOrganizationTrailExceeded", 400), reply
    third = made(cairn)
    calls = {
        account.account: account.call(TRAIL, "DescribeRegions", {}).request_id for account in (cairn, second, third)
    }

    def is_all_there(events):
        return set(calls.values()) <= set(ids_of(events))

    assert wait_for(lambda: is_all_there(everything.in_logs())), "events of accounts that came later, too"
    assert wait_for(lambda: is_all_there(everything.in_bucket()))
    # One that was silent until the trail had stopped and gone on.
    everything.call("StopLogging")
    everything.call("StartLogging")
    calls["silent"] = made(cairn).ask(TRAIL, "DescribeRegions", {})["RequestId"]
    calls["third again"] = third.ask(TRAIL, "DescribeRegions", {})["RequestId"]
    assert wait_for(lambda: is_all_there(everything.in_logs()))
    assert wait_for(lambda: is_all_there(everything.in_bucket()))
    organization = f"rd-{cairn.account}"
    for key, events in everything.files().items():
        accounts = {event["recipientAccountId"] for event in events}
        assert len(accounts) == 1, "a file has the events of one account"
        assert organization in key and accounts.pop() in key, key
    ids = ids_of(everything.in_logs())
    assert len(ids) == len(set(ids)), "once each"
    report = json.loads(cli(cairn, "events", "verify-delivery", everything.name, "--json", code=(0, 3)))
    assert {(destination["FindingCount"], destination["Expected"] > 0) for destination in report} == {(0, True)}, report
    # Members see it when they ask for it, and change nothing.
    assert second.ask(TRAIL, "DescribeTrails", {})["TrailList"] == []
    seen = second.ask(TRAIL, "DescribeTrails", {"IncludeOrganizationTrail": "true"})["TrailList"]
    assert [trail["Name"] for trail in seen] == [everything.name]
    for operation in ("StopLogging", "DeleteTrail", "UpdateTrail"):
        reply = second.call(TRAIL, operation, {"Name": everything.name})
        assert reply.status in (400, 403, 404), (operation, reply)
    reply = cairn.call(TRAIL, "CreateDeliveryHistoryJob", {"TrailName": everything.name})
    assert (reply.code, reply.status) == ("NotSupportDeliveryHistoryJob", 400), reply
    everything.call("DeleteTrail")


def test_data_events_of_all_accounts(cairn, second):
    """The logstores are of the account that made the trail; what members do with their data is in them."""
    everything = DataTrail(cairn, [{"ServiceName": "Oss", "ReadWriteType": "Write"}], IsOrganizationTrail="true")
    buckets = [bucket_of(account, unique("data")) for account in (cairn, second)]
    requests = [bucket.create_bucket() and bucket.put_object("a", b"x").request_id for bucket in buckets]
    third = made(cairn)
    late = bucket_of(third, unique("data"))
    late.create_bucket()
    requests.append(late.put_object("a", b"x").request_id)
    late.get_object("a").read()
    found = everything.wait_for(*requests)
    accounts = [event["recipientAccountId"] for event in found]
    assert accounts == [cairn.account, second.account, third.account], found
    # Nothing of the time in which nothing was asked for.
    everything.call("DeleteDataEventSelector", TrailName=everything.name)
    silent = late.put_object("b", b"x").request_id
    everything.put([{"ServiceName": "Oss", "ReadWriteType": "Write"}])
    requests.append(late.put_object("c", b"x").request_id)
    everything.wait_for(*requests)
    assert silent not in {event["requestId"] for event in everything.events()}
    everything.end()


DELIVERY_POLICY = {"PolicyType": "System", "PolicyName": "AliyunActionTrailDeliveryPolicy"}


def test_a_trail_into_another_account(cairn, second):
    """The owner of the destination grants a role; without it nothing arrives, and nothing is lost."""
    name, role = unique("across")[:30], unique("role")
    bucket = bucket_of(second, name)
    bucket.create_bucket()
    client_of(second).create_project(name, "for a test")
    project = f"acs:log:cn-shanghai:{second.account}:project/{name}"
    arn = f"acs:ram::{second.account}:role/{role}"
    into_bucket = {"Name": name, "OssBucketName": name, "OssWriteRoleArn": arn}
    into_both = {**into_bucket, "SlsProjectArn": project, "SlsWriteRoleArn": arn}

    def refused(parameters, *codes):
        reply = cairn.call(TRAIL, "CreateTrail", parameters)
        assert reply.code in codes and reply.status in (400, 403, 404), reply

    refused({"Name": name, "OssBucketName": name}, "InsufficientBucketPolicyException")
    refused(into_bucket, "NeedOssRamAuthorize")
    trust = {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["actiontrail.aliyuncs.com"]},
            }
        ],
    }
    second.ask(RAM, "CreateRole", {"RoleName": role, "AssumeRolePolicyDocument": json.dumps(trust)})
    refused(into_bucket, "InsufficientBucketPolicyException", "NeedOssRamAuthorize")
    second.ask(RAM, "AttachPolicyToRole", {**DELIVERY_POLICY, "RoleName": role})
    cairn.ask(TRAIL, "CreateTrail", into_both)
    cairn.ask(TRAIL, "SetTrailFileSize", {"Name": name, "OssFileIntervalSeconds": "1"})
    cairn.ask(TRAIL, "StartLogging", {"Name": name})

    def delivered():
        keys = [found.key for found in oss2.ObjectIterator(bucket)]
        files = [json.loads(gzip.decompress(bucket.get_object(key).read())) for key in keys]
        return [event["eventId"] for events in files for event in events]

    first = cairn.call(TRAIL, "DescribeRegions", {}).request_id
    assert wait_for(lambda: first in delivered())
    assert not cairn.ask(TRAIL, "GetTrailStatus", {"Name": name}).get("LatestDeliveryError")
    second.ask(RAM, "DetachPolicyFromRole", {**DELIVERY_POLICY, "RoleName": role})
    waiting = [cairn.call(TRAIL, "DescribeRegions", {}).request_id for _ in range(3)]

    def problem():
        status = cairn.ask(TRAIL, "GetTrailStatus", {"Name": name})
        return status.get("OssLatestDeliveryError") or status.get("LatestDeliveryError")

    assert wait_for(problem), "it says what to do"
    assert not set(waiting) & set(delivered())
    second.ask(RAM, "AttachPolicyToRole", {**DELIVERY_POLICY, "RoleName": role})
    assert wait_for(lambda: set(waiting) <= set(delivered())), "by itself"
    ids = delivered()
    assert len(ids) == len(set(ids)), "once each"
    positions = [ids.index(request_id) for request_id in waiting]
    assert positions == sorted(positions), "in order"
    cairn.ask(TRAIL, "DeleteTrail", {"Name": name})
