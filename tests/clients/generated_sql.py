"""Generates statements of the part of SQL that Presto and DuckDB share. The same seed makes the same statement.

Texts are Presto's; `÷` stands for the division of whole numbers, and DuckDB gets macros for the functions that it knows by
other names. Left out is where the two differ by design: what a value that does not exist counts as in `greatest`, texts of
doubles, halves that are rounded, and order among equals."""

import random

# (name, type) of the columns that every statement may use.
COLUMNS = {"int": ["n", "m"], "double": ["x"], "text": ["s", "w"]}

MACROS = """
CREATE MACRO from_unixtime(s) AS make_timestamp(s * 1000000);
CREATE MACRO to_unixtime(t) AS epoch(t);
CREATE MACRO date_format(t, f) AS strftime(t, f);
CREATE MACRO regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO day_of_week(t) AS isodow(t);
CREATE MACRO day_of_year(t) AS dayofyear(t);
CREATE MACRO full_diff(u, a, b) AS date_sub(u, a, b);
CREATE MACRO later(n, t) AS t + to_hours(n);
CREATE MACRO correlation(a, b) AS nullif(corr(a, b), 'nan'::double);
CREATE MACRO every(b) AS bool_and(b);
CREATE MACRO times_true(b) AS coalesce(sum(CASE WHEN b THEN 1 ELSE 0 END), 0);
CREATE MACRO bitwise_and_agg(n) AS bit_and(n);
CREATE MACRO bitwise_or_agg(n) AS bit_or(n);
"""
WORDS = ["a", "ab", "an", "e", "o", "-", "1", "审", "B"]


def presto(text):
    return text.replace("÷", "/").replace("full_diff(", "date_diff(").replace("later(", "date_add('hour', ")


def duckdb(text):
    return text.replace("÷", "//").replace("count_if(", "times_true(").replace("corr(", "correlation(")


