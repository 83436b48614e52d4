"""Calls of the audited operations that must be refused by what they say, each with its condition and its code, and
calls that say something strange and are answered all the same."""

import json
import time
from dataclasses import dataclass
from typing import Callable

from cairn_server import CCC
from ccc_audited_answers import STRANGE_NUMBER
from ccc_bad_parameters import bad_values, each
from ccc_floor import fresh
from ccc_prepared import midnight, mobile
from principals import make_instance

UNKNOWN = "0f5e0a9e-0c0f-4a58-8f3e-5b1f8d3c2a10"
# A RAM user that no account has.
UNKNOWN_RAM_ID = "299999999999999999"
HOUR_MS, WEEK_MS = 3_600_000, 7 * 86_400_000
STATUS = {
    "Exists": 409,
    "LimitExceeded": 400,
    "NoPermission": 403,
    "NotExist": 404,
    "NotModified": 403,
    "Parameter": 400,
    "Permission": 403,
    "ServiceUnavailable": 503,
}


@dataclass(frozen=True)
class Refusal:
    operation: str
    condition: str
    code: str
    # Of the prepared call centre, which knows a foreign one: the fields that differ from a call that succeeds.
    fields: Callable
    # Of the prepared call centre: who calls, if not the least of those who may.
    person: Callable = None

    @property
    def status(self):
        family = self.code.split(".")[0]
        return 400 if family.startswith("Missing") else STATUS[family]

    def __str__(self):
        return f"{self.operation}: {self.condition}"


def people_of(on):
    return on.users[on.agent.user_id], on.users[on.manager.user_id]


def stranger(on):
    """Who leads another instance is nobody here."""
    return on.stranger


def foreign_user(on):
    return on.foreign.users[on.foreign.agent.user_id]


def foreign_role(on):
    return on.foreign.floor.body("ListRoles").roles.role[0].role_id


def dialling(on, **rules):
    """A double call in an instance with rules of its own."""
    numbers = {"AdminRamId.1": on.agent.user_id, "PhoneNumbers.1": fresh("021")}
    instance = make_instance(on.cairn, **numbers)
    on.cairn.ask(CCC, "SetDiallingRules", {"InstanceId": instance, **rules})
    return {"instance_id": instance, "call_center_number": None}


def quiet_hours(on):
    minute = int(time.time() + 8 * 3_600) // 60 % 1_440
    first, last = [f"{(minute + shift) % 1_440 // 60:02}:{(minute + shift) % 60:02}" for shift in (-5, 5)]
    return dialling(on, QuietHours=f"{first}-{last}")


def called_just_now(on):
    callee = mobile()
    on.call("StartBack2BackCall", on.agent, {"caller": mobile(), "callee": callee})
    return {"callee": callee}


def demo_instance(on):
    call = dialling(on)
    instance = {"InstanceId": call["instance_id"]}
    (admin,) = on.cairn.ask(CCC, "GetInstance", instance)["Instance"]["Admin"]["User"]
    member = {"Name": "Billing", "UserId.1": admin["UserId"], "SkillLevel.1": "5"}
    on.cairn.ask(CCC, "CreateSkillGroup", {**instance, **member})
    on.cairn.ask(CCC, "GenerateDemoDay", {**instance, "Date": "2026-03-02", "Seed": "7"})
    return call


def full_of_users(on):
    instance = make_instance(on.cairn, **{"AdminRamId.1": on.admin.user_id})
    on.cairn.ask(CCC, "SetInstanceLimits", {"InstanceId": instance, "MaxUsers": "1"})
    return {"instance_id": instance}


def levels(on, *of_users):
    return {"user_id": list(people_of(on)[: len(of_users)]), "skill_level": list(of_users)}


def group_levels(on, *of_groups):
    return {"skill_group_id": [on.group, on.other_group][: len(of_groups)], "skill_level": list(of_groups)}


def span(start, stop):
    return lambda on: {"start_time": start, "stop_time": stop}


def always(**fields):
    return lambda on: fields


def many(count):
    return ",".join(f"x{n}" for n in range(count))


