"""Buckets with the official `alibabacloud-oss-v2`, in both versions of its signature."""

import datetime
import urllib.request

import alibabacloud_oss_v2 as oss
import pytest
from alibabacloud_oss_v2.signer.v1 import SignerV1
from alibabacloud_oss_v2.signer.v4 import SignerV4
from conftest import run
from principals import Person, Session, make_role, unique

KEYS = ["a/b c+d.txt", "审计/日志 1.log", "q'()*!~x", "plus+per%25.txt", "dir//x", ".hid&=?x"]


@pytest.fixture(scope="module")
def cairn(tmp_path_factory):
    """A server of its own: an account has a hundred buckets."""
    yield from run(tmp_path_factory.mktemp("ossv2"))


def client_of(cairn, version, credential=None):
    credential = credential or cairn.root
    config = oss.config.load_default()
    config.credentials_provider = oss.credentials.StaticCredentialsProvider(
        credential.key_id, credential.secret, getattr(credential, "token", None)
    )
    config.region, config.endpoint, config.signature_version = "cn-hangzhou", cairn.endpoint, version
    config.retry_max_attempts = 1
    return oss.Client(config)


@pytest.fixture(params=["v1", "v4"])
def version(request):
    return request.param


@pytest.fixture
def client(cairn, version):
    return client_of(cairn, version)


@pytest.fixture
def bucket(client):
    name = unique("ossv2")
    client.put_bucket(oss.PutBucketRequest(bucket=name))
    return name


def fails(code, call, request):
    with pytest.raises(oss.exceptions.OperationError) as raised:
        call(request)
    error = raised.value.unwrap()
    assert error.code == code, error
    return error


def test_buckets(cairn, client, bucket):
    assert client.is_bucket_exist(bucket) and not client.is_bucket_exist(unique("none"))
    info = client.get_bucket_info(oss.GetBucketInfoRequest(bucket=bucket)).bucket_info
    assert (info.name, info.owner.id, info.storage_class, info.acl) == (bucket, cairn.account, "Standard", "private")
    names = [one.name for page in client.list_buckets_paginator().iter_page(oss.ListBucketsRequest()) for one in page.buckets]
    assert bucket in names
    assert client.get_bucket_location(oss.GetBucketLocationRequest(bucket=bucket)).location == info.location
    client.delete_bucket(oss.DeleteBucketRequest(bucket=bucket))
    fails("NoSuchBucket", client.get_bucket_info, oss.GetBucketInfoRequest(bucket=bucket))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_comes_back(client, bucket, key):
    content = f"内容 of {key}".encode()
    put = client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=content, metadata={"owner": "seg"}))
    got = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key))
    assert got.body.read() == content and got.etag == put.etag and got.metadata["owner"] == "seg"
    head = client.head_object(oss.HeadObjectRequest(bucket=bucket, key=key))
    assert (head.content_length, head.object_type) == (len(content), "Normal")
    meta = client.get_object_meta(oss.GetObjectMetaRequest(bucket=bucket, key=key))
    assert (meta.content_length, meta.etag) == (len(content), put.etag)
    for listing in (client.list_objects(oss.ListObjectsRequest(bucket=bucket)), client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket))):
        assert [one.key for one in listing.contents] == [key]
    part = client.get_object(oss.GetObjectRequest(bucket=bucket, key=key, range_header="bytes=1-3"))
    assert part.status_code == 206 and part.body.read() == content[1:4]
    copied = client.copy_object(oss.CopyObjectRequest(bucket=bucket, key=f"copy of {key}", source_key=key))
    assert copied.etag == put.etag
    client.delete_object(oss.DeleteObjectRequest(bucket=bucket, key=key))
    fails("NoSuchKey", client.get_object, oss.GetObjectRequest(bucket=bucket, key=key))
    missing = fails("NoSuchKey", client.head_object, oss.HeadObjectRequest(bucket=bucket, key=key))
    assert missing.status_code == 404


