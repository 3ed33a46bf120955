"""The database of a Samba domain controller: makes it, and reads and mends accounts in it while Samba runs.

Runs under the system's own Python, because python3-samba belongs to that, and so imports nothing of this project.
Standard input is one JSON document whose ``action`` names what to do; the answer is JSON on standard output.
"""

import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.dcerpc import misc, security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.provision import FILL_FULL, provision
from samba.samdb import SamDB
from samba.sd_utils import SDUtils

EPOCH_SECONDS = 11_644_473_600  # from 1601, where AD's time begins, to 1970
TICKS = 10**7  # AD counts in 100 ns
NEVER = str(-(2**63))
LONG_AGO = str(130_000_000_000_000_000)  # in 2012
YEARS = 3650 * 86400
READ_CHILDREN_AND_PROPERTIES = "RPLCLORC"  # in SDDL: what a reader of password settings objects needs
SHOWN = ("badPwdCount", "badPasswordTime", "lockoutTime", "pwdLastSet", "logonCount", "objectGUID", "objectSid")


def ticks(seconds_from_now: float) -> str:
    return str(int((time.time() + EPOCH_SECONDS + seconds_from_now) * TICKS))


def interval(seconds: float) -> str:
    """AD writes lengths of time as negative numbers."""
    return str(int(-seconds * TICKS))


class Domain:
    """A domain's database, open as the system itself."""

    def __init__(self, database: SamDB) -> None:
        self._database = database
        self.base = str(database.domain_dn())

    def change(self, dn: object, values: dict[str, Any], controls: tuple[str, ...] = ()) -> None:
        message = ldb.Message(ldb.Dn(self._database, str(dn)))
        for name, value in values.items():
            message[name] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, name)
        self._database.modify(message, list(controls))

    def add(self, dn: object, values: dict[str, Any]) -> None:
        self._database.add({"dn": dn, **values})

    def found(self, username: str) -> ldb.Message:
        expression = f"(sAMAccountName={ldb.binary_encode(username)})"
        return self._database.search(self.base, expression=expression, attrs=list(SHOWN))[0]

    def add_members(self, group: str, members: list[ldb.Dn]) -> None:
        message = ldb.Message(self.found(group).dn)
        message["member"] = ldb.MessageElement([str(dn) for dn in members], ldb.FLAG_MOD_ADD, "member")
        self._database.modify(message)

    def add_user(self, account: dict[str, Any]) -> ldb.Dn:
        """In one transaction, for an account without password must not exist with "normal" flags."""
        dn = ldb.Dn(self._database, f"OU={account['unit']},{self.base}")
        own = ldb.Dn(self._database, "CN=x")
        own.set_component(0, "CN", account["name"])
        dn.add_child(own)
        self._database.transaction_start()
        try:
            names = {"sAMAccountName": account["username"], "userPrincipalName": account["user_principal_name"]}
            self.add(dn, {"objectClass": "user", "displayName": account["name"], **names})
            self._database.setpassword(f"(distinguishedName={ldb.binary_encode(str(dn))})", account["password"], False)
            self.change(dn, {"userAccountControl": str(dsdb.UF_NORMAL_ACCOUNT)})
        except Exception:
            self._database.transaction_cancel()
            raise
        self._database.transaction_commit()
        return dn

    def let_read(self, dn: str, reader: str) -> None:
        """Password settings objects are hidden from all but administrators, unless somebody says so."""
        sid = ndr_unpack(security.dom_sid, self.found(reader)["objectSid"][0])
        SDUtils(self._database).dacl_add_ace(dn, f"(A;CI;{READ_CHILDREN_AND_PROPERTIES};;;{sid})")


# What makes an account be in a state: attributes, and controls where AD guards them.
STATES: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "must-change": ({"pwdLastSet": "0"}, ()),
    "disabled": ({"userAccountControl": str(dsdb.UF_NORMAL_ACCOUNT | dsdb.UF_ACCOUNTDISABLE)}, ()),
    "locked": ({"lockoutTime": ticks(YEARS), "badPwdCount": "5"}, ()),
    "account-expired": ({"accountExpires": LONG_AGO}, ()),
    "password-expired": (
        {"pwdLastSet": ticks(-10 * 86400)},
        (f"local_oid:{dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID}:0",),
    ),
    "logon-hours": ({"logonHours": bytes(21)}, ()),
    "workstation": ({"userWorkstations": "ANOTHER-PC"}, ()),
    "smart-card": ({"userAccountControl": str(dsdb.UF_NORMAL_ACCOUNT | dsdb.UF_SMARTCARD_REQUIRED)}, ()),
}


