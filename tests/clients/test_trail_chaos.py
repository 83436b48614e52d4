"""Five trails, two of them into a bucket and a log project of another server behind a line that loses requests and answers,
one into a bucket that is deleted; the server is killed at random, rights come and go. Afterwards every event is in every
destination once, by the server's own comparison and by what the services' own clients read of every call that was answered.

`cargo xtask chaos --minutes N` runs it longer."""

import gzip
import http.client
import json
import os
import random
import threading
import time

import oss2
import pytest
from cairn_server import RAM, TRAIL, Cairn
from flaky_proxy import FlakyProxy
from principals import unique
from remote_logs import RemoteProject, destination, repeated
from trail_deliveries import Deliveries, ids_of, wait_for

MINUTES = float(os.environ.get("CAIRN_CHAOS_MINUTES", "1"))
SEED = int(os.environ.get("CAIRN_CHAOS_SEED", str(time.time_ns() % 1_000_000)))
TRUST = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["actiontrail.aliyuncs.com"]}}
    ],
}


@pytest.fixture
def elsewhere(tmp_path):
    server = Cairn(tmp_path / "elsewhere").start()
    yield server
    server.stop()


@pytest.fixture
def proxy(elsewhere):
    proxy = FlakyProxy(elsewhere, SEED)
    yield proxy
    proxy.close()


def bucket_of(cairn, name):
    auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)
    return oss2.Bucket(auth, cairn.endpoint, name, region="cn-hangzhou", connect_timeout=30)


@pytest.fixture
def remote_bucket(elsewhere):
    bucket = bucket_of(elsewhere, unique("bucket"))
    bucket.create_bucket()
    return bucket


@pytest.fixture
def remote_project(elsewhere):
    return RemoteProject(elsewhere)


@pytest.fixture
def here(tmp_path, elsewhere, proxy, remote_bucket, remote_project):
    secret = tmp_path / "secret"
    secret.write_text(elsewhere.root.secret)
    arguments = (proxy.endpoint, elsewhere.root, secret)
    server = Cairn(
        tmp_path / "here",
        destination("buckets", remote_bucket.bucket_name, *arguments)
        + destination("projects", remote_project.name, *arguments),
    ).start()
    yield server
    server.stop()


class Writers:
    """Calls that are events, for as long as the server is there; the ids of those that it answered."""

    def __init__(self, cairn, answered):
        self.cairn, self.answered, self.stopped = cairn, answered, threading.Event()
        self.threads = [threading.Thread(target=self.write) for _ in range(3)]
        for thread in self.threads:
            thread.start()

    def write(self):
        while not self.stopped.is_set():
            try:
                reply = self.cairn.call(TRAIL, "DescribeRegions", {})
            except (OSError, http.client.HTTPException):
                return
            if reply.status == 200:
                self.answered.append(reply.request_id)

    def end(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def grant(cairn, role, is_granted):
    action = "AttachPolicyToRole" if is_granted else "DetachPolicyFromRole"
    parameters = {"PolicyType": "System", "PolicyName": "AliyunActionTrailDeliveryPolicy", "RoleName": role}
    cairn.call(RAM, action, parameters)


def in_files(bucket):
    """Ids of the events in a bucket."""
    keys = [found.key for found in oss2.ObjectIterator(bucket)]
    return [event_id for key in keys for event_id in ids_of(json.loads(gzip.decompress(bucket.get_object(key).read())))]


def test_nothing_is_lost_or_doubled(here, proxy, remote_bucket, remote_project):
    dice, role, answered = random.Random(SEED), unique("role"), []
    created = here.call(RAM, "CreateRole", {"RoleName": role, "AssumeRolePolicyDocument": json.dumps(TRUST)})
    assert created.status == 200, created
    grant(here, role, True)
    arn = f"acs:ram::{here.account}:role/{role}"
    local = Deliveries(here)
    guarded = Deliveries(here, OssWriteRoleArn=arn, SlsWriteRoleArn=arn)
    remote = Deliveries(here, to=(), OssBucketName=remote_bucket.bucket_name)
    remote_logs = remote_project.trail(here)
    # Nothing is in this bucket before it is deleted: what is deleted with a bucket is gone.
    bereft = Deliveries(here, to=("bucket",), start=False)
    bereft.call("SetTrailFileSize", OssFileIntervalSeconds=60)
    bereft.call("StartLogging")
    bereft.bucket().delete_bucket()
    for trail in (remote, bereft):
        trail.call("SetTrailFileSize", OssFileIntervalSeconds=1)
    trails = (local, guarded, remote, remote_logs, bereft)
    until, kills = time.monotonic() + MINUTES * 60, 0
    while time.monotonic() < until:
        proxy.misbehave(*(dice.choice([0, 0, 10, 30]) for _ in range(3)))
        grant(here, role, dice.random() < 0.6)
        writers = Writers(here, answered)
        time.sleep(dice.uniform(0.2, 4))
        if dice.random() < 0.7:
            here.kill()
            kills += 1
        writers.end()
        if here.process.poll() is not None:
            here.start()
    proxy.misbehave()
    grant(here, role, True)
    # Every task may be in its longest pause; a start ends them.
    here.stop()
    here.start()
    # And once without a start: what fails now recovers by itself.
    proxy.misbehave(lost=100)
    writers = Writers(here, answered)
    for trail in (remote, remote_logs, bereft):
        assert wait_for(lambda: is_failing(trail)), trail.name
    writers.end()
    proxy.misbehave()
    bereft.bucket().create_bucket()
    # After many minutes half a million events are compared.
    here.patience_s = 600
    for trail in trails:
        assert wait_for(lambda: is_still(trail), 240), delivery_of(trail)
        for report in trail.call("VerifyTrailDelivery")["Destinations"]:
            assert report["FindingCount"] == 0 and report["Expected"] > 0, (SEED, report)
    assert kills > 0 and answered and proxy.counts["done"] > 0, (SEED, proxy.counts)
    places = {
        "local files": lambda: in_files(local.bucket()),
        "local logs": local.pulled_ids,
        "guarded files": lambda: in_files(guarded.bucket()),
        "guarded logs": guarded.pulled_ids,
        "remote files": lambda: in_files(remote_bucket),
        "remote logs": lambda: remote_project.ids(remote_logs.logstore),
        "bereft files": lambda: in_files(bereft.bucket()),
    }
    for place, read in places.items():
        assert wait_for(lambda: set(answered) <= set(read())), (SEED, place)
        if place != "remote logs":
            found = read()
            assert len(found) == len(set(found)), (SEED, place)
    repeated(remote_project.groups(remote_logs.logstore))


def delivery_of(trail):
    return trail.call("GetTrailDelivery")["Destinations"]


def is_failing(trail):
    return any(destination["LatestDeliveryError"] for destination in delivery_of(trail))


def is_still(trail):
    """The question itself is an event, so a few are always on their way."""
    return all(
        destination["LagEvents"] <= 10 and not destination["LatestDeliveryError"] for destination in delivery_of(trail)
    )
