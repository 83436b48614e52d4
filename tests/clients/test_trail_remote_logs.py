"""Trails into the log service of another server, over a line that loses calls and answers, with keys that are revoked and
projects that are deleted; read back with `aliyun-log-python-sdk`."""

import json
import os
import subprocess
import time

import oss2
import pytest
from actiontrail_sdks import Current, Refused
from cairn_server import BINARY, RAM, TRAIL, Cairn
from certificates import Certificate
from conftest import run as serve
from flaky_proxy import FlakyProxy
from logstores import client_of
from principals import TRUST_ACCOUNT, Person, unique
from remote_logs import RemoteProject, destination, error_of, repeated
from signing import Credential
from trail_deliveries import Deliveries, ids_of, wait_for

# Deliveries are tried again after up to five minutes.
LONG_S = 400


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    yield from serve(tmp_path_factory.mktemp("elsewhere"))


@pytest.fixture
def proxy(elsewhere):
    proxy = FlakyProxy(elsewhere)
    yield proxy
    proxy.close()


@pytest.fixture
def serves(tmp_path):
    """Starts a server with a configuration and looks, at its end, that it logged no secret."""
    started = []

    def start(config, secrets=(), environment=None):
        server = Cairn(tmp_path / f"server-{len(started)}", config).start(environment)
        started.append((server, secrets))
        return server

    yield start
    for server, secrets in started:
        server.stop()
        log = server.log_path.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in log]


@pytest.fixture
def secret_file(tmp_path):
    def write(credential):
        path = tmp_path / f"{credential.key_id}.secret"
        path.write_text(credential.secret + "\n")
        return path

    return write


def report_of(trail):
    [report] = trail.call("VerifyTrailDelivery")["Destinations"]
    return report


def command(cairn, *arguments, codes=(0,), endpoint=None, **environment):
    environment = {
        **os.environ,
        "CAIRN_ENDPOINT": endpoint or cairn.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cairn.root.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cairn.root.secret,
        **environment,
    }
    done = subprocess.run([str(BINARY), *arguments], env=environment, capture_output=True, timeout=120)
    assert done.returncode in codes, done.stderr.decode()
    return (done.stdout + done.stderr).decode()


def test_every_event_arrives_over_a_line_that_loses(elsewhere, proxy, serves, secret_file):
    project, root = RemoteProject(elsewhere), elsewhere.root
    here = serves(destination("projects", project.name, proxy.endpoint, root, secret_file(root)), [root.secret])
    trail = project.trail(here)
    ids = trail.make_events(5)
    assert project.has(trail, ids)
    proxy.misbehave(lost=20, throttled=20, unanswered=20)
    for _ in range(8):
        ids += trail.make_events(5)
        time.sleep(0.7)
    # Every answer is lost for a while: what is written then is written again.
    before = proxy.counts["unanswered"]
    proxy.misbehave(unanswered=100)
    ids += trail.make_events(5)
    assert wait_for(lambda: proxy.counts["unanswered"] >= before + 2)
    proxy.misbehave()
    assert project.has(trail, ids, LONG_S)
    assert wait_for(lambda: not error_of(trail), LONG_S)
    assert all(proxy.counts.values()), proxy.counts
    again = repeated(project.groups(trail.logstore))
    report = report_of(trail)
    assert report["Repeated"] >= again > 0, "the line loses answers of writes"
    assert report["FindingCount"] == 0 and report["Found"] >= len(ids), report
    # The question before is an event, which may be on its way.
    assert report["Expected"] == report["Found"] + report["Waiting"], report
    shown = command(here, "events", "verify-delivery", trail.name, codes=(0, 3))
    assert "event is there once" in shown and "__pack_id__" in shown
    # The events are those of LookupEvents, in the fields that the index has.
    [log] = project.search(trail, f"event.eventId: {ids[0]}")[:1]
    assert json.loads(log.get_contents()["event"]) == trail.lookup(ids[:1])[ids[0]]
    assert log.get_contents()["__topic__"] == "actiontrail_audit_event"


