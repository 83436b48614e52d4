"""Documented errors that a well-behaved client does not meet, one row each."""

import http.client
import socket
import subprocess
import threading
import time
from pathlib import Path

import oss2
import pytest
from bucket_by_hand import Answer, md5, v1, v1_signature, v4
from principals import Person, Session, make_role
from test_bucket_oss2 import bucket_of, fails

MIB = 1024 * 1024


class Place:
    """A bucket with an object."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.bucket = bucket_of(cairn, "v4")
        self.bucket.create_bucket()
        self.bucket.put_object("x", b"0123456789")
        self.name = self.bucket.bucket_name

    def path(self, key=""):
        return f"/{self.name}/{key}"

    def send(self, method, key="", **more):
        return v1(self.cairn, method, self.path(key), **more)


@pytest.fixture(scope="module")
def place(cairn):
    return Place(cairn)


def other_settings(place):
    body = b"<CreateBucketConfiguration><StorageClass>IA</StorageClass></CreateBucketConfiguration>"
    return place.send("PUT", body=body)


def no_length(place, **headers):
    """A PUT whose body nobody announces, or announces and does not send."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    signature = v1_signature(place.cairn.root.secret, "PUT", date, place.path("none"), {}, {})
    connection = http.client.HTTPConnection(place.cairn.address, timeout=60)
    try:
        connection.putrequest("PUT", place.path("none"))
        connection.putheader("Date", date)
        connection.putheader("Authorization", f"OSS {place.cairn.root.key_id}:{signature}")
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders(b"zz\r\n" if "Transfer_Encoding" in headers else None)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def wrong_order(place):
    upload = place.bucket.init_multipart_upload("parts").upload_id
    etags = [place.bucket.upload_part("parts", upload, number, b"x").etag for number in (1, 2)]
    part = "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>"
    parts = part.format(2, etags[1]) + part.format(1, etags[0])
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    return place.send("POST", "parts", query={"uploadId": upload}, body=body)


def mixed_session(place):
    person = Person(place.cairn)
    person.may("sts:AssumeRole")
    role = make_role(place.cairn)
    one, other = (Session(place.cairn, person, role).credential for _ in range(2))
    mixed = type(one)(one.key_id, one.secret, other.token)
    return place.send("GET", "x", credential=mixed)


def disabled_key(place):
    person = Person(place.cairn)
    person.disable()
    return place.send("GET", "x", credential=person.credential)


DELETE = b"<Delete><Object><Key>none</Key></Object></Delete>"
DELETE_X = b"<Delete><Object><Key>x</Key></Object></Delete>"
ROWS = [
    ("InvalidBucketName", 400, lambda place: v1(place.cairn, "PUT", "/Bad_Name/")),
    ("InvalidBucketName", 400, lambda place: v4(place.cairn, "PUT", "/ab/")),
    ("BucketAlreadyExists", 409, other_settings),
    ("InvalidEncryptionAlgorithmError", 400, lambda place: place.send("PUT", "none", headers={"x-oss-server-side-encryption": "ROT13"}, body=b"x")),
    ("NoSuchServerSideEncryptionRule", 404, lambda place: place.send("GET", query={"encryption": ""})),
    ("InvalidPartOrder", 400, wrong_order),
    ("MethodNotAllowed", 405, lambda place: place.send("POST", "x", body=b"x")),
    ("MethodNotAllowed", 405, lambda place: v1(place.cairn, "DELETE", "/")),
    ("MissingContentLength", 411, no_length),
    ("EntityTooLarge", 400, lambda place: no_length(place, Content_Length=str(5 * 1024 * MIB + 1))),
    ("IncompleteBody", 400, lambda place: no_length(place, Transfer_Encoding="chunked")),
    ("AccessKeyIdAndSecurityTokenNotMatch", 403, mixed_session),
    ("UserDisable", 403, disabled_key),
    ("InvalidDigest", 400, lambda place: place.send("POST", query={"delete": ""}, body=DELETE)),
    ("InvalidArgument", 400, lambda place: place.send("PUT", "none", headers={"x-oss-meta-a_b": "1"}, body=b"x")),
    ("InvalidArgument", 400, lambda place: place.send("GET", query={"uploads": "", "encoding-type": "base64"})),
    ("InvalidArgument", 400, lambda place: place.send("POST", query={"delete": "", "encoding-type": "base64"}, headers={"Content-MD5": md5(DELETE_X)}, body=DELETE_X)),
    ("NotImplemented", 400, lambda place: place.send("PUT", "none", headers={"x-oss-object-acl": "public-read"}, body=b"x")),
    ("NotImplemented", 400, lambda place: place.send("PUT", "none", headers={"x-oss-callback": "e30="}, body=b"x")),
    ("NotImplemented", 400, lambda place: place.send("PUT", "x", query={"acl": ""}, headers={"x-oss-object-acl": "public-read-write"})),
]  # fmt: skip


