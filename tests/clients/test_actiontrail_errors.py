"""The error catalogue of ActionTrail: every documented code that this server gives is provoked by an official SDK, and why it
never gives the others is written down."""

import datetime
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import oss2
import pytest
from actiontrail_codes import CATALOGUE, NEVER_GIVEN
from actiontrail_sdks import SDKS, Current, Older, Refused
from alibabacloud_actiontrail20200706 import models
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import OpenApiRequest, Params
from cairn_server import RAM, TRAIL, Credential
from callers import tea_config
from conftest import run
from darabonba.runtime import RuntimeOptions
from principals import Person, unique
from trail_deliveries import Place

TRUSTS_THE_AUDIT = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["actiontrail.aliyuncs.com"]}}
    ],
}


@dataclass
class Row:
    """A call that is refused. `{word}` in a value is an attribute of the world."""

    code: str
    operation: str
    parameters: dict = field(default_factory=dict)
    by: str = "root"
    region: str | None = None

    def __str__(self):
        return f"{self.code}-{self.operation}"


def row(code, operation, by="root", region=None, **parameters):
    return Row(code, operation, parameters, by, region)


def times(start_days, end_days):
    """A range, by days from now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    start, end = (now + datetime.timedelta(days=days) for days in (start_days, end_days))
    return {"StartTime": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "EndTime": end.strftime("%Y-%m-%dT%H:%M:%SZ")}


ROWS = [
    row("BucketDoesNotExistException", "CreateTrail", Name="{free}", OssBucketName="nobody-has-this"),
    row("BucketDoesNotExistException", "StartLogging", Name="{busy}"),
    row("BucketDoesNotExistException", "UpdateTrail", Name="{taken}", OssBucketName="nobody-has-this"),
    row("CreateLogStoreError", "CreateTrail", Name="{free}", SlsProjectArn="{refusing_project}"),
    row("DeliveryHistoryJobNotFound", "GetDeliveryHistoryJob", JobId=4_000_000_000),
    row("DeliveryHistoryJobNotFound", "DeleteDeliveryHistoryJob", JobId=4_000_000_000),
    row("ForbiddenDeleteTrail", "DeleteTrail", Name="{busy}"),
    row("InsightTypeNotAvailable", "EnableInsight", InsightType="NoInsight"),
    row("InsightTypeNotAvailable", "EnableInsight"),
    row("InsightTypeNotValid", "DisableInsight", InsightType="NoInsight"),
    row("InsightTypeNotValid", "PutInsightSelectors", TrailName="{taken}", InsightSelectors='["NoInsight"]'),
    row(
        "InsufficientBucketPolicyException",
        "CreateTrail",
        Name="{free}",
        OssBucketName="{bucket}",
        OssKeyPrefix="{free}",
        OssWriteRoleArn="{powerless_role}",
    ),
    row("InsufficientBucketPolicyException", "UpdateTrail", Name="{taken}", OssWriteRoleArn="{powerless_role}"),
    row(
        "InsufficientSlsPolicyException",
        "CreateTrail",
        Name="{free}",
        SlsProjectArn="{project}",
        SlsWriteRoleArn="{powerless_role}",
    ),
    row("InsufficientSlsPolicyException", "CreateTrail", by="second", Name="{free}", SlsProjectArn="{project}"),
    row("InsufficientBucketPolicyException", "CreateTrail", by="second", Name="{free}", OssBucketName="{bucket}"),
    row("InvalidAcceptLanguage", "DescribeRegions", AcceptLanguage="fr-FR"),
    row("InvalidDeliveryConfigurationException", "CreateTrail", Name="{free}"),
    row("InvalidDeliveryConfigurationException", "CreateTrail", Name="{free}", OssBucketName="No_Bucket"),
    row("InvalidDeliveryConfigurationException", "CreateTrail", Name="{free}", SlsProjectArn="{bucket}"),
    row("InvalidDeliveryConfigurationException", "UpdateTrail", Name="{taken}", OssBucketName=""),
    row("InvalidDeliveryConfigurationException", "UpdateTrail", Name="{taken}", OssWriteRoleArn="{bucket}"),
    row("InvalidNextToken", "LookupEvents", NextToken="bm90aGluZw"),
    row("InvalidNextToken", "LookupInsightEvents", NextToken="bm90aGluZw"),
    row("InvalidNextToken", "ListDataEventServices", NextToken="bm90aGluZw"),
    row("InvalidNextToken", "ListDataEventSelectors", NextToken="bm90aGluZw"),
    row("InvalidParameterCombination", "LookupEvents", **times(-1, -2)),
    row("InvalidParameterCombination", "LookupInsightEvents", **times(-1, -2)),
    row("InvalidParameterCombination", "DescribeUserLogCount", StartDate="2026-03-02", EndDate="2026-03-01"),
    row("InvalidParameterDateOutOfRange", "LookupEvents", **times(-50, -1)),
    row("InvalidParameterEndTime", "LookupEvents", StartTime="2026-03-01T00:00:00Z", EndTime="soon"),
    row("InvalidParameterEndTime", "LookupInsightEvents", StartTime="2026-03-01T00:00:00Z", EndTime="soon"),
    row("InvalidParameterStartTime", "LookupEvents", StartTime="yesterday", EndTime="2026-03-01T00:00:00Z"),
    row("InvalidParameterStartTime", "LookupInsightEvents", StartTime="yesterday", EndTime="2026-03-01T00:00:00Z"),
    row("InvalidParameterStartTimeExceedsCurrent", "LookupEvents", **times(1, 2)),
    row("InvalidParameterStartTimeOutOfDate", "LookupEvents", **times(-100, -95)),
    row("InvalidPrefixException", "CreateTrail", Name="{free}", OssBucketName="{bucket}", OssKeyPrefix="9 bad!"),
    row("InvalidPrefixException", "UpdateTrail", Name="{taken}", OssKeyPrefix="short"),
    row("InvalidQueryParameter", "CreateTrail", Name="{free}", OssBucketName="{bucket}", EventRW="Some"),
    row("InvalidQueryParameter", "CreateTrail", Name="{free}", OssBucketName="{bucket}", TrailRegion="nowhere"),
    row("InvalidQueryParameter", "LookupEvents", MaxResults="51"),
    row("InvalidQueryParameter", "LookupEvents", Direction="SIDEWAYS"),
    row("InvalidQueryParameter", "ListDeliveryHistoryJobs", PageSize=101),
    row("InvalidQueryParameter", "CreateDeliveryHistoryJob", TrailName="{taken}", ClientToken="x" * 65),
    row("InvalidQueryParameter", "PutDataEventSelector", TrailName="{taken}", EventSelectors="[{}]"),
    row("InvalidQueryParameter", "PutInsightSelectors", TrailName="{taken}", InsightSelectors="no list"),
    row("InvalidQueryParameter", "UpdateGlobalEventsStorageRegion", StorageRegion="nowhere"),
    row("InvalidQueryParameter", "DescribeSearchTemplates", SceneId="sc-nothing"),
    row("InvalidQueryParameter", "DescribeUserAlertCount", StartDate="today", EndDate="tomorrow"),
    row("InvalidQueryParameter", "UpdateAdvancedQueryTemplate", TemplateId="utpl-nothing", SimpleQuery=True),
    row("InvalidQueryParameter", "GetInsightsEventsCount", Date="today"),
    row("InvalidTrailNameException", "CreateTrail", Name="Short", OssBucketName="{bucket}"),
    row("InvalidTrailNameException", "CreateDeliveryHistoryJob", TrailName="Short"),
    row("InvalidTrailNameException", "GetTrailStatus", Name="Short"),
    row("LogServiceException", "CreateTrail", Name="{free}", SlsProjectArn="{silent_project}"),
    row("MaximumNumberOfDeliveryHistoryJobsExceededException", "CreateDeliveryHistoryJob", TrailName="{busy}"),
    row(
        "MaximumNumberOfOrganizationTrailExceeded",
        "CreateTrail",
        Name="{free}",
        OssBucketName="{bucket}",
        OssKeyPrefix="{free}",
        IsOrganizationTrail=True,
    ),
    row(
        "MaximumNumberOfTrailsExceededException",
        "CreateTrail",
        region="cn-beijing",
        Name="{free}",
        OssBucketName="{bucket}",
        OssKeyPrefix="{free}",
    ),
    row(
        "NeedOssRamAuthorize",
        "CreateTrail",
        Name="{free}",
        OssBucketName="{bucket}",
        OssKeyPrefix="{free}",
        OssWriteRoleArn="{no_role}",
    ),
    row("NeedOssRamAuthorize", "UpdateTrail", Name="{taken}", OssWriteRoleArn="{closed_role}"),
    row("NeedSlsRamAuthorize", "CreateTrail", Name="{free}", SlsProjectArn="{project}", SlsWriteRoleArn="{no_role}"),
    row(
        "NeedSlsRamAuthorize", "CreateTrail", Name="{free}", SlsProjectArn="{project}", SlsWriteRoleArn="{closed_role}"
    ),
    row("NoPermission", "LookupEvents", by="stranger"),
    row("NoPermission", "CreateTrail", by="stranger", Name="{free}", OssBucketName="{bucket}"),
    row("NoPermission", "GetInsightTypes", by="stranger"),
    row(
        "NotAllowCreateOrganizationTrail",
        "CreateTrail",
        by="second",
        Name="{free}",
        OssBucketName="{bucket}",
        IsOrganizationTrail=True,
    ),
    row("NotSupportDeliveryHistoryJob", "CreateDeliveryHistoryJob", TrailName="{over_all}"),
    row("RepeatOssBucket", "CreateTrail", Name="{free}", OssBucketName="{bucket}", OssKeyPrefix="{taken}"),
    row("RepeatOssBucket", "UpdateTrail", Name="{busy}", OssBucketName="{bucket}", OssKeyPrefix="{taken}"),
    row("ServiceUnavailable", "CreateTrail", Name="{free}", OssBucketName="{silent_bucket}"),
    row("SlsProjectDoesNotExistException", "CreateTrail", Name="{free}", SlsProjectArn="{no_project}"),
    row("SlsProjectDoesNotExistException", "UpdateTrail", Name="{taken}", SlsProjectArn="{no_project}"),
    row("TrailAlreadyExistsException", "CreateTrail", Name="{taken}", OssBucketName="{bucket}"),
    row("TrailNotValid", "PutInsightSelectors", TrailName="{taken}", InsightSelectors='["IpInsight"]'),
    row("TrailNotFoundException", "DeleteTrail", by="second", Name="{taken}"),
    *(
        row("TrailNotFoundException", operation, Name="nobody-has-this")
        for operation in ("UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "GetTrailStatus")
    ),
    *(
        row("TrailNotFoundException", operation, TrailName="nobody-has-this", **more)
        for operation, more in (
            ("CreateDeliveryHistoryJob", {}),
            ("GetDataEventSelector", {}),
            ("DeleteDataEventSelector", {}),
            ("PutDataEventSelector", {"EventSelectors": '[{"ServiceName":"Oss"}]'}),
            ("GetInsightSelectors", {}),
            ("PutInsightSelectors", {}),
        )
    ),
]

# Provoked below in another way than by a row.
PROVOKED_APART = {"IncompleteSignature", "InvalidLookupAttributesException", "LookupEventsParameterError"}


class RefusingLogService(BaseHTTPRequestHandler):
    """A log service whose projects are full."""

    def log_message(self, *_):
        pass

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = b'{"errorCode":"ProjectQuotaExceed","errorMessage":"project logstore quota exceed"}'
        self.send_response(400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


@pytest.fixture(scope="module")
def refusing():
    server = ThreadingHTTPServer(("127.0.0.1", 0), RefusingLogService)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def silent():
    """An address at which nobody answers: the port is taken, and not listened to."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture(scope="module")
