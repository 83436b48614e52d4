"""Trails and what they delivered, read with the official clients of the object storage and of the log service."""

import gzip
import json
import time

import oss2
from cairn_server import TRAIL
from logstores import client_of
from principals import unique

PATIENCE_S = 90


def wait_for(what, patience_s=PATIENCE_S):
    """The first true answer."""
    deadline = time.monotonic() + patience_s
    while True:
        answer = what()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.2)


class Deliveries:
    """A trail to a bucket and a project of its own."""

    def __init__(self, cairn, to=("bucket", "logs"), name=None, start=True, **parameters):
        self.cairn, self.name = cairn, name or unique("trail")[:36]
        self.bucket_name, self.project = unique("bucket"), unique("project")
        self.logstore = f"actiontrail_{self.name}"
        self.bucket().create_bucket()
        self.logs = client_of(cairn)
        self.logs.create_project(self.project, "for a test")
        self.prefix = parameters.get("OssKeyPrefix", "")
        given = {"Name": self.name, **parameters}
        if "bucket" in to:
            given["OssBucketName"] = self.bucket_name
        if "logs" in to:
            given["SlsProjectArn"] = self.arn()
        self.call("CreateTrail", **given)
        if "bucket" in to:
            self.call("SetTrailFileSize", OssFileIntervalSeconds=1)
        if start:
            self.call("StartLogging")

    def arn(self):
        return f"acs:log:cn-shanghai:{self.cairn.account}:project/{self.project}"

    def bucket(self):
        auth = oss2.AuthV4(self.cairn.root.key_id, self.cairn.root.secret)
        return oss2.Bucket(auth, self.cairn.endpoint, self.bucket_name, region="cn-hangzhou", connect_timeout=30)

    def call(self, action, **parameters):
        reply = self.cairn.call(TRAIL, action, {"Name": self.name, **parameters})
        assert reply.status == 200, reply
        return reply.json

    def make_events(self, count):
        """Calls that are events; the ids of these."""
        return [self.cairn.call(TRAIL, "DescribeRegions", {}).request_id for _ in range(count)]

    def files(self):
        """Keys and events of the files in the bucket."""
        bucket = self.bucket()
        keys = [found.key for found in oss2.ObjectIterator(bucket)]
        return {key: json.loads(gzip.decompress(bucket.get_object(key).read())) for key in keys}

    def in_bucket(self):
        return [event for events in self.files().values() for event in events]

    def in_logs(self):
        """The events of the logstore, by search."""
        self.logs = client_of(self.cairn)
        now, logs = int(time.time()), []
        while True:
            found = self.logs.get_log(
                self.project, self.logstore, now - 90 * 86_400, now + 900, query="*", size=100, offset=len(logs)
            )
            assert found.is_completed()
            page = found.get_logs()
            logs.extend(page)
            if len(page) < 100:
                return [json.loads(log.get_contents()["event"]) for log in logs]

    def pulled_ids(self):
        """The ids of the events of the logstore, by pulling: searching half a million by pages would take an hour."""
        groups = pulled_groups(client_of(self.cairn), self.project, self.logstore)
        return [event_id for group in groups for event_id in ids_of_group(group)]

    def status(self):
        return self.call("GetTrailStatus")

    def lookup(self, ids):
        """The events as LookupEvents has them."""
        wanted, found, token = set(ids), {}, {}
        while wanted - set(found):
            reply = self.cairn.ask(TRAIL, "LookupEvents", {"MaxResults": "50", **token})
            found.update({event["eventId"]: event for event in reply["Events"] if event["eventId"] in wanted})
            if not reply.get("NextToken"):
                break
            token = {"NextToken": reply["NextToken"]}
        return found


class Place:
    """Where trails may deliver: a bucket and a project."""

    def __init__(self, cairn):
        self.bucket, project = unique("trails"), unique("trails")
        auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)
        oss2.Bucket(auth, cairn.endpoint, self.bucket, region="cn-hangzhou", connect_timeout=30).create_bucket()
        client_of(cairn).create_project(project, "for a test")
        self.project_arn = f"acs:log:cn-shanghai:{cairn.account}:project/{project}"


def ids_of(events):
    return [event["eventId"] for event in events]


def ids_of_group(group):
    contents = [content for log in group.Logs for content in log.Contents if content.Key == "event"]
    return [json.loads(content.Value)["eventId"] for content in contents]


def pulled_groups(client, project, logstore):
    """All groups of a logstore, shard after shard."""
    for shard in client.list_shards(project, logstore).get_shards_info():
        number = shard["shardID"]
        cursor = client.get_cursor(project, logstore, number, "begin").get_cursor()
        while True:
            page = client.pull_logs(project, logstore, number, cursor, 100)
            yield from page.get_loggroup_list().LogGroups
            if page.get_next_cursor() == cursor:
                break
            cursor = page.get_next_cursor()
