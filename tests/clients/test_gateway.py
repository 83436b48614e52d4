"""The gateway's own promises: answers in XML, request ids, hosts as received, both signatures for every operation."""

import http.client
import re
import xml.etree.ElementTree as ElementTree

import pytest
from alibabacloud_ccc20170705 import models as ccc_models
from alibabacloud_ccc20170705.client import Client as CccClient
from alibabacloud_sts20150401.client import Client as StsClient
from aliyunsdkcore.request import CommonRequest
from cairn_server import CCC, RAM, STS, TRAIL
from callers import CorePyPost, tea_config
from principals import make_instance, unique
from signing import canonical_query, v1_parameters, v1_request, v3_request, SignedRequest

REQUEST_ID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def check_header(reply):
    assert reply.headers["x-acs-request-id"] == reply.request_id
    assert REQUEST_ID.fullmatch(reply.request_id)


@pytest.mark.parametrize("fmt", ["JSON", "json", "Json"])
def test_json_answer(cairn, fmt):
    reply = cairn.call_v1(STS, "GetCallerIdentity", fmt=fmt)
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json;charset=utf-8"
    check_header(reply)


@pytest.mark.parametrize("fmt", ["XML", "xml"])
def test_xml_answer(cairn, fmt):
    instance = make_instance(cairn)
    cairn.ask(CCC, "CreateSkillGroup", {"InstanceId": instance, "Name": "<Billing> & 审计", "Description": "a'b\"c"})
    # A new instance has a group already: two elements in the list.
    reply = cairn.call_v1(CCC, "ListSkillGroups", {"InstanceId": instance}, fmt=fmt)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/xml;charset=utf-8"
    assert reply.raw.startswith(b'<?xml version="1.0" encoding="UTF-8"?>')
    root = ElementTree.fromstring(reply.raw)
    assert root.tag == "ListSkillGroupsResponse"
    assert root.findtext("RequestId") == reply.headers["x-acs-request-id"]
    assert root.findtext("Success") == "true"
    groups = root.findall("SkillGroups/SkillGroup")
    assert len(groups) == 2
    (group,) = [one for one in groups if one.findtext("SkillGroupName") != "Default"]
    assert group.findtext("SkillGroupName") == "<Billing> & 审计"
    assert group.findtext("SkillGroupDescription") == "a'b\"c"
    assert cairn.event(root.findtext("RequestId"))["eventName"] == "ListSkillGroups"


def test_xml_error(cairn):
    reply = cairn.call_v1(CCC, "GetInstance", {"InstanceId": "no-such-instance"}, fmt="XML")
    assert reply.headers["content-type"] == "text/xml;charset=utf-8"
    root = ElementTree.fromstring(reply.raw)
    assert (reply.status, root.tag, root.findtext("Code")) == (404, "Error", "NotExist.Instance")
    for name in ("RequestId", "HostId", "Message", "Recommend"):
        assert root.findtext(name), name


def test_xml_of_an_unwrapped_list(cairn):
    reply = cairn.call_v1(TRAIL, "LookupEvents", {"MaxResults": "2"}, fmt="XML")
    root = ElementTree.fromstring(reply.raw)
    assert (root.tag, len(root.findall("Events"))) == ("LookupEventsResponse", 2)


def test_format_that_is_none(cairn):
    reply = cairn.call_v1(STS, "GetCallerIdentity", fmt="YAML")
    assert (reply.status, reply.code) == (400, "InvalidParameter.Format")


def test_v3_answers_in_json_whatever_format_says(cairn):
    reply = cairn.call(STS, "GetCallerIdentity", {"Format": "XML"})
    assert reply.status == 200 and reply.json["IdentityType"] == "Account"


def test_error_envelope_has_the_request_id_in_the_header(cairn):
    reply = cairn.call(CCC, "GetInstance", {"InstanceId": "no-such-instance"})
    assert (reply.status, reply.code) == (404, "NotExist.Instance")
    assert (reply.json["Success"], reply.json["HttpStatusCode"]) == (False, 404)
    assert reply.json["HostId"] and reply.json["Recommend"].startswith("http")
    assert "x-acs-retry-after" not in reply.headers, "clients take any error with it for throttling"
    check_header(reply)


def test_ccc_success_has_the_envelope(cairn):
    body = cairn.ask(CCC, "GetInstance", {"InstanceId": make_instance(cairn)})
    assert (body["Code"], body["Success"], body["HttpStatusCode"]) == ("OK", True, 200)


def test_endpoint_with_a_scheme(cairn):
    """tea-py then sends, and with V3 signs, the literal header `Host: http://127.0.0.1:PORT`."""
    config = tea_config(cairn.endpoint, cairn.root)
    assert StsClient(config).get_caller_identity().body.account_id == cairn.account
    request = ccc_models.GetInstanceRequest(instance_id=make_instance(cairn))
    assert CccClient(config).get_instance(request).body.code == "OK"


