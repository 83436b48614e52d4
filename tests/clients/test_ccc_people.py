"""Users, skill groups, settings, instances and the workbench with the official package: success parsed by its model
classes, each documented error, each limit, and the event of every operation."""

import base64
import hashlib
import hmac
import json
from types import SimpleNamespace

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from cairn_server import CCC, RAM, Cairn
from callers import tea_config
from darabonba.runtime import RuntimeOptions
from principals import Person, Session, make_instance, make_role, unique

NOWHERE = "0f5e0a9e-0c0f-4a58-8f3e-5b1f8d3c2a10"
TURN_SECRET = "relay-and-server-know-this"

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
    params = Params(
        action=operation,
        version=CCC,
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    request = OpenApiRequest(query=query)
    body = client.call_api(params, request, RuntimeOptions())["body"]
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


@pytest.fixture(scope="module")
def desk(cairn):
    return Desk(cairn)


@pytest.fixture(scope="module")
def other(cairn):
    """A foreign instance of the same account."""
    return Desk(cairn)


# Users


def test_imported_users(desk):
    people = [Person(desk.cairn), Person(desk.cairn)]
    group, manager = desk.group(), desk.role("Manager")
    body = desk.call(
        "AssignUsers",
        user_ram_id=[person.user_id for person in people],
        role_id=[manager],
        skill_group_id=[group],
        skill_level=[7],
    )
    event = desk.cairn.event(body.request_id)
    made = event["responseElements"]["Data"]["User"]
    assert [user["RamId"] for user in made] == [person.user_id for person in people]
    assert references(event)["ACS::CCC::User"] == sorted(user["UserId"] for user in made)
    user = desk.user(people[0])
    assert (user.user_id, user.primary, user.instance_id) == (made[0]["UserId"], False, desk.instance)
    assert (user.detail.login_name, user.roles.role[0].role_name) == (people[0].name, "Manager")
    level = user.skill_levels.skill_level[0]
    assert (level.level, level.skill.skill_group_id, bool(level.skill_level_id)) == (7, group, True)
    # Again: the same user, updated.
    desk.call("AssignUsers", user_ram_id=[people[0].user_id], role_id=[desk.role("Agent")])
    again = desk.user(people[0])
    assert (again.user_id, again.roles.role[0].role_name) == (user.user_id, "Agent")
    assert again.skill_levels.skill_level[0].level == 7


def test_refused_imports(desk, other):
    ram_id = Person(desk.cairn).user_id
    before = len(desk.users())
    for code, status, fields in [
        ("MissingUserRamId", 400, {}),
        ("NotExist.User", 404, {"user_ram_id": [ram_id, "299999999999999999"]}),
        ("NotExist.Role", 404, {"user_ram_id": [ram_id], "role_id": ["Agent"]}),
        ("NotExist.Role", 404, {"user_ram_id": [ram_id], "role_id": [other.role("Agent")]}),
        ("NotExist.SkillGroup", 404, {"user_ram_id": [ram_id], "skill_group_id": [other.group()], "skill_level": [1]}),
        ("Parameter.Invalid", 400, {"user_ram_id": [ram_id], "skill_group_id": [desk.group()]}),
        ("Parameter.Invalid", 400, {"user_ram_id": [ram_id], "skill_group_id": [desk.group()], "skill_level": [11]}),
        ("Parameter.Maximum", 400, {"user_ram_id": [str(n) for n in range(101)]}),
        ("Parameter.Maximum", 400, {"user_ram_id": ["1" * 65]}),
        ("NotModified.PrimaryUser", 403, {"user_ram_id": [ram_id, desk.users()[0].ram_id]}),
    ]:
        desk.refuse("AssignUsers", code, status, **fields)
    assert len(desk.users()) == before


def test_limit_of_users(cairn):
    desk = Desk(cairn)
    answer, event = desk.console("SetInstanceLimits", MaxUsers="2", MaxOnlineAgents="50")
    assert (answer["MaxUsers"], answer["MaxOnlineAgents"]) == (2, 50)
    assert event["requestParameters"]["MaxUsers"] == 2
    desk.agent()
    desk.refuse("AssignUsers", "LimitExceeded.CccUser", 400, user_ram_id=[Person(cairn).user_id])
    name = unique("late")
    desk.refuse(
        "CreateUser",
        "LimitExceeded.CccUser",
        400,
        login_name=name,
        display_name="A",
        email="a@b",
        role_id=[desk.role("Agent")],
    )
    assert cairn.call(RAM, "GetUser", {"UserName": name}).status == 404
    desk.console("SetInstanceLimits", "Parameter.Invalid", 400)
    desk.console("SetInstanceLimits", "Parameter.Maximum", 400, MaxUsers="1001")
    desk.console("SetInstanceLimits", "Parameter.Minimum", 400, MaxUsers="0")


def test_created_user(desk):
    name, group, number = unique("mei"), desk.group(), desk.numbers()[0].phone_number_id
    fields = {"login_name": name, "display_name": "王梅", "email": "mei@example.com", "role_id": [desk.role("Agent")]}
    body = desk.call(
        "CreateUser",
        phone="13812345678",
        private_outbound_number_id=number,
        skill_group_id=[group],
        skill_level=[3],
        **fields,
    )
    in_ram = desk.cairn.ask(RAM, "GetUser", {"UserName": name})["User"]
    assert (in_ram["DisplayName"], in_ram["Email"]) == ("王梅", "mei@example.com")
    event = desk.cairn.event(body.request_id)
    assert references(event) == {"ACS::CCC::User": [body.user_id], "ACS::RAM::User": [name]}
    assert event["additionalEventData"]["InitialPasswordMail"].startswith("not sent")
    (user,) = [user for user in desk.users() if user.user_id == body.user_id]
    assert (user.ram_id, user.private_outbound_number_id) == (in_ram["UserId"], number)
    assert (user.detail.login_name, user.detail.phone) == (name, "13812345678")
    desk.refuse("CreateUser", "Exists.UserName", 409, **fields)


def test_refused_creations(desk):
    good = {
        "login_name": unique("lei"),
        "display_name": "李雷",
        "email": "lei@example.com",
        "role_id": [desk.role("Agent")],
    }
    for code, status, fields in [
        ("MissingLoginName", 400, {"login_name": None}),
        ("MissingDisplayName", 400, {"display_name": None}),
        ("MissingEmail", 400, {"email": None}),
        ("MissingRoleId", 400, {"role_id": None}),
        ("Parameter.Format", 400, {"login_name": "Lei"}),
        ("Parameter.Maximum", 400, {"login_name": "l" * 65}),
        ("Parameter.Maximum", 400, {"display_name": "雷" * 129}),
        ("Parameter.Format", 400, {"email": "lei"}),
        ("Parameter.Format", 400, {"phone": "lei"}),
        ("NotExist.Role", 404, {"role_id": ["x"]}),
        ("NotExist.SkillGroup", 404, {"skill_group_id": ["x"], "skill_level": [1]}),
        ("Parameter.Invalid", 400, {"skill_group_id": ["x"]}),
        ("NotExist.PhoneNumber", 404, {"private_outbound_number_id": "x"}),
    ]:
        desk.refuse("CreateUser", code, status, **{**good, **fields})
    assert desk.cairn.call(RAM, "GetUser", {"UserName": good["login_name"]}).status == 404


def test_one_user(desk, other):
    agent = desk.agent(skill_group_id=[desk.group()], skill_level=[5])
    got = desk.call("GetUser", user_id=agent.id).user
    assert (got.ram_id, got.detail.login_name, got.roles.role[0].role_name) == (agent.user_id, agent.name, "Agent")
    extension = desk.as_(agent.credential).call("RequestLoginInfo").login_info.extension
    assert len(extension) == 8 and extension.isdigit()
    found = desk.as_(agent.credential).call("GetUserByExtension", extension=extension).user
    assert (found.user_id, found.detail.extension) == (agent.id, extension)
    # Bare arrays.
    assert (found.roles[0].role_name, found.skill_levels[0].level) == ("Agent", 5)
    desk.refuse("GetUser", "NotExist.User", 404, user_id=agent.user_id)
    other.refuse("GetUser", "NotExist.User", 404, user_id=agent.id)
    other.refuse("GetUserByExtension", "NotExist.User", 404, extension=extension)
    desk.refuse("GetUser", "MissingUserId", 400)
    desk.refuse("GetUserByExtension", "MissingExtension", 400)


def test_pages(cairn):
    desk = Desk(cairn)
    people = [desk.agent() for _ in range(3)]
    page = desk.call("ListUsers", page_number=2, page_size=3).users
    assert (page.page_number, page.page_size, page.total_count) == (2, 3, 4)
    assert [user.ram_id for user in page.list.user] == [people[2].user_id]
    beyond = desk.call("ListUsers", page_number=9, page_size=1000).users
    assert (beyond.total_count, beyond.list.user) == (4, [])
    found = desk.call("FindUsers", criteria=people[1].name.upper(), page_number=1, page_size=10).users
    assert [user.ram_id for user in found.list.user] == [people[1].user_id]
    assert desk.call("FindUsers", criteria="nobody", page_number=1, page_size=10).users.total_count == 0
    for operation, more in [
        ("ListUsers", {}),
        ("FindUsers", {"criteria": "a"}),
        ("ListUsersOfSkillGroup", {"skill_group_id": "x"}),
    ]:
        for code, number, size in [
            ("MissingPageNumber", None, 1),
            ("MissingPageSize", 1, None),
            ("Parameter.Minimum", 0, 1),
            ("Parameter.Minimum", 1, 0),
            ("Parameter.Maximum", 1, 1001),
            ("Parameter.Format", "one", 1),
        ]:
            desk.refuse(operation, code, 400, page_number=number, page_size=size, **more)
    desk.refuse("FindUsers", "MissingCriteria", 400, page_number=1, page_size=1)


def test_members_of_a_group(desk, other):
    group = desk.group()
    desk.agent(skill_group_id=[group], skill_level=[5], role_id=[desk.role("Manager")])
    page = desk.call("ListUsersOfSkillGroup", skill_group_id=group, page_number=1, page_size=10).users
    (member,) = page.list.user
    role = member.roles.role[0]
    assert (role.role_name, role.user_count >= 1) == ("Manager", True)
    assert [one.privilege_name for one in role.privileges.privilege] == ["Agent", "Manager"]
    other.refuse("ListUsersOfSkillGroup", "NotExist.SkillGroup", 404, skill_group_id=group, page_number=1, page_size=1)


def test_modified_users(desk):
    agent, group, number = desk.agent(), desk.group(), desk.numbers()[0].phone_number_id
    details = {"user_id": agent.id, "display_name": "王梅", "email": "mei@example.com", "phone": "0571-12345678"}
    groups = {"skill_group_id": [group], "skill_level": [9]}
    manager = [desk.role("Manager")]
    desk.call("ModifyUser", role_id=manager, private_outbound_number_id=number, **details, **groups)
    user = desk.user(agent)
    assert (user.detail.display_name, user.detail.email) == ("王梅", "mei@example.com")
    assert (user.roles.role[0].role_name, user.private_outbound_number_id) == ("Manager", number)
    body = desk.call("ModifySkillGroupOfUser", user_id=agent.id, role_id=[desk.role("Agent")])
    assert references(desk.cairn.event(body.request_id)) == {"ACS::CCC::User": [agent.id]}
    user = desk.user(agent)
    assert (user.roles.role[0].role_name, user.skill_levels.skill_level) == ("Agent", [])
    assert user.detail.display_name == "王梅"
    for operation, own in [("ModifyUser", details), ("ModifySkillGroupOfUser", {"user_id": agent.id})]:
        for code, status, fields in [
            ("MissingUserId", 400, {"user_id": None}),
            ("MissingRoleId", 400, {"role_id": None}),
            ("NotExist.User", 404, {"user_id": agent.user_id}),
            ("NotExist.Role", 404, {"role_id": ["x"]}),
            ("NotExist.SkillGroup", 404, {"skill_group_id": ["x"], "skill_level": [1]}),
            ("Parameter.Invalid", 400, {"skill_group_id": [group], "skill_level": [0]}),
            ("Parameter.Maximum", 400, {"role_id": ["x"] * 11}),
            ("NotModified.PrimaryUser", 403, {"user_id": desk.users()[0].user_id}),
        ]:
            desk.refuse(operation, code, status, **{**own, "role_id": manager, **fields})
    for code, status, fields in [
        ("MissingPhone", 400, {"phone": None}),
        ("Parameter.Format", 400, {"email": "mei"}),
        ("NotExist.PhoneNumber", 404, {"private_outbound_number_id": "x"}),
    ]:
        desk.refuse("ModifyUser", code, status, **{**details, "role_id": manager, **fields})
    assert desk.user(agent).to_map() == user.to_map(), "refusals changed nothing"


def test_removed_users(desk, other):
    agent = desk.agent()
    for code, status, ids in [
        ("MissingUserId", 400, None),
        ("NotExist.User", 404, [agent.id, agent.user_id]),
        ("NotModified.PrimaryUser", 403, [agent.id, desk.users()[0].user_id]),
        ("Parameter.Maximum", 400, [agent.id] * 101),
    ]:
        desk.refuse("RemoveUsers", code, status, user_id=ids)
    other.refuse("RemoveUsers", "NotExist.User", 404, user_id=[agent.id])
    body = desk.call("RemoveUsers", user_id=[agent.id])
    assert references(desk.cairn.event(body.request_id)) == {"ACS::CCC::User": [agent.id]}
    desk.refuse("GetUser", "NotExist.User", 404, user_id=agent.id)
    desk.as_(agent.credential).refuse("GetConfig", "NoPermission.User", 403, name="AllowHangup", object_type="instance")
    assert desk.cairn.ask(RAM, "GetUser", {"UserName": agent.name})["User"]["UserId"] == agent.user_id


# Skill groups


def test_groups_of_a_user(desk, other):
    number = desk.numbers()[0]
    agent = desk.agent()
    group = desk.group(user_id=[agent.id], skill_level=[4], outbound_phone_number_id=[number.phone_number_id])
    body = desk.as_(agent.credential).call("ListSkillGroupsOfUser", user_id=agent.id)
    (level,) = body.skill_levels.skill_level
    assert (level.level, level.skill.skill_group_id, level.skill.routing_strategy) == (4, group, "default")
    (outbound,) = level.skill.outbound_phone_numbers.phone_number
    assert (outbound.number, outbound.phone_number_id) == (number.number, number.phone_number_id)
    assert isinstance(outbound.province, str) and isinstance(outbound.city, str)
    desk.refuse("ListSkillGroupsOfUser", "NotExist.User", 404, user_id=agent.user_id)
    other.refuse("ListSkillGroupsOfUser", "NotExist.User", 404, user_id=agent.id)
    desk.refuse("ListSkillGroupsOfUser", "MissingUserId", 400)


def test_transferable_groups(desk):
    group = desk.group(allow_private_outbound_number=True)
    groups = desk.as_(desk.agent().credential).call("ListTransferableSkillGroups").skill_groups
    (found,) = [one for one in groups if one.skill_group_id == group]
    assert (found.allow_private_outbound_number, found.user_count, found.acc_skill_group_name) == (True, 0, group)
    assert found.acc_queue_name.startswith(f"{group}@")


def test_modified_groups(desk, other):
    number = desk.numbers()[0].phone_number_id
    agent, group, name = desk.agent(), desk.group(description="old"), unique("g")
    body = desk.call(
        "ModifySkillGroup",
        skill_group_id=group,
        name=name,
        user_id=[agent.id],
        skill_level=[6],
        outbound_phone_number_id=[number],
        routing_strategy="acquaintance",
        allow_private_outbound_number=True,
    )
    assert references(desk.cairn.event(body.request_id)) == {"ACS::CCC::SkillGroup": [group]}
    found = desk.found_group(group)
    assert (found.skill_group_name, found.skill_group_description, found.user_count) == (name, "", 1)
    assert [one.phone_number_id for one in found.outbound_phone_numbers.phone_number] == [number]
    desk.call("ModifySkillGroupBasicInfo", skill_group_id=group, name=name, description="账单")
    found = desk.found_group(group)
    assert (found.skill_group_description, found.routing_strategy, found.user_count) == ("账单", "acquaintance", 1)
    taken = desk.found_group(desk.group()).skill_group_name
    for operation in ["ModifySkillGroup", "ModifySkillGroupBasicInfo"]:
        for code, status, fields in [
            ("MissingSkillGroupId", 400, {"skill_group_id": None}),
            ("MissingName", 400, {"name": None}),
            ("NotExist.SkillGroup", 404, {"skill_group_id": other.group()}),
            ("Exists.SkillGroupName", 409, {"name": taken}),
            ("Parameter.Maximum", 400, {"name": "组" * 17}),
            ("Parameter.Maximum", 400, {"description": "描" * 129}),
            ("Parameter.Enumeration", 400, {"routing_strategy": "nearest"}),
        ]:
            desk.refuse(operation, code, status, **{"skill_group_id": group, "name": name, **fields})
    for code, status, fields in [
        ("NotExist.User", 404, {"user_id": [agent.user_id], "skill_level": [1]}),
        ("Parameter.Invalid", 400, {"user_id": [agent.id]}),
        ("Parameter.Invalid", 400, {"user_id": [agent.id], "skill_level": [11]}),
        ("Parameter.Maximum", 400, {"user_id": ["x"] * 401}),
        ("NotExist.PhoneNumber", 404, {"outbound_phone_number_id": ["x"]}),
    ]:
        desk.refuse("ModifySkillGroup", code, status, skill_group_id=group, name=name, **fields)
    assert desk.found_group(group).to_map() == found.to_map(), "refusals changed nothing"


def test_numbers_of_groups(desk):
    number, group = desk.numbers()[0].phone_number_id, desk.group()

    def numbers():
        return [one.phone_number_id for one in desk.found_group(group).outbound_phone_numbers.phone_number]

    for operation_type, expected in [(1, [number]), (1, [number]), (2, []), (2, []), (3, [number])]:
        desk.call(
            "ModifySkillGroupOutboundNumbers",
            skill_group_id=group,
            operation_type=operation_type,
            outbound_phone_number_id=[number],
        )
        assert numbers() == expected
    good = {"skill_group_id": group, "operation_type": 2, "outbound_phone_number_id": [number]}
    for code, status, fields in [
        ("MissingOperationType", 400, {"operation_type": None}),
        ("MissingOutboundPhoneNumberId", 400, {"outbound_phone_number_id": None}),
        ("Parameter.Enumeration", 400, {"operation_type": 4}),
        ("Parameter.Format", 400, {"operation_type": "add"}),
        ("NotExist.SkillGroup", 404, {"skill_group_id": "x"}),
        ("NotExist.PhoneNumber", 404, {"outbound_phone_number_id": [number, "x"]}),
        ("Parameter.Maximum", 400, {"outbound_phone_number_id": ["x"] * 401}),
    ]:
        desk.refuse("ModifySkillGroupOutboundNumbers", code, status, **{**good, **fields})
    assert numbers() == [number]


def test_members_taken_out_and_groups_deleted(desk, other):
    agent = desk.agent()
    group = desk.group(user_id=[agent.id], skill_level=[4])
    for code, status, fields in [
        ("MissingUserId", 400, {"user_id": None}),
        ("NotExist.User", 404, {"user_id": [agent.id, "x"]}),
        ("NotExist.SkillGroup", 404, {"skill_group_id": other.group()}),
    ]:
        good = {"skill_group_id": group, "user_id": [agent.id]}
        desk.refuse("RemoveUsersFromSkillGroup", code, status, **{**good, **fields})
    assert desk.found_group(group).user_count == 1
    body = desk.call("RemoveUsersFromSkillGroup", skill_group_id=group, user_id=[agent.id])
    assert references(desk.cairn.event(body.request_id)) == {
        "ACS::CCC::SkillGroup": [group],
        "ACS::CCC::User": [agent.id],
    }
    assert desk.found_group(group).user_count == 0
    other.refuse("DeleteSkillGroup", "NotExist.SkillGroup", 404, skill_group_id=group)
    desk.refuse("DeleteSkillGroup", "MissingSkillGroupId", 400)
    desk.call("DeleteSkillGroup", skill_group_id=group)
    assert desk.found_group(group) is None
    desk.refuse("DeleteSkillGroup", "NotExist.SkillGroup", 404, skill_group_id=group)


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
    assert [one.number for one in Desk(cairn, None, make_instance(cairn, None, PhoneNumber=number)).numbers()] == [number]


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
    made = client.create_instance(request).body.instance
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
    (event,) = [one for one in desk.cairn.lookup(("ResourceName", agent.id))["Events"] if one["eventName"] == "RequestLoginInfo"]
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


# All of them


def minimal(operation):
    """Parameters that pass the table's check and name nothing that exists."""
    return {
        "AssignUsers": {"user_ram_id": ["1"]},
        "CreateUser": {"login_name": "x", "display_name": "x", "email": "a@b", "role_id": ["x"]},
        "ModifyUser": {"user_id": "x", "display_name": "x", "email": "a@b", "phone": "123", "role_id": ["x"]},
        "ModifySkillGroupOfUser": {"user_id": "x", "role_id": ["x"]},
        "RemoveUsers": {"user_id": ["x"]},
        "GetUser": {"user_id": "x"},
        "GetUserByExtension": {"extension": "1"},
        "FindUsers": {"criteria": "x", "page_number": 1, "page_size": 1},
        "ListUsers": {"page_number": 1, "page_size": 1},
        "ListUsersOfSkillGroup": {"skill_group_id": "x", "page_number": 1, "page_size": 1},
        "ListSkillGroupsOfUser": {"user_id": "x"},
        "ModifySkillGroup": {"skill_group_id": "x", "name": "x"},
        "ModifySkillGroupBasicInfo": {"skill_group_id": "x", "name": "x"},
        "ModifySkillGroupOutboundNumbers": {
            "skill_group_id": "x",
            "operation_type": 1,
            "outbound_phone_number_id": ["x"],
        },
        "RemoveUsersFromSkillGroup": {"skill_group_id": "x", "user_id": ["x"]},
        "DeleteSkillGroup": {"skill_group_id": "x"},
        "GetConfig": {"name": "AllowHangup", "object_type": "instance"},
        "GetTURNCredentials": {"user_name": "0"},
        "AddAgentDevice": {"browser_version": "x", "client_ip": "x"},
        "ModifyAgentDevice": {"is_login": 1},
        "CreateFault": {"agent_id": 1, "connect_id": "x", "start_time": 1, "end_time": 2},
    }.get(operation, {})


@pytest.mark.parametrize("operation", EXPECTED)
def test_instances_bound_every_operation(desk, operation):
    fields = minimal(operation)
    desk.refuse(operation, "NotExist.Instance", 404, **{**fields, "instance_id": NOWHERE})
    desk.refuse(operation, "MissingInstanceId", 400, **{**fields, "instance_id": None})
    outsider = Person(desk.cairn, system_policies=["AliyunCCCFullAccess"])
    desk.as_(outsider.credential).refuse(operation, "NoPermission.User", 403, **fields)


@pytest.mark.parametrize("operation", CONSOLE)
def test_instances_bound_console_operations(cairn, operation):
    nowhere = Desk(cairn, None, NOWHERE)
    parameters = {"Name": "AllowHangup", "Value": "1", "MaxUsers": "5", "PageNumber": "1", "PageSize": "1"}
    nowhere.console(operation, "NotExist.Instance", 404, **parameters)