@pytest.mark.parametrize("code, status, provoke", ROWS, ids=[f"{code}-{number}" for number, (code, *_) in enumerate(ROWS)])
def test_documented_errors(place, code, status, provoke):
    answer = provoke(place)
    assert (answer.code, answer.status) == (code, status), answer
    assert answer.headers["x-oss-request-id"].encode() in answer.body
    # What was refused left nothing.
    assert place.bucket.get_object("x").read() == b"0123456789"
    assert not place.bucket.object_exists("none") and not place.bucket.object_exists("parts")


UNKNOWN = [
    ("POST", {"worm": ""}, "<InitiateWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays><Mode>soft</Mode></InitiateWormConfiguration>"),
    ("POST", {"worm": ""}, "<ExtendWormConfiguration><RetentionPeriodInDays>1</RetentionPeriodInDays></ExtendWormConfiguration>"),
    ("PUT", {}, "<CreateBucketConfiguration><StorageClass>Standard</StorageClass><ObjectHashFunction>SHA-256</ObjectHashFunction></CreateBucketConfiguration>"),
    ("PUT", {"acl": ""}, "<AccessControlPolicy><AccessControlList><Grant>public-read</Grant></AccessControlList></AccessControlPolicy>"),
    ("PUT", {"encryption": ""}, "<ServerSideEncryptionRule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm><Strict>true</Strict></ApplyServerSideEncryptionByDefault></ServerSideEncryptionRule>"),
    ("POST", {"delete": ""}, "<Delete><Object><Key>x</Key><VersionId>CAEQMhiBgIDXiaaB0BYi</VersionId></Object></Delete>"),
    ("POST", {"delete": ""}, "<Delete><Object><Key>x</Key><IfOlderThan>1</IfOlderThan></Object></Delete>"),
    ("POST", {"delete": ""}, "<Remove><Object><Key>x</Key></Object></Remove>"),
    ("POST", {"delete": ""}, "<Delete>x<Object><Key>x</Key></Object></Delete>"),
]  # fmt: skip


@pytest.mark.parametrize("row", UNKNOWN, ids=range(len(UNKNOWN)))
def test_elements_that_nobody_knows_are_not_passed_over(place, row):
    method, query, body = row
    digest = {"Content-MD5": md5(body.encode()), "x-oss-acl": "private"}
    answer = place.send(method, query=query, headers=digest, body=body.encode())
    assert (answer.code, answer.status) in (("NotImplemented", 400), ("MalformedXML", 400)), answer
    assert place.bucket.get_object("x").read() == b"0123456789"
    fails("NoSuchWORMConfiguration", place.bucket.get_bucket_worm)
    fails("NoSuchServerSideEncryptionRule", place.bucket.get_bucket_encryption)


