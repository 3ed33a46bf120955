"""One-time codes (RFC 4226, RFC 6238): how they are made, and which time step or counter a typed one belongs to.

Nothing of pyotp makes or checks them: it knows no step that was used, and no seed of the 80 bits that many hardware
tokens have. Every candidate is compared, in constant time, whether or not an earlier one fitted.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from mfa.domain.factors import AcceptedCode, CodeFactor, CodeParameters, HotpFactor, TotpFactor, TotpParameters

WINDOW: Final = (-1, 0, 1)  # RFC 6238 section 5.2: at most one step for the delay, either way
MAX_DRIFT: Final = 10  # steps: five minutes. A token further off needs to be replaced, not followed
LOOK_AHEAD: Final = 10  # RFC 4226 section 7.4: so many counters after the last used one may come next
MIN_SEED_OCTETS: Final = 14  # NIST SP 800-63B section 3.1.4.1: 112 bits

type IsTyped = Callable[[str], bool]
"""Whether that code is what was typed; in constant time."""


def code_at(moving_factor: int, seed: bytes, parameters: CodeParameters) -> str:
    """RFC 4226 section 5.3, with the hash of RFC 6238."""
    mac = hmac.digest(seed, moving_factor.to_bytes(8), parameters.algorithm)
    offset = mac[-1] & 0xF
    truncated = int.from_bytes(mac[offset : offset + 4]) & 0x7FFFFFFF
    return f"{truncated % 10**parameters.digits:0{parameters.digits}}"


def time_step_at(now: float, parameters: TotpParameters) -> int:
    return int(now // parameters.period)


def find_code(factor: CodeFactor, seed: bytes, is_typed: IsTyped, now: float) -> AcceptedCode | None:
    """Which code of the factor was typed; None if none of those that may be typed now.

    It may have been used: the caller compares it with the last used one."""
    if isinstance(factor, HotpFactor):
        return find_counter(factor, seed, is_typed)
    return find_time_step(factor, seed, is_typed, now)


def find_counter(factor: HotpFactor, seed: bytes, is_typed: IsTyped) -> AcceptedCode | None:
    """As far back as ahead, so that a code that was used is told from a wrong one. The highest counts, as of steps."""
    last = factor.last_accepted_counter
    found = None
    for counter in range(max(0, last - LOOK_AHEAD + 1), last + LOOK_AHEAD + 1):
        if is_typed(code_at(counter, seed, factor.parameters)):
            found = counter
    return None if found is None else AcceptedCode(factor_id=factor.factor_id, moving_factor=found)


def find_time_step(factor: TotpFactor, seed: bytes, is_typed: IsTyped, now: float) -> AcceptedCode | None:
    """Which step of the factor, by its own clock, the typed code belongs to; None if to none."""
    centre = time_step_at(now, factor.parameters) + factor.drift
    step = matching_time_step(is_typed, seed, factor.parameters, centre)
    return None if step is None else _accepted(factor, step, step - centre)


def _accepted(factor: TotpFactor, step: int, offset: int) -> AcceptedCode:
    """Two codes in a row with the same offset move the drift (RFC 6238 section 6); one alone may be a slow typist."""
    drift = factor.drift
    if offset != 0 and offset == factor.last_offset and abs(drift + offset) <= MAX_DRIFT:
        drift, offset = drift + offset, 0
    return AcceptedCode(factor_id=factor.factor_id, moving_factor=step, drift=drift, offset=offset)


def matching_time_step(is_typed: IsTyped, seed: bytes, parameters: TotpParameters, centre: int) -> int | None:
    """The highest step of the window around ``centre`` whose code was typed; None if there is none.

    The highest, because the step and all before it will be used up: of two steps that happen to share a code
    the lower one would leave the code usable a second time.
    """
    found = None
    for offset in WINDOW:
        step = centre + offset
        if step >= 0 and is_typed(code_at(step, seed, parameters)):
            found = step
    return found


def is_code(text: str) -> bool:
    """ASCII digits only: ``str.isdigit`` alone would let full-width and Arabic digits through."""
    return text.isascii() and text.isdigit() and len(text) in {6, 8}


def provisioning_uri(seed: bytes, parameters: TotpParameters, *, issuer: str, account: str) -> str:
    """The otpauth URI that an authenticator app reads. It holds the seed in clear."""
    import pyotp  # noqa: PLC0415 -- only enrolment needs it, and a login's cold start would pay for it

    generator = pyotp.TOTP(
        _base32(seed),
        digits=parameters.digits,
        digest=getattr(hashlib, parameters.algorithm.lower()),
        interval=parameters.period,
    )
    return generator.provisioning_uri(name=account, issuer_name=issuer)


def _base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode("ascii").rstrip("=")
