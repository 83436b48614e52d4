"""The log service with the official `aliyun-log-cli`, which knows no ports: the server is its proxy."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from aliyun.log import LogItem, PutLogsRequest
from logstores import client_of
from principals import unique

PROGRAM = Path(sys.executable).parent / "aliyunlog"


@pytest.fixture(params=["v1", "v4"])
def aliyunlog(request, cairn, tmp_path):
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "http_proxy": cairn.endpoint,
        "ALIYUN_LOG_CLI_ACCESSID": cairn.root.key_id,
        "ALIYUN_LOG_CLI_ACCESSKEY": cairn.root.secret,
        "ALIYUN_LOG_CLI_ENDPOINT": "cn-hangzhou.log.aliyuncs.com",
        "ALIYUN_LOG_CLI_SIGN_VERSION": request.param,
        "ALIYUN_LOG_CLI_REGION_ID": "cn-hangzhou",
    }

    def run(operation, code=0, **options):
        options = [f"--{name}={value}" for name, value in options.items()]
        done = subprocess.run(
            [str(PROGRAM), "log", operation, *options], env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        if code:
            return done.stdout + done.stderr
        return json.loads(done.stdout) if done.stdout.strip() else None

    return run


def test_the_everyday_things(cairn, aliyunlog):
    project, now = unique("project"), int(time.time())
    aliyunlog("create_project", project_name=project, project_des="made by the official command")
    assert aliyunlog("get_project", project_name=project)["description"] == "made by the official command"
    aliyunlog("create_logstore", project_name=project, logstore_name="demo", ttl=7, shard_count=1)
    assert aliyunlog("list_logstore", project_name=project)["logstores"] == ["demo"]
    index = {"line": {"token": [" ", ","], "caseSensitive": False}, "keys": {}}
    aliyunlog("create_index", project_name=project, logstore_name="demo", index_detail=json.dumps(index))
    items = [LogItem(now, contents=[("n", str(n)), ("text", f"word{n}, other")]) for n in range(5)]
    client_of(cairn).put_logs(PutLogsRequest(project, "demo", "topic", "", items))
    place = {"project": project, "logstore": "demo", "from_time": now - 60, "to_time": now + 60}
    found = aliyunlog("get_log", **place, query="word3")
    assert [one["n"] for one in (found["data"] if isinstance(found, dict) else found)] == ["3"]
    counted = aliyunlog("get_log", **place, query="other | SELECT count(*) AS n, max(__time__) AS last")
    assert (counted["data"] if isinstance(counted, dict) else counted) == [{"n": "5", "last": str(now)}]
    asked = {"project": project, "logstore": "demo", "fromTime": now - 60, "toTime": now + 60, "query": "other"}
    bars = aliyunlog("get_histograms", request=json.dumps(asked))
    assert sum(bar["count"] for bar in bars) == 5
    cursor = aliyunlog("get_cursor", project_name=project, logstore_name="demo", shard_id=0, start_time="begin")["cursor"]
    pulled = aliyunlog("pull_logs", project_name=project, logstore_name="demo", shard_id=0, cursor=cursor, count=10)
    assert "word4, other" in json.dumps(pulled)
    assert "LogStoreNotExist" in aliyunlog("get_logstore", code=3, project_name=project, logstore_name="none")
    aliyunlog("delete_logstore", project_name=project, logstore_name="demo")
    aliyunlog("delete_project", project_name=project)
