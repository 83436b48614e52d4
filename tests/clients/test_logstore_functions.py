"""Every function of the log service's analytics that an audit needs, each by its name, with the official Python SDK.

Public document: Simple Log Service, "SQL functions"."""

import time

import pytest
from logstores import Logstore, fails

DAY = 86_400
NOW = int(time.time()) // 60 * 60 - 600

ROWS = ("(VALUES ('a', 1, 1.5), ('b', 2, 2.5), ('b', 3, NULL), ('é', 4, -1.0), (NULL, 5, 4.0)) AS l(k, n, d)")

# The name, an expression over ROWS or a whole statement, and the cell that it gives. A name may come several times.
FUNCTIONS = [
    # Of many rows.
    ("count", "count(*)", "5"),
    ("count", "count(k)", "4"),
    ("count", "count(distinct k)", "3"),
    ("count_if", "count_if(n > 2)", "3"),
    ("sum", "sum(n)", "15"),
    ("avg", "avg(n)", "3.0"),
    ("min", "min(d)", "-1.0"),
    ("max", "max(k)", "é"),
    ("arbitrary", "arbitrary(7)", "7"),
    ("max_by", "max_by(n, k)", "4"),
    ("max_by", "max_by(n, d, 2)", "[5,2]"),
    ("min_by", "min_by(k, n)", "a"),
    ("geometric_mean", "round(geometric_mean(n), 6)", "2.605171"),
    ("checksum", "length(checksum(k))", "8"),
    ("bool_and", "bool_and(n > 0)", "true"),
    ("every", "every(n > 1)", "false"),
    ("bool_or", "bool_or(n > 4)", "true"),
    ("array_agg", "array_agg(n ORDER BY n DESC)", "[5,4,3,2,1]"),
    ("map_agg", "map_agg(k, n)['é']", "4"),
    ("multimap_agg", "array_sort(multimap_agg(k, n)['b'])", "[2,3]"),
    ("histogram", "histogram(k)", '{"a":1,"b":2,"é":1}'),
    ("numeric_histogram", "numeric_histogram(10, n)", '{"1.0":1.0,"2.0":1.0,"3.0":1.0,"4.0":1.0,"5.0":1.0}'),
    ("approx_distinct", "approx_distinct(k)", "3"),
    ("approx_distinct", "approx_distinct(k, 0.1)", "3"),
    ("approx_percentile", "approx_percentile(n, 0.5)", "3"),
    ("bitwise_and_agg", "bitwise_and_agg(n)", "0"),
    ("bitwise_or_agg", "bitwise_or_agg(n)", "7"),
    ("stddev", "stddev(n)", "1.5811388300841898"),
    ("stddev_pop", "stddev_pop(n)", "1.4142135623730951"),
    ("stddev_samp", "stddev_samp(n)", "1.5811388300841898"),
    ("variance", "variance(n)", "2.5"),
    ("var_pop", "var_pop(n)", "2.0"),
    ("var_samp", "var_samp(n)", "2.5"),
    ("corr", "round(corr(n, n), 6)", "1.0"),
    ("covar_pop", "covar_pop(n, n)", "2.0"),
    ("covar_samp", "covar_samp(n, n)", "2.5"),
    ("regr_slope", "regr_slope(n, n)", "1.0"),
    ("regr_intercept", "regr_intercept(n, n)", "0.0"),
    # JSON.
    ("json_extract", """json_extract('{"a": {"b": [1, 2]}}', '$.a.b')""", "[1,2]"),
    ("json_extract_scalar", """json_extract_scalar('{"a": {"b": "中"}}', '$.a.b')""", "中"),
    ("json_parse", """json_parse('{"a": 1}')""", '{"a":1}'),
    ("json_format", """json_format(json_parse('[1, "a"]'))""", '[1,"a"]'),
    ("json_size", """json_size('{"x": {"a": 1, "b": 2}}', '$.x')""", "2"),
    ("json_array_length", "json_array_length('[1, 2, 3]')", "3"),
    ("json_array_get", "json_array_get('[1, 2]', -1)", "2"),
    ("json_array_contains", "json_array_contains('[1, 2]', 2)", "true"),
    # Patterns.
    ("regexp_like", "regexp_like('DeleteInstance', '^(Delete|Stop)')", "true"),
    ("regexp_extract", r"regexp_extract('i-abc', 'i-(\w+)', 1)", "abc"),
    ("regexp_extract_all", r"regexp_extract_all('1a2b', '\d')", '["1","2"]'),
    ("regexp_replace", r"regexp_replace('1a2b', '\d', '-')", "-a-b"),
    ("regexp_split", r"regexp_split('a1b22c', '\d+')", '["a","b","c"]'),
    # Texts.
    ("split", "split('a,b,c', ',', 2)", '["a","b,c"]'),
    ("split_part", "split_part('ecs.aliyuncs.com', '.', 1)", "ecs"),
    ("split_to_map", "split_to_map('a=1&b=2', '&', '=')", '{"a":"1","b":"2"}'),
    ("strpos", "strpos('审计日志', '日')", "3"),
    ("substr", "substr('audit', 2, 3)", "udi"),
    ("replace", "replace('a.b', '.', '-')", "a-b"),
    ("concat", "concat('a', 'b', 'é')", "abé"),
    ("lower", "lower('ÀB')", "àb"),
    ("upper", "upper('é')", "É"),
    ("trim", "trim('  a ')", "a"),
    ("ltrim", "ltrim('  a') || '!'", "a!"),
    ("rtrim", "rtrim('a  ') || '!'", "a!"),
    ("lpad", "lpad('7', 3, '0')", "007"),
    ("rpad", "rpad('é', 3, 'ab')", "éab"),
    ("length", "length('审计')", "2"),
    ("reverse", "reverse('aé')", "éa"),
    ("position", "position('d' IN 'audit')", "3"),
    ("chr", "chr(20013)", "中"),
    ("codepoint", "codepoint('中')", "20013"),
    ("levenshtein_distance", "levenshtein_distance('kitten', 'sitting')", "3"),
    ("hamming_distance", "hamming_distance('ab', 'ac')", "1"),
    ("url_extract_host", "url_extract_host('https://a.example:8443/p?x=1')", "a.example"),
    ("url_extract_path", "url_extract_path('https://a.example/p/q?x=1')", "/p/q"),
    ("url_extract_query", "url_extract_query('https://a.example/p?x=1&y=2#f')", "x=1&y=2"),
    ("url_extract_parameter", "url_extract_parameter('https://a.example/p?x=1&y=a%20b', 'y')", "a b"),
    ("url_decode", "url_decode('a+b%26')", "a b&"),
    ("url_encode", "url_encode('a b&')", "a+b%26"),
    # Types and NULL.
    ("cast", "cast('42' AS bigint) + 1", "43"),
    ("cast", "cast(json_parse('[1, 2]') AS array(bigint))[2]", "2"),
    ("cast", """cast(json_parse('{"a": 1}') AS map(varchar, bigint))['a']""", "1"),
    ("cast", """cast(json_parse('{"a": 1, "b": "x"}') AS row(a bigint, b varchar)).b""", "x"),
    ("try_cast", "try_cast('x' AS bigint)", "null"),
    ("try", "try(1 / 0)", "null"),
    ("try", "array_agg(try(12 / (n - 3)) ORDER BY n)", "[-6,-12,null,12,6]"),
    ("typeof", "typeof(array[1.5])", "array(double)"),
    ("coalesce", "coalesce(NULL, 'é')", "é"),
    ("nullif", "nullif('a', 'a')", "null"),
    ("if", "if(1 > 2, 'yes', 'no')", "no"),
    ("case", "case when 1 > 2 then 'a' else 'b' end", "b"),
    # Times, in UTC as long as no setting says otherwise.
    ("from_unixtime", "from_unixtime(1795305600)", "2026-11-22 00:00:00.000"),
    ("from_unixtime", "from_unixtime(1795305600, 'Asia/Shanghai')", "2026-11-22 08:00:00.000 Asia/Shanghai"),
    ("to_unixtime", "to_unixtime(from_unixtime(1795305600))", "1.7953056E9"),
    ("date_format", "date_format(from_unixtime(1795305600), '%Y-%m-%d %H:%i:%s')", "2026-11-22 00:00:00"),
    ("date_parse", "date_parse('22/11/2026 01:02', '%d/%m/%Y %H:%i')", "2026-11-22 01:02:00.000"),
    ("date_trunc", "date_trunc('hour', 1795309261)", "2026-11-22 01:00:00.000"),
    ("date_add", "date_add('day', -7, date '2026-11-22')", "2026-11-15"),
    ("date_diff", "date_diff('day', date '2026-11-15', date '2026-11-22')", "7"),
    ("now", f"to_unixtime(now()) > {NOW}", "true"),
    ("current_timestamp", "current_timestamp = now()", "true"),
    ("current_date", "current_date = date(now())", "true"),
    ("localtimestamp", "localtimestamp = cast(now() AS timestamp)", "true"),
    ("date", "date('2026-11-22')", "2026-11-22"),
    ("year", "year(from_unixtime(1795305600))", "2026"),
    ("month", "month(date '2026-11-22')", "11"),
    ("day", "day(date '2026-11-22')", "22"),
    ("hour", "hour(1795309261)", "1"),
    ("minute", "minute(1795305661)", "1"),
    ("second", "second(1795305661)", "1"),
    ("quarter", "quarter(date '2026-11-22')", "4"),
    ("week", "week(date '2026-11-22')", "47"),
    ("from_iso8601_timestamp", "from_iso8601_timestamp('2026-11-22T00:00:00Z')", "2026-11-22 00:00:00.000 +00:00"),
    ("to_iso8601", "to_iso8601(date '2026-11-22')", "2026-11-22"),
    ("extract", "extract(hour FROM from_unixtime(1795309261))", "1"),
    ("interval", "from_unixtime(1795305600) - interval '1' day", "2026-11-21 00:00:00.000"),
    # Addresses: without a file of places nobody knows where they are, and networks are computed.
    ("ip_to_domain", "ip_to_domain('10.0.0.1') || ',' || ip_to_domain('203.0.113.5')", "intranet,internet"),
    ("ip_to_country", "ip_to_country('203.0.113.5')", ""),
    ("ip_to_country", "ip_to_country('203.0.113.5', 'en')", ""),
    ("ip_to_country_code", "ip_to_country_code('203.0.113.5')", ""),
    ("ip_to_province", "ip_to_province('203.0.113.5')", ""),
    ("ip_to_city", "ip_to_city('203.0.113.5')", ""),
    ("ip_to_city_geo", "ip_to_city_geo('203.0.113.5')", ""),
    ("ip_to_geo", "ip_to_geo('203.0.113.5')", ""),
    ("ip_to_provider", "ip_to_provider('203.0.113.5')", ""),
    ("ip_prefix", "ip_prefix('192.168.255.9', 9)", "192.128.0.0/9"),
    ("ip_subnet_min", "ip_subnet_min('192.168.1.77/24')", "192.168.1.0"),
    ("ip_subnet_max", "ip_subnet_max('192.168.1.77/24')", "192.168.1.255"),
    ("ip_subnet_range", "ip_subnet_range('192.168.1.77/30')", '["192.168.1.76","192.168.1.79"]'),
    ("is_subnet_of", "is_subnet_of('10.0.0.0/8', '10.9.8.7')", "true"),
    ("is_prefix_subnet_of", "is_prefix_subnet_of('10.0.0.0/8', '10.1.0.0/16')", "true"),
    # Arrays, maps and lambdas.
    ("subscript", "array['a', 'b'][2]", "b"),
    ("subscript", "map(array['a'], array[1])['a']", "1"),
    ("cardinality", "cardinality(array[1, 2])", "2"),
    ("element_at", "element_at(array['a', 'b'], -1)", "b"),
    ("element_at", "element_at(array['a', 'b'], 3)", "null"),
    ("contains", "contains(array[1, 2], 2)", "true"),
    ("array_join", "array_join(array['a', NULL, 'b'], '-')", "a-b"),
    ("array_join", "length(array_join(repeat('x', 2000), ''))", "1024"),
    ("array_sort", "array_sort(array[3, 1])", "[1,3]"),
    ("array_distinct", "array_distinct(array[1, 1])", "[1]"),
    ("array_except", "array_except(array[1, 2], array[2])", "[1]"),
    ("array_intersect", "array_intersect(array[1, 2], array[2])", "[2]"),
    ("array_union", "array_union(array[1], array[2])", "[1,2]"),
    ("array_max", "array_max(array[1, 3])", "3"),
    ("array_min", "array_min(array[1, 3])", "1"),
    ("array_position", "array_position(array['a', 'b'], 'b')", "2"),
    ("slice", "slice(array[1, 2, 3], 2, 2)", "[2,3]"),
    ("sequence", "sequence(1, 5, 2)", "[1,3,5]"),
    ("filter", "filter(array[1, 2, 3], x -> x > 1)", "[2,3]"),
    ("transform", "transform(array[1, 2], x -> x * 10)", "[10,20]"),
    ("reduce", "reduce(array[1, 2, 3], 0, (s, x) -> s + x, s -> s)", "6"),
    ("zip", "zip(array[1], array['a'])", '[[1,"a"]]'),
    ("zip_with", "zip_with(array[1, 2], array[3, 4], (x, y) -> x + y)", "[4,6]"),
    ("map", "map(array['a'], array[1])", '{"a":1}'),
    ("map_filter", "map_filter(map(array['a', 'b'], array[1, 2]), (k, v) -> v > 1)", '{"b":2}'),
    ("map_keys", "map_keys(map(array['a'], array[1]))", '["a"]'),
    ("map_values", "map_values(map(array['a'], array[1]))", "[1]"),
    ("map_entries", "map_entries(map(array['a'], array[1]))", '[["a",1]]'),
    ("map_concat", "map_concat(map(array['a'], array[1]), map(array['b'], array[2]))", '{"a":1,"b":2}'),
    # What is more than a function: it needs the logs themselves.
    ("time_series", "SELECT max(n) AS v FROM (SELECT time_series(__time__, '1d', '%Y', '0') AS t, count(*) AS n FROM log "
                    "GROUP BY t ORDER BY t)", "3"),
    ("compare", f"SELECT c[1] + c[2] AS v FROM (SELECT compare(n, {DAY}) AS c FROM (SELECT count(*) AS n FROM log))", "4.0"),
    ("ts_compare", f"SELECT c[2] AS v FROM (SELECT t, ts_compare(n, {DAY}) AS c FROM (SELECT date_trunc('day', __time__) "
                   "AS t, count(*) AS n FROM log GROUP BY t) GROUP BY t)", "1.0"),
]

