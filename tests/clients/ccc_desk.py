"""An instance and its administrator's client, by the official package. Every call that goes through it is looked up in
the audit and compared with the table of expectations."""

from types import SimpleNamespace

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC
from callers import call_rpc, tea_config
from principals import Person, make_instance, unique

# Operation, eventRW. The resource of all is the instance.
EXPECTED = {
    "AssignUsers": "Write",
    "CreateUser": "Write",
    "ModifyUser": "Write",
    "ModifySkillGroupOfUser": "Write",
    "RemoveUsers": "Write",
    "GetUser": "Read",
    "GetUserByExtension": "Read",
    "FindUsers": "Read",
    "ListUsers": "Read",
    "ListUsersOfSkillGroup": "Read",
    "ListRoles": "Read",
    "ListSkillGroupsOfUser": "Read",
    "ListTransferableSkillGroups": "Read",
    "ModifySkillGroup": "Write",
    "ModifySkillGroupBasicInfo": "Write",
    "ModifySkillGroupOutboundNumbers": "Write",
    "RemoveUsersFromSkillGroup": "Write",
    "DeleteSkillGroup": "Write",
    "DeleteInstance": "Write",
    "GetConfig": "Read",
    "RequestLoginInfo": "Write",
    "RefreshToken": "Write",
    "GetTURNServerList": "Read",
    "GetTURNCredentials": "Read",
    "AddAgentDevice": "Write",
    "ModifyAgentDevice": "Write",
    "ListAgentDevices": "Read",
    "CreateFault": "Write",
}
CONSOLE = {"SetConfigItem": "Write", "SetInstanceLimits": "Write", "ListFaults": "Read"}


# Published, but not in the package: its generic call serves.
NOT_IN_PACKAGE = {"ModifySkillGroupBasicInfo"}


def send(client, operation, fields):
    """A call by the package; the answer's body."""
    if operation in NOT_IN_PACKAGE:
        return send_generic(client, operation, fields)
    # The package writes GetTURNServerList as get_turnserver_list.
    (name,) = [n for n in dir(client) if n.replace("_", "") == operation.lower()]
    request = getattr(models, f"{operation}Request")(**fields)
    return getattr(client, name)(request).body


def send_generic(client, operation, fields):
    query = {"".join(part.title() for part in name.split("_")): v for name, v in fields.items() if v is not None}
    body = call_rpc(client, CCC, operation, query)["body"]
    return SimpleNamespace(
        code=body["Code"],
        success=body["Success"],
        http_status_code=body["HttpStatusCode"],
        request_id=body["RequestId"],
    )


class Desk:
    """An instance, its administrator's client, and checks that every call goes through."""

    def __init__(self, cairn, credential=None, instance=None):
        self.cairn = cairn
        self.credential = credential or cairn.root
        self.instance = instance or make_instance(cairn, self.credential, **{"PhoneNumbers.1": fresh_number()})
        self.client = Client(tea_config(cairn.host, self.credential))

    def as_(self, credential):
        return Desk(self.cairn, credential, self.instance)

    def call(self, operation, **fields):
        """The parsed body of a call that must succeed; its event is what the table says."""
        body = send(self.client, operation, {"instance_id": self.instance, **fields})
        assert (body.code, body.success, body.http_status_code) == ("OK", True, 200)
        self.check_event(operation, body.request_id, EXPECTED[operation])
        return body

    def check_event(self, operation, request_id, rw, event_type="ApiCall", error=""):
        event = self.cairn.event(request_id)
        assert (event["eventName"], event["eventRW"], event["eventType"]) == (operation, rw, event_type)
        # The instance comes first; finer objects may follow.
        first = (event["resourceType"].split(";")[0], event["resourceName"].split(";")[0])
        assert first == ("ACS::CCC::Instance", self.instance)
        assert event.get("errorCode", "") == error
        return event

    def refuse(self, operation, code, status, **fields):
        """A refused call is an event too."""
        with pytest.raises(AlibabaCloudException) as caught:
            send(self.client, operation, {"instance_id": self.instance, **fields})
        error = caught.value
        assert (error.code, error.status_code) == (code, status), error.message
        assert error.data["HttpStatusCode"] == status and error.data["Success"] is False
        event = self.cairn.event(error.data["RequestId"])
        assert (event["eventName"], event["errorCode"]) == (operation, code)
        return error

    def console(self, operation, code=None, status=200, **parameters):
        """An operation that the package does not have, signed by hand."""
        reply = self.cairn.call(CCC, operation, {"InstanceId": self.instance, **parameters}, self.credential)
        assert (reply.status, reply.code) == (status, code or "OK"), reply
        return reply.json, self.check_event(
            operation, reply.request_id, CONSOLE[operation], "ConsoleOperation", code or ""
        )

    # What many tests need.

    def role(self, name):
        (found,) = [role for role in self.call("ListRoles").roles.role if role.role_name == name]
        return found.role_id

    def users(self):
        return self.call("ListUsers", page_number=1, page_size=1000).users.list.user

    def user(self, person):
        (found,) = [user for user in self.users() if user.ram_id == person.user_id]
        return found

    def agent(self, **membership):
        """A RAM user who is a user of the instance and may call it."""
        person = Person(self.cairn, system_policies=["AliyunCCCFullAccess"])
        self.call("AssignUsers", user_ram_id=[person.user_id], **membership)
        person.id = self.user(person).user_id
        return person

    def group(self, **fields):
        request = models.CreateSkillGroupRequest(instance_id=self.instance, name=unique("g"), **fields)
        return self.client.create_skill_group(request).body.skill_group_id

    def found_group(self, group_id):
        request = models.ListSkillGroupsRequest(instance_id=self.instance)
        groups = self.client.list_skill_groups(request).body.skill_groups.skill_group
        return next((group for group in groups if group.skill_group_id == group_id), None)

    def numbers(self):
        request = models.GetInstanceRequest(instance_id=self.instance)
        return self.client.get_instance(request).body.instance.phone_numbers.phone_number


def fresh_number(prefix="0571"):
    return prefix + str(int(unique("n").rsplit("-", 1)[1], 16) % 10**8).zfill(8)


def references(event):
    """The finer objects."""
    found = {kind: sorted(names) for kind, names in event["referencedResources"].items()}
    found.pop("ACS::CCC::Instance")
    return found
