"""`cairn log`: the everyday things of the log service on the command line, with both versions of the signature."""

import fcntl
import json
import os
import pty
import queue
import struct
import subprocess
import termios
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cairn_server import BINARY
from logstores import client_of
from principals import unique


def environment_of(cairn, region=None, endpoint=None):
    return {
        **cairn.environment(),
        "CAIRN_ENDPOINT": endpoint or cairn.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": cairn.root.key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": cairn.root.secret,
        **({"ALIBABA_CLOUD_REGION_ID": region} if region else {}),
    }


def done(cairn, *arguments, text=None, code=0, region=None, endpoint=None):
    """The ended command."""
    ended = subprocess.run(
        [str(BINARY), "log", *arguments], input=text, env=environment_of(cairn, region, endpoint), capture_output=True,
        encoding="utf-8", errors="surrogateescape", timeout=180,
    )
    assert ended.returncode == code, ended.stderr
    return ended


def log(cairn, *arguments, code=0, **named):
    ended = done(cairn, *arguments, code=code, **named)
    return ended.stdout if code == 0 else ended.stderr


def found(cairn, project, logstore, *arguments):
    return [json.loads(line) for line in log(cairn, "query", project, logstore, *arguments).splitlines()]


@pytest.mark.parametrize("region", [None, "cn-hangzhou"], ids=["v1", "v4"])
def test_logs_are_put_and_found(cairn, region):
    project, run = unique("project"), lambda *arguments, **named: log(cairn, *arguments, region=region, **named)
    run("create", project, "demo", "--ttl", "7", "--shards", "2")
    run("create", project, "demo")  # what is there stays
    assert project in run("ls") and "demo" in run("ls", project)
    lines = [json.dumps({"n": n, "text": "审计"}) for n in range(5_000)] + ["plain text"]
    run("put", project, "demo", "--topic", "top", text="\n".join(lines) + "\n")
    logs = found(cairn, project, "demo", "--limit", "10000")
    assert sorted(int(one["n"]) for one in logs if "n" in one) == list(range(5_000))
    assert [one["content"] for one in logs if "content" in one] == ["plain text"]
    assert {one["__topic__"] for one in logs} == {"top"} and all("__tag__:__pack_id__" in one for one in logs)
    assert len(run("query", project, "demo", "--limit", "7").splitlines()) == 7
    counted = "审计 | SELECT __topic__ AS t, count(*) AS n GROUP BY t"
    assert run("query", project, "demo", counted, "--output", "csv") == "t,n\ntop,5000\n"
    assert json.loads(run("query", project, "demo", counted, "--output", "json")) == {"t": "top", "n": "5000"}
    assert "5000" in run("query", project, "demo", counted) and "1 row" in run("query", project, "demo", counted)
    run("rm", project, "demo")
    assert "LogStoreNotExist" in run("query", project, "demo", code=1)
    run("rm", project)
    assert "ProjectNotExist" in run("ls", project, code=1)


def test_sql_knows_the_fields_of_the_index(cairn):
    project, run = unique("project"), lambda *arguments, **named: log(cairn, *arguments, **named)
    run("create", project, "web", "--field", "status:long", "--field", "path:text")
    lines = [{"status": 500, "path": "/pay"}, {"status": 503, "path": "/pay"}, {"status": 200, "path": "/"}]
    run("put", project, "web", text="\n".join(map(json.dumps, lines)))
    counted = "status >= 500 | SELECT path, count(*) AS n, max(status) AS worst GROUP BY path"
    assert run("query", project, "web", counted, "--output", "csv") == "path,n,worst\n/pay,2,503\n"
    refused = run("create", project, "web", "--field", "other:long", code=1)
    assert f"cairn log index set {project} web" in refused

    run("index", "set", project, "web", "--field", "event:json", "--field", "event.user.name:text")
    shown = json.loads(run("index", "show", project, "web"))
    assert shown["keys"]["event"]["json_keys"]["user.name"]["doc_value"] and "line" not in shown
    put = json.dumps({"event": {"user": {"name": "alice"}}})
    run("put", project, "web", text=put)
    names = '* | SELECT "event.user.name" AS who WHERE "event.user.name" IS NOT NULL'
    assert run("query", project, "web", names, "--output", "csv") == "who\nalice\n"
    assert "ColumnNotExists" in run("query", project, "web", "* | SELECT status", code=1)

    # What `show` prints is what `set` takes; and it holds for the logs that are there.
    shown["keys"]["status"] = {"type": "long", "doc_value": True}
    run("index", "set", project, "web", "--from-json", "-", text=json.dumps(shown))
    assert run("query", project, "web", "* | SELECT sum(status) AS s", "--output", "csv") == "s\n1203\n"
    for wrong, words in [
        (["--field", "status"], "NAME:TYPE"),
        (["--field", "status:int"], "text, long, double or json"),
        ([], "--field"),
        (["--line", "--from-json", "-"], "cannot be used with"),
    ]:
        assert words in run("index", "set", project, "web", *wrong, code=2)
    assert "IndexInfoInvalid" in run("index", "set", project, "web", "--from-json", "-", text="{}", code=1)
    assert "no JSON" in run("index", "set", project, "web", "--from-json", "-", text="{", code=1)
    run("index", "set", project, "web", "--line")
    assert list(json.loads(run("index", "show", project, "web"))["line"]["token"])


