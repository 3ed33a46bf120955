"""``python -m local.seeding``: writes the demo configuration and users that standard input names.

A process of its own, because the product takes its AWS credentials from the environment, like a function does.
"""

import base64
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from os import environ
from typing import Any, Final

from local import directory_clients
from local.demo_world import CLIENT, PATIENT_CLIENT, REALM
from local.directory_world import OTHER_UPN_SUFFIX
from mfa.bootstrap import Composition
from mfa.contract.directory import DirectoryAddress
from mfa.settings import Settings

ACTOR: Final = "local"


def main() -> None:
    wanted = json.load(sys.stdin)
    composition = Composition(Settings.from_mapping(environ))
    if wanted["configuration"] is not None:
        _configure(composition, wanted["configuration"])
    realm = replace(REALM, upn_suffixes=REALM.upn_suffixes | {OTHER_UPN_SUFFIX})
    for user in wanted["users"]:
        composition.administration.provisioning.add_subscriber_with_totp(
            realm=realm,
            names=(user["username"], user["upn"]),
            seed=base64.b32decode(user["totp_secret"]),
            actor=ACTOR,
            display_name=user["username"].title(),
        )


def _configure(composition: Composition, wanted: Mapping[str, Any]) -> None:
    if wanted["directory"] is None:
        composition.edge_api.configuration.apply((REALM,), (CLIENT, PATIENT_CLIENT))
        return
    composition.edge_api.configuration.apply(
        (directory_clients.realm_with(DirectoryAddress.from_message(wanted["directory"])),),
        (CLIENT, PATIENT_CLIENT, *directory_clients.CLIENTS),
        rules=directory_clients.rules(wanted["group_sids"]),
        exemptions=(directory_clients.exemption(),),
    )


if __name__ == "__main__":
    main()
