"""Short messages through an SMPP gateway of another make (node-smpp): texts, parts, receipts, silence, refusals."""

import json
import os
import subprocess
import threading
import time

import pytest
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import REPOSITORY, Cairn
from test_ccc_messages import Desk

SCRIPT = REPOSITORY / "tests" / "clients" / "node" / "smpp_gateway.js"
PACKAGES = REPOSITORY / "target" / "clients" / "node" / "node_modules"
PASSWORD = "hushhush"
# The server waits so long for an answer; a late answer comes after twice the time.
TIMEOUT_MS = 1_000
UCS2 = 8


class Gateway:
    """The gateway's process and what it said."""

    def __init__(self):
        environment = {**os.environ, "NODE_PATH": os.environ.get("NODE_PATH", str(PACKAGES))}
        self.process = subprocess.Popen(
            ["node", str(SCRIPT), PASSWORD, str(2 * TIMEOUT_MS)], stdout=subprocess.PIPE, env=environment
        )
        self.said = []
        self.port = json.loads(self.process.stdout.readline())["port"]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def events(self, kind, number=None):
        found = [said for said in list(self.said) if said["event"] == kind]
        return [said for said in found if number is None or said["number"] == number]

    def stop(self):
        self.process.kill()
        self.process.wait()


def until(what, condition, timeout_s=15):
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not happen within {timeout_s} s"
        time.sleep(0.05)
    return found


@pytest.fixture(scope="module")
def gateway():
    gateway = Gateway()
    yield gateway
    gateway.stop()


def serve(folder, gateway, password):
    folder.mkdir(parents=True, exist_ok=True)
    secret = folder / "password"
    secret.write_text(f"{password}\n")
    return Cairn(
        folder / "server",
        f'[sms]\nprovider = "smpp"\n[sms.smpp]\naddress = "127.0.0.1:{gateway.port}"\nsystem_id = "cairn"\n'
        f'password_file = "{secret}"\nsource_address = "10690001"\ntimeout_ms = {TIMEOUT_MS}\n',
    ).start()


@pytest.fixture(scope="module")
def desk(gateway, tmp_path_factory):
    server = serve(tmp_path_factory.mktemp("smpp"), gateway, PASSWORD)
    until("the binding", lambda: "session: bound to the SMPP gateway" in server.log())
    assert [bind for bind in gateway.events("bind") if bind["good"]]
    yield Desk(server)
    server.stop()


def in_state(desk, number, state):
    """The message to a number once it is in a state."""

    def look():
        listed = desk.console("ListShortMessages", PhoneNumber=number).json["ShortMessages"]["List"]["ShortMessage"]
        return [one for one in listed if one["State"] == state]

    [found] = until(f"{state} of {number}", look)
    return found


def test_a_chinese_text_arrives_and_its_receipt_changes_the_status(desk, gateway):
    number = "13800000011"
    body = desk.send(phone_numbers=number)
    assert body.code == "OK"
    [taken] = until("the message", lambda: gateway.events("submitted", number))
    assert (taken["text"], taken["coding"], taken["header"]) == ("【云谷】您好，王芳，稍后回电", UCS2, "")
    assert taken["wants_receipt"] == 1
    assert in_state(desk, number, "Delivered")["Provider"] == "smpp"
    assert until("the receipt's confirmation", lambda: gateway.events("confirmed"))[0]["status"] == 0


def test_a_long_text_arrives_in_parts_that_are_one_text_again(desk, gateway):
    number, name = "13800000021", "审计✓😀" * 40
    desk.send(phone_numbers=number, template_param=json.dumps({"name": name}))
    text = f"【云谷】您好，{name}，稍后回电"
    parts = until("all parts", lambda: (found := gateway.events("submitted", number))[3:] and found)
    headers = [bytes.fromhex(part["header"]) for part in parts]
    # Concatenated short messages, 8-bit reference: the same number for all, how many, which.
    [reference] = {header[-3] for header in headers}
    assert [tuple(header[-3:]) for header in headers] == [
        (reference, len(parts), place) for place in range(1, len(parts) + 1)
    ]
    assert "".join(part["text"] for part in parts) == text
    assert all(len(part["text"].encode("utf-16-be")) <= 134 for part in parts)
    in_state(desk, number, "Delivered")


def test_an_undeliverable_message_fails_by_its_receipt(desk, gateway):
    number = "13800000013"
    assert desk.send(phone_numbers=number).code == "OK"
    failed = in_state(desk, number, "Failed")
    assert len(gateway.events("submitted", number)) == 1, failed


def test_a_message_without_an_answer_is_unknown_and_never_sent_again(desk, gateway):
    number = "13800000012"
    desk.send(phone_numbers=number)
    in_state(desk, number, "Unknown")
    time.sleep(3 * TIMEOUT_MS / 1_000)
    assert len(gateway.events("submitted", number)) == 1
    in_state(desk, number, "Unknown")


def test_a_late_answer_counts(desk, gateway):
    number = "13800000014"
    desk.send(phone_numbers=number)
    in_state(desk, number, "Unknown")
    in_state(desk, number, "Delivered")
    assert len(gateway.events("submitted", number)) == 1


def test_a_refused_message_fails_with_the_gateways_code(desk, gateway):
    number = "13800000015"
    with pytest.raises(AlibabaCloudException) as caught:
        desk.send(phone_numbers=number)
    assert "ESME_11" in caught.value.message
    assert in_state(desk, number, "Failed")["Code"] == "ESME_11"
    assert len(gateway.events("submitted", number)) == 1


def test_a_busy_gateway_is_asked_again(desk, gateway):
    number = "13800000016"
    assert desk.send(phone_numbers=number).code == "OK"
    in_state(desk, number, "Delivered")
    assert len(gateway.events("submitted", number)) == 2


def test_a_refused_binding_says_so(gateway, tmp_path):
    before = len(gateway.events("submitted"))
    server = serve(tmp_path, gateway, "mistaken")
    try:
        desk = Desk(server)
        until("the refused binding", lambda: "it refused the binding" in server.log())
        assert [bind for bind in gateway.events("bind") if not bind["good"]]
        with pytest.raises(AlibabaCloudException) as caught:
            desk.send()
        assert caught.value.code == "InternalService.Common"
        assert "NotBound" in caught.value.message and "refused the binding" in caught.value.message
        assert "mistaken" not in caught.value.message and "mistaken" not in server.log()
        [failed] = desk.console("ListShortMessages").json["ShortMessages"]["List"]["ShortMessage"]
        assert (failed["State"], failed["Code"]) == ("Failed", "NotBound")
        assert len(gateway.events("submitted")) == before
    finally:
        server.stop()
