"""What was acknowledged is still there after the server was stopped and started again."""

from cairn_server import CCC, STS
from principals import Person, Session, make_instance, make_role


def test_everything_survives_a_restart(own_cairn):
    cairn = own_cairn
    person = Person(cairn, system_policies=["AliyunCCCFullAccess"])
    person.may("sts:AssumeRole")
    session = Session(cairn, person, make_role(cairn))
    instance = make_instance(cairn, person.credential)
    group = cairn.ask(CCC, "CreateSkillGroup", {"InstanceId": instance, "Name": "审计"}, person.credential)
    before = cairn.event(group["RequestId"])

    cairn.stop()
    cairn.start()

    assert cairn.event(group["RequestId"]) == before
    groups = cairn.ask(CCC, "ListSkillGroups", {"InstanceId": instance}, person.credential)["SkillGroups"]["SkillGroup"]
    assert (group["SkillGroupId"], "审计") in [(one["SkillGroupId"], one["SkillGroupName"]) for one in groups]
    identity = cairn.ask(STS, "GetCallerIdentity", credential=session.credential)
    assert identity["PrincipalId"] == session.assumed["AssumedRoleId"]


def test_a_token_to_the_next_page_survives_a_restart(own_cairn):
    cairn = own_cairn
    ids = [cairn.ask(STS, "GetCallerIdentity")["RequestId"] for _ in range(6)]
    filters = [("EventName", "GetCallerIdentity")]
    first = cairn.lookup(*filters, MaxResults="4")
    cairn.stop()
    cairn.start()
    second = cairn.lookup(*filters, MaxResults="4", NextToken=first["NextToken"])
    found = [event["eventId"] for event in first["Events"] + second["Events"]]
    assert found == ids[::-1]


def test_second_server_on_the_same_folder_is_refused(own_cairn):
    done = own_cairn.cli("serve", "--data", str(own_cairn.data), "--listen", "127.0.0.1:0", check=False)
    assert done.returncode != 0
    assert str(own_cairn.data) in done.stderr + done.stdout
    assert own_cairn.call(STS, "GetCallerIdentity").status == 200
