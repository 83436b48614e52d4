"""kill -9 while objects are written: what was acknowledged is there as it was sent, the rest is there whole or not at all."""

import hashlib
import os
import random
import threading
import time

import oss2

ROUNDS = 50
WRITERS = 4


def content(name, size):
    seed = hashlib.sha256(name.encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]


def bucket_of(cairn):
    auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)
    return oss2.Bucket(auth, cairn.endpoint, "crash-test", region="cn-hangzhou", connect_timeout=5)


def write_until_it_dies(bucket, number, attempted, acknowledged, stopped):
    n = 0
    while not stopped.is_set():
        name = f"{number}/{time.time_ns()}-{n} 审"
        n += 1
        size = [10, 5_000, 300_000][n % 3]
        attempted[name] = size
        try:
            bucket.put_object(name, content(name, size))
        except oss2.exceptions.RequestError:
            return
        acknowledged.add(name)


def append_until_it_dies(bucket, lengths, stopped):
    position = bucket.head_object("log").content_length if bucket.object_exists("log") else 0
    while not stopped.is_set():
        try:
            position = bucket.append_object("log", position, b"0123456789").next_position
        except oss2.exceptions.RequestError:
            return
        lengths.append(position)


def count_files(folder):
    """Files of objects, but for those of the log, which has several."""
    return sum(not name.startswith("log~") for _, _, names in os.walk(folder) for name in names)


def test_kills_lose_and_halve_nothing(own_cairn):
    cairn = own_cairn
    bucket_of(cairn).create_bucket()
    attempted, acknowledged, lengths, read = {}, set(), [0], set()
    for round in range(1, ROUNDS + 1):
        stopped = threading.Event()
        threads = [
            threading.Thread(target=write_until_it_dies, args=(bucket_of(cairn), n, attempted, acknowledged, stopped))
            for n in range(WRITERS)
        ]
        threads.append(threading.Thread(target=append_until_it_dies, args=(bucket_of(cairn), lengths, stopped)))
        for thread in threads:
            thread.start()
        # Long enough for a few writes, and never the same.
        time.sleep(0.3 + 0.7 * random.random())
        cairn.kill()
        stopped.set()
        for thread in threads:
            thread.join()
        cairn.start()
        bucket = bucket_of(cairn)
        there = {one.key: one for one in oss2.ObjectIteratorV2(bucket, max_keys=1000)}
        log = there.pop("log")
        assert acknowledged <= set(there) <= set(attempted)
        # What was read in an earlier round is read again at the end.
        for name in set(there) if round == ROUNDS else set(there) - read:
            read.add(name)
            assert bucket.get_object(name).read() == content(name, attempted[name]), name
        assert log.size >= lengths[-1] and log.size % 10 == 0
        assert bucket.get_object("log").read() == b"0123456789" * (log.size // 10)
    assert len(acknowledged) > ROUNDS * WRITERS
    assert not list((cairn.data / "objects" / "unfinished").iterdir())
    # A start removes what the one before it finished and did not come to name.
    named, deadline = len(there), time.monotonic() + 60
    while (count := count_files(cairn.data / "objects")) != named:
        assert time.monotonic() < deadline, (count, named)
        time.sleep(0.1)
