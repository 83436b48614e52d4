"""Projects, logstores, index and shards with the official `aliyun-log-python-sdk`, in both versions of its signature."""

import json

import pytest
from aliyun.log import LogClient
from cairn_server import RAM
from logstores import Logstore, client_of, fails, full_text_index
from principals import Person, Session, make_role, unique
from signing import Credential


@pytest.fixture(params=["v1", "v4"])
def version(request):
    return request.param


def test_projects_are_made_listed_changed_and_deleted(cairn, version):
    client, name = client_of(cairn, version), unique("project")
    fails("ProjectNotExist", client.get_project, name)
    client.create_project(name, "审计 & more")
    fails("ProjectAlreadyExist", client.create_project, name, "again")
    found = client.get_project(name)
    assert (found.projectName, found.description, found.status, found.owner) == (
        name, "审计 & more", "Normal", cairn.account
    )
    client.update_project(name, "changed")
    assert client.get_project(name).description == "changed"
    listed = client.list_project(project_name_pattern=name)
    assert (listed.get_total(), [one["projectName"] for one in listed.get_projects()]) == (1, [name])
    assert client.list_project(offset=1, size=1, project_name_pattern=name).get_count() == 0
    client.delete_project(name)
    fails("ProjectNotExist", client.delete_project, name)
    fails("ParameterInvalid", client.create_project, "-bad-", "")


def test_logstores_are_made_listed_changed_and_deleted(cairn, version):
    client, project = client_of(cairn, version), unique("project")
    fails("ProjectNotExist", client.create_logstore, project, "demo")
    client.create_project(project, "")
    client.create_logstore(project, "demo", ttl=7, shard_count=3, append_meta=True)
    fails("LogStoreAlreadyExist", client.create_logstore, project, "demo")
    fails("LogStoreInfoInvalid", client.create_logstore, project, "Bad")
    fails("LogStoreInfoInvalid", client.create_logstore, project, "other", ttl=3651)
    found = client.get_logstore(project, "demo")
    assert (found.get_ttl(), found.get_shard_count(), found.append_meta, found.get_enable_tracking()) == (7, 3, True, False)
    client.update_logstore(project, "demo", ttl=3650, enable_tracking=True)
    found = client.get_logstore(project, "demo")
    assert (found.get_ttl(), found.get_enable_tracking(), found.append_meta) == (3650, True, True)
    client.create_logstore(project, "other_1")
    listed = client.list_logstore(project)
    assert (listed.get_logstores(), listed.get_total()) == (["demo", "other_1"], 2)
    assert client.list_logstore(project, "er_").get_logstores() == ["other_1"]
    client.delete_logstore(project, "demo")
    fails("LogStoreNotExist", client.get_logstore, project, "demo")
    client.delete_project(project)
    fails("ProjectNotExist", client.get_logstore, project, "other_1")


def test_the_index_is_kept_as_it_was_sent(cairn, version):
    store = Logstore(cairn, version, index=False)
    client, place = store.client, (store.project, store.name)
    fails("IndexConfigNotExist", client.get_index_config, *place)
    fails("ParameterInvalid", client.update_index, *place, full_text_index())
    client.create_index(*place, full_text_index())
    fails("IndexAlreadyExist", client.create_index, *place, full_text_index())
    sent = full_text_index()
    found = client.get_index_config(*place).get_index_config()
    assert found.line_config.token_list == sent.line_config.token_list
    assert found.key_config_list["n"].index_type == "long" and found.key_config_list["n"].doc_value
    sent.line_config.case_sensitive = True
    client.update_index(*place, sent)
    assert client.get_index_config(*place).get_index_config().line_config.case_sensitive
    client.delete_index(*place)
    fails("IndexConfigNotExist", client.delete_index, *place)
    fails("IndexConfigNotExist", store.find)


