"""The official SDK of the log service, aimed at a server by a name of its own: its clients put the project before it."""

import socket
import time

import pytest
from aliyun.log import LogClient, LogException, LogItem, PutLogsRequest
from principals import unique

ENDPOINT = "logs.test"

_resolve = socket.getaddrinfo


def _resolve_here(host, *arguments, **named):
    if isinstance(host, str) and (host == ENDPOINT or host.endswith("." + ENDPOINT)):
        host = "127.0.0.1"
    return _resolve(host, *arguments, **named)


def resolve_here():
    """What a wildcard record in the DNS does."""
    socket.getaddrinfo = _resolve_here


def client_of(cairn, version="v1", credential=None, token=None):
    credential = credential or cairn.root
    port = cairn.address.rsplit(":", 1)[1]
    resolve_here()
    client = LogClient(
        f"http://{ENDPOINT}:{port}", credential.key_id, credential.secret, securityToken=token,
        auth_version=version, region="cn-hangzhou",
    )
    client.timeout = 30
    return client


def fails(code, call, *arguments, **named):
    with pytest.raises(LogException) as raised:
        call(*arguments, **named)
    assert raised.value.get_error_code() == code, raised.value
    assert raised.value.get_request_id(), raised.value
    return raised.value


class Logstore:
    """A logstore of a new project, with an index."""

    def __init__(self, cairn, version="v1", shards=1, index=True, **properties):
        self.cairn, self.client = cairn, client_of(cairn, version)
        self.project, self.name = unique("project"), "demo"
        self.client.create_project(self.project, "for a test")
        self.client.create_logstore(self.project, self.name, ttl=30, shard_count=shards, **properties)
        if index:
            self.client.create_index(self.project, self.name, full_text_index())

    def put(self, logs, topic="", source="", tags=None, **named):
        """Logs as pairs of a time and a dict."""
        items = [LogItem(timestamp=at, contents=sorted(contents.items())) for at, contents in logs]
        request = PutLogsRequest(self.project, self.name, topic, source, items, logtags=tags, **named)
        return self.client.put_logs(request)

    def find(self, query="*", start=None, end=None, **named):
        now = int(time.time())
        found = self.client.get_log(
            self.project, self.name, start or now - 86_400, end or now + 900, query=query, **named
        )
        assert found.is_completed()
        return [
            log.get_contents() | {"__time__": log.get_time(), "__source__": log.get_source()}
            for log in found.get_logs()
        ]


def full_text_index():
    from aliyun.log import IndexConfig, IndexKeyConfig, IndexLineConfig

    tokens = [",", " ", "'", '"', ";", "=", "(", ")", "[", "]", "{", "}", "?", "@", "&", "<", ">", "/", ":", "\n", "\t"]
    keys = {"n": IndexKeyConfig(index_type="long", doc_value=True), "word": IndexKeyConfig(tokens, doc_value=True)}
    return IndexConfig(ttl=30, line_config=IndexLineConfig(tokens), key_config_list=keys)
