"""The authorization header of a device: which one, when, and its signature over the request.

``Gatehouse-Device id="…", time="…", signature="…"``, to the letter but for the case of the scheme and the spaces
between the parts.
"""

import re
from typing import Final

from http_api.requests import Request
from mfa.contract import ContractError, fields
from mfa.domain.push_devices import SIGNATURE_OCTETS
from mfa.services.device_authentication import SignedRequest
from mfa.services.push_errors import DeviceRefusedError

_HEADER: Final = re.compile(
    r'gatehouse-device +id="(?P<id>[A-Za-z0-9_-]{22})" *, *time="(?P<time>[0-9]{1,15})" *,'
    r' *signature="(?P<signature>[A-Za-z0-9_-]{86})"',
    re.IGNORECASE,
)


def signed_request(request: Request) -> SignedRequest:
    """Raises DeviceRefusedError: a header that cannot be read is no better than none."""
    read = _HEADER.fullmatch(request.headers.get("authorization", ""))
    if read is None:
        raise DeviceRefusedError
    return SignedRequest(
        device_id=read["id"],
        time_ms=int(read["time"]),
        signature=_signature(read["signature"]),
        method=request.method,
        path=request.path,
        body=request.body,
    )


def _signature(text: str) -> bytes:
    try:
        return fields.octets_of(text, "signature", lowest=SIGNATURE_OCTETS, highest=SIGNATURE_OCTETS)
    except ContractError:
        raise DeviceRefusedError from None
