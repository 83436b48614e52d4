"""Short messages, recordings and call quality by the official client: answers, errors, limits, events, links."""

import json
import struct
import subprocess
import time
import wave
from urllib.parse import urlsplit

import pytest
from alibabacloud_ccc20170705 import models
from alibabacloud_ccc20170705.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from cairn_server import CCC, Cairn
from callers import tea_config
from principals import Person, make_instance

START_MS = 1_700_000_000_000


class Desk:
    """An administrator's call centre with one message config for each use."""

    def __init__(self, cairn):
        self.cairn = cairn
        self.person = Person(cairn, system_policies=["AliyunCCCFullAccess"])
        self.instance = make_instance(cairn, self.person.credential)
        self.client = Client(tea_config(address=cairn.host, credential=self.person.credential))
        self.survey = self.config(1, "请回复评价")
        self.missed = self.config(3, "您好，${name}，稍后回电")

    def console(self, action, **parameters):
        return self.cairn.call(CCC, action, {"InstanceId": self.instance, **parameters}, self.person.credential)

    def config(self, scenario, text):
        reply = self.console(
            "CreateSmsConfig", Name="n", SignName="云谷", TemplateCode="SMS_1", Description=text, Scenario=str(scenario)
        )
        assert reply.status == 200, reply
        return reply.json["SmsConfig"]["Id"]

    def send(self, **fields):
        fields = {
            "config_id": self.missed,
            "phone_numbers": "13800000001",
            "template_param": json.dumps({"name": "王芳"}),
            **fields,
        }
        return self.client.send_predefined_short_message(
            models.SendPredefinedShortMessageRequest(instance_id=self.instance, **fields)
        ).body

    def stats(self, text):
        return self.client.save_web_rtcstats(
            models.SaveWebRTCStatsRequest(
                instance_id=self.instance,
                call_id="call-1",
                call_start_time=START_MS,
                caller_number="02112345678",
                callee_number="13800000001",
                record_time=START_MS + 3_000,
                stats=text,
                tenant_id="acc1",
                uid=self.person.user_id,
            )
        ).body

    def download(self, file_name):
        return self.client.download_recording(
            models.DownloadRecordingRequest(instance_id=self.instance, file_name=file_name)
        ).body

    def imported(self, name="old.wav"):
        """A two-track recording of an earlier system, with its call."""
        path = self.cairn.data / "import" / name
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(8_000)
            file.writeframes(b"".join(struct.pack("<hh", n % 500, -(n % 300)) for n in range(16_000)))
        content = path.read_bytes()
        reply = self.console(
            "ImportRecording",
            SourceFile=name,
            StartTime=str(START_MS),
            ContactType="Inbound",
            CallingNumber="13800000001",
            CalledNumber="02112345678",
        )
        assert reply.status == 200, reply
        return reply.json, content


@pytest.fixture(scope="module")
def desk(cairn):
    return Desk(cairn)


@pytest.fixture(scope="module")
def recording(desk):
    return desk.imported()


def refused(code, status, call):
    with pytest.raises(AlibabaCloudException) as caught:
        call()
    assert (caught.value.code, caught.value.status_code) == (code, status)


def check_event(desk, request_id, name, access, kind="ApiCall", **parameters):
    event = desk.cairn.event(request_id)
    assert (event["eventName"], event["eventRW"], event["eventType"]) == (name, access, kind)
    assert (event["resourceType"].split(";")[0], event["resourceName"].split(";")[0]) == (
        "ACS::CCC::Instance",
        desk.instance,
    )
    for parameter, value in parameters.items():
        assert event["requestParameters"][parameter] == value
    return event


def test_a_predefined_message(desk):
    body = desk.send()
    assert (body.code, body.success, body.http_status_code) == ("OK", True, 200)
    listed = desk.console("ListShortMessages", BizId=body.biz_id).json["ShortMessages"]["List"]["ShortMessage"]
    assert [(m["Text"], m["State"], m["Provider"]) for m in listed] == [
        ("【云谷】您好，王芳，稍后回电", "Delivered", "sink")
    ]
    check_event(
        desk,
        body.request_id,
        "SendPredefinedShortMessage",
        "Write",
        PhoneNumbers="13800000001",
        TemplateParam={"name": "王芳"},
    )


