"""Starts the built server on a folder of its own and a free port, and speaks to it by hand."""

import http.client
import json
import os
import queue
import secrets
import signal
import subprocess
import threading
import time
from pathlib import Path

from signing import Credential, v1_request, v3_request

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("CAIRN_BIN", REPOSITORY / "target" / "debug" / "cairn"))
START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 30

CCC, TRAIL, RAM, STS = "2017-07-05", "2020-07-06", "2015-05-01", "2015-04-01"
READY = "listening on http://"
# With these two every server of the run has a schema of its own on that PostgreSQL server instead of SQLite.
POSTGRES_URL, PSQL = os.environ.get("CAIRN_CLIENTS_ALL_ON_POSTGRES_URL"), os.environ.get("CAIRN_CLIENTS_PSQL", "psql")


class Reply:
    """One HTTP answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.raw = status, {name.lower(): value for name, value in headers}, body

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def code(self):
        return self.json.get("Code", "OK")

    @property
    def request_id(self):
        return self.json["RequestId"]

    def __repr__(self):
        return f"Reply({self.status}, {self.raw[:2000]!r})"


def own_schema():
    """The name of a new schema."""
    schema = "clients_" + secrets.token_hex(6)
    command = [PSQL, "--quiet", "--no-psqlrc", "--command", f"CREATE SCHEMA {schema}", POSTGRES_URL]
    subprocess.run(command, check=True, timeout=30)
    return schema


class Cairn:
    """A server process. Ended by its own process id, never by name."""

    # Seconds that a call may take.
    patience_s = 30

    def __init__(self, folder, config="", account="1059804828509"):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.log_path = self.folder / "server.log"
        self.account = account
        self.root = Credential("LTAI5t" + secrets.token_hex(9), secrets.token_hex(15))
        self.config_path = None
        self.process = None
        self.address = None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.schema = own_schema() if POSTGRES_URL else None
        if self.schema:
            config = f'database_url = "{POSTGRES_URL}?options%5Bsearch_path%5D={self.schema}"\n{config}'
        if config:
            self.config_path = self.folder / "cairn.toml"
            self.config_path.write_text(config)

    @property
    def host(self):
        """Address and port, as clients want it."""
        return self.address

    @property
    def endpoint(self):
        return f"http://{self.address}"

    def environment(self):
        # Nothing of the developer's own settings may leak into a test.
        clean = {k: v for k, v in os.environ.items() if not k.upper().startswith(("CAIRN_", "ALIBABA_CLOUD_"))}
        clean = {k: v for k, v in clean.items() if not k.lower().endswith("_proxy")}
        return {
            **clean,
            "CAIRN_ACCOUNT_ID": self.account,
            "CAIRN_ROOT_ACCESS_KEY_ID": self.root.key_id,
            "CAIRN_ROOT_ACCESS_KEY_SECRET": self.root.secret,
        }

    def start(self, environment=None):
        command = [str(BINARY), "serve", "--data", str(self.data), "--listen", "127.0.0.1:0"]
        if self.config_path:
            command += ["--config", str(self.config_path)]
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**self.environment(), **(environment or {})},
            )
        self.address = self._wait_until_ready()
        return self

    def _wait_until_ready(self):
        lines = queue.Queue()

        def drain(stream, log_path):
            with open(log_path, "ab") as log:
                for line in stream:
                    log.write(line)
                    log.flush()
                    lines.put(line.decode("utf-8", "replace"))
            lines.put(None)

        threading.Thread(target=drain, args=(self.process.stdout, self.log_path), daemon=True).start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                self.kill()
                raise AssertionError(f"no '{READY}' line within {START_TIMEOUT_S} s; log:\n{self.log()}") from None
            if line is None:
                raise AssertionError(f"server ended with {self.process.wait()} before it was ready; log:\n{self.log()}")
            if line.strip().startswith(READY):
                return line.strip()[len(READY) :]

    def stop(self):
        """SIGTERM; the server must end by itself with exit code 0."""
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"server did not end within {STOP_TIMEOUT_S} s of SIGTERM; log:\n{self.log()}") from None
        assert code == 0, f"server ended with {code} on SIGTERM; log:\n{self.log()}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self):
        return self.log_path.read_text(errors="replace")[-20_000:]

    def cli(self, *arguments, check=True):
        """Runs another command of the same binary."""
        done = subprocess.run(
            [str(BINARY), *arguments], env=self.environment(), capture_output=True, text=True, timeout=60
        )
        if check:
            assert done.returncode == 0, f"cairn {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        return done

    # Calls by hand, on a connection of their own.

    def send(self, request, timeout_s=None):
        connection = http.client.HTTPConnection(self.address, timeout=timeout_s or self.patience_s)
        try:
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers.items():
                connection.putheader(name, value.encode("utf-8"))
            if request.method == "POST" or request.body:
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body)
            response = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def call(self, version, action, parameters=None, credential=None, host=None, **options):
        """A V3 call, by root unless said otherwise."""
        credential = credential or self.root
        return self.send(
            v3_request(action, version, parameters or {}, credential, host=host or self.address, **options)
        )

    def call_v1(self, version, action, parameters=None, credential=None, host=None, **options):
        credential = credential or self.root
        return self.send(
            v1_request(action, version, parameters or {}, credential, host=host or self.address, **options)
        )

    def ask(self, version, action, parameters=None, credential=None, **options):
        """A call that must succeed; its answer."""
        reply = self.call(version, action, parameters, credential, **options)
        assert reply.status == 200, f"{action}: {reply}"
        return reply.json

    # The audit.

    def lookup(self, *attributes, credential=None, **parameters):
        """LookupEvents with `(key, value)` pairs; the whole answer."""
        wanted = dict(parameters)
        for n, (key, value) in enumerate(attributes, start=1):
            wanted[f"LookupAttribute.{n}.Key"], wanted[f"LookupAttribute.{n}.Value"] = key, value
        return self.ask(TRAIL, "LookupEvents", wanted, credential)

    def events_with_id(self, request_id):
        return self.lookup(("EventId", request_id))["Events"]

    def event(self, request_id):
        """The one event of a call."""
        events = self.events_with_id(request_id)
        assert len(events) == 1, f"{len(events)} events have the id {request_id}"
        return events[0]