# What the handlers refuse. `unknown X` names nothing, `foreign X` something of another instance of the account.
WRITTEN = {
    "ListConfig": [
        ("an item that is a list", "Parameter.Format", always(config_item=["[]"])),
        ("an item without a name", "Parameter.Format", always(config_item=['{"DimensionName":"instance"}'])),
    ],
    "LaunchAppraise": [
        ("unknown Acid", "NotExist.Contact", always(acid="9999999999")),
        ("foreign Acid", "NotExist.Contact", lambda on: {"acid": on.foreign.contact}),
    ],
    "AddBulkPhoneNumbers": [
        (
            "a 400 number that is to call",
            "Parameter.Enumeration",
            lambda on: {"usage": "Outbound", "phone_number": [on.spare, "4001234567"]},
        ),
        ("unknown ContactFlowId", "NotExist.ContactFlow", always(contact_flow_id=UNKNOWN)),
        (
            "foreign ContactFlowId",
            "NotExist.ContactFlow",
            lambda on: {"contact_flow_id": on.foreign.flow.contact_flow_id},
        ),
        (
            "a flow that no number leads to",
            "Parameter.Invalid",
            lambda on: {"contact_flow_id": on.floor.flows()["SatisfactionSurvey"].contact_flow_id},
        ),
        ("unknown SkillGroupId", "NotExist.SkillGroup", lambda on: {"skill_group_id": [on.group, UNKNOWN]}),
        ("foreign SkillGroupId", "NotExist.SkillGroup", lambda on: {"skill_group_id": [on.group, on.foreign.group]}),
    ],
    "GetNumberRegionInfo": [("no number", "Parameter.Format", always(number="nobody"))],
    "PickGlobalOutboundNumbers": [
        ("no number", "Parameter.Format", always(callee_number="nobody")),
        ("unknown SkillGroupId", "NotExist.SkillGroup", lambda on: {"skill_group_id": [on.group, UNKNOWN]}),
        ("foreign SkillGroupId", "NotExist.SkillGroup", lambda on: {"skill_group_id": [on.group, on.foreign.group]}),
    ],
    "StartBack2BackCall": [
        ("no number", "Parameter.Format", always(caller="nobody")),
        ("a fixed line without its area", "Parameter.Format", always(callee="26883072")),
        ("a flow that is to assist", "Parameter.Invalid", lambda on: {"workflow_id": on.flow.contact_flow_id}),
        ("one party twice", "Permission.Loop", always(caller="13812345678", callee="+86 138-1234-5678")),
        ("a callee that leads back", "Permission.Loop", lambda on: {"callee": on.number}),
        ("unknown CallCenterNumber", "NotExist.PhoneNumber", always(call_center_number=STRANGE_NUMBER)),
        ("foreign CallCenterNumber", "NotExist.PhoneNumber", lambda on: {"call_center_number": on.foreign.number}),
        ("a callee abroad", "Permission.Destination", always(callee="+12127365000")),
        ("a callee who helps in need", "Permission.Destination", always(callee="110")),
        ("a callee who bills", "Permission.Destination", always(callee="16812345")),
        ("a short callee", "Permission.Destination", always(callee="10086")),
        ("a callee who was just called", "Permission.CoolDown", called_just_now),
        ("as many calls as allowed", "ServiceUnavailable", lambda on: dialling(on, ConcurrentCalls="0")),
        ("quiet hours", "Permission.QuietHours", quiet_hours),
        ("an instance of demo data", "Permission.DemoInstance", demo_instance),
    ],
    "CreateSkillGroup": [
        ("a taken name", "Exists.SkillGroupName", lambda on: {"name": on.group_name}),
        ("a name of 33 Latin letters", "Parameter.Maximum", always(name="g" * 33)),
        ("a name of 17 Chinese letters", "Parameter.Maximum", always(name="组" * 17)),
        ("a description of 257 Latin letters", "Parameter.Maximum", always(description="d" * 257)),
        ("a description of 129 Chinese letters", "Parameter.Maximum", always(description="描" * 129)),
        ("a blank name", "Parameter.Format", always(name=" ")),
        ("unknown UserId", "NotExist.User", lambda on: {**levels(on, 1, 2), "user_id": [people_of(on)[0], UNKNOWN]}),
        ("foreign UserId", "NotExist.User", lambda on: {**levels(on, 1), "user_id": [foreign_user(on)]}),
        ("a RAM user's id", "NotExist.User", lambda on: {**levels(on, 1), "user_id": [on.agent.user_id]}),
        (
            "unknown OutboundPhoneNumberId",
            "NotExist.PhoneNumber",
            lambda on: {"outbound_phone_number_id": [on.spare_id, UNKNOWN]},
        ),
        (
            "foreign OutboundPhoneNumberId",
            "NotExist.PhoneNumber",
            lambda on: {"outbound_phone_number_id": [on.spare_id, on.foreign.spare_id]},
        ),
        ("a user without a level", "Parameter.Invalid", lambda on: {**levels(on, 1, 2), "skill_level": [1]}),
        ("a level without a user", "Parameter.Invalid", lambda on: {**levels(on, 1), "skill_level": [1, 2]}),
        ("one user twice", "Parameter.Invalid", lambda on: {**levels(on, 1, 2), "user_id": [people_of(on)[0]] * 2}),
        ("level 0", "Parameter.Invalid", lambda on: levels(on, 1, 0)),
        ("level 11", "Parameter.Invalid", lambda on: levels(on, 1, 11)),
    ],
    "ListSkillGroupsOfUser": [
        ("unknown UserId", "NotExist.User", always(user_id=UNKNOWN)),
        ("foreign UserId", "NotExist.User", lambda on: {"user_id": foreign_user(on)}),
        ("a RAM user's id", "NotExist.User", lambda on: {"user_id": on.agent.user_id}),
    ],
    "AssignUsers": [
        ("unknown UserRamId", "NotExist.User", lambda on: {"user_ram_id": [on.person().user_id, UNKNOWN_RAM_ID]}),
        ("unknown RoleId", "NotExist.Role", always(role_id=["Agent"])),
        ("foreign RoleId", "NotExist.Role", lambda on: {"role_id": [foreign_role(on)]}),
        ("unknown SkillGroupId", "NotExist.SkillGroup", always(skill_group_id=[UNKNOWN], skill_level=[1])),
        (
            "foreign SkillGroupId",
            "NotExist.SkillGroup",
            lambda on: {"skill_group_id": [on.group, on.foreign.group], "skill_level": [1, 2]},
        ),
        ("a group without a level", "Parameter.Invalid", lambda on: {"skill_group_id": [on.group]}),
        ("one group twice", "Parameter.Invalid", lambda on: {"skill_group_id": [on.group] * 2, "skill_level": [1, 2]}),
        ("level 0", "Parameter.Invalid", lambda on: group_levels(on, 1, 0)),
        ("level 11", "Parameter.Invalid", lambda on: group_levels(on, 1, 11)),
        (
            "the primary user",
            "NotModified.PrimaryUser",
            lambda on: {"user_ram_id": [on.person().user_id, on.admin.user_id]},
        ),
        ("a full instance", "LimitExceeded.CccUser", full_of_users),
    ],
    "ListAgentEvents": [
        ("without RamId", "MissingRamId", always(ram_id=None)),
        ("a RamId that is no number", "Parameter.Format", always(ram_id=["mei"])),
        ("unknown RamId", "NotExist.User", lambda on: {"ram_id": [on.agent.user_id, UNKNOWN_RAM_ID]}),
        ("foreign RamId", "NotExist.User", lambda on: {"ram_id": [on.agent.user_id, on.foreign.agent.user_id]}),
        ("StartTime after its end", "Parameter.Invalid", span(2, 1)),
        ("more than an hour", "Parameter.Invalid", span(1, 2 + HOUR_MS)),
    ],
    "DownloadRecording": [
        ("unknown FileName", "NotExist.Record", always(file_name="1.wav")),
        ("foreign FileName", "NotExist.Record", lambda on: {"file_name": on.foreign.recording}),
    ],
    "ListCallDetailRecords": [
        ("StartTime after its end", "Parameter.Invalid", span(2_000, 1_000)),
        ("more than seven days", "Parameter.Invalid", span(1, 2 + WEEK_MS)),
        ("a strange type among others", "Parameter.Enumeration", always(contact_type="Inbound,Fax")),
        ("a strange disposition among others", "Parameter.Enumeration", always(contact_disposition="Success,success")),
    ],
    "ListAgentSummaryReports": [
        ("unknown AgentIds", "NotExist.User", lambda on: {"agent_ids": f"{on.agent.user_id},{UNKNOWN_RAM_ID}"}),
        (
            "foreign AgentIds",
            "NotExist.User",
            lambda on: {"agent_ids": f"{on.agent.user_id},{on.foreign.agent.user_id}"},
        ),
        ("unknown SkillGroupId", "NotExist.SkillGroup", always(skill_group_id=UNKNOWN)),
        ("foreign SkillGroupId", "NotExist.SkillGroup", lambda on: {"skill_group_id": on.foreign.group}),
        ("too many AgentIds", "Parameter.Maximum", always(agent_ids=many(51))),
    ],
    "ListSkillGroupSummaryReports": [
        ("unknown SkillGroupIds", "NotExist.SkillGroup", lambda on: {"skill_group_ids": f"{on.group},{UNKNOWN}"}),
        (
            "foreign SkillGroupIds",
            "NotExist.SkillGroup",
            lambda on: {"skill_group_ids": f"{on.group},{on.foreign.group}"},
        ),
        ("too many SkillGroupIds", "Parameter.Maximum", always(skill_group_ids=many(51))),
    ],
    "SaveWebRTCStats": [
        ("no JSON", "Parameter.Format", always(stats="lost=2")),
        ("JSON that is no report", "Parameter.Format", always(stats='[{"packetsLost":2}]')),
    ],
    "SendPredefinedShortMessage": [
        ("unknown ConfigId", "NotExist.SmsConfig", always(config_id=999_999)),
        ("foreign ConfigId", "NotExist.SmsConfig", lambda on: {"config_id": on.foreign.message_config("x")}),
        ("a number that is none", "Parameter.Format", always(phone_numbers="13800000001,nobody")),
        ("a template's variable without its value", "Parameter.Format", always(template_param='{"other":"x"}')),
        ("values that are a list", "Parameter.Format", always(template_param="[]")),
        ("too many PhoneNumbers", "Parameter.Maximum", always(phone_numbers=",".join(["13800000001"] * 1_001))),
    ],
}
for report in ("ListAgentSummaryReports", "ListSkillGroupSummaryReports"):
    WRITTEN[report] += [
        ("StartTime with a zone", "Parameter.Format", always(start_time="2026-03-01T00:00:00Z")),
        ("EndTime with a zone", "Parameter.Format", always(end_time="2026-03-01 00:00:00+08:00")),
        ("a StartTime that is a number", "Parameter.Format", always(start_time="1700000000000")),
        (
            "StartTime after its end",
            "Parameter.Invalid",
            lambda on: {"start_time": midnight(), "end_time": midnight(1)},
        ),
        ("more than six months ago", "Parameter.Invalid", lambda on: {"start_time": midnight(190)}),
    ]


