"""The bucket service over S3, Google Cloud Storage and Azure: the same answers as over the folder; objects whole or not there."""

import hashlib
import os
import threading
import time
from pathlib import Path

import oss2
import pytest
import requests
from azure_service import AzureService
from cairn_server import Cairn
from gcs_service import GcsService
from test_object_storage import BUCKET, service  # noqa: F401 - the fixture

PREFIX = "cairn/files"
NAME = "over-s3"


CLOUDS = ["s3", "gcs", "azure"]


def cloud(request, kind):
    """A service of a kind."""
    if kind == "s3":
        return request.getfixturevalue("service")
    service = {"gcs": GcsService, "azure": AzureService}[kind](BUCKET, request.getfixturevalue("tmp_path"))
    request.addfinalizer(service.leave)
    return service


@pytest.fixture(params=["folder", *CLOUDS])
def cairn(request, tmp_path):
    """The same tests over all places."""
    service = cloud(request, request.param) if request.param != "folder" else None
    server = Cairn(tmp_path / "server", config=service.config("bucket", PREFIX, tmp_path) if service else "").start()
    server.service = service
    yield server
    if server.process.poll() is None:
        server.stop()
    assert not service or service.secret not in server.log_path.read_text(errors="replace")


def bucket_of(cairn, timeout=60):
    auth = oss2.AuthV4(cairn.root.key_id, cairn.root.secret)
    return oss2.Bucket(auth, cairn.endpoint, NAME, region="cn-hangzhou", connect_timeout=timeout)


def files(cairn):
    """Names of the files of objects, wherever they are."""
    if cairn.service:
        names = [key.removeprefix(f"{PREFIX}/") for key in cairn.service.everything()]
        return {name for name in names if name != "owner"}
    root = cairn.data / "objects"
    # Folders go with their last file, also while they are walked.
    walked = ((Path(folder), name) for folder, _, names in os.walk(root) for name in names)
    return {str((folder / name).relative_to(root)) for folder, name in walked}


def lay(cairn, name):
    """Puts a file there that no row names."""
    if cairn.service:
        return cairn.service.lay(f"{PREFIX}/{name}", b"orphan")
    path = cairn.data / "objects" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"orphan")


def wait_until(cairn, reached, what):
    deadline = time.monotonic() + 60
    while not reached():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_a_bucket_answers_the_same_either_way(cairn):
    bucket = bucket_of(cairn)
    bucket.create_bucket()
    contents = {
        "empty": b"",
        "审计/日志 1.log": b"a line\n" * 1_000,
        "dir//x": os.urandom(300_000),
        "k" * 1_000: b"a long name",
        "s/" * 300 + "x": b"a long way",
        "large": os.urandom(19 * 1024 * 1024 + 5),
    }
    for key, content in contents.items():
        put = bucket.put_object(key, content)
        assert put.etag == hashlib.md5(content).hexdigest().upper()
    for key, content in contents.items():
        assert bucket.get_object(key).read() == content, key
    assert len(files(cairn)) == len(contents)
    large = contents["large"]
    for first, last in [(0, 0), (8 * 1024 * 1024 - 1, 8 * 1024 * 1024), (len(large) - 3, len(large) - 1)]:
        assert bucket.get_object("large", byte_range=(first, last)).read() == large[first : last + 1]

    # Appended, joined, copied, in parts, overwritten, deleted: what nobody names is gone in the end.
    appended = b""
    for n in range(40):
        piece = bytes([n]) * (n + 1)
        bucket.append_object("log", len(appended), piece)
        appended += piece
    assert bucket.get_object("log").read() == appended
    bucket.copy_object(NAME, "large", "copy")
    upload = bucket.init_multipart_upload("parts").upload_id
    pieces = [large[: 5 * 1024 * 1024], large[5 * 1024 * 1024 :]]
    parts = [
        oss2.models.PartInfo(n, bucket.upload_part("parts", upload, n, piece).etag) for n, piece in enumerate(pieces, 1)
    ]
    bucket.complete_multipart_upload("parts", upload, parts)
    assert bucket.get_object("parts").read() == bucket.get_object("copy").read() == large
    gone = bucket.init_multipart_upload("gone").upload_id
    bucket.upload_part("gone", gone, 1, b"x" * 200_000)
    bucket.abort_multipart_upload("gone", gone)
    bucket.put_object("large", b"now small")
    assert bucket.get_object("large").read() == b"now small"
    bucket.batch_delete_objects([one.key for one in oss2.ObjectIterator(bucket)])
    wait_until(cairn, lambda: not files(cairn), "files without an object")
    bucket.delete_bucket()


