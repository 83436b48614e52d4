"""Agents, their calls and the records of these, by the official SDK. What the soft phone does in the cloud is the console
operation ChangeAgentState here."""

import itertools
import re
import time

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC
from callers import tea_config
from principals import Person, make_instance, unique

NUMBERS = itertools.count(10_000_000)
GROUP = "账单"


def mobile():
    """A number that no other test calls."""
    return f"137{next(NUMBERS)}"


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


class Team:
    """A call centre with a skill group, two agents and a leader."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.number = f"021{next(NUMBERS)}"
        self.instance = make_instance(cairn, **{"PhoneNumbers.1": self.number})
        self.agents = [Person(cairn, system_policies=["AliyunCCCFullAccess"]) for _ in range(2)]
        self.leader = Person(cairn, system_policies=["AliyunCCCFullAccess"])
        for person, role in [*((agent, "Agent") for agent in self.agents), (self.leader, "Manager")]:
            roles = cairn.ask(CCC, "ListRoles", {"InstanceId": self.instance})["Roles"]["Role"]
            role_id = next(found["RoleId"] for found in roles if found["RoleName"] == role)
            self.ask("AssignUsers", {"UserRamId.1": person.user_id, "RoleId.1": role_id})
        users = self.ask("ListUsers", {"PageNumber": "1", "PageSize": "100"})["Users"]["List"]["User"]
        ids = {user["RamId"]: user["UserId"] for user in users}
        self.names = {user["RamId"]: user["Detail"]["DisplayName"] for user in users}
        members = {}
        for place, person in enumerate([*self.agents, self.leader], start=1):
            members |= {f"UserId.{place}": ids[person.user_id], f"SkillLevel.{place}": "5"}
        self.group = self.ask("CreateSkillGroup", {"Name": GROUP, **members})["SkillGroupId"]

    def ask(self, operation, parameters, credential=None):
        return self.cairn.ask(CCC, operation, {"InstanceId": self.instance, **parameters}, credential)

    def soft_phone(self, agent, command, **parameters):
        return self.ask("ChangeAgentState", {"Command": command, **parameters}, agent.credential)

    def body(self, operation, person=None, **fields):
        """The answer's model of a call that must succeed."""
        credential = person.credential if person else self.cairn.root
        body = self.call(operation, credential, **fields)
        assert (body.success, body.code, body.http_status_code) == (True, "OK", 200)
        event = self.cairn.event(body.request_id)
        reads = operation.startswith(("List", "Get"))
        assert (event["eventName"], event["eventRW"]) == (operation, "Read" if reads else "Write")
        assert event["resourceType"].split(";")[0] == "ACS::CCC::Instance"
        assert event["resourceName"].split(";")[0] == self.instance
        return body

    def call(self, operation, credential, **fields):
        request = getattr(models, f"{operation}Request")(**{"instance_id": self.instance, **fields})
        return getattr(Client(tea_config(self.cairn.host, credential)), snake(operation))(request).body

    def refusal(self, operation, person=None, **fields):
        """Code and status of a call that must fail, and its event says so."""
        with pytest.raises(AlibabaCloudException) as caught:
            self.call(operation, person.credential if person else self.cairn.root, **fields)
        error = caught.value
        assert self.cairn.event(error.data["RequestId"])["errorCode"] == error.code
        return error.code, error.status_code

    def records(self, **fields):
        fields = {"page_number": 1, "page_size": 100, **fields}
        return self.body("ListCallDetailRecords", **fields).call_detail_records

    def inbound(self, agent, customer):
        """An answered call; its contact."""
        contact = self.soft_phone(agent, "Ring", Caller=customer, CallCenterNumber=self.number)["ContactId"]
        assert self.soft_phone(agent, "Answer")["State"] == "Talking"
        assert self.soft_phone(agent, "Release", ReleaseReason="CustomerHangUp")["State"] == "ACW"
        self.soft_phone(agent, "EndWrapUp")
        return contact


@pytest.fixture(scope="module")
def team(cairn):
    return Team(cairn)


@pytest.fixture(scope="module")
def mei(team):
    """An agent who is ready."""
    agent = team.agents[0]
    team.soft_phone(agent, "CheckIn")
    assert team.soft_phone(agent, "Ready")["State"] == "Ready"
    return agent


