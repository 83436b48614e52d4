"""What the READMEs promise in code: the configuration that they show, and how other engines read segments."""

import glob
import re
import subprocess
import time
import tomllib

import duckdb
import pyarrow.dataset
import pytest
from cairn_server import BINARY, REPOSITORY, TRAIL, Cairn
from logstores import Logstore
from test_segments import wait_for_files

READMES = ["README.md", "README.zh-CN.md"]


def block(readme, language):
    text = (REPOSITORY / readme).read_text()
    [found] = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return found


def shown(*arguments):
    command = [BINARY, "config", "show", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={})
    assert done.returncode == 0, done.stderr
    return tomllib.loads(done.stdout)


def flat(settings, path=""):
    """Settings by their full names; tables that come many times are left out."""
    for name, value in settings.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{path}{name}.")
        elif not (isinstance(value, list) and path == "delivery."):
            yield path + name, value


@pytest.mark.parametrize("readme", READMES)
def test_the_configuration_has_every_setting_with_its_default(readme, tmp_path):
    promised, defaults = tomllib.loads(block(readme, "toml")), dict(flat(shown()))
    # Empty is the file that `config show` names.
    defaults["database_url"] = ""
    table = re.findall(r"^\| `\[([a-z0-9.]+)\]` \| (.*) \|$", (REPOSITORY / readme).read_text(), re.MULTILINE)
    in_table = {f"{section}.{name}" for section, names in table for name in re.findall(r"`([a-z0-9_]+)`", names)}
    assert all(f"store.{cloud}.endpoint" in in_table for cloud in ("s3", "gcs", "azure"))
    in_table |= {name.replace("store.", "bucket.", 1) for name in in_table}
    in_block = dict(flat(promised))
    assert {name: value for name, value in defaults.items() if name not in in_table} == in_block
    assert in_table <= set(defaults)

    # What may come many times must be understood.
    file = tmp_path / "cairn.toml"
    file.write_text(block(readme, "toml"))
    taken = shown("--config", file)["delivery"]
    for kind in ("buckets", "s3_buckets"):
        assert taken[kind] == promised["delivery"][kind]


@pytest.mark.parametrize("readme", READMES)
def test_other_engines_read_segments(readme, tmp_path):
    server = Cairn(tmp_path, config="[store]\npart_events = 16\ncompaction = false\n").start()
    try:
        for _ in range(40):
            server.ask(TRAIL, "DescribeRegions")
        # Rows that are no events must not be in the way.
        Logstore(server).put([(int(time.time()), {"n": str(n)}) for n in range(40)])
        wait_for_files(server, 64)
        for_duckdb, for_spark, for_pandas = block(readme, "python").replace("DIR", str(server.data)).splitlines()
        counts = dict(eval(for_duckdb, {"duckdb": duckdb}).fetchall())
        assert counts["DescribeRegions"] >= 24
        rows = eval(for_pandas, {"pyarrow": pyarrow, "glob": glob})
        assert (rows["stream"] == f"events/{server.account}").all() and rows["event_name"].notna().all()
        assert (rows["event_name"] == "DescribeRegions").sum() >= 24
        # There is no Spark here: the folder that it is given is looked at.
        [folder] = re.findall(r'parquet\("(.*)"\)', for_spark)
        assert len(glob.glob(folder)) == 1
    finally:
        server.kill()
