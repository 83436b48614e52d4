"""Logs written by the official producer, which is the Rust crate `aliyun-log-producer` with a thin face for Python.

It packs with zstd, batches, repeats, and numbers its batches. It resolves names itself, so the server is its proxy. It runs
in a process of its own, which alone has that proxy.
"""

import json
import os
import subprocess
import sys
import time

import pytest
from logstores import Logstore

PRODUCE = """
import json, sys, time
from aliyun_log_producer import EnqueueFullError, Producer, ProducerConfig

asked = json.loads(sys.argv[1])
config = ProducerConfig(
    endpoint="cn-hangzhou.log.aliyuncs.com", access_key_id=asked["id"], access_key_secret=asked["secret"],
    compression=asked["compression"], linger=0.05, batch_count_threshold=asked["batch"], max_attempts=3,
)
outcomes = []
with Producer(config) as producer:
    writer = producer.writer(asked["project"], asked["logstore"])
    for n in range(asked["count"]):
        note = lambda error: outcomes.append(None if error is None else [error.kind, error.http_status, error.error_code])
        log = {"n": str(n), "text": asked["text"] % n}
        while True:
            try:
                writer.send(log, topic="produced", source="10.0.0.9", time=asked["time"] + n % 5, on_delivery=note)
                break
            except EnqueueFullError:  # It holds so many logs and callbacks, no more: a busy machine is slower than this loop.
                time.sleep(0.01)
print(json.dumps(outcomes))
"""


def produce(cairn, project, logstore="demo", **options):
    asked = {"project": project, "logstore": logstore, "id": cairn.root.key_id, "secret": cairn.root.secret,
             "compression": "zstd", "batch": 100, "count": 1_000, "text": "审计 %d {\"a\": \"b\"}",
             "time": int(time.time()) - 60, **options}
    # Its HTTP library reads the variable of the proxy in small letters.
    environment = {**os.environ, "http_proxy": cairn.endpoint, "no_proxy": ""}
    done = subprocess.run(
        [sys.executable, "-c", PRODUCE, json.dumps(asked)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_everything_that_was_sent_is_there_once(cairn, compression):
    store = Logstore(cairn, shards=2)
    assert produce(cairn, store.project, compression=compression) == [None] * 1_000
    found = store.find(size=-1)
    assert sorted(int(log["n"]) for log in found) == list(range(1_000))
    assert {log["text"] for log in found} == {f'审计 {n} {{"a": "b"}}' for n in range(1_000)}
    assert {(log["__topic__"], log["__source__"]) for log in found} == {("produced", "10.0.0.9")}
    packs = {log["__tag__:__pack_id__"] for log in found}
    assert len(packs) >= 10 and len({pack.rsplit("-", 1)[0] for pack in packs}) == 1


def test_a_large_batch_is_taken_whole(cairn):
    store = Logstore(cairn)
    text = "x" * 2_000 + " %d"
    assert produce(cairn, store.project, batch=4_000, count=4_000, text=text) == [None] * 4_000
    assert len(store.find(size=-1)) == 4_000


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"secret": "wrong"}, 401, "SignatureNotMatch"),
        ({"id": "LTAInobody"}, 401, "InvalidAccessKeyId"),
        ({"project": "nobodys-project"}, 404, "ProjectNotExist"),
        ({"time": 1_000_000}, 400, "PostBodyInvalid"),
    ],
)
def test_a_refusal_is_told_with_its_code(cairn, change, status, code):
    store = Logstore(cairn)
    outcomes = produce(cairn, **({"project": store.project, "count": 3} | change))
    assert {(outcome[1], outcome[2]) for outcome in outcomes} == {(status, code)}, outcomes
    assert store.find() == []
