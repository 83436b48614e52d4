"""StartBack2BackCall and DialEx by the official SDK: what is answered, what is refused, and what the audit keeps."""

import itertools
import re
import time

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC
from callers import tea_config
from conftest import run
from principals import Person, unique

NUMBER = itertools.count(10_000_000)
CENTER, ELSEWHERE, TOLL_FREE = "02112345678", "057126883072", "4001234567"


def mobile():
    """A mobile number that no other test calls."""
    return f"139{next(NUMBER)}"


class Center:
    """An instance with a number, and the SDK's client for it."""

    def __init__(self, cairn, number=None):
        self.cairn = cairn
        self.client = Client(tea_config(cairn.host, cairn.root))
        self.number = number or f"021{next(NUMBER) % 90_000_000 + 10_000_000}"
        domain = unique("calls")
        parameters = {"Name": domain, "DomainName": domain, "StorageMaxDays": "1", "StorageMaxSize": "1"}
        self.domain = domain
        self.bind = {**parameters, "PhoneNumbers.1": self.number}
        self.instance = cairn.ask(CCC, "CreateInstance", self.bind)["Instance"]["InstanceId"]

    def start(self, caller, callee, **more):
        request = models.StartBack2BackCallRequest(instance_id=self.instance, caller=caller, callee=callee, **more)
        return self.client.start_back_2back_call(request).body

    def rules(self, **changes):
        return self.cairn.ask(CCC, "SetDiallingRules", {"InstanceId": self.instance, **changes})["DiallingRules"]


@pytest.fixture(scope="module")
def center(cairn):
    center = Center(cairn)
    # Tests of other rules call as fast as they can.
    center.rules(CallsPerSecond="500")
    return center


def refusal(call):
    with pytest.raises(AlibabaCloudException) as caught:
        call()
    return caught.value


def check_refused(cairn, error, code, status):
    assert (error.code, error.status_code) == (code, status), error.message
    event = cairn.event(error.data["RequestId"])
    assert (event["eventName"], event["errorCode"]) == ("StartBack2BackCall", code)
    assert event["eventRW"] == "Write"
    return event


def test_a_double_call_is_accepted_and_answers_texts(center):
    before_ms = int(time.time() * 1_000)
    caller, callee = mobile(), mobile()
    answer = center.start(caller, callee, call_center_number=center.number)
    assert isinstance(answer, models.StartBack2BackCallResponseBody)
    assert (answer.code, answer.success, answer.http_status_code) == ("OK", True, 200)
    assert (answer.status_code, answer.status_desc) == ("200", "Okay")
    assert re.fullmatch(r"\d{13}", answer.time_stamp) and re.fullmatch(r"\d{18}", answer.task_id)
    assert before_ms <= int(answer.task_id[:13]) <= int(answer.time_stamp) <= time.time() * 1_000 + 1

    event = center.cairn.event(answer.request_id)
    assert (event["eventName"], event["eventRW"], event["eventType"]) == ("StartBack2BackCall", "Write", "ApiCall")
    assert (event["resourceType"].split(";")[0], event["resourceName"].split(";")[0]) == (
        "ACS::CCC::Instance",
        center.instance,
    )
    (contact,) = event["referencedResources"]["ACS::CCC::Contact"]
    assert re.fullmatch(r"[1-8]\d{9}", contact) and event["additionalEventData"]["ContactId"] == contact
    parameters = event["requestParameters"]
    assert (parameters["Caller"], parameters["Callee"]) == (caller, callee)
    assert parameters["CallCenterNumber"] == center.number


def test_where_personal_data_is_masked_no_number_is_left(tmp_path_factory):
    for cairn in run(tmp_path_factory.mktemp("masked"), '[masking]\npersonal_data = "mask"\n'):
        center = Center(cairn)
        caller, callee = mobile(), mobile()
        done = center.start(caller, callee, call_center_number=center.number).request_id
        refused = refusal(lambda: center.start(caller, "+12127365000")).data["RequestId"]
        for request_id in (done, refused):
            event = str(cairn.event(request_id))
            assert not any(number in event for number in (caller, callee, center.number, "2127365000")), event


def test_without_a_number_one_of_the_instance_is_chosen(center):
    assert center.start(mobile(), mobile()).task_id


