"""Every error code of the log service: provoked by a client, here or in another test, or listed with why nobody can."""

import json
import re
import time
from email.utils import formatdate
from pathlib import Path

import pytest
from cairn_server import REPOSITORY
from conftest import run
from logstores import Logstore, client_of, fails
from test_accounts import made
from test_expired_token import AHEAD_S, Future
from test_logstore_bad_input import send

# What only a broken server answers, and what no sequence of calls leads to.
NOT_PROVOKED = {
    "InternalServerError": "the server itself failed",
    "LogStoreWithoutShard": "a split or merge opens a shard for each range that it closes, in one transaction",
}


def test_every_code_is_provoked():
    table = (REPOSITORY / "crates/logstore/src/fault.rs").read_text()
    names = set(re.findall(r'= [45]\d\d "(\w+)"', table))
    assert len(names) > 40
    files = [path for kind in ("logstore", "trail") for path in Path(__file__).parent.glob(f"test_{kind}_*.py")]
    tests = [path.read_text() for path in files if path.name != Path(__file__).name]
    tests.append(Path(__file__).read_text().partition("\n}\n")[2])
    assert {name for name in names if not any(f'"{name}"' in text for text in tests)} == set(NOT_PROVOKED)


@pytest.mark.parametrize("index", [
    {},
    {"line": {"token": ["ab"]}},
    {"line": {"token": [], "include_keys": ["a"], "exclude_keys": ["b"]}},
    {"keys": {"a": {"type": "blob"}}},
    {"keys": {"a": {"type": "json", "json_keys": {"b": {"type": "json"}}}}},
    {"keys": {"": {"type": "long"}}},
], ids=lambda index: json.dumps(index))
def test_an_index_that_cannot_be(cairn, index):
    store = Logstore(cairn, index=False)
    document = type("Index", (), {"to_json": lambda _: index})()
    refused = fails("IndexInfoInvalid", store.client.create_index, store.project, store.name, document)
    assert refused.get_resp_status() == 400
    fails("IndexConfigNotExist", store.client.get_index_config, store.project, store.name)


def test_a_project_of_others(tmp_path):
    for server in run(tmp_path / "accounts"):
        store, other = Logstore(server), client_of(made(server))
        store.put([(int(time.time()), {"n": "1"})])
        now, place = int(time.time()), (store.project, store.name)
        for call in [
            lambda: other.get_project(store.project),
            lambda: other.list_logstore(store.project),
            lambda: other.get_logstore(*place),
            lambda: other.get_log(*place, now - 60, now + 60, query="*"),
            lambda: other.get_begin_cursor(*place, 0),
            lambda: other.delete_logstore(*place),
            lambda: other.delete_project(store.project),
            lambda: other.create_logstore(store.project, "mine"),
        ]:
            assert fails("ProjectForbidden", call).get_resp_status() == 403
        assert [log["n"] for log in store.find()] == ["1"]


def test_a_token_after_its_time(tmp_path, preloaded):
    for server in run(tmp_path / "future"):
        store, future = Logstore(server), Future(server, preloaded("clock_ahead"))
        # The role may do nothing here; that is said of a token that is good.
        for session, code in [(future.expired, "SecurityTokenExpired"), (future.valid, "Unauthorized")]:
            headers = {
                "Date": formatdate(time.time() + AHEAD_S, usegmt=True), "x-acs-security-token": session.credential.token
            }
            answer = send(
                server, "GET", f"/logstores/{store.name}", f"{store.project}.logs.test", headers=headers,
                credential=session.credential,
            )
            assert answer == (401, code)
