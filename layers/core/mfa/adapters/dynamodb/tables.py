"""The models of the one table. They are bound to a table when a function starts, never at import.

Timeouts are tight because a person and a RADIUS client wait: a slow answer is a fault, and a fault is a Reject.
"""

from dataclasses import dataclass
from typing import Any, Final

from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

CONNECT_TIMEOUT_SECONDS: Final = 1
READ_TIMEOUT_SECONDS: Final = 2
MAX_RETRIES: Final = 1
MAX_POOL_CONNECTIONS: Final = 50  # tests race that many threads; a function uses one

type AnyMap = MapAttribute[str, Any]


def any_map() -> AnyMap:
    """A map without a schema: its keys are login ids, factor ids and field names."""
    return MapAttribute(default=dict)  # type: ignore[no-untyped-call] # PynamoDB leaves this one untyped


def optional_map() -> AnyMap:
    """One that may be missing."""
    return MapAttribute(null=True)  # type: ignore[no-untyped-call] # as above


def plain(value: AnyMap) -> dict[str, Any]:
    """The map as dictionaries, lists, text, whole numbers and octets."""
    content: dict[str, Any] = value.as_dict()  # type: ignore[no-untyped-call] # as above
    return content


def plain_or_none(value: AnyMap | None) -> dict[str, Any] | None:
    """The same for a map that may be missing."""
    return None if value is None else plain(value)


class Keyed(Model):
    """``ttl`` is for cleaning up only: an expiry that matters stands in the conditions."""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    ttl = NumberAttribute(null=True)


class ByMinute(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call] # PynamoDB leaves the class's making untyped
    """Receipts and tallies by the minute in which they were received."""

    class Meta:
        index_name = "by-minute"
        projection = AllProjection()

    minute = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class FactorsItem(Keyed):
    """The hot item. ``pending`` names the factor that waits for its first code, ``object_guid`` the account of the
    directory, ``devices`` those that approve, in order, ``recovery_until`` until when there are recovery or bypass
    codes; items from before there were any have none. ``phones`` are those that get codes, in order; ``messages``, the
    codes that were sent, is there from the first phone on."""

    state = UnicodeAttribute()
    tries = NumberAttribute()
    gate = NumberAttribute()
    last_try_at = NumberAttribute()
    successes = NumberAttribute()
    factors: AnyMap = any_map()
    recent: AnyMap = any_map()
    pending = UnicodeAttribute(null=True)
    object_guid = UnicodeAttribute(null=True)
    devices: ListAttribute[Any] = ListAttribute(null=True)
    phones: ListAttribute[Any] = ListAttribute(null=True)
    messages: AnyMap = optional_map()
    recovery_until = NumberAttribute(null=True)


class ProfileItem(Keyed):
    user_id = UnicodeAttribute()
    display_name = UnicodeAttribute()
    aliases: ListAttribute[Any] = ListAttribute(default=list)
    created_at = NumberAttribute()
    email = UnicodeAttribute(null=True)


class NoticeItem(Keyed):
    """A change that its user is told of."""

    notice_id = UnicodeAttribute()
    event = UnicodeAttribute()
    at = NumberAttribute()
    subject = UnicodeAttribute()
    is_by_administrator = BooleanAttribute()


class InvitationItem(Keyed):
    """The last enrolment code that was sent to a user; ``sent_at`` is there once the provider has taken it."""

    invitation_id = UnicodeAttribute()
    by = UnicodeAttribute()
    claimed_at = NumberAttribute()
    expires_at = NumberAttribute()
    sent_at = NumberAttribute(null=True)


class OwnedItem(Keyed):
    """A name, an enrolment code or a session: something that leads to a user, perhaps for a time only."""

    user_id = UnicodeAttribute()
    expires_at = NumberAttribute(null=True)


class SessionItem(OwnedItem):
    """One that a code has opened has none of these."""

    kind = UnicodeAttribute(null=True)
    ends_at = NumberAttribute(null=True)
    fresh_until = NumberAttribute(null=True)