def test_a_logstore_or_a_project_that_is_deleted(elsewhere, serves, secret_file):
    project, root = RemoteProject(elsewhere), elsewhere.root
    here = serves(destination("projects", project.name, elsewhere.endpoint, root, secret_file(root)))
    trail, client = project.trail(here), client_of(elsewhere)
    assert project.has(trail, trail.make_events(2))
    client.delete_logstore(project.name, trail.logstore)
    assert project.has(trail, trail.make_events(2), LONG_S), "the logstore is made again"
    assert not error_of(trail)
    index = client.get_index_config(project.name, trail.logstore).get_index_config().to_json()
    assert "eventName" in index["keys"]["event"]["json_keys"]
    client.delete_project(project.name)
    lost = trail.make_events(2)
    assert wait_for(lambda: "create the project again" in (error_of(trail) or ""))
    assert project.name in error_of(trail) and not trail.status()["SlsLogStoreStatus"]
    project.make()
    assert project.has(trail, lost, LONG_S), "delivery recovers by itself"
    assert wait_for(lambda: not error_of(trail))


def test_a_key_that_is_revoked(elsewhere, serves, secret_file):
    project, writer = RemoteProject(elsewhere), Person(elsewhere)
    writer.may("log:*")
    key = writer.credential
    here = serves(destination("projects", project.name, elsewhere.endpoint, key, secret_file(key)), [key.secret])
    trail = project.trail(here)
    assert project.has(trail, trail.make_events(2))
    writer.disable()
    lost = trail.make_events(2)
    error = wait_for(lambda: error_of(trail))
    assert "Unauthorized" in error and "[[delivery.projects]] is active" in error
    active = {"UserName": writer.name, "UserAccessKeyId": key.key_id, "Status": "Active"}
    elsewhere.ask(RAM, "UpdateAccessKey", active)
    assert project.has(trail, lost, LONG_S)
    # A trail that would not be delivered is none.
    writer.disable()
    with pytest.raises(Refused) as caught:
        Current(here)("CreateTrail", Name="another-trail", SlsProjectArn=project.arn)
    assert (caught.value.code, caught.value.status) == ("InsufficientSlsPolicyException", 403)


def test_tls_by_an_authority_of_the_system(elsewhere, serves, secret_file, tmp_path):
    certificate, root = Certificate(tmp_path), elsewhere.root
    proxy, project, bucket = FlakyProxy(elsewhere, certificate=certificate), RemoteProject(elsewhere), unique("bucket")
    auth = oss2.AuthV4(root.key_id, root.secret)
    there = oss2.Bucket(auth, elsewhere.endpoint, bucket, region="cn-hangzhou", connect_timeout=30)
    there.create_bucket()
    trusting = {"SSL_CERT_FILE": str(certificate.authority)}
    try:
        config = destination("projects", project.name, proxy.endpoint, root, secret_file(root))
        config += destination("buckets", bucket, proxy.endpoint, root, secret_file(root))
        trail = project.trail(serves(config, environment=trusting), OssBucketName=bucket)
        trail.call("SetTrailFileSize", OssFileIntervalSeconds=1)
        assert project.has(trail, trail.make_events(3))
        assert wait_for(lambda: list(oss2.ObjectIterator(there)))
        found = command(elsewhere, "log", "query", project.name, trail.logstore, endpoint=proxy.endpoint, **trusting)
        assert "eventId" in found
        assert project.name in command(elsewhere, "log", "ls", endpoint=proxy.endpoint, **trusting)
        assert "status" in command(elsewhere, "trail", "ls", endpoint=proxy.endpoint, **trusting)
        # Whoever does not know the authority says nothing to the server, and why.
        done = proxy.counts["done"]
        stranger = serves(config)
        with pytest.raises(Refused) as caught:
            Current(stranger)("CreateTrail", Name="strangers-trail", SlsProjectArn=project.arn)
        assert caught.value.code == "LogServiceException" and proxy.counts["done"] == done
    finally:
        proxy.close()


def second_account(cairn):
    created = cairn.ask(RAM, "CreateAccount", {"AccountName": unique("second")})
    key = created["RootAccessKey"]
    return Credential(key["AccessKeyId"], key["AccessKeySecret"])


def refusal(cairn, action, credential=None, **parameters):
    reply = cairn.call(TRAIL, action, parameters, credential)
    return reply.status, reply.code


