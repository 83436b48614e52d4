"""A call centre driven by the official client, for the tests of its operations."""

import re

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC
from callers import tea_config
from principals import Person, Session, make_instance, make_role, unique

WITHOUT_STATUS = {"GetNumberRegionInfo", "PickLocalNumber"}
_next_number = iter(range(1, 100_000))


def fresh(area="0571"):
    """A fixed line that no other test has."""
    return f"{area}2{next(_next_number):07}"


def snake(name):
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


class Floor:
    """A call centre, its official client, and what the calls left behind."""

    def __init__(self, cairn, credential=None, instance=None):
        self.cairn = cairn
        self.instance = instance or make_instance(cairn)
        self.client = Client(tea_config(cairn.host, credential or cairn.root))

    def body(self, operation, **fields):
        """The answer's model of a call that must succeed."""
        request = getattr(models, f"{operation}Request")(**{"instance_id": self.instance, **fields})
        body = getattr(self.client, snake(operation))(request).body
        assert (body.success, body.code) == (True, "OK")
        if operation not in WITHOUT_STATUS:
            assert body.http_status_code == 200
        return body

    def refusal(self, operation, **fields):
        """Code and status of a call that must fail, and its event says so."""
        request = getattr(models, f"{operation}Request")(**{"instance_id": self.instance, **fields})
        with pytest.raises(AlibabaCloudException) as caught:
            getattr(self.client, snake(operation))(request)
        error = caught.value
        assert self.cairn.event(error.data["RequestId"])["errorCode"] == error.code
        return error.code, error.status_code

    def console(self, operation, **parameters):
        """A console operation; the official client has none of them."""
        return self.cairn.ask(CCC, operation, parameters)

    def buy(self, *numbers):
        answer = self.console("BuyPhoneNumbers", **{f"PhoneNumber.{n}": text for n, text in enumerate(numbers, 1)})
        assert answer["FailedPhoneNumbers"]["FailedPhoneNumber"] == []

    def bound(self, *numbers, usage="Bidirection", **fields):
        """Numbers bought and bound; their ids."""
        self.buy(*numbers)
        body = self.body("AddBulkPhoneNumbers", phone_number=list(numbers), usage=usage, **fields)
        return [number.phone_number_id for number in body.phone_numbers.phone_number]

    def group(self, **fields):
        return self.body("CreateSkillGroup", name=unique("g"), **fields).skill_group_id

    def flow(self):
        return self.body(
            "CreateContactFlow", name=unique("flow"), type="Mainflow", canvas="<c/>", content='{"Start":"x"}'
        ).contact_flow

    def flows(self):
        return {flow.contact_flow_name: flow for flow in self.body("ListContactFlows").contact_flows.contact_flow}


def admin_session(floor):
    """The same call centre, used by a session of a role."""
    person = Person(floor.cairn, system_policies=["AliyunSTSAssumeRoleAccess"])
    role = make_role(floor.cairn, ["AliyunCCCFullAccess"])
    return Floor(floor.cairn, Session(floor.cairn, person, role).credential, floor.instance)


def prompt(**fields):
    base = {"type": "Audio", "file_name": "a.wav", "oss_file_name": "1.wav", "oss_file_path": "media/1.wav"}
    return {"name": unique("prompt"), **base, "upload_result": "Success", **fields}
