"""The reports through the official CCC client: shapes, dates, limits, refusals, events.

What the figures are is tested where rows can be appended; here agents and groups have done nothing yet.
"""

from datetime import datetime, timedelta, timezone

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC
from callers import tea_config
from principals import Person, make_instance, unique

UTC_PLUS_8 = timezone(timedelta(hours=8))


def midnight(days_ago=0):
    day = datetime.now(UTC_PLUS_8) - timedelta(days=days_ago)
    return day.strftime("%Y-%m-%d 00:00:00")


def date(days_ago=0):
    return midnight(days_ago)[:10]


class Desk:
    """A call centre with one agent and two skill groups."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.agent = Person(cairn, system_policies=["AliyunCCCFullAccess"])
        self.outsider = Person(cairn, system_policies=["AliyunCCCFullAccess"])
        self.instance = make_instance(cairn, **{"AdminRamId.1": self.agent.user_id})
        created = cairn.ask(CCC, "CreateSkillGroup", {"InstanceId": self.instance, "Name": "Billing"})
        self.group = created["SkillGroupId"]
        self.credential = cairn.root

    def client(self, credential=None):
        return Client(tea_config(self.cairn.host, credential or self.credential))


@pytest.fixture(scope="module")
def desk(cairn):
    return Desk(cairn)


# Operation, method, request class, parameters beside InstanceId.
RANGE = {"StartTime": midnight(2), "EndTime": midnight()}
PAGE = {"PageNumber": 1, "PageSize": 10}
CASES = {
    "ListAgentSummaryReports": {**RANGE, **PAGE, "AgentIds": "{agent}"},
    "ListAgentSummaryReportsByInterval": {**RANGE, **PAGE, "Interval": "Daily", "AgentIds": "{agent}"},
    "ListAgentSummaryReportsSinceMidnight": {**PAGE, "AgentIds": "{agent}"},
    "ListSkillGroupSummaryReports": {**RANGE, **PAGE, "SkillGroupIds": "{group}"},
    "ListSkillGroupSummaryReportsByInterval": {**RANGE, **PAGE, "SkillGroupIds": "{group}"},
    "ListSkillGroupSummaryReportsSinceMidnight": {**PAGE, "SkillGroups": "{group}"},
    "GetInstanceSummaryReport": RANGE,
    "GetInstanceSummaryReportByInterval": {**RANGE, "Interval": "Daily"},
    "GetInstanceSummaryReportSinceMidnight": {},
    "GenerateAgentStatisticReport": {**PAGE, "StartDate": date(1), "EndDate": date(), "AgentId": "{agent}"},
    "GetAgentData": {**PAGE, "StartDay": date(1), "EndDay": date(), "UserId": "{login}"},
    "GetCallMeasureSummaryReport": {
        **PAGE,
        "IntervalType": "Day",
        "Year": int(date()[:4]),
        "Month": int(date()[5:7]),
        "Day": int(date()[8:]),
    },
    "ListCallMeasureSummaryReports": {"IntervalType": "Month"},
}
WITHOUT_INSTANCE = {"GetCallMeasureSummaryReport", "ListCallMeasureSummaryReports"}
# The cloud added these after this client was generated.
NEWER_THAN_THE_CLIENT = {"CallsServiceLevel20", "CallsServiceLevel30"}
# What an agent who never checked in does not have.
ABSENT = {"FirstLogInTime", "LastLogOutTime"}


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")


def parameters_of(desk, operation, **changes):
    facts = {"agent": desk.agent.user_id, "group": desk.group, "login": desk.agent.name}
    parameters = dict(CASES[operation])
    if operation not in WITHOUT_INSTANCE:
        parameters["InstanceId"] = desk.instance
    parameters = {k: v.format(**facts) if isinstance(v, str) else v for k, v in parameters.items()}
    parameters.update(changes)
    return {k: v for k, v in parameters.items() if v is not None}


def ask(desk, operation, credential=None, **changes):
    """The SDK's own method with its own request class; its model of the body."""
    request = getattr(models, operation + "Request")()
    for name, value in parameters_of(desk, operation, **changes).items():
        setattr(request, snake(name), value)
    return getattr(desk.client(credential), snake(operation))(request).body


def refusal(desk, operation, credential=None, **changes):
    with pytest.raises(AlibabaCloudException) as caught:
        ask(desk, operation, credential, **changes)
    return caught.value.code, caught.value.status_code


def comparable(value):
    """What two calls at different moments have in common, without what the client does not know."""
    left_out = {"RequestId", "Timestamp"} | NEWER_THAN_THE_CLIENT
    if isinstance(value, dict):
        return {k: comparable(v) for k, v in value.items() if k not in left_out}
    return [comparable(v) for v in value] if isinstance(value, list) else value


