"""`cairn trail` and `cairn events verify-delivery`: a trail from its making to its end on the command line."""

import json
import os
import subprocess
import time

import oss2
import requests
from cairn_server import BINARY, RAM, TRAIL
from logstores import client_of, fails
from principals import unique
from trail_deliveries import Deliveries, Place, ids_of, wait_for


def run(cairn, *arguments, code=0):
    """What a command prints; `code` is the exit code that it has, or all that it may have."""
    done = subprocess.run([str(BINARY), *arguments], env=environment(cairn), capture_output=True, timeout=120)
    assert done.returncode in (code if isinstance(code, tuple) else (code,)), (done.returncode, done.stderr.decode())
    return (done.stdout + done.stderr).decode()


def environment(cairn):
    return {
        **os.environ,
        "CAIRN_ENDPOINT": cairn.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cairn.root.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cairn.root.secret,
    }


# Nothing is wrong, and perhaps the last events are still on their way: what this command itself does is one.
WHOLE = (0, 3)


def test_a_trail_on_the_command_line(own_cairn):
    cairn, bucket, project = own_cairn, unique("cli"), unique("cli")
    auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)
    oss2.Bucket(auth, cairn.endpoint, bucket, region="cn-hangzhou", connect_timeout=30).create_bucket()
    client_of(cairn).create_project(project, "for a test")
    arn = f"acs:log:cn-shanghai:{cairn.account}:project/{project}"
    run(cairn, "trail", "create", "everything", "--bucket", bucket, "--project", arn, "--file-seconds", "1")
    assert "TrailAlreadyExists" in run(cairn, "trail", "create", "everything", "--bucket", bucket, code=1)
    run(cairn, "trail", "start", "everything")
    assert "everything" in run(cairn, "trail", "ls")
    for _ in range(3):
        cairn.call(TRAIL, "DescribeRegions", {})

    def reports():
        found = json.loads(run(cairn, "events", "verify-delivery", "everything", "--json", code=WHOLE))
        return found if all(destination["Found"] >= 4 for destination in found) else None

    assert {destination["FindingCount"] for destination in wait_for(reports)} == {0}
    shown = run(cairn, "trail", "status", "everything")
    assert "Enable" in shown and "bucket" in shown and "logstore" in shown
    # What somebody takes away is missed, and what somebody spoils is told, by name.
    [first, *_] = [found.key for found in oss2.ObjectIterator(oss2.Bucket(auth, cairn.endpoint, bucket, region="x"))]
    there = oss2.Bucket(auth, cairn.endpoint, bucket, region="cn-hangzhou")
    there.put_object(first, b"no events")
    shown = run(cairn, "events", "verify-delivery", "everything", code=1)
    assert "missing" in shown and f"unreadable {first}" in shown
    there.delete_object(first)
    shown = run(cairn, "events", "verify-delivery", "everything", code=1)
    assert "missing" in shown and "unreadable" not in shown
    run(cairn, "trail", "update", "everything", "--rw", "Write", "--file-seconds", "2", "--project", "")
    listed = json.loads(run(cairn, "trail", "ls", "--json"))["TrailList"][0]
    assert (listed["EventRW"], listed.get("SlsProjectArn", ""), listed["OssBucketName"]) == ("Write", "", bucket)
    assert "nothing is to be changed" in run(cairn, "trail", "update", "everything", code=1)
    run(cairn, "trail", "stop", "everything")
    run(cairn, "trail", "rm", "everything")
    assert "everything" not in run(cairn, "trail", "ls")


TRUST = {
    "Version": "1",
    "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": ["actiontrail.aliyuncs.com"]}}
    ],
}


