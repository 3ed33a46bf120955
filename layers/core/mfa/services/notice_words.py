"""Of which changes a person is told, and in which words. What is not in the table is nobody's alarm: a rename, a code
that was issued, a refused confirmation."""

from collections.abc import Mapping
from typing import Final

from mfa.services.enrollment_events import SubscriberEvent

NOTICE_WORDS: Final[Mapping[str, str]] = {
    SubscriberEvent.CODE_REDEEMED: "An enrolment code of yours was used",
    SubscriberEvent.FACTOR_ACTIVATED: "An authenticator was added",
    SubscriberEvent.FACTOR_REMOVED: "An authenticator was removed",
    SubscriberEvent.TOKEN_ASSIGNED: "A hardware token was assigned to you",
    SubscriberEvent.TOKEN_TAKEN_BACK: "A hardware token was taken from you",
    SubscriberEvent.TOKEN_CLAIMED: "A hardware token was added",
    SubscriberEvent.RECOVERY_CODES_MADE: "New recovery codes were made, the old ones are void",
    SubscriberEvent.RECOVERY_CODE_USED: "A recovery code was used",
    SubscriberEvent.BYPASS_CODE_MADE: "A bypass code was made for you",
    SubscriberEvent.BYPASS_CODE_USED: "A bypass code of yours was used",
    SubscriberEvent.DEVICE_PAIRED: "A device was paired",
    SubscriberEvent.DEVICE_REMOVED: "A device was removed",
    SubscriberEvent.DEVICE_PASSKEY_ADDED: "A passkey was added to a device",
    SubscriberEvent.PHONE_CONFIRMED: "A phone number was added",
    SubscriberEvent.PHONE_REMOVED: "A phone number was removed",
    SubscriberEvent.PUSH_UNMUTED: "Sign-in requests were turned on again",
    SubscriberEvent.EMAIL_CHANGED: "The e-mail address for notices was changed",
}
_SUBJECTS: Final = ("device_id", "phone_id", "factor_id", "email")


def subject_in(details: Mapping[str, str]) -> str:
    """What has changed, by the details of the audit record."""
    return next((details[name] for name in _SUBJECTS if name in details), "")