def missing_fields(model, path=""):
    """Fields of the SDK's model that the answer did not have."""
    found = []
    for name, value in vars(model).items():
        if hasattr(value, "to_map"):
            found += missing_fields(value, f"{path}.{name}")
        elif isinstance(value, list):
            for element in value:
                found += missing_fields(element, f"{path}.{name}[]") if hasattr(element, "to_map") else []
        elif value is None:
            found.append(name)
    return found


@pytest.mark.parametrize("operation", CASES)
def test_the_models_hold_every_field(desk, operation):
    body = ask(desk, operation)
    assert (body.success, body.code, body.http_status_code) == (True, "OK", 200)
    raw = desk.cairn.ask(CCC, operation, {k: str(v) for k, v in parameters_of(desk, operation).items()})
    assert comparable(body.to_map()) == comparable(raw)
    allowed = {snake(name) for name in ABSENT} | {"message"}
    if operation == "ListCallMeasureSummaryReports":
        allowed.add("day")
    assert set(missing_fields(body)) <= allowed


@pytest.mark.parametrize("operation", CASES)
def test_every_report_has_its_event(desk, operation):
    request_id = ask(desk, operation).request_id
    event = desk.cairn.event(request_id)
    assert (event["eventName"], event["eventRW"], event["eventType"]) == (operation, "Read", "ApiCall")
    assert event["serviceName"] == "CloudCallCenter"
    if operation not in WITHOUT_INSTANCE:
        assert (event["resourceType"], event["resourceName"]) == ("ACS::CCC::Instance", desk.instance)
    for name, value in parameters_of(desk, operation).items():
        assert str(event["requestParameters"][name]) == str(value)


def test_an_idle_agent_has_a_row_of_zeros_when_asked_for(desk):
    page = ask(desk, "ListAgentSummaryReports").paged_agent_summary_report
    assert (page.page_number, page.page_size, page.total_count) == (1, 10, 1)
    row = page.list.agent_summary_report[0]
    assert (row.agent_id, row.login_name, row.instance_id) == (desk.agent.user_id, desk.agent.name, desk.instance)
    assert row.outbound.max_work_time == "0"
    assert (row.inbound.handle_rate, row.overall.occupancy_rate, row.overall.total_logged_in_time) == (0, 0, 0)
    assert row.overall.first_log_in_time is None
    nobody = ask(desk, "ListAgentSummaryReports", AgentIds=None).paged_agent_summary_report
    assert (nobody.total_count, nobody.list.agent_summary_report) == (0, [])


def test_types_that_differ_between_operations(desk):
    group = ask(desk, "ListSkillGroupSummaryReports").paged_skill_group_summary_report.list.skill_group_summary_report[0]
    assert group.inbound.max_talk_time == "0" and group.outbound.max_work_time == 0
    spans = ask(desk, "ListSkillGroupSummaryReportsByInterval").paged_skill_group_summary_report.list
    span = spans.skill_group_time_interval_report[0].interval_list.skill_group_summary_report[0]
    assert span.inbound.max_talk_time == 0
    instance = ask(desk, "GetInstanceSummaryReport").instance_summary_report
    assert instance.inbound.max_talk_time == "0"
    bare = ask(desk, "GetAgentData").data_list
    assert isinstance(bare.list, list) and bare.list[0].record_date == date(1)


def test_intervals_begin_at_midnight(desk):
    report = ask(desk, "GetInstanceSummaryReportByInterval").instance_time_interval_report
    times = [row.timestamp for row in report.interval_list.instance_summary_report]
    assert times == [midnight(2), midnight(1), midnight()]
    report = ask(
        desk, "GetInstanceSummaryReportByInterval", StartTime=midnight(1), EndTime=midnight(1), Interval="Minute5"
    ).instance_time_interval_report
    times = [row.timestamp for row in report.interval_list.instance_summary_report]
    assert len(times) == 288
    assert (times[0], times[1], times[-1]) == (midnight(1), date(1) + " 00:05:00", date(1) + " 23:55:00")


TIMED = [name for name in CASES if "StartTime" in CASES[name]]


@pytest.mark.parametrize("operation", TIMED)
def test_ranges_that_are_none(desk, operation):
    for changes, expected in [
        ({"StartTime": None}, "MissingStartTime"),
        ({"EndTime": None}, "MissingEndTime"),
        ({"StartTime": date()}, "Parameter.Format"),
        ({"StartTime": date() + "T00:00:00Z"}, "Parameter.Format"),
        ({"EndTime": "1700000000000"}, "Parameter.Format"),
        ({"StartTime": midnight(), "EndTime": midnight(1)}, "Parameter.Invalid"),
        ({"StartTime": midnight(200)}, "Parameter.Invalid"),
    ]:
        assert refusal(desk, operation, **changes) == (expected, 400), changes
    # The day that the end names is included; one range may be a single day; the time of day does not count.
    assert ask(desk, operation, StartTime=date() + " 23:00:00", EndTime=date() + " 01:00:00").success
    assert ask(desk, operation, StartTime=midnight(150)).success


