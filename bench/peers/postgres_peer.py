"""PostgreSQL by its own client: columns with B-trees, and the event as jsonb with GIN, as one would build it there.

`CAIRN_BENCH_POSTGRES_URL` names the server. Loading is slow, so that only the newest events are loaded.
"""

import os
import re
import shutil
import subprocess

from dialect import Dialect

DIALECT = Dialect(
    has_element="{column} @> ARRAY[{value}]",
    has_text="event::text LIKE '%{text}%'",
    timestamp="TIMESTAMPTZ '{}+00'",
)
MOST_EVENTS = 100_000
TEXTS = [
    "region", "service_name", "event_name", "user_name", "event_id", "event_rw", "access_key_id", "sensitive_action",
    "source_ip_address", "event_type", "role_name", "principal_id",
]  # fmt: skip
LISTS = ["resource_types", "resource_names"]
INDEXED = ["event_name", "user_name", "access_key_id", "source_ip_address", "principal_id", "role_name"]


class Postgres:
    def __init__(self, segments, work):
        import duckdb

        self.url = os.environ.get("CAIRN_BENCH_POSTGRES_URL")
        if not self.url or not shutil.which("psql"):
            raise ImportError("no server: set CAIRN_BENCH_POSTGRES_URL, and install psql")
        self.files, self.csv = f"read_parquet('{segments}/**/*.parquet')", work / "postgres.csv"
        self.duckdb = duckdb.connect()
        self.duckdb.execute("SET enable_progress_bar = false")
        self.ask("DROP TABLE IF EXISTS peer_events")
        self.name = f"PostgreSQL {self.ask('SHOW server_version').split()[0]}"

    def ask(self, sql, **options):
        command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", self.url]
        done = subprocess.run([*command, "-c", sql], capture_output=True, text=True, check=False, **options)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def load(self):
        self.write_csv()
        columns = ", ".join(f"{name} text" for name in TEXTS) + ", " + ", ".join(f"{name} text[]" for name in LISTS)
        self.ask(f"CREATE TABLE peer_events (event_time timestamptz, position bigint, {columns}, event jsonb)")
        for name in INDEXED:
            self.ask(f"CREATE INDEX ON peer_events ({name}, event_time DESC, position DESC)")
        self.ask("CREATE UNIQUE INDEX ON peer_events (event_id)")
        self.ask("CREATE INDEX ON peer_events (event_time DESC, position DESC)")
        for name in [*LISTS, "event"]:
            self.ask(f"CREATE INDEX ON peer_events USING gin ({name})")
        with open(self.csv, "rb") as rows:
            self.ask("COPY peer_events FROM STDIN (FORMAT csv)", stdin=rows)
        self.ask("VACUUM ANALYZE peer_events")
        return int(self.ask("SELECT count(*) FROM peer_events"))

    def write_csv(self):
        quoted = "'{{' || array_to_string(list_transform({}, lambda name: '\"' || name || '\"'), ',') || '}}'"
        lists = ", ".join(quoted.format(name) for name in LISTS)
        self.duckdb.execute(
            f"COPY (SELECT event_time, position, {', '.join(TEXTS)}, {lists}, event FROM {self.files}"
            f" ORDER BY position DESC LIMIT {MOST_EVENTS}) TO '{self.csv}' (FORMAT csv, HEADER false)"
        )

    def stored_bytes(self):
        return int(self.ask("SELECT pg_total_relation_size('peer_events')"))

    def page(self, ask, rows):
        return self.took_ms(DIALECT.page("peer_events", ask, rows))

    def statement(self, text):
        return self.took_ms(DIALECT.statement("peer_events", text))

    def took_ms(self, sql):
        # A client is started for each question: the server says how long the question itself took.
        told = self.ask(f"EXPLAIN (ANALYZE, TIMING OFF) {sql}")
        return sum(float(ms) for ms in re.findall(r"(?:Planning|Execution) Time: ([0-9.]+) ms", told))

    def close(self):
        self.ask("DROP TABLE IF EXISTS peer_events")
        self.duckdb.close()
