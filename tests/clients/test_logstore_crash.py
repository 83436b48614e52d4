"""kill -9 while logs are put: what was acknowledged is there once and as it was sent, the rest is there whole or not at all."""

import threading
import time
from collections import Counter

from aliyun.log import LogException, LogItem, PutLogsRequest
from cairn_server import Cairn
from logstores import Logstore, client_of

ROUNDS = 5
WRITERS = 4
LOGS = 7


def write_until_it_dies(cairn, place, number, attempted, acknowledged, stopped):
    # The client would repeat what has no answer, and so write it twice.
    client, n = without_repetition(client_of(cairn)), 0
    while not stopped.is_set():
        name, n = f"{number}/{time.time_ns()}-{n}", n + 1
        items = [LogItem(contents=[("batch", name), ("text", f"{name} {m} " + "审" * 500)]) for m in range(LOGS)]
        attempted.add(name)
        try:
            client.put_logs(PutLogsRequest(*place, name, "", items))
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


def test_kills_lose_double_and_halve_nothing(own_cairn):
    cairn = own_cairn
    store = Logstore(cairn, shards=2)
    place, started = (store.project, store.name), int(time.time())
    attempted, acknowledged = set(), set()
    for _ in range(ROUNDS):
        stopped = threading.Event()
        threads = [
            threading.Thread(target=write_until_it_dies, args=(cairn, place, n, attempted, acknowledged, stopped))
            for n in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        time.sleep(1)
        cairn.kill()
        stopped.set()
        for thread in threads:
            thread.join(60)
        cairn.start()
    client = client_of(cairn)
    pulled, found = Counter(), Counter()
    for shard in range(2):
        cursor, end = (client.get_cursor(*place, shard, at).get_cursor() for at in ("begin", "end"))
        while cursor != end:
            answer = client.pull_logs(*place, shard, cursor)
            for group in answer.get_loggroup_list().LogGroups:
                assert len(group.Logs) == LOGS
                for n, log in enumerate(group.Logs):
                    contents = {content.Key: content.Value for content in log.Contents}
                    assert contents == {"batch": group.Topic, "text": f"{group.Topic} {n} " + "审" * 500}
                pulled[group.Topic] += 1
            cursor = answer.get_next_cursor()
    for log in client.get_log_all(*place, started - 10, int(time.time()) + 10, query="*"):
        for one in log.get_logs():
            found[one.get_contents()["batch"]] += 1
    assert acknowledged and acknowledged <= set(pulled) <= attempted
    assert set(pulled.values()) == {1}
    assert found == Counter({name: LOGS for name in pulled})


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