LISTS = {
    "ListAgentSummaryReports": ("AgentIds", "NotExist.User"),
    "ListAgentSummaryReportsByInterval": ("AgentIds", "NotExist.User"),
    "ListAgentSummaryReportsSinceMidnight": ("AgentIds", "NotExist.User"),
    "ListSkillGroupSummaryReports": ("SkillGroupIds", "NotExist.SkillGroup"),
    "ListSkillGroupSummaryReportsByInterval": ("SkillGroupIds", "NotExist.SkillGroup"),
    "ListSkillGroupSummaryReportsSinceMidnight": ("SkillGroups", "NotExist.SkillGroup"),
}


@pytest.mark.parametrize("operation", LISTS)
def test_limits_of_lists_and_pages(desk, operation):
    parameter, unknown = LISTS[operation]

    def many(count):
        return ",".join(unique("0c0f4a58-8f3e-5b1f8d3c2a10") for _ in range(count))

    assert refusal(desk, operation, **{parameter: many(51)}) == ("Parameter.Maximum", 400)
    assert refusal(desk, operation, **{parameter: many(50)}) == (unknown, 404)
    assert refusal(desk, operation, PageSize=101) == ("Parameter.Maximum", 400)
    assert refusal(desk, operation, PageSize=0) == ("Parameter.Minimum", 400)
    assert refusal(desk, operation, PageNumber=0) == ("Parameter.Minimum", 400)
    assert refusal(desk, operation, PageNumber="one") == ("Parameter.Format", 400)
    beyond = ask(desk, operation, PageNumber=9).to_map()
    page = next(value for name, value in beyond.items() if name.startswith("Paged"))
    assert page["TotalCount"] == 1 and list(page["List"].values()) == [[]]


def test_intervals_that_are_none_or_too_many(desk):
    operation = "ListAgentSummaryReportsByInterval"
    assert refusal(desk, operation, Interval="Hourly") == ("Parameter.Enumeration", 400)
    assert refusal(desk, operation, Interval="Minute5", StartTime=midnight(20)) == ("Parameter.Invalid", 400)


def test_a_foreign_instance_and_a_stranger(desk):
    for operation in CASES:
        if operation in WITHOUT_INSTANCE:
            continue
        unknown = refusal(desk, operation, InstanceId="0c0f4a58-0000-0000-0000-000000000000")
        assert unknown == ("NotExist.Instance", 404), operation
        stranger = refusal(desk, operation, desk.outsider.credential)
        assert stranger == ("NoPermission.User", 403), operation
        assert ask(desk, operation, desk.agent.credential).success


def test_a_refused_report_is_audited(desk):
    with pytest.raises(AlibabaCloudException) as caught:
        ask(desk, "ListAgentSummaryReports", StartTime=date())
    event = desk.cairn.event(caught.value.data["RequestId"])
    assert (event["errorCode"], event["resourceName"]) == ("Parameter.Format", desk.instance)


def test_agents_days(desk):
    own = ask(desk, "GenerateAgentStatisticReport", desk.agent.credential, AgentId=None).data_list
    assert [row.record_date for row in own.list.generate_agent_statistic] == [date(1), date()]
    assert own.list.generate_agent_statistic[0].agent_id == desk.agent.user_id
    unknown = refusal(desk, "GetAgentData", UserId="nobody")
    assert unknown == ("NotExist.User", 404)
    assert refusal(desk, "GetAgentData", StartDay=midnight()) == ("Parameter.Format", 400)
    assert refusal(desk, "GetAgentData", PageSize=None) == ("MissingPageSize", 400)
    assert refusal(desk, "GenerateAgentStatisticReport", AgentId="1") == ("NotExist.User", 404)


def test_measures(desk):
    listed = ask(desk, "ListCallMeasureSummaryReports").call_measure_summary_report_list
    assert len(listed.call_measure_summary_report) == 6
    last = listed.call_measure_summary_report[-1]
    assert (last.year, last.month) == (date()[:4], str(int(date()[5:7])))
    assert refusal(desk, "ListCallMeasureSummaryReports", IntervalType="Week") == ("Parameter.Enumeration", 400)
    operation = "GetCallMeasureSummaryReport"
    assert refusal(desk, operation, Day=None) == ("MissingDay", 400)
    assert refusal(desk, operation, Month=13) == ("Parameter.Maximum", 400)
    assert refusal(desk, operation, Month=2, Day=30) == ("Parameter.Invalid", 400)
    assert refusal(desk, operation, desk.outsider.credential) == ("NoPermission.User", 403)
    # Who leads one instance only sees the calls of that one; the account sees those of all.
    month = ask(desk, operation, desk.agent.credential, IntervalType="Month", Day=None).summary_report
    assert (month.inbound_count, month.day) == (0, None)