def cairn(tmp_path_factory, refusing, silent):
    folder = tmp_path_factory.mktemp("errors")
    secret = folder / "secret"
    secret.write_text("TheSecretOfTheOtherService")

    def elsewhere(kind, name, endpoint):
        return (
            f'[[delivery.{kind}]]\nname = "{name}"\nendpoint = "{endpoint}"\nregion = "cn-shanghai"\n'
            f'access_key_id = "id"\naccess_key_secret_file = "{secret}"\n'
        )

    config = elsewhere("buckets", "silent-bucket", silent)
    config += elsewhere("projects", "silent-project", silent) + elsewhere("projects", "refusing-project", refusing)
    yield from run(folder / "server", config)


class World:
    """What the rows speak of."""

    def __init__(self, cairn):
        self.cairn, place = cairn, Place(cairn)
        self.bucket, self.project = place.bucket, place.project_arn
        projects = self.project.rsplit("/", 1)[0]
        self.no_project, self.silent_project = f"{projects}/nobody-has-this", f"{projects}/silent-project"
        self.refusing_project, self.silent_bucket = f"{projects}/refusing-project", "silent-bucket"
        self.free, self.taken, self.busy, self.over_all = (unique(word) for word in ("free", "taken", "busy", "overall"))
        roles = f"acs:ram::{cairn.account}:role/"
        self.no_role = f"{roles}nobody-has-this"
        self.powerless_role = roles + self.role(TRUSTS_THE_AUDIT)
        self.closed_role = roles + self.role(json.loads(json.dumps(TRUSTS_THE_AUDIT).replace("actiontrail", "ecs")))
        self.root, self.stranger = cairn.root, Person(cairn).credential
        key = cairn.ask(RAM, "CreateAccount", {"AccountName": "second"})["RootAccessKey"]
        self.second = Credential(key["AccessKeyId"], key["AccessKeySecret"])
        self.trail(self.taken, OssBucketName=self.bucket, OssKeyPrefix=self.taken, EventRW="Write")
        self.trail(self.over_all, OssBucketName=self.bucket, OssKeyPrefix="over-all", IsOrganizationTrail="true")
        for number in range(5):
            self.trail(f"beijing-{number}", OssBucketName=self.bucket, OssKeyPrefix=f"beijing-{number}", RegionId="cn-beijing")
        self.make_busy()

    def role(self, trust):
        name = unique("role")
        self.cairn.ask(RAM, "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)})
        return name

    def trail(self, name, **parameters):
        self.cairn.ask(TRAIL, "CreateTrail", {"Name": name, **parameters})

    def make_busy(self):
        """A job into a bucket that is gone goes on until the bucket is back."""
        name, auth = unique("gone"), oss2.AuthV4(self.cairn.root.key_id, self.cairn.root.secret)
        bucket = oss2.Bucket(auth, self.cairn.endpoint, name, region="cn-hangzhou", connect_timeout=30)
        bucket.create_bucket()
        self.trail(self.busy, OssBucketName=name)
        bucket.delete_bucket()
        self.cairn.ask(TRAIL, "CreateDeliveryHistoryJob", {"TrailName": self.busy})

    def value(self, value):
        """A value of a row, with the world's own names in it."""
        is_name = isinstance(value, str) and value[:1] == "{" and value[-1:] == "}"
        return getattr(self, value[1:-1]) if is_name else value


@pytest.fixture(scope="module")
def world(cairn):
    return World(cairn)


def test_every_code_is_provoked_or_never_given():
    provoked = {row.code for row in ROWS} | PROVOKED_APART
    assert len(CATALOGUE) == 47
    assert provoked | set(NEVER_GIVEN) == set(CATALOGUE)
    assert not provoked & set(NEVER_GIVEN)


def has(sdk, row):
    return sdk.has(row.operation) and (row.region is None or sdk is Older)


CASES = [(row, sdk) for row in ROWS for sdk in SDKS if has(sdk, row)]


@pytest.mark.parametrize(("row", "sdk"), CASES, ids=[f"{row}-{sdk.name}" for row, sdk in CASES])
def test_a_code_and_its_status(cairn, world, row, sdk):
    call = sdk(cairn, getattr(world, row.by), row.region)
    with pytest.raises(Refused) as caught:
        call(row.operation, **{name: world.value(value) for name, value in row.parameters.items()})
    refused = caught.value
    assert (refused.code, refused.status) == (row.code, CATALOGUE[row.code]), refused
    assert len(refused.message) > 20, "it says what to do"


@pytest.mark.parametrize("operation", ["LookupEvents", "LookupInsightEvents"])
@pytest.mark.parametrize(
    ("code", "attribute"),
    [
        ("InvalidLookupAttributesException", {"key": "Weather", "value": "fine"}),
        ("LookupEventsParameterError", {"key": "EventName"}),
    ],
)
def test_attributes_of_a_lookup(cairn, operation, code, attribute):
    structure = getattr(models, f"{operation}RequestLookupAttribute")(**attribute)
    with pytest.raises(Refused) as caught:
        Current(cairn)(operation, LookupAttribute=[structure])
    assert (caught.value.code, caught.value.status) == (code, CATALOGUE[code])


def test_a_call_without_a_signature(cairn):
    """The current SDK leaves the signature out when it is told so."""
    client = Client(tea_config(cairn.address, cairn.root))
    params = Params(
        action="DescribeRegions", version=TRAIL, protocol="HTTP", pathname="/", method="POST", auth_type="Anonymous",
        style="RPC", req_body_type="formData", body_type="json",
    )
    with pytest.raises(AlibabaCloudException) as caught:
        client.call_api(params, OpenApiRequest(query={}), RuntimeOptions())
    code = "IncompleteSignature"
    assert (caught.value.code, caught.value.status_code) == (code, CATALOGUE[code])
