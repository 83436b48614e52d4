"""The 22 audited operations of the call centre, from one table (`ccc_audited_table.py`): each is called by the official
client in the least role that may, its answer is read by the client's models, and the event of that very call is
compared with the table. Then the roles, and what is left of numbers and texts where they are masked. Errors and bounds
are in `test_ccc_documented_errors.py`."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest
from alibabacloud_ccc20170705 import models
from cairn_server import CCC
from ccc_audited_checks import check_common, check_refusal, event_text, sent_parameters, shown_parameters
from ccc_audited_table import PERSONAL, TABLE
from ccc_floor import admin_session, fresh
from ccc_prepared import Prepared
from conftest import run

INSTANCE = "ACS::CCC::Instance"
# The answer of this one has no HttpStatusCode.
WITHOUT_STATUS = {"GetNumberRegionInfo"}


@pytest.fixture(scope="module")
def on(cairn):
    return Prepared(cairn)


@pytest.fixture(scope="module")
def masked_on(tmp_path_factory):
    for cairn in run(tmp_path_factory.mktemp("masked"), '[masking]\npersonal_data = "mask"\n'):
        yield Prepared(cairn)


def check_resources(on, event, row, body):
    """The instance comes first; what is finer is joined behind it."""
    resources = {INSTANCE: [on.instance]}
    if row.finer:
        names = row.names(body, on) if row.names else [event["additionalEventData"]["ContactId"]]
        assert names and all(names)
        resources[f"ACS::CCC::{row.finer}"] = names
    assert event["referencedResources"] == resources
    assert event["resourceType"] == ";".join(resources)
    assert event["resourceName"] == ";".join(",".join(names) for names in resources.values())


def check_extras(event, row):
    extras = dict(event["additionalEventData"])
    assert extras.pop("Scheme") == "http"
    assert set(extras) == set(row.extras)
    for name, holds in row.extras.items():
        assert holds(extras[name]), f"{name}: {extras[name]!r}"


def test_the_table_is_the_audit_page():
    assert len(TABLE) == 22
    assert {row.rw for row in TABLE.values()} == {"Read", "Write"}
    for operation, row in TABLE.items():
        reads = operation.startswith(("List", "Get", "Pick", "Download"))
        assert row.rw == ("Read" if reads else "Write"), operation


@pytest.mark.parametrize("operation", TABLE)
def test_a_success_and_its_event(on, operation):
    row = TABLE[operation]
    person = on.people[row.role]
    request, body = on.call(operation, person, row.fields(on))
    assert (body.code, body.success) == ("OK", True)
    assert getattr(body, "http_status_code", None) == (None if operation in WITHOUT_STATUS else 200)
    row.answers(body, on)

    event = on.cairn.event(body.request_id)
    check_common(on, event, operation, person)
    assert shown_parameters(event) == sent_parameters(request)
    check_resources(on, event, row, body)
    check_extras(event, row)
    assert ("responseElements" in event) == (row.rw == "Write")
    assert "errorCode" not in event and "errorMessage" not in event


@pytest.mark.parametrize("operation", [operation for operation in TABLE if TABLE[operation].rw == "Write"])
def test_the_event_of_a_write_has_its_answer(on, operation):
    row = TABLE[operation]
    _, body = on.call(operation, on.people[row.role], row.fields(on))
    answer, shown = body.to_map(), on.cairn.event(body.request_id)["responseElements"]
    if operation == "RefreshToken":
        answer["Token"] = "****"
    # Newer than the client.
    shown = {name: value for name, value in shown.items() if (operation, name) != ("AssignUsers", "Data")}
    assert shown == answer


def test_no_credential_is_in_an_event(on):
    _, refreshed = on.call("RefreshToken", on.agent, {})
    event = on.cairn.event(refreshed.request_id)
    assert refreshed.token.signature not in event_text(event)
    assert event["responseElements"]["Token"] == "****"

    _, download = on.call("DownloadRecording", on.manager, {"file_name": on.recording})
    url = download.media_download_param.signature_url
    signature = parse_qs(urlsplit(url).query)["Signature"][0]
    text = event_text(on.cairn.event(download.request_id))
    assert signature not in text and quote(signature, safe="") not in text

    session = admin_session(on.floor)
    token = session.client._credential.get_credential().security_token
    body = session.body("GetInstance")
    event = on.cairn.event(body.request_id)
    assert event["userIdentity"]["type"] == "assumed-role"
    assert len(token) > 20 and token not in event_text(event)


# From the least role up: each operation is refused to the one below the role of its row.
BELOW = {"Admin": "Manager", "Manager": "Agent"}


@pytest.mark.parametrize("operation", [operation for operation in TABLE if TABLE[operation].role in BELOW])
def test_a_lower_role_may_not(on, operation):
    row = TABLE[operation]
    check_refusal(on, operation, on.people[BELOW[row.role]], row.fields(on), "NoPermission.User", 403)


@pytest.mark.parametrize("operation", TABLE)
def test_the_table_knows_all_that_is_required(on, operation):
    """A call without any other parameter than the required ones gets beyond the check of parameters."""
    row = TABLE[operation]
    fields = {name: value for name, value in row.fields(on).items() if name in row.required}
    if operation == "SendPredefinedShortMessage":
        # A text with a variable needs its value.
        fields["config_id"] = on.plain_sms_config
    on.call(operation, on.people[row.role], fields)


# Personal data


def masked(number):
    return number[:3] + "*" * (len(number) - 5) + number[-2:]


def masked_parameters(operation, request):
    """What an event shows of a request where personal data is masked."""
    shown = sent_parameters(request)
    for name, value in shown.items():
        if name.split(".")[0] not in PERSONAL[operation]:
            continue
        shown[name] = "****" if name == "TemplateParam" else ",".join(map(masked, value.split(",")))
    return shown


def personal_texts(on, operation, request):
    """Every number that the call may have met, and every text said to a person."""
    texts = {on.number, on.spare, on.customer, "王小芳"}
    for name in PERSONAL[operation] - {"TemplateParam"}:
        value = request[name]
        texts.update(value if isinstance(value, list) else value.split(","))
    return texts


@pytest.mark.parametrize("operation", PERSONAL)
def test_no_number_and_no_text_is_left_where_they_are_masked(masked_on, operation):
    on, row = masked_on, TABLE[operation]
    request, body = on.call(operation, on.people[row.role], row.fields(on))
    row.answers(body, on)
    event = on.cairn.event(body.request_id)
    assert shown_parameters(event) == masked_parameters(operation, request)
    text = event_text(event)
    assert [personal for personal in personal_texts(on, operation, request) if personal in text] == []
    check_resources(on, event, row, body)


@pytest.mark.parametrize("operation", PERSONAL)
def test_a_refusal_leaves_no_number_either(masked_on, operation):
    on, fields = masked_on, TABLE[operation].fields(masked_on)
    request = getattr(models, f"{operation}Request")(instance_id=on.instance, **fields).to_map()
    event = check_refusal(on, operation, on.stranger, fields, "NoPermission.User", 403)
    assert shown_parameters(event) == masked_parameters(operation, request)
    text = event_text(event)
    assert [personal for personal in personal_texts(on, operation, request) if personal in text] == []


def test_numbers_that_name_resources_are_masked_like_parameters(masked_on):
    """The console's operations on numbers have nothing but the number to name their resource by."""
    cairn, number, foreign = masked_on.cairn, fresh("0755"), fresh("0755")
    for operation, parameters in [
        ("BuyPhoneNumbers", {"PhoneNumber.1": number}),
        ("SetPhoneNumberArrears", {"PhoneNumber": number, "InArrears": "true"}),
        ("AddPhoneNumber", {"InstanceId": masked_on.instance, "PhoneNumber": number, "Usage": "Inbound"}),
        ("ReleasePhoneNumbers", {"PhoneNumber.1": number}),
        ("ReleasePhoneNumbers", {"PhoneNumber.1": number}),
        ("SetPhoneNumberArrears", {"PhoneNumber": foreign, "InArrears": "true"}),
        ("AddPhoneTags", {"InstanceId": masked_on.instance, "PhoneNumberList.1": number, "ServiceTag": "x"}),
        ("AddPhoneNumber", {"InstanceId": masked_on.instance, "PhoneNumber": foreign, "Usage": "Inbound"}),
        ("AddPhoneNumber", {"InstanceId": masked_on.instance, "PhoneNumber": masked_on.number, "Usage": "Inbound"}),
    ]:
        reply = cairn.call(CCC, operation, parameters)
        event = cairn.event(reply.request_id)
        if reply.status == 200:
            assert event["resourceName"] == masked(number), operation
            assert event["referencedResources"] == {"ACS::CCC::PhoneNumber": [masked(number)]}
        else:
            assert event["errorMessage"], operation
        assert [raw for raw in (number, foreign, masked_on.number) if raw in event_text(event)] == [], operation
