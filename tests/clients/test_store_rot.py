"""Rotten bytes in the files of a server: the check names file and place, lookups refuse, a broken index is mended."""

import re
import time

import pytest
from cairn_server import TRAIL, Cairn
from demo_history import generate

EVENTS = 1_500
DAYS = 3
# Bytes of a file that are flipped while a server runs: steps that no structure repeats.
PLACES = 41


class Rot:
    """A server on a few days of history, and one of its segments."""

    def __init__(self, folder):
        end_s = int(time.time()) // 86_400 * 86_400
        self.cairn = Cairn(folder).start()
        self.cairn.stop()
        generate(self.cairn.account, data=self.cairn.data, events=EVENTS, days=DAYS, end_s=end_s)
        segments = self.cairn.data / "segments"
        self.parquet = max(segments.rglob("*.parquet"), key=lambda file: file.stat().st_size)
        self.index = self.parquet.with_suffix(".idx")
        self.name = str(self.parquet.relative_to(segments).with_suffix(""))
        self.range = {
            "StartTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end_s - DAYS * 86_400)),
            "EndTime": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(end_s - 1)),
        }

    def check(self):
        done = self.cairn.cli("store", "check", str(self.cairn.data), check=False)
        return done.returncode, done.stdout

    def walk(self, *attributes):
        """Ids of all events page by page, or the refusal."""
        ids, token = [], {}
        attributes = dict(
            pair
            for n, (key, value) in enumerate(attributes, start=1)
            for pair in ((f"LookupAttribute.{n}.Key", key), (f"LookupAttribute.{n}.Value", value))
        )
        while token is not None:
            asked = {"MaxResults": "50", **self.range, **attributes, **token}
            reply = self.cairn.call(TRAIL, "LookupEvents", asked)
            if reply.status != 200:
                assert reply.status == 503, reply
                assert self.name in reply.json["Message"], reply
                return None
            ids += [event["eventId"] for event in reply.json["Events"]]
            token = {"NextToken": reply.json["NextToken"]} if reply.json.get("NextToken") else None
        return ids


@pytest.fixture(scope="module")
def rot(tmp_path_factory):
    made = Rot(tmp_path_factory.mktemp("rot"))
    yield made
    if made.cairn.process.poll() is None:
        made.cairn.kill()


@pytest.fixture
def running(rot):
    rot.cairn.start()
    yield rot
    rot.cairn.stop()


def flip(file, at):
    with open(file, "r+b") as bytes_:
        bytes_.seek(at)
        old = bytes_.read(1)
        bytes_.seek(at)
        bytes_.write(bytes([old[0] ^ 1 << at % 8]))


def places(file, count):
    size = file.stat().st_size
    return sorted({0, size - 1, *(n * size // count + n * 7 % 97 for n in range(1, count))})


@pytest.mark.parametrize("ending", ["parquet", "idx"])
def test_the_check_names_the_file_and_the_place(rot, ending):
    file = rot.parquet.with_suffix(f".{ending}")
    assert rot.check()[0] == 0
    for at in places(file, 12):
        flip(file, at)
        code, told = rot.check()
        flip(file, at)
        assert code != 0, f"the check does not see byte {at}"
        line = next(line for line in told.splitlines() if f"{rot.name}.{ending}" in line)
        assert re.search(r"at byte \d+", line), line
        assert "DAMAGED" in told
    assert rot.check()[0] == 0


@pytest.mark.parametrize("ending", ["parquet", "idx"])
def test_a_lookup_refuses_or_is_complete(running, ending):
    file = running.parquet.with_suffix(f".{ending}")
    questions = [(), (("EventName", "GetInstance"),), (("EventRW", "Write"),), (("ServiceName", "Sts"),)]
    whole = [running.walk(*question) for question in questions]
    assert len(whole[0]) == EVENTS and all(whole)
    refused = 0
    for at in places(file, PLACES):
        flip(file, at)
        for question, expected in zip(questions, whole):
            found = running.walk(*question)
            assert found in (None, expected), f"byte {at}: {len(found)} events of {len(expected)}"
            refused += found is None
        flip(file, at)
    # Every page of events is read by the first question; of the index a question reads a part.
    assert refused >= (PLACES // 2 if ending == "parquet" else 1)
    assert [running.walk(*question) for question in questions] == whole


@pytest.mark.parametrize("part", ["beginning", "header", "length", "whole"])
def test_a_restarted_server_refuses_and_a_rebuild_mends(rot, part):
    sound = rot.index.read_bytes()
    broken = {
        "beginning": b"\0" * 8 + sound[8:],
        "header": sound[:150] + bytes([sound[150] ^ 4]) + sound[151:],
        "length": sound[:-100],
        "whole": b"",
    }[part]
    rot.index.write_bytes(broken)
    rot.cairn.start()
    assert rot.walk() is None
    rot.cairn.stop()
    code, told = rot.check()
    assert code != 0 and f"{rot.name}.idx" in told
    rot.cairn.cli("store", "rebuild-index", str(rot.cairn.data), "--segment", f"{rot.name}.idx")
    assert rot.index.read_bytes() == sound
    assert rot.check()[0] == 0
    rot.cairn.start()
    assert len(rot.walk()) == EVENTS
    rot.cairn.stop()


def test_a_rebuild_does_not_take_rotten_events_for_true(rot):
    at = rot.parquet.stat().st_size // 2
    flip(rot.parquet, at)
    refused = rot.cairn.cli("store", "rebuild-index", str(rot.cairn.data), "--segment", rot.name, check=False)
    flip(rot.parquet, at)
    assert refused.returncode != 0 and rot.name in refused.stderr
    assert rot.check()[0] == 0
