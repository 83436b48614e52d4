"""The official Python clients behind one interface, so that one table of cases serves them all.

Nothing of a client is changed: the classes here only choose its constructor, its request class and its exceptions.
"""

import json
from dataclasses import dataclass, field

from alibabacloud_actiontrail20200706 import models as trail_models
from alibabacloud_actiontrail20200706.client import Client as TrailClient
from alibabacloud_ccc20170705 import models as ccc_models
from alibabacloud_ccc20170705.client import Client as CccClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
from aliyunsdkactiontrail.request.v20200706.LookupEventsRequest import LookupEventsRequest
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential, StsTokenCredential
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import CommonRequest
from cairn_server import CCC, TRAIL
from darabonba.runtime import RuntimeOptions
from principals import unique

REGION = "cn-shanghai"


@dataclass
class Outcome:
    """What a client made of the answer."""

    code: str
    status: int
    request_id: str
    message: str = ""
    body: dict = field(default_factory=dict)


class Caller:
    """One client in one mode of use."""

    name = ""
    # API version that the mode's own request class speaks.
    version = CCC
    # Names to patch for a wrong clock and a repeated nonce.
    clock = ""
    nonce = ""
    wrong_secret_code = "SignatureDoesNotMatch"

    def __init__(self, address, credential):
        self.address, self.credential = address, credential

    def carry(self, value, instance):
        """An operation with free text in it."""
        raise NotImplementedError

    def incomplete(self, instance):
        """The same operation without a parameter that it needs."""
        raise NotImplementedError

    def call(self, version, action, parameters):
        """Any operation."""
        raise NotImplementedError


class CarriesSkillGroup:
    """CCC: the text is a skill group's description."""

    parameter = "Description"
    missing_codes = ("MissingName", "MissingParameter")

    def carry(self, value, instance):
        parameters = {"InstanceId": instance, "Name": unique("group"), "Description": value}
        return self.call(CCC, "CreateSkillGroup", parameters)

    def incomplete(self, instance):
        return self.call(CCC, "CreateSkillGroup", {"InstanceId": instance})


class CarriesAttribute:
    """ActionTrail: the text is the value of a lookup attribute."""

    parameter = "LookupAttribute.1.Value"
    missing_codes = ("LookupEventsParameterError",)


# tea-py


def tea_config(address, credential, **options):
    return Config(
        access_key_id=credential.key_id,
        access_key_secret=credential.secret,
        security_token=credential.token,
        endpoint=address,
        protocol="HTTP",
        region_id=REGION,
        **options,
    )


