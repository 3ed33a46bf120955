"""SigV4 against botocore, the oracle: same request, same moment, same signature."""

from datetime import UTC, datetime
from unittest.mock import patch

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from radius_edge.gateway.signing import AwsCredentials, SignedRoute

DAY = 86_400
START = 1_790_000_000


def botocores(method: str, path: str, body: bytes, now: float, token: str | None, region: str) -> str:
    headers = {"Host": "api.example.test"} | ({"Content-Type": "application/json"} if method == "POST" else {})
    request = AWSRequest(method, f"https://api.example.test{path}", headers, body)
    moment = datetime.fromtimestamp(int(now), UTC)
    signer = botocore.auth.SigV4Auth(Credentials("AKIDEXAMPLE", "secret", token), "execute-api", region)
    with patch("botocore.auth.get_current_datetime", return_value=moment):
        signer.add_auth(request)
    return str(request.headers["Authorization"])


def ours(route: SignedRoute, body: bytes, now: float) -> dict[str, str]:
    lines = route.head(body, now).split("\r\n")
    assert lines.pop() == ""
    return {name: value for name, _, value in (line.partition(": ") for line in lines[1:])}


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize(("method", "path"), [("POST", "/v1/logins"), ("GET", "/v1/clients"), ("GET", "/a~b_c-d.e/v1")])
@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-east-1"])
def test_the_signature_is_botocores(token: str | None, method: str, path: str, region: str) -> None:
    credentials = AwsCredentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret", session_token=token)
    route = SignedRoute(method, "api.example.test", path, region, credentials)
    # The same second twice, the next one, the next day and back: what is cached must never be stale.
    for now in (START, START + 0.7, START + 1, START + DAY, START + 30 * DAY, START):
        for body in (b"", b'{"a":1}', "ü".encode()) if method == "POST" else (b"",):
            headers = ours(route, body, now)
            assert headers["Authorization"] == botocores(method, path, body, now, token, region)
            assert headers["X-Amz-Date"] == datetime.fromtimestamp(int(now), UTC).strftime("%Y%m%dT%H%M%SZ")
            assert headers.get("X-Amz-Security-Token") == token


def test_the_request_line_and_host_come_first() -> None:
    credentials = AwsCredentials(access_key_id="AKIDEXAMPLE", secret_access_key="secret")
    head = SignedRoute("POST", "api.example.test", "/v1/logins", "eu-west-1", credentials).head(b"{}", START)
    assert head.startswith("POST /v1/logins HTTP/1.1\r\nHost: api.example.test\r\nContent-Type: application/json\r\n")


def test_credentials_show_only_their_id() -> None:
    shown = repr(AwsCredentials(access_key_id="AKIDEXAMPLE", secret_access_key="canary", session_token="canary"))
    assert "AKIDEXAMPLE" in shown
    assert "canary" not in shown
