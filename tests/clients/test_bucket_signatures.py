"""What may be signed, and how: links, days, lists of headers, host names; and requests that are not signed."""

import time

import alibabacloud_oss_v2 as oss
import oss2
import pytest
from bucket_by_hand import exchange, v1, v1_link, v4, v4_link
from cairn_server import Cairn
from conftest import run
from principals import unique

DAY_S = 86_400


@pytest.fixture(scope="module")
def name(cairn):
    auth = oss2.Auth(cairn.root.key_id, cairn.root.secret)
    bucket = oss2.Bucket(auth, cairn.endpoint, unique("signed"))
    bucket.create_bucket()
    bucket.put_object("x", b"0123456789")
    return bucket.bucket_name


def test_requests_by_hand_are_signed_well(cairn, name):
    for answer in (v1(cairn, "GET", f"/{name}/x"), v4(cairn, "GET", f"/{name}/x")):
        assert (answer.status, answer.body) == (200, b"0123456789"), answer
    for link in (v1_link(cairn, "GET", f"/{name}/x"), v4_link(cairn, "GET", f"/{name}/x")):
        assert exchange(cairn, "GET", link).body == b"0123456789"


@pytest.mark.parametrize(
    "method, query",
    [("GET", {"acl": ""}), ("GET", {"bucketInfo": ""}), ("GET", {"uploads": ""}), ("PUT", {}), ("DELETE", {}), ("POST", {"worm": ""})],
    ids=str,
)
def test_links_do_not_manage_buckets(cairn, name, method, query):
    for link in (v1_link(cairn, method, f"/{name}/", query), v4_link(cairn, method, f"/{name}/", query)):
        answer = exchange(cairn, method, link)
        assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    assert v1(cairn, "GET", f"/{name}/x").status == 200


def test_buckets_are_listed_by_links_of_version_4_alone(cairn, name):
    answer = exchange(cairn, "GET", v1_link(cairn, "GET", f"/{name}/"))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    answer = exchange(cairn, "GET", v1_link(cairn, "GET", "/"))
    assert (answer.status, answer.code) == (403, "AccessDenied")
    answer = exchange(cairn, "GET", v4_link(cairn, "GET", f"/{name}/", {"prefix": "x"}))
    assert answer.status == 200 and b"<Key>x</Key>" in answer.body


def test_links_end(cairn, name):
    now = int(time.time())
    for link in (
        v1_link(cairn, "GET", f"/{name}/x", expires_s=now - 1),
        v4_link(cairn, "GET", f"/{name}/x", at_s=now - 120, life_s=60),
        v4_link(cairn, "GET", f"/{name}/x", at_s=now + 3600),
    ):
        answer = exchange(cairn, "GET", link)
        assert (answer.status, answer.code) == (403, "AccessDenied"), answer
    for life_s in (0, 604_801):
        answer = exchange(cairn, "GET", v4_link(cairn, "GET", f"/{name}/x", life_s=life_s))
        assert (answer.status, answer.code) == (400, "InvalidArgument"), answer


def test_the_day_of_the_credential_is_that_of_the_date(cairn, name):
    other = time.strftime("%Y%m%d", time.gmtime(time.time() - 3 * DAY_S))
    answer = v4(cairn, "GET", f"/{name}/x", day=other)
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer
    answer = exchange(cairn, "GET", v4_link(cairn, "GET", f"/{name}/x", day=other))
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer


@pytest.mark.parametrize("ahead_s", [-16 * 60, 16 * 60])
def test_clocks_that_are_wrong(cairn, name, ahead_s):
    for send in (v1, v4):
        answer = send(cairn, "GET", f"/{name}/x", at_s=time.time() + ahead_s)
        assert (answer.status, answer.code) == (403, "RequestTimeTooSkewed"), answer
        assert b"<ServerTime>" in answer.body


