"""Every operation of the ActionTrail API in one life of a trail, by each official SDK that has it."""

import pytest
from actiontrail_sdks import SDKS, Current
from alibabacloud_actiontrail20200706.client import Client
from conftest import run
from principals import unique
from trail_deliveries import Place


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    yield from run(tmp_path_factory.mktemp("operations"))


@pytest.fixture(scope="module")
def place(cairn):
    return Place(cairn)


class Caller:
    """Calls what the SDK has; for what it has not, the current SDK stands in. Remembers what was called."""

    def __init__(self, sdk, cairn):
        self.sdk, self.stand_in, self.called = sdk(cairn), Current(cairn), {}

    def __call__(self, operation, **parameters):
        by = self.sdk if self.sdk.has(operation) else self.stand_in
        self.called[operation] = by.name
        return by(operation, **parameters)


def trail(call, place, name):
    call("CreateTrail", Name=name, OssBucketName=place.bucket, OssKeyPrefix=name, SlsProjectArn=place.project_arn)
    assert [found["Name"] for found in call("DescribeTrails", NameList=name)["TrailList"]] == [name]
    assert call("UpdateTrail", Name=name, EventRW="All")["EventRW"] == "All"
    call("StartLogging", Name=name)
    assert call("GetTrailStatus", Name=name)["IsLogging"] is True
    job = call("CreateDeliveryHistoryJob", TrailName=name, ClientToken=name)["JobId"]
    assert call("GetDeliveryHistoryJob", JobId=job)["TrailName"] == name
    assert job in [found["JobId"] for found in call("ListDeliveryHistoryJobs", PageSize=100)["DeliveryHistoryJobs"]]
    call("DeleteDeliveryHistoryJob", JobId=job)


def selectors(call, name):
    call("EnableInsight", InsightType="AkInsight")
    assert call("GetInsightTypes")["InsightTypes"]["AkInsight"]["enabled"] is True
    call("DisableInsight", InsightType="AkInsight")
    call("PutInsightSelectors", TrailName=name, InsightSelectors='["AkInsight"]')
    assert call("GetInsightSelectors", TrailName=name)["InsightSelectors"] == ["AkInsight"]
    assert call("GetInsightsEventsCount")["Data"] == []
    assert call("LookupInsightEvents", MaxResults="5")["Events"] == []
    wanted = '[{"ServiceName":"Oss","ReadWriteType":"Write"}]'
    call("PutDataEventSelector", TrailName=name, EventSelectors=wanted)
    assert "Oss" in call("GetDataEventSelector", TrailName=name)["DataEventSelectors"]
    infos = call("ListDataEventSelectors", MaxResults="10")["Data"]["DataEventSelectorInfos"]
    assert name in [info["TrailName"] for info in infos]
    assert call("ListDataEventServices", MaxResults="10")["Data"]["ServiceInfos"]
    call("DeleteDataEventSelector", TrailName=name)


def queries(call, name):
    assert call("LookupEvents", MaxResults="5")["Events"]
    query = call("CreateAdvancedQueryHistory", QuerySql=name, SimpleQuery=True)["QueryId"]
    history = call("DescribeAdvancedQueryHistory")["QueryHistoryList"]
    assert name in [kept["QuerySql"] for kept in history if kept["QueryId"] == query]
    call("DeleteAdvancedQueryHistory", QueryId=query)
    template = call("CreateAdvancedQueryTemplate", TemplateName=name, TemplateSql="*", SimpleQuery=True)["TemplateId"]
    call("UpdateAdvancedQueryTemplate", TemplateId=template, TemplateName=name, TemplateSql="a", SimpleQuery=False)
    assert call("GetAdvancedQueryTemplate", TemplateId=template)["TemplateSql"] == "a"
    page = call("DescribeAdvancedQueryTemplate", TemplateName=name)["TemplatePage"]
    assert [kept["TemplateId"] for kept in page["TemplateList"]] == [template]
    call("DeleteAdvancedQueryTemplate", TemplateId=template)
    scene = call("DescribeScenes")["SceneList"][0]["SceneId"]
    assert call("DescribeSearchTemplates", SceneId=scene)["TemplateList"]


def figures(call, cairn):
    assert "Actiontrail" in call("DescribeResourceLifeCycleEvents")["Data"]
    assert sum(call("DescribeUserLogCount")["Data"]["Counts"]) > 0
    assert sum(call("DescribeUserAlertCount")["Data"]["Counts"]) == 0
    assert call("GetGovernanceMetrics")["Data"]["AccountId"] == cairn.account
    region = call("GetGlobalEventsStorageRegion")["StorageRegion"]
    call("UpdateGlobalEventsStorageRegion", StorageRegion=region)
    assert call("DescribeRegions")["Regions"]["Region"]


def keys(call, cairn):
    key = cairn.root.key_id
    call("GetAccessKeyLastUsedInfo", AccessKey=key)
    call("GetAccessKeyLastUsedProducts", AccessKey=key)
    for kind in ("Events", "Ips", "Resources"):
        call(f"GetAccessKeyLastUsed{kind}", AccessKey=key, ServiceName="Actiontrail")


@pytest.mark.parametrize("sdk", SDKS, ids=lambda sdk: sdk.name)
def test_every_operation(cairn, place, sdk):
    call, name = Caller(sdk, cairn), unique("life")[:36]
    trail(call, place, name)
    selectors(call, name)
    queries(call, name)
    figures(call, cairn)
    keys(call, cairn)
    call("StopLogging", Name=name)
    call("DeleteTrail", Name=name)
    methods = {method for method in dir(Client) if f"{method}_with_options" in dir(Client)}
    operations = {operation for operation in call.called if Current.has(operation)}
    assert len(operations) == len(methods) == 46
    by_sdk = {operation for operation, name in call.called.items() if name == sdk.name}
    assert by_sdk == {operation for operation in operations if sdk.has(operation)}
    assert len(by_sdk) >= 18
