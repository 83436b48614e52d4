"""An S3 service of a package, with its own client, that can be away and come back with its objects."""

import logging

import boto3
from moto.server import ThreadedMotoServer

# One line a request, in the output of every failed test.
logging.getLogger("werkzeug").setLevel(logging.ERROR)


class S3Service:
    def __init__(self, key_id, secret, region):
        self.port = 0
        self.come_back()
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=region
        )

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def leave(self):
        self.server.stop()

    def come_back(self):
        self.server = ThreadedMotoServer(ip_address="127.0.0.1", port=self.port, verbose=False)
        self.server.start()
        self.port = self.server.get_host_and_port()[1]
