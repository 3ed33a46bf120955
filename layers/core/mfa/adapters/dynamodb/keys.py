"""Every key of the table, built in one place.

Parts are joined with ``#``; a ``#`` inside a part (and ``%``) is percent-encoded, so that no name can reach into
another key.
"""

from datetime import UTC, datetime
from typing import Final

from mfa.contract.fields import base64url
from mfa.domain.user_names import Alias

type Key = tuple[str, str]

CONFIGURATION: Final = "CFG"
OBSERVATIONS: Final = "SEEN"
PIN_PREFIX: Final = "PIN#"
CURRENT: Final[Key] = (CONFIGURATION, "CURRENT")
VAPID_KEY: Final[Key] = ("KEY#vapid", "SEALED")
CODE_PREFIX: Final = "E#"
SESSION_PREFIX: Final = "S#"
DEVICE_PREFIX: Final = "F#push#"
NOTICE_PREFIX: Final = "NOTICE#"
TOKENS: Final = "TOKENS"
IMPORT_PREFIX: Final = "IMPORT#"
SERIAL_PREFIX: Final = "TOKEN#"
SEALS: Final = "SEALS"


def joined(*parts: str) -> str:
    return "#".join(part.replace("%", "%25").replace("#", "%23") for part in parts)


def subscriber(user_id: str) -> str:
    return joined("U", user_id)


def factors(user_id: str) -> Key:
    return subscriber(user_id), "AUTH"


def profile(user_id: str) -> Key:
    return subscriber(user_id), "PROFILE"


def alias(name: Alias) -> Key:
    return joined("N", name.realm, name.kind.value, name.name), "ID"


def enrollment_code(digest: bytes) -> Key:
    return joined("E", base64url(digest)), "CODE"


def session(digest: bytes) -> Key:
    return joined("S", base64url(digest)), "SESSION"


def code_of(user_id: str, digest: bytes) -> Key:
    """In the user's own partition: which codes are hers, so that they can be removed with her."""
    return subscriber(user_id), CODE_PREFIX + base64url(digest)


def session_of(user_id: str, digest: bytes) -> Key:
    return subscriber(user_id), SESSION_PREFIX + base64url(digest)


def enrollment_code_again(trace: str) -> Key:
    """The key of the code itself, from its trace in the user's partition."""
    return joined("E", trace.removeprefix(CODE_PREFIX)), "CODE"


def session_again(trace: str) -> Key:
    return joined("S", trace.removeprefix(SESSION_PREFIX)), "SESSION"


def transaction(login_id: str) -> Key:
    return joined("T", login_id), "STATE"


def number_call(call_id: str) -> Key:
    return joined("T", call_id), "CALL"


def push_device(user_id: str, device_id: str) -> Key:
    return subscriber(user_id), DEVICE_PREFIX + joined(device_id)


def device_owner(device_id: str) -> Key:
    """Whose device it is: a request of a device says nothing but its id."""
    return joined("D", device_id), "OWNER"


def push_ledger(user_id: str) -> Key:
    return subscriber(user_id), "PENDING"


def sms_ledger(user_id: str) -> Key:
    return subscriber(user_id), "SMS"


def pending_phone(user_id: str) -> Key:
    return subscriber(user_id), "PHONE"


def sms_counter(channel: str, name: str, key: str, begins_at: int, seconds: int) -> Key:
    """The span of the clock is part of it: what is over is another item."""
    return joined("R", channel, name, key), joined(str(seconds), str(begins_at))


def notice(user_id: str, at: int, notice_id: str) -> Key:
    """In the order of time."""
    return subscriber(user_id), notices_since(at) + joined(notice_id)


def invitation(user_id: str) -> Key:
    return subscriber(user_id), "INVITE"


def notices_since(at: int) -> str:
    return f"{NOTICE_PREFIX}{at:012}#"


def recovery(user_id: str) -> Key:
    return subscriber(user_id), "REC"


def password_tries(object_guid: str) -> Key:
    return joined("R", "ad", object_guid), "TRIES"


def request_count(key: str, window: int) -> Key:
    return joined("R", "requests", key), str(window)


def challenge(challenge_id: str) -> Key:
    return joined("CH", challenge_id), "STATE"


def accounting(session: str, moment: str) -> Key:
    """``session`` is a digest, ``moment`` made of digits: neither holds a ``#`` of somebody else's choice."""
    return joined("A", session), moment


def data_key(version: int) -> Key:
    return joined("KEY", str(version)), "WRAPPED"


def token(serial: str) -> Key:
    return TOKENS, SERIAL_PREFIX + joined(serial)


def token_import(import_id: str) -> Key:
    return TOKENS, IMPORT_PREFIX + joined(import_id)


def token_tries(subject: str) -> Key:
    return joined("R", "token", subject), "TRIES"


def sync_partition(realm: str) -> str:
    return joined("SYNC", realm)


def sync(realm: str, object_guid: str) -> Key:
    return sync_partition(realm), object_guid


def pin_prefix(client: str) -> str:
    return f"{PIN_PREFIX}{joined(client)}#"


def pin(client: str, source_ip: str) -> Key:
    return OBSERVATIONS, pin_prefix(client) + joined(source_ip)


def client_profile(client: str) -> Key:
    return OBSERVATIONS, joined("PROFILE", client)


def revision(number: int) -> Key:
    return CONFIGURATION, f"REV#{number}"


def client_prefix(number: int, stamp: str) -> str:
    """``stamp`` tells the items of this revision from those of an attempt that was never switched to."""
    return f"REV#{number}#{stamp}#"


def client(number: int, stamp: str, name: str) -> Key:
    return CONFIGURATION, client_prefix(number, stamp) + joined(name)


def policy_prefix(number: int, stamp: str) -> str:
    """Policies, exemptions and upstreams of a revision. Their order is that of their places."""
    return f"POLICY#{number}#{stamp}#"


def policy_part(number: int, stamp: str, kind: str, place: int) -> Key:
    return CONFIGURATION, f"{policy_prefix(number, stamp)}{kind}#{place:05}"


def receipts(user_id: str) -> str:
    """Not in the user's own partition: what makes logins writes there, and must not touch these."""
    return joined("L", user_id)


def tallies(emitter: str) -> str:
    return joined("TALLY", emitter)


def minute(unix_minutes: int) -> str:
    return f"M#{seal(unix_minutes)[1]}"


def seal(unix_minutes: int) -> Key:
    return SEALS, f"{datetime.fromtimestamp(unix_minutes * 60, UTC):%Y-%m-%dT%H:%MZ}"


def sealed_minute(range_key: str) -> int:
    """The way back; of a key that is none of ours, the last minute of all: such a seal is of the future."""
    try:
        moment = datetime.strptime(range_key, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    except ValueError:
        moment = datetime.max.replace(tzinfo=UTC)
    return int(moment.timestamp()) // 60