def test_elements_of_objects_that_nobody_knows(place):
    place.bucket.put_object("tagged", b"1", headers={"x-oss-tagging": "a=1"})
    for body in ("<Tagging/>", "<Anything/>", "<Tagging><TagSet><Tag><Key>b</Key><Value>2</Value><Kind>x</Kind></Tag></TagSet></Tagging>"):
        answer = place.send("PUT", "tagged", query={"tagging": ""}, body=body.encode())
        assert answer.code in ("NotImplemented", "MalformedXML"), answer
    assert place.bucket.get_object_tagging("tagged").tag_set.tagging_rule == {"a": "1"}
    upload = place.bucket.init_multipart_upload("completed").upload_id
    etag = place.bucket.upload_part("completed", upload, 1, b"x").etag
    part = f"<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag><Skip>1</Skip></Part>"
    body = f"<CompleteMultipartUpload>{part}</CompleteMultipartUpload>".encode()
    assert place.send("POST", "completed", query={"uploadId": upload}, body=body).code == "NotImplemented"
    all_of_them = {"x-oss-complete-all": "yes"}
    answer = place.send("POST", "completed", query={"uploadId": upload}, headers=all_of_them, body=body)
    assert answer.code == "InvalidArgument", answer
    assert place.send("POST", "completed", query={"uploadId": upload}, headers=all_of_them).status == 200
    assert place.bucket.get_object("completed").read() == b"x"


def test_a_namespace_and_the_version_null_change_nothing(place):
    place.bucket.put_object("gone", b"1")
    body = b'<Delete xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com"><Object><Key>gone</Key><VersionId>null</VersionId></Object></Delete>'
    assert place.send("POST", query={"delete": ""}, headers={"Content-MD5": md5(body)}, body=body).status == 200
    assert not place.bucket.object_exists("gone")


def test_an_account_has_a_hundred_buckets(own_cairn):
    names = [f"many-{number}" for number in range(100)]
    for name in names:
        bucket_of(own_cairn, "v4", name).create_bucket()
    fails("TooManyBuckets", bucket_of(own_cairn, "v4", "one-more").create_bucket)
    bucket_of(own_cairn, "v4", names[0]).delete_bucket()
    bucket_of(own_cairn, "v4", "one-more").create_bucket()


def test_a_session_that_ended(own_cairn, tmp_path):
    cairn, bucket = own_cairn, bucket_of(own_cairn, "v4")
    bucket.create_bucket()
    bucket.put_object("x", b"1")
    person = Person(cairn)
    person.may("sts:AssumeRole")
    session = Session(cairn, person, make_role(cairn), DurationSeconds="900").credential
    assert v1(cairn, "GET", f"/{bucket.bucket_name}/x", credential=session).status == 200
    library = tmp_path / "clock_ahead.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, Path(__file__).parent / "clock_ahead.c", "-ldl"], check=True)
    cairn.stop()
    cairn.start({"LD_PRELOAD": str(library), "CLOCK_AHEAD_S": "960"})
    answer = v1(cairn, "GET", f"/{bucket.bucket_name}/x", credential=session, at_s=time.time() + 960)
    assert (answer.code, answer.status) == ("SecurityTokenExpired", 403), answer


def test_a_client_may_wait_before_it_sends(place):
    date, body = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime()), b"after the 100"
    signature = v1_signature(place.cairn.root.secret, "PUT", date, place.path("waited"), {}, {})
    lines = [
        f"PUT {place.path('waited')} HTTP/1.1",
        f"Host: {place.cairn.address}",
        f"Date: {date}",
        f"Authorization: OSS {place.cairn.root.key_id}:{signature}",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
        "Connection: close",
    ]
    host, port = place.cairn.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert place.bucket.get_object("waited").read() == body


