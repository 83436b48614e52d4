"""RAM and STS through the gateway, with the vendor's packages and with CommonRequest."""

import json

import pytest
from alibabacloud_ram20150501 import models as ram_models
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_sts20150401 import models as sts_models
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC, RAM, STS, TRAIL
from callers import CorePyPost, tea_config
from principals import Person, Session, make_instance, make_role, unique
from signing import Credential


@pytest.fixture(scope="module")
def ram(cairn):
    return RamClient(tea_config(cairn.host, cairn.root))


def refuse(call):
    with pytest.raises(AlibabaCloudException) as caught:
        call()
    return caught.value


def test_users_with_the_official_package(cairn, ram):
    name = unique("dana")
    made = ram.create_user(ram_models.CreateUserRequest(user_name=name, display_name="审计")).body
    assert made.user.user_name == name
    again = refuse(lambda: ram.create_user(ram_models.CreateUserRequest(user_name=name)))
    assert (again.code, again.status_code) == ("EntityAlreadyExists.User", 409)
    got = ram.get_user(ram_models.GetUserRequest(user_name=name)).body
    assert (got.user.user_id, got.user.display_name) == (made.user.user_id, "审计")
    assert name in {user.user_name for user in list_users(ram)}
    ram.delete_user(ram_models.DeleteUserRequest(user_name=name))
    gone = refuse(lambda: ram.get_user(ram_models.GetUserRequest(user_name=name)))
    assert (gone.code, gone.status_code) == ("EntityNotExist.User", 404)
    event = cairn.event(made.request_id)
    assert (event["serviceName"], event["eventName"], event["eventRW"]) == ("Ram", "CreateUser", "Write")
    assert event["isGlobal"] is True
    assert event["requestParameters"]["UserName"] == name
    assert event["responseElements"]["User"]["UserId"] == made.user.user_id


def list_users(ram):
    users, marker = [], None
    while True:
        page = ram.list_users(ram_models.ListUsersRequest(marker=marker, max_items=100)).body
        users += page.users.user
        marker = page.marker
        if not page.is_truncated:
            return users


def test_keys_with_the_official_package(cairn, ram):
    name = unique("keys")
    ram.create_user(ram_models.CreateUserRequest(user_name=name))
    made = ram.create_access_key(ram_models.CreateAccessKeyRequest(user_name=name)).body
    key = made.access_key
    credential = Credential(key.access_key_id, key.access_key_secret)
    assert cairn.ask(STS, "GetCallerIdentity", credential=credential)["AccountId"] == cairn.account
    listed = ram.list_access_keys(ram_models.ListAccessKeysRequest(user_name=name)).body.access_keys.access_key
    assert [(one.access_key_id, one.status) for one in listed] == [(key.access_key_id, "Active")]
    for status, code in (("Inactive", "InvalidAccessKeyId.Inactive"), ("Active", "OK")):
        ram.update_access_key(
            ram_models.UpdateAccessKeyRequest(user_name=name, user_access_key_id=key.access_key_id, status=status)
        )
        assert cairn.call(STS, "GetCallerIdentity", credential=credential).code == code
    ram.delete_access_key(ram_models.DeleteAccessKeyRequest(user_name=name, user_access_key_id=key.access_key_id))
    assert cairn.call(STS, "GetCallerIdentity", credential=credential).code == "InvalidAccessKeyId.NotFound"
    event = json.dumps(cairn.event(made.request_id))
    assert key.access_key_id in event
    assert key.access_key_secret not in event


def test_at_most_two_keys(cairn):
    person = Person(cairn)
    cairn.ask(RAM, "CreateAccessKey", {"UserName": person.name})
    third = cairn.call(RAM, "CreateAccessKey", {"UserName": person.name})
    assert third.code == "LimitExceeded.User.AccessKey" and third.status in (400, 409), third


def test_denied_then_allowed_then_denied(cairn, ram):
    person = Person(cairn)
    name = unique("policy")
    document = json.dumps(
        {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "ccc:CreateInstance", "Resource": "*"}]}
    )
    assert create_instance_as(cairn, person) == "NoPermission"
    created = ram.create_policy(ram_models.CreatePolicyRequest(policy_name=name, policy_document=document)).body
    assert created.policy.policy_type == "Custom"
    attachment = {"policy_type": "Custom", "policy_name": name, "user_name": person.name}
    ram.attach_policy_to_user(ram_models.AttachPolicyToUserRequest(**attachment))
    assert create_instance_as(cairn, person) == "OK"
    request = ram_models.ListPoliciesForUserRequest(user_name=person.name)
    listed = ram.list_policies_for_user(request).body.policies.policy
    assert [(one.policy_name, one.policy_type) for one in listed] == [(name, "Custom")]
    ram.detach_policy_from_user(ram_models.DetachPolicyFromUserRequest(**attachment))
    assert create_instance_as(cairn, person) == "NoPermission"