def test_an_index_is_made_where_there_is_none(cairn):
    project, client = unique("project"), client_of(cairn)
    client.create_project(project, "")
    client.create_logstore(project, "bare")
    assert "cairn log index set" in log(cairn, "index", "show", project, "bare", code=1)
    log(cairn, "index", "set", project, "bare", "--field", "__tag__:host:text")
    assert list(json.loads(log(cairn, "index", "show", project, "bare"))["keys"]) == ["__tag__:host"]


def own(logs):
    """Logs without what says how they were put."""
    return sorted((dict(sorted(one.items())) | {"__tag__:__pack_id__": ""} for one in logs), key=json.dumps)


def test_what_is_found_can_be_put_again(cairn):
    project = unique("project")
    for name in ("from", "into"):
        log(cairn, "create", project, name)
    at = int(time.time()) - 3_000
    lines = [
        {"__time__": str(at + n), "__time_ns_part__": str(n), "__topic__": f"t{n % 3}", "__source__": f"10.0.0.{n % 2}",
         "__tag__:host": f"h{n % 2}", "n": str(n), "text": "a\n\"b\" 审计"}
        for n in range(50)
    ]
    log(cairn, "put", project, "from", text="\n".join(map(json.dumps, lines)))
    rows = log(cairn, "query", project, "from")
    first = own(json.loads(row) for row in rows.splitlines())
    assert first == own(lines)
    log(cairn, "put", project, "into", text=rows)
    assert own(found(cairn, project, "into")) == first


def test_a_field_tells_the_time(cairn):
    project, now = unique("project"), int(time.time())
    log(cairn, "create", project, "demo")
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 600))
    lines = [{"at": stamp, "n": 1}, {"at": now - 500, "n": 2}, {"at": (now - 400) * 1000, "n": 3}]
    log(cairn, "put", project, "demo", "--time-field", "at", text="\n".join(map(json.dumps, lines)))
    times = {one["n"]: int(one["__time__"]) for one in found(cairn, project, "demo")}
    assert times == {"1": now - 600, "2": now - 500, "3": now - 400}
    # Absolute times: the end is not included.
    search = lambda *arguments: {one["n"] for one in found(cairn, project, "demo", "*", *arguments)}
    assert search("--from", stamp, "--to", str(now - 500)) == {"1"}
    assert search("--from", str(now - 500)) == {"2", "3"}
    assert search("--to", str(now - 450), "--since", "100") == {"2"}
    assert "cannot be used with" in log(cairn, "query", project, "demo", "--from", "1", "--since", "5", code=2)
    assert "2026-03-01T08:00:00Z" in log(cairn, "query", project, "demo", "--from", "noon", code=2)


def test_a_bad_line_is_named_and_keeps_no_other_away(cairn):
    project = unique("project")
    log(cairn, "create", project, "demo")
    lines = [json.dumps({"n": str(n)}) for n in range(4_200)]
    lines[9] = json.dumps({"k" * 129: "x"})
    lines[2_999] = json.dumps({"__time__": "1000", "n": "old"})
    lines[4_149] = "\udcff"
    lines[4_150] = ""
    refused = log(cairn, "put", project, "demo", text="\n".join(lines), code=1).splitlines()
    assert refused[0].startswith("line 10: InvalidKey: ") and "128 bytes" in refused[0]
    assert refused[1].startswith("line 3000: ") and "1970-01-01T00:16:40Z" in refused[1]
    assert refused[2:] == ["line 4150: it is not UTF-8", "4196 logs put, 3 lines refused"]
    assert log(cairn, "query", project, "demo", "* | SELECT count(*) AS n", "--output", "csv") == "n\n4196\n"
    # Of very many only their number is told.
    many = log(cairn, "put", project, "demo", text='{"__time__": 1}\n' * 30, code=1).splitlines()
    assert len(many) == 22 and many[-2:] == ["10 more lines were refused", "0 logs put, 30 lines refused"]
    # What the service refuses says which lines these were.
    refused = log(cairn, "put", project, "demo", "--topic", "t" * 129, text="a\n", code=1)
    assert "line 1: PostBodyInvalid: Topic" in refused
    refused = log(cairn, "put", unique("nowhere"), "demo", text="a\nb\n", code=1)
    assert "0 logs put" in refused and "2 logs of the lines 1 to 2: ProjectNotExist" in refused


