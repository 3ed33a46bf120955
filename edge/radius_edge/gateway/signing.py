"""AWS Signature Version 4 for the few requests the edge makes, with everything but time and body prepared.

The key changes once a day, the canonical request's beginning once a second, so a signature costs three hashes.
botocore is the oracle in the tests.
"""

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from typing import Final

from radius_edge.protocol.digests import KeyedHash, hmac_sha256

SERVICE: Final = "execute-api"
CONTENT_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsCredentials:
    """``expires_at`` in Unix seconds, None for those that last. Only the key id may show."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: float | None = None


class SignedRoute:
    """One method and path under one set of credentials."""

    def __init__(self, method: str, host: str, path: str, region: str, credentials: AwsCredentials) -> None:
        body_header = f"content-type:{CONTENT_TYPE}\n" if method == "POST" else ""
        token = credentials.session_token
        names = ["content-type"] if body_header else []
        names += ["host", "x-amz-date"] + (["x-amz-security-token"] if token else [])
        self._credentials = credentials
        self._region = region
        self._signed = ";".join(names)
        self._before_date = f"{method}\n{path}\n\n{body_header}host:{host}\nx-amz-date:"
        self._after_date = (f"\nx-amz-security-token:{token}" if token else "") + f"\n\n{self._signed}\n"
        self._fixed_head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n" + (
            f"Content-Type: {CONTENT_TYPE}\r\n" if body_header else ""
        )
        self._fixed_head += f"X-Amz-Security-Token: {token}\r\n" if token else ""
        self._second = -1
        self._day = ""

    def head(self, body: bytes, now: float) -> str:
        """Request line and headers up to the signature, each line ended; Content-Length and the like come after."""
        second = int(now)
        if second != self._second:
            self._begin_second(second)
        canonical = self._canonical.copy()
        canonical.update(hashlib.sha256(body).hexdigest().encode())
        signature = self._key.digest(self._to_sign + canonical.hexdigest().encode()).hex()
        return f"{self._head}{signature}\r\n"

    def _begin_second(self, second: int) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        if stamp[:8] != self._day:
            self._begin_day(stamp[:8])
        self._canonical = hashlib.sha256((self._before_date + stamp + self._after_date).encode())
        self._to_sign = f"AWS4-HMAC-SHA256\n{stamp}\n{self._scope}\n".encode()
        self._head = (
            f"{self._fixed_head}X-Amz-Date: {stamp}\r\nAuthorization: AWS4-HMAC-SHA256 "
            f"Credential={self._credentials.access_key_id}/{self._scope}, SignedHeaders={self._signed}, Signature="
        )
        self._second = second

    def _begin_day(self, day: str) -> None:
        key = f"AWS4{self._credentials.secret_access_key}".encode()
        for part in (day, self._region, SERVICE, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._key: KeyedHash = hmac_sha256(key)
        self._scope = f"{day}/{self._region}/{SERVICE}/aws4_request"
        self._day = day