def test_an_account_delivers_only_where_the_operator_says(elsewhere, serves, secret_file):
    project, root, bucket = RemoteProject(elsewhere), elsewhere.root, unique("bucket")
    auth = oss2.AuthV4(root.key_id, root.secret)
    oss2.Bucket(auth, elsewhere.endpoint, bucket, region="cn-hangzhou", connect_timeout=30).create_bucket()

    def config(**more):
        arguments = (elsewhere.endpoint, root, secret_file(root))
        owner = {"owner_account_id": elsewhere.account, **more}
        return destination("projects", project.name, *arguments, **owner) + destination(
            "buckets", bucket, *arguments, **more
        )

    here = serves(config())
    other = second_account(here)
    denied = (403, "InsufficientSlsPolicyException")
    assert refusal(here, "CreateTrail", other, Name="everything", SlsProjectArn=project.arn) == denied
    assert refusal(here, "CreateTrail", other, Name="everything", OssBucketName=bucket) == (
        403, "InsufficientBucketPolicyException",
    )
    local = unique("local")
    own = oss2.AuthV4(other.key_id, other.secret)
    oss2.Bucket(own, here.endpoint, local, region="cn-hangzhou", connect_timeout=30).create_bucket()
    here.ask(TRAIL, "CreateTrail", {"Name": "everything", "OssBucketName": local}, other)
    assert refusal(here, "UpdateTrail", other, Name="everything", SlsProjectArn=project.arn) == denied
    # The first account may, and says where the project is and whose.
    for wrong in (
        project.arn.replace("cn-hangzhou", "cn-beijing"),
        project.arn.replace(elsewhere.account, "1234567890"),
    ):
        refused = refusal(here, "CreateTrail", Name="everything", SlsProjectArn=wrong)
        assert refused == (400, "SlsProjectDoesNotExistException")
    trail = project.trail(here, name="everything")
    assert project.has(trail, trail.make_events(1))
    # Where both may, each has a logstore of its own.
    both = serves(config(accounts=[here.account, "1059804828510"]))
    other = second_account(both)
    account = both.ask(RAM, "ListAccounts", {})["Accounts"]["Account"]
    [other_id] = {one["AccountId"] for one in account} - {both.account}
    both.stop()
    both.config_path.write_text(both.config_path.read_text().replace("1059804828510", other_id))
    both.start()
    both.ask(TRAIL, "CreateTrail", {"Name": "shared-name", "SlsProjectArn": project.arn})
    mixed = refusal(both, "CreateTrail", other, Name="shared-name", SlsProjectArn=project.arn)
    assert mixed == (400, "InvalidDeliveryConfigurationException")
    both.ask(TRAIL, "CreateTrail", {"Name": "another-name", "SlsProjectArn": project.arn}, other)


def test_a_role_writes(elsewhere, serves, secret_file):
    project, bucket, taker, role = RemoteProject(elsewhere), unique("bucket"), Person(elsewhere), unique("role")
    root = oss2.AuthV4(elsewhere.root.key_id, elsewhere.root.secret)
    there = oss2.Bucket(root, elsewhere.endpoint, bucket, region="cn-hangzhou", connect_timeout=30)
    there.create_bucket()
    trust = json.dumps(TRUST_ACCOUNT).replace("{account}", elsewhere.account)
    elsewhere.ask(RAM, "CreateRole", {"RoleName": role, "AssumeRolePolicyDocument": trust})
    attached = {"PolicyType": "System", "PolicyName": "AdministratorAccess", "RoleName": role}
    elsewhere.ask(RAM, "AttachPolicyToRole", attached)
    key = taker.credential
    taken = {"role_arn": f"acs:ram::{elsewhere.account}:role/{role}", "sts_endpoint": elsewhere.endpoint}
    arguments = (elsewhere.endpoint, key, secret_file(key))
    config = destination("projects", project.name, *arguments, **taken)
    here = serves(config + destination("buckets", bucket, *arguments, **taken), [key.secret])
    # The key itself may nothing but take the role, and that not yet.
    with pytest.raises(Refused) as caught:
        Current(here)("CreateTrail", Name="by-a-role", SlsProjectArn=project.arn)
    assert (caught.value.code, caught.value.status) == ("InsufficientSlsPolicyException", 403)
    assert role in caught.value.message and "sts:AssumeRole" in caught.value.message
    taker.may("sts:AssumeRole")
    trail = project.trail(here, OssBucketName=bucket)
    trail.call("SetTrailFileSize", OssFileIntervalSeconds=1)
    ids = trail.make_events(3)
    assert project.has(trail, ids)
    assert wait_for(lambda: list(oss2.ObjectIterator(there)))
    made = elsewhere.lookup(("EventName", "CreateLogStore"))["Events"]
    # It is asked for again whenever the trail is looked at; the log service says that it is there.
    made = [event["userIdentity"] for event in made if project.name in json.dumps(event)]
    assert made and {identity["type"] for identity in made} == {"assumed-role"}, made
    assert all(f"{role}:cairn" in json.dumps(identity) for identity in made)
    assert {report["FindingCount"] for report in trail.call("VerifyTrailDelivery")["Destinations"]} == {0}