class RequestCountItem(Keyed):
    requests = NumberAttribute()


class TransactionItem(Keyed):
    """A login that waits for a person. ``attributes`` are [name, value] pairs; ``prompt`` is what a device is asked,
    ``phone_id`` which number is called instead, ``contact_id`` by which call.
    ``expires_at`` is the end that counts; ``ttl`` cleans up much later."""

    login_id = UnicodeAttribute()
    client = UnicodeAttribute()
    user_id = UnicodeAttribute()
    username = UnicodeAttribute()
    source_ip = UnicodeAttribute()
    config_revision = UnicodeAttribute()
    state = UnicodeAttribute()
    created_at = NumberAttribute()
    expires_at = NumberAttribute()
    attributes: ListAttribute[Any] = ListAttribute(default=list)
    hold_ms = NumberAttribute()
    prompt: AnyMap = optional_map()
    phone_id = UnicodeAttribute(null=True)
    contact_id = UnicodeAttribute(null=True)
    sent_at = NumberAttribute(null=True)
    task_token: AnyMap = optional_map()
    decided_at = NumberAttribute(null=True)
    decided_by = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    told_at = NumberAttribute(null=True)


class NumberCallItem(Keyed):
    """A call that says the code of a number."""

    user_id = UnicodeAttribute()
    phone_id = UnicodeAttribute()
    expires_at = NumberAttribute()
    contact_id = UnicodeAttribute(null=True)


class RecoveryItem(Keyed):
    """Recovery and bypass codes. ``unused`` and ``used`` are by the code's digest in hexadecimal digits,
    ``bypasses`` by id."""

    version = NumberAttribute()
    made_at = NumberAttribute()
    unused: AnyMap = any_map()
    used: AnyMap = any_map()
    bypasses: AnyMap = any_map()


class PushLedgerItem(Keyed):
    """What is remembered of a user's prompts; ``last`` is the open one, or was. ``version`` counts the writes."""

    version = NumberAttribute()
    last: AnyMap = optional_map()
    prompts: ListAttribute[Any] = ListAttribute(default=list)
    unanswered = NumberAttribute(default=0)
    successes = NumberAttribute(default=0)
    numbers: ListAttribute[Any] = ListAttribute(default=list)
    muted_at = NumberAttribute(null=True)


class SmsLedgerItem(Keyed):
    """What is remembered of a user's messages; ``last`` is the login that asked for the last one. ``version`` counts
    the writes."""

    version = NumberAttribute()
    last: AnyMap = optional_map()
    sent: ListAttribute[Any] = ListAttribute(default=list)
    unanswered = NumberAttribute(default=0)
    successes = NumberAttribute(default=0)


class SmsCounterItem(Keyed):
    """Messages within a span of the clock that is part of the key."""

    messages = NumberAttribute()


class PendingPhoneItem(Keyed):
    """A number that waits for the code which was sent to it."""

    phone_id = UnicodeAttribute()
    name = UnicodeAttribute()
    number: AnyMap = any_map()
    region = UnicodeAttribute()
    code: AnyMap = any_map()
    tries = NumberAttribute()
    expires_at = NumberAttribute()
    way = UnicodeAttribute(null=True)


class PushDeviceItem(Keyed):
    """``subscription`` and ``passkey`` are there once the device has them."""

    device_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    name = UnicodeAttribute()
    public_key = BinaryAttribute(legacy_encoding=False)
    created_at = NumberAttribute()
    subscription: AnyMap = optional_map()
    passkey: AnyMap = optional_map()
    last_used_at = NumberAttribute(null=True)


