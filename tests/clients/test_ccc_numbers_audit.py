"""Who may call the operations on numbers, contact flows and prompts, and the event that each leaves."""

import pytest
from ccc_floor import Floor, fresh, prompt
from principals import Person

INSTANCE, NUMBER, FLOW, MEDIA = (f"ACS::CCC::{kind}" for kind in ("Instance", "PhoneNumber", "ContactFlow", "Media"))
# Operation, class, types of the finer resources that its event names.
EVENTS = {
    "GetNumberRegionInfo": ("Read", []),
    "PickGlobalOutboundNumbers": ("Read", []),
    "PickOutboundNumbers": ("Read", []),
    "PickLocalNumber": ("Read", []),
    "CheckNumberAvaliable": ("Read", []),
    "AddBulkPhoneNumbers": ("Write", [NUMBER]),
    "AddPhoneNumber": ("Write", [NUMBER]),
    "ModifyPhoneNumber": ("Write", [NUMBER]),
    "RemovePhoneNumber": ("Write", [NUMBER]),
    "ListPhoneNumbers": ("Read", []),
    "ListOutboundPhoneNumberOfUser": ("Read", []),
    "AddPhoneTags": ("Write", [NUMBER]),
    "ModifyPhoneTags": ("Write", []),
    "DeletePhoneTags": ("Write", [NUMBER]),
    "ListPhoneTags": ("Read", []),
    "CreateContactFlow": ("Write", [FLOW]),
    "CommitContactFlowVersionModification": ("Write", [FLOW]),
    "PublishContactFlowVersion": ("Write", [FLOW]),
    "ListContactFlows": ("Read", []),
    "GetRoutePoint": ("Read", []),
    "GetServiceExtensions": ("Read", []),
    "CreateVoiceAppraise": ("Write", [FLOW]),
    "ListVoiceAppraise": ("Read", []),
    "CreateMedia": ("Write", [MEDIA]),
    "DeleteMedia": ("Write", [MEDIA]),
    "ListMedias": ("Read", []),
}
CONSOLE = {
    "BuyPhoneNumbers": ("Write", [NUMBER]),
    "ReleasePhoneNumbers": ("Write", [NUMBER]),
    "ListOwnedPhoneNumbers": ("Read", []),
    "SetPhoneNumberArrears": ("Write", [NUMBER]),
}


@pytest.fixture(scope="module")
def floor(cairn):
    return Floor(cairn)


@pytest.fixture
def own_floor(cairn):
    """A call centre whose numbers nobody else touches."""
    return Floor(cairn)


@pytest.mark.parametrize("operation", EVENTS)
def test_strangers_are_refused(floor, operation):
    stranger = Person(floor.cairn, system_policies=["AliyunCCCFullAccess"])
    theirs = Floor(floor.cairn, stranger.credential, floor.instance)
    assert theirs.refusal(operation, **VALID.get(operation, {})) == ("NoPermission.User", 403)
    assert floor.refusal(operation, **{**VALID.get(operation, {}), "instance_id": "unknown"}) == ("NotExist.Instance", 404)
    powerless = Floor(floor.cairn, Person(floor.cairn).credential, floor.instance)
    code, status = powerless.refusal(operation, **VALID.get(operation, {}))
    assert (code, status) == ("NoPermission", 403)