def test_errors_of_a_predefined_message(desk):
    refused("NotExist.SmsConfig", 404, lambda: desk.send(config_id=99))
    refused("Parameter.Format", 400, lambda: desk.send(phone_numbers="nobody"))
    refused("Parameter.Format", 400, lambda: desk.send(template_param="{"))
    refused("Parameter.Format", 400, lambda: desk.send(template_param='{"other":"x"}'))
    refused("Parameter.Maximum", 400, lambda: desk.send(phone_numbers=",".join(["13800000001"] * 1_001)))
    refused("MissingPhoneNumbers", 400, lambda: desk.send(phone_numbers=None))


def test_configs(desk):
    body = desk.client.get_sms_config(models.GetSmsConfigRequest(instance_id=desk.instance, scenario=[1, 3])).body
    configs = body.sms_configs.sms_config
    assert [(c.id, c.scenario, c.sign_name) for c in configs] == [(desk.survey, 1, "云谷"), (desk.missed, 3, "云谷")]
    assert (configs[0].instance, configs[0].template_code) == (desk.instance, "SMS_1")
    check_event(desk, body.request_id, "GetSmsConfig", "Read")
    reply = desk.console("DeleteSmsConfig", ConfigId=str(desk.config(2, "x")))
    check_event(desk, reply.request_id, "DeleteSmsConfig", "Write", kind="ConsoleOperation")


def test_a_survey_by_message(desk, recording):
    contact = recording[0]["ContactId"]

    def launch(acid):
        request = models.LaunchShortMessageAppraiseRequest(
            instance_id=desk.instance, acid=acid, contact_type=0, phone_numbers="13811111111"
        )
        return desk.client.launch_short_message_appraise(request).body

    refused("NotExist.Contact", 404, lambda: launch("9"))
    first, second = launch(contact), launch(contact)
    assert (first.code, second.code) == ("OK", "OK")
    assert desk.console("ListShortMessages", PhoneNumber="13811111111").json["ShortMessages"]["TotalCount"] == 1
    check_event(desk, first.request_id, "LaunchShortMessageAppraise", "Write", Acid=contact)


def test_call_quality(desk):
    reports = [
        {"id": "C", "type": "codec", "mimeType": "audio/PCMA"},
        {"id": "I", "type": "inbound-rtp", "kind": "audio", "codecId": "C", "packetsLost": 2, "jitter": 0.004},
        {"id": "R", "type": "remote-inbound-rtp", "kind": "audio", "roundTripTime": 0.05},
    ]
    body = desk.stats(json.dumps(reports) + " " * 65_536)
    assert (body.row_count, body.code) == (1, "OK")
    check_event(desk, body.request_id, "SaveWebRTCStats", "Write", CallId="call-1")
    refused("Parameter.Format", 400, lambda: desk.stats("lost=2"))
    refused("Parameter.Maximum", 400, lambda: desk.stats("[" + " " * 262_144 + "]"))
    (sample,) = desk.console("ListCallQuality", CallId="call-1").json["QualitySamples"]["List"]["QualitySample"]
    assert (sample["PacketsLost"], sample["JitterMs"], sample["RoundTripMs"], sample["Codec"]) == (2, 4, 50, "audio/PCMA")


def curl(url, *options):
    command = ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *options, url]
    done = subprocess.run(command, capture_output=True, timeout=30, check=True)
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status), body


