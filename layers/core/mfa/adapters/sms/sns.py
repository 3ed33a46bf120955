"""SmsSender and SmsProvider on Amazon SNS. What SNS takes is not delivered yet; what became of it stands in its own
delivery logs, under the message id that the audit record names.

SNS tells little: a number that opted out, or a month whose budget is spent, is mostly "taken". What it does tell is
recognised by its code, and by a word of its text where the code is too broad. The text itself is not passed on: it may
quote the number.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)

from mfa.sms_ports import SmsAccount, SmsDelivery, SmsResult

# A person and a RADIUS client wait. Not tried again: the first attempt may have been a message.
_CONFIG: Final = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 1})
_LOOKING: Final = Config(connect_timeout=2, read_timeout=3, retries={"total_max_attempts": 2, "mode": "standard"})
_NEVER_SENT: Final = (ConnectTimeoutError, EndpointConnectionError, ParamValidationError)
_BY_CODE: Final[Mapping[str, SmsResult]] = {
    "OptedOut": SmsResult.OPTED_OUT,
    "OptedOutException": SmsResult.OPTED_OUT,
    "Throttled": SmsResult.THROTTLED,
    "ThrottledException": SmsResult.THROTTLED,
    "Throttling": SmsResult.THROTTLED,
    "ThrottlingException": SmsResult.THROTTLED,
    "TooManyRequestsException": SmsResult.THROTTLED,
    "AuthorizationError": SmsResult.NOT_AUTHORISED,
    "AuthorizationErrorException": SmsResult.NOT_AUTHORISED,
    "AccessDenied": SmsResult.NOT_AUTHORISED,
    "AccessDeniedException": SmsResult.NOT_AUTHORISED,
    "InvalidParameter": SmsResult.NUMBER_REFUSED,
    "InvalidParameterException": SmsResult.NUMBER_REFUSED,
    "InvalidParameterValue": SmsResult.NUMBER_REFUSED,
    "ParameterValueInvalid": SmsResult.NUMBER_REFUSED,
}
_BY_WORD: Final = (
    (re.compile(r"opt(ed)?[ -]?out", re.IGNORECASE), SmsResult.OPTED_OUT),
    (re.compile(r"sandbox", re.IGNORECASE), SmsResult.SANDBOX),
    (re.compile(r"spend|quota", re.IGNORECASE), SmsResult.SPEND_LIMIT),
)

type ClientMaker = Callable[[str, Config], Any]


class SnsSender:
    """``make_client`` makes a client of an AWS service. ``max_price`` is US dollars in decimal digits; ``sender_id``
    and ``origination_number`` are None where the country's default will do."""

    def __init__(
        self, *, make_client: ClientMaker, max_price: str, sender_id: str | None, origination_number: str | None
    ) -> None:
        self._make_client = make_client
        values = {
            "AWS.SNS.SMS.SMSType": "Transactional",
            "AWS.SNS.SMS.MaxPrice": max_price,
            "AWS.SNS.SMS.SenderID": sender_id,
            "AWS.MM.SMS.OriginationNumber": origination_number,
        }
        self._attributes = {
            name: {"DataType": "Number" if name.endswith("MaxPrice") else "String", "StringValue": value}
            for name, value in values.items()
            if value is not None
        }

    def send(self, number: str, text: str) -> SmsDelivery:
        try:
            answer = self._sns.publish(PhoneNumber=number, Message=text, MessageAttributes=self._attributes)
        except ClientError as error:
            return _refusal(error)
        except _NEVER_SENT as error:
            return SmsDelivery(result=SmsResult.UNREACHABLE, detail=f"SNS cannot be reached: {type(error).__name__}")
        except BotoCoreError as error:
            return SmsDelivery(result=SmsResult.UNKNOWN, detail=f"SNS did not answer: {type(error).__name__}")
        return SmsDelivery(result=SmsResult.TAKEN, message_id=str(answer["MessageId"]))

    @cached_property
    def _sns(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        return self._make_client("sns", _CONFIG)


class SnsProvider:
    def __init__(self, *, make_client: ClientMaker, region: str) -> None:
        self._make_client = make_client
        self._region = region

    def look(self, number: str | None) -> SmsAccount:
        account, faults = SmsAccount(region=self._region), list[str]()
        with _noting(faults, "GetSMSSandboxAccountStatus"):
            account = replace(account, is_in_sandbox=bool(self._sns.get_sms_sandbox_account_status()["IsInSandbox"]))
        with _noting(faults, "GetSMSAttributes"):
            attributes = self._sns.get_sms_attributes()["attributes"]
            account = replace(
                account,
                monthly_limit=float(attributes.get("MonthlySpendLimit") or 1),
                default_sender_id=attributes.get("DefaultSenderID") or None,
            )
        with _noting(faults, "ListOriginationNumbers"):
            listed = self._sns.list_origination_numbers()["PhoneNumbers"]
            account = replace(account, origination_numbers=tuple(str(one["PhoneNumber"]) for one in listed))
        if number is not None:
            with _noting(faults, "CheckIfPhoneNumberIsOptedOut"):
                answer = self._sns.check_if_phone_number_is_opted_out(phoneNumber=number)
                account = replace(account, is_opted_out=bool(answer["isOptedOut"]))
        return replace(account, faults=tuple(faults))

    @cached_property
    def _sns(self) -> Any:  # noqa: ANN401 -- as above
        return self._make_client("sns", _LOOKING)


@contextmanager
def _noting(faults: list[str], asked: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        faults.append(f"{asked}: {_code(error)}")
    except BotoCoreError as error:
        faults.append(f"{asked}: {type(error).__name__}")


def _refusal(error: ClientError) -> SmsDelivery:
    code, text = _code(error), str(error.response.get("Error", {}).get("Message"))
    by_word = next((result for word, result in _BY_WORD if word.search(text)), None)
    return SmsDelivery(result=by_word or _BY_CODE.get(code, SmsResult.REFUSED), detail=f"SNS refused it: {code}")


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