@pytest.mark.parametrize("key", KEYS)
def test_every_key_is_appended_uploaded_linked_and_deleted(client, bucket, key):
    for position, part in ((0, b"one,"), (4, b"two")):
        client.append_object(oss.AppendObjectRequest(bucket=bucket, key=key, position=position, body=part))
    link = client.presign(oss.GetObjectRequest(bucket=bucket, key=key), expires=datetime.timedelta(seconds=60))
    with urllib.request.urlopen(link.url) as answer:
        assert answer.read() == b"one,two"
    batch = oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=[oss.DeleteObject(key=key)])
    assert [one.key for one in client.delete_multiple_objects(batch).deleted_objects] == [key]
    upload = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key=key)).upload_id
    named = {"bucket": bucket, "key": key, "upload_id": upload}
    etag = client.upload_part(oss.UploadPartRequest(part_number=1, body=b"part", **named)).etag
    assert [one.etag for one in client.list_parts(oss.ListPartsRequest(**named)).parts] == [etag]
    parts = oss.CompleteMultipartUpload(parts=[oss.UploadPart(part_number=1, etag=etag)])
    client.complete_multipart_upload(oss.CompleteMultipartUploadRequest(complete_multipart_upload=parts, **named))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key=key)).body.read() == b"part"
    assert [one.key for one in client.delete_multiple_objects(batch).deleted_objects] == [key]


def test_pages_and_batch_deletion(client, bucket):
    keys = sorted(f"{folder}/{n} 审" for folder in "ab" for n in range(7))
    for key in keys:
        client.put_object(oss.PutObjectRequest(bucket=bucket, key=key, body=b""))
    for paginator, request in (
        (client.list_objects_paginator(), oss.ListObjectsRequest(bucket=bucket, max_keys=3)),
        (client.list_objects_v2_paginator(), oss.ListObjectsV2Request(bucket=bucket, max_keys=3)),
    ):
        assert [one.key for page in paginator.iter_page(request) for one in page.contents] == keys
    folded = client.list_objects_v2(oss.ListObjectsV2Request(bucket=bucket, delimiter="/"))
    assert [one.prefix for one in folded.common_prefixes] == ["a/", "b/"] and not folded.contents
    done = client.delete_multiple_objects(
        oss.DeleteMultipleObjectsRequest(bucket=bucket, objects=[oss.DeleteObject(key=key) for key in keys])
    )
    assert sorted(one.key for one in done.deleted_objects) == keys


def test_appends(client, bucket):
    request = lambda position, body: oss.AppendObjectRequest(bucket=bucket, key="log", position=position, body=body)
    assert client.append_object(request(0, b"one,")).next_position == 4
    assert client.append_object(request(4, b"two")).next_position == 7
    fails("PositionNotEqualToLength", client.append_object, request(4, b"x"))
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="log")).body.read() == b"one,two"


def test_uploads_in_parts(client, bucket, tmp_path):
    content = bytes(range(256)) * 4096
    file = tmp_path / "file"
    file.write_bytes(content)
    uploader = client.uploader(part_size=300 * 1024, parallel_num=3)
    uploader.upload_file(oss.PutObjectRequest(bucket=bucket, key="大/file"), str(file))
    assert client.head_object(oss.HeadObjectRequest(bucket=bucket, key="大/file")).object_type == "Multipart"
    client.downloader(part_size=200 * 1024).download_file(oss.GetObjectRequest(bucket=bucket, key="大/file"), str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == content
    begun = client.initiate_multipart_upload(oss.InitiateMultipartUploadRequest(bucket=bucket, key="x"))
    copied = client.upload_part_copy(
        oss.UploadPartCopyRequest(
            bucket=bucket, key="x", upload_id=begun.upload_id, part_number=1, source_key="大/file", source_range="bytes=256-511"
        )
    )
    client.complete_multipart_upload(
        oss.CompleteMultipartUploadRequest(
            bucket=bucket,
            key="x",
            upload_id=begun.upload_id,
            complete_multipart_upload=oss.CompleteMultipartUpload(parts=[oss.UploadPart(part_number=1, etag=copied.etag)]),
        )
    )
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="x")).body.read() == bytes(range(256))


