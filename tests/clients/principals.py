"""People and keys that the tests call as, made through the server's own RAM and STS operations."""

import itertools
import json
import uuid

from cairn_server import CCC, RAM, STS
from signing import Credential

_numbers = itertools.count(1)

TRUST_ACCOUNT = {
    "Version": "1",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"RAM": ["acs:ram::{account}:root"]}}],
}


def unique(word):
    """A name that no other test has."""
    return f"{word}-{next(_numbers)}-{uuid.uuid4().hex[:6]}"


class Person:
    """A RAM user with one key."""

    def __init__(self, cairn, name=None, system_policies=()):
        self.cairn = cairn
        self.name = name or unique("user")
        created = cairn.ask(RAM, "CreateUser", {"UserName": self.name})
        self.user_id = created["User"]["UserId"]
        key = cairn.ask(RAM, "CreateAccessKey", {"UserName": self.name})["AccessKey"]
        self.credential = Credential(key["AccessKeyId"], key["AccessKeySecret"])
        for policy in system_policies:
            self.allow(policy)

    def allow(self, system_policy):
        self.attach(system_policy, "System")

    def may(self, *actions, resource="*", effect="Allow"):
        """A custom policy of his own."""
        policy = unique("policy")
        statement = {"Effect": effect, "Action": list(actions), "Resource": resource}
        document = json.dumps({"Version": "1", "Statement": [statement]})
        self.cairn.ask(RAM, "CreatePolicy", {"PolicyName": policy, "PolicyDocument": document})
        self.attach(policy, "Custom")
        return policy

    def attach(self, policy, kind):
        self.cairn.ask(
            RAM, "AttachPolicyToUser", {"PolicyType": kind, "PolicyName": policy, "UserName": self.name}
        )

    def disable(self):
        self.cairn.ask(
            RAM,
            "UpdateAccessKey",
            {"UserName": self.name, "UserAccessKeyId": self.credential.key_id, "Status": "Inactive"},
        )


class Session:
    """An assumed role."""

    def __init__(self, cairn, person, role, name=None, **options):
        self.role, self.name = role, name or unique("session")
        answer = cairn.ask(
            STS,
            "AssumeRole",
            {"RoleArn": f"acs:ram::{cairn.account}:role/{role}", "RoleSessionName": self.name, **options},
            person.credential,
        )
        self.request_id = answer["RequestId"]
        self.assumed = answer["AssumedRoleUser"]
        self.expiration = answer["Credentials"]["Expiration"]
        keys = answer["Credentials"]
        self.credential = Credential(keys["AccessKeyId"], keys["AccessKeySecret"], keys["SecurityToken"])


def make_role(cairn, policies=("AdministratorAccess",), name=None):
    """A role that everybody of the account may assume whose policies say so."""
    name = name or unique("role")
    trust = json.dumps(TRUST_ACCOUNT).replace("{account}", cairn.account)
    cairn.ask(RAM, "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": trust})
    for policy in policies:
        cairn.ask(RAM, "AttachPolicyToRole", {"PolicyType": "System", "PolicyName": policy, "RoleName": name})
    return name


def make_instance(cairn, credential=None, **parameters):
    """A call centre; its id."""
    name = unique("acc")
    answer = cairn.ask(
        CCC,
        "CreateInstance",
        {"Name": name, "DomainName": name, "StorageMaxDays": "30", "StorageMaxSize": "10", **parameters},
        credential,
    )
    return answer["Instance"]["InstanceId"]