class AccountingItem(Keyed):
    client = UnicodeAttribute()
    source_ip = UnicodeAttribute()
    nas = UnicodeAttribute()
    session_id = UnicodeAttribute()
    status = NumberAttribute()
    username = UnicodeAttribute()
    event_time = NumberAttribute()
    exact_time = BooleanAttribute()
    session_time = NumberAttribute(null=True)
    input_octets = NumberAttribute(null=True)
    output_octets = NumberAttribute(null=True)
    attributes: AnyMap = any_map()
    received_at = NumberAttribute()


class DataKeyItem(Keyed):
    wrapped = BinaryAttribute(legacy_encoding=False)


class VapidKeyItem(Keyed):
    """The private key, sealed by the vault."""

    key_version = NumberAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)


class CurrentItem(Keyed):
    """``superseded`` maps revisions that may still be in use to the second at which another took their place."""

    revision = NumberAttribute()
    superseded: AnyMap = any_map()


class RevisionItem(Keyed):
    """Written in the same transaction that switches to it, when all of its clients are there."""

    stamp = UnicodeAttribute()
    realms: AnyMap = any_map()
    clients = NumberAttribute()
    policy_parts = NumberAttribute(default=0)


class ClientItem(Keyed):
    name = UnicodeAttribute()
    client: AnyMap = any_map()


class PolicyPartItem(Keyed):
    """A policy, an exemption or an upstream, by ``kind``."""

    kind = UnicodeAttribute()
    part: AnyMap = any_map()


class PinItem(Keyed):
    """A source address of a RADIUS client that has proven a Message-Authenticator."""

    client = UnicodeAttribute()
    source_ip = UnicodeAttribute()
    at = NumberAttribute()


class ClientProfileItem(Keyed):
    """How a RADIUS client speaks: traits, each with the Unix seconds at which it was first seen."""

    version = NumberAttribute()
    traits: AnyMap = any_map()


class PasswordTriesItem(Keyed):
    """``recent`` is by login id, ``known_wrong`` by the password's digest."""

    spent = NumberAttribute()
    since = NumberAttribute()
    recent: AnyMap = any_map()
    known_wrong: AnyMap = any_map()


class ChallengeItem(Keyed):
    """``answered_by`` is the login that used it up."""

    client = UnicodeAttribute()
    user_id = UnicodeAttribute()
    source_ip = UnicodeAttribute()
    expires_at = NumberAttribute()
    answered_by = UnicodeAttribute(null=True)


class TokenItem(Keyed):
    """A hardware token of the inventory. ``owner`` is there while somebody has it."""

    serial = UnicodeAttribute()
    parameters: AnyMap = any_map()
    seed: AnyMap = any_map()
    last_step = NumberAttribute()
    drift = NumberAttribute(default=0)
    import_id = UnicodeAttribute()
    imported_at = NumberAttribute()
    owner: AnyMap = optional_map()


class TokenImportItem(Keyed):
    import_id = UnicodeAttribute()
    state = UnicodeAttribute()
    total = NumberAttribute()
    stored = NumberAttribute()
    started_at = NumberAttribute()


class ReceiptItem(Keyed):
    """A receipt or a tally; ``body`` is JSON, ``owner`` the user or the emitter."""

    kind = UnicodeAttribute()
    owner = UnicodeAttribute()
    minute = UnicodeAttribute()
    body = UnicodeAttribute()
    by_minute = ByMinute()


class SealItem(Keyed):
    """``previous``, ``root`` and ``mac`` are hexadecimal digits; the minute is the range key."""

    previous = UnicodeAttribute()
    root = UnicodeAttribute()
    entries = NumberAttribute()
    late = NumberAttribute()
    strangers = NumberAttribute()
    holes = NumberAttribute()
    sealed_at = NumberAttribute()
    mac = UnicodeAttribute()
    fingerprints = BinaryAttribute(legacy_encoding=False, null=True)


class TriesItem(Keyed):
    """How many tries of something were spent since ``since``."""

    spent = NumberAttribute()
    since = NumberAttribute()


