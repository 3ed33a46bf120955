"""The canary: a login every minute that nobody needs. What is its own is known by these names, and by nothing else."""

from typing import Final

CANARY_CLIENT: Final = "gatehouse-canary"  # the RADIUS client, and the realm that it alone uses
CANARY_USER: Final = "canary"


def is_canary(client: object, username: object) -> bool:
    """Whether a login of that client with that name, as it was sent, is the canary's. The client alone proves nothing:
    whoever writes its realm or its name into a document could hide the logins of real users behind it."""
    return (client, username) == (CANARY_CLIENT, CANARY_USER)
