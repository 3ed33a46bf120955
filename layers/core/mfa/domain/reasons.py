"""Why a login was rejected. The reason goes into the audit record and metrics, never on the wire."""

from enum import StrEnum


class RejectReason(StrEnum):
    PROBE_NAME = "probe_name"  # the client's health probe, answered at once
    NAME_REFUSED = "name_refused"  # no user can have that name
    UNKNOWN_USER = "unknown_user"
    DISABLED = "disabled"
    KNOWN_BY_ANOTHER_NAME = (
        "known_by_another_name"  # nobody has the name here, but one with a factor is the same person
    )
    NOT_ENROLLED = "not_enrolled"  # no active factor that could take this text
    NOT_A_CODE = "not_a_code"  # the text is nothing that may be typed
    FACTOR_NOT_OFFERED = "factor_not_offered"  # a word for a factor that this client or deployment does not offer
    RATE_LIMITED = "rate_limited"  # too many texts from this source that are nothing that may be typed
    PROTOCOL_NOT_ALLOWED = "protocol_not_allowed"  # not one of the client's protocols
    UNKNOWN_STATE = "unknown_state"  # a State attribute that answers no challenge of ours
    WRONG_CODE = "wrong_code"
    CODE_USED = "code_used"  # right, but its time step or counter, or a later one, was used already
    CODE_FAR_OFF = "code_far_off"  # right for a token that has run away from us: the next code brings it back
    BYPASS_EXPIRED = "bypass_expired"  # the right bypass code, but its time is over
    EXPIRED = "expired"  # nobody answered in time
    LOCKED = "locked"  # too many failures; opens by itself
    LOCKED_HARD = "locked_hard"  # too many consecutive failures; an admin unlocks
    UNKNOWN_CLIENT = "unknown_client"
    FOREIGN_CLIENT = "foreign_client"  # the edge that asks may not decide for this client
    MESSAGE_AUTHENTICATOR_MISSING = "message_authenticator_missing"  # though it is required: dropped
    STALE_CONFIGURATION = "stale_configuration"  # the edge works by a revision that is no longer valid
    LOGIN_ID_REUSED = "login_id_reused"  # one login id, two texts: not a retransmission
    REPLAY_EXPIRED = "replay_expired"  # a known packet came back after its replay window
    UNAVAILABLE = "unavailable"  # a dependency failed: fail closed
    TOO_LATE = "too_late"  # the deadline passed before the decision could be stored

    # ---- by the policy
    POLICY_DENIED = "policy_denied"  # the first rule that matches says no
    NO_POLICY_MATCHES = "no_policy_matches"  # there are rules for this client, and none is for this login
    NO_AUTOMATIC_FACTOR = (
        "no_automatic_factor"  # nothing was typed that is a factor, and none can be chosen for the user
    )

    # ---- by message
    SMS_SENT = "sms_sent"  # a code was sent, and is typed at the next try
    SMS_SENT_BEFORE = "sms_sent_before"  # for this very login: no second one
    SMS_ASKED_BEFORE = "sms_asked_before"  # by this very packet, through another edge
    SMS_UNCONFIRMED = "sms_unconfirmed"  # nobody knows whether it was sent; its code counts
    SMS_FAILED = "sms_failed"  # it could not be sent, and its code is void; ``fault`` says why
    SMS_RATIONED = "sms_rationed"  # too many messages since the last success; heals by itself
    SMS_CAPPED = "sms_capped"  # too many to this number, prefix or from this client; ``fault`` says which
    SMS_BUDGET_SPENT = "sms_budget_spent"  # of the deployment's day: worth an alarm
    SMS_COUNTRY_REFUSED = "sms_country_refused"  # not one of the countries that get messages (any more)
    NO_PHONE = "no_phone"  # the user has no such number, or none that is reached that way
    CODE_EXPIRED = "code_expired"  # the code that was sent, too late
    CODE_VOID = "code_void"  # the code that was sent, after a newer one, five guesses, a success or the phone's removal
    CODE_OF_ANOTHER_CLIENT = "code_of_another_client"  # the code that was sent for a login elsewhere

    # ---- by call
    CALLS_NOT_DEPLOYED = "calls_not_deployed"  # this deployment has no Amazon Connect to call by
    CALL_OPEN = "call_open"  # another prompt or call of this user waits, and this packet does not belong to it
    CALL_ENDED = "call_ended"  # it belongs to a call that has ended: no second one for the same login
    CALL_RATIONED = "call_rationed"  # too many prompts and calls since the last success; heals by itself
    CALL_MUTED = "call_muted"  # the user has reported a prompt or call; an administrator lifts it
    CALL_UNAVAILABLE = "call_unavailable"  # the call could not be started
    CALL_FAILED = "call_failed"  # Connect did not take it; ``fault`` says why
    CALL_CAPPED = "call_capped"  # too many to this number, prefix or from this client; ``fault`` says which
    CALL_BUDGET_SPENT = "call_budget_spent"  # of the deployment's day: worth an alarm
    CALL_COUNTRY_REFUSED = "call_country_refused"  # not one of the countries that are called (any more)

    # ---- by push
    NO_DEVICE = "no_device"  # the user has no such device that could be asked
    NUMBER_MISSING = "number_missing"  # this client wants a number typed with the word: push 47
    NUMBER_REUSED = "number_reused"  # one of the user's last five: whoever saw one could approve along
    PASSKEY_MISSING = "passkey_missing"  # this client wants a passkey, and the device has none
    PUSH_OPEN = "push_open"  # another prompt of this user waits, and this packet does not belong to it
    PUSH_ENDED = "push_ended"  # it belongs to a prompt that has ended: no second one for the same login
    PUSH_RATIONED = "push_rationed"  # too many prompts since the last success; heals by itself
    PUSH_MUTED = "push_muted"  # the user has reported a prompt; an administrator lifts it
    PUSH_UNAVAILABLE = "push_unavailable"  # the prompt could not be started
    DENIED = "denied"  # the person said no
    WRONG_NUMBER = "wrong_number"  # on the phone another number was entered than typed: one guess
    REPORTED = "reported"  # the person said that it was somebody else
    CANCELLED = "cancelled"

    # ---- by the directory; "account" is the one there
    PASSWORD_MISSING = "password_missing"  # noqa: S105 -- a reason. The text cannot be split, or one part is empty
    PASSWORD_NEEDS_PAP = "password_needs_pap"  # noqa: S105 -- a reason. A directory can check a password in clear only
    PASSWORD_WRONG = "password_wrong"  # noqa: S105 -- a reason
    PASSWORD_KNOWN_WRONG = "password_known_wrong"  # noqa: S105 -- a reason. It was wrong a short time ago: not sent again
    PASSWORD_WITHHELD = "password_withheld"  # noqa: S105 -- a reason. One more wrong one could lock the account: not sent
    PASSWORD_BUDGET_SPENT = "password_budget_spent"  # noqa: S105 -- a reason. Too many wrong ones in a short time: not sent
    PASSWORD_EXPIRED = "password_expired"  # noqa: S105 -- a reason
    PASSWORD_MUST_CHANGE = "password_must_change"  # noqa: S105 -- a reason
    ACCOUNT_DISABLED = "account_disabled"
    ACCOUNT_EXPIRED = "account_expired"
    ACCOUNT_LOCKED = "account_locked"
    ACCOUNT_RESTRICTED = "account_restricted"
    LOGON_HOURS = "logon_hours"
    LOGON_WORKSTATION = "logon_workstation"
    UNKNOWN_IN_DIRECTORY = "unknown_in_directory"
    AMBIGUOUS_IN_DIRECTORY = "ambiguous_in_directory"
    IDENTITY_CHANGED = "identity_changed"  # the name belongs to another account now than to the one enrolled
    DIRECTORY_UNAVAILABLE = "directory_unavailable"
    SERVICE_ACCOUNT_REFUSED = "service_account_refused"

    # ---- by the answer to a challenge
    STATE_EXPIRED = "state_expired"
    STATE_USED = "state_used"
    STATE_MISMATCH = "state_mismatch"  # of another user, client or address
