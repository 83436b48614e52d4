"""What holds of the event of every call of an audited operation, and of every refusal."""

import json

from ccc_audited_table import TABLE

# Set by the gateway beside what the caller sent.
GATEWAY_PARAMETERS = {"AcsHost", "HostId", "AcsProduct", "RegionId", "RequestId"}


def sent_parameters(request):
    """A request as events show it: lists by number, texts that are JSON objects read."""
    shown = {}
    for name, value in request.items():
        elements = {name: value}
        if isinstance(value, list):
            elements = {f"{name}.{place}": element for place, element in enumerate(value, 1)}
        shown.update({key: json.loads(one) if is_object_text(one) else one for key, one in elements.items()})
    return shown


def is_object_text(value):
    return isinstance(value, str) and value.startswith("{")


def shown_parameters(event):
    return {name: value for name, value in event["requestParameters"].items() if name not in GATEWAY_PARAMETERS}


def event_text(event):
    return json.dumps(event, ensure_ascii=False)


def check_common(on, event, operation, person):
    assert (event["eventName"], event["eventRW"]) == (operation, TABLE[operation].rw)
    assert (event["eventType"], event["serviceName"]) == ("ApiCall", "CloudCallCenter")
    assert (event["apiVersion"], event["acsRegion"], event["eventVersion"]) == ("2017-07-05", "cn-shanghai", 1)
    assert event["eventId"] == event["requestId"]
    identity = event["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("ram-user", person.name)
    assert (identity["principalId"], identity["accessKeyId"]) == (person.user_id, person.credential.key_id)
    assert person.credential.secret not in event_text(event)
    parameters = event["requestParameters"]
    assert (parameters["AcsProduct"], parameters["RequestId"]) == ("CCC", event["requestId"])


def check_refusal(on, operation, person, fields, code, status):
    error = on.refusal(operation, person, fields)
    assert (error.code, error.status_code) == (code, status), error.message
    event = on.cairn.event(error.data["RequestId"])
    check_common(on, event, operation, person)
    assert (event["errorCode"], bool(event["errorMessage"])) == (code, True)
    assert "responseElements" not in event
    return event
