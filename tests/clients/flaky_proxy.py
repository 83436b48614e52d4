"""A way to a server on which requests and answers are lost; with a certificate it is TLS up to here."""

import http.client
import json
import random
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def too_much(authorization):
    """A refusal as each service words it: status, type, body."""
    if authorization.startswith(("LOG ", "SLS4")):
        refusal = {"errorCode": "WriteQuotaExceed", "errorMessage": "slow down"}
        return 403, "application/json", json.dumps(refusal).encode()
    refusal = b"<Error><Code>ServiceUnavailable</Code><Message>slow down</Message></Error>"
    return 503, "application/xml", refusal


class FlakyProxy:
    """Of a hundred requests so many are lost on their way, refused as too many, or done and not answered."""

    def __init__(self, server, seed=1, certificate=None):
        self.lost = self.throttled = self.unanswered = 0
        self.dice, self.counts = random.Random(seed), {"lost": 0, "throttled": 0, "unanswered": 0, "done": 0}
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def carry(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                thrown = proxy.dice.randrange(100)
                if thrown < proxy.lost:
                    return self.hang_up("lost")
                if thrown < proxy.lost + proxy.throttled:
                    proxy.counts["throttled"] += 1
                    status, kind, refusal = too_much(self.headers.get("Authorization") or "")
                    self.send_response(status)
                    self.send_header("Content-Type", kind)
                    self.send_header("Content-Length", str(len(refusal)))
                    self.end_headers()
                    return self.wfile.write(refusal)
                connection = http.client.HTTPConnection(server.address, timeout=30)
                try:
                    connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        connection.putheader(name, value)
                    connection.endheaders(body)
                    answer = connection.getresponse()
                    content = answer.read()
                except OSError:
                    return self.hang_up("lost")
                finally:
                    connection.close()
                if thrown < proxy.lost + proxy.throttled + proxy.unanswered:
                    return self.hang_up("unanswered")
                proxy.counts["done"] += 1
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in ("transfer-encoding", "connection", "content-length", "date", "server"):
                        self.send_header(name, value)
                length = answer.getheader("Content-Length") if self.command == "HEAD" else None
                self.send_header("Content-Length", length or str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def hang_up(self, why):
                proxy.counts[why] += 1
                self.close_connection = True

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = carry

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.chain, certificate.key)
            # The hand is shaken by the thread of the connection.
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        scheme = "https" if certificate else "http"
        self.endpoint = f"{scheme}://127.0.0.1:{self.server.server_address[1]}"

    def misbehave(self, lost=0, throttled=0, unanswered=0):
        self.lost, self.throttled, self.unanswered = lost, throttled, unanswered

    def close(self):
        self.server.shutdown()
        self.server.server_close()
