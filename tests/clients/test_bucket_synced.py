"""What was acknowledged survives a loss of power: before the answer the object's file is synced, then it gets its name,
then the folder of that name is synced, and then the row that makes it visible. A library that is preloaded into the
server writes down the calls, in order, before they return."""

import subprocess
from pathlib import Path

import oss2
import pytest
from cairn_server import POSTGRES_URL
from test_bucket_oss2 import bucket_of

MIB = 1024 * 1024


class Log:
    """What the server has synced and renamed since the last look."""

    def __init__(self, path):
        self.path, self.seen = path, 0

    def news(self):
        lines = self.path.read_text().splitlines()
        news, self.seen = lines[self.seen :], len(lines)
        return [tuple(line.split(" ", 1)) for line in news]


@pytest.fixture
def log(own_cairn, tmp_path):
    library, path = tmp_path / "sync_log.so", tmp_path / "syncs"
    source = Path(__file__).parent / "sync_log.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    own_cairn.stop()
    own_cairn.start({"LD_PRELOAD": str(library), "SYNC_LOG": str(path)})
    return Log(path)


def check_order(own_cairn, news, files):
    """Each of so many new files of objects went through all steps; every one of them before the last row."""
    objects = own_cairn.data / "objects"
    renamed = [(at, Path(path)) for at, (what, path) in enumerate(news) if what == "rename" and objects in Path(path).parents]
    assert len(renamed) == files, news
    for at, path in renamed:
        before = [Path(name) for what, name in news[:at] if what == "sync"]
        assert objects / "unfinished" in {name.parent for name in before}, "the file is synced before it has its name"
        assert ("sync", str(path.parent)) in news[at:], "the folder is synced when the file has its name"
        folder_at = at + news[at:].index(("sync", str(path.parent)))
        if not POSTGRES_URL:
            after = [Path(name).name for what, name in news[folder_at:] if what == "sync"]
            assert any(name.startswith("control.db") for name in after), "the row is durable after the file, and before the answer"


def test_every_way_to_write_an_object_syncs_it_before_the_answer(own_cairn, log):
    bucket = bucket_of(own_cairn, "v4")
    bucket.create_bucket()
    log.news()
    for write in [
        lambda: bucket.put_object("a/b/c", b"x" * MIB),
        lambda: bucket.put_object("a/b/c", b"again"),
        lambda: bucket.append_object("log", 0, b"one"),
        lambda: bucket.append_object("log", 3, b"two"),
        lambda: bucket.copy_object(bucket.bucket_name, "a/b/c", "copy"),
    ]:
        write()
        check_order(own_cairn, log.news(), 1)
    upload = bucket.init_multipart_upload("parts").upload_id
    log.news()
    part = bucket.upload_part("parts", upload, 1, b"part")
    check_order(own_cairn, log.news(), 1)
    bucket.complete_multipart_upload("parts", upload, [oss2.models.PartInfo(1, part.etag)])
    if not POSTGRES_URL:
        synced = [Path(path).name for what, path in log.news() if what == "sync"]
        assert any(name.startswith("control.db") for name in synced), synced
