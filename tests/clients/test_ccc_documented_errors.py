"""Every error and every bound of the 22 audited operations, by the official client (`ccc_refusals.py`). A refused call
changes no row of the call centre, and is an event. Which errors and bounds there are is the server's own word
(`ccc_audited_contract.json`): whatever the table of operations gains is missed here until it has a row."""


import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from ccc_audited_checks import check_common, check_refusal
from ccc_audited_table import STATS, TABLE
from ccc_bad_parameters import CONTRACT, bounds, each
from ccc_prepared import Prepared, midnight, mobile
from ccc_refusals import ANSWERED, HOUR_MS, REFUSALS, WEEK_MS, always, group_levels, levels, many, span
from ccc_rows import settled, stored
from conftest import run

# Shown elsewhere, and where.
ELSEWHERE = {
    ("AddBulkPhoneNumbers", "LimitExceeded.PhoneNumber"): "test_ccc_bounds.py: it takes 10,000 numbers",
    ("CreateSkillGroup", "LimitExceeded.SkillGroup"): "test_ccc_bounds.py: it takes 100 groups",
    ("DownloadRecording", "OssNotOpen"): "tests/recordings.rs of the call centre: a server always keeps recordings",
    ("SendPredefinedShortMessage", "InternalService.Common"): "test_ccc_messages.py: it takes an unreachable provider",
    ("StartBack2BackCall", "Throttling.User"): "test_ccc_calls.py: it takes two calls within a second",
}
# Required, but not by the table: an earlier client names one agent otherwise.
BEYOND_THE_TABLE = {("ListAgentEvents", "MissingRamId")}

# What the public documents, or the reference where these are silent, name for an operation beside what all have.
DOCUMENTED = {
    "ListConfig": {"Parameter.Format"},
    "LaunchAppraise": {"NotExist.Contact"},
    "AddBulkPhoneNumbers": {"Parameter.Enumeration", "NotExist.ContactFlow", "NotExist.SkillGroup"},
    "PickGlobalOutboundNumbers": {"NotExist.SkillGroup"},
    "StartBack2BackCall": {"NotExist.PhoneNumber"},
    "CreateSkillGroup": {
        "Exists.SkillGroupName",
        "LimitExceeded.SkillGroup",
        "NotExist.User",
        "NotExist.PhoneNumber",
        "Parameter.Invalid",
    },
    "ListSkillGroupsOfUser": {"NotExist.User"},
    "AssignUsers": {
        "NotExist.User",
        "NotExist.Role",
        "NotExist.SkillGroup",
        "LimitExceeded.CccUser",
        "NotModified.PrimaryUser",
    },
    "ListAgentEvents": {"Parameter.Invalid", "Parameter.Enumeration"},
    "DownloadRecording": {"NotExist.Record", "OssNotOpen"},
    "ListCallDetailRecords": {"Parameter.Maximum", "Parameter.Invalid"},
    "ListAgentSummaryReports": {"Parameter.Format", "Parameter.Invalid"},
    "ListSkillGroupSummaryReports": {"Parameter.Format", "Parameter.Invalid"},
}
OF_ALL = {"NotExist.Instance", "NoPermission.User", "MissingInstanceId"}


@pytest.fixture(scope="module")
def on(tmp_path_factory):
    """On a server of its own: nothing but these tests changes its rows."""
    for cairn in run(tmp_path_factory.mktemp("errors")):
        prepared = Prepared(cairn)
        prepared.foreign = Prepared(cairn)
        yield prepared


def rows_before(on, operation):
    return settled(on.cairn) if operation == "StartBack2BackCall" else stored(on.cairn)


def test_a_change_would_be_seen(on):
    before = stored(on.cairn)
    on.floor.group()
    after = stored(on.cairn)
    assert {table for table in after if after[table] != before[table]} == {"ccc_skill_groups"}


@pytest.mark.parametrize("row", REFUSALS, ids=str)
def test_a_refusal_changes_nothing_and_is_an_event(on, row):
    person = row.person(on) if row.person else on.people[TABLE[row.operation].role]
    fields = {"instance_id": on.instance, **TABLE[row.operation].fields(on), **row.fields(on)}
    before = rows_before(on, row.operation)
    event = check_refusal(on, row.operation, person, fields, row.code, row.status)
    assert stored(on.cairn) == before
    named = (event["resourceType"], event["resourceName"]) if fields["instance_id"] else None
    assert named == (fields["instance_id"] and ("ACS::CCC::Instance", fields["instance_id"]))


@pytest.mark.parametrize(
    ("operation", "fields", "holds"), [pytest.param(o, f, h, id=f"{o}: {c}") for o, c, f, h in ANSWERED]
)
def test_what_is_not_there_is_answered_so(on, operation, fields, holds):
    person = on.people[TABLE[operation].role]
    fields = {**TABLE[operation].fields(on), **fields(on)}
    before = stored(on.cairn)
    _, body = on.call(operation, person, fields)
    assert (body.code, body.success) == ("OK", True)
    holds(body, on)
    assert stored(on.cairn) == before
    event = on.cairn.event(body.request_id)
    check_common(on, event, operation, person)
    assert "errorCode" not in event