def test_of_many_writers_that_forbid_overwriting_one_wins(place):
    """Half of them put, half complete an upload in parts."""
    forbid, won, refused = {"x-oss-forbid-overwrite": "true"}, [], []
    content = lambda number: f"written by {number}".encode() * 1000

    def prepared(number):
        bucket = bucket_of(place.cairn, "v1", place.name)
        if number % 2:
            return lambda key: bucket.put_object(key, content(number), headers=forbid)
        uploads = {}
        for key in keys:
            upload = bucket.init_multipart_upload(key).upload_id
            uploads[key] = upload, oss2.models.PartInfo(1, bucket.upload_part(key, upload, 1, content(number)).etag)
        return lambda key: bucket.complete_multipart_upload(key, uploads[key][0], [uploads[key][1]], headers=forbid)

    def write(writer, number, key, barrier):
        barrier.wait()
        try:
            writer(key)
            won.append((key, number))
        except oss2.exceptions.ServerError as error:
            refused.append(error.code)

    keys = [f"race/{number}" for number in range(5)]
    writers = [prepared(number) for number in range(8)]
    for key in keys:
        barrier = threading.Barrier(len(writers))
        threads = [threading.Thread(target=write, args=(writer, n, key, barrier)) for n, writer in enumerate(writers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(key for key, _ in won) == keys, "one winner for each key"
    assert refused == ["FileAlreadyExists"] * (len(keys) * (len(writers) - 1))
    for key, number in won:
        assert place.bucket.get_object(key).read() == content(number)


def test_completing_an_upload_does_not_replace_what_is_protected(cairn):
    bucket = bucket_of(cairn, "v4")
    bucket.create_bucket()
    upload = bucket.init_multipart_upload("kept").upload_id
    part = oss2.models.PartInfo(1, bucket.upload_part("kept", upload, 1, b"other").etag)
    bucket.put_object("kept", b"kept")
    bucket.complete_bucket_worm(bucket.init_bucket_worm(1).worm_id)
    fails("FileImmutable", bucket.complete_multipart_upload, "kept", upload, [part])
    fails("FileImmutable", bucket.init_multipart_upload, "kept")
    assert bucket.get_object("kept").read() == b"kept"


def test_a_trial_of_retention_says_when_it_ends(place):
    bucket = bucket_of(place.cairn, "v4")
    bucket.create_bucket()
    worm = bucket.init_bucket_worm(1).worm_id
    path = f"/{bucket.bucket_name}/"
    assert b"<ExpirationDate>" in v1(place.cairn, "GET", path, query={"worm": ""}).body
    bucket.complete_bucket_worm(worm)
    assert b"<ExpirationDate>" not in v1(place.cairn, "GET", path, query={"worm": ""}).body


def test_ranges_that_are_none_with_the_standard_behaviour(place):
    for text in ("bytes=", "bytes=a-b", "bytes=5-1", "bytes=0-1,3-4", "lines=0-1", "bytes=-", "bytes=-0"):
        answer = place.send("GET", "x", headers={"Range": text, "x-oss-range-behavior": "standard"})
        assert (answer.status, answer.body) == (200, b"0123456789"), text
    answer = place.send("GET", "x", headers={"Range": "bytes=10-", "x-oss-range-behavior": "standard"})
    assert (answer.status, answer.code) == (416, "InvalidRange")


def test_uploads_that_are_given_up_leave_no_files(own_cairn):
    bucket = bucket_of(own_cairn, "v4")
    bucket.create_bucket()
    files = lambda: [path for path in (own_cairn.data / "objects").rglob("*") if path.is_file()]
    unfinished = own_cairn.data / "objects" / "unfinished"
    assert unfinished.is_dir()

    def half():
        yield b"x" * MIB
        assert wait(lambda: any(unfinished.iterdir())), "the body is being written"
        raise RuntimeError("the client gives up")

    with pytest.raises((RuntimeError, oss2.exceptions.RequestError)):
        bucket.put_object("half", half())
    assert wait(lambda: not any(unfinished.iterdir()))
    upload = bucket.init_multipart_upload("parts").upload_id
    bucket.upload_part("parts", upload, 1, b"x" * MIB)
    assert len(files()) == 1
    with pytest.raises((RuntimeError, oss2.exceptions.RequestError)):
        bucket.upload_part("parts", upload, 2, half())
    bucket.abort_multipart_upload("parts", upload)
    assert wait(lambda: not files()), files()
    assert not bucket.object_exists("half")


def wait(reached):
    deadline = time.monotonic() + 60
    while not reached():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True
