"""A call centre in which each of the audited operations has something to find: people of the three roles and a
stranger, a group, numbers, a flow, a message config, a handled call and a recorded one."""

import time
import wave
from datetime import datetime, timedelta, timezone

from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC
from callers import call_rpc, tea_config
from ccc_desk import send
from ccc_floor import Floor, fresh
from principals import Person, make_instance, unique

UTC_PLUS_8 = timezone(timedelta(hours=8))
MESSAGE_TEXT = "您好，${name}，稍后回电"
# Parameters that are newer than the client's request classes, by the name of the field that each would have.
NEWER = {"ListSkillGroups": {"skill_group_id": "SkillGroupId", "skill_group_name": "SkillGroupName"}}
_customers = iter(range(10_000_000, 100_000_000))


def mobile():
    """A number that no other call has."""
    return f"136{next(_customers)}"


def midnight(days_ago=0):
    return (datetime.now(UTC_PLUS_8) - timedelta(days=days_ago)).strftime("%Y-%m-%d 00:00:00")


class Prepared:
    """What a call needs is an attribute; `call` and `refusal` make it with the official client."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.people = {role: self.person() for role in ("Admin", "Manager", "Agent")}
        self.admin, self.manager, self.agent = self.people.values()
        # The stranger leads a call centre too, but another one.
        self.stranger = self.person()
        make_instance(cairn, **{"AdminRamId.1": self.stranger.user_id})
        self.instance = make_instance(cairn, **{"AdminRamId.1": self.admin.user_id})
        self.floor = Floor(cairn, instance=self.instance)
        self.import_people()
        self.number, self.spare = fresh("021"), fresh("0571")
        self.flow = self.floor.flow()
        member = {"user_id": [self.users[self.agent.user_id]], "skill_level": [5]}
        self.group_name = unique("g")
        self.number_id, self.spare_id = self.floor.bound(
            self.number, self.spare, contact_flow_id=self.flow.contact_flow_id
        )
        self.group = self.floor.body(
            "CreateSkillGroup", name=self.group_name, outbound_phone_number_id=[self.number_id], **member
        ).skill_group_id
        self.other_group = self.floor.group()
        # The tests call as fast as they can.
        self.console("SetDiallingRules", CallsPerSecond="500")
        self.sms_config, self.plain_sms_config = self.message_config(MESSAGE_TEXT), self.message_config("稍后回电")
        self.started_ms, self.customer = int(time.time() * 1_000), mobile()
        self.contact = self.handled_call(self.customer)
        self.recording, self.recorded_contact = self.recorded_call()

    def person(self):
        return Person(self.cairn, system_policies=["AliyunCCCFullAccess"])

    def import_people(self):
        roles = {role.role_name: role.role_id for role in self.floor.body("ListRoles").roles.role}
        for name in ("Manager", "Agent"):
            self.floor.body("AssignUsers", user_ram_id=[self.people[name].user_id], role_id=[roles[name]])
        listed = self.floor.body("ListUsers", page_number=1, page_size=100).users.list.user
        # UserId by RAM id.
        self.users = {user.ram_id: user.user_id for user in listed}

    def console(self, operation, person=None, **parameters):
        credential = (person or self.admin).credential
        return self.cairn.ask(CCC, operation, {"InstanceId": self.instance, **parameters}, credential)

    def newest_user(self):
        return self.floor.body("ListUsers", page_number=1, page_size=1000).users.list.user[-1]

    def message_config(self, text):
        texts = {"Name": unique("sms"), "SignName": "云谷", "TemplateCode": "SMS_1", "Description": text}
        return self.console("CreateSmsConfig", **texts, Scenario="3")["SmsConfig"]["Id"]

    def handled_call(self, customer):
        """A call that the agent answered; its contact."""
        self.console("ChangeAgentState", self.agent, Command="CheckIn")
        self.console("ChangeAgentState", self.agent, Command="Ready")
        ringing = {"Command": "Ring", "Caller": customer, "CallCenterNumber": self.number}
        contact = self.console("ChangeAgentState", self.agent, **ringing)["ContactId"]
        self.console("ChangeAgentState", self.agent, Command="Answer")
        self.console("ChangeAgentState", self.agent, Command="Release", ReleaseReason="CustomerHangUp")
        self.console("ChangeAgentState", self.agent, Command="EndWrapUp")
        return contact

    def recorded_call(self):
        """A recording of an earlier system; its file name and its contact."""
        source = f"{unique('old')}.wav"
        with wave.open(str(self.cairn.data / "import" / source), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(bytes(2 * 16_000))
        imported = self.console(
            "ImportRecording",
            SourceFile=source,
            StartTime=str(int(time.time() * 1_000) - 60_000),
            ContactType="Inbound",
            CallingNumber=mobile(),
            CalledNumber=self.number,
        )
        return imported["FileName"], imported["ContactId"]

    # The calls.

    def call(self, operation, person, fields):
        """The request that was sent, by the names of the wire, and the model of the answer."""
        fields = {"instance_id": self.instance, **fields}
        client = Client(tea_config(self.cairn.host, person.credential))
        newer = {wire: fields.pop(name) for name, wire in NEWER.get(operation, {}).items() if name in fields}
        request = {**getattr(models, f"{operation}Request")(**fields).to_map(), **newer}
        return request, send_newer(client, operation, request) if newer else send(client, operation, fields)

    def refusal(self, operation, person, fields):
        """The error of a call that must fail."""
        try:
            self.call(operation, person, fields)
        except AlibabaCloudException as error:
            return error
        raise AssertionError(f"{operation} succeeded with {fields}")


def send_newer(client, operation, request):
    """The client's generic call, its answer read by the model all the same."""
    query = {}
    for name, value in request.items():
        listed = isinstance(value, list)
        query |= {f"{name}.{place}": text for place, text in enumerate(value, 1)} if listed else {name: value}
    answer = call_rpc(client, CCC, operation, query)
    return getattr(models, f"{operation}ResponseBody")().from_map(answer["body"])
