"""Notices and mail on AWS's own clients: SES and Lambda of moto, and answers that moto never gives."""

import json
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
from moto import mock_aws
from moto.ses.models import ses_backends

from mfa.adapters.notices.invocation import LambdaNotifier
from mfa.adapters.notices.ses import SesSender
from mfa.domain.notices import Notice
from mfa.notice_ports import MailResult, NoticeChannel
from send_notice.app import create_app
from tests.fakes.notices import RecordingNoticeTrail, RecordingNotifier
from tests.integration.sms.test_sns import REGION, make_client

pytestmark = pytest.mark.integration
SENDER, ADDRESS = "mfa@example.test", "alice@example.test"
NOTICE = Notice(notice_id="n-1", user_id="user-1", event="device_paired", at=1_700_000_000, subject="-device")


@pytest.fixture
def ses() -> Iterator[Any]:
    with mock_aws():
        session = botocore.session.get_session()
        session.set_credentials("access", "secret")
        session.create_client("sesv2", REGION).create_email_identity(EmailIdentity=SENDER)
        yield ses_backends["123456789012"][REGION]


class Refusing:
    """Stands for a client that answers with an error."""

    def __init__(self, error: Exception) -> None:
        self.error, self.asked = error, list[dict[str, Any]]()

    def __call__(self, _service: str, config: Config) -> "Refusing":
        assert vars(config)["retries"]["total_max_attempts"] == 1, "a second attempt could be a second mail"
        return self

    def _answer(self, **asked: Any) -> Any:
        self.asked.append(asked)
        raise self.error

    send_email = invoke = _answer


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": f"{ADDRESS} is refused"}}, "SendEmail")


def test_a_mail_is_taken_with_its_id(ses: Any) -> None:
    delivery = SesSender(make_client=make_client, sender=SENDER).send(ADDRESS, "A subject", "A text: ä")
    assert delivery.result is MailResult.TAKEN
    (mail,) = ses.sent_messages
    assert (mail.id, mail.source, mail.destinations["ToAddresses"]) == (delivery.message_id, SENDER, [ADDRESS])
    assert (mail.subject, mail.body) == ("A subject", "A text: ä")


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (refusal("TooManyRequestsException"), MailResult.THROTTLED),
        (refusal("MessageRejected"), MailResult.REFUSED),
        (refusal("SendingPausedException"), MailResult.SENDER_REFUSED),
        (refusal("AccessDeniedException"), MailResult.NOT_AUTHORISED),
        (ConnectTimeoutError(endpoint_url="https://email.test"), MailResult.UNREACHABLE),
        (ReadTimeoutError(endpoint_url="https://email.test"), MailResult.UNKNOWN),
    ],
)
def test_what_ses_says_becomes_a_word_and_never_quotes_the_address(error: Exception, result: MailResult) -> None:
    delivery = SesSender(make_client=Refusing(error), sender=SENDER).send(ADDRESS, "A subject", "A text")
    assert delivery.result is result
    assert ADDRESS not in delivery.detail


class Taking(Refusing):
    def __init__(self) -> None:
        super().__init__(AssertionError())

    def invoke(self, **asked: Any) -> Any:
        self.asked.append(asked)


def test_what_is_handed_on_is_what_the_function_reads() -> None:
    taking, told = Taking(), RecordingNotifier()
    LambdaNotifier(make_client=taking, function="send-notice", trail=RecordingNoticeTrail()).notify(NOTICE)
    (asked,) = taking.asked
    assert (asked["FunctionName"], asked["InvocationType"]) == ("send-notice", "Event")

    class Dispatch:
        send = staticmethod(told.notify)

    create_app(Dispatch(), lambda _: None)(json.loads(asked["Payload"]), None)
    assert told.notices == [NOTICE]


@pytest.mark.parametrize(
    "error", [refusal("ThrottlingException"), ReadTimeoutError(endpoint_url="https://lambda.test")]
)
def test_a_notice_that_cannot_be_handed_on_is_a_line_in_the_log_and_no_error(error: Exception) -> None:
    trail = RecordingNoticeTrail()
    LambdaNotifier(make_client=Refusing(error), function="send-notice", trail=trail).notify(NOTICE)
    (note,) = trail.notes
    assert (note.channel, note.was_taken) == (NoticeChannel.NONE, False)
    assert ADDRESS not in note.detail
