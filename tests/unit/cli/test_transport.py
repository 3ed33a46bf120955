"""Where the command may send something, and what it says of the host."""

from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from gatehouse.deployment import Target
from gatehouse.enrollment_api import Signed
from gatehouse.errors import CommandError
from gatehouse.output import moment, printable
from gatehouse.transport import base_url, is_loopback


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("abc.execute-api.localhost", True),
        ("10.0.0.1", False),
        ("localhost.example.test", False),
        ("notlocalhost", False),
        ("example.test", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to refuse
    ],
)
def test_plain_http_is_for_this_machine_only(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    url = f"http://[{host}]:80" if ":" in host else f"http://{host}:80"
    if loopback:
        assert base_url(f"{url}/") == url
    else:
        with pytest.raises(CommandError, match="must begin with https"):
            base_url(url)


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://a1b2.execute-api.eu-west-1.amazonaws.com", "eu-west-1"),
        ("https://a1b2.execute-api.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("https://mfa.example.test", "us-west-2"),
        ("https://a1b2.execute-api.eu-west-1.amazonaws.com.evil.example.test", "us-west-2"),
    ],
)
def test_the_region_is_that_of_the_host_or_as_configured(
    url: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-west-2")
    assert Target(url).region() == region


def test_a_region_that_nobody_names_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(CommandError, match="AWS_REGION"):
        Target("https://mfa.example.test").region()


def test_a_signature_covers_method_path_and_body() -> None:
    ready = {
        "region": "eu-west-1",
        "aws_credentials": {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "a secret"},
    }
    signed = Signed(Target("https://api.example.test", ready))
    url = "https://api.example.test/v1/admin/users/CORP%5Calice"

    def signature(method: str, path: str, body: bytes) -> str:
        headers = signed.headers(method, path, {"Content-Type": "application/json"}, body)
        request = AWSRequest(method, path, data=body, headers={"Content-Type": "application/json"})
        request.headers["X-Amz-Date"] = headers["X-Amz-Date"]
        request.context["timestamp"] = headers["X-Amz-Date"]
        signer = SigV4Auth(Credentials("AKIAEXAMPLE", "a secret"), "execute-api", "eu-west-1")
        expected = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
        sent = headers["Authorization"].rpartition("=")[2]
        assert sent == expected
        return sent

    assert (
        len(
            {
                signature("PUT", url, b"{}"),
                signature("POST", url, b"{}"),
                signature("PUT", url + "x", b"{}"),
                signature("PUT", url, b""),
            }
        )
        == 4
    )


def test_what_does_not_print_is_escaped() -> None:
    assert printable("Zoë 山 ok") == "Zoë 山 ok"
    assert printable("\x1b[2J\r\n\t\u202e\x9b") == "\\x1b[2J\\r\\n\\t\\u202e\\x9b"


def test_a_moment_is_shown_in_utc() -> None:
    assert moment(int(datetime(2026, 1, 31, 9, 30, tzinfo=UTC).timestamp())) == "2026-01-31 09:30:00 UTC"
    assert moment(None) == "never"
