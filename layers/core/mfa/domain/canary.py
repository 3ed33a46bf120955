"""The canary: a login every minute that nobody needs. What is its own is known by these names, and by nothing else."""

from typing import Final

CANARY_CLIENT: Final = "gatehouse-canary"  # the RADIUS client, and the realm that it alone uses
CANARY_USER: Final = "canary"
