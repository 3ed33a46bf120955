"""What a domain controller means by its answer to a bind with the user's password.

Result 49 says "invalid credentials" for everything; why stands in the text: ``… comment: AcceptSecurityContext error,
data 52e, v4563``. The code after ``data`` is a Windows error in hexadecimal (MS-ERREF 2.2).
"""

import re
from collections.abc import Mapping
from typing import Final

from mfa.contract.directory import DirectoryResult

SUCCESS: Final = 0
INVALID_CREDENTIALS: Final = 49
NOT_LOOKED_AT: Final = frozenset({51, 52})  # busy, unavailable (RFC 4511 appendix A.2): the password was not tried

_DATA: Final = re.compile(r"\bdata ([0-9a-f]{1,8})\b", re.IGNORECASE)
_BAD_BINDINGS: Final = "80090346"  # SEC_E_BAD_BINDINGS: the controller wants channel binding, which we do not send
_SUB_CODES: Final[Mapping[str, DirectoryResult]] = {
    "52e": DirectoryResult.PASSWORD_WRONG,  # ERROR_LOGON_FAILURE
    "525": DirectoryResult.PASSWORD_WRONG,  # ERROR_NO_SUCH_USER
    "57": DirectoryResult.PASSWORD_WRONG,  # ERROR_INVALID_PARAMETER
    "52f": DirectoryResult.RESTRICTED,  # ERROR_ACCOUNT_RESTRICTION
    "569": DirectoryResult.RESTRICTED,  # ERROR_LOGON_TYPE_NOT_GRANTED
    "530": DirectoryResult.LOGON_HOURS,  # ERROR_INVALID_LOGON_HOURS
    "531": DirectoryResult.WORKSTATION,  # ERROR_INVALID_WORKSTATION
    "532": DirectoryResult.PASSWORD_EXPIRED,  # ERROR_PASSWORD_EXPIRED
    "533": DirectoryResult.DISABLED,  # ERROR_ACCOUNT_DISABLED
    "701": DirectoryResult.ACCOUNT_EXPIRED,  # ERROR_ACCOUNT_EXPIRED
    "773": DirectoryResult.MUST_CHANGE_PASSWORD,  # ERROR_PASSWORD_MUST_CHANGE
    "775": DirectoryResult.LOCKED,  # ERROR_ACCOUNT_LOCKED_OUT
    _BAD_BINDINGS: DirectoryResult.UNAVAILABLE,
}


def result_of_bind(code: int, text: str) -> DirectoryResult:
    """A refusal for a reason that nobody knows counts as a wrong password: it may have cost one of the tries. Codes
    other than 49 (busy, unavailable, unwilling) say nothing about the password."""
    if code == SUCCESS:
        return DirectoryResult.PASSWORD_RIGHT
    if code != INVALID_CREDENTIALS:
        return DirectoryResult.UNAVAILABLE
    return _SUB_CODES.get(sub_code(text) or "", DirectoryResult.PASSWORD_WRONG)


def sub_code(text: str) -> str | None:
    """Why, in hexadecimal, lower case."""
    if _BAD_BINDINGS in text:
        return _BAD_BINDINGS
    found = _DATA.search(text)
    return found[1].lower() if found else None
