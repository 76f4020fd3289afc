"""ecs_client.py - signed ECS calls over one kept connection; about a millisecond each."""
import configparser
import datetime
import hashlib
import hmac
import http.client
import json
import select
import ssl

TARGET = "AmazonEC2ContainerServiceV20141113."
SIGNED = "content-type;host;x-amz-date;x-amz-target"


class CallError(Exception):
    """A call that was answered with a failure; the text is what it said."""


def signed_with(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


class EcsClient:
    """host is host:port, credentials the file in the shared credentials' format.

    authority: PEM file of who vouches for the host; https then, else http.
    """

    def __init__(self, host, region, credentials, authority=None):
        keys = configparser.ConfigParser()
        keys.read(credentials)
        self._id = keys["default"]["aws_access_key_id"]
        self._secret = keys["default"]["aws_secret_access_key"]
        self._host, self._region = host, region
        self._connection = http.client.HTTPConnection(host, timeout=120)
        if authority:
            context = ssl.create_default_context(cafile=authority)
            self._connection = http.client.HTTPSConnection(host, timeout=120, context=context)

    def _headers(self, operation, body):
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        headers = {"content-type": "application/x-amz-json-1.1", "host": self._host,
                   "x-amz-date": now, "x-amz-target": TARGET + operation}
        canonical = "\n".join(["POST", "/", "",
                               *(f"{name}:{headers[name]}" for name in SIGNED.split(";")), "",
                               SIGNED, hashlib.sha256(body).hexdigest()])
        scope = f"{now[:8]}/{self._region}/ecs/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", now, scope,
                          hashlib.sha256(canonical.encode()).hexdigest()])
        key = f"AWS4{self._secret}".encode()
        for part in scope.split("/"):
            key = signed_with(key, part)
        headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={self._id}/{scope}, "
                                    f"SignedHeaders={SIGNED}, "
                                    f"Signature={signed_with(key, text).hex()}")
        return headers

    def _let_go_if_ended(self):
        """The server ends a connection that was idle; the next request then opens another."""
        if self._connection.sock and select.select([self._connection.sock], [], [], 0)[0]:
            self._connection.close()

    def call(self, operation, **members):
        body = json.dumps(members).encode()
        self._let_go_if_ended()
        self._connection.request("POST", "/", body, self._headers(operation, body))
        answer = self._connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise CallError(f"{operation}: {answer.status} {said.decode(errors='replace')}")
        return json.loads(said)

    def close(self):
        self._connection.close()
