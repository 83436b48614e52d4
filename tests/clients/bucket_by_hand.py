"""Requests to buckets as no official client would send them: signed by hand, in both versions, with anything wrong."""

import base64
import hashlib
import hmac
import http.client
import re
import time
import urllib.parse

SIGNED_NAMES = {"acl", "append", "bucketInfo", "delete", "encryption", "lifecycle", "location", "partNumber", "position"}
SIGNED_NAMES |= {"tagging", "uploadId", "uploads", "worm", "wormExtend", "wormId", "security-token", "objectMeta"}


class Answer:
    """Status, headers and body; of an error also its code."""

    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()
        code = re.search(rb"<Code>(.*)</Code>", self.body)
        self.code = code.group(1).decode() if code else None

    def __repr__(self):
        return f"Answer({self.status}, {self.body[:2000]!r})"


def exchange(cairn, method, target, headers=None, body=None):
    """A request as it is given, not signed."""
    connection = http.client.HTTPConnection(cairn.address, timeout=60)
    try:
        connection.request(method, target, body, headers or {})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def query_text(query):
    quote = lambda text: urllib.parse.quote(text, safe="-_.~")
    pairs = sorted((quote(name), quote(value)) for name, value in query.items())
    return "&".join(f"{name}={value}" if value else name for name, value in pairs)


def v1_signature(secret, method, date, resource, query, headers):
    lines = [method, headers.get("Content-MD5", ""), headers.get("Content-Type", ""), date]
    lines += [f"{name.lower()}:{value}" for name, value in sorted(headers.items()) if name.lower().startswith("x-oss-")]
    signed = sorted((name, value) for name, value in query.items() if name in SIGNED_NAMES)
    joined = "&".join(f"{name}={value}" if value else name for name, value in signed)
    text = "\n".join([*lines, resource + (f"?{joined}" if joined else "")])
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


def v1(cairn, method, resource, query=None, headers=None, body=None, credential=None, at_s=None):
    """Signed in the header. The resource is both the path and what is signed."""
    query, credential = query or {}, credential or cairn.root
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(at_s or time.time()))
    headers = {"Date": date, **(headers or {})}
    if getattr(credential, "token", None):
        headers["x-oss-security-token"] = credential.token
    signature = v1_signature(credential.secret, method, date, resource, query, headers)
    headers["Authorization"] = f"OSS {credential.key_id}:{signature}"
    return exchange(cairn, method, target(resource, query), headers, body)


def v1_link(cairn, method, resource, query=None, expires_s=None, headers=None):
    """The path and query of a link."""
    query, expires = query or {}, str(expires_s or int(time.time()) + 60)
    signature = v1_signature(cairn.root.secret, method, expires, resource, query, headers or {})
    link = {"OSSAccessKeyId": cairn.root.key_id, "Expires": expires, "Signature": signature}
    return target(resource, {**query, **link})


def target(resource, query):
    path = urllib.parse.quote(resource, safe="/-_.~")
    return f"{path}?{query_text(query)}" if query else path


def v4_signature(secret, method, date, scope, resource, query, headers):
    signed = sorted((name.lower(), value) for name, value in headers.items())
    signed = [(name, value) for name, value in signed if name.startswith("x-oss-") or name in ("content-type", "content-md5")]
    canonical = [method, urllib.parse.quote(resource, safe="/-_.~"), query_text(query)]
    canonical += ["".join(f"{name}:{value}\n" for name, value in signed), "", "UNSIGNED-PAYLOAD"]
    digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    key = f"aliyun_v4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, f"OSS4-HMAC-SHA256\n{date}\n{scope}\n{digest}".encode(), hashlib.sha256).hexdigest()


def v4_times(at_s, day):
    date = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at_s or time.time()))
    return date, f"{day or date[:8]}/cn-hangzhou/oss/aliyun_v4_request"


def v4(cairn, method, resource, query=None, headers=None, body=None, at_s=None, day=None, additional=""):
    """Signed in the header; `additional` is written into it as it is."""
    date, scope = v4_times(at_s, day)
    headers = {"x-oss-date": date, "x-oss-content-sha256": "UNSIGNED-PAYLOAD", **(headers or {})}
    signature = v4_signature(cairn.root.secret, method, date, scope, resource, query or {}, headers)
    credential = f"Credential={cairn.root.key_id}/{scope}"
    headers["Authorization"] = f"OSS4-HMAC-SHA256 {credential}{additional},Signature={signature}"
    return exchange(cairn, method, target(resource, query or {}), headers, body)


def v4_link(cairn, method, resource, query=None, at_s=None, day=None, life_s=60, **more):
    """The path and query of a link."""
    date, scope = v4_times(at_s, day)
    link = {
        "x-oss-signature-version": "OSS4-HMAC-SHA256",
        "x-oss-credential": f"{cairn.root.key_id}/{scope}",
        "x-oss-date": date,
        "x-oss-expires": str(life_s),
        **(query or {}),
        **more,
    }
    signature = v4_signature(cairn.root.secret, method, date, scope, resource, link, {})
    return target(resource, {**link, "x-oss-signature": signature})


def md5(body):
    return base64.b64encode(hashlib.md5(body).digest()).decode()
