"""The two official ActionTrail SDKs behind one way to call: an operation and its parameters by their public names."""

import importlib
import json
import re

from alibabacloud_actiontrail20200706 import models
from alibabacloud_actiontrail20200706.client import Client
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
from aliyunsdkcore.acs_exception.exceptions import ServerException
from aliyunsdkcore.auth.credentials import AccessKeyCredential
from aliyunsdkcore.client import AcsClient
from callers import tea_config

# A debug build on a loaded machine, and destinations that do not answer, take their time.
PATIENCE_MS = 120_000


class Refused(Exception):
    """What a client made of a refusal."""

    def __init__(self, code, status, message):
        super().__init__(f"{status} {code}: {message}")
        self.code, self.status, self.message = code, status, message


def snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Current:
    """`alibabacloud_actiontrail20200706`: signs as V3, and has every operation."""

    name = "current"

    def __init__(self, cairn, credential=None, region=None):
        assert region is None, "the region of this client is that of the host that it calls"
        self.client = Client(tea_config(cairn.address, credential or cairn.root, read_timeout=PATIENCE_MS))

    @staticmethod
    def has(operation):
        return hasattr(Client, snake(operation))

    def body(self, operation, **given):
        """What the SDK's model of the answer holds; parameters by the names that the SDK gives them."""
        request = getattr(models, f"{operation}Request", None)
        method = getattr(self.client, snake(operation))
        answer = method(request(**given)) if request else method()
        assert answer.status_code == 200 and answer.body.request_id
        return answer.body

    def __call__(self, operation, **parameters):
        given = {snake(name): value for name, value in parameters.items()}
        try:
            return self.body(operation, **given).to_map()
        except AlibabaCloudException as error:
            raise Refused(error.code, error.status_code, error.message) from error


class Older:
    """`aliyun-python-sdk-actiontrail`: signs as V1, sends a region, and has some of the operations."""

    name = "older"

    def __init__(self, cairn, credential=None, region="cn-shanghai"):
        keys = credential or cairn.root
        self.address = cairn.address
        self.client = AcsClient(
            region_id=region or "cn-shanghai",
            credential=AccessKeyCredential(keys.key_id, keys.secret),
            auto_retry=False,
            timeout=PATIENCE_MS // 1_000,
        )

    @staticmethod
    def has(operation):
        try:
            importlib.import_module(f"aliyunsdkactiontrail.request.v20200706.{operation}Request")
        except ModuleNotFoundError:
            return False
        return True

    def __call__(self, operation, **parameters):
        module = importlib.import_module(f"aliyunsdkactiontrail.request.v20200706.{operation}Request")
        request = getattr(module, f"{operation}Request")()
        request.set_endpoint(self.address)
        for name, value in parameters.items():
            request.add_query_param(name, value)
        try:
            answer = json.loads(self.client.do_action_with_exception(request))
        except ServerException as error:
            raise Refused(error.error_code, error.http_status, error.message) from error
        assert answer["RequestId"]
        return answer


SDKS = [Current, Older]