def call_rpc(client, version, operation, query):
    """A generated client's call of an operation by its name alone."""
    params = Params(
        action=operation,
        version=version,
        protocol="HTTP",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    return client.call_api(params, OpenApiRequest(query=query), RuntimeOptions())


def tea_outcome(call):
    try:
        answer = call()
    except AlibabaCloudException as error:
        return Outcome(error.code, error.status_code, error.data["RequestId"], error.message, error.data)
    body = answer["body"] if isinstance(answer, dict) else answer.body.to_map()
    # The CCC package does not pass the status on; the client raises for every other than 2xx.
    status = answer["statusCode"] if isinstance(answer, dict) else getattr(answer, "status_code", 200)
    assert body["RequestId"], body
    return Outcome("OK", status, body["RequestId"], body=body)


class TeaPy(Caller):
    clock = "alibabacloud_tea_openapi.utils.Utils.get_timestamp"
    nonce = "alibabacloud_tea_openapi.utils.Utils.get_nonce"


class TeaPyV1(TeaPy):
    name = "tea-py-v1"

    parameter = CarriesSkillGroup.parameter
    missing_codes = CarriesSkillGroup.missing_codes

    def client(self):
        return CccClient(tea_config(self.address, self.credential))

    def carry(self, value, instance):
        request = ccc_models.CreateSkillGroupRequest(instance_id=instance, name=unique("group"), description=value)
        return tea_outcome(lambda: self.client().create_skill_group(request))

    def incomplete(self, instance):
        request = ccc_models.CreateSkillGroupRequest(instance_id=instance)
        return tea_outcome(lambda: self.client().create_skill_group(request))

    def call(self, version, action, parameters):
        request = OpenApiRequest(body=parameters)
        return tea_outcome(
            lambda: self.client().do_rpcrequest(
                action, version, "HTTPS", "POST", "AK", "json", request, RuntimeOptions()
            )
        )


class TeaPyV3(TeaPy, CarriesAttribute):
    name = "tea-py-v3"
    version = TRAIL
    options = {}

    def client(self):
        return TrailClient(tea_config(self.address, self.credential, **self.options))

    def carry(self, value, instance):
        attribute = trail_models.LookupEventsRequestLookupAttribute(key="ResourceName", value=value)
        request = trail_models.LookupEventsRequest(lookup_attribute=[attribute])
        return tea_outcome(lambda: self.client().lookup_events(request))

    def incomplete(self, instance):
        attribute = trail_models.LookupEventsRequestLookupAttribute(key="ServiceName")
        request = trail_models.LookupEventsRequest(lookup_attribute=[attribute])
        return tea_outcome(lambda: self.client().lookup_events(request))

    def call(self, version, action, parameters):
        return tea_outcome(lambda: call_rpc(self.client(), version, action, parameters))


class TeaPyV2Algorithm(TeaPyV3):
    """The setting `v2` makes this client sign as V1."""

    name = "tea-py-v2-is-v1"
    options = {"signature_algorithm": "v2"}


# core-py


class CorePy(Caller):
    clock = "aliyunsdkcore.utils.parameter_helper.get_iso_8061_date"
    nonce = "aliyunsdkcore.utils.parameter_helper.get_uuid"

    def client(self):
        keys = self.credential
        if keys.token:
            credential = StsTokenCredential(keys.key_id, keys.secret, keys.token)
        else:
            credential = AccessKeyCredential(keys.key_id, keys.secret)
        return AcsClient(region_id=REGION, credential=credential, auto_retry=False)

    def outcome(self, request):
        try:
            body = json.loads(self.client().do_action_with_exception(request))
        except ServerException as error:
            return Outcome(error.error_code, error.http_status, error.request_id, error.message)
        return Outcome("OK", 200, body["RequestId"], body=body)

    def common(self, version, action):
        request = CommonRequest(domain=self.address, version=version, action_name=action)
        request.set_protocol_type("http")
        return request


class CorePyGet(CarriesSkillGroup, CorePy):
    name = "core-py-get"
    method = "GET"

    def call(self, version, action, parameters):
        request = self.common(version, action)
        request.set_method(self.method)
        for name, value in parameters.items():
            request.add_query_param(name, value)
        return self.outcome(request)


class CorePyPost(CorePyGet):
    name = "core-py-post"
    method = "POST"


class CorePyForm(CarriesSkillGroup, CorePy):
    name = "core-py-form"

    def call(self, version, action, parameters):
        request = self.common(version, action)
        request.set_method("POST")
        for name, value in parameters.items():
            request.add_body_params(name, value)
        return self.outcome(request)


class CorePyLookup(CarriesAttribute, CorePyPost):
    name = "core-py-lookup-events"
    version = TRAIL
    # It says so when the server's string to sign equals its own; a CommonRequest forgets its own.
    wrong_secret_code = "InvalidAccessKeySecret"

    def lookup(self, attribute):
        request = LookupEventsRequest()
        request.set_endpoint(self.address)
        request.set_LookupAttributes([attribute])
        return self.outcome(request)

    def carry(self, value, instance):
        return self.lookup({"Key": "ResourceName", "Value": value})

    def incomplete(self, instance):
        return self.lookup({"Key": "ServiceName"})


CALLERS = [TeaPyV1, TeaPyV3, TeaPyV2Algorithm, CorePyGet, CorePyPost, CorePyForm, CorePyLookup]