def test_a_recording_by_link(desk, recording):
    imported, content = recording
    asked_s = time.time()
    body = desk.download(imported["FileName"])
    answered_s = time.time()
    link = body.media_download_param.signature_url
    assert body.media_download_param.file_name == imported["FileName"]
    assert f"/record/{desk.instance}/{imported['FileName']}?" in link and '"' not in link
    assert curl(link) == (200, content)
    assert curl(link, "-r", "0-43") == (206, content[:44])
    assert curl(link, "-r", "9999999-") == (200, content)
    # A header of the service that the link does not sign makes it another request.
    assert curl(link, "-r", "9999999-", "-H", "x-oss-range-behavior: standard")[0] == 403
    status, head = curl(link, "-I")
    assert status == 200 and f"content-length: {len(content)}".encode() in head.lower()
    signature = urlsplit(link).query.split("Signature=")[1].split("&")[0]
    status, error = curl(link.replace(signature, "A" * 27 + "%3D"))
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in error and b"<StringToSign>GET" in error
    status, error = curl(link.replace(imported["FileName"], "1.wav"))
    assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in error
    expires = urlsplit(link).query.split("Expires=")[1].split("&")[0]
    assert asked_s - 1 <= int(expires) - 3_600 <= answered_s + 1
    status, error = curl(link.replace(expires, "1000000000"))
    assert status == 403 and b"<Code>AccessDenied</Code>" in error and b"expired" in error
    assert curl(link.split("?")[0])[0] == 403
    check_event(desk, body.request_id, "DownloadRecording", "Read", FileName=imported["FileName"])


def test_errors_and_lists_of_recordings(desk, recording):
    imported, _ = recording
    refused("NotExist.Record", 404, lambda: desk.download("1.wav"))
    foreign = models.DownloadRecordingRequest(instance_id="nowhere", file_name=imported["FileName"])
    refused("NotExist.Instance", 404, lambda: desk.client.download_recording(foreign))
    outsider = Person(desk.cairn, system_policies=["AliyunCCCFullAccess"])
    other = Client(tea_config(address=desk.cairn.host, credential=outsider.credential))
    request = models.DownloadRecordingRequest(instance_id=desk.instance, file_name=imported["FileName"])
    refused("NoPermission.User", 403, lambda: other.download_recording(request))

    listing = models.ListRecordingsRequest(instance_id=desk.instance, page_number=1, page_size=10, criteria="138")
    page = desk.client.list_recordings(listing).body.recordings
    (found,) = page.list.recording
    assert (page.total_count, found.file_name, found.duration, found.contact_type) == (
        1,
        imported["FileName"],
        2,
        "Inbound",
    )
    assert (found.calling_number, found.start_time) == ("13800000001", START_MS)
    contact = imported["ContactId"]
    by_contact = models.ListRecordingsByContactIdRequest(instance_id=desk.instance, contact_id=contact)
    assert len(desk.client.list_recordings_by_contact_id(by_contact).body.recordings.recording) == 1
    dual = models.ListRecordingOfDualTrackRequest(
        instance_id=desk.instance, page_number=1, page_size=10, start_time=0, stop_time=START_MS
    )
    assert desk.client.list_recording_of_dual_track(dual).body.recordings.total_count == 1
    listing.page_size = 101
    refused("Parameter.Maximum", 400, lambda: desk.client.list_recordings(listing))
    every = models.DownloadAllTypeRecordingRequest(instance_id=desk.instance, contact_id=contact)
    links = desk.client.download_all_type_recording(every).body.media_download_param_list.media_download_param
    assert [curl(link.signature_url)[0] for link in links] == [200, 200]


def test_settings_and_masks(tmp_path):
    """A password is in a file, never in the shown settings; numbers and texts are masked when set so."""
    secret = tmp_path / "password"
    secret.write_text("hushhush\n")
    config = (
        '[masking]\npersonal_data = "mask"\n[sms]\nprovider = "smpp"\n'
        f'[sms.smpp]\naddress = "127.0.0.1:9"\nsystem_id = "cairn"\npassword_file = "{secret}"\n'
    )
    server = Cairn(tmp_path / "server", config).start()
    try:
        shown = server.cli("config", "show", "--config", str(server.config_path)).stdout
        assert "hushhush" not in shown and str(secret) in shown
        desk = Desk(server)
        with pytest.raises(AlibabaCloudException) as caught:
            desk.send()
        assert (caught.value.code, caught.value.status_code) == ("InternalService.Common", 500)
        assert "NotBound" in caught.value.message
        (message,) = desk.console("ListShortMessages").json["ShortMessages"]["List"]["ShortMessage"]
        assert (message["State"], message["Code"]) == ("Failed", "NotBound")
        event = json.dumps(server.event(caught.value.data["RequestId"]), ensure_ascii=False)
        assert "13800000001" not in event and "王芳" not in event
    finally:
        server.stop()
