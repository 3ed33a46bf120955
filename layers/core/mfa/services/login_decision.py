"""What came out of a login, and how it is told: a little to the edge, all of it to the audit trail."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final

from mfa.contract.credentials import MsChap2Success
from mfa.contract.fields import base64url
from mfa.contract.login import LoginRequest, LoginResponse, Outcome
from mfa.domain.configuration import ClientPolicy
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias
from mfa.ports import LoginRecord

# Nothing to hide: a probe wants its answer, and a fault says nothing about the user. A directory that fails does: it is
# asked only after a right code.
_NOT_HELD: Final = frozenset(
    {
        RejectReason.PROBE_NAME,
        RejectReason.UNKNOWN_CLIENT,
        RejectReason.FOREIGN_CLIENT,
        RejectReason.STALE_CONFIGURATION,
        RejectReason.UNAVAILABLE,
        RejectReason.TOO_LATE,
        RejectReason.MESSAGE_AUTHENTICATOR_MISSING,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """``reason`` comes with a Reject, ``upstream`` with ``forward``, ``state`` with a challenge that was made at
    ``challenged_at``, ``ticket`` with ``pending``: the login ``waits_for`` a prompt of that id. ``unproven`` is an
    Accept for which the claimant showed nothing that was checked here. ``like_a_prompt`` holds a Reject as long as that
    of a prompt which nobody answers. ``message_id`` is the provider's id of a message that was sent. ``typed`` is the
    kind of what was shown; ``locks`` says that this failure was the last one before a lock."""

    outcome: Outcome
    reason: RejectReason | None = None
    user_id: str | None = None
    factor_id: str | None = None
    replayed: bool = False
    hold_ms: int = 0
    fault: str | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    ms_chap: MsChap2Success | None = None
    challenged_at: int | None = None
    state: bytes | None = field(default=None, repr=False)
    reply_message: str | None = None
    unproven: bool = False
    waits_for: str | None = None
    ticket: str | None = field(default=None, repr=False)
    poll_after_ms: int | None = None
    like_a_prompt: bool = False
    rule: str | None = None
    exemption: str | None = None
    upstream: str | None = None
    directory: str | None = None
    message_id: str | None = None
    typed: str | None = None
    locks: bool = False

    @property
    def proves_the_sender(self) -> bool:
        """An Accept that this very packet earned: it was no replay, and somebody who knew something sent it."""
        return self.outcome is Outcome.ACCEPT and not self.replayed and not self.unproven


def rejected(reason: RejectReason, *, user_id: str | None = None, fault: str | None = None) -> Decision:
    # Without Message-Authenticator nothing in a packet is proven, not even who sent it.
    is_dropped = reason is RejectReason.MESSAGE_AUTHENTICATOR_MISSING
    outcome = Outcome.DROP if is_dropped else Outcome.REJECT
    return Decision(outcome=outcome, reason=reason, user_id=user_id, fault=fault)


def forwarded(upstream: str, *, user_id: str | None, rule: str | None = None) -> Decision:
    return Decision(outcome=Outcome.FORWARD, upstream=upstream, user_id=user_id, rule=rule)


def answered(decision: Decision, policy: ClientPolicy) -> Decision:
    """What the client's policy adds. Same answer, same hold: all failures of a client look alike on the wire, in
    content and in time."""
    match decision.outcome:
        case Outcome.ACCEPT:
            return replace(decision, attributes=(*policy.reply_attributes, *decision.attributes))
        case Outcome.REJECT if decision.like_a_prompt or decision.reason not in _NOT_HELD:
            hold_ms = policy.prompt_hold_ms if decision.like_a_prompt else policy.failure_hold_ms
            return replace(decision, hold_ms=hold_ms, attributes=())
        case _:
            return replace(decision, attributes=())


def response(request: LoginRequest, decision: Decision) -> LoginResponse:
    return LoginResponse(
        login_id=request.login_id,
        nonce=request.nonce,
        outcome=decision.outcome,
        hold_ms=decision.hold_ms,
        reply_message=decision.reply_message,
        attributes=decision.attributes,
        state=decision.state,
        ms_chap=decision.ms_chap,
        upstream=decision.upstream,
        ticket=decision.ticket,
        poll_after_ms=decision.poll_after_ms,
    )


def record(request: LoginRequest, decision: Decision, seconds: float, trace_id: str | None) -> LoginRecord:
    return LoginRecord(
        login_id=base64url(request.login_id),
        client=request.client,
        source_ip=request.source_ip,
        username=request.username,
        user_id=decision.user_id,
        outcome=decision.outcome.value,
        reason=decision.reason,
        factor_id=decision.factor_id,
        replayed=decision.replayed,
        config_revision=request.config_revision,
        nas=request.nas,
        duration_ms=round(seconds * 1000),
        fault=decision.fault,
        trace_id=trace_id,
        protocol=request.credential.protocol,
        rule=decision.rule,
        exemption=decision.exemption,
        upstream=decision.upstream,
        directory=decision.directory,
        prompt=decision.waits_for,
        message_id=decision.message_id,
        typed=decision.typed,
        locks=decision.locks,
    )


def nobody(alias: Alias) -> str:
    """A user id that nobody has, so that an unknown name costs the same calls as a known one. It differs by name:
    one id for all would send a flood of made-up names to one partition of the table."""
    return "nobody-" + hashlib.sha256(repr(alias).encode()).hexdigest()[:32]


def place_of(error: Exception) -> str:
    """Where a bug showed itself. Not its text: that could hold what a user typed."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return type(error).__name__
    return f"{type(error).__name__} in {PurePath(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}"
