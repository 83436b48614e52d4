"""Other engines on the events of a store: loads its Parquet files, asks the same questions, prints JSON.

`run.py measure plan.json` for a list with one object an engine, `run.py count plan.json` for the number of events that
each question's first values have. Engines that are not installed are left out, with a line on stderr.
"""

import json
import statistics
import sys
import time
import traceback
from pathlib import Path

from clickhouse_peer import ClickHouse
from duckdb_peer import DuckDB, DuckDBOverParquet
from postgres_peer import Postgres

PAGE_ROWS = 50
# A question that takes longer than this is asked no more: its median is known well enough.
PATIENCE_S = 20


def main():
    command, plan = sys.argv[1], json.loads(Path(sys.argv[2]).read_text())
    if command == "count":
        print(json.dumps(counts(plan)))
        return
    answers = []
    for engine in (DuckDBOverParquet, DuckDB, ClickHouse, Postgres):
        try:
            peer = engine(plan["segments"], Path(plan["work"]))
        except ImportError as missing:
            print(f"{engine.__name__}: {missing}", file=sys.stderr)
            continue
        try:
            answers.append(measure(peer, plan["probes"]))
        except Exception:
            # The others are still worth their rows.
            print(f"{peer.name} is left out:\n{traceback.format_exc()}", file=sys.stderr)
        finally:
            peer.close()
    print(json.dumps(answers))


def measure(peer, probes):
    started = time.monotonic()
    events = peer.load()
    took = time.monotonic() - started
    told = f"{events} events"
    if size := peer.stored_bytes():
        told += f" loaded at {events / took:,.0f} events/s, {size / events:.0f} B/event"
    return {"name": peer.name, "told": told, "queries": {probe["name"]: times(peer, probe["asks"]) for probe in probes}}


def times(peer, asks):
    """Median of a kind of question. An engine may tell the time itself, when asking it costs more than the answer."""
    found = []
    began = time.monotonic()
    # The first round warms what it reads.
    for rounds in range(2):
        for ask in asks:
            begun = time.perf_counter()
            told_ms = peer.page(ask, PAGE_ROWS)
            took_ms = (time.perf_counter() - begun) * 1000 if told_ms is None else told_ms
            if rounds or took_ms > PATIENCE_S * 1000 / len(asks):
                found.append(took_ms)
            if time.monotonic() - began > PATIENCE_S and found:
                return {"p50_ms": statistics.median(found), "asked": len(found)}
    return {"p50_ms": statistics.median(found), "asked": len(found)}


def counts(plan):
    peer = DuckDBOverParquet(plan["segments"], Path(plan["work"]))
    try:
        peer.load()
        return {probe["name"]: peer.count(probe["asks"][0]) for probe in plan["probes"]}
    finally:
        peer.close()


main()
