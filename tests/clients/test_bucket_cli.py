"""`cairn bucket`: the everyday things of the object storage on the command line, with both versions of the signature."""

import hashlib
import http.client
import os
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import oss2
import pytest
from cairn_server import BINARY
from principals import unique

KEYS = ["a/b c+d.txt", "审计/日志 1.log", "q'()*!~x", "plus+per%25.txt", "dir//x", ".hid&=?x"]


def bucket(cairn, *arguments, text=None, code=0, signature="v4", key=None, binary=False):
    key = key or cairn.root
    environment = {
        **cairn.environment(),
        "CAIRN_ENDPOINT": cairn.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": key.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": key.secret,
        **({"ALIBABA_CLOUD_SECURITY_TOKEN": key.token} if getattr(key, "token", None) else {}),
    }
    command = [str(BINARY), "bucket", "--signature", signature, *map(str, arguments)]
    done = subprocess.run(command, input=text, env=environment, capture_output=True, timeout=180)
    assert done.returncode == code, done.stderr.decode()
    answer = done.stdout if code == 0 else done.stderr
    return answer if binary else answer.decode()


@pytest.mark.parametrize("signature", ["v1", "v4"])
def test_objects_go_both_ways(cairn, tmp_path, signature):
    name = unique("cli")

    def run(*arguments, **named):
        return bucket(cairn, *arguments, signature=signature, **named)

    run("create", name)
    run("create", name)  # what is there stays
    assert name in run("ls") and "Standard" in run("stat", name)
    for key in KEYS:
        content = os.urandom(1_000)
        run("cp", "-", f"oss://{name}/{key}", text=content)
        assert run("cat", f"{name}/{key}", binary=True) == content
    listed = run("ls", "-r", name)
    assert all(key in listed for key in KEYS)
    top = [line.split()[-1] for line in run("ls", name).splitlines()]
    assert "a/" in top and "dir/" in top and "b c+d.txt" not in listed.split()

    # Large enough for parts; a folder takes the key's last step.
    large = os.urandom(21 * 1024 * 1024 + 17)
    source = tmp_path / "large.bin"
    source.write_bytes(large)
    run("put", source, f"oss://{name}/large/", "--content-type", "application/gzip")
    shown = run("stat", f"{name}/large/large.bin")
    assert str(len(large)) in shown and "Multipart" in shown and "application/gzip" in shown
    target = tmp_path / "back"
    target.mkdir()
    run("get", f"oss://{name}/large/large.bin", target)
    assert (target / "large.bin").read_bytes() == large
    assert [path.name for path in target.iterdir()] == ["large.bin"], "nothing unfinished is left"

    # The official client sees the same.
    theirs = oss2.Bucket(oss2.Auth(cairn.root.key_id, cairn.root.secret), cairn.endpoint, name)
    assert hashlib.md5(theirs.get_object("large/large.bin").read()).digest() == hashlib.md5(large).digest()
    assert {found.key for found in oss2.ObjectIterator(theirs)} == {*KEYS, "large/large.bin"}

    run("rm", f"{name}/{KEYS[0]}")
    assert "NoSuchKey" in run("cat", f"{name}/{KEYS[0]}", code=1)
    assert "BucketNotEmpty" in run("rm", name, code=1)
    run("rm", "-r", name)
    run("rm", name)
    assert "NoSuchBucket" in run("ls", name, code=1)


