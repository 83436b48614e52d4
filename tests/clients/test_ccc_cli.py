"""`cairn ccc`: the command line against a running server, as a person types it."""

import datetime
import json

import pytest
from cairn_server import CCC
from principals import Person, unique

UTC_PLUS_8 = datetime.timezone(datetime.timedelta(hours=8))


def day(ago):
    """A day that is over, for reports, which reach back six months."""
    return (datetime.datetime.now(UTC_PLUS_8) - datetime.timedelta(days=ago)).strftime("%Y-%m-%d")


class Terminal:
    """A terminal with the root key, and the instance that it works on."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.domain = unique("cli")
        self.run("instances", "create", self.domain, "--domain", self.domain)
        listed = [json.loads(line) for line in self.run("instances", "list", "--json").splitlines()]
        (self.instance,) = [row["InstanceId"] for row in listed if row["DomainName"] == self.domain]

    def done(self, *arguments, check=True):
        key = self.cairn.root
        keys = ("--access-key-id", key.key_id, "--access-key-secret", key.secret)
        return self.cairn.cli("ccc", "--endpoint", self.cairn.endpoint, *keys, *arguments, check=check)

    def run(self, *arguments):
        return self.done(*arguments).stdout

    def here(self, *arguments):
        return self.run("--instance", self.instance, *arguments)

    def rows(self, *arguments):
        return [json.loads(line) for line in self.here(*arguments, "--json").splitlines()]

    def refused(self, *arguments):
        done = self.done("--instance", self.instance, *arguments, check=False)
        assert done.returncode == 1, done
        return done.stderr


@pytest.fixture(scope="module")
def terminal(cairn):
    return Terminal(cairn)


def test_an_instance_is_named_when_there_are_several(terminal):
    Terminal(terminal.cairn)
    done = terminal.done("groups", "list", check=False)
    assert done.returncode == 1 and "--instance" in done.stderr


def test_people_and_groups(terminal):
    person = Person(terminal.cairn)
    terminal.here("users", "assign", person.user_id)
    (user,) = [row for row in terminal.rows("users", "list") if row["RamId"] == person.user_id]
    assert user["Roles"]["Role"][0]["RoleName"] == "Agent"
    name = unique("group")
    assert "created skill group" in terminal.here("groups", "create", name, "--member", f"{user['UserId']}=7")
    (group,) = [row for row in terminal.rows("groups", "list") if row["SkillGroupName"] == name]
    assert group["UserCount"] == 1
    assert name in terminal.here("users", "list")
    assert "is not of the form" in terminal.refused("groups", "create", "x", "--member", "nobody")


def test_settings(terminal):
    assert "AllowHangup is 0 now" in terminal.here("settings", "set", "AllowHangup", "0")
    assert terminal.rows("settings", "get", "AllowHangup") == [{"Name": "AllowHangup", "Value": "0"}]
    assert "NotExist.ConfigItem" in terminal.refused("settings", "set", "Nonsense", "0")
    events = terminal.cairn.lookup(("EventName", "SetConfigItem"))["Events"]
    assert events[0]["eventType"] == "ConsoleOperation"
    assert events[0]["userAgent"].startswith("cairn/")


def test_rules(terminal):
    table = terminal.here("rules", "set", "--quiet-hours", "21:00-08:00", "--refused-prefixes", "170,171")
    assert "21:00-08:00" in table and "170, 171" in table
    answer = json.loads(terminal.here("rules", "get", "--json"))["DiallingRules"]
    assert answer["QuietHours"] == "21:00-08:00"
    terminal.here("rules", "set", "--quiet-hours", "none", "--refused-prefixes", "none")
    assert "Parameter.Format" in terminal.refused("rules", "set", "--quiet-hours", "always")


def test_a_call_is_started_or_says_why_not(cairn):
    domain = unique("cli")
    parameters = {"Name": domain, "DomainName": domain, "StorageMaxDays": "1", "StorageMaxSize": "1"}
    created = cairn.ask(CCC, "CreateInstance", {**parameters, "PhoneNumber": "02131415926"})
    terminal = Terminal(cairn)
    terminal.instance = created["Instance"]["InstanceId"]
    assert "was accepted" in terminal.here("calls", "start", "13812345678", "13987654321")
    assert "Permission.Destination" in terminal.refused("calls", "start", "13812345678", "110")


def test_a_demo_day_and_its_reports(cairn):
    terminal = Terminal(cairn)
    created = cairn.ask(CCC, "GetInstance", {"InstanceId": terminal.instance})["Instance"]
    user = created["Admin"]["User"][0]["UserId"]
    terminal.here("groups", "create", "Billing", "--member", f"{user}=5")
    assert "Parameter.Invalid" in terminal.refused("demo-day", day(2))
    domain = unique("cli")
    parameters = {"Name": domain, "DomainName": domain, "StorageMaxDays": "1", "StorageMaxSize": "1"}
    created = cairn.ask(CCC, "CreateInstance", {**parameters, "PhoneNumber": "02131415927"})["Instance"]
    terminal.instance, user = created["InstanceId"], created["Admin"]["User"][0]["UserId"]
    terminal.here("groups", "create", "Billing", "--member", f"{user}=5")
    assert "generated contacts" in terminal.here("demo-day", day(2), "--seed", "3")
    (agent,) = terminal.rows("reports", "agents", day(2))
    assert agent["Inbound"]["CallsHandled"] > 10
    groups = terminal.rows("reports", "groups", day(3), day(1))
    assert sum(group["Inbound"]["CallsHandled"] for group in groups) == agent["Inbound"]["CallsHandled"]
    assert "occupancy" in terminal.here("reports", "agents", day(2))
    assert json.loads(terminal.here("reports", "instance", day(2)))["InstanceId"] == terminal.instance
