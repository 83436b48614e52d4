"""Signs calls by hand, for what the official clients cannot be made to send.

Written from the public documents ("Signature mechanism" of the RPC style, and "V3 request signature"), not from the
server; `test_signing.py` holds it against their worked examples.
"""

import base64
import datetime
import hashlib
import hmac
import uuid
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True)
class Credential:
    """A key pair, with its token when it is a temporary one."""

    key_id: str
    secret: str
    token: str | None = None


@dataclass
class SignedRequest:
    """What goes on the wire."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def encode(text):
    """RFC 3986, as both signatures want it."""
    return quote(str(text), safe="~")


def canonical_query(parameters):
    """Sorted by name in byte order, empty values included."""
    return "&".join(f"{encode(name)}={encode(parameters[name])}" for name in sorted(parameters))


def utc_now(offset_s=0):
    """The form of `Timestamp` and `x-acs-date`."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=offset_s)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def v1_signature(method, parameters, secret):
    """`Signature` of these parameters."""
    string_to_sign = f"{method}&%2F&{encode(canonical_query(parameters))}"
    digest = hmac.new(f"{secret}&".encode(), string_to_sign.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def v1_parameters(action, version, parameters, credential, *, method="GET", timestamp=None, nonce=None, fmt="JSON"):
    """All parameters of a V1 call, signed."""
    everything = {
        "Action": action,
        "Version": version,
        "Format": fmt,
        "AccessKeyId": credential.key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": nonce or uuid.uuid4().hex,
        "Timestamp": timestamp or utc_now(),
        **parameters,
    }
    if credential.token:
        everything["SecurityToken"] = credential.token
    everything["Signature"] = v1_signature(method, everything, credential.secret)
    return everything


def v1_request(action, version, parameters, credential, *, method="GET", host="cairn.test", **options):
    """A V1 call: everything in the query for GET, everything in the form for POST."""
    everything = v1_parameters(action, version, parameters, credential, method=method, **options)
    if method == "GET":
        return SignedRequest("GET", "/?" + canonical_query(everything), {"Host": host})
    headers = {"Host": host, "Content-Type": "application/x-www-form-urlencoded"}
    return SignedRequest("POST", "/", headers, canonical_query(everything).encode())


def v3_request(
    action, version, parameters, credential, *, host, in_body=False, timestamp=None, nonce=None, method="POST", extra=None
):
    """A V3 call, its parameters in the query or in a form body."""
    body = canonical_query(parameters).encode() if in_body else b""
    query = "" if in_body else canonical_query(parameters)
    content_hash = hashlib.sha256(body).hexdigest()
    signed = {
        "host": host,
        "x-acs-action": action,
        "x-acs-version": version,
        "x-acs-date": timestamp or utc_now(),
        "x-acs-signature-nonce": nonce or uuid.uuid4().hex,
        "x-acs-content-sha256": content_hash,
        **(extra or {}),
    }
    if in_body:
        signed["content-type"] = "application/x-www-form-urlencoded"
    if credential.token:
        signed["x-acs-accesskey-id"] = credential.key_id
        signed["x-acs-security-token"] = credential.token
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name].strip()}\n" for name in sorted(signed))
    canonical = f"{method}\n/\n{query}\n{lines}\n{names}\n{content_hash}"
    string_to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(credential.secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
    authorization = f"ACS3-HMAC-SHA256 Credential={credential.key_id},SignedHeaders={names},Signature={signature}"
    target = "/?" + query if query else "/"
    return SignedRequest(method, target, {**signed, "Authorization": authorization}, body)