def test_task_ids_are_fresh(center):
    tasks = [center.start(mobile(), mobile()).task_id for _ in range(10)]
    assert len(set(tasks)) == len(tasks)


@pytest.mark.parametrize(
    ("caller", "callee", "more", "code", "status"),
    [
        (None, "13912345678", {}, "MissingCaller", 400),
        ("13812345678", None, {}, "MissingCallee", 400),
        ("nobody", "13912345678", {}, "Parameter.Format", 400),
        ("13812345678", "26883072", {}, "Parameter.Format", 400),
        ("13812345678", "+86 138-1234-5678", {}, "Permission.Loop", 403),
        ("13812345678", "13912345678", {"call_center_number": ELSEWHERE}, "NotExist.PhoneNumber", 404),
        ("13812345678", "13912345678", {"workflow_id": "flow-1"}, "Parameter.Invalid", 400),
        ("13812345678", "+12127365000", {}, "Permission.Destination", 403),
        ("13812345678", "110", {}, "Permission.Destination", 403),
        ("13812345678", "10086", {}, "Permission.Destination", 403),
        ("13812345678", "16812345", {}, "Permission.Destination", 403),
        ("10086", "13912345678", {}, "Permission.Destination", 403),
    ],
)
def test_unlawful_calls_are_refused_and_audited(center, caller, callee, more, code, status):
    event = check_refused(center.cairn, refusal(lambda: center.start(caller, callee, **more)), code, status)
    # Refusals are kept unmasked, so they repeat no telephone number.
    for number in ("13812345678", "13912345678", "12127365000"):
        assert number not in event["errorMessage"]


def test_a_call_to_the_instance_itself_would_come_back(center):
    error = refusal(lambda: center.start(mobile(), center.number))
    check_refused(center.cairn, error, "Permission.Loop", 403)


def test_unknown_instances_and_strangers_are_refused(center, cairn):
    other = models.StartBack2BackCallRequest(instance_id="unknown", caller=mobile(), callee=mobile())
    check_refused(cairn, refusal(lambda: center.client.start_back_2back_call(other)), "NotExist.Instance", 404)
    person = Person(cairn, system_policies=("AliyunCCCFullAccess",))
    client = Client(tea_config(cairn.host, person.credential))
    request = models.StartBack2BackCallRequest(instance_id=center.instance, caller=mobile(), callee=mobile())
    check_refused(cairn, refusal(lambda: client.start_back_2back_call(request)), "NoPermission.User", 403)


def test_a_400_number_makes_no_calls(cairn):
    center = Center(cairn, f"400{next(NUMBER) % 9_000_000 + 1_000_000}")
    for more in ({}, {"call_center_number": center.number}):
        error = refusal(lambda: center.start(mobile(), mobile(), **more))
        check_refused(cairn, error, "NotExist.PhoneNumber", 404)


def test_one_callee_is_not_called_twice_in_a_moment(center):
    callee = mobile()
    center.start(mobile(), callee)
    error = refusal(lambda: center.start(mobile(), "+86" + callee))
    check_refused(center.cairn, error, "Permission.CoolDown", 403)


def test_calls_per_second_are_limited(cairn):
    center = Center(cairn)
    center.rules(CallsPerSecond="1")
    outcomes = []
    for _ in range(20):
        try:
            outcomes.append(center.start(mobile(), mobile()).code)
        except AlibabaCloudException as error:
            outcomes.append(error.code)
            check_refused(cairn, error, "Throttling.User", 429)
    assert "OK" in outcomes and "Throttling.User" in outcomes, outcomes
    time.sleep(1.1)
    center.start(mobile(), mobile())


def test_an_instance_without_capacity_calls_nobody(cairn):
    center = Center(cairn)
    center.rules(ConcurrentCalls="0")
    check_refused(cairn, refusal(lambda: center.start(mobile(), mobile())), "ServiceUnavailable", 503)


def test_quiet_hours_are_kept(cairn):
    center = Center(cairn)
    minute = int(time.time() + 8 * 3_600) // 60 % 1_440
    clock = [f"{(minute + shift) % 1_440 // 60:02}:{(minute + shift) % 60:02}" for shift in (-5, 5, 10)]
    center.rules(QuietHours=f"{clock[0]}-{clock[1]}")
    check_refused(cairn, refusal(lambda: center.start(mobile(), mobile())), "Permission.QuietHours", 403)
    center.rules(QuietHours=f"{clock[1]}-{clock[2]}")
    center.start(mobile(), mobile())


