"""Is this the code that was sent? A pure decision on values that were read before."""

from collections.abc import Sequence

from mfa.domain.factors import CodeFactors
from mfa.domain.proofs import Proof
from mfa.domain.reasons import RejectReason
from mfa.domain.sent_codes import MAX_MISSES, AcceptedMessage, SentCode, client_key, newest_of

type OpenedCodes = Sequence[tuple[SentCode, str]]


def verify_sent_code(
    proof: Proof, opened: OpenedCodes, item: CodeFactors, client: str, now: float
) -> AcceptedMessage | RejectReason | None:
    """None if none of them was typed. ``item`` as it is after the try was counted."""
    fits = [code for code, text in opened if proof.proves(text)]
    verdicts = [(code, _why_not(code, item, client, now)) for code in fits]
    for code, reason in verdicts:
        if reason is None:
            return AcceptedMessage(code_id=code.code_id, factor_id=code.phone_id)
    return verdicts[0][1] if verdicts else None


def used_text(proof: Proof, opened: OpenedCodes) -> str | None:
    """The used code that this proof shows; None if it shows none."""
    found = None
    for code, text in opened:
        if proof.proves(text) and code.used:
            found = text
    return found


def is_live(code: SentCode, item: CodeFactors, client: str, now: float) -> bool:
    """Whether it would be accepted if it were typed now."""
    return _why_not(code, item, client, now) is None


def _why_not(code: SentCode, item: CodeFactors, client: str, now: float) -> RejectReason | None:
    if code.used:
        return RejectReason.CODE_USED
    if code.client_key != client_key(client):
        return RejectReason.CODE_OF_ANOTHER_CLIENT
    if code.expires_at <= now:
        return RejectReason.CODE_EXPIRED
    is_newest = newest_of(item.messages, client) == code
    is_reachable = any(phone.phone_id == code.phone_id for phone in item.phones)
    return None if is_newest and is_reachable and not _is_guessed_at(code, item) else RejectReason.CODE_VOID


def _is_guessed_at(code: SentCode, item: CodeFactors) -> bool:
    """Every try since it was sent was a guess at it, too. The count is that of the reserving write: of any number of
    guesses at once just MAX_MISSES are compared. A success begins the count anew, so it voids the code."""
    throttle = item.throttle
    return throttle.successes != code.successes or throttle.tries - code.tries > MAX_MISSES
