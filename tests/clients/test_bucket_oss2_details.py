"""Smaller promises of the bucket service, with the official `oss2`: what its own test suite asks for."""

import datetime

import oss2
import pytest
from oss2.models import (
    BucketLifecycle, FilterNot, FilterNotTag, LifecycleExpiration, LifecycleFilter, LifecycleRule, PartInfo,
    ServerSideEncryptionRule, StorageTransition, Tagging, TaggingRule
)  # fmt: skip
from test_bucket_oss2 import bucket_of, fails, version  # noqa: F401 - the fixture

KB = 1024


@pytest.fixture
def bucket(own_cairn, version):  # noqa: F811
    bucket = bucket_of(own_cairn, version)
    bucket.create_bucket()
    return bucket


def test_parts_are_copied_with_their_etags(bucket):
    content = bytes(range(256)) * 800
    bucket.put_object("from", content)
    upload = bucket.init_multipart_upload("to").upload_id
    parts = []
    for number, (first, last) in enumerate([(0, 100 * KB - 1), (100 * KB, None)], 1):
        copied = bucket.upload_part_copy(bucket.bucket_name, "from", (first, last), "to", upload, number)
        parts.append(PartInfo(number, copied.etag))
    assert all(part.etag for part in parts)
    bucket.complete_multipart_upload("to", upload, parts)
    assert bucket.get_object("to").read() == content


def test_metadata_beyond_ascii_is_signed_and_returned(bucket):
    bucket.put_object("k", b"content", headers={"x-oss-meta-owner": "测试".encode()})
    assert bucket.head_object("k").headers["x-oss-meta-owner"].encode("iso-8859-1").decode() == "测试"


def test_tags_are_of_letters_and_few_signs(bucket):
    bucket.put_object("k", b"content")

    def tags(key, value):
        rule = TaggingRule()
        rule.tagging_rule[key] = value
        return Tagging(rule)

    bucket.put_object_tagging("k", tags("a +-=._:/Z9", "b +-=._:/"))
    for key, value in [("%@abc", "x"), ("x", "%abc"), ("x", "审，计")]:
        fails("InvalidTag", bucket.put_object_tagging, "k", tags(key, value))
    fails("InvalidTag", bucket.put_object, "k", b"x", headers={"x-oss-tagging": "a=%25"})
    assert bucket.get_object_tagging("k").tag_set.tagging_rule == {"a +-=._:/Z9": "b +-=._:/"}
    bucket.put_object_tagging("k", tags("审计", "日志 1"))
    assert bucket.get_object_tagging("k").tag_set.tagging_rule == {"审计": "日志 1"}


def test_encryption_keys_are_kms_s_alone(bucket):
    def rule(algorithm, key_id):
        rule = ServerSideEncryptionRule()
        rule.sse_algorithm, rule.kms_master_keyid = algorithm, key_id
        return rule

    fails("InvalidArgument", bucket.put_bucket_encryption, rule("AES256", "key-1"))
    fails("InvalidEncryptionAlgorithmError", bucket.put_bucket_encryption, rule("random", ""))
    bucket.put_bucket_encryption(rule("KMS", "key-1"))
    shown = bucket.get_bucket_info().bucket_encryption_rule
    assert (shown.sse_algorithm, shown.kms_master_keyid) == ("KMS", "key-1")
    bucket.put_bucket_encryption(rule("AES256", ""))
    shown = bucket.get_bucket_info().bucket_encryption_rule
    assert (shown.sse_algorithm, shown.kms_master_keyid) == ("AES256", None)


def lifecycle(*rules):
    return BucketLifecycle(list(rules))


def test_lifecycle_filters_and_dates_come_back(bucket):
    filters = LifecycleFilter([FilterNot("trail/kept", FilterNotTag("hold", "yes"))], 203, 311)
    rule = LifecycleRule("r", "trail/", expiration=LifecycleExpiration(days=356), filter=filters)
    rule.storage_transitions = [StorageTransition(days=355, storage_class="Archive"), StorageTransition(days=352, storage_class="IA")]
    bucket.put_bucket_lifecycle(lifecycle(rule))
    (kept,) = bucket.get_bucket_lifecycle().rules
    assert [(one.days, one.storage_class) for one in kept.storage_transitions] == [(355, "Archive"), (352, "IA")]
    assert (kept.filter.object_size_greater_than, kept.filter.object_size_less_than) == (203, 311)
    (left_out,) = kept.filter.filter_not
    assert (left_out.prefix, left_out.tag.key, left_out.tag.value) == ("trail/kept", "hold", "yes")
    old = datetime.date(2016, 12, 25)
    bucket.put_bucket_lifecycle(lifecycle(LifecycleRule("r", "trail/", expiration=LifecycleExpiration(date=old))))
    assert bucket.get_bucket_lifecycle().rules[0].expiration.date == old


def test_lifecycles_that_contradict_themselves_are_refused(bucket):
    def rule(prefix="trail/", end=LifecycleExpiration(days=6), transitions=(), id="r"):
        rule = LifecycleRule(id, prefix, expiration=end)
        rule.storage_transitions = [StorageTransition(days=days, storage_class=name) for days, name in transitions]
        return rule

    for transitions in [[(7, "IA")], [(5, "IA"), (2, "Archive")], [(5, "Standard")]]:
        fails("InvalidArgument", bucket.put_bucket_lifecycle, lifecycle(rule(transitions=transitions)))
    dated = LifecycleExpiration(created_before_date=datetime.date(2016, 12, 25))
    fails("InvalidRequest", bucket.put_bucket_lifecycle, lifecycle(rule(end=dated, transitions=[(3, "IA")])))
    two = lifecycle(rule(id="a"), rule("trail/2", id="b"))
    refused = fails("InvalidArgument", bucket.put_bucket_lifecycle, two)
    assert refused.message == "Overlap for same action type Expiration"
    bucket.put_bucket_lifecycle(two, {"x-oss-allow-same-action-overlap": "true"})
    assert [one.id for one in bucket.get_bucket_lifecycle().rules] == ["a", "b"]


def test_a_missing_object_has_a_number(bucket):
    for call in (bucket.get_object, bucket.get_object_meta):
        with pytest.raises(oss2.exceptions.OssError) as refused:
            call("no")
        assert refused.value.headers["x-oss-ec"] == "0026-00000001" == refused.value.ec


def test_uploads_are_folded_and_paged(bucket):
    ids = sorted(bucket.init_multipart_upload("p/key").upload_id for _ in range(5))
    for folder in "abzä":
        for name in ("1", "2"):
            bucket.init_multipart_upload(f"p/{folder}/{name}")
    bucket.init_multipart_upload("q")
    for size in (1, 2, 3, 1_000):
        listed = list(oss2.MultipartUploadIterator(bucket, prefix="p/", delimiter="/", max_uploads=size))
        assert [one.key for one in listed if one.is_prefix()] == ["p/a/", "p/b/", "p/z/", "p/ä/"], size
        assert [one.upload_id for one in listed if not one.is_prefix()] == ids, size
    page = bucket.list_multipart_uploads(key_marker="p/key")
    assert [one.key for one in page.upload_list] == ["p/z/1", "p/z/2", "p/ä/1", "p/ä/2", "q"], "not the marker's own"
