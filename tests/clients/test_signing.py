"""The hand signer against the worked examples of the public signature documents."""

from signing import Credential, v1_signature, v3_request

KEY = Credential("LTAI5tDocExample0001", "DocExampleSecret0123456789abcd")
TIME = "2026-03-04T05:06:07Z"
NONCE = "9f1c2d3e4b5a69788796a5b4c3d2e1f0"

V1_PARAMETERS = {
    "AccessKeyId": KEY.key_id,
    "Action": "ListConfig",
    "Version": "2017-07-05",
    "Format": "JSON",
    "Timestamp": TIME,
    "SignatureNonce": NONCE,
    "SignatureMethod": "HMAC-SHA1",
    "SignatureVersion": "1.0",
    "RegionId": "cn-shanghai",
    "InstanceId": "acc-demo",
    "ConfigItem.1": "a b*",
    "ConfigItem.2": "c&d~é",
}


def signature_of(request):
    return request.headers["Authorization"].rsplit("Signature=", 1)[1]


def test_v1_depends_on_the_method():
    assert v1_signature("POST", V1_PARAMETERS, KEY.secret) == "Gn8zR7nNhxICNGVpviDr6+qQfgM="
    assert v1_signature("GET", V1_PARAMETERS, KEY.secret) == "7AMFI6/cRiUW4LjcMi0R/7BZDPk="


def test_v3_with_parameters_in_the_query():
    parameters = {
        "Direction": "BACKWARD",
        "StartTime": "2026-03-01T00:00:00Z",
        "LookupAttribute.1.Key": "ServiceName",
        "LookupAttribute.1.Value": "Ccc é*",
        "MaxResults": "10",
    }
    host = "actiontrail.cn-shanghai.aliyuncs.com"
    request = v3_request("LookupEvents", "2020-07-06", parameters, KEY, host=host, timestamp=TIME, nonce=NONCE)
    assert signature_of(request) == "6ad25db8b55b7432ff209ff99f0d3dc544192bedad5390b906be33652d547d34"


def test_v3_with_a_form_body():
    parameters = {"ConfigItem.1": "a b*", "ConfigItem.2": "c&d~é", "InstanceId": "acc-demo"}
    host = "ccc.cn-shanghai.aliyuncs.com"
    request = v3_request(
        "ListConfig", "2017-07-05", parameters, KEY, host=host, timestamp=TIME, nonce=NONCE, in_body=True
    )
    assert signature_of(request) == "497b3e5cda98ad8e3703785d8d1d9d29b28c82c9b0e48b1e997e896b1874686c"
