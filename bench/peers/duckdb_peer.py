"""DuckDB, over the store's own Parquet files and with a table of its own."""

from dialect import Dialect

DIALECT = Dialect(
    has_element="list_contains({column}, {value})",
    has_text="contains(event, '{text}')",
    timestamp="TIMESTAMPTZ '{}+00'",
)
# Counts are compared with ours, which are of whole words: these cut them.
CUTS = r"""[][,;:|''"`=+(){{}}<>?!@&/\\\s]"""
WORDS = Dialect(
    has_element=DIALECT.has_element,
    has_text=f"regexp_matches(event, '(^|{CUTS})' || regexp_escape('{{text}}') || '($|{CUTS})', 'i')",
    timestamp=DIALECT.timestamp,
)
THREADS = 2


class DuckDBOverParquet:
    """Reads what the store wrote; nothing is loaded."""

    def __init__(self, segments, work):
        import duckdb

        self.files = f"read_parquet('{segments}/**/*.parquet', hive_partitioning = true)"
        self.connection = self.connect(duckdb, work)
        self.connection.execute(f"SET threads = {THREADS}; SET TimeZone = 'UTC'; SET enable_progress_bar = false")
        self.table = self.files
        self.name = f"DuckDB {duckdb.__version__} on our Parquet"

    def connect(self, duckdb, work):
        return duckdb.connect()

    def load(self):
        return self.connection.execute(f"SELECT count(*) FROM {self.table}").fetchone()[0]

    def stored_bytes(self):
        return None

    def page(self, ask, rows):
        self.connection.execute(DIALECT.page(self.table, ask, rows)).fetchall()

    def statement(self, text):
        self.rows(text)

    def rows(self, text):
        return [list(row) for row in self.connection.execute(DIALECT.statement(self.table, text)).fetchall()]

    def count(self, ask):
        return self.connection.execute(WORDS.count(self.table, ask)).fetchone()[0]

    def close(self):
        self.connection.close()


class DuckDB(DuckDBOverParquet):
    """With a table in DuckDB's own format, in the order of time."""

    def __init__(self, segments, work):
        super().__init__(segments, work)
        self.name = self.name.removesuffix(" on our Parquet")

    def connect(self, duckdb, work):
        self.path = work / "peer.duckdb"
        return duckdb.connect(str(self.path))

    def load(self):
        self.connection.execute(f"CREATE TABLE events AS SELECT * FROM {self.files}; CHECKPOINT")
        self.table = "events"
        return super().load()

    def stored_bytes(self):
        return self.path.stat().st_size