class Generator:
    def __init__(self, seed):
        self.dice = random.Random(seed)

    def one(self, *choices):
        return self.dice.choice(choices)

    def whole(self):
        return str(self.dice.randint(1, 40))

    def column(self, kind):
        return self.dice.choice(COLUMNS[kind])

    def time(self):
        at = "from_unixtime(__time__)"
        return self.one(at, f"date_trunc('{self.one('minute', 'hour', 'day')}', {at})", f"later({self.whole()}, {at})")

    def expression(self, kind, depth=2):
        return getattr(self, kind)(depth)

    def either(self, kind, depth):
        """What all kinds have: conditions and what stands for a missing value."""
        a, b = self.expression(kind, depth - 1), self.expression(kind, depth - 1)
        return self.one(
            f"CASE WHEN {self.condition(depth - 1)} THEN {a} ELSE {b} END",
            f"CASE WHEN {self.condition(depth - 1)} THEN {a} END",
            f"if({self.condition(depth - 1)}, {a}, {b})",
            f"coalesce({a}, {b})", f"nullif({a}, {b})",
        )

    def int(self, depth):
        if depth <= 0 or self.dice.random() < 0.25:
            return self.one(self.column("int"), self.column("int"), self.whole())
        if self.dice.random() < 0.25:
            return self.either("int", depth)
        a, b, text = self.int(depth - 1), self.int(depth - 1), self.text(depth - 1)
        return self.one(
            f"({a} + {b})", f"({a} - {b})", f"({a} * {self.whole()})", f"({a} ÷ {self.whole()})",
            f"({a} % {self.whole()})", f"abs({a})", f"length({text})", f"strpos({text}, '{self.one(*WORDS)}')",
            f"greatest(coalesce({a}, 0), coalesce({b}, 7))", f"least(coalesce({a}, 0), coalesce({b}, 7))",
            f"sign({a})", f"{self.one('year', 'month', 'day', 'hour', 'minute', 'second', 'quarter')}({self.time()})",
            f"{self.one('day_of_week', 'day_of_year', 'week')}({self.time()})",
            f"full_diff('{self.one('second', 'minute', 'hour', 'day')}', {self.time()}, {self.time()})",
            f"try_cast({self.column('text')} AS bigint)", f"CAST({self.double(depth - 1)} * 8 + 1e-1 AS bigint) % 7",
        ) if self.dice.random() < 0.93 else f"CAST(({a} % 9) AS integer)"

    def double(self, depth):
        if depth <= 0 or self.dice.random() < 0.25:
            return self.one(self.column("double"), self.column("double"), "25e-2", "15e-1", "3e0")
        if self.dice.random() < 0.2:
            return self.either("double", depth)
        a, b = self.double(depth - 1), self.double(depth - 1)
        return self.one(
            f"({a} + {b})", f"({a} - {b})", f"({a} * 5e-1)", f"({a} / 4e0)", f"CAST({self.int(depth - 1)} AS double)",
            f"abs({a})", f"floor({a})", f"ceil({a})", f"sqrt(abs({a}))", f"({self.int(depth - 1)} * 5e-1)",
            f"round({a} + 1e-1)", f"ln(abs({a}) + 1e0)", f"exp({a} / 1e2)",
        )

    def text(self, depth):
        if depth <= 0 or self.dice.random() < 0.25:
            return self.one(self.column("text"), self.column("text"), f"'{self.one(*WORDS)}'")
        if self.dice.random() < 0.2:
            return self.either("text", depth)
        a, b, word = self.text(depth - 1), self.text(depth - 1), self.one(*WORDS)
        return self.one(
            f"({a} || {b})", f"upper({a})", f"lower({a})", f"substr({a}, {self.one(1, 2, 3)}, {self.one(1, 2, 9)})",
            f"substr({a}, 2)", f"replace({a}, '{word}', '{self.one(*WORDS)}')", f"reverse({a})", f"trim({a} || ' ')",
            f"ltrim(' ' || {a})", f"lpad({a}, {self.one(2, 5)}, 'xy')", f"rpad({a}, {self.one(2, 5)}, '.')",
            f"CAST({self.int(depth - 1)} AS varchar)", f"split_part({a}, '-', 1)",
            f"coalesce(split_part({a}, '-', 2), '')", f"date_format({self.time()}, '{self.one('%Y-%m-%d', '%H', '%d %H:00')}')",
        )

    def condition(self, depth=2):
        if depth > 0 and self.dice.random() < 0.45:
            a, b = self.condition(depth - 1), self.condition(depth - 1)
            return self.one(f"({a} AND {b})", f"({a} OR {b})", f"(NOT {a})")
        kind = self.one("int", "double", "text")
        a, b = self.expression(kind, depth - 1), self.expression(kind, depth - 1)
        text, word = self.text(depth - 1), self.one(*WORDS)
        return self.one(
            f"{a} {self.one('=', '<>', '<', '<=', '>', '>=')} {b}", f"{a} IS NULL", f"{a} IS NOT NULL",
            f"{self.int(depth - 1)} BETWEEN {self.whole()} AND 70", f"{a} IS DISTINCT FROM {b}",
            f"{self.int(depth - 1)} IN ({self.whole()}, {self.whole()}, 0)", f"{text} IN ('ab', 'web-1', '{word}')",
            f"{text} {self.one('LIKE', 'NOT LIKE')} '{self.one('%', '')}{word}{self.one('%', '_', '')}'",
            f"regexp_like({text}, '{self.one('^[a-m]', '[0-9]$', 'e.*b', '^$')}')", f"starts_with({text}, '{word}')",
        )

    def aggregate(self, depth=1):
        whole, kind = self.int(depth), self.one("int", "double", "text")
        any_of = self.expression(kind, depth)
        plain = self.one(
            "count(*)", f"count({any_of})", f"count(DISTINCT {any_of})", f"sum({whole})", f"avg({whole})",
            f"min({any_of})", f"max({any_of})", f"sum({self.double(depth)})", f"avg({self.double(depth)})",
            f"count_if({self.condition(1)})", f"bool_or({self.condition(1)})", f"every({self.condition(1)})",
            f"sum(DISTINCT {whole})", f"stddev({self.column('double')})", f"variance({self.column('int')})",
            f"max_by(coalesce({any_of}, {self.column('text') if kind == 'text' else '5'}), __time__)"
            if kind != "text" else f"min_by(coalesce({any_of}, ''), __time__)",
            f"bitwise_and_agg({self.column('int')})", f"bitwise_or_agg({self.column('int')})",
            f"corr({self.column('int')}, {self.column('double')})", f"stddev_pop({self.column('int')})",
        )
        if plain.startswith(("count(*)", "sum(", "avg(")) and "DISTINCT" not in plain and self.dice.random() < 0.2:
            return f"{plain} FILTER (WHERE {self.condition(1)})"
        return plain

    def where(self, chance=0.6):
        return f" WHERE {self.condition()}" if self.dice.random() < chance else ""

    def keys(self, most=2):
        """Expressions to group by."""
        return [self.expression(self.one("int", "text"), 1) for _ in range(self.dice.randint(1, most))]

    # Statements: each shape is a method.

    def statement(self):
        shapes = [
            self.rows, self.groups, self.groups, self.whole_table, self.distinct, self.joined, self.subquery, self.window,
            self.window, self.sets, self.grouping_sets, self.nested,
        ]
        return self.dice.choice(shapes)()

    def rows(self):
        kinds = [self.one("int", "text", "double") for _ in range(self.dice.randint(1, 4))]
        columns = ", ".join(f"{self.expression(kind, 3)} AS c{n}" for n, kind in enumerate(kinds))
        text = f"SELECT __time__ AS k, {columns} FROM log{self.where()}"
        direction = lambda: f"{self.one('ASC', 'DESC')} NULLS {self.one('FIRST', 'LAST')}"
        if "double" in kinds:
            return text + f" ORDER BY k LIMIT {self.one(5, 50, 9000)}"
        order = ", ".join(f"c{n} {direction()}" for n in range(len(kinds)))
        return text + f" ORDER BY {order}, k LIMIT {self.one(5, 50, 9000)}"

    def groups(self):
        keys = self.keys()
        names = [f"g{n}" for n in range(len(keys))]
        columns = [f"{key} AS {name}" for key, name in zip(keys, names)]
        columns += [f"{self.aggregate()} AS a{n}" for n in range(self.dice.randint(1, 3))]
        ordinals = ", ".join(str(n + 1) for n in range(len(keys)))
        # A key that is a number would be an ordinal.
        by = self.one(", ".join(names), ordinals if any(map(str.isdigit, keys)) else ", ".join(keys), ordinals)
        having = self.one("", "", f" HAVING count(*) > {self.one(1, 2, 5)}", f" HAVING max(n) IS NOT NULL AND min(m) < 30")
        return f"SELECT {', '.join(columns)} FROM log{self.where()} GROUP BY {by}{having} LIMIT 9000"

    def whole_table(self):
        return "SELECT " + ", ".join(f"{self.aggregate(2)} AS a{n}" for n in range(3)) + f" FROM log{self.where()} LIMIT 5"

    def distinct(self):
        keys = self.keys(3)
        columns = ", ".join(f"{key} AS c{n}" for n, key in enumerate(keys))
        order = ", ".join(f"c{n}{self.one('', ' DESC')} NULLS LAST" for n in range(len(keys)))
        return f"SELECT DISTINCT {columns} FROM log{self.where()} ORDER BY {order} LIMIT {self.one(7, 9000)}"

    def joined(self):
        key = self.expression(self.one("int", "text"), 1)
        left = f"(SELECT {key} AS k, {self.aggregate()} AS v FROM log{self.where()} GROUP BY 1) l"
        right = f"(SELECT {key} AS k, {self.aggregate()} AS v FROM log{self.where()} GROUP BY 1) r"
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN")
        return f"SELECT l.k AS lk, l.v AS lv, r.k AS rk, r.v AS rv FROM {left} {kind} {right} ON l.k = r.k LIMIT 9000"

    def subquery(self):
        key, inner = self.column("int"), self.where(1)
        outer = self.expression(self.one("int", "text", "double"), 1)
        condition = self.one(
            f"{key} IN (SELECT {key} FROM log{inner})",
            f"{key} NOT IN (SELECT {key} FROM log WHERE {self.condition()} AND {key} IS NOT NULL)",
            f"EXISTS (SELECT 1 FROM log b WHERE b.m = log.m AND b.__time__ < log.__time__)",
            f"NOT EXISTS (SELECT 1 FROM log b WHERE b.s = log.s AND b.n > log.n)",
            f"{self.column('double')} > (SELECT avg({self.column('double')}) FROM log{inner})",
        )
        return f"SELECT __time__ AS k, {outer} AS v FROM log WHERE {condition} ORDER BY k LIMIT 9000"

    def window(self):
        part = self.one("", f"PARTITION BY {self.one(*self.keys(2))} ")
        order = f"ORDER BY {self.one('__time__', '__time__ DESC', 'm NULLS LAST, __time__', 'n DESC NULLS FIRST, __time__')}"
        frame = self.one(
            "", " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW", " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
            " ROWS BETWEEN 1 PRECEDING AND 3 FOLLOWING", " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
        )
        value = self.expression(self.one("int", "text", "double"), 1)
        framed = self.one(
            f"sum({self.int(1)})", "count(*)", f"avg({self.column('double')})", f"min({value})", f"max({value})",
            f"first_value({value})", f"last_value({value})", f"nth_value({value}, 2)", f"count({value})",
        )
        ranking = self.one(
            "row_number()", "rank()", "dense_rank()", f"ntile({self.one(2, 3, 7)})", "percent_rank()", "cume_dist()",
            f"lag({value})", f"lead({value}, 2)", f"lag({self.column('int')}, 1, 99)",
        )
        ties = self.one(order, "ORDER BY m NULLS LAST") if ranking in ("rank()", "dense_rank()", "cume_dist()") else order
        return (f"SELECT __time__ AS k, {framed} OVER ({part}{order}{frame}) AS a, {ranking} OVER ({part}{ties}) AS b "
                f"FROM log{self.where()} ORDER BY k LIMIT 9000")

    def sets(self):
        kind = self.one("int", "text")
        side = lambda: f"SELECT {self.expression(kind, 1)} AS v FROM log{self.where()}"
        operator = self.one("UNION", "UNION ALL", "INTERSECT", "EXCEPT")
        return f"SELECT v, count(*) AS c FROM ({side()} {operator} {side()}) u GROUP BY v LIMIT 9000"

    def grouping_sets(self):
        first, second = self.column("int"), self.column("text")
        by = self.one(
            f"ROLLUP ({first}, {second})", f"CUBE ({first}, {second})", f"GROUPING SETS (({first}), ({second}), ())"
        )
        return f"SELECT {first} AS a, {second} AS b, {self.aggregate()} AS v FROM log{self.where()} GROUP BY {by} LIMIT 9000"

    def nested(self):
        key = self.expression(self.one("int", "text"), 1)
        return (f"WITH g AS (SELECT {key} AS k, count(*) AS c, sum({self.int(1)}) AS t FROM log{self.where()} GROUP BY 1) "
                f"SELECT c, count(*) AS times, max(t) AS most, min(k) AS first FROM g GROUP BY c ORDER BY c LIMIT 9000")
