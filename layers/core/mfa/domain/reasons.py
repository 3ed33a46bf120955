"""Why a login was rejected. The reason goes into the audit record and metrics, never on the wire."""

from enum import StrEnum


class RejectReason(StrEnum):
    PROBE_NAME = "probe_name"  # the client's health probe, answered at once
    NAME_REFUSED = "name_refused"  # no user can have that name
    UNKNOWN_USER = "unknown_user"
    DISABLED = "disabled"
    NOT_ENROLLED = "not_enrolled"  # no active factor that could take this text
    NOT_A_CODE = "not_a_code"  # the text is nothing that may be typed
    FACTOR_NOT_OFFERED = "factor_not_offered"  # a word for a factor that this client or deployment does not offer
    RATE_LIMITED = "rate_limited"  # too many texts from this source that are nothing that may be typed
    PROTOCOL_NOT_ALLOWED = "protocol_not_allowed"  # not one of the client's protocols
    UNKNOWN_STATE = "unknown_state"  # a State attribute that answers no challenge of ours
    WRONG_CODE = "wrong_code"
    CODE_USED = "code_used"  # right, but its time step or an earlier one was used already
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
