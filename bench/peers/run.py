"""Other engines on the events of a store: loads its Parquet files, asks the same questions, prints JSON.

`run.py measure plan.json` for a list with one object an engine, `run.py count plan.json` for the number of events that
each question's first values have, and the rows of each SQL. Engines that are not installed are left out, with a line on stderr.
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
STATEMENT_RUNS = 7


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
            answers.append(measure(peer, plan))
        except Exception:
            # The others are still worth their rows.
            print(f"{peer.name} is left out:\n{traceback.format_exc()}", file=sys.stderr)
        finally:
            peer.close()
    print(json.dumps(answers))


def measure(peer, plan):
    started = time.monotonic()
    events = peer.load()
    took = time.monotonic() - started
    told = f"{events} events"
    if size := peer.stored_bytes():
        told += f" loaded at {events / took:,.0f} events/s, {size / events:.0f} B/event"
    queries = {probe["name"]: times(lambda ask: peer.page(ask, PAGE_ROWS), probe["asks"]) for probe in plan["probes"]}
    for statement in plan["statements"]:
        queries[statement["name"]] = times(peer.statement, [statement["text"]] * STATEMENT_RUNS)
    return {"name": peer.name, "told": told, "queries": queries}


def times(answer, asks):
    """Median of a kind of question. An engine may tell the time itself, when asking it costs more than the answer."""
    found = []
    began = time.monotonic()
    # The first round warms what it reads.
    for rounds in range(2):
        for ask in asks:
            begun = time.perf_counter()
            told_ms = answer(ask)
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
        found = {probe["name"]: peer.count(probe["asks"][0]) for probe in plan["probes"]}
        return found | {statement["name"]: peer.rows(statement["text"]) for statement in plan["statements"]}
    finally:
        peer.close()


main()
