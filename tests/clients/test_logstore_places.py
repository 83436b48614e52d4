"""Places of addresses in SQL: with the file of an operator, in the format that such files are published in, and without."""

import subprocess
import time

import pytest
from cairn_server import BINARY
from conftest import run
from logstores import Logstore, fails
from mmdb import UINT32, Number, write

CHINA = {
    "geoname_id": Number(1_814_991, UINT32), "is_in_european_union": False, "iso_code": "CN",
    "names": {"de": "China", "en": "China", "zh-CN": "中国"},
}
ZHEJIANG = {"geoname_id": Number(1_784_764, UINT32), "iso_code": "ZJ", "names": {"en": "Zhejiang", "zh-CN": "浙江省"}}
NETWORKS = {
    "203.0.113.0/24": {
        "city": {"names": {"en": "Hangzhou", "zh-CN": "杭州"}}, "country": CHINA, "registered_country": CHINA,
        "subdivisions": [ZHEJIANG, {"names": {"en": "inner"}}], "traits": {"isp": "China Telecom"},
        "location": {"latitude": 30.2994, "longitude": 120.1612, "time_zone": "Asia/Shanghai"},
    },
    # Only what databases of countries and of providers have.
    "198.51.100.128/25": {"country": {"iso_code": "DE", "names": {"en": "Germany"}}},
    "192.0.2.0/24": {
        "autonomous_system_number": Number(4_134, UINT32), "autonomous_system_organization": "Chinanet " + "x" * 300,
    },
    "2001:db8:1::/48": {"country": CHINA, "subdivisions": [ZHEJIANG]},
}
ADDRESSES = ["203.0.113.77", "198.51.100.200", "198.51.100.5", "192.0.2.1", "2001:db8:1::7", "2001:db8:2::7", "nonsense"]


def answers(logstore, *expressions):
    """What each expression is for each address."""
    columns = ", ".join(f"{text} AS c{number}" for number, text in enumerate(expressions))
    query = f"* | SELECT ip, {columns} FROM log LIMIT 100"
    rows = {row["ip"]: row for row in logstore.find(query)}
    assert sorted(rows) == sorted(ADDRESSES)
    return {ip: [row[f"c{number}"] for number in range(len(expressions))] for ip, row in rows.items()}


def logstore_of(server):
    logstore = Logstore(server, index=False)
    tokens = {"type": "text", "token": [], "doc_value": True}
    index = type("Index", (), {"to_json": lambda _: {"keys": {"ip": tokens}}})()
    logstore.client.create_index(logstore.project, logstore.name, index)
    logstore.put([(int(time.time()), {"ip": address}) for address in ADDRESSES])
    # Rows of SQL have no time of their own.
    logstore.find = lambda query: [
        log.get_contents() for log in logstore.client.get_log(
            logstore.project, logstore.name, int(time.time()) - 3_600, int(time.time()) + 900, query=query
        ).get_logs()
    ]
    return logstore


@pytest.mark.parametrize("ip_version", [6, 4])
def test_places_come_from_the_file_of_the_operator(tmp_path, ip_version):
    networks = {name: record for name, record in NETWORKS.items() if ip_version == 6 or ":" not in name}
    file = write(tmp_path / "places.mmdb", networks, ip_version)
    for server in run(tmp_path / "server", f'[logstore]\nsql_places_file = "{file}"\n'):
        logstore = logstore_of(server)
        found = answers(
            logstore, "ip_to_country(ip)", "ip_to_country(ip, 'en')", "ip_to_country_code(ip)", "ip_to_province(ip)",
            "ip_to_province(ip, 'en')", "ip_to_city(ip)", "ip_to_city(ip, 'en')", "ip_to_provider(ip)", "ip_to_geo(ip)",
            "ip_to_city_geo(ip)",
        )
        nothing, geo = [""] * 10, "30.2994,120.1612"
        expected = {
            "203.0.113.77": [
                "中国", "China", "CN", "浙江省", "Zhejiang", "杭州", "Hangzhou", "China Telecom", geo, geo,
            ],
            # Without a Chinese name the English one.
            "198.51.100.200": ["Germany", "Germany", "DE", "", "", "", "", "", "", ""],
            "198.51.100.5": nothing,
            "192.0.2.1": [*nothing[:7], "Chinanet " + "x" * 300, "", ""],
            "2001:db8:1::7": ["中国", "China", "CN", "浙江省", "Zhejiang", "", "", "", "", ""],
            "2001:db8:2::7": nothing,
            "nonsense": nothing,
        }
        if ip_version == 4:
            expected["2001:db8:1::7"] = nothing
        assert found == expected
        refused = fails("ParameterInvalid", logstore.find, "* | SELECT ip_to_city(ip, 'fr') FROM log")
        assert "'fr'" in refused.get_error_message()


def test_without_a_file_places_are_empty(cairn):
    found = answers(logstore_of(cairn), "ip_to_country(ip)", "ip_to_city(ip, 'en')", "ip_to_geo(ip)", "ip_to_domain(ip)")
    assert {tuple(row[:3]) for row in found.values()} == {("", "", "")}
    assert found["203.0.113.77"][3] == "internet" and found["nonsense"][3] == "null"


@pytest.mark.parametrize("content", [None, b"", b"no database of places", b"\xab\xcd\xefMaxMind.com\xe0"])
def test_a_file_that_is_no_database_is_told_at_the_start(tmp_path, content):
    file, config = tmp_path / "places.mmdb", tmp_path / "cairn.toml"
    if content is not None:
        file.write_bytes(content)
    config.write_text(f'[logstore]\nsql_places_file = "{file}"\n')
    command = [BINARY, "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0", "--config", config]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1 and str(file) in ended.stderr, ended.stderr
