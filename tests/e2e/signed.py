"""HTTP calls to the deployed APIs, signed as an AWS SDK signs them, or deliberately not."""

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.credentials import REGION, AwsCredentials


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def call(
    method: str,
    url: str,
    *,
    by: AwsCredentials | None = None,
    json_body: object = None,
    headers: dict[str, str] | None = None,
    send_instead: bytes | None = None,
) -> HttpAnswer:
    """``by`` signs; ``send_instead`` replaces the body after signing, as somebody on the way would."""
    body = b"" if json_body is None else json.dumps(json_body).encode()
    given = {"Content-Type": "application/json", **(headers or {})}
    if by is not None:
        request = AWSRequest(method, url, data=body, headers=given)
        SigV4Auth(Credentials(by.access_key_id, by.secret_access_key), "execute-api", REGION).add_auth(request)
        given = dict(request.headers.items())
    return _send(method, url, given, body if send_instead is None else send_instead)


def _send(method: str, url: str, headers: dict[str, str], body: bytes) -> HttpAnswer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    try:
        connection.request(method, parts.path, body=body, headers=headers)
        answer = connection.getresponse()
        return HttpAnswer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()
