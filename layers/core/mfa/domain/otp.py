"""One-time codes (RFC 4226, RFC 6238): which time step a typed code belongs to.

pyotp makes the codes; its ``verify`` is not used, because it does not tell the step, and without the step a code
can be used twice. Every candidate is compared, in constant time, whether or not an earlier one fitted.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Final

import pyotp

from mfa.domain.factors import AcceptedCode, TotpAlgorithm, TotpFactor, TotpParameters

WINDOW: Final = (-1, 0, 1)  # RFC 6238 section 5.2: at most one step for the delay, either way
MAX_DRIFT: Final = 10  # steps: five minutes. A token further off needs to be replaced, not followed
MIN_SEED_OCTETS: Final = 14  # NIST SP 800-63B section 3.1.4.1: 112 bits

type IsTyped = Callable[[str], bool]
"""Whether that code is what was typed; in constant time."""

_DIGESTS: Final[Mapping[TotpAlgorithm, Callable[..., object]]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}


def code_at(time_step: int, seed: bytes, parameters: TotpParameters) -> str:
    return _generator(seed, parameters).generate_otp(time_step)


def time_step_at(now: float, parameters: TotpParameters) -> int:
    return int(now // parameters.period)


def find_time_step(factor: TotpFactor, seed: bytes, is_typed: IsTyped, now: float) -> AcceptedCode | None:
    """Which step of the factor, by its own clock, the typed code belongs to; None if to none.

    The step may have been used: the caller compares it with ``last_accepted_time_step``."""
    centre = time_step_at(now, factor.parameters) + factor.drift
    step = matching_time_step(is_typed, seed, factor.parameters, centre)
    return None if step is None else _accepted(factor, step, step - centre)


def _accepted(factor: TotpFactor, step: int, offset: int) -> AcceptedCode:
    """Two codes in a row with the same offset move the drift (RFC 6238 section 6); one alone may be a slow typist."""
    drift = factor.drift
    if offset != 0 and offset == factor.last_offset and abs(drift + offset) <= MAX_DRIFT:
        drift, offset = drift + offset, 0
    return AcceptedCode(factor_id=factor.factor_id, time_step=step, drift=drift, offset=offset)


def matching_time_step(is_typed: IsTyped, seed: bytes, parameters: TotpParameters, centre: int) -> int | None:
    """The highest step of the window around ``centre`` whose code was typed; None if there is none.

    The highest, because the step and all before it will be used up: of two steps that happen to share a code
    the lower one would leave the code usable a second time.
    """
    generator = _generator(seed, parameters)
    found = None
    for offset in WINDOW:
        step = centre + offset
        if step >= 0 and is_typed(generator.generate_otp(step)):
            found = step
    return found


def is_code(text: str) -> bool:
    """ASCII digits only: ``str.isdigit`` alone would let full-width and Arabic digits through."""
    return text.isascii() and text.isdigit() and len(text) in {6, 8}


def provisioning_uri(seed: bytes, parameters: TotpParameters, *, issuer: str, account: str) -> str:
    """The otpauth URI that an authenticator app reads. It holds the seed in clear."""
    generator = pyotp.TOTP(
        _base32(seed),
        digits=parameters.digits,
        digest=_DIGESTS[parameters.algorithm],
        interval=parameters.period,
    )
    return generator.provisioning_uri(name=account, issuer_name=issuer)


def _base32(seed: bytes) -> str:
    return base64.b32encode(seed).decode("ascii").rstrip("=")


def _generator(seed: bytes, parameters: TotpParameters) -> pyotp.HOTP:
    return pyotp.HOTP(_base32(seed), digits=parameters.digits, digest=_DIGESTS[parameters.algorithm])
