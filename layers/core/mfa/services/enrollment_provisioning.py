"""How a new seed reaches an authenticator app: an otpauth URI, its key for typing, a QR code to scan.

All of them hold the seed in clear. They are made once, when a factor is started, and stored nowhere.
"""

import base64
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from mfa.domain.factors import TotpAlgorithm, TotpParameters
from mfa.domain.otp import provisioning_uri

if TYPE_CHECKING:
    from segno import QRCode

SEED_OCTETS: Final[dict[TotpAlgorithm, int]] = {"SHA1": 20, "SHA256": 32, "SHA512": 64}  # the hash's own length


@dataclass(frozen=True, slots=True, kw_only=True)
class Provisioning:
    """``key`` is base32 in groups of four, ``qr_svg`` one ``<svg>`` element that may stand in a page as it is.

    ``qr_rows`` are the same code's rows of modules, "1" for a dark one, for who draws it: a page that takes no markup
    from a server draws it as one path."""

    otpauth_uri: str = field(repr=False)
    key: str = field(repr=False)
    qr_svg: str = field(repr=False)
    qr_rows: tuple[str, ...] = field(repr=False)


def provision(seed: bytes, parameters: TotpParameters, *, issuer: str, account: str) -> Provisioning:
    uri = provisioning_uri(seed, parameters, issuer=issuer, account=account)
    qr = _qr_code(uri)
    return Provisioning(otpauth_uri=uri, key=grouped_key(seed), qr_svg=_svg(qr), qr_rows=_rows(qr))


def grouped_key(seed: bytes) -> str:
    key = base64.b32encode(seed).decode("ascii").rstrip("=")
    return " ".join(key[start : start + 4] for start in range(0, len(key), 4))


def _qr_code(uri: str) -> "QRCode":
    import segno  # noqa: PLC0415 -- only this call needs it, and every cold start would pay for it

    return segno.make(uri, micro=False, error="m")


def _svg(qr: "QRCode") -> str:
    drawn = io.BytesIO()
    qr.save(
        drawn, kind="svg", xmldecl=False, scale=4, dark="#000", light="#fff", title="QR code for an authenticator app"
    )
    return drawn.getvalue().decode("utf-8").strip()


def _rows(qr: "QRCode") -> tuple[str, ...]:
    return tuple("".join("1" if module else "0" for module in row) for row in qr.matrix)
