"""Which IAM role asks, read off the ARN that API Gateway verified.

``arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`` is a session of the role NAME. The session's name is the caller's
own choice and proves nothing. Users and the account itself have no role.
"""

import re
from typing import Final

ROLE_NAME: Final = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")  # what IAM lets a role be called
_SESSION: Final = re.compile(r"arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role/([^/:]+)/[^/:]+")


def role_of(user_arn: object) -> str | None:
    match = _SESSION.fullmatch(user_arn) if isinstance(user_arn, str) else None
    return match[1] if match and ROLE_NAME.fullmatch(match[1]) else None
