"""Three trails, one of them into a bucket of another server behind a line that loses requests and answers; the server is
killed at random, rights come and go. Afterwards every event is in every destination once.

`cargo xtask chaos --minutes N` runs it longer."""

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
from trail_deliveries import Deliveries, wait_for

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


@pytest.fixture
def here(tmp_path, elsewhere, proxy):
    secret = tmp_path / "secret"
    secret.write_text(elsewhere.root.secret)
    bucket = unique("bucket")
    auth = oss2.AuthV4(elsewhere.root.key_id, elsewhere.root.secret)
    oss2.Bucket(auth, elsewhere.endpoint, bucket, region="cn-hangzhou").create_bucket()
    server = Cairn(
        tmp_path / "here",
        f'[[delivery.buckets]]\nname = "{bucket}"\nendpoint = "{proxy.endpoint}"\nregion = "cn-hangzhou"\n'
        f'access_key_id = "{elsewhere.root.key_id}"\naccess_key_secret_file = "{secret}"\n',
    ).start()
    server.remote_bucket = bucket
    yield server
    server.stop()


class Writers:
    """Calls that are events, for as long as the server is there."""

    def __init__(self, cairn):
        self.cairn, self.stopped = cairn, threading.Event()
        self.threads = [threading.Thread(target=self.write) for _ in range(3)]
        for thread in self.threads:
            thread.start()

    def write(self):
        while not self.stopped.is_set():
            try:
                self.cairn.call(TRAIL, "DescribeRegions", {})
            except OSError:
                return

    def end(self):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def grant(cairn, role, is_granted):
    action = "AttachPolicyToRole" if is_granted else "DetachPolicyFromRole"
    parameters = {"PolicyType": "System", "PolicyName": "AliyunActionTrailDeliveryPolicy", "RoleName": role}
    cairn.call(RAM, action, parameters)


def test_nothing_is_lost_or_doubled(here, proxy):
    dice, role = random.Random(SEED), unique("role")
    created = here.call(RAM, "CreateRole", {"RoleName": role, "AssumeRolePolicyDocument": json.dumps(TRUST)})
    assert created.status == 200, created
    grant(here, role, True)
    arn = f"acs:ram::{here.account}:role/{role}"
    local = Deliveries(here)
    guarded = Deliveries(here, OssWriteRoleArn=arn, SlsWriteRoleArn=arn)
    remote = Deliveries(here, to=(), OssBucketName=here.remote_bucket)
    remote.call("SetTrailFileSize", OssFileIntervalSeconds=1)
    until, kills = time.monotonic() + MINUTES * 60, 0
    while time.monotonic() < until:
        proxy.misbehave(*(dice.choice([0, 0, 10, 30]) for _ in range(3)))
        grant(here, role, dice.random() < 0.6)
        writers = Writers(here)
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
    for trail in (local, guarded, remote):
        assert wait_for(lambda: is_still(trail), 240), trail.call("GetTrailDelivery")
        for report in trail.call("VerifyTrailDelivery")["Destinations"]:
            assert report["FindingCount"] == 0 and report["Expected"] > 0, (SEED, report)
    assert kills > 0 and proxy.counts["done"] > 0, (SEED, proxy.counts)


def is_still(trail):
    """The question itself is an event, so a few are always on their way."""
    return all(
        destination["LagEvents"] <= 10 and not destination["LatestDeliveryError"]
        for destination in trail.call("GetTrailDelivery")["Destinations"]
    )