def made_role(cairn):
    name = unique("role")
    cairn.ask(RAM, "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(TRUST)})
    grant(cairn, "AttachPolicyToRole", name)
    return name, f"acs:ram::{cairn.account}:role/{name}"


def grant(cairn, operation, role):
    policy = {"PolicyType": "System", "PolicyName": "AliyunActionTrailDeliveryPolicy", "RoleName": role}
    cairn.ask(RAM, operation, policy)


def test_what_waits_is_told_and_a_lost_bucket_hides_nothing(own_cairn):
    cairn, place = own_cairn, Place(own_cairn)
    role, arn = made_role(cairn)
    run(
        cairn, "trail", "create", "guarded", "--bucket", place.bucket, "--bucket-role", arn, "--file-seconds", "1",
        "--project", place.project_arn,
    )
    ask = {"Name": "guarded"}
    assert cairn.ask(TRAIL, "GetTrailStatus", ask)["OssBucketStatus"] is True
    grant(cairn, "DetachPolicyFromRole", role)
    status = cairn.ask(TRAIL, "GetTrailStatus", ask)
    assert (status["OssBucketStatus"], status["SlsLogStoreStatus"]) == (False, True), "a fresh trail says it, too"
    grant(cairn, "AttachPolicyToRole", role)
    run(cairn, "trail", "start", "guarded")
    grant(cairn, "DetachPolicyFromRole", role)
    for _ in range(30):
        cairn.call(TRAIL, "DescribeRegions", {})

    def waiting():
        bucket, logs = json.loads(run(cairn, "events", "verify-delivery", "guarded", "--json", code=3))
        return (bucket, logs) if logs["Found"] >= 30 and "Error" in bucket else None

    bucket, logs = wait_for(waiting)
    assert bucket["Expected"] >= 30 and bucket["Waiting"] == bucket["Expected"] - bucket["Found"] >= 25
    assert bucket["FindingCount"] == logs["FindingCount"] == 0 and arn in bucket["Error"]
    shown = run(cairn, "events", "verify-delivery", "guarded", code=3)
    assert "events are still waiting" in shown.splitlines()[-1] and "AliyunActionTrailDeliveryPolicy" in shown
    shown = run(cairn, "trail", "status", "guarded")
    assert "expired" in shown and arn in shown
    metrics = requests.get(f"{cairn.endpoint}/metrics", timeout=30).text
    assert 'cairn_delivery_expired_events{account="%s",trail="guarded",destination="bucket"} 0' % cairn.account in metrics
    # Nobody can read a bucket that is gone; the logstore is compared all the same.
    auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)
    there = oss2.Bucket(auth, cairn.endpoint, place.bucket, region="cn-hangzhou", connect_timeout=30)
    for found in oss2.ObjectIterator(there):
        there.delete_object(found.key)
    there.delete_bucket()
    bucket, logs = json.loads(run(cairn, "events", "verify-delivery", "guarded", "--json", code=1))
    assert "NoSuchBucket" in bucket["Problem"] and "Problem" not in logs
    assert logs["FindingCount"] == 0 and logs["Found"] >= 30
    shown = run(cairn, "events", "verify-delivery", "guarded", code=1)
    assert "could not be compared" in shown


def test_a_job_that_cannot_deliver_says_why(own_cairn):
    cairn = own_cairn
    for _ in range(20):
        cairn.call(TRAIL, "DescribeRegions", {})
    place = Place(cairn)
    role, arn = made_role(cairn)
    run(cairn, "trail", "create", "guarded", "--project", place.project_arn, "--project-role", arn)
    grant(cairn, "DetachPolicyFromRole", role)
    job = json.loads(run(cairn, "trail", "backfill", "guarded", "--json"))["JobId"]
    shown = wait_for(lambda: told(run(cairn, "trail", "backfill", "--job", str(job)), "problem:"))
    assert "delivers" in shown and "AliyunActionTrailDeliveryPolicy" in shown and "0 of " in shown
    grant(cairn, "AttachPolicyToRole", role)
    # A start ends the pause after a failure.
    cairn.stop()
    cairn.start()
    shown = wait_for(lambda: told(run(cairn, "trail", "backfill", "--job", str(job)), "is done"))
    done, total = shown.splitlines()[1].split(" events")[0].split(" of ")
    assert done == total and int(total) >= 20 and "problem" not in shown


def told(shown, words):
    return shown if words in shown else None


def test_the_trail_of_an_organization_is_made_here(own_cairn):
    place = Place(own_cairn)
    run(own_cairn, "trail", "create", "over-all", "--bucket", place.bucket, "--organization")
    [trail] = json.loads(run(own_cairn, "trail", "ls", "--json"))["TrailList"]
    assert trail["IsOrganizationTrail"] is True and trail["Name"] == "over-all"


def test_who_stops_reading_ends_the_command(own_cairn):
    for command in (["trail", "ls"], ["events", "lookup", "--json"], ["events", "search", "", "--json"]):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [str(BINARY), *command],
                env=environment(own_cairn), stdout=writing, stderr=subprocess.PIPE, timeout=60,
            )
        finally:
            os.close(writing)
        assert done.stderr == b"" and done.returncode == 141, (command, done)


def test_a_begin_without_an_end_goes_to_now(own_cairn):
    own_cairn.call(TRAIL, "DescribeRegions", {})
    begin = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3_600))
    for command in (["search", "eventName:DescribeRegions"], ["lookup", "--event", "DescribeRegions"]):
        assert "DescribeRegions" in run(own_cairn, "events", *command, "--from", begin)
        assert "--from" in run(own_cairn, "events", *command, "--to", begin, code=2)


def test_a_trails_own_logstore_keeps_its_logs(own_cairn):
    trail = Deliveries(own_cairn, to=("logs",))
    ids = trail.make_events(3)
    assert wait_for(lambda: set(ids) <= set(ids_of(trail.in_logs())))
    fails("LogStoreWriteForbidden", trail.logs.update_logstore, trail.project, trail.logstore, 1, shard_count=2)
    fails("LogStoreWriteForbidden", trail.logs.update_logstore, trail.project, trail.logstore, 179, shard_count=2)
    trail.logs.update_logstore(trail.project, trail.logstore, 180, shard_count=2)
    assert trail.logs.get_logstore(trail.project, trail.logstore).get_ttl() == 180
    trail.logs.update_logstore(trail.project, trail.logstore, 400, shard_count=2)