def test_a_command_is_a_console_operation_with_agent_and_contact(team, mei):
    answer = team.soft_phone(mei, "Ring", Caller=mobile(), CallCenterNumber=team.number)
    event = team.cairn.event(answer["RequestId"])
    assert (event["eventName"], event["eventType"], event["eventRW"]) == (
        "ChangeAgentState",
        "ConsoleOperation",
        "Write",
    )
    assert event["referencedResources"]["ACS::CCC::User"] == [mei.user_id]
    assert event["referencedResources"]["ACS::CCC::Contact"] == [answer["ContactId"]]
    assert event["additionalEventData"]["State"] == "Ringing"
    team.soft_phone(mei, "Release", ReleaseReason="CustomerHangUp")
    (record,) = team.records(contact_id=answer["ContactId"]).list.call_detail_record
    assert record.contact_disposition == "AbandonedRing"


def test_an_answered_call_is_parsed_by_the_models(team, mei):
    customer = mobile()
    before = int(time.time() * 1000)
    contact = team.inbound(mei, customer)
    page = team.records(criteria=customer)
    assert (page.page_number, page.page_size, page.total_count) == (1, 100, 1)
    (record,) = page.list.call_detail_record
    assert re.fullmatch(r"\d{10}", contact) and record.contact_id == contact
    assert (record.contact_type, record.contact_disposition) == ("Inbound", "Success")
    assert (record.calling_number, record.called_number) == (customer, team.number)
    now = int(time.time() * 1000)
    assert before <= record.start_time <= now and 0 <= record.duration <= (now - before) // 1000 + 1
    assert (record.skill_group_names, record.skill_group_id_list) == (GROUP, team.group)
    assert record.agent_names == team.names[mei.user_id]
    assert (record.satisfaction_desc, record.satisfaction, record.feedback) == ("未发送", None, "")
    assert (record.agents.call_detail_agent, record.recordings.recording) == ([], [])
    assert record.instance_id == team.instance


def test_a_survey_is_offered_once(team, mei):
    customer = mobile()
    contact = team.inbound(mei, customer)
    for _ in range(2):
        body = team.body("LaunchAppraise", mei, acid=contact)
        event = team.cairn.event(body.request_id)
        assert event["referencedResources"]["ACS::CCC::Contact"] == [contact]
    (record,) = team.records(criteria=customer).list.call_detail_record
    assert (record.satisfaction_desc, record.satisfaction) == ("未评价", None)
    (agent,) = record.agents.call_detail_agent
    assert (agent.agent_id, agent.satisfaction, agent.feedback) == (mei.user_id, "未评价", "")
    steps = team.body("ListCallEventDetailByContactId", contact_id=contact).data
    assert steps.events.call_event_detail[-1].event == "SurveyOffered"
    assert team.refusal("LaunchAppraise", acid="9999999999") == ("NotExist.Contact", 404)


def test_records_are_filtered_and_paged(team, mei):
    customer = mobile()
    team.inbound(mei, customer)
    answer = team.soft_phone(mei, "Dial", Callee=customer, CallCenterNumber=team.number)
    team.soft_phone(mei, "Release", ReleaseReason="Busy")
    own = {"criteria": customer}
    ids = lambda page: [record.contact_id for record in page.list.call_detail_record]  # noqa: E731
    both = ids(team.records(**own))
    assert len(both) == 2 and both[1] == answer["ContactId"]
    assert ids(team.records(**own, order_by="DESC")) == both[::-1]
    assert ids(team.records(**own, contact_type="Outbound")) == both[1:]
    assert ids(team.records(**own, contact_disposition="Success,NoAnswer")) == both
    assert ids(team.records(**own, contact_disposition="NoAnswer", phone_number=team.number)) == both[1:]
    assert ids(team.records(**own, phone_number="02100000000")) == []
    first, second = team.records(**own, page_size=1), team.records(**own, page_size=1, page_number=2)
    assert (ids(first), first.total_count) == (both[:1], 2)
    assert (ids(second), second.total_count) == (both[1:], 0)
    assert ids(team.records(**own, page_number=2_147_483_647)) == []
    assert ids(team.records(criteria="nobody", contact_id=both[0], contact_type="Outbound")) == both[:1]
    assert ids(team.records(**own, with_recording=False)) == both


WEEK_MS = 7 * 86_400_000


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"page_number": None}, "MissingPageNumber"),
        ({"page_size": None}, "MissingPageSize"),
        ({"page_number": 0}, "Parameter.Minimum"),
        ({"page_size": 101}, "Parameter.Maximum"),
        ({"start_time": 2_000, "stop_time": 1_000}, "Parameter.Invalid"),
        ({"start_time": 1, "stop_time": 2 + WEEK_MS}, "Parameter.Invalid"),
        ({"contact_type": "Inbound,Fax"}, "Parameter.Enumeration"),
        ({"contact_disposition": "success"}, "Parameter.Enumeration"),
        ({"order_by": "newest"}, "Parameter.Enumeration"),
    ],
)
def test_unfit_lists_of_records_are_refused(team, fields, code):
    assert team.refusal("ListCallDetailRecords", **{"page_number": 1, "page_size": 10, **fields}) == (code, 400)