VERSION = {"contact_flow_version_id": "x", "content": "x"}
VALID = {
    "GetNumberRegionInfo": {"number": "110"},
    "PickGlobalOutboundNumbers": {"callee_number": "110", "skill_group_id": ["x"]},
    "PickOutboundNumbers": {"callee_number": "110", "candidate_number": ["110"], "count": 1},
    "PickLocalNumber": {"callee_number": "110", "candidate_number": ["110"]},
    "CheckNumberAvaliable": {"callee": "110"},
    "AddBulkPhoneNumbers": {"phone_number": ["110"], "usage": "Inbound"},
    "AddPhoneNumber": {"phone_number": "110", "usage": "Inbound"},
    "ModifyPhoneNumber": {"phone_number_id": "x", "usage": "Inbound"},
    "RemovePhoneNumber": {"phone_number_id": "x"},
    "ListPhoneNumbers": {"outbound_only": False},
    "ListOutboundPhoneNumberOfUser": {"user_id": "x"},
    "AddPhoneTags": {"phone_number_list": ["110"], "service_tag": "x"},
    "ModifyPhoneTags": {"service_tag": "x"},
    "DeletePhoneTags": {"phone_number_list": ["110"]},
    "ListPhoneTags": {"current_page": 1, "page_size": 1, "outbound_only": False},
    "CreateContactFlow": {"name": "x", "type": "Mainflow", "canvas": "x", "content": "x"},
    "CommitContactFlowVersionModification": {**VERSION, "canvas": "x"},
    "PublishContactFlowVersion": {"contact_flow_version_id": "x"},
    "GetRoutePoint": {"contact_flow_id": "x"},
    "GetServiceExtensions": {"service_type": "SatisfactionSurvey"},
    "CreateVoiceAppraise": VERSION,
    "CreateMedia": prompt(),
    "DeleteMedia": {"name": "x"},
    "ListMedias": {"page_number": 1, "page_size": 1},
}


def test_every_operation_has_its_event(own_floor):
    """One success of every operation; its event is compared with the table."""
    cairn, number, group = own_floor.cairn, fresh(), own_floor.group()
    done = {}

    def call(operation, **fields):
        body = own_floor.body(operation, **{**VALID.get(operation, {}), **fields})
        done[operation] = body.request_id
        return body

    def console(operation, **fields):
        done[operation] = own_floor.console(operation, **fields)["RequestId"]

    console("BuyPhoneNumbers", **{"PhoneNumber.1": number})
    console("SetPhoneNumberArrears", PhoneNumber=number, InArrears="false")
    console("ListOwnedPhoneNumbers")
    number_id = call("AddPhoneNumber", phone_number=number).phone_number.phone_number_id
    call("ModifyPhoneNumber", phone_number_id=number_id)
    call("AddPhoneTags", phone_number_list=[number])
    call("ModifyPhoneTags")
    call("ListPhoneTags")
    call("DeletePhoneTags", phone_number_list=[number])
    call("RemovePhoneNumber", phone_number_id=number_id)
    call("AddBulkPhoneNumbers", phone_number=[number])
    bound = call("ListPhoneNumbers").phone_numbers.phone_number[0].phone_number_id
    call("PickGlobalOutboundNumbers", skill_group_id=[group])
    for operation in ["GetNumberRegionInfo", "PickOutboundNumbers", "PickLocalNumber", "CheckNumberAvaliable"]:
        call(operation)
    [admin] = own_floor.body("GetInstance").instance.admin.user
    call("ListOutboundPhoneNumberOfUser", user_id=admin.user_id)
    flow = call("CreateContactFlow").contact_flow
    version = {"contact_flow_version_id": flow.versions.contact_flow_version[0].contact_flow_version_id}
    call("CommitContactFlowVersionModification", **version)
    call("PublishContactFlowVersion", **version)
    call("ListContactFlows")
    call("GetRoutePoint", contact_flow_id=flow.contact_flow_id)
    call("GetServiceExtensions")
    survey = call("ListVoiceAppraise").contact_flow.versions.contact_flow_version[0]
    call("CreateVoiceAppraise", contact_flow_version_id=survey.contact_flow_version_id)
    call("CreateMedia", name="x")
    call("ListMedias")
    call("DeleteMedia", name="x")
    own_floor.body("RemovePhoneNumber", phone_number_id=bound)
    console("ReleasePhoneNumbers", **{"PhoneNumber.1": number})

    assert set(done) == set(EVENTS) | set(CONSOLE)
    for operation, request_id in done.items():
        event = cairn.event(request_id)
        rw, finer = {**EVENTS, **CONSOLE}[operation]
        on_instance = [INSTANCE] if operation in EVENTS else []
        expected = (operation, rw, "ApiCall" if operation in EVENTS else "ConsoleOperation")
        assert (event["eventName"], event["eventRW"], event["eventType"]) == expected
        assert event.get("resourceType", "") == ";".join(on_instance + finer), operation
        if on_instance:
            assert event["resourceName"].split(";")[0] == own_floor.instance
            assert event["referencedResources"][INSTANCE] == [own_floor.instance]
        assert "errorCode" not in event
