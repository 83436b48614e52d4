"""Logs written, found, counted and pulled with the official `aliyun-log-python-sdk`."""

import hashlib
import json
import threading
import time
import zlib

import lz4.block
import pyarrow
import pytest
from aliyun.log import GetHistogramsRequest, GetLogsRequest, ListTopicsRequest, LogItem, PutLogsRequest
from aliyun.log.consumer import ConsumerProcessorBase, ConsumerWorker, CursorPosition, LogHubConfig
from logstores import ENDPOINT, Logstore, client_of, fails, resolve_here
from principals import unique
from trail_deliveries import wait_for


@pytest.fixture(params=["v1", "v4"])
def version(request):
    return request.param


def test_logs_come_back_as_they_were_put(cairn, version):
    store, now = Logstore(cairn, version), int(time.time())
    contents = {"event": '{"a": "日志\\n", "b": [1, "\\u0001"]}', "empty": "", "k.e-y:1": "q\"'\\\x01 ü", "n": "7"}
    store.put([(now, contents)], "topic 审", "10.0.0.1", [("host", "a"), ("__pack_id__", "0123-1")])
    found = store.find()
    assert found == [
        contents
        | {"__topic__": "topic 审", "__source__": "10.0.0.1", "__tag__:host": "a", "__tag__:__pack_id__": "0123-1"}
        | {"__time__": now, "__time_ns_part__": found[0]["__time_ns_part__"]}
    ]


@pytest.mark.parametrize("compress", [True, False])
def test_compression_is_the_clients_choice(cairn, compress):
    store, now = Logstore(cairn), int(time.time())
    store.put([(now, {"text": "x" * 100_000}), (now, {"text": hashlib.sha512(b"1").hexdigest()})], compress=compress)
    assert sorted(len(log["text"]) for log in store.find()) == [128, 100_000]


