"""Users and skill groups with the official package: success parsed by its model classes, each documented error, each
limit, and the event of every operation."""

import pytest
from cairn_server import RAM
from ccc_desk import CONSOLE, EXPECTED, Desk, references
from principals import Person, unique

NOWHERE = "0f5e0a9e-0c0f-4a58-8f3e-5b1f8d3c2a10"


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
