"""Why a packet gets no answer, or gets a Reject without asking the backend. Both are metric labels and log fields."""

from enum import StrEnum


class DiscardReason(StrEnum):
    """The packet proves nothing, so nothing is sent back (RFC 2865 section 3: silently discard)."""

    MALFORMED = "malformed"  # shorter than a header or longer than any packet may be
    LENGTH = "length"  # the Length field is impossible
    ATTRIBUTE = "attr"  # an attribute of type 0, too short, or past the end
    TOO_MANY_ATTRIBUTES = "too_many"
    CODE = "code"  # not a request that this port serves
    UNKNOWN_CLIENT = "unknown_client"
    NOT_CONFIGURED = "not_configured"  # no configuration was ever loaded
    BAD_MESSAGE_AUTHENTICATOR = "bad_ma"
    MESSAGE_AUTHENTICATOR_MISSING = "ma_missing"
    MESSAGE_AUTHENTICATOR_DOWNGRADE = "ma_downgrade"  # this source has sent valid ones before
    PROXY_STATE = "proxy_state"  # Proxy-State without Message-Authenticator: the shape of CVE-2024-3596
    AMPLIFICATION = "amplification"  # unproven, and a reply would be longer than the packet
    BAD_REQUEST_AUTHENTICATOR = "bad_authenticator"  # accounting, RFC 2866 section 3
    ACCOUNTING_MALFORMED = "accounting_malformed"  # no Acct-Status-Type: nothing that could be stored
    DUPLICATE_DIFFERS = "duplicate_differs"  # the identity of a known packet with other octets
    OVERLOAD = "shed"  # the stalest login makes room for a new one


class LocalRejectReason(StrEnum):
    """Why the edge itself answers Access-Reject."""

    USER_NAME_MISSING = "user_name_missing"
    USER_NAME_REPEATED = "user_name_repeated"
    USER_NAME_NOT_TEXT = "user_name_not_text"  # empty or not strict UTF-8
    PROTOCOL_NOT_SUPPORTED = "protocol_not_supported"  # EAP, Digest, ARAP, a change of password, …
    PROTOCOL_NOT_ALLOWED = "protocol_not_allowed"  # supported, but this client must not use it
    CHALLENGE_UNPROVEN = "chap_without_message_authenticator"  # nothing would prove who sent it
    CHAP_MALFORMED = "chap_malformed"
    MS_CHAP_MALFORMED = "ms_chap_malformed"
    MS_CHAP_WITHOUT_NT_RESPONSE = "ms_chap_without_nt_response"  # LAN Manager's response alone is not taken
    PASSWORD_MISSING = "password_missing"  # noqa: S105 - the name of a reason, not a password
    CREDENTIALS_REPEATED = "credentials_repeated"  # two passwords, or PAP beside another protocol
    PASSWORD_LENGTH = "password_length"  # noqa: S105 - as above
    PASSWORD_EMPTY = "password_empty"  # noqa: S105 - as above
    PASSWORD_NOT_TEXT = "password_not_text"  # noqa: S105 - NUL inside or not UTF-8; often a wrong shared secret
    STATE_MALFORMED = "state_malformed"
    BACKEND_UNREACHABLE = "backend_unreachable"
    BACKEND_TIMEOUT = "backend_timeout"
    BACKEND_FAILED = "backend_failed"  # it answered 429 or 5xx, twice
    BACKEND_REFUSED = "edge_not_authorised"  # it answered 401 or 403
    BAD_BACKEND = "bad_backend"  # it answered something that is not an answer to this login
    NO_CREDENTIALS = "no_aws_credentials"
    DEADLINE = "deadline"  # it was pending until its client's patience ended
    UPSTREAM_UNKNOWN = "upstream_unknown"  # not in this edge's configuration
    UPSTREAM_LOOP = "upstream_loop"  # the packet was forwarded by an edge of this deployment before
    UPSTREAM_OVERLOAD = "upstream_overload"  # the stalest forwarded login makes room for a new one
    UPSTREAM_NOT_ENCODABLE = "upstream_not_encodable"  # the request would be too long
    UPSTREAM_UNREACHABLE = "upstream_unreachable"  # nobody is at any server's port
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UPSTREAM_BAD_REPLY = "upstream_bad_reply"  # it was answered, but never with a reply that could be believed
    UPSTREAM_NO_PROOF = "upstream_no_proof"  # an Accept under MS-CHAPv2 without the server's proof
    UPSTREAM_CHALLENGE = "upstream_challenge"  # it asks the user for more, which is not passed on
    SUPERSEDED = "superseded"  # its client asks something else under the same Identifier by now; never sent
    STOPPING = "stopping"  # the edge stops and can wait no longer
    REPLY_NOT_ENCODABLE = "reply_not_encodable"
    INTERNAL_ERROR = "internal_error"


class BadReply(StrEnum):
    """Why a reply of an upstream is not believed. A log field."""

    MALFORMED = "malformed"  # no RADIUS packet, or a longer one than may be
    CODE = "code"  # no answer to an Access-Request
    IDENTIFIER = "identifier"  # of another request
    RESPONSE_AUTHENTICATOR = "response_authenticator"  # another secret, another request, or a forger
    MESSAGE_AUTHENTICATOR = "message_authenticator"
    MESSAGE_AUTHENTICATOR_MISSING = "message_authenticator_missing"
