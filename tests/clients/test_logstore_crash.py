"""kill -9 while logs are put: what was acknowledged is there once and as it was sent, the rest is there whole or not at all."""

import os
import random
import threading
import time
from collections import Counter

from aliyun.log import LogException, LogItem, PutLogsRequest
from cairn_server import Cairn
from logstores import Logstore, client_of

ROUNDS = int(os.environ.get("CAIRN_CRASH_ROUNDS", "50"))
LONGEST_ROUND_S = 0.25
WRITERS = 4
LOGS = 7
TEXT = "审" * 100


def write_until_it_dies(client, place, topic, number, attempted, acknowledged, stopped):
    n = 0
    while not stopped.is_set():
        name, n = f"{topic}/{number}/{n}", n + 1
        items = [LogItem(contents=[("batch", name), ("text", f"{name} {m} {TEXT}")]) for m in range(LOGS)]
        attempted.add(name)
        try:
            client.put_logs(PutLogsRequest(*place, topic, "", items))
        except Died:
            return
        acknowledged.add(name)


class Died(Exception):
    pass


def without_repetition(client):
    send = client._sendRequest

    def send_once(*arguments, **named):
        try:
            return send(*arguments, **named)
        except LogException as error:
            if error.get_error_code() == "LogRequestError" or error.get_resp_status() >= 500:
                raise Died from error
            raise

    client._sendRequest = send_once
    return client


def kill_while_writing(cairn, place, topic, attempted, acknowledged):
    # The client would repeat what has no answer, and so write it twice.
    clients = [without_repetition(client_of(cairn)) for _ in range(WRITERS)]
    stopped = threading.Event()
    threads = [
        threading.Thread(target=write_until_it_dies, args=(client, place, topic, n, attempted, acknowledged, stopped))
        for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    time.sleep(random.uniform(0.02, LONGEST_ROUND_S))
    cairn.kill()
    stopped.set()
    for thread in threads:
        thread.join(60)


def pulled_batches(client, place, shards):
    """How often each batch is there, each with all of its logs as they were sent."""
    pulled = Counter()
    for shard in range(shards):
        cursor, end = (client.get_cursor(*place, shard, at).get_cursor() for at in ("begin", "end"))
        while cursor != end:
            answer = client.pull_logs(*place, shard, cursor)
            for group in answer.get_loggroup_list().LogGroups:
                contents = [{content.Key: content.Value for content in log.Contents} for log in group.Logs]
                name = contents[0]["batch"]
                assert name.startswith(group.Topic)
                assert contents == [{"batch": name, "text": f"{name} {n} {TEXT}"} for n in range(LOGS)]
                pulled[name] += 1
            cursor = answer.get_next_cursor()
    return pulled


def test_kills_lose_double_and_halve_nothing(tmp_path):
    # Parts of the store are so small that kills come while they become segments.
    cairn = Cairn(tmp_path / "own", config="[store]\npart_events = 500\n").start()
    try:
        store = Logstore(cairn, shards=2)
        place, started = (store.project, store.name), int(time.time())
        attempted, acknowledged = set(), set()
        topics = [f"round-{number}" for number in range(ROUNDS)]
        for topic in topics:
            kill_while_writing(cairn, place, topic, attempted, acknowledged)
            cairn.start()
        client = client_of(cairn)
        pulled, found = pulled_batches(client, place, 2), Counter()
        for topic in topics:
            for page in client.get_log_all(*place, started - 10, int(time.time()) + 10, topic=topic, query="*"):
                assert page.is_completed()
                found.update(log.get_contents()["batch"] for log in page.get_logs())
        assert len(acknowledged) >= ROUNDS and acknowledged <= set(pulled) <= attempted
        assert set(pulled.values()) == {1}
        assert found == Counter({name: LOGS for name in pulled})
        cairn.stop()
        report = cairn.cli("store", "check", str(cairn.data)).stdout
        assert "sound" in report and "0 segments" not in report, report
    finally:
        if cairn.process.poll() is None:
            cairn.kill()


def test_logs_in_segments_are_whole_and_read_as_before(tmp_path):
    cairn = Cairn(tmp_path, config="[store]\npart_events = 50\npart_age_s = 1\n").start()
    try:
        store = Logstore(cairn, shards=2)
        now = int(time.time())
        for n in range(60):
            store.put([(now - n, {"n": f"{n}/{m}", "text": "审计 word"}) for m in range(5)], topic=f"t{n}")
        before = [store.find(query, size=-1) for query in ("*", "word not t3", '"59/4" or n:7')]
        groups = pull(cairn, store)
        end = time.monotonic() + 30
        while not [path for path in (cairn.data / "segments").rglob("*.parquet") if "logs%2F" in str(path)]:
            assert time.monotonic() < end
            time.sleep(0.2)
        cairn.stop()
        assert "sound" in cairn.cli("store", "check", str(cairn.data)).stdout
        cairn.start()
        assert [store_again(cairn, store).find(query, size=-1) for query in ("*", "word not t3", '"59/4" or n:7')] == before
        assert len(before[0]) == 300 and pull(cairn, store) == groups and len(groups) == 60
    finally:
        if cairn.process.poll() is None:
            cairn.stop()


def store_again(cairn, store):
    store.client = client_of(cairn)
    return store


def pull(cairn, store):
    client, place, groups = client_of(cairn), (store.project, store.name), []
    for shard in range(2):
        cursor, end = (client.get_cursor(*place, shard, at).get_cursor() for at in ("begin", "end"))
        while cursor != end:
            answer = client.pull_logs(*place, shard, cursor, count=7)
            groups += [group.SerializeToString() for group in answer.get_loggroup_list().LogGroups]
            cursor = answer.get_next_cursor()
    return groups
