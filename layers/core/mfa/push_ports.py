"""What push approval needs from outside, beside ``ports``: a login with a code loads none of it.

As there: adapters implement these, fakes do too, and both pass the same contract suite. Every method may raise
UnavailableError; other errors are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from mfa.domain.factors import CodeFactors
from mfa.domain.login_transactions import TransactionState
from mfa.domain.push_devices import Passkey, PushDevice, PushSubscription
from mfa.domain.push_ledger import PushLedger
from mfa.domain.reasons import RejectReason
from mfa.domain.sealing import Sealed


class PushLedgerStore(Protocol):
    """What is remembered of a user's prompts (U#id / PENDING): which one is open, how many there were."""

    def read(self, user_id: str) -> PushLedger:
        """Strongly consistent. One that was never saved is empty, with version 0."""
        ...

    def save(self, ledger: PushLedger) -> None:
        """Write it as the next version. Raises ConditionRefusedError if another version than ``ledger.version`` is
        stored."""
        ...

    def mute(self, user_id: str, at: int) -> None:
        """No prompts for this user any more. Again is no error."""
        ...

    def unmute(self, user_id: str) -> None:
        """Also forgets what was counted. Again is no error."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """What a device decided. ``state`` is APPROVED or DENIED, ``reason`` says why it is not APPROVED."""

    login_id: str
    user_id: str
    device_id: str
    state: TransactionState
    reason: RejectReason | None
    at: float


class PushTransactionStore(Protocol):
    """What happens to a waiting login beside ``LoginTransactionStore``, on the same item."""

    def decide(self, decision: StoredDecision) -> None:
        """PENDING to what the device decided, in one write with the check that the device still is the user's and the
        user active. Raises ConditionRefusedError if the login is not pending any more, its time is over, or that check
        fails: read then to learn which."""
        ...

    def claim_sending(self, login_id: str, at: float, task_token: Sealed | None) -> None:
        """Note that its prompt is being sent, once. Raises ConditionRefusedError if it is not pending any more, or
        somebody else sends it."""
        ...

    def note_told(self, login_id: str, at: float) -> None:
        """Note that an edge was told its end, once. Raises ConditionRefusedError if one was before."""
        ...


class PushDeviceStore(Protocol):
    """Devices (U#id / F#push#id, found by D#id / OWNER). The hot item lists a user's devices in their order."""

    def add(self, device: PushDevice, seen: CodeFactors) -> None:
        """Pair it, behind the others. Raises ConditionRefusedError if the user is not active, or has other devices than
        ``seen`` has."""
        ...

    def read(self, device_id: str) -> PushDevice | None:
        """Strongly consistent. Whether it still counts, the user's hot item tells."""
        ...

    def of_user(self, user_id: str) -> Sequence[PushDevice]:
        """Strongly consistent, in no order."""
        ...

    def reorder(self, seen: CodeFactors, wanted: Sequence[str]) -> None:
        """The same devices in another order. Raises ConditionRefusedError if the user has others than ``seen`` has."""
        ...

    def rename(self, user_id: str, device_id: str, name: str) -> None:
        """Raises NotFoundError."""
        ...

    def subscribe(self, user_id: str, device_id: str, subscription: PushSubscription | None) -> None:
        """Where to ring; None where not. Raises NotFoundError."""
        ...

    def set_passkey(self, user_id: str, device_id: str, passkey: Passkey) -> None:
        """Raises NotFoundError."""
        ...

    def note_use(self, user_id: str, device_id: str, at: int, passkey: Passkey | None) -> None:
        """``passkey`` as it is after its use, if it was used; one that was replaced meanwhile leaves the new one as it
        is. Raises NotFoundError."""
        ...

    def remove(self, user_id: str, device_id: str) -> None:
        """It approves nothing from the first write on. Raises NotFoundError."""
        ...


class PushStarter(Protocol):
    def start(self, login_id: str, seconds: int) -> None:
        """Let the prompt be sent and its end be noted, without waiting for either. Again is no error."""
        ...


class Waker(Protocol):
    def wake(self, task_token: str, login_id: str) -> None:
        """End the execution that holds this login. Never raises: one that has ended already, or cannot be reached, is
        no error, because the item has decided."""
        ...


class VapidKeys(Protocol):
    """The key by which push services know us (RFC 8292). Made once, on first need, and retained."""

    def public_key(self) -> bytes:
        """65 octets, uncompressed P-256."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PushMessage:
    """``payload`` is an opaque id, never details. ``topic`` (at most 32 base64url characters) lets a newer message take
    the place of one that was not delivered."""

    payload: bytes = field(repr=False)
    seconds: int
    topic: str


class PushSender(Protocol):
    def send(self, subscription: PushSubscription, message: PushMessage) -> "PushDelivery":
        """Hand the message to the push service. Never raises."""
        ...

    def admits(self, endpoint: str) -> bool:
        """Whether the endpoint is one of a known push service, over https."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PushDelivery:
    """``is_gone`` tells that the subscription does not exist any more. ``detail`` is for the log, without the
    endpoint's path."""

    was_taken: bool
    is_gone: bool = False
    detail: str = ""


class SignatureVerifier(Protocol):
    def verify_signature(self, public_key: bytes, octets: bytes, signature: bytes) -> bool:
        """ECDSA on P-256 with SHA-256; ``public_key`` uncompressed, ``signature`` r and s (64 octets). Never raises."""
        ...

    def is_public_key(self, public_key: bytes) -> bool:
        """Whether it is a point of the curve."""
        ...


class PasskeyCeremony(Protocol):
    """WebAuthn, with user verification required, for the portal's origin. JSON as the browser has it."""

    def creation_options(
        self, *, user_id: str, user_name: str, challenge: bytes, exclude: Sequence[bytes]
    ) -> Mapping[str, Any]: ...

    def verify_creation(self, credential: Mapping[str, Any], challenge: bytes) -> Passkey | None:
        """None if it proves nothing. Never raises."""
        ...

    def verify_assertion(self, credential: Mapping[str, Any], challenge: bytes, passkey: Passkey) -> int | None:
        """The new sign count; None if it proves nothing. Never raises."""
        ...

    @property
    def relying_party_id(self) -> str: ...


class PushEvent(StrEnum):
    """What happens to a prompt beside its decision."""

    TAKEN = "taken"  # by the push service, which may or may not reach the device
    NOT_TAKEN = "not_taken"
    GONE = "gone"  # the subscription does not exist any more, and was removed
    NO_SUBSCRIPTION = "no_subscription"  # the app asks by itself while it is open
    NO_DEVICE = "no_device"  # the login asks no device, or one that was removed
    ENDED_BEFORE = "ended_before"  # decided or expired before it was sent
    SENT_BEFORE = "sent_before"  # somebody else has sent it
    EXPIRED = "expired"  # nobody answered in time
    UNKNOWN_LOGIN = "unknown_login"
    WOKEN = "woken"  # the execution that held the login
    TOO_LATE_TO_WAKE = "too_late_to_wake"
    NOT_WOKEN = "not_woken"
    STARTED_WITHOUT_EXECUTION = "started_without_execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class PushNote:
    """For the log. ``detail`` holds no secret."""

    event: PushEvent
    login_id: str
    device_id: str | None = None
    detail: str = ""
    milliseconds: int | None = None


class PushTrail(Protocol):
    def noted(self, note: PushNote) -> None:
        """Never raises."""
        ...
