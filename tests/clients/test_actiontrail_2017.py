"""The API of 2017-12-04 as old scripts call it: `CommonRequest` of `aliyun-python-sdk-core`, all nine operations, and the eight
filters of LookupEvents."""

import json
import re

import pytest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from principals import Person, unique
from trail_deliveries import Place, wait_for

VERSION = "2017-12-04"


class Script:
    """Calls as a script of that time."""

    def __init__(self, cairn):
        self.address = cairn.address
        keys = AccessKeyCredential(cairn.root.key_id, cairn.root.secret)
        self.client = AcsClient(region_id="cn-shanghai", credential=keys, auto_retry=False, timeout=60)

    def __call__(self, operation, **parameters):
        request = CommonRequest(domain=self.address, version=VERSION, action_name=operation)
        request.set_protocol_type("http")
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_query_param(name, value)
        return json.loads(self.client.do_action_with_exception(request))

    def refused(self, code, operation, **parameters):
        with pytest.raises(ServerException) as caught:
            self(operation, **parameters)
        assert caught.value.error_code == code, caught.value


def test_a_trail_lives_as_it_did(own_cairn):
    script, place = Script(own_cairn), Place(own_cairn)
    regions = script("DescribeRegions")["Regions"]["Region"]
    assert "cn-shanghai" in {region["RegionId"] for region in regions}
    name, role = "older-trail", "AliyunActionTrailDefaultRole"
    script.refused("MissingParameter", "CreateTrail", Name=name, OssBucketName=place.bucket)
    script.refused("InvalidBucketNameException", "CreateTrail", Name=name, RoleName=role, OssBucketName="No_Bucket")
    script.refused(
        "InvalidQueryParameter", "CreateTrail", Name=name, RoleName=role, OssBucketName=place.bucket, MnsTopicArn="acs:mns"
    )
    created = script("CreateTrail", Name=name, RoleName=role, OssBucketName=place.bucket, OssKeyPrefix="older-files")
    assert (created["Name"], created["RoleName"], created["OssBucketName"]) == (name, role, place.bucket)
    script("StartLogging", Name=name)
    [trail] = script("DescribeTrails", NameList=name)["TrailList"]
    assert trail["Status"] == "Enable" and re.fullmatch(r"\d{13}", trail["CreateTime"])
    status = script("GetTrailStatus", Name=name)
    assert status["IsLogging"] is True and re.fullmatch(r"\d{13}", status["StartLoggingTime"])
    updated = script("UpdateTrail", Name=name, RoleName=role, OssKeyPrefix="other-files")
    assert updated["OssKeyPrefix"] == "other-files"
    script("StopLogging", Name=name)
    assert script("GetTrailStatus", Name=name)["IsLogging"] is False
    script("DeleteTrail", Name=name)
    assert script("DescribeTrails", NameList=name)["TrailList"] == []
    script.refused("TrailNotFoundException", "GetTrailStatus", Name=name)


def test_each_filter_finds_and_leaves_out(own_cairn):
    script, place, other = Script(own_cairn), Place(own_cairn), Person(own_cairn)
    # Two writes that differ in everything but the user.
    trail = script("CreateTrail", Name="filtered", RoleName="AliyunActionTrailDefaultRole", OssBucketName=place.bucket)
    read = script("DescribeRegions")
    written = trail["RequestId"]

    def ids(**filters):
        found = script("LookupEvents", MaxResults=50, **filters)
        return [event["eventId"] for event in found["Events"]]

    assert wait_for(lambda: written in ids())
    assert read["RequestId"] not in ids(), "without EventRW only writes"
    assert read["RequestId"] in ids(EventRW="All") and read["RequestId"] in ids(EventRW="Read")
    assert written not in ids(EventRW="Read")
    [event] = script("LookupEvents", Event=written)["Events"]
    filters = {
        "Event": written,
        "Request": written,
        "EventType": event["eventType"],
        "ServiceName": "Actiontrail",
        "EventName": "CreateTrail",
        "User": event["userIdentity"]["userName"],
        "ResourceType": "ACS::ActionTrail::Trail",
        "ResourceName": "filtered",
    }
    for name, value in filters.items():
        assert written in ids(**{name: value}), name
        assert written not in ids(**{name: unique("nobody")}), name
    assert written in ids(**filters), "all of them at once"
    assert written not in ids(**{**filters, "ServiceName": "Ram"})
    assert written not in ids(User=other.name)
