"""A trail whose bucket is in a service that speaks S3, read back with that service's own client."""

import gzip
import json

import pytest
from actiontrail_sdks import Current, Refused
from cairn_server import TRAIL, Cairn
from s3_service import S3Service
from trail_deliveries import ids_of, wait_for

BUCKET, REGION = "audit-elsewhere", "eu-west-1"
KEY_ID, SECRET = "AKIATESTKEY000000002", "TheSecretOfTheOtherStorage00000002"
# Deliveries are tried again after up to five minutes.
PATIENCE_S = 400


class Service(S3Service):
    def __init__(self):
        super().__init__(KEY_ID, SECRET, REGION)

    def make(self):
        self.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def keys(self):
        return [found["Key"] for found in self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def remove(self):
        for key in self.keys():
            self.client.delete_object(Bucket=BUCKET, Key=key)
        self.client.delete_bucket(Bucket=BUCKET)

    def events(self):
        files = [self.client.get_object(Bucket=BUCKET, Key=key) for key in self.keys()]
        assert all(file["ContentType"] == "application/gzip" for file in files)
        return [event for file in files for event in json.loads(gzip.decompress(file["Body"].read()))]


@pytest.fixture
def service():
    service = Service()
    service.make()
    yield service
    service.remove()
    service.leave()


@pytest.fixture
def cairn(tmp_path, service):
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")

    def bucket(name, endpoint):
        return (
            f'[[delivery.s3_buckets]]\nname = "{name}"\nendpoint = "{endpoint}"\nregion = "{REGION}"\n'
            f'access_key_id = "{KEY_ID}"\naccess_key_secret_file = "{secret}"\n'
        )

    config = bucket(BUCKET, service.endpoint) + bucket("not-made", service.endpoint)
    server = Cairn(tmp_path / "server", config).start()
    yield server
    server.stop()
    assert SECRET not in server.log_path.read_text(errors="replace")


class Trail:
    def __init__(self, cairn, name="elsewhere"):
        self.cairn, self.name, self.call = cairn, name, Current(cairn)
        self.call("CreateTrail", Name=name, OssBucketName=BUCKET, OssKeyPrefix="ops-audit")
        cairn.ask(TRAIL, "SetTrailFileSize", {"Name": name, "OssFileIntervalSeconds": "1"})
        self.call("StartLogging", Name=name)

    def make_events(self, count):
        return [self.cairn.ask(TRAIL, "DescribeRegions")["RequestId"] for _ in range(count)]

    def status(self):
        return self.call("GetTrailStatus", Name=self.name)

    def report(self):
        [report] = self.cairn.ask(TRAIL, "VerifyTrailDelivery", {"Name": self.name})["Destinations"]
        return report


def test_events_are_in_a_bucket_that_speaks_s3(cairn, service):
    trail = Trail(cairn)
    ids = trail.make_events(25)
    assert wait_for(lambda: set(ids) <= set(ids_of(service.events())))
    events = ids_of(service.events())
    assert len(events) == len(set(events))
    prefix = "ops-audit/AliyunLogs/Actiontrail/cn-shanghai/"
    assert all(key.startswith(prefix) and key.endswith(".gz") for key in service.keys())
    status = trail.status()
    assert status["OssBucketStatus"] and status["LatestDeliveryTime"] and "LatestDeliveryError" not in status
    [described] = trail.call("DescribeTrails", NameList=trail.name)["TrailList"]
    assert described["OssBucketLocation"] == f"s3-{REGION}"
    report = trail.report()
    assert report["FindingCount"] == 0 and report["Expected"] == report["Found"] + report["Waiting"] and report["Found"] >= 25
    # What somebody takes away is missed.
    service.client.delete_object(Bucket=BUCKET, Key=service.keys()[0])
    assert trail.report()["FindingCount"] > 0


def test_a_bucket_that_is_not_there_is_no_destination(cairn, service):
    with pytest.raises(Refused) as caught:
        Current(cairn)("CreateTrail", Name="elsewhere", OssBucketName="not-made")
    assert (caught.value.code, caught.value.status) == ("BucketDoesNotExistException", 404)
    service.leave()
    with pytest.raises(Refused) as caught:
        Current(cairn)("CreateTrail", Name="elsewhere", OssBucketName=BUCKET)
    assert (caught.value.code, caught.value.status) == ("ServiceUnavailable", 503)
    service.come_back()


def test_a_service_that_is_away_and_a_bucket_that_is_deleted(cairn, service):
    trail = Trail(cairn)
    first = trail.make_events(3)
    assert wait_for(lambda: set(first) <= set(ids_of(service.events())))
    service.leave()
    second = trail.make_events(3)
    error = wait_for(lambda: trail.status().get("LatestDeliveryError"))
    assert BUCKET in error and "look at the network" in error
    service.come_back()
    assert wait_for(lambda: set(second) <= set(ids_of(service.events())), PATIENCE_S)
    assert wait_for(lambda: "LatestDeliveryError" not in trail.status())
    events = ids_of(service.events())
    assert len(events) == len(set(events)) and trail.report()["FindingCount"] == 0
    service.remove()
    third = trail.make_events(3)
    error = wait_for(lambda: trail.status().get("LatestDeliveryError"))
    assert BUCKET in error and "create the bucket" in error
    service.make()
    assert wait_for(lambda: set(third) <= set(ids_of(service.events())), PATIENCE_S)
