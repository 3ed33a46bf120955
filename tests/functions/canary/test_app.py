"""The function that a schedule calls every minute, with the real adapters around clients of AWS that answer here."""

import base64
import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from canary.app import CanaryBrokenError, create_app
from mfa.adapters.canary.carrier import LambdaCarrier
from mfa.adapters.canary.log import LoggedCanary
from mfa.adapters.canary.secrets import StoredCanarySecrets
from mfa.canary_ports import CanaryReport
from mfa.errors import UnavailableError
from tests.fakes.faults import unwatched


class OneAnswer:
    """A client of AWS that answers, or raises, the same to everything."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, _operation: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.asked.append(arguments)
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


def secrets(answer: Any) -> StoredCanarySecrets:
    return StoredCanarySecrets(make_client=lambda _name, _config: OneAnswer(answer), secret="gatehouse/canary")


def carrier(answer: Any) -> LambdaCarrier:
    return LambdaCarrier(make_client=lambda _name, _config: OneAnswer(answer), function="udp-probe")


def payload(answer: Any) -> dict[str, Any]:
    return {"Payload": io.BytesIO(json.dumps(answer).encode())}


REFUSED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "x"}}, "GetSecretValue")


def test_the_secret_is_read_and_not_shown() -> None:
    stored = {"shared_secret": "0123456789abcdef", "totp_secret": "JBSWY3DPEHPK3PXP"}
    read = secrets({"SecretString": json.dumps(stored)}).read()
    assert (read.shared_secret, read.seed) == (b"0123456789abcdef", base64.b32decode("JBSWY3DPEHPK3PXP"))
    assert "0123456789abcdef" not in repr(read)


@pytest.mark.parametrize(
    "answer",
    [
        {"SecretString": "{}"},
        {"SecretString": "no json"},
        {"SecretString": '{"shared_secret":"0123456789abcdef","totp_secret":"???"}'},
        {},
        REFUSED,
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_a_secret_that_is_none_is_said_without_quoting_it(answer: Any) -> None:
    with pytest.raises(UnavailableError) as raised:
        secrets(answer).read()
    assert "0123456789abcdef" not in str(raised.value)


def test_a_datagram_goes_out_as_udp_probe_wants_it_and_comes_back() -> None:
    client = OneAnswer(payload({"reply": base64.b64encode(b"pong").decode(), "milliseconds": 7}))
    carried = LambdaCarrier(make_client=lambda _name, _config: client, function="udp-probe").carry(1, b"ping", 3)
    assert (carried.reply, carried.milliseconds) == (b"pong", 7)
    assert json.loads(client.asked[0]["Payload"]) == {"target": 1, "datagram": "cGluZw==", "seconds": 3}


@pytest.mark.parametrize(
    "answer",
    [
        payload({"errorType": "RefusedEventError"}) | {"FunctionError": "Unhandled"},
        payload([]),
        payload({"reply": "?", "milliseconds": 1}),
        REFUSED,
        ReadTimeoutError(endpoint_url="x"),
    ],
)
def test_what_cannot_be_carried_is_a_fault(answer: Any) -> None:
    with pytest.raises(UnavailableError):
        carrier(answer).carry(0, b"ping", 3)


def test_a_failure_is_a_metric_and_an_alarm_for_the_bus(capfd: pytest.CaptureFixture[str]) -> None:
    log = LoggedCanary(service_name="canary-test", metrics_namespace="Gatehouse")
    log.tried(CanaryReport(fault=None, milliseconds=31))
    log.tried(CanaryReport(fault="the edge's address A rejected the login", milliseconds=None))
    passed, counted, failed, counted_again = map(json.loads, capfd.readouterr().out.splitlines())
    assert "gatehouse_record" not in passed
    assert (counted["CanaryFailed"], counted["CanaryTime"]) == ([0.0], [31.0])
    assert (failed["gatehouse_record"], failed["event"]) == ("alarm", "canary_failed")
    assert counted_again["CanaryFailed"] == [1.0]
    assert "CanaryTime" not in counted_again


class Fixed:
    def __init__(self, report: CanaryReport | Exception) -> None:
        self.report = report

    def sing(self) -> CanaryReport:
        if isinstance(self.report, Exception):
            raise self.report
        return self.report


def test_the_function_says_whether_it_passed() -> None:
    assert create_app(Fixed(CanaryReport(fault=None, milliseconds=3)), unwatched)({}, None)["passed"] is True
    assert create_app(Fixed(CanaryReport(fault="x", milliseconds=3)), unwatched)({}, None)["passed"] is False


def test_a_canary_that_is_broken_itself_is_a_failed_invocation() -> None:
    reported = list[BaseException]()
    with pytest.raises(CanaryBrokenError):
        create_app(Fixed(RuntimeError("secret")), reported.append)({}, None)
    assert len(reported) == 1
