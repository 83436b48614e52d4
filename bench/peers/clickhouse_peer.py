"""ClickHouse as a library, with a table ordered by time and Bloom filters on what is looked up."""

from dialect import Dialect

DIALECT = Dialect(
    has_element="has({column}, {value})",
    has_text="position(event, '{text}') > 0",
    timestamp="toDateTime64('{}', 3, 'UTC')",
)
# Columns of few values need no filter; a filter on the others skips what cannot match.
FILTERED = ["event_id", "user_name", "access_key_id", "source_ip_address", "principal_id", "resource_names", "event_name"]
SETTINGS = "SETTINGS max_threads = 2, max_insert_threads = 1, max_memory_usage = 4000000000"


class ClickHouse:
    def __init__(self, segments, work):
        import chdb
        from chdb.session import Session

        self.segments, self.folder = segments, work / "clickhouse"
        self.session = Session(str(self.folder))
        self.name = f"ClickHouse {self.ask('SELECT version()').strip()}"

    def ask(self, sql):
        return self.session.query(sql, "TabSeparatedRaw").bytes().decode()

    def load(self):
        files = f"file('{self.segments}/*/*/*.parquet', Parquet)"
        filters = ", ".join(f"INDEX {name}_filter {name} TYPE bloom_filter GRANULARITY 1" for name in FILTERED)
        described = [line.split("\t")[:2] for line in self.ask(f"DESCRIBE TABLE {files}").splitlines()]
        columns = ", ".join(f"{name} {kind}" for name, kind in described if name not in ("stream", "day"))
        self.ask("CREATE DATABASE IF NOT EXISTS peer")
        self.ask(
            f"CREATE TABLE peer.events ({columns}, {filters}) ENGINE = MergeTree"
            " ORDER BY (event_time, position) SETTINGS allow_nullable_key = 1"
        )
        names = ", ".join(name for name, _ in described if name not in ("stream", "day"))
        self.ask(f"INSERT INTO peer.events ({names}) SELECT {names} FROM {files} {SETTINGS}")
        return int(self.ask("SELECT count() FROM peer.events"))

    def stored_bytes(self):
        return int(self.ask("SELECT sum(bytes_on_disk) FROM system.parts WHERE table = 'events' AND active"))

    def page(self, ask, rows):
        self.ask(f"{DIALECT.page('peer.events', ask, rows)} {SETTINGS}")

    def statement(self, text):
        self.ask(f"{DIALECT.statement('peer.events', text)} {SETTINGS}")

    def close(self):
        self.session.close()