def seed(domain: Domain, wanted: dict[str, Any]) -> None:
    window = interval(wanted["lockout_minutes"] * 60)
    domain.change(
        domain.base,
        {
            "lockoutThreshold": str(wanted["lockout_threshold"]), "lockoutDuration": window,
            "lockOutObservationWindow": window, "minPwdAge": "0", "maxPwdAge": NEVER, "pwdHistoryLength": "0",
        },
    )  # fmt: skip
    domain.change(f"CN=Partitions,CN=Configuration,{domain.base}", {"uPNSuffixes": wanted["upn_suffixes"]})
    for unit in ("People", "Groups", "Service"):
        domain.add(f"OU={unit},{domain.base}", {"objectClass": "organizationalUnit"})
    for group in wanted["groups"]:
        domain.add(f"CN={group},OU=Groups,{domain.base}", {"objectClass": "group", "sAMAccountName": group})
    for group, parents in wanted["groups"].items():
        for parent in parents:
            domain.add_members(parent, [domain.found(group).dn])
    for account in wanted["accounts"]:
        seed_account(domain, account)
    seed_password_settings(domain, wanted, window)
    for account in wanted["accounts"]:
        if account["state"] in STATES:
            domain.change(domain.found(account["username"]).dn, *STATES[account["state"]])


def seed_account(domain: Domain, account: dict[str, Any]) -> None:
    dn = domain.add_user(account)
    for group in account["groups"]:
        domain.add_members(group, [dn])
    if account["primary_group"]:
        domain.add_members(account["primary_group"], [dn])  # who is no member cannot have it as primary group
        sid = ndr_unpack(security.dom_sid, domain.found(account["primary_group"])["objectSid"][0])
        domain.change(dn, {"primaryGroupID": str(sid.split()[1])})  # AD then takes the ``member`` away


def seed_password_settings(domain: Domain, wanted: dict[str, Any], window: str) -> None:
    """A password that ages, for one account, and a smaller lockout threshold for a group."""
    container = f"CN=Password Settings Container,CN=System,{domain.base}"
    aged = domain.found("password-expired").dn
    strict = domain.found("Strict-Lockout").dn
    for name, applies_to, age, threshold in (
        ("Ageing", aged, interval(2 * 86400), wanted["lockout_threshold"]),
        ("Strict", strict, NEVER, wanted["strict_lockout_threshold"]),
    ):
        domain.add(
            f"CN={name},{container}",
            {
                "objectClass": "msDS-PasswordSettings", "msDS-PasswordSettingsPrecedence": "1",
                "msDS-PasswordReversibleEncryptionEnabled": "FALSE", "msDS-PasswordHistoryLength": "0",
                "msDS-PasswordComplexityEnabled": "FALSE", "msDS-MinimumPasswordLength": "1",
                "msDS-MinimumPasswordAge": "0", "msDS-MaximumPasswordAge": age,
                "msDS-LockoutThreshold": str(threshold), "msDS-LockoutObservationWindow": window,
                "msDS-LockoutDuration": window, "msDS-PSOAppliesTo": str(applies_to),
            },
        )  # fmt: skip
    domain.let_read(container, wanted["service_account"])


def make(wanted: dict[str, Any]) -> None:
    """A new domain, seeded. Access lists of the file share for policies are left out: nobody reads it."""
    configuration = LoadParm()
    configuration.load(wanted["configuration"])
    made = provision(
        logging.getLogger("provision"), system_session(), smbconf=wanted["configuration"], samdb_fill=FILL_FULL,
        realm=wanted["dns_domain"].upper(), domain=wanted["netbios_domain"], hostname=wanted["host"],
        hostip=wanted["address"], adminpass=wanted["administrator_password"],
        serverrole="active directory domain controller", dns_backend="SAMBA_INTERNAL",
        dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2, lp=configuration, skip_sysvolacl=True, use_rfc2307=False,
        batch_mode=True,
    )  # fmt: skip
    seed(Domain(made.samdb), wanted)


def opened(wanted: dict[str, Any]) -> Domain:
    configuration = LoadParm()
    configuration.load(wanted["configuration"])
    path = str(Path(wanted["private"]) / "sam.ldb")
    return Domain(SamDB(url=path, session_info=system_session(), lp=configuration))


def read(wanted: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Some attributes of accounts and groups, by name."""
    domain = opened(wanted)
    return {username: shown(domain.found(username)) for username in wanted["usernames"]}


def shown(entry: ldb.Message) -> dict[str, str]:
    values = {name: str(entry[name][0]) for name in SHOWN if name in entry and not name.startswith("object")}
    guid = ndr_unpack(misc.GUID, entry["objectGUID"][0])
    sid = ndr_unpack(security.dom_sid, entry["objectSid"][0])
    return values | {"objectGUID": str(guid), "objectSid": str(sid)}


def forgive(wanted: dict[str, Any]) -> None:
    """Wrong passwords count from zero again, and nobody is locked."""
    domain = opened(wanted)
    for username in wanted["usernames"]:
        domain.change(domain.found(username).dn, {"lockoutTime": "0", "badPwdCount": "0"})


ACTIONS = {"make": make, "read": read, "forgive": forgive}


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    wanted = json.load(sys.stdin)
    answer = ACTIONS[wanted["action"]](wanted)
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
