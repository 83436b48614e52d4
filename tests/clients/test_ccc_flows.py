"""Contact flows, the voice survey and prompts with the official client: success, every documented error, every limit."""

import re

import pytest
from ccc_floor import Floor, admin_session, fresh, prompt
from principals import Person, make_instance, unique


@pytest.fixture
def own_floor(cairn):
    return Floor(cairn)


def test_a_new_instance_has_a_welcome_flow(cairn):
    number = fresh()
    floor = Floor(cairn, instance=make_instance(cairn, PhoneNumber=number))
    welcome = floor.flows()["Welcome"]
    assert (welcome.type, [bound.number for bound in welcome.phone_numbers.phone_number]) == ("Mainflow", [number])
    [version] = welcome.versions.contact_flow_version
    assert (version.status, version.version, version.locked_by) == ("Published", welcome.applied_version, None)
    assert re.fullmatch(r"\d{14}", version.version) and re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", version.last_modified)


def test_a_flow_has_one_editor_at_a_time(own_floor):
    flow = own_floor.flow()
    [version] = flow.versions.contact_flow_version
    assert (version.status, version.canvas, version.content) == ("Draft", "<c/>", '{"Start":"x"}')
    editor = Person(own_floor.cairn, system_policies=["AliyunCCCFullAccess"])
    theirs = Floor(own_floor.cairn, editor.credential, own_floor.instance)
    fields = {"contact_flow_version_id": version.contact_flow_version_id}
    assert theirs.refusal("PublishContactFlowVersion", **fields) == ("NoPermission.User", 403)
    session_floor = admin_session(own_floor)
    saved = own_floor.body("CommitContactFlowVersionModification", canvas="<d/>", content="[]", **fields)
    assert (saved.contact_flow_version.locked_by, saved.contact_flow_version.content) == ("root", "[]")
    in_use = ("InUse.ContactFlowVersion", 400)
    assert session_floor.refusal("CommitContactFlowVersionModification", canvas="x", content="x", **fields) == in_use
    assert session_floor.refusal("PublishContactFlowVersion", **fields) == in_use
    own_floor.body("PublishContactFlowVersion", use_tian_gong=True, **fields)
    published = own_floor.flows()[flow.contact_flow_name]
    assert published.applied_version == version.version
    assert published.versions.contact_flow_version[0].locked_by is None
    session_floor.body("CommitContactFlowVersionModification", canvas="x", content="x", **fields)
    [version] = own_floor.flows()[flow.contact_flow_name].versions.contact_flow_version
    assert version.status == "Updated" and ":" in version.locked_by


def test_bad_flows(own_floor):
    good = {"name": unique("flow"), "type": "Mainflow", "canvas": "{}", "content": "{}"}
    for fields, expected in [
        ({"name": "Welcome"}, ("Exists.ContactFlowName", 409)),
        ({"name": "流" * 33}, ("Parameter.Maximum", 400)),
        ({"name": " "}, ("Parameter.Format", 400)),
        ({"type": "Sideflow"}, ("Parameter.Enumeration", 400)),
        ({"canvas": None}, ("MissingCanvas", 400)),
        ({"content": None}, ("MissingContent", 400)),
        ({"content": "x" * 200_001}, ("Parameter.Maximum", 400)),
        ({"description": "x" * 257}, ("Parameter.Maximum", 400)),
    ]:
        assert own_floor.refusal("CreateContactFlow", **{**good, **fields}) == expected, fields
    own_floor.body("CreateContactFlow", **{**good, "content": "流" * 200_000})
    unknown = {"contact_flow_version_id": "unknown"}
    for operation, fields, expected in [
        ("CommitContactFlowVersionModification", {"canvas": "x", "content": "x", **unknown}, "NotExist.ContactFlowVersion"),
        ("PublishContactFlowVersion", unknown, "NotExist.ContactFlowVersion"),
        ("CreateVoiceAppraise", {"content": "{}", **unknown}, "NotExist.ContactFlowVersion"),
        ("GetRoutePoint", {"contact_flow_id": "unknown"}, "NotExist.ContactFlow"),
    ]:
        assert own_floor.refusal(operation, **fields) == (expected, 404), operation


def test_the_voice_survey(own_floor):
    survey = own_floor.body("ListVoiceAppraise").contact_flow
    version = survey.versions.contact_flow_version[0].contact_flow_version_id
    service = {"service_type": "SatisfactionSurvey"}
    assert own_floor.body("GetServiceExtensions", **service).service_extensions.service_extension == []
    own_floor.body("CreateVoiceAppraise", contact_flow_version_id=version, content='{"Notice":"请评分"}')
    [extension] = own_floor.body("GetServiceExtensions", **service).service_extensions.service_extension
    point = own_floor.body("GetRoutePoint", contact_flow_id=survey.contact_flow_id)
    assert (extension.name, extension.number) == ("SatisfactionSurvey", point.route_point)
    assert (point.status_code, point.status_desc) == ("200", "Okay")
    shown = own_floor.body("ListVoiceAppraise")
    assert shown.notice == "请评分"
    assert shown.contact_flow.versions.contact_flow_version[0].content == '{"Notice":"请评分"}'
    own_floor.body("CreateVoiceAppraise", contact_flow_version_id=version, content="{}", is_appraise=False)
    assert own_floor.body("GetServiceExtensions", **service).service_extensions.service_extension == []


def test_prompts(own_floor):
    name = unique("prompt")
    made = own_floor.body("CreateMedia", **prompt(name=name)).media_upload_param
    assert (made.name, made.instance, made.oss_file_path) == (name, own_floor.instance, "media/1.wav")
    own_floor.body("CreateMedia", **prompt(type="TTS", content="抱歉"))
    page = {"page_number": 1, "page_size": 1}
    medias = own_floor.body("ListMedias", **page).medias
    assert (medias.total_count, medias.page_number, medias.page_size, len(medias.list.media)) == (2, 1, 1, 1)
    [media] = own_floor.body("ListMedias", name_prefix=name, **page).medias.list.media
    assert (media.name, media.type, media.status, media.file_path) == (name, "Audio", "Success", "media/1.wav")
    assert own_floor.body("ListMedias", page_number=9, page_size=100).medias.list.media == []
    for operation, fields, expected in [
        ("CreateMedia", prompt(name=name), ("Exists.MediaName", 409)),
        ("CreateMedia", prompt(type="TTS"), ("MissingContent", 400)),
        ("CreateMedia", prompt(type="Film"), ("Parameter.Enumeration", 400)),
        ("CreateMedia", prompt(upload_result="Maybe"), ("Parameter.Enumeration", 400)),
        ("CreateMedia", prompt(name="词" * 65), ("Parameter.Maximum", 400)),
        ("CreateMedia", prompt(file_name=None), ("MissingFileName", 400)),
        ("DeleteMedia", {"name": "unknown"}, ("NotExist.Media", 404)),
        ("ListMedias", {"page_number": 0, "page_size": 1}, ("Parameter.Minimum", 400)),
        ("ListMedias", {"page_number": 1, "page_size": 101}, ("Parameter.Maximum", 400)),
    ]:
        assert own_floor.refusal(operation, **fields) == expected, (operation, fields)
    own_floor.body("DeleteMedia", name=name)
    assert own_floor.body("ListMedias", **page).medias.total_count == 1