def test_an_upload_goes_on_where_it_was_interrupted(client, bucket, tmp_path, monkeypatch):
    file, content = tmp_path / "file", bytes(range(256)) * 2400
    file.write_bytes(content)
    sent, upload_part = [], client.upload_part

    def interrupted(request, **options):
        if len(sent) == 2:
            raise RuntimeError("interrupted")
        sent.append(request.part_number)
        return upload_part(request, **options)

    def upload():
        options = {"part_size": 100 * 1024, "parallel_num": 1, "enable_checkpoint": True, "checkpoint_dir": str(tmp_path)}
        return client.uploader(**options).upload_file(oss.PutObjectRequest(bucket=bucket, key="resumed"), str(file))

    monkeypatch.setattr(client, "upload_part", interrupted)
    with pytest.raises(Exception, match="interrupted"):
        upload()
    monkeypatch.setattr(client, "upload_part", lambda request, **more: (sent.append(request.part_number), upload_part(request, **more))[1])
    upload()
    assert sorted(sent) == [1, 2, 3, 4, 5, 6], "no part is sent twice"
    assert client.get_object(oss.GetObjectRequest(bucket=bucket, key="resumed")).body.read() == content


def test_signed_links(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="a b/链", body=b"by link"))
    link = client.presign(oss.GetObjectRequest(bucket=bucket, key="a b/链"), expires=datetime.timedelta(seconds=60))
    with urllib.request.urlopen(link.url) as answer:
        assert answer.read() == b"by link"


def test_sessions(cairn, client, bucket, version):
    person = Person(cairn)
    person.may("sts:AssumeRole")
    session = Session(cairn, person, make_role(cairn))
    assumed = client_of(cairn, version, session.credential)
    assumed.put_object(oss.PutObjectRequest(bucket=bucket, key="s", body=b"1"))
    theirs = client_of(cairn, version, person.credential)
    fails("AccessDenied", theirs.get_object, oss.GetObjectRequest(bucket=bucket, key="s"))


@pytest.mark.parametrize("ahead_s", [-1000, 1000])
def test_clocks_that_are_wrong(client, bucket, version, monkeypatch, ahead_s):
    signer = {"v1": SignerV1, "v4": SignerV4}[version]
    sign = signer.sign

    def sign_then(self, context):
        context.clock_offset = ahead_s
        sign(self, context)

    monkeypatch.setattr(signer, "sign", sign_then)
    fails("RequestTimeTooSkewed", client.list_objects, oss.ListObjectsRequest(bucket=bucket))


def test_wrong_keys(cairn, client, bucket, version):
    wrong = client_of(cairn, version, type(cairn.root)(cairn.root.key_id, "wrong"))
    fails("SignatureDoesNotMatch", wrong.list_objects, oss.ListObjectsRequest(bucket=bucket))
    nobody = client_of(cairn, version, type(cairn.root)("LTAI5tNobody", "x"))
    fails("InvalidAccessKeyId", nobody.list_objects, oss.ListObjectsRequest(bucket=bucket))


def test_retention(client, bucket):
    client.put_object(oss.PutObjectRequest(bucket=bucket, key="old", body=b"1"))
    begun = client.initiate_bucket_worm(
        oss.InitiateBucketWormRequest(
            bucket=bucket, initiate_worm_configuration=oss.InitiateWormConfiguration(retention_period_in_days=2)
        )
    )
    client.complete_bucket_worm(oss.CompleteBucketWormRequest(bucket=bucket, worm_id=begun.worm_id))
    worm = client.get_bucket_worm(oss.GetBucketWormRequest(bucket=bucket)).worm_configuration
    assert (worm.state, worm.retention_period_in_days) == ("Locked", 2)
    fails("FileImmutable", client.put_object, oss.PutObjectRequest(bucket=bucket, key="old", body=b"2"))
    fails("FileImmutable", client.delete_object, oss.DeleteObjectRequest(bucket=bucket, key="old"))


def test_lifecycles(client, bucket):
    rule = oss.LifecycleRule(id="r", prefix="x/", status="Enabled", expiration=oss.LifecycleRuleExpiration(days=3))
    client.put_bucket_lifecycle(
        oss.PutBucketLifecycleRequest(bucket=bucket, lifecycle_configuration=oss.LifecycleConfiguration(rules=[rule]))
    )
    kept = client.get_bucket_lifecycle(oss.GetBucketLifecycleRequest(bucket=bucket)).lifecycle_configuration.rules
    assert [(one.id, one.prefix, one.status, one.expiration.days) for one in kept] == [("r", "x/", "Enabled", 3)]
    client.delete_bucket_lifecycle(oss.DeleteBucketLifecycleRequest(bucket=bucket))
