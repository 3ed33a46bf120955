"""``python -m local.seeding``: writes the demo configuration and users that standard input names.

A process of its own, because the product takes its AWS credentials from the environment, like a function does.
"""

import base64
import json
import sys
from os import environ
from typing import Final

from local.demo_world import CLIENT, REALM, DemoUser
from mfa.bootstrap import Composition
from mfa.settings import Settings

ACTOR: Final = "local"


def main() -> None:
    wanted = json.load(sys.stdin)
    composition = Composition(Settings.from_mapping(environ))
    if wanted["configuration"]:
        composition.configuration_service.apply((REALM,), (CLIENT,))
    for user in (DemoUser(**fields) for fields in wanted["users"]):
        composition.provisioning.add_subscriber_with_totp(
            realm=REALM,
            names=(user.username, user.upn),
            seed=base64.b32decode(user.totp_secret),
            actor=ACTOR,
            display_name=user.username.title(),
        )


if __name__ == "__main__":
    main()