def test_a_start_removes_files_that_no_object_names(cairn):
    bucket = bucket_of(cairn)
    bucket.create_bucket()
    bucket.put_object("dir/k", b"content")
    bucket.append_object("log", 0, b"content")
    upload = bucket.init_multipart_upload("dir/parts").upload_id
    part = bucket.upload_part("dir/parts", upload, 1, b"a part")
    named = files(cairn)
    cairn.stop()
    unique = "0123456789abcdef0123456789abcdef"
    orphans = {f"{NAME}/dir/k~{unique}", f"{NAME}/dir/parts~{unique}", f"{NAME}/no/such~{unique}"}
    strangers = {f"{NAME}/dir/k~1", f"notes~{unique}"}
    for name in orphans | strangers:
        lay(cairn, name)
    cairn.start()
    wait_until(cairn, lambda: files(cairn) == named | strangers, "files without an object")
    bucket = bucket_of(cairn)
    bucket.put_object("dir/k", b"another")
    bucket.complete_multipart_upload("dir/parts", upload, [oss2.models.PartInfo(1, part.etag)])
    read = {one.key: bucket.get_object(one.key).read() for one in oss2.ObjectIterator(bucket)}
    assert read == {"dir/k": b"another", "dir/parts": b"a part", "log": b"content"}
    # So many are no accident of a kill.
    cairn.stop()
    many = {f"{NAME}/dir/k~{n:032x}" for n in range(1_001)}
    for name in many:
        lay(cairn, name)
    cairn.start()
    wait_until(cairn, lambda: "is the control database older than the files?" in cairn.log(), "nothing was said")
    assert many <= files(cairn)


def test_a_start_removes_the_parts_of_an_upload_that_was_under_way(cairn):
    bucket = bucket_of(cairn)
    bucket.create_bucket()
    asked, killed = threading.Event(), threading.Event()

    def content():
        for _ in range(40):
            yield b"x" * 1024 * 1024
        asked.set()
        killed.wait(60)

    def put():
        with pytest.raises(oss2.exceptions.RequestError):
            bucket.put_object("k", content())

    putting = threading.Thread(target=put)
    putting.start()
    assert asked.wait(60)
    if cairn.service and not isinstance(cairn.service, AzureService):
        wait_until(cairn, cairn.service.unfinished, "nothing is being uploaded")
    cairn.kill()
    killed.set()
    putting.join()
    cairn.start()
    if cairn.service:
        wait_until(cairn, lambda: not cairn.service.unfinished(), "parts that nobody ends")
    wait_until(cairn, lambda: not files(cairn), "files without an object")
    assert not bucket_of(cairn).object_exists("k")


def test_who_reads_an_object_reads_it_to_its_end(cairn):
    bucket = bucket_of(cairn)
    bucket.create_bucket()
    old, new = os.urandom(40 * 1024 * 1024), b"new"
    bucket.put_object("k", old)
    reading = bucket.get_object("k")
    begin = reading.read(1_000)
    bucket.put_object("k", new)
    assert bucket.get_object("k").read() == new
    assert begin + reading.read() == old
    cairn.stop()
    cairn.start()
    assert bucket_of(cairn).get_object("k").read() == new
    wait_until(cairn, lambda: len(files(cairn)) == 1, "the old file is still there")


def test_an_upload_that_breaks_off_leaves_nothing(cairn):
    bucket = bucket_of(cairn)
    bucket.create_bucket()
    content = os.urandom(20 * 1024 * 1024)
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket.put_object("k", content, headers={"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    assert refused.value.code == "InvalidDigest"
    assert not bucket.object_exists("k")
    if cairn.service:
        assert not cairn.service.unfinished()
    assert files(cairn) == set()


def test_kills_leave_whole_objects(cairn):
    bucket_of(cairn).create_bucket()
    sent, acknowledged = {}, set()
    for round in range(3):
        stopped = threading.Event()

        def write(number):
            bucket = bucket_of(cairn, timeout=5)
            n = 0
            while not stopped.is_set():
                key, n = f"{round}/{number}/{n}", n + 1
                sent[key] = hashlib.sha256(key.encode()).digest() * [10, 10_000, 600_000][n % 3]
                try:
                    bucket.put_object(key, sent[key])
                except oss2.exceptions.RequestError:
                    return
                acknowledged.add(key)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(2)
        cairn.kill()
        stopped.set()
        for thread in threads:
            thread.join()
        cairn.start()
        bucket = bucket_of(cairn)
        there = {one.key for one in oss2.ObjectIteratorV2(bucket, max_keys=1000)}
        assert acknowledged <= there <= set(sent)
        for key in there:
            assert bucket.get_object(key).read() == sent[key], key
        wait_until(cairn, lambda there=there: len(files(cairn)) == len(there), "files without an object")
    assert acknowledged


@pytest.mark.parametrize("kind", CLOUDS)
def test_what_is_wrong_is_said(request, tmp_path, kind):
    service = cloud(request, kind)
    config_text = service.config("bucket", PREFIX, tmp_path)
    both = config_text + config_text.replace("[bucket", "[store").replace(PREFIX, "cairn")
    with pytest.raises(AssertionError, match="beside the url in"):
        Cairn(tmp_path / "a", config=both).start()
    cairn = Cairn(tmp_path / "b", config=config_text).start()
    cairn.service = service
    bucket = bucket_of(cairn)
    bucket.create_bucket()
    bucket.put_object("k", b"content")
    service.leave()
    try:
        for call in (lambda: bucket.put_object("x", b"lost"), lambda: bucket.get_object("k").read()):
            # Reading breaks off: the answer had begun.
            with pytest.raises((oss2.exceptions.ServerError, requests.exceptions.ChunkedEncodingError)):
                call()
    finally:
        service.come_back()
    assert bucket.get_object("k").read() == b"content"
    assert not bucket.object_exists("x")
    cairn.stop()
    # Another server must not use the same prefix.
    second = Cairn(tmp_path / "c", config=config_text).start()
    second.service = service
    other = bucket_of(second)
    other.create_bucket()
    with pytest.raises(oss2.exceptions.ServerError):
        other.put_object("k", b"mine")
    assert "belongs to another server" in second.log()
    second.stop()
