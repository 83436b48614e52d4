"""The official clients against a server whose control database is PostgreSQL.

`cargo xtask test` starts one and names it in CAIRN_CLIENTS_POSTGRES_URL.
"""

import os

import pytest
from cairn_server import CCC, Cairn
from callers import CorePyForm, TeaPyV1, TeaPyV3
from conftest import run
from principals import Person, Session, make_instance, make_role, unique

URL = os.environ.get("CAIRN_CLIENTS_POSTGRES_URL")

pytestmark = pytest.mark.skipif(not URL, reason="CAIRN_CLIENTS_POSTGRES_URL names no server")


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory):
    yield from run(tmp_path_factory.mktemp("postgres"), f'database_url = "{URL}"\n')


def test_calls_and_their_events(on_postgres: Cairn):
    person = Person(on_postgres, system_policies=["AliyunCCCFullAccess", "AliyunActionTrailReadOnlyAccess"])
    person.may("sts:AssumeRole")
    instance = make_instance(on_postgres, person.credential)
    groups = set()
    for caller in (TeaPyV1, CorePyForm):
        for value in ("a b*", "c&d~é", "'()!", "+/=", "", "审计"):
            outcome = caller(on_postgres.host, person.credential).carry(value, instance)
            assert outcome.code == "OK", outcome
            groups.add((outcome.body["SkillGroupId"], value))
            assert on_postgres.event(outcome.request_id)["requestParameters"]["Description"] == value
    listed = on_postgres.ask(CCC, "ListSkillGroups", {"InstanceId": instance}, person.credential)
    # A new instance has a group of its own.
    created = [one for one in listed["SkillGroups"]["SkillGroup"] if one["SkillGroupName"] != "Default"]
    found = {(one["SkillGroupId"], one.get("SkillGroupDescription", "")) for one in created}
    assert found == groups
    assert TeaPyV3(on_postgres.host, person.credential).carry(instance, instance).code == "OK"
    session = Session(on_postgres, person, make_role(on_postgres))
    assert TeaPyV3(on_postgres.host, session.credential).carry(instance, instance).code == "OK"


def test_rules_that_the_database_keeps(on_postgres):
    instance = make_instance(on_postgres)
    parameters = {"InstanceId": instance, "Name": unique("Billing")}
    on_postgres.ask(CCC, "CreateSkillGroup", parameters)
    assert on_postgres.call(CCC, "CreateSkillGroup", parameters).code == "Exists.SkillGroupName"
    person = Person(on_postgres)
    person.disable()
    assert on_postgres.call(CCC, "ListInstancesOfUser", {}, person.credential).code == "InvalidAccessKeyId.Inactive"


def test_state_survives_a_restart(on_postgres):
    instance = make_instance(on_postgres)
    on_postgres.stop()
    on_postgres.start()
    assert on_postgres.ask(CCC, "GetInstance", {"InstanceId": instance})["Instance"]["InstanceId"] == instance
