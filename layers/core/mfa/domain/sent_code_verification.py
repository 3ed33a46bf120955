"""Is this the code that was sent? A pure decision on values that were read before."""

from collections.abc import Sequence

from mfa.domain.factors import CodeFactors
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import MAX_MISSES, AcceptedMessage, OpenedCode, SentCode, client_key, newest_of

type OpenedCodes = Sequence[OpenedCode]


def verify_sent_code(
    proof: Proof, opened: OpenedCodes, item: CodeFactors, client: str, now: float
) -> AcceptedMessage | RejectReason | None:
    """None if none of them was typed. ``item`` as it is after the try was counted."""
    fits = [code for code in opened if proof.proves(code.text)]
    verdicts = [(code, _why_not_this(code, item, client, now)) for code in fits]
    for code, reason in verdicts:
        if reason is None:
            message = code.message
            return AcceptedMessage(code_id=message.code_id, factor_id=message.phone_id, place=code.place)
    return verdicts[0][1] if verdicts else None


def used_text(proof: Proof, opened: OpenedCodes) -> str | None:
    """The used code that this proof shows; None if it shows none."""
    found = None
    for code in opened:
        if proof.proves(code.text) and code.is_used:
            found = code.text
    return found


def is_live(code: SentCode, item: CodeFactors, client: str, now: float) -> bool:
    """Whether one of its codes would be accepted if it were typed now."""
    return len(code.used) < code.size and _why_not(code, item, client, now) is None


def _why_not_this(code: OpenedCode, item: CodeFactors, client: str, now: float) -> RejectReason | None:
    return RejectReason.CODE_USED if code.is_used else _why_not(code.message, item, client, now)


def _why_not(code: SentCode, item: CodeFactors, client: str, now: float) -> RejectReason | None:
    if code.client_key != client_key(client):
        return RejectReason.CODE_OF_ANOTHER_CLIENT
    if code.expires_at <= now:
        return RejectReason.CODE_EXPIRED
    is_newest = newest_of(item.messages, client) == code
    is_reachable = any(phone.phone_id == code.phone_id for phone in item.phones)
    return None if is_newest and is_reachable and not _is_guessed_at(code, item) else RejectReason.CODE_VOID


def _is_guessed_at(code: SentCode, item: CodeFactors) -> bool:
    """Every try since it was sent was a guess at it, too. The count is that of the reserving write: of any number of
    guesses at once just MAX_MISSES are compared. A success begins the count anew, so it voids the code; one by a code
    of this very message has written the new count into it."""
    throttle = item.throttle
    return throttle.successes != code.successes or throttle.tries - code.tries > MAX_MISSES