def refusals():
    for operation, condition, code, fields in each(bad_values):
        yield Refusal(operation, condition, code, lambda on, fields=fields: fields)
        if condition == "without InstanceId":
            yield Refusal(operation, "unknown InstanceId", "NotExist.Instance", always(instance_id=UNKNOWN))
            yield Refusal(operation, "foreign InstanceId", "NoPermission.User", always(), stranger)
    for operation, rows in WRITTEN.items():
        for condition, code, fields in rows:
            yield Refusal(operation, condition, code, fields)


REFUSALS = list(refusals())


def nothing_listed(body, _):
    (page,) = [value for value in body.to_map().values() if isinstance(value, dict)]
    (elements,) = page.get("List", page).values()
    assert elements == []


def failed_numbers(body, on):
    assert body.failed_phone_numbers.failed_phone_number == [STRANGE_NUMBER]
    assert body.phone_numbers.phone_number == []


def used_numbers(body, on):
    assert body.userd_phone_numbers.userd_phone_number == [on.foreign.number]
    assert body.phone_numbers.phone_number == []


# Not refused: the answer says that there is nothing. Nothing changes either.
ANSWERED = [
    ("ListConfig", "unknown ConfigItem", always(config_item=[json.dumps({"Name": "Colour"})]), nothing_listed),
    ("AddBulkPhoneNumbers", "unknown PhoneNumber", always(phone_number=[STRANGE_NUMBER]), failed_numbers),
    ("AddBulkPhoneNumbers", "foreign PhoneNumber", lambda on: {"phone_number": [on.foreign.number]}, used_numbers),
    ("ListSkillGroups", "unknown SkillGroupId", always(skill_group_id=[UNKNOWN]), nothing_listed),
    ("ListSkillGroups", "foreign SkillGroupId", lambda on: {"skill_group_id": [on.foreign.group]}, nothing_listed),
    ("ListCallDetailRecords", "unknown ContactId", always(contact_id="9999999999"), nothing_listed),
    ("ListCallDetailRecords", "foreign ContactId", lambda on: {"contact_id": on.foreign.contact}, nothing_listed),
    ("ListCallDetailRecords", "unknown PhoneNumber", always(phone_number=STRANGE_NUMBER), nothing_listed),
    ("ListCallDetailRecords", "foreign PhoneNumber", lambda on: {"phone_number": on.foreign.number}, nothing_listed),
    *(
        (operation, "a page beyond the end", always(page_number=2_147_483_647), nothing_listed)
        for operation in (
            "ListUsers",
            "ListCallDetailRecords",
            "ListAgentSummaryReports",
            "ListSkillGroupSummaryReports",
        )
    ),
]
