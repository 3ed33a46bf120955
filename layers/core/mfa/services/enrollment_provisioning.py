"""How a new seed reaches an authenticator app: an otpauth URI, its key for typing, a QR code to scan.

All three hold the seed in clear. They are made once, when a factor is started, and stored nowhere.
"""

import base64
import io
from dataclasses import dataclass, field
from typing import Final

from mfa.domain.factors import TotpAlgorithm, TotpParameters
from mfa.domain.otp import provisioning_uri

SEED_OCTETS: Final[dict[TotpAlgorithm, int]] = {"SHA1": 20, "SHA256": 32, "SHA512": 64}  # the hash's own length


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    """``key`` is base32 in groups of four, ``qr_svg`` one ``<svg>`` element that may stand in a page as it is."""

    otpauth_uri: str = field(repr=False)
    key: str = field(repr=False)
    qr_svg: str = field(repr=False)


def provision(seed: bytes, parameters: TotpParameters, *, issuer: str, account: str) -> Provisioning:
    uri = provisioning_uri(seed, parameters, issuer=issuer, account=account)
    return Provisioning(otpauth_uri=uri, key=grouped_key(seed), qr_svg=_qr_svg(uri))


def grouped_key(seed: bytes) -> str:
    key = base64.b32encode(seed).decode("ascii").rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _qr_svg(uri: str) -> str:
    import segno  # noqa: PLC0415 -- only this call needs it, and every cold start would pay for it

    drawn = io.BytesIO()
    segno.make(uri, micro=False, error="m").save(
        drawn, kind="svg", xmldecl=False, scale=4, dark="#000", light="#fff", title="QR code for an authenticator app"
    )
    return drawn.getvalue().decode("utf-8").strip()