class SyncItem(Keyed):
    """An account of a directory that a sync has made a user of, with the names that it had then."""

    user_id = UnicodeAttribute()
    sam_account_name = UnicodeAttribute()
    user_principal_name = UnicodeAttribute(null=True)
    display_name = UnicodeAttribute(null=True)
    is_member = BooleanAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """All models, bound to one table through one connection."""

    connection: Connection
    factors: type[FactorsItem]
    profile: type[ProfileItem]
    notice: type[NoticeItem]
    invitation: type[InvitationItem]
    owned: type[OwnedItem]
    session: type[SessionItem]
    request_count: type[RequestCountItem]
    transaction: type[TransactionItem]
    recovery: type[RecoveryItem]
    push_device: type[PushDeviceItem]
    push_ledger: type[PushLedgerItem]
    sms_ledger: type[SmsLedgerItem]
    sms_counter: type[SmsCounterItem]
    pending_phone: type[PendingPhoneItem]
    number_call: type[NumberCallItem]
    accounting: type[AccountingItem]
    data_key: type[DataKeyItem]
    vapid_key: type[VapidKeyItem]
    current: type[CurrentItem]
    revision: type[RevisionItem]
    client: type[ClientItem]
    policy_part: type[PolicyPartItem]
    pin: type[PinItem]
    client_profile: type[ClientProfileItem]
    sync: type[SyncItem]
    token: type[TokenItem]
    token_import: type[TokenImportItem]
    tries: type[TriesItem]
    password_tries: type[PasswordTriesItem]
    challenge: type[ChallengeItem]
    receipt: type[ReceiptItem]
    seal: type[SealItem]


def bind_tables(table: str, *, region: str, endpoint_url: str | None) -> Tables:
    meta = type(
        "Meta",
        (),
        {
            "table_name": table,
            "region": region,
            "host": endpoint_url,
            "connect_timeout_seconds": CONNECT_TIMEOUT_SECONDS,
            "read_timeout_seconds": READ_TIMEOUT_SECONDS,
            "max_retry_attempts": MAX_RETRIES,
            "max_pool_connections": MAX_POOL_CONNECTIONS,
        },
    )
    # One connection for all: each would load botocore's service model again, which is most of a cold start.
    # It knows the table by this model, so the index is named here, too.
    base: type[Keyed] = type("BoundKeyed", (Keyed,), {"Meta": meta, "by_minute": ByMinute()})
    shared = base._get_connection()  # noqa: SLF001 -- there is no public way

    def bound[Item: Keyed](model: type[Item]) -> type[Item]:
        return type(model.__name__, (model,), {"Meta": meta, "_connection": shared})

    return Tables(
        connection=shared.connection,
        factors=bound(FactorsItem),
        profile=bound(ProfileItem),
        notice=bound(NoticeItem),
        invitation=bound(InvitationItem),
        owned=bound(OwnedItem),
        session=bound(SessionItem),
        request_count=bound(RequestCountItem),
        transaction=bound(TransactionItem),
        recovery=bound(RecoveryItem),
        push_device=bound(PushDeviceItem),
        push_ledger=bound(PushLedgerItem),
        sms_ledger=bound(SmsLedgerItem),
        sms_counter=bound(SmsCounterItem),
        pending_phone=bound(PendingPhoneItem),
        number_call=bound(NumberCallItem),
        accounting=bound(AccountingItem),
        data_key=bound(DataKeyItem),
        vapid_key=bound(VapidKeyItem),
        current=bound(CurrentItem),
        revision=bound(RevisionItem),
        client=bound(ClientItem),
        policy_part=bound(PolicyPartItem),
        pin=bound(PinItem),
        client_profile=bound(ClientProfileItem),
        sync=bound(SyncItem),
        token=bound(TokenItem),
        token_import=bound(TokenImportItem),
        tries=bound(TriesItem),
        password_tries=bound(PasswordTriesItem),
        challenge=bound(ChallengeItem),
        receipt=bound(ReceiptItem),
        seal=bound(SealItem),
    )