def create_instance_as(cairn, person):
    name = unique("acc")
    parameters = {"Name": name, "DomainName": name, "StorageMaxDays": "1", "StorageMaxSize": "1"}
    return cairn.call(CCC, "CreateInstance", parameters, person.credential).code


def test_a_deny_wins(cairn):
    person = Person(cairn, system_policies=["AdministratorAccess"])
    assert cairn.call(TRAIL, "LookupEvents", {}, person.credential).code == "OK"
    person.may("actiontrail:LookupEvents", effect="Deny")
    reply = cairn.call(TRAIL, "LookupEvents", {}, person.credential)
    assert (reply.code, reply.status) == ("NoPermission", 403)
    assert reply.json["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"


def test_a_policy_on_one_instance(cairn):
    person = Person(cairn)
    mine = make_instance(cairn)
    other = make_instance(cairn)
    person.may("ccc:Get*", resource=f"acs:ccc:*:*:instance/{mine}")
    refused = cairn.call(CCC, "GetInstance", {"InstanceId": other}, person.credential)
    assert refused.code == "NoPermission", "another instance is not in the policy"
    asked = cairn.call(CCC, "GetInstance", {"InstanceId": mine}, person.credential)
    # RAM lets him through; whether he is a user of the instance is the call centre's own rule.
    assert asked.code in ("OK", "NoPermission.User"), asked


def test_reader_may_not_write(cairn):
    reader = Person(cairn, system_policies=["AliyunCCCReadOnlyAccess"])
    assert create_instance_as(cairn, reader) == "NoPermission"
    assert cairn.call(CCC, "ListInstancesOfUser", {}, reader.credential).code == "OK"


@pytest.mark.parametrize(
    "document",
    [
        "not json",
        "{}",
        '{"Version":"2","Statement":[]}',
        '{"Version":"1","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}]}',
        '{"Version":"1","Statement":[{"Effect":"Allow","Action":"*","Resource":"*",'
        '"Condition":{"StringEqualsIfExists":{"acs:SourceIp":"1.2.3.4"}}}]}',
    ],
)
def test_malformed_policy(cairn, document):
    reply = cairn.call(RAM, "CreatePolicy", {"PolicyName": unique("policy"), "PolicyDocument": document})
    assert reply.status == 400 and "Policy" in reply.code, reply


def test_caller_identity_of_root_user_and_session(cairn):
    root = StsClient(tea_config(cairn.host, cairn.root)).get_caller_identity().body
    assert (root.identity_type, root.account_id, root.principal_id) == ("Account", cairn.account, cairn.account)
    assert root.arn == f"acs:ram::{cairn.account}:root"

    person = Person(cairn)
    user = StsClient(tea_config(cairn.host, person.credential)).get_caller_identity().body
    assert (user.identity_type, user.user_id, user.principal_id) == ("RAMUser", person.user_id, person.user_id)
    assert user.arn == f"acs:ram::{cairn.account}:user/{person.name}"

    person.may("sts:AssumeRole")
    session = Session(cairn, person, make_role(cairn))
    body = StsClient(tea_config(cairn.host, session.credential)).get_caller_identity().body
    assert (body.identity_type, body.account_id) == ("AssumedRoleUser", cairn.account)
    assert body.principal_id == session.assumed["AssumedRoleId"]
    assert body.arn == f"acs:ram::{cairn.account}:assumed-role/{session.role}/{session.name}"


def test_identity_with_common_request(cairn):
    outcome = CorePyPost(cairn.host, cairn.root).call(STS, "GetCallerIdentity", {})
    assert (outcome.code, outcome.body["IdentityType"]) == ("OK", "Account")


def test_assume_role_with_the_official_package(cairn):
    person = Person(cairn)
    role = make_role(cairn)
    client = StsClient(tea_config(cairn.host, person.credential))
    request = sts_models.AssumeRoleRequest(
        role_arn=f"acs:ram::{cairn.account}:role/{role}", role_session_name="alice@example.com", duration_seconds=900
    )
    denied = refuse(lambda: client.assume_role(request))
    assert (denied.code, denied.status_code) == ("NoPermission", 403)
    person.may("sts:AssumeRole", resource=f"acs:ram::{cairn.account}:role/{role}")
    body = client.assume_role(request).body
    keys = body.credentials
    assert keys.access_key_id.startswith("STS.")
    assert body.assumed_role_user.arn == f"acs:ram::{cairn.account}:role/{role}/alice@example.com"
    assert body.assumed_role_user.assumed_role_id.endswith(":alice@example.com")

    credential = Credential(keys.access_key_id, keys.access_key_secret, keys.security_token)
    call = cairn.ask(STS, "GetCallerIdentity", credential=credential)
    event = cairn.event(call["RequestId"])
    assert event["userIdentity"]["type"] == "assumed-role"
    assert event["requestParameters"]["stsTokenPrincipalName"] == f"{role}/alice@example.com"
    # The id of who assumed it; written as a number, whose digits are the user id.
    assert str(event["requestParameters"]["stsTokenPlayerUid"]) == person.user_id

    made = cairn.event(body.request_id)
    assert (made["serviceName"], made["eventName"]) == ("Sts", "AssumeRole")
    assert made["userIdentity"]["userName"] == person.name
    assert made["responseElements"]["Credentials"]["AccessKeyId"] == keys.access_key_id
    assert made["referencedResources"]["ACS::RAM::AccessKey"] == [keys.access_key_id]


def test_secrets_and_tokens_are_in_no_event(cairn):
    person = Person(cairn)
    person.may("sts:AssumeRole")
    session = Session(cairn, person, make_role(cairn))
    cairn.call_v1(STS, "GetCallerIdentity", {}, session.credential)
    cairn.call(STS, "GetCallerIdentity", {}, session.credential)
    everything, token = [], None
    while True:
        page = cairn.lookup(MaxResults="50", **({"NextToken": token} if token else {}))
        everything.append(json.dumps(page["Events"], ensure_ascii=False))
        token = page.get("NextToken")
        if token is None:
            break
    text = "\n".join(everything)
    assert session.credential.key_id in text
    for secret in (session.credential.secret, session.credential.token, person.credential.secret, cairn.root.secret):
        assert secret not in text
        assert secret.replace("+", "%2B").replace("/", "%2F") not in text


def test_root_may_not_assume_a_role(cairn):
    reply = cairn.call(
        STS, "AssumeRole", {"RoleArn": f"acs:ram::{cairn.account}:role/{make_role(cairn)}", "RoleSessionName": "root"}
    )
    assert reply.status == 403, reply


@pytest.mark.parametrize(
    "change, code, status",
    [
        ({"RoleArn": "acs:ram::{account}:role/nobody-made-this"}, "EntityNotExist.Role", 404),
        ({"RoleArn": "nonsense"}, "InvalidParameter.RoleArn", 400),
        ({"RoleSessionName": "a b"}, "InvalidParameter.RoleSessionName", 400),
        ({"DurationSeconds": "899"}, "InvalidParameter.DurationSeconds", 400),
        ({"DurationSeconds": "99999999"}, "InvalidParameter.DurationSeconds", 400),
        ({"Policy": "{"}, "InvalidParameter.PolicyGrammar", 400),
    ],
    ids=["unknown role", "bad arn", "bad session name", "too short", "too long", "bad policy"],
)
def test_assume_role_errors(cairn, change, code, status):
    person = Person(cairn)
    person.may("sts:AssumeRole")
    parameters = {"RoleArn": f"acs:ram::{cairn.account}:role/{make_role(cairn)}", "RoleSessionName": "session"}
    parameters |= {name: value.replace("{account}", cairn.account) for name, value in change.items()}
    reply = cairn.call(STS, "AssumeRole", parameters, person.credential)
    assert (reply.code, reply.status) == (code, status), reply


def test_session_policy_narrows(cairn):
    person = Person(cairn)
    person.may("sts:AssumeRole")
    only_lookup = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "actiontrail:*", "Resource": "*"}]}
    session = Session(cairn, person, make_role(cairn), Policy=json.dumps(only_lookup))
    assert cairn.call(TRAIL, "LookupEvents", {}, session.credential).code == "OK"
    assert create_instance_as(cairn, session) == "NoPermission"


def test_role_that_lost_its_policy(cairn):
    person = Person(cairn)
    person.may("sts:AssumeRole")
    role = make_role(cairn, ["AliyunActionTrailFullAccess"])
    session = Session(cairn, person, role)
    assert cairn.call(TRAIL, "LookupEvents", {}, session.credential).code == "OK"
    cairn.ask(
        RAM,
        "DetachPolicyFromRole",
        {"PolicyType": "System", "PolicyName": "AliyunActionTrailFullAccess", "RoleName": role},
    )
    assert cairn.call(TRAIL, "LookupEvents", {}, session.credential).code == "NoPermission"
