"""What the call centre has stored, so that a test can show that nothing of it changed."""

import hashlib
import sqlite3
import subprocess
import time

from cairn_server import POSTGRES_URL, PSQL

# Sheets of reports are kept when a report is read: they say nothing that the rows do not.
DERIVED = "ccc_day_sheets"
OF_SCHEMA = """
SELECT table_name || ' ' || md5(query_to_xml(
    format('SELECT * FROM %I.%I t ORDER BY t::text', table_schema, table_name), true, true, '')::text)
FROM information_schema.tables WHERE table_schema = '{schema}' AND table_name LIKE 'ccc\\_%' ORDER BY table_name
"""


def stored(cairn):
    """A digest of the rows of each table."""
    found = postgres_tables(cairn.schema) if POSTGRES_URL else sqlite_tables(cairn.data / "control.db")
    return {table: digest for table, digest in found.items() if table != DERIVED}


def postgres_tables(schema):
    command = [PSQL, "--quiet", "--no-psqlrc", "--tuples-only", "--no-align", "--command"]
    command += [OF_SCHEMA.format(schema=schema), POSTGRES_URL]
    done = subprocess.run(command, check=True, timeout=60, capture_output=True, text=True)
    return dict(line.split() for line in done.stdout.splitlines())


def sqlite_tables(path):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        # All tables at one moment.
        database.execute("BEGIN")
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'ccc\\_%' ESCAPE '\\'"
        names = [name for (name,) in database.execute(named)]
        return {name: digest(database.execute(f"SELECT * FROM {name}")) for name in names}
    finally:
        database.close()


def digest(rows):
    return hashlib.sha256("\n".join(sorted(map(repr, rows))).encode()).hexdigest()


def settled(cairn, quiet_s=0.3, timeout_s=30):
    """The same when a while has passed without a change: a call that was placed before has ended."""
    deadline = time.monotonic() + timeout_s
    before, since = stored(cairn), time.monotonic()
    while time.monotonic() - since < quiet_s:
        assert time.monotonic() < deadline, f"rows still change after {timeout_s} s"
        time.sleep(0.05)
        now = stored(cairn)
        if now != before:
            before, since = now, time.monotonic()
    return before