def test_a_list_of_additional_headers_has_names(cairn, name):
    for additional in (",AdditionalHeaders=", ",AdditionalHeaders=host;"):
        answer = v4(cairn, "GET", f"/{name}/x", additional=additional)
        assert (answer.status, answer.code) == (400, "InvalidArgument"), answer
    answer = exchange(cairn, "GET", v4_link(cairn, "GET", f"/{name}/x", **{"x-oss-additional-headers": ""}))
    assert (answer.status, answer.code) == (400, "InvalidArgument"), answer


def test_who_does_not_sign_is_refused_in_the_words_of_buckets(cairn, name):
    host = {"Host": f"{name}.oss-cn-hangzhou.aliyuncs.com"}
    for method, target, headers in [
        ("GET", f"/{name}/x", {}),
        ("PUT", f"/{name}/y", {}),
        ("GET", f"/{name}/", {}),
        ("GET", f"/{name}?list-type=2", {}),
        ("PUT", f"/{unique('new')}", {}),
        ("GET", "/x", host),
        ("GET", "/", host),
        ("GET", "/", {"Host": "oss-cn-hangzhou.aliyuncs.com"}),
    ]:
        answer = exchange(cairn, method, target, headers)
        assert (answer.status, answer.code) == (403, "AccessDenied"), (method, target, headers, answer)
        assert answer.headers["content-type"] == "application/xml" and answer.headers["x-oss-request-id"]
    head = exchange(cairn, "HEAD", f"/{name}/x")
    assert head.status == 403 and head.headers["x-oss-err"]
    # Whatever is no bucket's stays what it was.
    assert exchange(cairn, "GET", "/healthz").body == b'{"status":"ok"}'
    assert b"cairn_store_events" in exchange(cairn, "GET", "/metrics").body
    assert b"InvalidApi.NotFound" in exchange(cairn, "GET", "/nothing").body
    assert exchange(cairn, "GET", "/?Action=GetCallerIdentity").code is None


def test_an_anonymous_official_client_reads_its_refusal(cairn, name):
    bucket = oss2.Bucket(oss2.AnonymousAuth(), cairn.endpoint, name)
    with pytest.raises(oss2.exceptions.AccessDenied):
        bucket.get_object("x")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory):
    hosts = '[bucket.hosts]\n"Files.example.com" = "mapped"\n'
    for cairn in run(tmp_path_factory.mktemp("mapped"), hosts):
        auth = oss2.Auth(cairn.root.key_id, cairn.root.secret)
        oss2.Bucket(auth, cairn.endpoint, "mapped").create_bucket()
        yield cairn


def test_host_names_of_the_operators_own_stand_for_buckets(mapped):
    """Through the server as a proxy, so that no name need be looked up."""
    for auth in (oss2.Auth, oss2.AuthV4):
        bucket = oss2.Bucket(
            auth(mapped.root.key_id, mapped.root.secret),
            "http://files.example.com",
            "mapped",
            is_cname=True,
            region="cn-hangzhou",
            proxies={"http": mapped.endpoint},
        )
        bucket.put_object("目录/a b", b"1")
        assert bucket.get_object("目录/a b").read() == b"1"
        assert [one.key for one in bucket.list_objects().object_list] == ["目录/a b"]
    for version in ("v1", "v4"):
        config = oss.config.load_default()
        config.credentials_provider = oss.credentials.StaticCredentialsProvider(mapped.root.key_id, mapped.root.secret)
        config.region, config.endpoint, config.signature_version = "cn-hangzhou", "http://files.example.com", version
        config.use_cname, config.proxy_host = True, {"http": mapped.endpoint}
        client = oss.Client(config)
        client.put_object(oss.PutObjectRequest(bucket="mapped", key="v2", body=b"2"))
        assert client.get_object(oss.GetObjectRequest(bucket="mapped", key="v2")).body.read() == b"2"
    anonymous = exchange(mapped, "GET", "/v2", {"Host": "FILES.example.com"})
    assert (anonymous.status, anonymous.code) == (403, "AccessDenied")


def test_a_host_that_is_none_is_refused_at_the_start(tmp_path):
    cairn = Cairn(tmp_path, '[bucket.hosts]\n"files.example.com:80" = "mapped"\n')
    with pytest.raises(AssertionError, match="must be a host name alone"):
        cairn.start()