def files_in(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("signature", ["v1", "v4"])
def test_folders_go_both_ways(cairn, tmp_path, signature):
    name, other = unique("cli"), unique("cli")

    def run(*arguments, **named):
        return bucket(cairn, *arguments, signature=signature, **named)

    run("create", name)
    run("create", other)
    source = tmp_path / "source"
    for path in ["a.txt", "deep/er/b c+d.txt", "审计/日志 1.log", "deep/.hidden"]:
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_bytes(os.urandom(500))
    (source / "empty").mkdir()
    run("cp", "--recursive", source, f"oss://{name}/some/place")
    theirs = oss2.Bucket(oss2.Auth(cairn.root.key_id, cairn.root.secret), cairn.endpoint, name)
    assert {one.key for one in oss2.ObjectIterator(theirs)} == {f"some/place/{path}" for path in files_in(source)}
    for prefix in ("some/place", "some/place/"):
        target = tmp_path / "target" / prefix.replace("/", "-")
        run("cp", "-r", f"oss://{name}/{prefix}", target)
        assert files_in(target) == files_in(source)
    # Whole buckets, and between buckets; "some/placement" is not in "some/place".
    theirs.put_object("some/placement", b"other")
    run("cp", "-r", f"oss://{name}", f"oss://{other}")
    run("cp", "-r", f"oss://{other}/some/place/", tmp_path / "again")
    assert files_in(tmp_path / "again") == files_in(source)

    # What has no place in a folder, or not in this one, is named, and the rest is copied.
    theirs.put_object("bad/folder/", b"")  # stands for an empty folder
    for key in ("bad/../../outside", "bad/dir//x", "bad/a", "bad/a/b"):
        run("cp", "-", f"oss://{name}/{key}", text=b"x")
    refused = run("cp", "-r", f"oss://{name}/bad", tmp_path / "bad", code=1)
    assert "../../outside" in refused and "dir//x" in refused and "bad/a/b" in refused
    assert "1 files copied" in refused and "3 files are not copied" in refused
    assert files_in(tmp_path / "bad") == {"a": b"x"} and not (tmp_path / "outside").exists()
    os.symlink(source, source / "round")
    refused = run("cp", "-r", source, f"oss://{other}/links", code=1)
    assert "round is not copied" in refused and "4 files copied" in refused

    assert "say --recursive" in run("cp", source, f"oss://{name}/x", code=1)
    assert "is no folder" in run("cp", "-r", source / "a.txt", f"oss://{name}/x", code=1)
    assert "is a file" in run("cp", "-r", f"oss://{name}/some", source / "a.txt", code=1)
    assert "one of the two must be an object" in run("cp", "-r", source, tmp_path / "x", code=1)
    assert "NoSuchBucket" in run("cp", "-r", f"oss://{unique('none')}/", tmp_path / "none", code=1)
    for one in (name, other):
        run("rm", "-r", one)
        run("rm", one)


def test_nothing_is_overwritten_unless_it_is_the_same(cairn, tmp_path):
    name = unique("cli")
    bucket(cairn, "create", name)
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b"a batch")
    large.write_bytes(os.urandom(17 * 1024 * 1024))
    for source in (small, large):
        put = ("cp", source, f"oss://{name}/", "--no-overwrite")
        bucket(cairn, *put)
        bucket(cairn, *put)  # the same content is there already
        source.write_bytes(source.read_bytes()[:-1] + b"!")
        assert "already with another content" in bucket(cairn, *put, code=1)
        bucket(cairn, "cp", source, f"oss://{name}/")
        assert bucket(cairn, "cat", f"{name}/{source.name}", binary=True) == source.read_bytes()
    uploads = oss2.Bucket(oss2.Auth(cairn.root.key_id, cairn.root.secret), cairn.endpoint, name).list_multipart_uploads()
    assert uploads.upload_list == [], "what failed was aborted"
    bucket(cairn, "rm", "-r", name)


def test_what_is_broken_leaves_no_file(cairn, tmp_path):
    name = unique("cli")
    bucket(cairn, "create", name)
    assert "one of the two must be an object" in bucket(cairn, "cp", tmp_path / "a", tmp_path / "b", code=1)
    assert "is a folder" in bucket(cairn, "cp", tmp_path, f"oss://{name}/x", code=1)
    assert "cannot be read" in bucket(cairn, "cp", tmp_path / "none", f"oss://{name}/x", code=1)
    assert "NoSuchKey" in bucket(cairn, "cp", f"oss://{name}/none", tmp_path / "none", code=1)
    assert "name an object" in bucket(cairn, "cat", name, code=1)
    assert list(tmp_path.iterdir()) == []
    wrong = type("Key", (), {"key_id": cairn.root.key_id, "secret": "wrong"})
    assert "SignatureDoesNotMatch" in bucket(cairn, "ls", key=wrong, code=1)
    bucket(cairn, "rm", name)


@pytest.mark.parametrize("signature", ["v1", "v4"])
def test_links_open_one_object(cairn, signature):
    name = unique("cli")
    bucket(cairn, "create", name)
    key = f"{name}/审计/a b+c.txt"
    write = bucket(cairn, "presign", key, "--method", "PUT", "--expires", "60", signature=signature).strip()
    # A type that the link does not name would be part of the signature.
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(write).netloc)
    connection.request("PUT", write.removeprefix(cairn.endpoint), body=b"linked")
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    read = bucket(cairn, "presign", key, "--expires", "60", signature=signature).strip()
    assert urllib.request.urlopen(read).read() == b"linked"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(read.replace("a%20b", "a%20c"))
    assert refused.value.code == 403
    assert "604800" in bucket(cairn, "presign", key, "--expires", "604801", code=1)
    bucket(cairn, "rm", "-r", name)
    bucket(cairn, "rm", name)


def test_retention_is_begun_and_ended(cairn):
    name = unique("cli")
    bucket(cairn, "create", name)
    assert "no retention" in bucket(cairn, "worm", "status", name)
    policy = bucket(cairn, "worm", "init", name, "--days", "3").strip()
    shown = bucket(cairn, "worm", "status", name)
    assert policy in shown and "InProgress" in shown
    bucket(cairn, "cp", "-", f"oss://{name}/kept", text=b"kept")
    assert "FileImmutable" in bucket(cairn, "rm", f"{name}/kept", code=1)
    assert "FileImmutable" in bucket(cairn, "cp", "-", f"oss://{name}/kept", text=b"other", code=1)
    bucket(cairn, "cp", "-", f"oss://{name}/kept", text=b"kept")  # the same: already there
    bucket(cairn, "worm", "abort", name)
    assert "no retention" in bucket(cairn, "worm", "status", name)
    bucket(cairn, "rm", "-r", name)
    bucket(cairn, "rm", name)
