"""Retention and lifecycle with a clock that is ahead and set back, through clients whose clocks follow the server's: the
project's own by itself, the official one by the offset that its signer takes and nothing in it sets."""

import re
import time
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer.v4 import SignerV4
from principals import unique
from test_bucket_cli import bucket as command

DAY_S = 86_400
ahead_s = 0


@pytest.fixture(scope="module")
def library(preloaded):
    return preloaded("clock_ahead")


@pytest.fixture(autouse=True)
def clients_follow(monkeypatch):
    global ahead_s
    ahead_s = 0
    sign = SignerV4.sign

    def sign_then(self, context):
        context.clock_offset = ahead_s
        sign(self, context)

    monkeypatch.setattr(SignerV4, "sign", sign_then)


def at(cairn, library, days):
    """The same server at another time."""
    global ahead_s
    ahead_s = round(days * DAY_S)
    cairn.stop()
    cairn.start({"LD_PRELOAD": str(library), "CLOCK_AHEAD_S": str(ahead_s)})


def client_of(cairn):
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(cairn.root.key_id, cairn.root.secret)
    config.region, config.endpoint = "cn-hangzhou", cairn.endpoint
    return oss.Client(config)


def refusal(call, request):
    with pytest.raises(oss.exceptions.OperationError) as raised:
        call(request)
    return raised.value.unwrap().code


def locked(cairn, days):
    """A bucket with an object, under a locked policy."""
    name = unique("worm")
    command(cairn, "create", name)
    command(cairn, "cp", "-", f"oss://{name}/kept", text=b"kept")
    policy = command(cairn, "worm", "init", name, "--days", str(days)).strip()
    command(cairn, "worm", "lock", name, policy)
    return name


def test_retention_holds_its_days_and_no_clock_shortens_or_ends_it(own_cairn, library):
    cairn, name = own_cairn, locked(own_cairn, 3)
    at(cairn, library, 2.9)
    client = client_of(cairn)
    for call, request in [
        (client.delete_object, oss.DeleteObjectRequest(bucket=name, key="kept")),
        (client.put_object, oss.PutObjectRequest(bucket=name, key="kept", body=b"other")),
        (client.copy_object, oss.CopyObjectRequest(bucket=name, key="kept", source_key="kept")),
    ]:
        assert refusal(call, request) == "FileImmutable", "the root account is no exception"
    assert refusal(client.delete_bucket, oss.DeleteBucketRequest(bucket=name)) == "BucketNotEmpty"
    assert refusal(client.abort_bucket_worm, oss.AbortBucketWormRequest(bucket=name)) == "WORMConfigurationLocked"
    # What is written while the clock is ahead counts from there, also when the clock is right again.
    command(cairn, "cp", "-", f"oss://{name}/later", text=b"later")
    at(cairn, library, 0)
    assert "FileImmutable" in command(cairn, "rm", f"{name}/kept", code=1)
    at(cairn, library, 3.1)
    assert "FileImmutable" in command(cairn, "rm", f"{name}/later", code=1)
    command(cairn, "rm", f"{name}/kept")
    at(cairn, library, 6)
    command(cairn, "rm", f"{name}/later")
    command(cairn, "rm", name)


def test_what_was_written_with_the_clock_set_back_is_protected_as_long(own_cairn, library):
    cairn = own_cairn
    at(cairn, library, 10)
    name = locked(cairn, 1)
    at(cairn, library, 0)
    # Its time is the newest that the server has seen, not the day that the clock says.
    command(cairn, "cp", "-", f"oss://{name}/back", text=b"back")
    at(cairn, library, 10.5)
    assert "FileImmutable" in command(cairn, "rm", f"{name}/back", code=1)
    at(cairn, library, 11.2)
    command(cairn, "rm", f"{name}/back")


def test_a_clock_that_was_once_far_ahead_is_told(own_cairn, library):
    cairn, name = own_cairn, unique("ahead")

    def ahead():
        page = urllib.request.urlopen(f"{cairn.endpoint}/metrics").read().decode()
        return int(re.search(r"^cairn_bucket_clock_ahead_seconds (\d+)$", page, re.MULTILINE).group(1))

    warning = "the time of buckets is ahead of the system's clock"
    command(cairn, "create", name)
    assert ahead() == 0
    at(cairn, library, 2)
    command(cairn, "cp", "-", f"oss://{name}/x", text=b"x")
    assert ahead() == 0 and warning not in cairn.log()
    at(cairn, library, 0)
    assert 2 * DAY_S - 3600 < ahead() <= 2 * DAY_S
    wait(lambda: warning in cairn.log())


def test_a_trial_ends_by_itself(own_cairn, library):
    cairn, name = own_cairn, unique("worm")
    command(cairn, "create", name)
    command(cairn, "worm", "init", name, "--days", "30")
    command(cairn, "cp", "-", f"oss://{name}/kept", text=b"kept")
    assert "FileImmutable" in command(cairn, "rm", f"{name}/kept", code=1)
    at(cairn, library, 1.1)
    assert "no retention" in command(cairn, "worm", "status", name)
    command(cairn, "rm", f"{name}/kept")


def test_lifecycles_expire_what_nothing_protects(own_cairn, library):
    cairn = own_cairn
    free, kept = unique("free"), locked(own_cairn, 30)
    command(cairn, "create", free)
    for key in ["old/1", "other"]:
        command(cairn, "cp", "-", f"oss://{free}/{key}", text=b"x")
    command(cairn, "cp", "-", f"oss://{kept}/old/1", text=b"x")
    client = client_of(cairn)
    rule = oss.LifecycleRule(
        id="expire",
        prefix="old/",
        status="Enabled",
        expiration=oss.LifecycleRuleExpiration(days=2),
        abort_multipart_upload=oss.LifecycleRuleAbortMultipartUpload(days=1),
    )
    for name in (free, kept):
        client.put_bucket_lifecycle(
            oss.PutBucketLifecycleRequest(bucket=name, lifecycle_configuration=oss.LifecycleConfiguration(rules=[rule]))
        )
    client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=free, key="old/parts"))

    def keys(name):
        listed = client_of(cairn).list_objects_v2(oss.ListObjectsV2Request(bucket=name)).contents or []
        return [one.key for one in listed]

    def uploads(name):
        listed = client_of(cairn).list_multipart_uploads(oss.ListMultipartUploadsRequest(bucket=name))
        return [one.key for one in listed.uploads or []]

    # Rules are looked at when the server starts, and every hour.
    at(cairn, library, 1)
    assert keys(free) == ["old/1", "other"] and uploads(free) == ["old/parts"]
    at(cairn, library, 4)
    wait(lambda: keys(free) == ["other"] and uploads(free) == [])
    assert keys(kept) == ["kept", "old/1"], "protected"
    at(cairn, library, 31)
    wait(lambda: keys(kept) == ["kept"])


def wait(reached):
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline
        time.sleep(0.2)