def test_limits_of_a_list_of_records(team):
    now = int(time.time() * 1000)
    page = team.records(start_time=now - WEEK_MS, stop_time=now, page_size=100)
    assert page.page_size == 100


def test_an_agent_sees_his_own_recent_calls(team, mei):
    customer = mobile()
    contact = team.inbound(mei, customer)
    page = team.body("ListRecentCallRecords", mei, page_number=1, page_size=10, criteria=customer).call_detail_records
    (record,) = page.list.call_detail_record
    (agent,) = record.agents.call_detail_agent
    assert (record.contact_id, agent.agent_id, agent.contact_id) == (contact, mei.user_id, contact)
    assert (agent.skill_group_name, agent.queue_time, agent.hold_time) == (GROUP, 0, 0)
    assert all(0 <= seconds < 60 for seconds in (agent.ring_time, agent.talk_time, agent.work_time))
    other = team.body("ListRecentCallRecords", team.agents[1], page_number=1, page_size=10).call_detail_records
    assert other.total_count == 0


def test_a_call_is_told_step_by_step(team, mei):
    customer = mobile()
    contact = team.inbound(mei, customer)
    data = team.body("ListCallEventDetailByContactId", contact_id=contact).data
    assert (data.call_type, data.caller, data.callee) == ("Inbound", customer, team.number)
    assert data.release_reason == "Normal" and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", data.start_time)
    events = [step.event for step in data.events.call_event_detail]
    assert events == ["Enqueue", "AgentRinging", "AssignAgent", "CallEstablished", "AgentTalk", "CallReleased", "AgentACW"]
    released = data.events.call_event_detail[5]
    assert (released.detail_data.hang_uper, released.detail_data.event_type) == ("Caller", "CallReleased")
    assert team.refusal("ListCallEventDetailByContactId", contact_id="1") == ("NotExist.Contact", 404)


def test_agent_events_have_the_words_and_numbers_of_the_wire(team, mei):
    start = int(time.time() * 1000)
    team.inbound(mei, mobile())
    events = team.body("ListAgentEvents", ram_id=[mei.user_id], start_time=start).agent_event_list.agent_event
    assert [event.event for event in events] == ["振铃", "通话", "结束", "处理", "等待"]
    assert [event.event_time for event in events] == sorted(event.event_time for event in events)
    assert events[0].ram_id == int(mei.user_id) and events[0].login_name == mei.name
    (group,) = events[0].skill_group_ids.skill_group
    assert (group.skill_group_id, group.skill_group_name) == (team.group, GROUP)
    some = team.body("ListAgentEvents", ram_id=[mei.user_id], start_time=start, event=["通话"])
    assert [event.event for event in some.agent_event_list.agent_event] == ["通话"]


def test_an_earlier_client_names_one_agent_and_one_event(team, mei):
    team.inbound(mei, mobile())
    parameters = {"RamId": mei.user_id, "Event": "振铃", "PageNumber": "1", "PageSize": "1"}
    raw = team.cairn.call(CCC, "ListAgentEvents", {"InstanceId": team.instance, **parameters})
    # A whole number of up to 19 digits, not a text and not a fraction.
    assert f'"RamId":{mei.user_id}'.encode() in raw.raw.replace(b": ", b":")
    assert {event["Event"] for event in raw.json["AgentEventList"]["AgentEvent"]} == {"振铃"}


def test_unfit_lists_of_agent_events_are_refused(team, mei):
    hour = 3_600_000
    for fields, expected in [
        ({"ram_id": None}, ("MissingRamId", 400)),
        ({"ram_id": ["mei"]}, ("Parameter.Format", 400)),
        ({"ram_id": ["1"]}, ("NotExist.User", 404)),
        ({"event": ["午休"]}, ("Parameter.Enumeration", 400)),
        ({"start_time": 1, "stop_time": 2 + hour}, ("Parameter.Invalid", 400)),
        ({"start_time": 2, "stop_time": 1}, ("Parameter.Invalid", 400)),
    ]:
        assert team.refusal("ListAgentEvents", **{"ram_id": [mei.user_id], **fields}) == expected
    team.body("ListAgentEvents", ram_id=[mei.user_id], start_time=1, stop_time=1 + hour)


