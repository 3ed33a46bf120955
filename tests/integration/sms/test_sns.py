"""The SNS adapters on moto's SNS, and on answers that moto never gives."""

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from moto import mock_aws
from moto.sns.models import sns_backends

from mfa.adapters.sms.sns import SnsProvider, SnsSender
from mfa.sms_ports import SmsAccount, SmsResult

pytestmark = pytest.mark.integration
REGION = "eu-central-1"
NUMBER = "+4915123456789"
TEXT = "123456 is your Example Corp code for vpn."


def make_client(service: str, config: Config) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("access", "secret")
    return session.create_client(service, REGION, config=config)


@pytest.fixture
def sns() -> Iterator[Any]:
    with mock_aws():
        yield sns_backends["123456789012"][REGION]


def sender(client: Any = make_client, **named: str | None) -> SnsSender:
    options: dict[str, Any] = {"max_price": "0.10", "sender_id": None, "origination_number": None, **named}
    return SnsSender(make_client=client, **options)


def test_a_message_is_taken_with_its_id(sns: Any) -> None:
    delivery = sender().send(NUMBER, TEXT)
    assert delivery.result is SmsResult.TAKEN
    assert sns.sms_messages == {delivery.message_id: (NUMBER, TEXT)}


class Recorder:
    """Stands for a client of SNS: remembers what it was asked, and answers as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.error = error

    def __call__(self, service: str, config: Config) -> "Recorder":
        assert service == "sns"
        assert vars(config)["retries"]["total_max_attempts"] == 1, "a second attempt could be a second message"
        return self

    def publish(self, **asked: Any) -> dict[str, str]:
        self.asked.append(asked)
        if self.error is not None:
            raise self.error
        return {"MessageId": "m-1"}


def test_each_message_is_transactional_and_has_a_price_limit() -> None:
    plain, full = Recorder(), Recorder()
    sender(plain).send(NUMBER, TEXT)
    sender(full, max_price="0.07", sender_id="EXAMPLE", origination_number="+18005550123").send(NUMBER, TEXT)
    (asked,) = plain.asked
    assert (asked["PhoneNumber"], asked["Message"]) == (NUMBER, TEXT)
    assert values(asked) == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.MaxPrice": "0.10"}
    assert asked["MessageAttributes"]["AWS.SNS.SMS.MaxPrice"]["DataType"] == "Number"
    assert values(full.asked[0]) == {
        "AWS.SNS.SMS.SMSType": "Transactional",
        "AWS.SNS.SMS.MaxPrice": "0.07",
        "AWS.SNS.SMS.SenderID": "EXAMPLE",
        "AWS.MM.SMS.OriginationNumber": "+18005550123",
    }


def values(asked: dict[str, Any]) -> dict[str, str]:
    return {name: one["StringValue"] for name, one in asked["MessageAttributes"].items()}


def refusal(code: str, text: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": text}}, "Publish")


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (refusal("OptedOut", f"{NUMBER} is opted out"), SmsResult.OPTED_OUT),
        (refusal("InvalidParameter", f"Phone number {NUMBER} is opted out"), SmsResult.OPTED_OUT),
        (refusal("InvalidParameter", f"{NUMBER} is not verified, account in SMS sandbox"), SmsResult.SANDBOX),
        (refusal("AuthorizationError", "No quota left for account"), SmsResult.SPEND_LIMIT),
        (refusal("Throttled", "Rate exceeded"), SmsResult.THROTTLED),
        (refusal("AuthorizationError", "not authorized to perform sns:Publish"), SmsResult.NOT_AUTHORISED),
        (refusal("InvalidParameter", f"Invalid parameter: PhoneNumber {NUMBER}"), SmsResult.NUMBER_REFUSED),
        (refusal("InternalError"), SmsResult.REFUSED),
        (ConnectTimeoutError(endpoint_url="https://sns"), SmsResult.UNREACHABLE),
        (EndpointConnectionError(endpoint_url="https://sns"), SmsResult.UNREACHABLE),
        (ParamValidationError(report="no"), SmsResult.UNREACHABLE),
        (ReadTimeoutError(endpoint_url="https://sns"), SmsResult.UNKNOWN),
    ],
)
def test_e12_what_sns_says_is_recognised_and_the_number_is_not_passed_on(error: Exception, result: SmsResult) -> None:
    client = Recorder(error)
    delivery = sender(client).send(NUMBER, TEXT)
    assert (delivery.result, delivery.message_id) == (result, None)
    assert delivery.detail
    for secret in (NUMBER, TEXT, "123456"):
        assert secret not in delivery.detail
    assert len(client.asked) == 1


class AsFarAsMotoGoes:
    """moto's SNS, which raises NotImplementedError where AWS would answer: here an error of the service."""

    def __init__(self, service: str, config: Config) -> None:
        self._client = make_client(service, config)

    def __getattr__(self, method: str) -> Any:
        if method in {"get_sms_sandbox_account_status", "list_origination_numbers"}:
            raise refusal("NotImplemented")
        return getattr(self._client, method)


def test_the_account_is_looked_at(sns: Any) -> None:
    make_client("sns", Config()).set_sms_attributes(
        attributes={"MonthlySpendLimit": "50", "DefaultSenderID": "EXAMPLE"}
    )
    account = SnsProvider(make_client=AsFarAsMotoGoes, region=REGION).look(NUMBER)
    assert (account.region, account.monthly_limit, account.default_sender_id) == (REGION, 50.0, "EXAMPLE")
    assert account.is_opted_out is False
    assert account.is_in_sandbox is None, "moto does not know it"
    assert account.faults == ("GetSMSSandboxAccountStatus: NotImplemented", "ListOriginationNumbers: NotImplemented")
    opted_out = SnsProvider(make_client=AsFarAsMotoGoes, region=REGION).look("+4915100000099")
    assert opted_out.is_opted_out is True, "moto has 99 at the end opted out"


class Account:
    """A client that answers as AWS documents it."""

    def __call__(self, _service: str, _config: Config) -> "Account":
        return self

    def get_sms_sandbox_account_status(self) -> dict[str, bool]:
        return {"IsInSandbox": True}

    def get_sms_attributes(self) -> dict[str, dict[str, str]]:
        return {"attributes": {}}

    def list_origination_numbers(self) -> dict[str, list[dict[str, str]]]:
        return {"PhoneNumbers": [{"PhoneNumber": "+18005550123"}]}

    def check_if_phone_number_is_opted_out(self, **_: str) -> dict[str, bool]:
        raise refusal("Throttled")


def test_what_aws_does_not_say_has_its_default_or_stays_unknown() -> None:
    assert SnsProvider(make_client=Account(), region=REGION).look(NUMBER) == SmsAccount(
        region=REGION,
        is_in_sandbox=True,
        monthly_limit=1.0,
        origination_numbers=("+18005550123",),
        faults=("CheckIfPhoneNumberIsOptedOut: Throttled",),
    )
