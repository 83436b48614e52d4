"""Generated statements over logs and over the same rows in DuckDB: both must answer the same."""

import math
import os
import random
import time
from datetime import date, datetime

import duckdb
import pytest
from aliyun.log import LogException
from generated_sql import MACROS, Generator
from generated_sql import duckdb as in_duckdb
from generated_sql import presto
from logstores import Logstore

SEEDS, SEEDS_OF_A_TEST = int(os.environ.get("CAIRN_GENERATED_SQL", "600")), 50
START = int(time.time()) - 5 * 86_400
TYPES = {"n": "BIGINT", "m": "BIGINT", "x": "DOUBLE", "s": "VARCHAR", "w": "VARCHAR"}


def rows():
    """Rows with many equals, missing values, and texts that are numbers, empty, or not ASCII."""
    dice, made = random.Random(7), []
    texts = ["alice", "bob", "web-1", "web-2-b", "", "审计日志", "12", "-5", "Élan", "anna"]
    for number in range(350):
        row = {
            "n": dice.randint(-50, 1_000), "m": dice.randint(0, 6), "x": dice.randint(-4_000, 4_000) / 4,
            "s": dice.choice(texts), "w": dice.choice(["read", "write", "ab"]),
        }
        missing = [key for key in row if dice.random() < 0.12]
        made.append((START + number * 1_237, {key: value for key, value in row.items() if key not in missing}))
    return made


@pytest.fixture(scope="module")
def logs(cairn):
    logstore = Logstore(cairn, shards=3, index=False)
    kinds = {"BIGINT": {"type": "long"}, "DOUBLE": {"type": "double"}, "VARCHAR": {"type": "text", "token": [" "]}}
    keys = {name: kinds[kind] | {"doc_value": True} for name, kind in TYPES.items()}
    index = type("Index", (), {"to_json": lambda _: {"keys": keys}})()
    logstore.client.create_index(logstore.project, logstore.name, index)
    for start in range(0, 350, 70):
        logstore.put([(at, {key: str(value) for key, value in row.items()}) for at, row in rows()[start:start + 70]])
    return logstore


@pytest.fixture(scope="module")
def other():
    engine = duckdb.connect()
    engine.execute(f"CREATE TABLE log (__time__ BIGINT, {', '.join(f'{name} {kind}' for name, kind in TYPES.items())})")
    engine.executemany(
        "INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)", [[at, *(row.get(name) for name in TYPES)] for at, row in rows()]
    )
    engine.execute(MACROS)
    return engine


def same(cell, value):
    """Whether a cell, which is a text, is a value of the other engine."""
    if isinstance(value, float) and not math.isnan(value):
        return cell not in ("null", "NaN") and math.isclose(float(cell), value, rel_tol=1e-9, abs_tol=1e-9)
    return cell == shown(value)


def shown(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return "NaN"
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}"
    return str(value)


def differences(found, expected, is_ordered):
    if len(found) != len(expected):
        return f"{len(found)} rows for {len(expected)}: {found[:5]} for {expected[:5]}"
    if not is_ordered:
        columns = [n for n in range(len(expected[0]) if expected else 0)
                   if not any(isinstance(row[n], float) for row in expected)]
        inexact = [n for n in range(len(expected[0]) if expected else 0) if n not in columns]
        few_digits = lambda text: "null" if text in ("null", "None") else f"{float(text):.6g}"
        found = sorted(found, key=lambda row: ([row[n] for n in columns], [few_digits(row[n]) for n in inexact]))
        expected = sorted(
            expected, key=lambda row: ([shown(row[n]) for n in columns], [few_digits(str(row[n])) for n in inexact])
        )
    for mine, theirs in zip(found, expected):
        if not all(same(cell, value) for cell, value in zip(mine, theirs)):
            return f"{mine} for {theirs}"
    return ""


def compare(logs, other, seed):
    text = Generator(seed).statement()
    try:
        expected = other.execute(in_duckdb(text)).fetchall()
    except duckdb.Error as error:
        return f"seed {seed}: DuckDB refuses\n  {in_duckdb(text)}\n  {error}"
    try:
        found = logs.client.get_log(logs.project, logs.name, START - 60, START + 6 * 86_400, query="* | " + presto(text))
    except LogException as error:
        return f"seed {seed}: refused\n  {presto(text)}\n  {error.get_error_message()}"
    keys = found.get_meta().get_keys()
    cells = [[log.get_contents()[key] for key in keys] for log in found.get_logs()]
    wrong = differences(cells, expected, " ORDER BY " in text.rpartition(")")[2])
    return f"seed {seed}: differs\n  {presto(text)}\n  {wrong}" if wrong else ""


@pytest.mark.parametrize("first", range(0, SEEDS, SEEDS_OF_A_TEST))
def test_generated_statements(logs, other, first):
    wrong = [compare(logs, other, seed) for seed in range(first, first + SEEDS_OF_A_TEST)]
    wrong = [text for text in wrong if text]
    assert not wrong, "\n".join(wrong)