def test_logs_are_followed_into_new_shards(cairn):
    project, client = unique("project"), client_of(cairn)
    log(cairn, "create", project, "demo")
    log(cairn, "put", project, "demo", text=json.dumps({"n": "before"}))
    tail = subprocess.Popen(
        [str(BINARY), "log", "tail", project, "demo"], env=environment_of(cairn), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        assert tail.stderr.readline() == "following 1 shards\n"
        lines = queue.Queue()
        threading.Thread(target=lambda: [lines.put(line) for line in tail.stdout], daemon=True).start()
        put = lambda n: log(cairn, "put", project, "demo", "--topic", "t", "--source", "s", text=json.dumps({"n": n}))
        asked_s = int(time.time())
        put("first")
        shown = json.loads(lines.get(timeout=60))
        assert (shown["n"], shown["__topic__"], shown["__source__"]) == ("first", "t", "s")
        assert shown["__tag__:__pack_id__"] and asked_s <= int(shown["__time__"]) <= time.time()
        client.split_shard(project, "demo", 0, "8" + "0" * 31)
        for n in range(6):
            put(str(n))
        assert sorted(json.loads(lines.get(timeout=60))["n"] for _ in range(6)) == list("012345")
        client.split_shard(project, "demo", 1, "4" + "0" * 31)
        for n in range(6):
            put(str(n))
        assert sorted(json.loads(lines.get(timeout=60))["n"] for _ in range(6)) == list("012345")
        assert tail.poll() is None and lines.empty()
    finally:
        tail.kill()
        tail.wait()


class Unfinished:
    """A service that can search to the end only at its nth attempt."""

    def __init__(self, attempts, has_sql=False):
        self.asked = 0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                service.asked += 1
                progress = "Complete" if service.asked >= attempts else "Incomplete"
                meta = {"progress": progress, "hasSQL": has_sql, "keys": ["n"]}
                body = json.dumps({"meta": meta, "data": [{"n": str(service.asked)}]}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("x-log-requestid", "1")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.server.server_address[1]}"


@pytest.mark.parametrize("has_sql", [False, True], ids=["logs", "rows"])
def test_an_incomplete_answer_is_asked_for_again(cairn, has_sql):
    query = lambda service, **named: done(
        cairn, "query", "p", "l", "--output", "json", endpoint=service.endpoint, **named
    )
    service = Unfinished(3, has_sql)
    ended = query(service)
    assert (service.asked, json.loads(ended.stdout), ended.stderr) == (3, {"n": "3"}, "")
    service = Unfinished(100, has_sql)
    ended = query(service, code=1)
    assert (service.asked, json.loads(ended.stdout)) == (10, {"n": "10"})
    assert "this is not all" in ended.stderr


def on_terminal(cairn, *arguments, stdin):
    """What a command writes to a standard error that is a terminal."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    environment = {**environment_of(cairn), "TERM": "xterm"}
    command = subprocess.Popen(
        [str(BINARY), "log", *arguments], env=environment, stdin=stdin, stdout=subprocess.DEVNULL, stderr=there
    )
    os.close(there)
    written = b""
    while True:
        try:
            part = os.read(here, 65_536)
        except OSError:  # the terminal has no writer any more
            part = b""
        if not part:
            break
        written += part
    os.close(here)
    assert command.wait(60) == 0, written
    return written.decode()


def test_what_takes_long_is_seen_on_a_terminal_only(cairn, tmp_path):
    project, lines = unique("project"), tmp_path / "lines"
    log(cairn, "create", project, "demo")
    lines.write_text("\n".join(json.dumps({"n": n, "text": "x" * 200}) for n in range(10_000)))
    with open(lines) as file:
        shown = on_terminal(cairn, "put", project, "demo", stdin=file)
    assert "\x1b[" in shown and " left" in shown and shown.strip().endswith("10000 logs put"), shown
    shown = on_terminal(cairn, "query", project, "demo", "--limit", "500", stdin=subprocess.DEVNULL)
    assert "of at most 500 logs" in shown
    shown = on_terminal(cairn, "query", project, "demo", "--limit", "100", stdin=subprocess.DEVNULL)
    assert shown == "", "a page is there at once"
    with open(lines) as file:
        command = [str(BINARY), "log", "put", project, "demo"]
        ended = subprocess.run(command, stdin=file, env=environment_of(cairn), capture_output=True, text=True, timeout=180)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "10000 logs put\n")
    ended = done(cairn, "put", project, "demo", text=lines.read_text())
    assert (ended.stdout, ended.stderr) == ("", "10000 logs put\n")
    assert done(cairn, "query", project, "demo", "--limit", "500").stderr == ""
