"""What an administrator configures: realms and RADIUS clients, as one immutable revision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from mfa.contract.clients import MAX_PINS, EdgeClient, EdgeUpstream, MessageAuthenticatorPolicy
from mfa.domain.policy import DEFAULT_FACTORS, DENY_UNENROLLED, Exemption, FactorKind, PolicyRule, UnenrolledRule
from mfa.domain.push import PushApproval, PushWait
from mfa.domain.user_names import Realm

SUPERSEDED_REVISION_VALID_SECONDS: Final = 300  # edges fetch every 30-60 s; a lagging one must not lock a company out
DEFAULT_CHALLENGE_MESSAGE: Final = "Enter the code that your authenticator app shows"
MAX_PROMPT_SECONDS: Final = 60  # nobody waits longer for a phone, and no edge does
PORTAL: Final = "portal"  # what records of signing in there name in place of a RADIUS client; none may have the name
CODE_TEST: Final = "portal-code-test"  # the same where a code was only tried out
OUR_NAMES: Final = frozenset({PORTAL, CODE_TEST})
DEFAULT_PROBE_NAMES: Final = frozenset({"fakeusername", "awsfakeuser"})  # what AWS directories send when MFA is enabled


class ClientMode(StrEnum):
    """What the typed text means."""

    SECOND_FACTOR = "second_factor"  # the second factor; the client checks the password itself
    PASSWORD_THEN_FACTOR = "password_then_factor"  # noqa: S105 -- a mode. The AD password; then a factor is chosen
    PASSWORD_AND_FACTOR = "password_and_factor"  # noqa: S105 -- a mode. Both in one text: password,123456
    CHALLENGE = "challenge"  # the AD password; the factor is asked for by Access-Challenge


def approval_by_default(mode: ClientMode) -> PushApproval:
    """Where the password was checked before, a prompt is no surprise; elsewhere anybody who knows a name may cause one,
    and only a number that was typed tells the user's own from a stranger's."""
    return PushApproval.NUMBER if mode is ClientMode.SECOND_FACTOR else PushApproval.TAP


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedForm:
    """How password and factor stand in one text: parted by ``delimiter`` (the password may hold it, too), or, where
    ``code_length`` is given, a code of so many digits right behind the password."""

    delimiter: str = ","
    code_length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserNameRules:
    """``simplify`` takes DOMAIN\\name and name@suffix for the bare name. ``more_realms`` are realms whose users may log
    in, too: the domain or suffix tells which; bare names belong to the client's own realm."""

    simplify: bool = False
    more_realms: tuple[str, ...] = ()


