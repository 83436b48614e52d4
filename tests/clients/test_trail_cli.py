"""`cairn trail` and `cairn events verify-delivery`: a trail from its making to its end on the command line."""

import json
import os
import subprocess

import oss2
from cairn_server import BINARY, TRAIL
from logstores import client_of
from principals import unique
from trail_deliveries import wait_for


def run(cairn, *arguments, code=0):
    environment = {
        **os.environ,
        "CAIRN_ENDPOINT": cairn.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cairn.root.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cairn.root.secret,
    }
    done = subprocess.run([str(BINARY), *arguments], env=environment, capture_output=True, timeout=120)
    assert done.returncode == code, done.stderr.decode()
    return (done.stdout + done.stderr).decode()


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
        found = json.loads(run(cairn, "events", "verify-delivery", "everything", "--json"))
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
    run(cairn, "trail", "stop", "everything")
    run(cairn, "trail", "rm", "everything")
    assert "everything" not in run(cairn, "trail", "ls")
