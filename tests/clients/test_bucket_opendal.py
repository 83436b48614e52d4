"""Buckets with `opendal`: it signs with version 1 only, in its own way, and asks for the standard behaviour of ranges."""

import asyncio
import subprocess
from pathlib import Path

import opendal
import oss2
import pytest
from bucket_by_hand import exchange
from conftest import run
from principals import Person, Session, make_role, unique

KEYS = ["a/b c+d.txt", "审计/日志 1.log", "q'()*!~x", "plus+per%25.txt", ".hid&=?x"]


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: an account has a hundred buckets."""
    yield from run(tmp_path_factory.mktemp("opendal"))


def operator(cairn, name, credential=None, kind=opendal.Operator):
    credential = credential or cairn.root
    token = getattr(credential, "token", None)
    return kind(
        "oss",
        bucket=name,
        endpoint=cairn.endpoint,
        addressing_style="path",
        access_key_id=credential.key_id,
        access_key_secret=credential.secret,
        **({"security_token": token} if token else {}),
    )


@pytest.fixture
def name(cairn):
    name = unique("opendal")
    oss2.Bucket(oss2.Auth(cairn.root.key_id, cairn.root.secret), cairn.endpoint, name).create_bucket()
    return name


@pytest.mark.parametrize("key", KEYS)
def test_every_key_comes_back(cairn, name, key):
    op, content = operator(cairn, name), f"内容 of {key}".encode()
    op.write(key, content)
    assert op.read(key) == content
    found = op.stat(key)
    assert found.content_length == len(content)
    assert [entry.path for entry in op.scan("")] == [key]
    with op.open(key, "rb") as file:
        file.seek(3)
        assert file.read(4) == content[3:7]
    op.copy(key, f"copy of {key}")
    assert op.read(f"copy of {key}") == content
    op.delete(key)
    with pytest.raises(opendal.exceptions.NotFound):
        op.read(key)
    with pytest.raises(opendal.exceptions.NotFound):
        op.stat(key)


def test_listings_have_folders(cairn, name):
    op = operator(cairn, name)
    for key in ["top", "dir/one", "dir/two", "dir/deep/three"]:
        op.write(key, b"x")
    assert sorted(entry.path for entry in op.list("")) == ["dir/", "top"]
    assert sorted(entry.path for entry in op.list("dir/") if entry.path != "dir/") == ["dir/deep/", "dir/one", "dir/two"]
    assert len([entry for entry in op.scan("") if not entry.path.endswith("/")]) == 4


def test_long_objects_go_in_parts_and_appended_ones_grow(cairn, name):
    op, content = operator(cairn, name), bytes(range(256)) * 12_000
    op.write("large", content, chunk=1024 * 1024)
    assert op.read("large") == content
    op.write("log", b"one,", append=True)
    op.write("log", b"two", append=True)
    assert op.read("log") == b"one,two"


def test_who_may_not_is_told(cairn, name):
    op = operator(cairn, name, Person(cairn).credential)
    with pytest.raises(opendal.exceptions.PermissionDenied):
        op.write("x", b"x")
    wrong = type("Key", (), {"key_id": cairn.root.key_id, "secret": "wrong"})
    with pytest.raises(opendal.exceptions.PermissionDenied):
        operator(cairn, name, wrong).read("x")


def test_sessions(cairn, name):
    person = Person(cairn)
    person.may("sts:AssumeRole")
    op = operator(cairn, name, Session(cairn, person, make_role(cairn)).credential)
    op.write("by a session", b"1")
    assert op.read("by a session") == b"1"
    assert [entry.path for entry in op.scan("")] == ["by a session"]


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_linked(cairn, name, key):
    async def links():
        op = operator(cairn, name, kind=opendal.AsyncOperator)
        return await op.presign_write(key, 60), await op.presign_read(key, 60)

    write, read = asyncio.run(links())
    content = "内容".encode()
    # The link was signed before there was a body; its length is not among what is signed.
    headers = {name: value for name, value in write.headers.items() if name.lower() != "content-length"}
    put = exchange(cairn, write.method, write.url.removeprefix(cairn.endpoint), headers, content)
    assert put.status == 200, put
    got = exchange(cairn, read.method, read.url.removeprefix(cairn.endpoint), read.headers)
    assert (got.status, got.body) == (200, content), got


def test_a_folder_is_deleted_in_batches(cairn, name):
    op = operator(cairn, name)
    for key in [*KEYS, "other"]:
        op.write(f"all/{key}", b"x")
    op.write("kept", b"x")
    op.remove_all("all/")
    assert [entry.path for entry in op.scan("")] == ["kept"]


def test_a_key_with_an_empty_step_is_another_one(cairn, name):
    """This client leaves empty steps out, so of `dir//x` it reaches `dir/x`; what another client named so stays."""
    bucket = oss2.Bucket(oss2.Auth(cairn.root.key_id, cairn.root.secret), cairn.endpoint, name)
    bucket.put_object("dir//x", b"other")
    op = operator(cairn, name)
    op.write("dir//x", b"own")
    assert op.read("dir//x") == op.read("dir/x") == bucket.get_object("dir/x").read() == b"own"
    assert bucket.get_object("dir//x").read() == b"other"


def test_clocks_that_are_wrong(own_cairn, tmp_path):
    """This client's clock cannot be moved, so the server's is."""
    cairn, library = own_cairn, tmp_path / "clock_ahead.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(__file__).parent / "clock_ahead.c", "-ldl"], check=True)
    for ahead_s in ("1000", "-1000"):
        cairn.stop()
        cairn.start({"LD_PRELOAD": str(library), "CLOCK_AHEAD_S": ahead_s})
        with pytest.raises(opendal.exceptions.PermissionDenied, match="RequestTimeTooSkewed"):
            operator(cairn, "any").read("x")