def test_host_with_a_scheme_is_recorded_without_it(cairn):
    reply = cairn.call(STS, "GetCallerIdentity", host=cairn.endpoint)
    assert reply.status == 200, reply
    assert not cairn.event(reply.request_id)["eventSource"].startswith("http")


OPERATIONS = [
    (CCC, "ListInstancesOfUser", {}),
    (TRAIL, "LookupEvents", {"MaxResults": "1"}),
    (TRAIL, "DescribeRegions", {}),
    (RAM, "ListUsers", {}),
    (STS, "GetCallerIdentity", {}),
]


@pytest.mark.parametrize("version, action, parameters", OPERATIONS, ids=lambda value: value if isinstance(value, str) else "")
def test_both_signatures_and_all_placements(cairn, version, action, parameters):
    forms = {
        "v1 get": v1_request(action, version, parameters, cairn.root, method="GET", host=cairn.host),
        "v1 post form": v1_request(action, version, parameters, cairn.root, method="POST", host=cairn.host),
        "v1 post query": post_with_query(cairn, version, action, parameters),
        "v3 post query": v3_request(action, version, parameters, cairn.root, host=cairn.host),
        "v3 post form": v3_request(action, version, parameters, cairn.root, host=cairn.host, in_body=True),
        "v3 get": v3_request(action, version, parameters, cairn.root, host=cairn.host, method="GET"),
    }
    for name, request in forms.items():
        reply = cairn.send(request)
        assert reply.status == 200, f"{name}: {reply}"
        assert cairn.event(reply.request_id)["eventName"] == action


def post_with_query(cairn, version, action, parameters):
    signed = v1_parameters(action, version, parameters, cairn.root, method="POST")
    return SignedRequest("POST", "/?" + canonical_query(signed), {"Host": cairn.host})


def test_same_parameter_in_query_and_form(cairn):
    parameters = v1_parameters("GetCallerIdentity", STS, {"Twice": "a"}, cairn.root, method="POST")
    headers = {"Host": cairn.host, "Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    equal = SignedRequest("POST", "/?" + canonical_query(parameters), headers, b"Twice=a")
    assert cairn.send(equal).status == 200
    parameters = v1_parameters("GetCallerIdentity", STS, {"Twice": "a"}, cairn.root, method="POST")
    different = SignedRequest("POST", "/?" + canonical_query(parameters), headers, b"Twice=b")
    reply = cairn.send(different)
    assert (reply.status, reply.code) == (400, "InvalidParameter")


def test_chunked_form(cairn):
    request = v3_request("GetCallerIdentity", STS, {"Word": "审 计"}, cairn.root, host=cairn.host, in_body=True)
    connection = http.client.HTTPConnection(cairn.host, timeout=30)
    pieces = [request.body[:3], request.body[3:]]
    connection.request("POST", "/", body=iter(pieces), headers=request.headers, encode_chunked=True)
    reply = connection.getresponse()
    assert reply.status == 200, reply.read()
    connection.close()


def test_gaps_in_a_list_are_accepted_and_order_is_by_index(cairn):
    instance = make_instance(cairn)
    names = [unique("group") for _ in range(3)]
    for name in names:
        cairn.ask(CCC, "CreateSkillGroup", {"InstanceId": instance, "Name": name})
    parameters = {"InstanceId": instance, "SkillGroupName.10": names[0], "SkillGroupName.2": names[2]}
    groups = cairn.ask(CCC, "ListSkillGroups", parameters)["SkillGroups"]["SkillGroup"]
    assert {group["SkillGroupName"] for group in groups} == {names[0], names[2]}


def test_duplicate_skill_group(cairn):
    instance = make_instance(cairn)
    parameters = {"InstanceId": instance, "Name": "Billing"}
    made = cairn.ask(CCC, "CreateSkillGroup", parameters)
    again = cairn.call(CCC, "CreateSkillGroup", parameters)
    assert (again.status, again.code) == (409, "Exists.SkillGroupName")
    event = cairn.event(made["RequestId"])
    assert event["responseElements"]["SkillGroupId"] == made["SkillGroupId"]
    assert cairn.event(again.request_id)["errorCode"] == "Exists.SkillGroupName"


def test_region_parameter_and_empty_signature_type(cairn):
    """What core-py and the CLI add to every call."""
    request = CommonRequest(domain=cairn.host, version=STS, action_name="GetCallerIdentity")
    outcome = CorePyPost(cairn.host, cairn.root).outcome(request)
    assert outcome.code == "OK"
    parameters = cairn.event(outcome.request_id)["requestParameters"]
    assert not {"Signature", "SignatureNonce", "SignatureMethod", "AccessKeyId", "Timestamp"} & set(parameters)


def test_operations_pages(cairn):
    connection = http.client.HTTPConnection(cairn.host, timeout=30)
    connection.request("GET", "/healthz")
    health = connection.getresponse()
    assert health.status == 200
    health.read()
    connection.request("GET", "/metrics")
    metrics = connection.getresponse()
    text = metrics.read().decode()
    assert metrics.status == 200 and "cairn_" in text
    connection.close()
