"""MailSender on Amazon SES. What SES says may quote the address, so only its code is passed on."""

from collections.abc import Callable, Mapping
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

from mfa.notice_ports import MailDelivery, MailResult

# Not tried again: the first attempt may have been a mail.
_CONFIG: Final = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1})
_NEVER_SENT: Final = (ConnectTimeoutError, EndpointConnectionError, ParamValidationError)
_BY_CODE: Final[Mapping[str, MailResult]] = {
    "TooManyRequestsException": MailResult.THROTTLED,
    "LimitExceededException": MailResult.THROTTLED,
    "ThrottlingException": MailResult.THROTTLED,
    "Throttling": MailResult.THROTTLED,
    "MailFromDomainNotVerifiedException": MailResult.SENDER_REFUSED,
    "AccountSuspendedException": MailResult.SENDER_REFUSED,
    "SendingPausedException": MailResult.SENDER_REFUSED,
    "AccessDeniedException": MailResult.NOT_AUTHORISED,
    "AccessDenied": MailResult.NOT_AUTHORISED,
}

type ClientMaker = Callable[[str, Config], Any]


class SesSender:
    """``make_client`` makes a client of an AWS service; ``sender`` is the verified address that mail comes from."""

    def __init__(self, *, make_client: ClientMaker, sender: str) -> None:
        self._make_client = make_client
        self._sender = sender

    def send(self, address: str, subject: str, text: str) -> MailDelivery:
        content = {"Subject": _utf8(subject), "Body": {"Text": _utf8(text)}}
        try:
            answer = self._ses.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={"Simple": content},
            )
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            result = _BY_CODE.get(code, MailResult.REFUSED)
            return MailDelivery(result=result, detail=f"SES refused it: {code}")
        except _NEVER_SENT as error:
            return MailDelivery(result=MailResult.UNREACHABLE, detail=f"SES cannot be reached: {type(error).__name__}")
        except BotoCoreError as error:
            return MailDelivery(result=MailResult.UNKNOWN, detail=f"SES did not answer: {type(error).__name__}")
        return MailDelivery(result=MailResult.TAKEN, message_id=str(answer["MessageId"]))

    @cached_property
    def _ses(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        return self._make_client("sesv2", _CONFIG)


def _utf8(text: str) -> Mapping[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
