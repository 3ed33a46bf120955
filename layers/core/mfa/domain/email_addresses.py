"""Which text is an e-mail address that we write to: plain ASCII, one address, nothing that could add a header."""

import re
from typing import Final

MAX_ADDRESS_OCTETS: Final = 254  # RFC 5321 section 4.5.3.1.3, without the brackets
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")


def is_address(text: str) -> bool:
    return len(text) <= MAX_ADDRESS_OCTETS and _ADDRESS.fullmatch(text) is not None


def masked_address(address: str) -> str:
    """All that logs and answers show of an address."""
    local, _, host = address.rpartition("@")
    return f"{local[:1]}…@{host}"
