"""Buckets with `opendal`: it signs with version 1 only, in its own way, and asks for the standard behaviour of ranges."""

import opendal
import oss2
import pytest
from principals import Person, unique

KEYS = ["a/b c+d.txt", "审计/日志 1.log", "q'()*!~x", "plus+per%25.txt", ".hid&=?x"]


def operator(cairn, name, credential=None):
    credential = credential or cairn.root
    return opendal.Operator(
        "oss",
        bucket=name,
        endpoint=cairn.endpoint,
        addressing_style="path",
        access_key_id=credential.key_id,
        access_key_secret=credential.secret,
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
