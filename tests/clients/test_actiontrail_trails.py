"""The operations on trails and what belongs to them, by the official ActionTrail SDK: what its models read, what is refused,
and the life of a trail as infrastructure tools lead it."""

import json
import re
import time

import oss2
import pytest
from actiontrail_sdks import Current
from alibabacloud_actiontrail20200706 import models
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import TRAIL
from conftest import run
from logstores import client_of
from principals import unique
from trail_deliveries import Deliveries, Place, ids_of, wait_for


class Sdk(Current):
    """Answers are what the SDK's model of the answer holds."""

    def __init__(self, cairn):
        super().__init__(cairn)
        self.cairn = cairn

    def __call__(self, operation, **parameters):
        return self.body(operation, **parameters)

    def refused(self, code, status, operation, **parameters):
        with pytest.raises(AlibabaCloudException) as caught:
            self(operation, **parameters)
        error = caught.value
        assert (error.code, error.status_code) == (code, status), error
        assert len(error.message) > 20, "it says what to do"


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: an account has five trails."""
    yield from run(tmp_path_factory.mktemp("trails"))


@pytest.fixture(scope="module")
def place(cairn):
    """A bucket and a project."""
    return Place(cairn)


@pytest.fixture
def sdk(cairn):
    return Sdk(cairn)


@pytest.fixture
def trail(sdk, place):
    """A trail into a bucket, under a prefix of its own."""
    name = unique("trail")[:36]
    sdk("CreateTrail", name=name, oss_bucket_name=place.bucket, oss_key_prefix=name)
    yield name
    try:
        sdk("DeleteTrail", name=name)
    except AlibabaCloudException:
        pass


def listed(sdk, name, **parameters):
    return sdk("DescribeTrails", name_list=name, **parameters).trail_list


def test_a_trail_lives_as_tools_lead_it(sdk, place, cairn):
    name = unique("tool")[:36]
    created = sdk(
        "CreateTrail",
        name=name,
        oss_bucket_name=place.bucket,
        oss_key_prefix=f"{name}/deep",
        sls_project_arn=place.project_arn,
        event_rw="Write",
        trail_region="All",
    )
    assert (created.name, created.home_region, created.event_rw) == (name, "cn-shanghai", "Write")
    assert (created.oss_bucket_name, created.sls_project_arn) == (place.bucket, place.project_arn)
    [item] = listed(sdk, name)
    assert (item.status, item.trail_region, item.is_organization_trail) == ("Fresh", "All", False)
    assert item.trail_arn == f"acs:actiontrail:cn-shanghai:{cairn.account}:trail/{name}"
    assert item.create_time and not item.start_logging_time
    sdk("StartLogging", name=name)
    sdk("StartLogging", name=name)
    [item] = listed(sdk, name)
    assert item.status == "Enable" and item.start_logging_time
    status = sdk("GetTrailStatus", name=name)
    assert status.is_logging and status.oss_bucket_status and status.sls_log_store_status
    # An empty text clears; what is not sent stays.
    updated = sdk("UpdateTrail", name=name, sls_project_arn="", event_rw="All")
    assert (updated.sls_project_arn, updated.event_rw, updated.oss_bucket_name) == ("", "All", place.bucket)
    stopped = cairn.call(TRAIL, "StopLogging", {"Name": name})
    assert stopped.status == 200
    [item] = listed(sdk, name)
    assert item.status == "Disable" and item.stop_logging_time and item.sls_project_arn == ""
    sdk("DeleteTrail", name=name)
    assert listed(sdk, name) == []
    sdk("CreateTrail", name=name, oss_bucket_name=place.bucket, oss_key_prefix=f"{name}/deep")
    sdk("DeleteTrail", name=name)


def test_what_a_trail_may_not_be(sdk, place, trail):
    def fresh():
        return unique("trail")[:36]

    for name in ("short", "Upper-case", "9begins", "x" * 37):
        sdk.refused("InvalidTrailNameException", 400, "CreateTrail", name=name, oss_bucket_name=place.bucket)
    sdk.refused("TrailAlreadyExistsException", 400, "CreateTrail", name=trail, oss_bucket_name=place.bucket)
    sdk.refused("InvalidDeliveryConfigurationException", 400, "CreateTrail", name=fresh())
    sdk.refused("BucketDoesNotExistException", 404, "CreateTrail", name=fresh(), oss_bucket_name=unique("nobody"))
    sdk.refused(
        "SlsProjectDoesNotExistException",
        400,
        "CreateTrail",
        name=fresh(),
        sls_project_arn=place.project_arn.rsplit("/", 1)[0] + "/" + unique("nobody"),
    )
    sdk.refused(
        "InvalidPrefixException", 400, "CreateTrail", name=fresh(), oss_bucket_name=place.bucket, oss_key_prefix="9 bad!"
    )
    sdk.refused(
        "RepeatOssBucket", 400, "CreateTrail", name=fresh(), oss_bucket_name=place.bucket, oss_key_prefix=trail
    )
    sdk.refused("InvalidDeliveryConfigurationException", 400, "UpdateTrail", name=trail, oss_bucket_name="")
    for operation in ("UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "GetTrailStatus"):
        sdk.refused("TrailNotFoundException", 404, operation, name="nobody-has-this")


def test_an_account_has_five_trails_in_a_region(own_cairn):
    sdk, place = Sdk(own_cairn), Place(own_cairn)
    for number in range(5):
        sdk("CreateTrail", name=f"trail-{number}", oss_bucket_name=place.bucket, oss_key_prefix=f"prefix-{number}")
    sdk.refused(
        "MaximumNumberOfTrailsExceededException",
        403,
        "CreateTrail",
        name="trail-six",
        oss_bucket_name=place.bucket,
        oss_key_prefix="prefix-six",
    )
    # The one trail over all accounts is not counted.
    over_all = {"oss_bucket_name": place.bucket, "is_organization_trail": True}
    sdk("CreateTrail", name="trail-over-all", oss_key_prefix="prefix-all", **over_all)
    assert listed(sdk, "trail-over-all") == []
    [item] = listed(sdk, "trail-over-all", include_organization_trail=True)
    assert item.is_organization_trail and item.organization_id
    sdk.refused(
        "MaximumNumberOfOrganizationTrailExceeded",
        400,
        "CreateTrail",
        name="trail-over-more",
        oss_key_prefix="prefix-more",
        **over_all,
    )


def test_shadows(sdk, trail, cairn):
    def ask(**more):
        return cairn.call(TRAIL, "DescribeTrails", {"NameList": trail, "RegionId": "cn-beijing", **more}).json

    assert ask()["TrailList"] == []
    [shadow] = ask(IncludeShadowTrails="true")["TrailList"]
    assert (shadow["Region"], shadow["HomeRegion"]) == ("cn-beijing", "cn-shanghai")
    refused = cairn.call(TRAIL, "StartLogging", {"Name": trail, "RegionId": "cn-beijing"})
    assert (refused.status, refused.json["Code"]) == (404, "TrailNotFoundException")


def test_selectors(sdk, trail):
    assert sdk("GetInsightTypes").insight_types
    sdk("EnableInsight", insight_type="IpInsight")
    assert sdk("GetInsightTypes").to_map()["InsightTypes"]["IpInsight"]["enabled"] is True
    sdk("DisableInsight", insight_type="IpInsight")
    sdk.refused("InsightTypeNotAvailable", 400, "EnableInsight", insight_type="Nothing")
    sdk.refused("InsightTypeNotValid", 400, "DisableInsight", insight_type="Nothing")
    put = sdk("PutInsightSelectors", trail_name=trail, insight_selectors='["IpInsight"]')
    assert put.insight_selectors == ["IpInsight"]
    assert sdk("GetInsightSelectors", trail_name=trail).insight_selectors == ["IpInsight"]
    assert sdk("GetInsightsEventsCount").to_map()["Data"] == []
    assert not sdk("LookupInsightEvents").events
    services = sdk("ListDataEventServices", max_results="10")
    assert services.to_map()["Data"]
    sdk("GetDataEventSelector", trail_name=trail)
    sdk("ListDataEventSelectors", max_results="10")
    sdk.refused("InvalidQueryParameter", 400, "PutDataEventSelector", trail_name=trail, event_selectors="no json")
    sdk("DeleteDataEventSelector", trail_name=trail)


def test_queries_are_kept(sdk, cairn):
    sdk("CreateAdvancedQueryHistory", simple_query=True, query_sql="* | SELECT count(*)")
    history = sdk("DescribeAdvancedQueryHistory").to_map()
    assert "SELECT count(*)" in json.dumps(history)
    query_id = re.search(r'"QueryId": "([^"]+)"', json.dumps(history))[1]
    sdk("DeleteAdvancedQueryHistory", query_id=query_id)
    name = unique("template")
    created = sdk("CreateAdvancedQueryTemplate", simple_query=True, template_name=name, template_sql="event.eventRW: Write")
    template = created.template_id
    # The flag is text when a template is made or changed, and a boolean when it is read: tools read it with these types.
    assert created.to_map()["SimpleQuery"] == "true"
    read = sdk("GetAdvancedQueryTemplate", template_id=template).to_map()
    assert (read["TemplateSql"], read["SimpleQuery"]) == ("event.eventRW: Write", True)
    updated = sdk(
        "UpdateAdvancedQueryTemplate", template_id=template, simple_query=False, template_name=name, template_sql="*"
    )
    assert updated.to_map()["SimpleQuery"] == "false"
    assert sdk("GetAdvancedQueryTemplate", template_id=template).to_map()["SimpleQuery"] is False
    assert name in json.dumps(sdk("DescribeAdvancedQueryTemplate", template_name=name).to_map())
    sdk("DeleteAdvancedQueryTemplate", template_id=template)
    # "Not found" is an answer without the flag.
    gone = cairn.ask(TRAIL, "GetAdvancedQueryTemplate", {"TemplateId": template})
    assert set(gone) == {"RequestId"}
    sdk.refused(
        "InvalidQueryParameter", 400, "UpdateAdvancedQueryTemplate", template_id=template, simple_query=True
    )
    sdk("DeleteAdvancedQueryTemplate", template_id=template)


def test_figures_and_settings(sdk):
    region = sdk("GetGlobalEventsStorageRegion").storage_region
    sdk("UpdateGlobalEventsStorageRegion", storage_region="cn-hangzhou")
    assert sdk("GetGlobalEventsStorageRegion").storage_region == "cn-hangzhou"
    sdk("UpdateGlobalEventsStorageRegion", storage_region=region)
    sdk.refused("InvalidQueryParameter", 400, "UpdateGlobalEventsStorageRegion", storage_region="nowhere")
    today = time.strftime("%Y-%m-%d", time.gmtime())
    counts = sdk("DescribeUserLogCount", start_date=today, end_date=today).to_map()["Data"]
    assert counts["Dates"] and sum(counts["Counts"]) > 0
    assert sum(sdk("DescribeUserAlertCount").to_map()["Data"]["Counts"]) == 0
    metrics = sdk("GetGovernanceMetrics").to_map()["Data"]["GovernanceMetrics"]
    assert 0 <= int(metrics[0]["GovernanceScore"]) <= 100


SUBJECTS = ["identity", "permission", "lifecycle", "network", "trail", "refusals", "callcentre", "calldata"]


def test_predefined_searches_run_on_the_logstore_of_a_trail(sdk, cairn):
    delivered = Deliveries(cairn, to=("logs",))
    ids = delivered.make_events(3)
    delivered.logs.update_logstore(delivered.project, delivered.logstore, 400, shard_count=2)
    ids.append(delivered.call("StopLogging")["RequestId"])
    assert wait_for(lambda: set(ids) <= set(ids_of(delivered.in_logs())))
    scenes = sdk("DescribeScenes").scene_list
    assert [scene.token for scene in scenes] == SUBJECTS
    assert [scene.token for scene in sdk("DescribeScenes", search_code="IDENT").scene_list] == ["identity"]
    now, rows = int(time.time()), {}
    for scene in scenes:
        page = sdk("DescribeSearchTemplates", scene_id=scene.scene_id, page_number=1, page_size=50)
        assert page.template_list and page.page_size == 50
        for template in page.template_list:
            keys = json.loads(template.params)
            search = " and ".join(f'{key["key"]}: {key["value"]}' for key in keys)
            found = delivered.logs.get_log(
                delivered.project, delivered.logstore, now - 900, now + 900, query=f"{search} | {template.sql}"
            )
            assert found.is_completed()
            rows[template.token] = [log.get_contents() for log in found.get_logs()]
    root = {row["operation"]: int(row["calls"]) for row in rows["identity.rootCalls"]}
    assert root["DescribeRegions"] == 3
    stopped = {(row["operation"], row["trail"]) for row in rows["trail.changes"]}
    assert ("StopLogging", delivered.name) in stopped
    assert "UpdateLogStore" in {row["operation"] for row in rows["trail.destinations"]}
    sdk.refused("InvalidQueryParameter", 400, "DescribeSearchTemplates", scene_id="sc-nothing")
    delivered.call("DeleteTrail")


def test_who_makes_and_ends_resources(sdk):
    tree = json.loads(sdk("DescribeResourceLifeCycleEvents").data)
    assert {"Actiontrail", "CloudCallCenter", "Oss", "Ram", "Sls"} == {service["value"] for service in tree}
    [ram] = json.loads(sdk("DescribeResourceLifeCycleEvents", service_name="Ram", resource_type="ACS::RAM::User").data)
    [user] = ram["children"]
    assert [leaf["value"] for leaf in user["children"]] == ["CreateUser", "DeleteUser"]
    [centre] = json.loads(sdk("DescribeResourceLifeCycleEvents", service_name="CloudCallCenter").data)
    made = {kind["value"].rsplit("::", 1)[1]: kind["children"][0]["value"] for kind in centre["children"]}
    assert made["SkillGroup"] == "CreateSkillGroup" and made["ContactFlow"] == "CreateContactFlow"
    assert "AddPhoneNumber" in made["PhoneNumber"] and "AssignUsers" in made["User"]


def test_history_jobs(sdk, place):
    name = unique("history")[:36]
    sdk("CreateTrail", name=name, sls_project_arn=place.project_arn)
    sdk("StartLogging", name=name)
    job = sdk("CreateDeliveryHistoryJob", trail_name=name).job_id
    found = sdk("GetDeliveryHistoryJob", job_id=job).to_map()
    assert found["TrailName"] == name
    assert str(job) in json.dumps(sdk("ListDeliveryHistoryJobs").to_map())
    sdk("DeleteDeliveryHistoryJob", job_id=job)
    sdk.refused("DeliveryHistoryJobNotFound", 404, "GetDeliveryHistoryJob", job_id=4_000_000_000)
    sdk("StopLogging", name=name)
    sdk("DeleteTrail", name=name)


def test_every_operation_of_the_sdk_is_there_or_named_as_missing(cairn):
    """The server knows each operation that the SDK has, but for those that the table above names."""
    operations = {name.removesuffix("Response") for name in dir(models) if name.endswith("Response")}
    assert len(operations) >= 46
    unknown = set()
    for operation in sorted(operations):
        reply = cairn.call(TRAIL, operation, {"Name": "x", "TrailName": "x"})
        if reply.json.get("Code") in ("InvalidApi.NotFound", "InvalidAction.NotFound"):
            unknown.add(operation)
    assert not unknown


def test_the_older_version_has_the_same_trails(cairn, trail):
    listed_there = cairn.call("2017-12-04", "DescribeTrails", {"NameList": trail})
    assert listed_there.status == 200 and listed_there.json["TrailList"][0]["Name"] == trail
    assert re.fullmatch(r"\d{13}", listed_there.json["TrailList"][0]["CreateTime"])