def test_shards_are_split_and_merged(cairn, version):
    store = Logstore(cairn, version, shards=2)
    client, place = store.client, (store.project, store.name)
    shards = client.list_shards(*place).get_shards_info()
    assert [(shard["shardID"], shard["status"]) for shard in shards] == [(0, "readwrite"), (1, "readwrite")]
    assert shards[0]["exclusiveEndKey"] == shards[1]["inclusiveBeginKey"] == "8" + "0" * 31
    client.split_shard(*place, 0, "3" + "0" * 31)
    shards = {shard["shardID"]: shard for shard in client.list_shards(*place).get_shards_info()}
    assert [shards[n]["status"] for n in range(4)] == ["readonly", "readwrite", "readwrite", "readwrite"]
    assert shards[2]["exclusiveEndKey"] == shards[3]["inclusiveBeginKey"] == "3" + "0" * 31
    client.merge_shard(*place, 2)
    shards = {shard["shardID"]: shard for shard in client.list_shards(*place).get_shards_info()}
    assert (shards[4]["inclusiveBeginKey"], shards[4]["exclusiveEndKey"]) == ("0" * 32, "8" + "0" * 31)
    fails("ParameterInvalid", client.split_shard, *place, 0, "1" + "0" * 31)
    fails("ShardNotExist", client.split_shard, *place, 99, "1" + "0" * 31)


def test_who_is_not_known_or_not_permitted_is_refused(cairn, version):
    store = Logstore(cairn, version)
    stranger = client_of(cairn, version, Credential("LTAInobody", "nothing"))
    fails("InvalidAccessKeyId", stranger.get_logstore, store.project, store.name)
    wrong = client_of(cairn, version, Credential(cairn.root.key_id, "wrong"))
    fails("SignatureNotMatch", wrong.get_logstore, store.project, store.name)
    person = Person(cairn)
    client = client_of(cairn, version, person.credential)
    denied = fails("Unauthorized", client.get_logstore, store.project, store.name)
    assert f"project/{store.project}/logstore/demo" in denied.get_error_message()
    person.may("log:GetLogStore", resource=f"acs:log:*:*:project/{store.project}/logstore/d*")
    assert client.get_logstore(store.project, store.name).get_shard_count() == 1
    fails("Unauthorized", client.delete_logstore, store.project, store.name)
    fails("Unauthorized", client.list_logstore, store.project)


def test_a_session_of_a_role_may_what_its_role_may(cairn, version):
    store = Logstore(cairn, version)
    person = Person(cairn)
    person.may("sts:AssumeRole")
    role = make_role(cairn, policies=())
    document = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "log:Get*", "Resource": "*"}]}
    policy = unique("policy")
    cairn.ask(RAM, "CreatePolicy", {"PolicyName": policy, "PolicyDocument": json.dumps(document)})
    cairn.ask(RAM, "AttachPolicyToRole", {"PolicyType": "Custom", "PolicyName": policy, "RoleName": role})
    session = Session(cairn, person, role)
    client = client_of(cairn, version, session.credential, session.credential.token)
    assert client.get_logstore(store.project, store.name).get_shard_count() == 1
    fails("Unauthorized", client.delete_logstore, store.project, store.name)
    forged = client_of(cairn, version, session.credential, "nonsense")
    fails("SecurityTokenInvalid", forged.get_logstore, store.project, "demo")


def test_managing_calls_are_events(cairn):
    store = Logstore(cairn)
    created = store.client.create_logstore(store.project, "audited", ttl=9)
    event = cairn.event(created.get_request_id())
    assert (event["eventName"], event["serviceName"], event["eventRW"]) == ("CreateLogStore", "Sls", "Write")
    assert event["requestParameters"]["logstoreName"] == "audited" and event["requestParameters"]["ttl"] == 9
    refused = fails("LogStoreAlreadyExist", store.client.create_logstore, store.project, "audited")
    assert cairn.event(refused.get_request_id())["errorCode"] == "LogStoreAlreadyExist"


def test_a_proxy_needs_no_names(cairn, monkeypatch):
    monkeypatch.setenv("http_proxy", cairn.endpoint)
    client = LogClient("cn-hangzhou.log.aliyuncs.com", cairn.root.key_id, cairn.root.secret)
    project = unique("project")
    client.create_project(project, "")
    client.create_logstore(project, "demo", shard_count=2)
    assert client.list_logstore(project).get_logstores() == ["demo"]
    assert project in [one["projectName"] for one in client.list_project(size=500).get_projects()]
    v4 = LogClient("cn-hangzhou.log.aliyuncs.com", cairn.root.key_id, cairn.root.secret, auth_version="v4", region="cn-x")
    assert v4.get_logstore(project, "demo").get_shard_count() == 2
