"""Buckets with the official `oss2`, in both versions of its signature."""

import http.client
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta

import oss2
import pytest
from conftest import run
from principals import Person, Session, make_role, unique

KEYS = ["a/b c+d.txt", "审计/日志 1.log", "q'()*!~x", "plus+per%25.txt", "dir//x", ".hid&=?x", "a/..b", "k" * 1023]
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: an account has a hundred buckets."""
    yield from run(tmp_path_factory.mktemp("oss2"))


def sign(version, credential, token=None):
    if token:
        auth = oss2.StsAuth(credential.key_id, credential.secret, token, auth_version=oss2.AUTH_VERSION_1)
        return auth if version == "v1" else oss2.ProviderAuthV4(
            oss2.credentials.StaticCredentialsProvider(credential.key_id, credential.secret, token)
        )
    return {"v1": oss2.Auth, "v4": oss2.AuthV4}[version](credential.key_id, credential.secret)


def bucket_of(cairn, version, name=None, credential=None, token=None):
    auth = sign(version, credential or cairn.root, token)
    return oss2.Bucket(auth, cairn.endpoint, name or unique("oss2"), region="cn-hangzhou")


@pytest.fixture(params=["v1", "v4"])
def version(request):
    return request.param


@pytest.fixture
def bucket(cairn, version):
    bucket = bucket_of(cairn, version)
    bucket.create_bucket()
    return bucket


def fails(code, call, *arguments, **named):
    with pytest.raises(oss2.exceptions.ServerError) as raised:
        call(*arguments, **named)
    assert raised.value.code == code, raised.value
    return raised.value


def test_buckets_are_made_listed_described_and_deleted(cairn, version):
    bucket = bucket_of(cairn, version)
    fails("NoSuchBucket", bucket.get_bucket_info)
    bucket.create_bucket(oss2.models.BUCKET_ACL_PRIVATE)
    bucket.create_bucket()  # again is no change
    info = bucket.get_bucket_info()
    assert (info.name, info.storage_class, info.acl.grant, info.owner.id) == (
        bucket.bucket_name, "Standard", "private", cairn.account
    )
    assert bucket.get_bucket_location().location.startswith("oss-")
    assert bucket.get_bucket_acl().acl == "private"
    service = oss2.Service(sign(version, cairn.root), cairn.endpoint, region="cn-hangzhou")
    assert bucket.bucket_name in [one.name for one in oss2.BucketIterator(service)]
    bucket.put_object("x", b"1")
    fails("BucketNotEmpty", bucket.delete_bucket)
    bucket.delete_object("x")
    bucket.delete_bucket()
    fails("NoSuchBucket", bucket.list_objects)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_comes_back(bucket, key):
    content = f"内容 of {key}".encode()
    put = bucket.put_object(key, content, headers={"x-oss-meta-owner": "seg", "Content-Type": "text/plain"})
    got = bucket.get_object(key)
    assert got.read() == content and got.etag == put.etag and got.content_type == "text/plain"
    assert got.headers["x-oss-meta-owner"] == "seg"
    head = bucket.head_object(key)
    assert (head.content_length, head.etag, head.object_type) == (len(content), put.etag, "Normal")
    assert bucket.get_object_meta(key).content_length == len(content)
    assert [one.key for one in bucket.list_objects().object_list] == [key]
    assert [one.key for one in bucket.list_objects_v2().object_list] == [key]
    bucket.delete_object(key)
    bucket.delete_object(key)
    fails("NoSuchKey", bucket.get_object, key)
    with pytest.raises(oss2.exceptions.NotFound):
        bucket.head_object(key)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_appended_uploaded_linked_and_deleted(bucket, key):
    assert bucket.append_object(key, 0, b"one,").next_position == 4
    bucket.append_object(key, 4, b"two")
    for slash_safe in (True, False):
        with urllib.request.urlopen(bucket.sign_url("GET", key, 60, slash_safe=slash_safe)) as answer:
            assert answer.read() == b"one,two"
    assert bucket.batch_delete_objects([key]).deleted_keys == [key]
    upload = bucket.init_multipart_upload(key).upload_id
    parts = [b"a" * (100 * 1024), b"tail"]
    etags = [bucket.upload_part(key, upload, number + 1, part).etag for number, part in enumerate(parts)]
    assert [(one.key, one.upload_id) for one in bucket.list_multipart_uploads().upload_list] == [(key, upload)]
    infos = [oss2.models.PartInfo(number + 1, etag) for number, etag in enumerate(etags)]
    bucket.complete_multipart_upload(key, upload, infos)
    assert bucket.get_object(key).read() == b"".join(parts)
    assert bucket.batch_delete_objects([key]).deleted_keys == [key]
    assert bucket.list_objects().object_list == []


def test_keys_that_are_none(bucket):
    fails("InvalidObjectName", bucket.put_object, "k" * 1024, b"x")
    fails("InvalidObjectName", bucket.put_object, "\\x", b"x")


def test_ranges_are_the_services_own(bucket):
    bucket.put_object("r", b"0123456789")
    assert bucket.get_object("r", byte_range=(2, 4)).read() == b"234"
    assert bucket.get_object("r", byte_range=(7, None)).read() == b"789"
    assert bucket.get_object("r", byte_range=(None, 3)).read() == b"789"
    outside = bucket.get_object("r", byte_range=(8, 20))
    assert outside.status == 200 and outside.read() == b"0123456789"
    cut = bucket.get_object("r", byte_range=(8, 20), headers={"x-oss-range-behavior": "standard"})
    assert cut.status == 206 and cut.read() == b"89"
    fails("InvalidRange", bucket.get_object, "r", byte_range=(10, 20), headers={"x-oss-range-behavior": "standard"})


def test_conditions(bucket):
    etag = bucket.put_object("c", b"1").etag
    with pytest.raises(oss2.exceptions.NotModified):
        bucket.get_object("c", headers={"If-None-Match": f'"{etag}"'})
    fails("PreconditionFailed", bucket.get_object, "c", headers={"If-Match": '"other"'})
    fails("NotImplemented", bucket.put_object, "c", b"2", headers={"If-Match": etag})
    fails("FileAlreadyExists", bucket.put_object, "c", b"2", headers={"x-oss-forbid-overwrite": "true"})
    assert bucket.get_object("c").read() == b"1"


def test_digests_are_checked(bucket):
    fails("InvalidDigest", bucket.put_object, "d", b"1", headers={"Content-MD5": "1B2M2Y8AsgTpgAmY7PhCfg=="})
    fails("InvalidCRC64", bucket.put_object, "d", b"1", headers={"x-oss-hash-crc64ecma": "7"})
    fails("NoSuchKey", bucket.get_object, "d")


def test_appends(bucket):
    position, parts = 0, [b"first,", b"second,", *[f"{n},".encode() for n in range(80)]]
    for part in parts:
        position = bucket.append_object("log", position, part).next_position
    whole = b"".join(parts)
    assert bucket.get_object("log").read() == whole
    assert bucket.get_object("log", byte_range=(3, 40)).read() == whole[3:41]
    head = bucket.head_object("log")
    assert head.object_type == "Appendable" and head.headers["x-oss-next-append-position"] == str(len(whole))
    wrong = fails("PositionNotEqualToLength", bucket.append_object, "log", 3, b"x")
    assert wrong.headers["x-oss-next-append-position"] == str(len(whole))
    bucket.put_object("put", b"x")
    fails("ObjectNotAppendable", bucket.append_object, "put", 1, b"x")


def test_copies(bucket):
    bucket.put_object("源/a b", b"copied", headers={"x-oss-meta-a": "1"})
    copied = bucket.copy_object(bucket.bucket_name, "源/a b", "target")
    assert bucket.get_object("target").read() == b"copied"
    assert bucket.head_object("target").etag == copied.etag
    assert bucket.head_object("target").headers["x-oss-meta-a"] == "1"
    bucket.update_object_meta("target", {"x-oss-meta-b": "2"})
    head = bucket.head_object("target")
    assert head.headers["x-oss-meta-b"] == "2" and "x-oss-meta-a" not in head.headers
    fails("NoSuchKey", bucket.copy_object, bucket.bucket_name, "none", "x")


def test_listings_page_and_fold(bucket):
    keys = sorted(f"{folder}/{n:03}" for folder in ("a", "b/c", "b/d") for n in range(12)) + ["z"]
    for key in keys:
        bucket.put_object(key, b"")
    assert [one.key for one in oss2.ObjectIterator(bucket, max_keys=5)] == keys
    assert [one.key for one in oss2.ObjectIteratorV2(bucket, max_keys=5)] == keys
    for iterator in (oss2.ObjectIterator, oss2.ObjectIteratorV2):
        for size in (1, 2, 100):
            folded = [one.key for one in iterator(bucket, delimiter="/", max_keys=size)]
            assert folded == ["a/", "b/", "z"], (iterator, size)
        inner = [one.key for one in iterator(bucket, prefix="b/", delimiter="/", max_keys=1)]
        assert inner == ["b/c/", "b/d/"]
    fails("InvalidArgument", bucket.list_objects, max_keys=1001)
    fails("InvalidArgument", bucket.list_objects_v2, continuation_token="!")


def test_batch_deletion(bucket):
    keys = [f"x/{n} 审" for n in range(20)]
    for key in keys:
        bucket.put_object(key, b"")
    deleted = bucket.batch_delete_objects([*keys, "was never there"]).deleted_keys
    assert sorted(deleted) == sorted([*keys, "was never there"])
    assert bucket.list_objects().object_list == []


def test_multipart_uploads(bucket, tmp_path):
    key = "big/文件"
    upload = bucket.init_multipart_upload(key, headers={"x-oss-meta-m": "1"}).upload_id
    first, second = b"a" * (100 * 1024), b"tail"
    parts = [bucket.upload_part(key, upload, n + 1, part) for n, part in enumerate((first, second))]
    listed = bucket.list_parts(key, upload).parts
    assert [(one.part_number, one.size) for one in listed] == [(1, len(first)), (2, len(second))]
    assert [one.upload_id for one in bucket.list_multipart_uploads().upload_list] == [upload]
    infos = [oss2.models.PartInfo(n + 1, part.etag) for n, part in enumerate(parts)]
    done = bucket.complete_multipart_upload(key, upload, infos)
    assert bucket.get_object(key).read() == first + second
    head = bucket.head_object(key)
    assert (head.object_type, head.etag, head.headers["x-oss-meta-m"]) == ("Multipart", done.etag, "1")
    fails("NoSuchUpload", bucket.complete_multipart_upload, key, upload, infos)

    small = bucket.init_multipart_upload("small").upload_id
    parts = [bucket.upload_part("small", small, n, b"x") for n in (1, 2)]
    infos = [oss2.models.PartInfo(n, part.etag) for n, part in zip((1, 2), parts)]
    fails("EntityTooSmall", bucket.complete_multipart_upload, "small", small, infos)
    fails("InvalidPart", bucket.complete_multipart_upload, "small", small, [oss2.models.PartInfo(9, "x")])
    bucket.abort_multipart_upload("small", small)
    fails("NoSuchUpload", bucket.list_parts, "small", small)

    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)) * 4096 * 3)
    oss2.resumable_upload(bucket, "resumed", str(file), multipart_threshold=MIB, part_size=MIB, num_threads=2)
    oss2.resumable_download(bucket, "resumed", str(tmp_path / "back"), multiget_threshold=MIB, part_size=MIB)
    assert (tmp_path / "back").read_bytes() == file.read_bytes()


def test_streams_without_a_length(bucket):
    content = bytes(range(256)) * 5000
    bucket.put_object("stream", (content[at : at + 7777] for at in range(0, len(content), 7777)))
    assert bucket.get_object("stream").read() == content


def test_signed_links(cairn, bucket):
    bucket.put_object("a b/链接", b"by link")
    for params in ({}, {"response-content-type": "text/x"}):
        link = bucket.sign_url("GET", "a b/链接", 60, params=params, slash_safe=True)
        with urllib.request.urlopen(link) as answer:
            assert answer.read() == b"by link"
            assert not params or answer.headers["content-type"] == "text/x"
    link = bucket.sign_url("PUT", "up", 60, slash_safe=True)
    connection = http.client.HTTPConnection(cairn.address)
    connection.request("PUT", link.removeprefix(cairn.endpoint), b"put")
    assert connection.getresponse().status == 200
    assert bucket.get_object("up").read() == b"put"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(link.replace("up?", "other?"))
    assert refused.value.code == 403 and b"SignatureDoesNotMatch" in refused.value.read()


def test_sessions_and_policies(cairn, version):
    root = bucket_of(cairn, version)
    root.create_bucket()
    root.put_object("trail/x", b"1")
    person = Person(cairn)
    theirs = bucket_of(cairn, version, root.bucket_name, person.credential)
    fails("AccessDenied", theirs.get_object, "trail/x")
    person.may("oss:GetObject", resource=f"acs:oss:*:{cairn.account}:{root.bucket_name}/trail/*")
    person.may("sts:AssumeRole")
    assert theirs.get_object("trail/x").read() == b"1"
    fails("AccessDenied", theirs.put_object, "trail/x", b"2")
    fails("AccessDenied", theirs.get_object, "other")
    session = Session(cairn, person, make_role(cairn))
    assumed = bucket_of(cairn, version, root.bucket_name, session.credential, session.credential.token)
    assert assumed.get_object("trail/x").read() == b"1"


def test_keys_and_signatures(cairn, bucket, version):
    stranger = type(cairn.root)("LTAI5tNobody", "x")
    fails("InvalidAccessKeyId", bucket_of(cairn, version, bucket.bucket_name, stranger).list_objects)
    liar = type(cairn.root)(cairn.root.key_id, "wrong")
    wrong = fails("SignatureDoesNotMatch", bucket_of(cairn, version, bucket.bucket_name, liar).list_objects)
    assert "StringToSign" in wrong.details and cairn.root.secret not in str(wrong.details)


@pytest.mark.parametrize("ahead_s", [-1000, 1000])
def test_clocks_that_are_wrong(bucket, version, monkeypatch, ahead_s):
    class Moved(datetime):
        @classmethod
        def utcnow(cls):
            return datetime.utcnow() + timedelta(seconds=ahead_s)

    http_date = oss2.utils.http_date
    monkeypatch.setattr(oss2.auth, "datetime", Moved)
    monkeypatch.setattr(oss2.utils, "http_date", lambda: http_date(time.time() + ahead_s))
    assert "ServerTime" in fails("RequestTimeTooSkewed", bucket.list_objects).details


def test_retention_holds(cairn, version):
    bucket = bucket_of(cairn, version)
    bucket.create_bucket()
    bucket.put_object("old", b"1")
    fails("NoSuchWORMConfiguration", bucket.get_bucket_worm)
    worm = bucket.init_bucket_worm(1).worm_id
    fails("WORMConfigurationAlreadyExists", bucket.init_bucket_worm, 1)
    assert bucket.get_bucket_worm().state == "InProgress"
    for write in (
        lambda: bucket.put_object("old", b"2"),
        lambda: bucket.delete_object("old"),
        lambda: bucket.append_object("old", 1, b"2"),
        lambda: bucket.copy_object(bucket.bucket_name, "old", "old"),
    ):
        fails("FileImmutable", write)
    bucket.abort_bucket_worm()
    bucket.put_object("old", b"3")
    worm = bucket.init_bucket_worm(1).worm_id
    fails("NoSuchWORMConfiguration", bucket.complete_bucket_worm, "other")
    bucket.complete_bucket_worm(worm)
    assert (bucket.get_bucket_worm().state, bucket.get_bucket_worm().retention_period_days) == ("Locked", 1)
    fails("WORMConfigurationLocked", bucket.abort_bucket_worm)
    fails("InvalidWORMConfiguration", bucket.extend_bucket_worm, worm, 1)
    bucket.extend_bucket_worm(worm, 3)
    bucket.put_object("new", b"1")
    assert bucket.batch_delete_objects(["old", "new", "none"]).deleted_keys == ["none"]
    fails("BucketNotEmpty", bucket.delete_bucket)
    assert bucket.get_object("old").read() == b"3"


def test_lifecycles_are_kept_as_they_were_given(bucket):
    fails("NoSuchLifecycle", bucket.get_bucket_lifecycle)
    rule = oss2.models.LifecycleRule("keep", "trail/", expiration=oss2.models.LifecycleExpiration(days=400))
    rule.storage_transitions = [oss2.models.StorageTransition(days=30, storage_class="IA")]
    rule.abort_multipart_upload = oss2.models.AbortMultipartUpload(days=7)
    bucket.put_bucket_lifecycle(oss2.models.BucketLifecycle([rule]))
    kept = bucket.get_bucket_lifecycle().rules[0]
    assert (kept.id, kept.prefix, kept.status, kept.expiration.days) == ("keep", "trail/", "Enabled", 400)
    assert [(one.days, one.storage_class) for one in kept.storage_transitions] == [(30, "IA")]
    bucket.delete_bucket_lifecycle()
    fails("NoSuchLifecycle", bucket.get_bucket_lifecycle)


def test_tags_and_access_rules(bucket):
    bucket.put_object("t", b"1", headers={"x-oss-tagging": "a=1&b=%E5%AE%A1"})
    assert bucket.get_object_tagging("t").tag_set.tagging_rule == {"a": "1", "b": "审"}
    rule = oss2.models.TaggingRule()
    rule.add("c", "3")
    bucket.put_object_tagging("t", oss2.models.Tagging(rule))
    assert bucket.get_object_tagging("t").tag_set.tagging_rule == {"c": "3"}
    bucket.delete_object_tagging("t")
    bucket.put_object_acl("t", "private")
    assert bucket.get_object_acl("t").acl == "private"
    fails("NotImplemented", bucket.put_bucket_acl, "public-read")
    fails("NotImplemented", bucket.put_object_acl, "t", "public-read")
    fails("NotImplemented", bucket.put_object, "t", b"2", headers={"x-oss-object-acl": "public-read"})
    assert bucket.get_object_acl("t").acl == "private" and bucket.get_object("t").read() == b"1"
    bucket.put_object_acl("t", "default")
    assert bucket.get_object_acl("t").acl == "default"


def test_what_is_not_there_says_so(bucket):
    fails("NotImplemented", bucket.get_bucket_policy)
    fails("NotImplemented", bucket.get_bucket_website)
    fails("NotImplemented", bucket.get_object, "x", process="image/resize,w_1")


def test_managing_calls_are_events(cairn, version):
    bucket = bucket_of(cairn, version)
    made = bucket.create_bucket().request_id
    fails("BucketNotEmpty", lambda: (bucket.put_object("x", b""), bucket.delete_bucket()))
    event = cairn.event(made)
    assert (event["eventName"], event["serviceName"], event["eventRW"]) == ("PutBucket", "Oss", "Write")
    assert event["resourceName"] == bucket.bucket_name and event["resourceType"] == "ACS::OSS::Bucket"


def test_everything_survives_a_restart(own_cairn):
    bucket = bucket_of(own_cairn, "v4")
    bucket.create_bucket()
    bucket.put_object("a/b", b"1")
    bucket.append_object("log", 0, b"x")
    upload = bucket.init_multipart_upload("m").upload_id
    part = bucket.upload_part("m", upload, 1, b"part")
    own_cairn.stop()
    own_cairn.start()
    again = bucket_of(own_cairn, "v4", bucket.bucket_name)
    assert again.get_object("a/b").read() == b"1"
    assert again.append_object("log", 1, b"y").next_position == 2
    again.complete_multipart_upload("m", upload, [oss2.models.PartInfo(1, part.etag)])
    assert again.get_object("m").read() == b"part"
