"""`cairn log`: the everyday things of the log service on the command line, with both versions of the signature."""

import json
import subprocess

import pytest
from cairn_server import BINARY
from principals import unique


def log(cairn, *arguments, text=None, code=0, region=None):
    environment = {
        **cairn.environment(),
        "CAIRN_ENDPOINT": cairn.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cairn.root.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cairn.root.secret,
        **({"ALIBABA_CLOUD_REGION_ID": region} if region else {}),
    }
    done = subprocess.run(
        [str(BINARY), "log", *arguments], input=text, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.mark.parametrize("region", [None, "cn-hangzhou"], ids=["v1", "v4"])
def test_logs_are_put_and_found(cairn, region):
    project, run = unique("project"), lambda *arguments, **named: log(cairn, *arguments, region=region, **named)
    run("create", project, "demo", "--ttl", "7", "--shards", "2")
    run("create", project, "demo")  # what is there stays
    assert project in run("ls") and "demo" in run("ls", project)
    lines = [json.dumps({"n": n, "text": "审计"}) for n in range(5_000)] + ["plain text"]
    run("put", project, "demo", "--topic", "top", text="\n".join(lines) + "\n")
    found = [json.loads(line) for line in run("query", project, "demo", "--limit", "10000").splitlines()]
    assert sorted(int(one["n"]) for one in found if "n" in one) == list(range(5_000))
    assert [one["content"] for one in found if "content" in one] == ["plain text"]
    assert {one["__topic__"] for one in found} == {"top"} and all("__tag__:__pack_id__" in one for one in found)
    assert len(run("query", project, "demo", "--limit", "7").splitlines()) == 7
    counted = "审计 | SELECT __topic__ AS t, count(*) AS n GROUP BY t"
    assert run("query", project, "demo", counted, "--output", "csv") == "t,n\ntop,5000\n"
    assert json.loads(run("query", project, "demo", counted, "--output", "json")) == {"t": "top", "n": "5000"}
    assert "5000" in run("query", project, "demo", counted) and "1 row" in run("query", project, "demo", counted)
    run("rm", project, "demo")
    assert "LogStoreNotExist" in run("query", project, "demo", code=1)
    run("rm", project)
    assert "ProjectNotExist" in run("ls", project, code=1)
