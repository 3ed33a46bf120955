"""What the audit trail says of subscribers and their factors: one word per change."""

from enum import StrEnum
from typing import Final

SUBSCRIBER_ACTOR: Final = "subscriber"  # the actor of every change that users make themselves


class SubscriberEvent(StrEnum):
    CREATED = "subscriber_created"
    REMOVED = "subscriber_removed"
    UNLOCKED = "subscriber_unlocked"
    RENAMED = "subscriber_renamed"
    ENABLED = "subscriber_enabled"
    DISABLED = "subscriber_disabled"
    EMAIL_CHANGED = "subscriber_email_changed"
    INVITED = "subscriber_invited"  # an enrolment code was sent
    CODE_ISSUED = "enrollment_code_issued"
    CODE_REDEEMED = "enrollment_code_redeemed"
    SIGNED_IN = "portal_signed_in"  # the login's own record has the rest
    SESSION_ENDED = "enrollment_session_ended"
    FACTOR_STARTED = "factor_started"
    FACTOR_CONFIRMATION_REFUSED = "factor_confirmation_refused"
    FACTOR_ACTIVATED = "factor_activated"
    FACTOR_RENAMED = "factor_renamed"
    FACTOR_REMOVED = "factor_removed"
    TOKEN_ASSIGNED = "token_assigned"  # noqa: S105 -- an event
    TOKEN_TAKEN_BACK = "token_taken_back"  # noqa: S105 -- an event
    TOKEN_CLAIMED = "token_claimed"  # noqa: S105 -- an event
    TOKEN_CLAIM_REFUSED = "token_claim_refused"  # noqa: S105 -- an event
    TOKEN_RESYNCED = "token_resynced"  # noqa: S105 -- an event
    TOKEN_RESYNC_REFUSED = "token_resync_refused"  # noqa: S105 -- an event
    RECOVERY_CODES_MADE = "recovery_codes_made"  # the old ones are void
    RECOVERY_CODE_USED = "recovery_code_used"
    BYPASS_CODE_MADE = "bypass_code_made"
    BYPASS_CODE_USED = "bypass_code_used"
    BYPASS_CODE_REVOKED = "bypass_code_revoked"
    DEVICE_PAIRED = "device_paired"
    DEVICE_RENAMED = "device_renamed"
    DEVICE_MOVED = "device_moved"
    DEVICE_REMOVED = "device_removed"
    DEVICE_PASSKEY_ADDED = "device_passkey_added"
    PHONE_ADDED = "phone_added"  # a code was sent to it; it does not count yet
    PHONE_CONFIRMATION_REFUSED = "phone_confirmation_refused"
    PHONE_CONFIRMED = "phone_confirmed"
    PHONE_CHANGED = "phone_changed"
    PHONE_REMOVED = "phone_removed"
    PUSH_REPORTED = "push_reported"  # a prompt that the user did not ask for: somebody should look into it
    CALL_REPORTED = "call_reported"  # the same by the keys of a phone call
    PUSH_UNMUTED = "push_unmuted"


class InventoryEvent(StrEnum):
    """Of the tokens that nobody has yet; the subject is the import."""

    IMPORT_STARTED = "token_import_started"
    IMPORT_COMPLETED = "token_import_completed"
    IMPORT_ABANDONED = "token_import_abandoned"
