"""Recordings are objects of their instance's bucket: links, the official storage client, and those of an earlier version."""

import urllib.error
import urllib.request
from urllib.parse import parse_qs, urlsplit

import oss2
import pytest
from alibabacloud_ccc20170705 import models
from ccc_prepared import Prepared
from principals import Person


@pytest.fixture(scope="module")
def prepared(cairn):
    return Prepared(cairn)


def bucket_of(cairn, instance, credential=None):
    credential = credential or cairn.root
    auth = oss2.AuthV4(credential.key_id, credential.secret)
    return oss2.Bucket(auth, cairn.endpoint, f"ccc-{instance}", region="cn-hangzhou")


def link(prepared):
    _, answer = prepared.call("DownloadRecording", prepared.manager, {"file_name": prepared.recording})
    assert isinstance(answer, models.DownloadRecordingResponseBody)
    return answer.media_download_param.signature_url


def status(url, method="GET"):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, method=method)).status
    except urllib.error.HTTPError as error:
        assert b"<Code>" in error.read() or method == "HEAD"
        return error.code


def test_a_link_reads_the_recording_and_nothing_else(cairn, prepared):
    url = link(prepared)
    with urllib.request.urlopen(url) as answer:
        content = answer.read()
        assert content.startswith(b"RIFF") and answer.headers["Content-Type"] == "audio/wav"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Range": "bytes=0-3"})) as part:
        assert (part.status, part.read()) == (206, b"RIFF")
    assert status(url, "HEAD") == 200
    assert status(url, "PUT") == status(url, "DELETE") == 403
    for wrong in [
        url.replace(prepared.recording, "other.wav"),
        url.split("?")[0],
        url.split("&Signature")[0],
        url.replace("Expires=", "Expires=9"),
        url + "&acl",
        url + "&response-content-type=text/html",
    ]:
        assert status(wrong) == 403, wrong
    # The server's key opens nothing but by its links.
    key_id = parse_qs(urlsplit(url).query)["OSSAccessKeyId"][0]
    forged = type("Key", (), {"key_id": key_id, "secret": "0" * 64})
    with pytest.raises(oss2.exceptions.ServerError) as refused:
        bucket_of(cairn, prepared.instance, forged).get_object("x")
    assert refused.value.code == "InvalidAccessKeyId"


def test_storage_clients_list_and_read_recordings_where_ram_permits(cairn, prepared):
    bucket = bucket_of(cairn, prepared.instance)
    key = f"record/{prepared.instance}/{prepared.recording}"
    assert key in [one.key for one in oss2.ObjectIterator(bucket)]
    assert bucket.get_object(key).read() == urllib.request.urlopen(link(prepared)).read()
    service = oss2.Service(oss2.AuthV4(cairn.root.key_id, cairn.root.secret), cairn.endpoint, region="cn-hangzhou")
    assert bucket.bucket_name in [one.name for one in oss2.BucketIterator(service)]
    stranger = Person(cairn)
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket_of(cairn, prepared.instance, stranger.credential).get_object(key)


def test_recordings_of_an_earlier_version_are_taken_over_once(own_cairn):
    cairn = own_cairn
    prepared = Prepared(cairn)
    bucket, key = bucket_of(cairn, prepared.instance), f"record/{prepared.instance}/{prepared.recording}"
    content = bucket.get_object(key).read()
    second, other = key.replace(".wav", "-mono.wav"), key.replace(".wav", "-other.wav")
    bucket.put_object(other, b"another content")
    bucket.delete_object(key)
    cairn.stop()
    # As the version before kept them; one is an object already, as after a start that broke off, one contradicts.
    folder = cairn.data / "buckets" / f"ccc-{prepared.instance}"
    for name in (key, second, other):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / key).with_name(".0.part").write_bytes(content[:10])
    cairn.start()
    bucket = bucket_of(cairn, prepared.instance)
    assert bucket.get_object(key).read() == bucket.get_object(second).read() == content
    assert bucket.get_object(other).read() == b"another content"
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [other.rsplit("/", 1)[1]]
    assert "another content than its object" in cairn.log()
    prepared.cairn = cairn
    cairn.stop()
    # Again: the same file is there already, and only the contradiction is left to a person.
    (folder / key).write_bytes(content)
    (folder / other).unlink()
    cairn.start()
    assert not (cairn.data / "buckets").exists()
    assert bucket_of(cairn, prepared.instance).get_object(key).read() == content