class DangerousSwitch(StrEnum):
    """What weakens a client's protection. Each is off unless a Waiver turns it on for a time."""

    CHAP_WITHOUT_MESSAGE_AUTHENTICATOR = "dangerously_allow_chap_without_message_authenticator"
    MPPE_KEYS_FROM_CODES = "dangerously_derive_mppe_keys_from_codes"
    ASK_WITHOUT_PASSWORD = "dangerously_ask_without_a_password"  # noqa: S105 -- the switch's name
    ACCEPT_WHILE_BACKEND_UNREACHABLE = "accept_without_second_factor_while_backend_unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Who turned a dangerous switch on, why, and until when (Unix seconds).

    ``statement`` says that the client itself checks passwords; accepting without a second factor needs it."""

    switch: DangerousSwitch
    owner: str
    reason: str
    until: int
    statement: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientPolicy:
    """One RADIUS client: its edge part, and what the backend knows beyond it.

    ``reply_attributes`` are (dictionary name, value) pairs for an Accept. ``edge_roles`` are the IAM roles whose edges
    may ask for this client; empty means every caller of the edge API. ``factors`` are admitted, in the order in which
    one is chosen for a user who types none. ``password_in_factor_field`` (mode second_factor) takes text that is no
    factor for the AD password, and then chooses a factor. ``automatic_factor_markers`` are texts, in lower case, that
    ask for that choice without a password. ``push_approval`` is what approving takes on the phone, ``push_wait`` how
    long a prompt may wait; see ``approval_by_default``. ``sms_codes`` is how many codes one message holds."""

    edge: EdgeClient
    realm: str
    mode: ClientMode = ClientMode.SECOND_FACTOR
    probe_names: frozenset[str] = DEFAULT_PROBE_NAMES
    reply_attributes: tuple[tuple[str, str], ...] = ()
    edge_roles: frozenset[str] = frozenset()
    waivers: tuple[Waiver, ...] = ()
    factors: tuple[FactorKind, ...] = DEFAULT_FACTORS
    joined: JoinedForm = JoinedForm()
    password_in_factor_field: bool = False
    automatic_factor_markers: frozenset[str] = frozenset()
    challenge_message: str = DEFAULT_CHALLENGE_MESSAGE
    unenrolled: UnenrolledRule = DENY_UNENROLLED
    user_names: UserNameRules = UserNameRules()
    push_approval: PushApproval = PushApproval.NUMBER
    push_wait: PushWait = PushWait.FIRST_PACKET
    sms_codes: int = 1

    def may_be_asked_by(self, role: str | None) -> bool:
        """``role`` is the caller's IAM role, None for a caller that has none. An edge decides for its own clients."""
        return not self.edge_roles or role in self.edge_roles

    def waives(self, switch: DangerousSwitch, now: float) -> bool:
        until = self.waived_until(switch)
        return until is not None and now < until

    @property
    def may_ask_without_password(self) -> bool:
        """Whether a marker may stand in place of the password without a waiver: the client checks passwords itself, or
        approving takes two factors already (a passkey verifies the user; pressing a key on a telephone does not)."""
        takes_two = self.push_approval is PushApproval.PASSKEY and FactorKind.PHONE not in self.factors
        return self.mode is not ClientMode.PASSWORD_THEN_FACTOR or takes_two

    def waived_until(self, switch: DangerousSwitch) -> int | None:
        return next((waiver.until for waiver in self.waivers if waiver.switch is switch), None)

    def for_edge(self, pins: Iterable[str] = ()) -> EdgeClient:
        """What an edge may know, with the sources that have proven a Message-Authenticator. Where there are too many
        to tell, it is required of all: full must not mean lenient."""
        known = tuple(sorted(pins))
        policy = self.edge.require_message_authenticator
        if policy is MessageAuthenticatorPolicy.AUTO and len(known) >= MAX_PINS:
            policy = MessageAuthenticatorPolicy.YES
        return replace(
            self.edge,
            require_message_authenticator=policy,
            chap_without_message_authenticator_until=self.waived_until(
                DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR
            ),
            accept_while_backend_unreachable_until=self.waived_until(DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE),
            message_authenticator_pins=known if policy is MessageAuthenticatorPolicy.AUTO else (),
        )

    @property
    def replay_window_seconds(self) -> int:
        """How long the client may still resend this packet: timeout x (retries + 1), at most 60 s."""
        return min(self.edge.timeout_seconds * (self.edge.retries + 1), 60)

    @property
    def failure_hold_ms(self) -> int:
        """How long any code failure is held, counted from arrival, so that all look alike: min(1 s, timeout / 2)."""
        return min(1000, self.edge.timeout_seconds * 500)

    @property
    def prompt_hold_ms(self) -> int:
        """How long the Reject of a prompt is held that nobody answers, or that nobody gets: as long as the edge may
        wait for one packet, or for all of them."""
        packets = self.edge.retries + 1 if self.push_wait is PushWait.ALL_RETRIES else 1
        longest = min(self.edge.timeout_seconds * packets, MAX_PROMPT_SECONDS)
        return round((longest - self._margin_seconds) * 1000)

    @property
    def answer_within_seconds(self) -> float:
        """Within which an edge wants to answer one packet, counted from its arrival."""
        return self.edge.timeout_seconds - self._margin_seconds

    @property
    def _margin_seconds(self) -> float:
        """Between an edge's last answer and the client's timeout, as the edge has it (radius_edge.protocol)."""
        return min(1.0, max(0.25, self.edge.timeout_seconds / 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """``revision`` counts from 1. Realms and clients are found by name."""

    revision: int
    realms: tuple[Realm, ...]
    clients: tuple[ClientPolicy, ...]
    rules: tuple[PolicyRule, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    upstreams: tuple[EdgeUpstream, ...] = ()

    def client(self, name: str) -> ClientPolicy | None:
        return next((client for client in self.clients if client.edge.name == name), None)

    def realm(self, name: str) -> Realm | None:
        return next((realm for realm in self.realms if realm.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentRevision:
    """The one mutable item of the configuration. ``superseded`` tells of each revision that may still be in use at
    which Unix second another took its place."""

    revision: int
    superseded: Mapping[int, int] = field(default_factory=dict)

    def admits(self, revision: int, now: float) -> bool:
        """True for the current revision, and for each other one until its grace period is over."""
        if revision == self.revision:
            return True
        since = self.superseded.get(revision)
        return since is not None and now < since + SUPERSEDED_REVISION_VALID_SECONDS

    def followed_by_next(self, now: int) -> "CurrentRevision":
        young = {revision: since for revision, since in self.superseded.items() if self.admits(revision, now)}
        last = {self.revision: now} if self.revision else {}
        return CurrentRevision(revision=self.revision + 1, superseded={**young, **last})


NO_REVISION: Final = CurrentRevision(revision=0)  # before the first one is applied
