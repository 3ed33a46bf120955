"""What logins teach about their clients: who has proven a Message-Authenticator, and how a client speaks.

A source is pinned by an Accept, not by a packet: a Message-Authenticator does not cover the address that a packet came
from, so a captured packet can be sent again from anywhere. But it cannot be accepted again.

The steady state costs no call: what is known is kept in bounded memory. A failure here decides nothing, because the
pins that every edge holds protect without it; it is tried again a little later, so that a table that does not
answer is not waited for twice by every login.
"""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mfa.contract.clients import MAX_PINS, MessageAuthenticatorPolicy
from mfa.contract.login import LoginRequest, MessageAuthenticatorState
from mfa.domain.client_profile import ClientProfile, traits_of
from mfa.domain.configuration import ClientPolicy
from mfa.errors import ConditionRefusedError, GatehouseError
from mfa.ports import AuditTrail, Clock, ObservationStore, Seen

PINS_KEPT_SECONDS: Final = 60  # how late a pin that was lifted, or was set elsewhere, may be noticed
PROVEN_KEPT_SECONDS: Final = 600  # for a source that proves it each time anyway
PAUSE_SECONDS: Final = 5  # after a failure
MAX_CLIENTS_KEPT: Final = 1_024  # the one that asked longest ago gives way

_ACTOR: Final = "logins"


@dataclass(slots=True)
class _Known:
    """What this process knows of one client. ``pins_at`` is when they were read, in Unix seconds."""

    pins: frozenset[str] = frozenset()
    pins_at: float = float("-inf")
    profile: ClientProfile | None = None
    paused_until: float = float("-inf")


class ObservedClients:
    """The ClientObserver of the ``logins`` function."""

    def __init__(self, *, store: ObservationStore, audit: AuditTrail, clock: Clock) -> None:
        self._store = store
        self._audit = audit
        self._clock = clock
        self._clients: OrderedDict[str, _Known] = OrderedDict()

    def seen(self, request: LoginRequest, policy: ClientPolicy) -> Seen:
        known = self._attempt(self._learn, request, policy)
        return _judged(request, policy, known)

    def accepted(self, request: LoginRequest, policy: ClientPolicy) -> None:
        if request.message_authenticator is MessageAuthenticatorState.VALID and _may_be_pinned(request, policy):
            self._attempt(self._pin, request, policy)

    def _attempt(
        self, learn: Callable[[LoginRequest, ClientPolicy, _Known], None], request: LoginRequest, policy: ClientPolicy
    ) -> _Known:
        known = self._known(policy.edge.name)
        try:
            if self._clock.now() >= known.paused_until:
                learn(request, policy, known)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong here, it must not decide a login
            known.paused_until = self._clock.now() + PAUSE_SECONDS
            self._tell_failure(policy.edge.name, error)
        return known

    def _tell_failure(self, client: str, error: Exception) -> None:
        """Our own errors hold no secret; of others only the kind is told."""
        text = f"{type(error).__name__}: {error}" if isinstance(error, GatehouseError) else type(error).__name__
        self._audit.configuration_changed("client_observation_failed", client, {"fault": text}, _ACTOR)

    def _known(self, client: str) -> _Known:
        known = self._clients.setdefault(client, _Known())
        self._clients.move_to_end(client)
        if len(self._clients) > MAX_CLIENTS_KEPT:
            self._clients.popitem(last=False)
        return known

    def _learn(self, request: LoginRequest, policy: ClientPolicy, known: _Known) -> None:
        if policy.edge.require_message_authenticator is MessageAuthenticatorPolicy.AUTO:
            self._read_pins(request, policy, known)
        self._learn_profile(request, policy.edge.name, known)

    def _read_pins(self, request: LoginRequest, policy: ClientPolicy, known: _Known) -> None:
        client, now = policy.edge.name, self._clock.now()
        proven = request.message_authenticator is MessageAuthenticatorState.VALID
        known_longer = proven and request.source_ip in known.pins
        if now >= known.pins_at + (PROVEN_KEPT_SECONDS if known_longer else PINS_KEPT_SECONDS):
            known.pins, known.pins_at = self._store.pins(client), now

    def _pin(self, request: LoginRequest, policy: ClientPolicy, known: _Known) -> None:
        if request.source_ip not in known.pins and len(known.pins) < MAX_PINS:
            self._store.pin(policy.edge.name, request.source_ip, int(self._clock.now()))
            known.pins |= {request.source_ip}

    def _learn_profile(self, request: LoginRequest, client: str, known: _Known) -> None:
        traits = _traits(request)
        if known.profile is None or known.profile.news(traits):
            known.profile = self._store.profile(client) or ClientProfile.of(client)
        news = known.profile.news(traits)
        if not news:
            return
        learned = known.profile.with_traits(news, int(self._clock.now()))
        try:
            self._store.learn(learned)
        except ConditionRefusedError:  # another instance learns as well: its event is enough
            known.profile = None
            return
        known.profile = learned
        self._audit.configuration_changed(
            "client_profile_changed", client, {"new": ", ".join(news), "source_ip": request.source_ip}, _ACTOR
        )


def _judged(request: LoginRequest, policy: ClientPolicy, known: _Known) -> Seen:
    if request.message_authenticator is not MessageAuthenticatorState.ABSENT:
        return Seen.PROCEED
    match policy.edge.require_message_authenticator:
        case MessageAuthenticatorPolicy.YES:
            return Seen.DROP
        case MessageAuthenticatorPolicy.AUTO:
            proven = request.source_ip in known.pins or len(known.pins) >= MAX_PINS
            return Seen.DROP if proven else Seen.PROCEED
        case MessageAuthenticatorPolicy.NO:
            return Seen.PROCEED


def _may_be_pinned(request: LoginRequest, policy: ClientPolicy) -> bool:
    is_auto = policy.edge.require_message_authenticator is MessageAuthenticatorPolicy.AUTO
    return is_auto and _is_address_of(request.source_ip, policy)


def _is_address_of(source_ip: str, policy: ClientPolicy) -> bool:
    """Only what a packet of this client can come from, in the one spelling that edges use."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return False
    return str(address) == source_ip and any(address in network for network in policy.edge.networks)


def _traits(request: LoginRequest) -> frozenset[str]:
    return traits_of(
        attributes=request.nas,
        protocol=request.credential.protocol,
        message_authenticator=request.message_authenticator.value,
        username=request.username,
    )
