"""As much of Google Cloud Storage's XML interface as a client of objects needs; it checks tokens and generations.

There is no package that speaks it: the known emulators have the JSON interface alone.
Public documents: Google Cloud Storage, "XML API overview", "Request preconditions", "XML API multipart uploads".
"""

import base64
import hashlib
import itertools
import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

EMAIL = "cairn@audit.iam.gserviceaccount.com"


class GcsService:
    """A bucket of this service; it can be away and come back with its objects."""

    def __init__(self, bucket, folder):
        self.bucket, self.port = bucket, 0
        # Name: content, generation.
        self.objects, self.uploads = {}, {}
        self.numbers, self.lock = itertools.count(1), threading.RLock()
        self.conditions = []
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.public_key = key.public_key()
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()
        self.secret = private.splitlines()[1]
        self.key_file = folder / "service-account.json"
        self.key_file.write_text(json.dumps({
            "type": "service_account", "private_key_id": "key-1", "private_key": private, "client_email": EMAIL
        }))  # fmt: skip
        self.come_back()

    @property
    def endpoint(self):
        return f"http://127.0.0.1:{self.port}"

    def leave(self):
        # Connections that are open have threads of their own.
        self.is_away = True
        self.server.shutdown()
        self.server.server_close()

    def come_back(self):
        self.is_away = False
        handler = type("Handler", (Handler,), {"service": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def config(self, section, prefix, _folder):
        return f"""
[{section}]
url = "gs://{self.bucket}/{prefix}"
[{section}.gcs]
endpoint = "{self.endpoint}"
service_account_file = "{self.key_file}"
"""

    def everything(self):
        with self.lock:
            return {name: len(content) for name, (content, _) in self.objects.items()}

    def unfinished(self):
        with self.lock:
            return sorted(self.uploads)

    def put(self, name, content, condition=None):
        """The new generation; nothing when the condition does not hold."""
        with self.lock:
            generation = self.objects[name][1] if name in self.objects else 0
            if condition is not None and int(condition) != generation:
                return None
            self.objects[name] = (content, next(self.numbers))
            return self.objects[name][1]

    def lay(self, name, content):
        self.put(name, content)

    def is_token(self, authorization):
        """Whether it is a JSON Web Token that the account's key has signed."""
        kind, _, token = authorization.partition(" ")
        parts = token.split(".")
        if kind != "Bearer" or len(parts) != 3:
            return False
        header, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        signed = f"{parts[0]}.{parts[1]}".encode()
        self.public_key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
        return json.loads(header)["kid"] == "key-1" and json.loads(claims)["iss"] == EMAIL


def etag(content):
    return f'"{hashlib.md5(content).hexdigest()}"'


class Handler(BaseHTTPRequestHandler):
    service = None
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except ConnectionError:
            # A client that was killed.
            self.close_connection = True

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), str(value))
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code):
        self.answer(status, f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>No.</Message></Error>".encode())

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.service.is_away:
            raise ConnectionError
        target = urlsplit(self.path)
        bucket, _, name = target.path.removeprefix("/").partition("/")
        query = {key: values[0] for key, values in parse_qs(target.query, keep_blank_values=True).items()}
        if not self.service.is_token(self.headers.get("Authorization", "")):
            return self.refuse(401, "AuthenticationRequired")
        if unquote(bucket) != self.service.bucket:
            return self.refuse(404, "NoSuchBucket")
        return self.serve_object(unquote(name), query, body) if name else self.list(query)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

    def serve_object(self, name, query, body):
        service = self.service
        if "uploads" in query or "uploadId" in query:
            return self.serve_upload(name, query, body)
        if self.command == "PUT":
            condition = self.headers.get("x-goog-if-generation-match")
            service.conditions.append(condition)
            generation = service.put(name, body, condition)
            if generation is None:
                return self.refuse(412, "PreconditionFailed")
            return self.answer(200, ETag=etag(body), x_goog_generation=generation)
        with service.lock:
            content, generation = service.objects.get(name, (None, 0))
            if content is not None and self.command == "DELETE":
                del service.objects[name]
        if content is None:
            return self.refuse(404, "NoSuchKey")
        return self.answer(204) if self.command == "DELETE" else self.send_content(content, generation)

    def send_content(self, content, generation):
        facts = {"ETag": etag(content), "x_goog_generation": generation, "Last_Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}
        if self.command == "HEAD":
            return self.answer(200, Content_Length=len(content), **facts)
        if not (asked := self.headers.get("Range")):
            return self.answer(200, content, **facts)
        first, last = asked.removeprefix("bytes=").split("-")
        part = content[int(first) : int(last) + 1]
        end = int(first) + len(part) - 1
        return self.answer(206, part, Content_Range=f"bytes {first}-{end}/{len(content)}", **facts)

    def serve_upload(self, name, query, body):
        service, key = self.service, (name, query.get("uploadId"))
        with service.lock:
            if "uploads" in query:
                key = (name, f"upload-{next(service.numbers)}")
                service.uploads[key] = {}
                text = f"<InitiateMultipartUploadResult><UploadId>{key[1]}</UploadId></InitiateMultipartUploadResult>"
                return self.answer(200, text.encode())
            if key not in service.uploads:
                return self.refuse(404, "NoSuchUpload")
            if self.command == "PUT":
                service.uploads[key][int(query["partNumber"])] = body
                return self.answer(200, ETag=etag(body))
            parts = service.uploads.pop(key)
            if self.command == "DELETE":
                return self.answer(204)
            content = b"".join(parts[number] for number in sorted(parts))
            generation = service.put(name, content)
        text = f"<CompleteMultipartUploadResult><ETag>{escape(etag(content))}</ETag></CompleteMultipartUploadResult>"
        return self.answer(200, text.encode(), x_goog_generation=generation)

    def list(self, query):
        prefix, after = query.get("prefix", ""), max(query.get("start-after", ""), query.get("continuation-token", ""))
        names = sorted(name for name in self.service.everything() if name.startswith(prefix) and name > after)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        page, rest = names[:100], names[100:]
        entries = "".join(
            f"<Contents><Key>{escape(name)}</Key><Size>{self.service.everything().get(name, 0)}</Size>"
            f"<LastModified>{now}</LastModified></Contents>"
            for name in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if rest else ""
        self.answer(200, f"<ListBucketResult>{entries}{token}</ListBucketResult>".encode())