def test_states_of_now(team, mei):
    states = team.body("ListAgentStates", agent_ids=mei.user_id).data
    (state,) = states.list.real_time_agent_state
    assert (state.agent_id, state.login_name, state.state) == (mei.user_id, mei.name, "Ready")
    assert re.fullmatch(r"\d+", state.state_duration) and re.fullmatch(r"\d{8}", state.dn)
    assert team.body("ListAgentStates", state="Talking").data.total_count == 0
    assert team.refusal("ListAgentStates", state="Sleeping") == ("Parameter.Enumeration", 400)

    groups = team.body("ListSkillGroupStates", skill_group_ids=team.group).data.list.real_time_skill_group_state
    assert (groups[0].skill_group_name, groups[0].logged_in_agents, groups[0].ready_agents) == (GROUP, 1, 1)
    counts = team.body("GetInstanceState").real_time_instance_state.agent_state_distributions.agent_state_count
    assert [(count.state, count.count) for count in counts] == [("Ready", 1)]
    (user,) = team.body("ListRealTimeAgent", mei).data.user
    assert (user.ram_id, user.state) == (mei.user_id, "Ready")
    assert user.skill_levels.skill_level[0].skill.skill_group_name == GROUP


def test_state_logs_are_a_bare_array(team, mei):
    start = int(time.time() * 1000)
    customer = mobile()
    contact = team.inbound(mei, customer)
    span = {"start_time": start, "end_time": int(time.time() * 1000) + 1, "page_number": 1}
    page = team.body("ListAgentStateLogs", ram_id=int(mei.user_id), page_size=10, **span).agent_state_log_page
    assert [(log.state, log.state_code) for log in page.list] == [
        ("Ringing", "6"),
        ("Talking", "9"),
        ("ACW", "5"),
        ("Ready", "3"),
    ]
    assert (page.list[0].contact_id, page.list[0].counter_party) == (contact, customer)
    assert (page.list[0].ram_id, page.total_count) == (int(mei.user_id), 4)
    span["end_time"] = start + 2 * 3_600_000 + 1
    refusal = team.refusal("ListAgentStateLogs", ram_id=int(mei.user_id), page_size=10, **span)
    assert refusal == ("Parameter.Invalid", 400)


def test_who_may(team, mei):
    for operation, fields in [
        ("ListCallDetailRecords", {"page_number": 1, "page_size": 1}),
        ("ListAgentEvents", {"ram_id": [mei.user_id]}),
        ("ListAgentStates", {}),
        ("ResetUserStatus", {"ram_id_list": [int(mei.user_id)]}),
    ]:
        assert team.refusal(operation, mei, **fields) == ("NoPermission.User", 403)
        assert team.refusal(operation, **{**fields, "instance_id": unique("none")}) == ("NotExist.Instance", 404)
    reply = team.cairn.call(
        CCC,
        "ChangeAgentState",
        {"InstanceId": team.instance, "Command": "Break", "RamId": mei.user_id},
        team.agents[1].credential,
    )
    assert (reply.status, reply.code) == (403, "NoPermission.User")


def test_a_command_that_does_not_fit_is_refused_and_audited(team, mei):
    parameters = {"InstanceId": team.instance, "Command": "Answer"}
    reply = team.cairn.call(CCC, "ChangeAgentState", parameters, mei.credential)
    assert (reply.status, reply.code) == (400, "InvalidOperation.UserState")
    assert team.cairn.event(reply.request_id)["errorCode"] == "InvalidOperation.UserState"


def test_a_leader_resets_a_stuck_agent(team):
    agent = team.agents[1]
    team.soft_phone(agent, "CheckIn")
    team.soft_phone(agent, "Dial", Callee=mobile(), CallCenterNumber=team.number)
    body = team.body("ResetUserStatus", team.leader, ram_id_list=[int(agent.user_id)])
    assert team.cairn.event(body.request_id)["referencedResources"]["ACS::CCC::User"] == [agent.user_id]
    assert team.body("ListAgentStates", agent_ids=agent.user_id).data.total_count == 0
    assert team.refusal("ResetUserStatus", team.leader, ram_id_list=[1]) == ("NotExist.User", 404)


def test_everything_is_there_after_a_restart(own_cairn):
    team = Team(own_cairn)
    agent = team.agents[0]
    team.soft_phone(agent, "CheckIn")
    team.soft_phone(agent, "Ready")
    contact = team.inbound(agent, mobile())
    team.soft_phone(agent, "Ring", Caller=mobile())
    own_cairn.stop()
    own_cairn.start()
    (record,) = team.records().list.call_detail_record
    assert record.contact_id == contact
    assert team.soft_phone(agent, "Answer")["State"] == "Talking"