def test_pages_are_whole_in_either_order(cairn):
    store, now = Logstore(cairn, shards=3), int(time.time()) - 1000
    for start in range(0, 250, 50):
        store.put([(now + n // 2, {"n": str(n)}) for n in range(start, start + 50)], topic=f"t{start % 100}")
    every = sorted(range(250))
    for reverse in (False, True):
        pages = [store.find(size=60, offset=at, reverse=reverse) for at in range(0, 300, 60)]
        assert [len(page) for page in pages] == [60, 60, 60, 60, 10]
        logs = [log for page in pages for log in page]
        assert sorted(int(log["n"]) for log in logs) == every
        times = [log["__time__"] for log in logs]
        assert times == sorted(times, reverse=reverse)
    assert len(store.find(start=now + 10, end=now + 20)) == 20
    assert len(store.find(topic="t50", size=-1)) == 100
    fails("ParameterInvalid", store.find, offset=-1)
    fails("ParameterInvalid", store.find, start=now, end=now)


def test_the_first_form_of_the_question_is_answered_too(cairn):
    store, now = Logstore(cairn), int(time.time())
    store.put([(now - n, {"n": str(n)}) for n in range(5)])
    request = GetLogsRequest(store.project, store.name, now - 60, now + 60, query="*", line=2, reverse=True)
    found = store.client.get_logs(request)
    assert [log.get_contents()["n"] for log in found.get_logs()] == ["0", "1"] and found.is_completed()


def test_histograms_count_what_is_found(cairn):
    store, now = Logstore(cairn, shards=2), int(time.time()) // 60 * 60 - 600
    store.put([(now + n, {"n": str(n)}) for n in range(120)], "a")
    store.put([(now + 5, {"n": "x"})], "b")
    request = GetHistogramsRequest(store.project, store.name, now, now + 600, "", "*")
    found = store.client.get_histograms(request)
    bars = found.get_histograms()
    assert (found.get_total_count(), found.is_completed(), sum(bar.get_count() for bar in bars)) == (121, True, 121)
    assert bars[0].get_from() == now and bars[-1].get_to() == now + 600
    assert all(left.get_to() == right.get_from() for left, right in zip(bars, bars[1:]))
    of_topic = store.client.get_histograms(GetHistogramsRequest(store.project, store.name, now, now + 600, "b", "*"))
    assert of_topic.get_total_count() == 1


def test_topics_are_listed_by_pages(cairn):
    store, now = Logstore(cairn, shards=2), int(time.time())
    names = [f"t{n:03}" for n in range(130)] + ["审计 %41\n", "z"]
    for name in names + ["t005", ""]:
        store.put([(now, {"n": "1"})], name)
    listed, token = [], None
    while token != "":
        page = store.client.list_topics(ListTopicsRequest(store.project, store.name, token, 50))
        assert int(page.get_count()) == len(page.get_topics()) <= 50
        listed, token = listed + page.get_topics(), page.get_next_token()
    assert listed == sorted(names)
    fails("ParameterInvalid", store.client.list_topics, ListTopicsRequest(store.project, store.name, None, 101))
    fails("LogStoreNotExist", store.client.list_topics, ListTopicsRequest(store.project, "none"))


@pytest.mark.parametrize("accepted", ["lz4", "zstd", "deflate", "", "gzip, deflate, br, zstd"])
def test_answers_are_packed_as_their_reader_asks(cairn, accepted):
    store, now = Logstore(cairn), int(time.time())
    store.put([(now, {"text": "审计 " * 1_000}) for _ in range(5)])
    body = json.dumps({"from": now - 60, "to": now + 60, "query": "*"}).encode()
    headers = {"Content-Type": "application/json", "Accept-Encoding": accepted}
    raw, answered = store.client._send("POST", store.project, body, "/logstores/demo/logs", None, headers, "bytes")
    is_packed = accepted in ("lz4", "zstd", "deflate")
    assert answered.get("x-log-compresstype") == (accepted if is_packed else None)
    assert ("x-log-bodyrawsize" in answered) == is_packed and (len(raw) < 5_000) == is_packed
    unpack = {"lz4": lambda: lz4.block.decompress(raw, uncompressed_size=size), "deflate": lambda: zlib.decompress(raw),
              "zstd": lambda: pyarrow.decompress(raw, size, codec="zstd", asbytes=True)}
    size = int(answered.get("x-log-bodyrawsize", 0))
    found = json.loads(unpack[accepted]() if is_packed else raw)["data"]
    assert [log["text"] for log in found] == ["审计 " * 1_000] * 5


def test_neighbours_of_a_log_are_those_of_its_writer(cairn):
    store, now = Logstore(cairn), int(time.time()) - 60
    for batch in range(4):
        for writer in ("AAAA", "BBBB"):
            logs = [(now + batch * 3 + n, {"of": writer, "n": str(batch * 3 + n)}) for n in range(3)]
            store.put(logs, tags=[("__pack_id__", f"{writer}-{batch:X}")])
    anchor = next(log for log in store.find("*|with_pack_meta") if log["of"] == "AAAA" and log["n"] == "5")
    found = store.client.get_context_logs(
        store.project, store.name, anchor["__tag__:__pack_id__"], anchor["__pack_meta__"], 3, 100
    )
    logs = [log.get_contents() for log in found.get_logs()]
    assert [(log["n"], log["__index_number__"]) for log in logs] == [(str(n), str(n - 5)) for n in range(2, 12)]
    assert (found.get_back_lines(), found.get_forward_lines(), {log["of"] for log in logs}) == (3, 6, {"AAAA"})


def test_groups_are_pulled_in_the_order_in_which_they_came(cairn, version):
    store, now = Logstore(cairn, version), int(time.time())
    client, place = store.client, (store.project, store.name, 0)
    is_since = lambda told: now <= told.get_cursor_time() <= time.time()
    assert client.get_begin_cursor(*place).get_cursor() == client.get_end_cursor(*place).get_cursor()
    for n in range(7):
        store.put([(now - n, {"n": f"{n}/{m}"}) for m in range(3)], f"topic{n}", tags=[("t", str(n))])
    cursor, end = (client.get_cursor(*place, at).get_cursor() for at in ("begin", "end"))
    seen = []
    while cursor != end:
        pulled = client.pull_logs(*place, cursor, count=3)
        assert 1 <= pulled.get_loggroup_count() <= 3
        seen += pulled.get_loggroup_list().LogGroups
        cursor = pulled.get_next_cursor()
    assert [group.Topic for group in seen] == [f"topic{n}" for n in range(7)]
    assert [[content.Value for log in group.Logs for content in log.Contents] for group in seen] == [
        [f"{n}/{m}" for m in range(3)] for n in range(7)
    ]
    assert [(tag.Key, tag.Value) for tag in seen[4].LogTags] == [("t", "4")]
    assert client.pull_logs(*place, end).get_loggroup_count() == 0
    since = client.get_cursor(*place, int(time.time()) - 3600).get_cursor()
    assert since == client.get_begin_cursor(*place).get_cursor()
    assert client.get_cursor(*place, int(time.time()) + 5).get_cursor() == end
    assert is_since(client.get_cursor_time(*place, since))
    assert is_since(client.get_previous_cursor_time(*place, end))
    fails("InvalidCursor", client.pull_logs, *place, "bm9uc2Vuc2U=")
    fails("ShardNotExist", client.get_begin_cursor, store.project, store.name, 9)


def test_a_hash_key_chooses_the_shard(cairn):
    store, now = Logstore(cairn, shards=4), int(time.time())
    for n, key in enumerate(["0" * 32, "4" + "0" * 31, "bf" + "f" * 30, "f" * 32]):
        store.put([(now, {"n": str(n)})], hashKey=key)
    for shard, expected in enumerate(["0", "1", "2", "3"]):
        cursor = store.client.get_begin_cursor(store.project, store.name, shard).get_cursor()
        groups = store.client.pull_logs(store.project, store.name, shard, cursor).get_loggroup_list().LogGroups
        assert [group.Logs[0].Contents[0].Value for group in groups] == [expected]
    fails("ParameterInvalid", store.put, [(now, {"n": "1"})], hashKey="xyz")


def test_one_bad_log_refuses_its_group(cairn):
    store, now = Logstore(cairn), int(time.time())
    for bad in (now - 8 * 86_400, now + 3_600):
        fails("PostBodyInvalid", store.put, [(now, {"n": "1"}), (bad, {"n": "2"})])
    fails("InvalidKey", store.put, [(now, {"k" * 129: "1"})])
    fails("PostBodyInvalid", store.put, [(now, {"k": "x" * (1024 * 1024 + 1)})])
    fails("LogStoreNotExist", store.client.put_logs, PutLogsRequest(store.project, "nothing", "", "", []))
    assert store.find() == []
    store.put([(now, {"k": "x" * (1024 * 1024)})])
    assert len(store.find()[0]["k"]) == 1024 * 1024


def test_what_is_not_there_says_so(cairn):
    store = Logstore(cairn)
    refused = fails("ParameterInvalid", store.find, "* | select nobody_has_this")
    assert refused.get_resp_status() == 400 and "nobody_has_this" in refused.get_error_message()


class Collector(ConsumerProcessorBase):
    def __init__(self, seen):
        super().__init__()
        self.seen = seen

    def process(self, log_groups, check_point_tracker):
        for group in log_groups.LogGroups:
            self.seen += [content.Value for log in group.Logs for content in log.Contents]
        check_point_tracker.save_check_point(True)


def consume(cairn, store, group, name, seen, version):
    port = cairn.address.rsplit(":", 1)[1]
    resolve_here()
    config = LogHubConfig(
        f"http://{ENDPOINT}:{port}", cairn.root.key_id, cairn.root.secret, store.project, store.name, group, name,
        cursor_position=CursorPosition.BEGIN_CURSOR, heartbeat_interval=1, data_fetch_interval=0.2,
        auth_version=version, region="cn-hangzhou",
    )
    worker = ConsumerWorker(Collector, config, args=(seen,))
    worker.start()
    return worker


def test_workers_of_a_group_share_the_shards_and_go_on_where_they_stopped(cairn, version):
    store, now, seen = Logstore(cairn, version, shards=4), int(time.time()), []
    put = lambda numbers: [store.put([(now, {"n": str(n)})]) for n in numbers]
    put(range(40))
    workers = [consume(cairn, store, "g1", f"consumer-{n}", seen, version) for n in range(2)]
    assert wait_for(lambda: len(seen) >= 40)
    put(range(40, 60))
    assert wait_for(lambda: len(seen) >= 60)
    client, place = store.client, (store.project, store.name)
    assert wait_for(lambda: {c["consumer"] for c in client.get_check_point(*place, "g1").get_consumer_group_check_points()} >= {
        "consumer-0", "consumer-1"
    })
    for worker in workers:
        worker.shutdown()
        worker.join(20)
    assert sorted(map(int, seen)) == list(range(60))
    again = []
    put(range(60, 64))
    worker = consume(cairn, store, "g1", "consumer-2", again, version)
    assert wait_for(lambda: len(again) >= 4)
    time.sleep(1)
    worker.shutdown()
    worker.join(20)
    assert sorted(map(int, again)) == list(range(60, 64))
    groups = client.list_consumer_group(*place).get_consumer_groups()
    assert [group.get_consumer_group_name() for group in groups] == ["g1"]
    client.update_consumer_group(*place, "g1", 90, True)
    assert client.list_consumer_group(*place).get_consumer_groups()[0].get_timeout() == 90
    fails("ConsumerGroupAlreadyExist", client.create_consumer_group, *place, "g1", 30)
    fails("ConsumerGroupNotExist", client.get_check_point, *place, "g2")
    client.delete_consumer_group(*place, "g1")
    fails("ConsumerGroupNotExist", client.delete_consumer_group, *place, "g1")


def test_shards_of_an_ordered_group_wait_for_those_in_whose_place_they_came(cairn):
    store = Logstore(cairn)
    client, place = store.client, (store.project, store.name)
    client.create_consumer_group(*place, "ordered", 30, True)
    client.create_consumer_group(*place, "loose", 30, False)
    store.put([(int(time.time()), {"n": "1"})])
    client.split_shard(*place, 0, "8" + "0" * 31)
    held = lambda group: client.heart_beat(*place, group, "c", [0]).get_shards()
    assert (held("ordered"), held("loose")) == ([0], [0, 1, 2])
    end = client.get_end_cursor(*place, 0).get_cursor()
    fails("ConsumerNotExist", client.update_check_point, *place, "ordered", 0, end, "stranger", False)
    fails("InvalidShardCheckPoint", client.update_check_point, *place, "ordered", 0, "eA==", "c", False)
    fails("ShardNotExist", client.update_check_point, *place, "ordered", 9, end, "c", False)
    client.update_check_point(*place, "ordered", 0, end, "c", False)
    assert held("ordered") == [0, 1, 2]
    saved = client.get_check_point(*place, "ordered", 0).get_consumer_group_check_points()
    assert [(one["shard"], one["checkpoint"], one["consumer"]) for one in saved] == [(0, end, "c")]
