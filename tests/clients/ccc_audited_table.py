"""The operations that the vendor's audit page lists for the call centre: how each is called and what its event says."""

import json
from dataclasses import dataclass, field
from typing import Callable

import ccc_audited_answers as answers
from ccc_floor import fresh
from ccc_prepared import midnight, mobile
from principals import unique

STATS = json.dumps([{"id": "I", "type": "inbound-rtp", "kind": "audio", "packetsLost": 2, "jitter": 0.004}])
REGION_TABLE = {"NumberRegionTable": lambda value: value.startswith("libphonenumber ")}


@dataclass(frozen=True)
class Row:
    """What is asked of an operation, what it answers, and what its event says."""

    role: str
    rw: str
    # Of the prepared call centre: the fields of a call that succeeds.
    fields: Callable
    # Of the answer's model and the call centre: asserts what matters.
    answers: Callable
    # Type of the finer resource that the event names behind the instance.
    finer: str = ""
    # Of the answer's model and the call centre: the names of these resources; None if the answer does not have them.
    names: Callable = None
    # Entries of additionalEventData beside Scheme, each with what must hold of it.
    extras: dict = field(default_factory=dict)
    # Required parameters beside InstanceId.
    required: tuple = ()


def bulk(on):
    number = fresh()
    on.floor.buy(number)
    return {
        "phone_number": [number, answers.STRANGE_NUMBER, on.number],
        "usage": "Bidirection",
        "contact_flow_id": on.flow.contact_flow_id,
        "skill_group_id": [on.other_group],
    }


def new_group(on):
    members = {"user_id": [on.users[on.agent.user_id]], "skill_level": [5]}
    return {"name": unique("g"), "outbound_phone_number_id": [on.spare_id], **members}


def sample(on):
    return {
        "call_id": unique("call"),
        "call_start_time": 1_700_000_000_000,
        "caller_number": on.number,
        "callee_number": mobile(),
        "record_time": 1_700_000_003_000,
        "stats": STATS,
        "tenant_id": f"acc{on.cairn.account}",
        "uid": on.agent.user_id,
    }


def message(on):
    return {
        "config_id": on.sms_config,
        "phone_numbers": f"{mobile()},{mobile()}",
        "template_param": json.dumps({"name": "王小芳"}, ensure_ascii=False),
    }


def days(**more):
    # From yesterday on: midnight may pass while the tests run.
    return {"start_time": midnight(1), "end_time": midnight(), "page_number": 1, "page_size": 10, **more}


PAGE = {"page_number": 1, "page_size": 100}
COUNTED = {
    "AcceptedMessages": lambda n: n == 2,
    "UnknownMessages": lambda n: n == 0,
    "RejectedMessages": lambda n: n == 0,
}