def test_rules_are_console_operations_in_the_audit(center):
    answer = center.cairn.ask(CCC, "GetDiallingRules", {"InstanceId": center.instance})
    event = center.cairn.event(answer["RequestId"])
    assert (event["eventName"], event["eventType"], event["eventRW"]) == (
        "GetDiallingRules",
        "ConsoleOperation",
        "Read",
    )
    for change, code in (
        ({"CallsPerSecond": "0"}, "Parameter.Minimum"),
        ({"CallsPerSecond": "501"}, "Parameter.Maximum"),
        ({"PairCoolDown": "604801"}, "Parameter.Maximum"),
        ({"AllowShort": "yes"}, "Parameter.Format"),
        ({"QuietHours": "always"}, "Parameter.Format"),
        ({"AllowedPrefixes": "+86"}, "Parameter.Format"),
    ):
        reply = center.cairn.call(CCC, "SetDiallingRules", {"InstanceId": center.instance, **change})
        assert (reply.status, reply.code) == (400, code), change
    assert center.cairn.ask(CCC, "GetDiallingRules", {"InstanceId": center.instance})["DiallingRules"] == answer[
        "DiallingRules"
    ]


def test_dial_ex_reaches_a_queue_or_says_why_not(center):
    groups = center.cairn.ask(CCC, "ListSkillGroups", {"InstanceId": center.instance})["SkillGroups"]["SkillGroup"]

    def dial(mode, route):
        request = models.DialExRequest(
            instance_id=center.instance,
            answer_mode=mode,
            caller=center.number,
            callee=mobile(),
            rout_point=route,
        )
        return center.client.dial_ex(request).body

    answer = dial(2, groups[0]["AccQueueName"])
    assert isinstance(answer, models.DialExResponseBody)
    assert (answer.status_code, answer.status_desc, len(answer.task_id)) == ("200", "Okay", 18)
    assert center.cairn.event(answer.request_id)["eventName"] == "DialEx"
    for mode, route, code in (
        (2, "unknown@" + center.domain, "NotExist.SkillGroup"),
        (1, "12345@" + center.domain, "NotExist.User"),
        (3, "flow-1", "Parameter.Maximum"),
    ):
        error = refusal(lambda mode=mode, route=route: dial(mode, route))
        assert error.code == code


def test_a_demo_day_is_marked_and_never_beside_real_calls(cairn, center):
    refused = cairn.call(CCC, "GenerateDemoDay", {"InstanceId": center.instance, "Date": "2026-03-02"})
    assert (refused.status, refused.code) == (403, "Permission.RealInstance")

    demo = Center(cairn)
    parameters = {"InstanceId": demo.instance, "Date": "2026-03-02", "Seed": "7"}
    empty = cairn.call(CCC, "GenerateDemoDay", parameters)
    assert (empty.status, empty.code) == (400, "Parameter.Invalid")
    instance = cairn.ask(CCC, "GetInstance", {"InstanceId": demo.instance})["Instance"]
    user = instance["Admin"]["User"][0]["UserId"]
    member = {"UserId.1": user, "SkillLevel.1": "5"}
    cairn.ask(CCC, "CreateSkillGroup", {"InstanceId": demo.instance, "Name": "Billing", **member})
    generated = cairn.ask(CCC, "GenerateDemoDay", parameters)
    assert generated["DemoDay"]["Contacts"] > 20
    event = cairn.event(generated["RequestId"])
    assert (event["eventType"], event["additionalEventData"]["DemoData"]) == ("ConsoleOperation", True)
    described = cairn.ask(CCC, "GetInstance", {"InstanceId": demo.instance})["Instance"]["InstanceDescription"]
    assert described.startswith("[demo data]")
    again = cairn.call(CCC, "GenerateDemoDay", parameters)
    assert (again.status, again.code) == (409, "Exists.DemoDay")
    check_refused(cairn, refusal(lambda: demo.start(mobile(), mobile())), "Permission.DemoInstance", 403)