# Nobody gives away what they would have to know, and 0 would say that an address is harmless.
WITHOUT_DATA = ["security_check_ip('10.0.0.1')", "security_check_domain('a.example')", "security_check_url('http://a/')"]


@pytest.fixture(scope="module")
def logs(cairn):
    logstore = Logstore(cairn)
    logstore.put([(NOW, {"n": str(number)}) for number in range(3)] + [(NOW - DAY, {"n": "9"})])
    return logstore


def cell(logs, statement):
    # A day of UTC at most, or time_series and ts_compare would have two.
    start = max(NOW - 60, NOW // DAY * DAY)
    found = logs.client.get_log(logs.project, logs.name, start, NOW + 60, query=f"* | {statement}")
    assert found.is_completed()
    return found.get_logs()[0].get_contents()["v"]


@pytest.mark.parametrize(
    "name, expression, expected", FUNCTIONS, ids=[f"{row[0]}-{number}" for number, row in enumerate(FUNCTIONS)]
)
def test_function(logs, name, expression, expected):
    statement = expression if expression.startswith("SELECT") else f"SELECT {expression} AS v FROM {ROWS} LIMIT 1"
    assert name in expression or name in ("subscript",), "the expression calls the function"
    assert cell(logs, statement) == expected, expression


@pytest.mark.parametrize("expression", WITHOUT_DATA)
def test_what_has_no_data_says_so(logs, expression):
    refused = fails("ParameterInvalid", cell, logs, f"SELECT {expression} AS v")
    assert "ErrorType:FunctionNotExists" in refused.get_error_message()


@pytest.mark.parametrize("expression, words", [
    ("array['a'][2]", "Array subscript must be less than or equal to array length"),
    ("array['a'][0]", "SQL array indices start at 1"),
    ("array['a'][-1]", "Array subscript is negative"),
    ("map(array['a'], array[1])['b']", "Key not present in map"),
    ("9223372036854775807 + n", "verflow"),
    ("1 / (n - n)", "ivide by zero"),
    ("cast(k AS bigint)", "cannot cast"),
    ("cast(n AS colour)", "the name of a type"),
])
def test_what_fails_is_an_error_and_null_in_try(logs, expression, words):
    refused = fails("ParameterInvalid", cell, logs, f"SELECT {expression} AS v FROM {ROWS}").get_error_message()
    assert words in refused, refused
    if "type" not in words:
        assert cell(logs, f"SELECT try({expression}) AS v FROM {ROWS} LIMIT 1") == "null"


@pytest.mark.parametrize("tables, expected", [
    ("UNNEST(array['a', 'b']) WITH ORDINALITY AS t(x, n)", "a1 b2"),
    ("UNNEST(map(array['a', 'b'], array[1, 2])) AS t(x, n)", "a1 b2"),
    ("UNNEST(array['a', 'b'], array[1]) AS t(x, n)", "a1 b"),
    ("(SELECT split(word, ' ') AS w FROM (VALUES ('a b'), ('c')) AS v(word)) AS l CROSS JOIN UNNEST(w) WITH ORDINALITY AS "
     "t(x, n)", "a1 b2 c1"),
])
def test_unnest(logs, tables, expected):
    text = "array_join(array_agg(x || coalesce(cast(n AS varchar), '') ORDER BY x), ' ')"
    assert cell(logs, f"SELECT {text} AS v FROM {tables}") == expected
