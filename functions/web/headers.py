"""What every answer of the web app says besides its body.

The rule: the page runs nothing but its own files, shows itself in no foreign frame, and tells nobody where it was. Text
from the server reaches the page as text only; require-trusted-types-for holds that even where a line of ours forgets.
"""

from collections.abc import Mapping
from typing import Final

# "gatehouse" is the one policy of js/trusted.js. There is no form that sends itself, and no base element.
_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types gatehouse",
)
_NOT_USED: Final = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "usb",
)  # fmt: skip -- a list of names, not of lines
_FEATURES: Final = (
    *(f"{feature}=()" for feature in _NOT_USED),
    "publickey-credentials-create=(self)",
    "publickey-credentials-get=(self)",
)

SECURITY_HEADERS: Final[Mapping[str, str]] = {
    "content-security-policy": "; ".join(_POLICY),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": ", ".join(_FEATURES),
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=63072000",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",  # for what does not know frame-ancestors
}