TABLE = {
    "ListConfig": Row(
        "Agent",
        "Read",
        lambda on: {"config_item": ['{"Name":"AllowHangup","DimensionName":"instance"}']},
        answers.listed_config,
    ),
    "RefreshToken": Row(
        "Agent", "Write", lambda on: {}, answers.token, "User", lambda body, on: [on.users[on.agent.user_id]]
    ),
    "LaunchAppraise": Row(
        "Agent",
        "Write",
        lambda on: {"acid": on.contact},
        answers.nothing_more,
        "Contact",
        lambda body, on: [on.contact],
        required=("acid",),
    ),
    "ListContactFlows": Row("Admin", "Read", lambda on: {}, answers.flows),
    "AddBulkPhoneNumbers": Row(
        "Admin",
        "Write",
        bulk,
        answers.bound_numbers,
        "PhoneNumber",
        lambda body, on: [number.phone_number_id for number in body.phone_numbers.phone_number],
        required=("phone_number", "usage"),
    ),
    "GetNumberRegionInfo": Row(
        "Agent", "Read", lambda on: {"number": "13812345678"}, answers.region, extras=REGION_TABLE, required=("number",)
    ),
    "PickGlobalOutboundNumbers": Row(
        "Agent",
        "Read",
        lambda on: {"callee_number": "13812345678", "skill_group_id": [on.group], "count": 1},
        answers.picked,
        extras=REGION_TABLE,
        required=("callee_number", "skill_group_id"),
    ),
    "StartBack2BackCall": Row(
        "Agent",
        "Write",
        lambda on: {"caller": mobile(), "callee": mobile(), "call_center_number": on.number},
        answers.accepted,
        "Contact",
        extras={"ContactId": lambda value: len(value) == 10 and value.isdigit()},
        required=("caller", "callee"),
    ),
    "CreateSkillGroup": Row(
        "Admin",
        "Write",
        new_group,
        answers.created_group,
        "SkillGroup",
        lambda body, on: [body.skill_group_id],
        required=("name",),
    ),
    "ListSkillGroups": Row("Agent", "Read", lambda on: {}, answers.groups),
    "ListSkillGroupsOfUser": Row(
        "Agent",
        "Read",
        lambda on: {"user_id": on.users[on.agent.user_id]},
        answers.groups_of_user,
        required=("user_id",),
    ),
    "ListTransferableSkillGroups": Row("Agent", "Read", lambda on: {}, answers.transferable),
    "AssignUsers": Row(
        "Admin",
        "Write",
        lambda on: {"user_ram_id": [on.person().user_id]},
        answers.assigned,
        "User",
        lambda body, on: [on.newest_user().user_id],
        required=("user_ram_id",),
    ),
    "ListUsers": Row("Manager", "Read", lambda on: PAGE, answers.users, required=("page_number", "page_size")),
    "ListAgentEvents": Row(
        "Manager", "Read", lambda on: {"ram_id": [on.agent.user_id]}, answers.agent_events, required=("ram_id",)
    ),
    "DownloadRecording": Row(
        "Manager",
        "Read",
        lambda on: {"file_name": on.recording},
        answers.link,
        "Recording",
        lambda body, on: [on.recording],
        required=("file_name",),
    ),
    "ListCallDetailRecords": Row(
        "Manager",
        "Read",
        lambda on: {**PAGE, "start_time": on.started_ms, "criteria": on.customer, "phone_number": on.number},
        answers.records,
        required=("page_number", "page_size"),
    ),
    "ListAgentSummaryReports": Row(
        "Manager",
        "Read",
        lambda on: days(agent_ids=on.agent.user_id),
        answers.agent_report,
        required=("start_time", "end_time"),
    ),
    "ListSkillGroupSummaryReports": Row(
        "Manager",
        "Read",
        lambda on: days(skill_group_ids=on.group),
        answers.group_report,
        required=("start_time", "end_time"),
    ),
    "SaveWebRTCStats": Row(
        "Agent",
        "Write",
        sample,
        answers.stored,
        required=(
            "call_id",
            "call_start_time",
            "caller_number",
            "callee_number",
            "record_time",
            "stats",
            "tenant_id",
            "uid",
        ),
    ),
    "GetInstance": Row("Agent", "Read", lambda on: {}, answers.instance),
    "SendPredefinedShortMessage": Row(
        "Agent",
        "Write",
        message,
        answers.sent,
        "ShortMessage",
        lambda body, on: [body.biz_id],
        extras=COUNTED,
        required=("config_id", "phone_numbers"),
    ),
}

# Parameters that hold a person's number or what was said to him.
PERSONAL = {
    "AddBulkPhoneNumbers": {"PhoneNumber"},
    "GetNumberRegionInfo": {"Number"},
    "PickGlobalOutboundNumbers": {"CalleeNumber"},
    "StartBack2BackCall": {"Caller", "Callee", "CallCenterNumber"},
    "ListCallDetailRecords": {"Criteria", "PhoneNumber"},
    "SaveWebRTCStats": {"CallerNumber", "CalleeNumber"},
    "SendPredefinedShortMessage": {"PhoneNumbers", "TemplateParam"},
}