# Bounds

# Their own bound is narrower than the one of the table; see REACHED.
NARROWER = {"the longest Name", "the longest Description"}
BOUNDS = [row for row in each(bounds) if not (row[0] == "CreateSkillGroup" and row[1] in NARROWER)]


@pytest.mark.parametrize(("operation", "fields"), [pytest.param(o, f, id=f"{o}: {c}") for o, c, f in BOUNDS])
def test_what_is_just_allowed_is_not_refused_for_it(on, operation, fields):
    """It may name nothing, or not fit together: one step further is refused as too much, see the refusals."""
    fields = {**TABLE[operation].fields(on), **fields}
    try:
        _, body = on.call(operation, on.people[TABLE[operation].role], fields)
    except AlibabaCloudException as error:
        assert error.status_code < 500 and error.code not in ("Parameter.Maximum", "Parameter.Minimum"), error.message
    else:
        assert body.success


REACHED = [
    ("CreateSkillGroup", "a name of 32 Latin letters", always(name="g" * 32)),
    ("CreateSkillGroup", "a name of 16 Chinese letters", always(name="组" * 16)),
    ("CreateSkillGroup", "a description of 256 Latin letters", always(description="d" * 256)),
    ("CreateSkillGroup", "a description of 128 Chinese letters", always(description="描" * 128)),
    ("CreateSkillGroup", "levels 1 and 10", lambda on: levels(on, 1, 10)),
    ("AssignUsers", "levels 1 and 10", lambda on: group_levels(on, 1, 10)),
    ("ListAgentEvents", "an hour", span(1, 1 + HOUR_MS)),
    ("ListCallDetailRecords", "seven days", span(1, 1 + WEEK_MS)),
    ("ListAgentSummaryReports", "five months ago", lambda on: {"start_time": midnight(150)}),
    ("ListSkillGroupSummaryReports", "five months ago", lambda on: {"start_time": midnight(150)}),
    ("SaveWebRTCStats", "64 KiB", always(stats=STATS + " " * 65_536)),
    (
        "SendPredefinedShortMessage",
        "1,000 numbers",
        lambda on: {"phone_numbers": ",".join(mobile() for _ in range(1_000))},
    ),
]


@pytest.mark.parametrize(("operation", "fields"), [pytest.param(o, f, id=f"{o}: {c}") for o, c, f in REACHED])
def test_bounds_that_handlers_know(on, operation, fields):
    _, body = on.call(operation, on.people[TABLE[operation].role], {**TABLE[operation].fields(on), **fields(on)})
    assert body.success


def test_fifty_ids_are_looked_up(on):
    for operation, ids, code in [
        ("ListAgentSummaryReports", "agent_ids", "NotExist.User"),
        ("ListSkillGroupSummaryReports", "skill_group_ids", "NotExist.SkillGroup"),
    ]:
        check_refusal(on, operation, on.manager, {**TABLE[operation].fields(on), ids: many(50)}, code, 404)


# Nothing is left out


def test_every_declared_error_has_a_row():
    declared = {(operation, code) for operation, row in CONTRACT.items() for code in row["errors"]}
    assert set(CONTRACT) == set(TABLE)
    assert declared - {(row.operation, row.code) for row in REFUSALS} == set(ELSEWHERE)
    assert {(row.operation, row.code) for row in REFUSALS} - declared == BEYOND_THE_TABLE


def test_every_documented_error_is_declared():
    for operation in TABLE:
        assert OF_ALL | DOCUMENTED.get(operation, set()) <= set(CONTRACT[operation]["errors"]), operation


# Parameters that name something which must be there. SaveWebRTCStats takes its ids as the client's word.
NAMES = {
    "Acid",
    "AgentIds",
    "CallCenterNumber",
    "ConfigId",
    "ContactFlowId",
    "ContactId",
    "FileName",
    "InstanceId",
    "OutboundPhoneNumberId",
    "PhoneNumber",
    "RamId",
    "RoleId",
    "SkillGroupId",
    "SkillGroupIds",
    "UserId",
    "UserRamId",
}
COMMA_LISTS = {"AgentIds", "SkillGroupIds", "PhoneNumbers"}
# A server has one account.
IMPOSSIBLE = {("AssignUsers", "foreign UserRamId")}


def bad_inputs(operation):
    """Every kind of bad input that an operation with these parameters can meet."""
    parameters = CONTRACT[operation]["parameters"]
    for name, shape in parameters.items():
        if name in NAMES:
            yield from (f"unknown {name}", f"foreign {name}")
        if "max_elements" in shape or name in COMMA_LISTS:
            yield f"too many {name}"
        if name.endswith("Time"):
            yield f"{name} with a zone"
    if "StartTime" in parameters:
        yield "StartTime after its end"
    if "PageNumber" in parameters:
        yield "a page beyond the end"


def test_every_kind_of_bad_input_has_a_row():
    shown = {(row.operation, row.condition) for row in REFUSALS} | {(row[0], row[1]) for row in ANSWERED}
    wanted = {(operation, kind) for operation in TABLE for kind in bad_inputs(operation)}
    assert wanted - shown == IMPOSSIBLE
