"""Directories, modes, policies, exemptions and upstreams in a document: every mistake at its place, and both ways."""

import copy
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.system import local_time
from mfa.contract.directory import DomainController
from mfa.domain.configuration import ClientMode, Configuration, JoinedForm, UserNameRules
from mfa.domain.configuration_changes import changes_between
from mfa.domain.configuration_document import read_document, shown_document
from mfa.domain.document_names import KeptSecrets
from mfa.domain.document_reading import InvalidDocumentError
from mfa.domain.policy import DEFAULT_FACTORS, DENY_UNENROLLED, FactorKind, RuleAction, TimeWindow
from mfa.domain.user_names import Alias, AliasKind
from tests.unit.domain.test_configuration_document import (
    FAIL_OPEN,
    JSON,
    MINIMAL,
    NOW,
    SECRET,
    kept_of,
    mistakes,
    read,
)

CA = (Path(__file__).parents[3] / "docs" / "examples" / "corp-ca.pem").read_text()
STAFF = "S-1-5-21-1-2-3-1104"
DIRECTORY: dict[str, Any] = {
    "base_dn": "DC=corp,DC=example,DC=com",
    "domain_controllers": [{"host": "dc1.corp.example.com", "address": "10.0.0.10", "port": 3636}, {"host": "dc2"}],
    "ca_certificates": CA,
    "service_account": "corp",
    "password_tries": 2,
}
ENDING: dict[str, Any] = {"owner": "Ada", "reason": "new phones", "until": "2024-01-31"}
ENDING_AT = 1_706_745_599
STATEMENT = "The client checks the password itself."
UPSTREAM: dict[str, Any] = {
    "name": "nps",
    "servers": ["10.0.3.10", {"address": "2001:db8::10", "port": 1645}],
    "secret": SECRET,
}


def client(name: str, number: int, **changes: object) -> dict[str, Any]:
    base = {
        "name": name,
        "networks": [f"192.0.2.{number}/32"],
        "secret": SECRET,
        "realm": "corp",
        "timeout_seconds": 10,
        "retries": 2,
    }
    return base | changes


FULL: dict[str, Any] = {
    "version": 1,
    "realms": [
        {
            "name": "corp",
            "netbios_domains": ["CORP"],
            "upn_suffixes": ["corp.example.com"],
            "directory": DIRECTORY,
        },
        {"name": "lab", "netbios_domains": ["LAB"], "directory": DIRECTORY | {"service_account": "lab"}},
        {"name": "guests"},
    ],
    "clients": [
        client(
            "aws",
            1,
            mode="second_factor",
            factors=["code", "push"],
            password_in_factor_field=True,
            automatic_factor_markers=["Auto"],
            unenrolled={"action": "allow", **ENDING, "statement": STATEMENT},
            user_names={"simplify": True, "more_realms": ["lab"]},
        ),
        client(
            "nps",
            2,
            mode="password_then_factor",
            automatic_factor_markers=["-"],
            push_approval="passkey",
            unenrolled={"action": "deny"},
        ),
        client("firewall", 3, mode="password_and_factor", joined={"delimiter": "::"}, protocols=["pap"]),
        client("joined", 4, mode="password_and_factor", joined={"code_length": 8}),
        client(
            "citrix",
            5,
            mode="challenge",
            challenge_message="Den Code bitte",
            unenrolled={"action": "forward", "upstream": "nps"},
        ),
        client("guests", 6, realm="guests"),
    ],
    "policies": [
        {"name": "out", "clients": ["aws", "nps"], "users": ["corp\\mallory", "LAB\\trudy"], "action": "deny"},
        {
            "name": "staff",
            "clients": ["nps", "firewall"],
            "users": ["alice@corp.example.com"],
            "groups": [STAFF, "s-1-5-32-544"],
            "source_networks": ["192.0.2.0/24", "2001:db8::/64"],
            "caller_networks": ["0.0.0.0/0"],
            "times": [
                {"days": ["mon", "sun"], "from": "18:00", "to": "06:30", "timezone": "Europe/Berlin"},
                {"timezone": "UTC"},
            ],
            "action": "allow",
            "factors": ["code"],
            "reply_attributes": {"Class": ["a", "b"]},
        },
        {"name": "rest", "clients": ["nps"], "action": "forward", "upstream": "nps"},
    ],
    "exemptions": [
        {"name": "night-shift", "clients": ["nps"], "groups": [STAFF], **ENDING},
        {"name": "guest", "users": ["guests\\bob"], "clients": ["guests"], **ENDING, "statement": STATEMENT},
    ],
    "upstreams": [UPSTREAM, UPSTREAM | {"name": "old", "timeout_ms": 500, "require_message_authenticator": False}],
}


def changed(*path: str | int, value: object = ..., **fields: object) -> dict[str, Any]:
    """The full document with the value at a place replaced, or with fields of the mapping there changed; a value of
    ... takes it out."""
    document = copy.deepcopy(FULL)
    place: Any = document
    for part in path[:-1] if not fields else path:
        place = place[part]
    for name, one in fields.items() if fields else [(path[-1], value)]:
        if one is ...:
            del place[name]
        else:
            place[name] = one
    return document


def test_every_field_of_a_directory_is_read() -> None:
    corp, lab, guests = read(FULL).realms
    assert corp.directory is not None
    assert lab.directory is not None
    assert guests.directory is None
    address = corp.directory.address
    assert (address.base_dn, address.ca_certificates) == ("DC=corp,DC=example,DC=com", CA)
    assert address.controllers == (
        DomainController(host="dc1.corp.example.com", address="10.0.0.10", port=3636),
        DomainController(host="dc2"),
    )
    assert (corp.directory.service_account, corp.directory.password_tries) == ("corp", 2)
    document = changed("realms", 0, "directory", password_tries=...)
    assert (read(document).realms[0].directory or corp.directory).password_tries == 3


def test_every_field_of_the_modes_is_read() -> None:
    aws, nps, firewall, joined, citrix, guests = read(FULL).clients
    assert (aws.mode, aws.factors) == (ClientMode.SECOND_FACTOR, (FactorKind.CODE, FactorKind.PUSH))
    assert (aws.password_in_factor_field, aws.automatic_factor_markers) == (True, {"auto"})
    assert aws.user_names == UserNameRules(simplify=True, more_realms=("lab",))
    assert (nps.mode, nps.automatic_factor_markers) == (ClientMode.PASSWORD_THEN_FACTOR, {"-"})
    assert (firewall.mode, firewall.joined) == (ClientMode.PASSWORD_AND_FACTOR, JoinedForm(delimiter="::"))
    assert joined.joined == JoinedForm(code_length=8)
    assert (citrix.mode, citrix.challenge_message) == (ClientMode.CHALLENGE, "Den Code bitte")
    assert (guests.factors, guests.joined, guests.user_names) == (DEFAULT_FACTORS, JoinedForm(), UserNameRules())


def test_every_field_for_users_without_a_factor_is_read() -> None:
    aws, nps, firewall, _, citrix, _ = read(FULL).clients
    assert (aws.unenrolled.action, aws.unenrolled.owner, aws.unenrolled.reason) == ("allow", "Ada", "new phones")
    assert (aws.unenrolled.until, aws.unenrolled.statement) == (ENDING_AT, STATEMENT)
    assert nps.unenrolled == firewall.unenrolled == DENY_UNENROLLED
    assert (citrix.unenrolled.action, citrix.unenrolled.upstream) == ("forward", "nps")


def test_every_field_of_a_policy_is_read() -> None:
    out, staff, rest = read(FULL).rules
    assert out.selector.clients == {"aws", "nps"}
    assert out.selector.users == {Alias("corp", AliasKind.SAM, "mallory"), Alias("lab", AliasKind.SAM, "trudy")}
    assert (out.name, out.action, out.factors) == ("out", RuleAction.DENY, None)
    selector = staff.selector
    assert selector.users == {Alias("corp", AliasKind.UPN, "alice@corp.example.com")}
    assert selector.groups == {STAFF, "S-1-5-32-544"}
    assert [str(network) for network in selector.source_networks] == ["192.0.2.0/24", "2001:db8::/64"]
    assert [str(network) for network in selector.caller_networks] == ["0.0.0.0/0"]
    assert selector.times == (
        TimeWindow(days=frozenset({0, 6}), start_minute=1080, end_minute=390, timezone="Europe/Berlin"),
        TimeWindow(days=frozenset(range(7)), start_minute=0, end_minute=1440, timezone="UTC"),
    )
    assert (staff.factors, staff.reply_attributes) == ((FactorKind.CODE,), (("Class", "a"), ("Class", "b")))
    assert (rest.action, rest.upstream) == (RuleAction.FORWARD, "nps")


def test_every_field_of_exemptions_and_upstreams_is_read() -> None:
    read_it = read(FULL)
    night, guest = read_it.exemptions
    assert (night.name, night.owner, night.reason, night.until) == ("night-shift", "Ada", "new phones", ENDING_AT)
    assert (night.statement, guest.statement) == (None, STATEMENT)
    assert guest.selector.users == {Alias("guests", AliasKind.SAM, "bob")}
    nps, old = read_it.upstreams
    assert [(server.address, server.port) for server in nps.servers] == [("10.0.3.10", 1812), ("2001:db8::10", 1645)]
    assert (nps.secret, nps.timeout_ms, nps.require_message_authenticator) == (SECRET.encode(), 2000, True)
    assert (old.timeout_ms, old.require_message_authenticator) == (500, False)


def test_a_bare_name_is_of_the_only_realm() -> None:
    document = MINIMAL | {"policies": [{"name": "one", "users": ["Bob"], "action": "deny"}]}
    assert read(document).rules[0].selector.users == {Alias("corp", AliasKind.SAM, "bob")}
    assert shown_document(read(document))["policies"] == [{"name": "one", "users": ["bob"], "action": "deny"}]


def test_what_is_shown_is_read_the_same_and_holds_no_secret() -> None:
    first = read(FULL)
    shown = shown_document(first)
    assert "canary" not in repr(shown)
    assert "canary" not in repr(first)
    again = read(shown, kept=kept_of(first))
    for part in ("realms", "clients", "upstreams"):  # these are shown by name
        assert set(getattr(again, part)) == set(getattr(first, part))
    assert (again.rules, again.exemptions) == (first.rules, first.exemptions)
    assert shown_document(again) == shown
    assert changes_between(first, again) == ()


def test_an_upstream_that_exists_keeps_its_secret() -> None:
    document = changed("upstreams", 0, secret=...)
    kept = KeptSecrets(upstreams={"nps": b"the secret in force"})
    assert read(document, kept=kept).upstreams[0].secret == b"the secret in force"
    (found,) = mistakes(document)
    assert (found.pointer, "only an upstream that exists" in found.text) == ("/upstreams/0", True)
    assert len(read_document(document, now=NOW, kept=None, local_time=local_time).upstreams) == 2


CASES: list[tuple[dict[str, Any], str, str]] = [
    # ---- directories
    (changed("realms", 0, directory=None), "/realms/0/directory", "must be a mapping"),
    (changed("realms", 0, "directory", base_dn=...), "/realms/0/directory", "base_dn is missing"),
    (changed("realms", 0, "directory", base_dn="corp.example.com"), "/realms/0/directory/base_dn", "DC=corp"),
    (changed("realms", 0, "directory", domain_controllers=[]), "/realms/0/directory/domain_controllers", "1 to 8"),
    (changed("realms", 0, "directory", domain_controllers=["dc1"]), "/realms/0/directory/domain_controllers/0", "host"),
    (
        changed("realms", 0, "directory", domain_controllers=[{"host": "ldap://dc1"}]),
        "/realms/0/directory/domain_controllers/0/host",
        "the name in the controller's certificate",
    ),
    (
        changed("realms", 0, "directory", domain_controllers=[{"host": "dc1", "port": 0}]),
        "/realms/0/directory/domain_controllers/0/port",
        "1 to 65535",
    ),
    (
        changed("realms", 0, "directory", domain_controllers=[{"host": "dc1", "address": "not an address"}]),
        "/realms/0/directory/domain_controllers/0/address",
        "an IP address or a host name",
    ),
    (changed("realms", 0, "directory", ca_certificates=...), "/realms/0/directory", "ca_certificates is missing"),
    (changed("realms", 0, "directory", ca_certificates="x"), "/realms/0/directory/ca_certificates", "in PEM"),
    (
        changed("realms", 0, "directory", ca_certificates=CA.replace("MII", "!!!")),
        "/realms/0/directory/ca_certificates",
        "in PEM",
    ),
    (
        changed("realms", 0, "directory", ca_certificates=CA.replace("CERTIFICATE", "PRIVATE KEY")),
        "/realms/0/directory/ca_certificates",
        "a private key here",
    ),
    (changed("realms", 0, "directory", service_account=...), "/realms/0/directory", "service_account is missing"),
    (changed("realms", 0, "directory", service_account="a/b"), "/realms/0/directory/service_account", "a name of up"),
    (changed("realms", 0, "directory", password_tries=0), "/realms/0/directory/password_tries", "1 to 10"),
    (changed("realms", 0, "directory", password="x"), "/realms/0/directory/password", "there is no field"),
    # ---- modes
    (changed("clients", 0, mode="password"), "/clients/0/mode", "mode must be one of second_factor,"),
    (changed("clients", 0, factors=[]), "/clients/0/factors", "be left out for all of them"),
    (changed("clients", 0, factors=["code", "code"]), "/clients/0/factors", "stands twice"),
    (changed("clients", 0, factors=["totp"]), "/clients/0/factors/0", "is no factor of ours"),
    (changed("clients", 0, joined={"delimiter": ","}), "/clients/0/joined", "mode password_and_factor only"),
    (changed("clients", 0, challenge_message="x"), "/clients/0/challenge_message", "mode challenge only"),
    (changed("clients", 1, password_in_factor_field=True), "/clients/1/password_in_factor_field", "second_factor only"),
    (changed("clients", 2, automatic_factor_markers=["a"]), "/clients/2/automatic_factor_markers", "only"),
    (changed("clients", 1, push_approval="tap"), "/clients/1/automatic_factor_markers", "nobody would check the passw"),
    (changed("clients", 1, factors=["push", "phone"]), "/clients/1/automatic_factor_markers", "leave phone out of fac"),
    (changed("clients", 0, password_in_factor_field="yes"), "/clients/0/password_in_factor_field", "true or false"),
    (changed("clients", 0, automatic_factor_markers=["push"]), "/clients/0/automatic_factor_markers/0", "is read as a"),
    (changed("clients", 0, automatic_factor_markers=["12"]), "/clients/0/automatic_factor_markers/0", "is read as a"),
    (changed("clients", 0, automatic_factor_markers=[" "]), "/clients/0/automatic_factor_markers/0", "1 to 64"),
    (changed("clients", 2, joined={}), "/clients/2/joined", "delimiter is missing"),
    (changed("clients", 2, joined={"delimiter": "-"}), "/clients/2/joined/delimiter", "no letters, digits or dashes"),
    (changed("clients", 2, joined={"delimiter": "a"}), "/clients/2/joined/delimiter", "one to four signs"),
    (changed("clients", 2, joined={"delimiter": ",", "code_length": 6}), "/clients/2/joined/delimiter", "cannot both"),
    (changed("clients", 2, joined={"code_length": 7}), "/clients/2/joined/code_length", "6 or 8"),
    (
        changed("clients", 3, factors=["push"]),
        "/clients/3/joined/code_length",
        "factors has no code",
    ),
    (changed("clients", 4, challenge_message="x" * 254), "/clients/4/challenge_message", "253 octets"),
    (changed("clients", 2, realm="guests"), "/clients/2/mode", "realm guests has none"),
    (changed("clients", 2, user_names={"more_realms": ["guests"]}), "/clients/2/mode", "realm guests has none"),
    (changed("clients", 0, realm="guests"), "/clients/0/password_in_factor_field", "realm guests has none"),
    (changed("clients", 2, protocols=["chap"]), "/clients/2/protocols", "needs pap"),
    (changed("clients", 0, protocols=["mschapv2"]), "/clients/0/protocols", "password_in_factor_field needs pap"),
    # ---- names
    (changed("clients", 0, user_names=[]), "/clients/0/user_names", "must be a mapping"),
    (changed("clients", 0, user_names={"simplify": 1}), "/clients/0/user_names/simplify", "true or false"),
    (changed("clients", 0, user_names={"more_realms": ["x"]}), "/clients/0/user_names/more_realms/0", "no realm x"),
    (changed("clients", 0, user_names={"more_realms": ["corp"]}), "/clients/0/user_names/more_realms/0", "already"),
    (
        changed("realms", 1, netbios_domains=["corp"]),
        "/clients/0/user_names/more_realms",
        "corp is a name of both corp and lab",
    ),
    # ---- users without a factor
    (changed("clients", 0, unenrolled={}), "/clients/0/unenrolled", "action is missing"),
    (changed("clients", 0, unenrolled="allow"), "/clients/0/unenrolled", "must be a mapping"),
    (changed("clients", 0, unenrolled={"action": "allow"}), "/clients/0/unenrolled", "until is missing"),
    (
        changed("clients", 0, unenrolled={"action": "allow", **ENDING}),
        "/clients/0/unenrolled",
        "give a statement that says that the client itself checks passwords",
    ),
    (
        changed("clients", 1, unenrolled={"action": "allow", **ENDING, "until": "2023-11-13"}),
        "/clients/1/unenrolled/until",
        "this permission has ended",
    ),
    (
        changed("clients", 1, unenrolled={"action": "allow", **ENDING, "until": "2024-02-13"}),
        "/clients/1/unenrolled/until",
        "90 days at most",
    ),
    (
        changed("clients", 1, unenrolled={"action": "deny", "owner": "Ada"}),
        "/clients/1/unenrolled/owner",
        "for action allow only",
    ),
    (
        changed("clients", 1, unenrolled={"action": "deny", "upstream": "nps"}),
        "/clients/1/unenrolled/upstream",
        "for action forward only",
    ),
    (changed("clients", 1, unenrolled={"action": "forward"}), "/clients/1/unenrolled", "upstream is missing"),
    (
        changed("clients", 1, unenrolled={"action": "forward", "upstream": "npx"}),
        "/clients/1/unenrolled/upstream",
        "there is no upstream npx; there is nps, old",
    ),
    # ---- policies
    (changed("policies", 0, name=...), "/policies/0", "name is missing"),
    (changed("policies", 1, name="out"), "/policies/1/name", "two policies out"),
    (changed("policies", 0, action=...), "/policies/0", "action is missing"),
    (changed("policies", 0, action="reject"), "/policies/0/action", "one of allow, deny, forward"),
    (changed("policies", 0, clients=["vpn"]), "/policies/0/clients", "there is no client vpn"),
    (changed("policies", 0, clients=[]), "/policies/0/clients", "leave it out for all"),
    (changed("policies", 0, users=[]), "/policies/0/users", "leave it out for all"),
    (changed("policies", 0, users=["mallory"]), "/policies/0/users/0", r"write corp\mallory"),
    (changed("policies", 0, users=["other\\mallory"]), "/policies/0/users/0", "no user name"),
    (changed("policies", 0, users=["mallory@example.org"]), "/policies/0/users/0", "no user name"),
    (changed("policies", 0, users=["corp\\mallory@corp.example.com"]), "/policies/0/users/0", "no user name"),
    (changed("policies", 0, users=["corp\\mal*"]), "/policies/0/users/0", "no account name can hold"),
    (
        changed("policies", 0, users=["mallory@corp.example.com"]),
        "/policies/0/users",
        "client aws simplifies names, so nobody is mallory@corp.example.com there",
    ),
    (changed("policies", 1, groups=["Domain Admins"]), "/policies/1/groups/0", "(Get-ADGroup NAME).SID.Value"),
    (changed("policies", 1, groups=["S-1-5"]), "/policies/1/groups/0", "is no SID"),
    (changed("policies", 1, clients=["guests"]), "/policies/1/groups", "realm guests of client guests has no"),
    (changed("policies", 1, clients=...), "/policies/1/groups", "or name other clients here"),
    (changed("policies", 1, source_networks=["10.0.0.5/8"]), "/policies/1/source_networks/0", "10.0.0.0/8"),
    (changed("policies", 1, caller_networks=["home"]), "/policies/1/caller_networks/0", "is not an IP network"),
    (changed("policies", 1, times=[]), "/policies/1/times", "leave it out for any time"),
    (changed("policies", 1, "times", 0, timezone=...), "/policies/1/times/0", "timezone is missing"),
    (changed("policies", 1, "times", 0, timezone="Berlin"), "/policies/1/times/0/timezone", "no time zone Berlin"),
    (changed("policies", 1, "times", 0, timezone="Europe"), "/policies/1/times/0/timezone", "no time zone Europe"),
    (changed("policies", 1, "times", 0, timezone="../UTC"), "/policies/1/times/0/timezone", "name of a time zone"),
    (changed("policies", 1, "times", 0, days=["monday"]), "/policies/1/times/0/days/0", "give one of mon, tue"),
    (changed("policies", 1, "times", 0, days=[]), "/policies/1/times/0/days", "leave it out for every day"),
    (
        changed("policies", 1, "times", 0, "from", value="8:00"),
        "/policies/1/times/0/from",
        "a time of day such as 08:30",
    ),
    (changed("policies", 1, "times", 0, "from", value="24:00"), "/policies/1/times/0/from", "only to may be 24:00"),
    (changed("policies", 1, "times", 0, "to", value="24:01"), "/policies/1/times/0/to", "a time of day"),
    (changed("policies", 1, "times", 0, "to", value=6), "/policies/1/times/0/to", "a time of day"),
    (
        changed("policies", 1, clients=["aws"], users=..., factors=["sms"]),
        "/policies/1/factors",
        "client aws has none of these factors",
    ),
    (changed("policies", 0, factors=["code"]), "/policies/0/factors", "for action allow only"),
    (changed("policies", 2, reply_attributes={"Class": "x"}), "/policies/2/reply_attributes", "action allow only"),
    (changed("policies", 1, reply_attributes={"State": "x"}), "/policies/1/reply_attributes/State", "set by Gatehouse"),
    (changed("policies", 1, upstream="nps"), "/policies/1/upstream", "for action forward only"),
    (changed("policies", 2, upstream=...), "/policies/2", "upstream is missing"),
    (changed("policies", 2, upstream="npx"), "/policies/2/upstream", "there is no upstream npx"),
    (changed("policies", 2, priority=1), "/policies/2/priority", "there is no field"),
    # ---- exemptions
    (changed("exemptions", 0, owner=...), "/exemptions/0", "owner is missing: give who answers for it"),
    (changed("exemptions", 0, reason=...), "/exemptions/0", "reason is missing: give why it is needed"),
    (changed("exemptions", 0, until=...), "/exemptions/0", "until is missing"),
    (changed("exemptions", 0, until="2023-11-13"), "/exemptions/0/until", "this exemption has ended: remove it"),
    (changed("exemptions", 0, until="2024-02-13"), "/exemptions/0/until", "exemptions may last 90 days at most"),
    (changed("exemptions", 0, until="forever"), "/exemptions/0/until", "a date such as"),
    (changed("exemptions", 0, clients=..., groups=...), "/exemptions/0/name", "for everybody everywhere"),
    (changed("exemptions", 1, statement=...), "/exemptions/1", "client guests asks for the second factor only"),
    (changed("exemptions", 1, name="night-shift"), "/exemptions/1/name", "two exemptions night-shift"),
    (changed("exemptions", 1, groups=[STAFF]), "/exemptions/1/groups", "nobody can be asked for groups"),
    # ---- upstreams
    (changed("upstreams", 0, servers=...), "/upstreams/0", "servers is missing"),
    (changed("upstreams", 0, servers=[]), "/upstreams/0/servers", "1 to 4 servers"),
    (changed("upstreams", 0, servers=["10.0.3.10"] * 2), "/upstreams/0/servers/1", "stands twice"),
    (changed("upstreams", 0, servers=["nps.example.com"]), "/upstreams/0/servers/0", "is no IP address"),
    (changed("upstreams", 0, servers=[{"port": 1812}]), "/upstreams/0/servers/0", "address is missing"),
    (changed("upstreams", 0, servers=[{"address": "nps"}]), "/upstreams/0/servers/0/address", "an IP address"),
    (changed("upstreams", 0, servers=[{"address": "::1", "port": "x"}]), "/upstreams/0/servers/0/port", "whole number"),
    (changed("upstreams", 0, secret="short canary"), "/upstreams/0/secret", "16 to 512 octets"),
    (changed("upstreams", 0, secret="testing123testing123"), "/upstreams/0/secret", "well-known example"),
    (changed("upstreams", 0, timeout_ms=99), "/upstreams/0/timeout_ms", "100 to 50000"),
    (changed("upstreams", 0, require_message_authenticator="no"), "/upstreams/0/require_message_authenticator", "true"),
    (changed("upstreams", 1, name="nps"), "/upstreams/1/name", "two upstreams nps"),
    (changed(policies={}), "/policies", "a list of policies"),
    (changed(exemptions="none"), "/exemptions", "a list of exemptions"),
    (changed(upstreams=None), "/upstreams", "upstreams is empty"),
]


@pytest.mark.parametrize(("document", "pointer", "text"), CASES)
def test_a_mistake_is_told_with_its_place_and_the_rule(document: object, pointer: str, text: str) -> None:
    found = mistakes(document)
    assert any(one.pointer == pointer and text in one.text for one in found), found
    assert "canary" not in repr(found)
    assert "BEGIN" not in repr(found).replace("(-----BEGIN CERTIFICATE-----)", "")


def test_mistakes_of_all_parts_are_found_in_one_pass() -> None:
    document = copy.deepcopy(FULL)
    document["realms"][0]["directory"]["base_dn"] = "corp"
    document["clients"][4]["unenrolled"]["upstream"] = "npx"
    document["policies"][0]["clients"] = ["vpn"]
    document["exemptions"][0]["until"] = "2023-11-13"
    document["upstreams"][1]["timeout_ms"] = 1
    assert {one.pointer for one in mistakes(document)} == {
        "/realms/0/directory/base_dn",
        "/clients/4/unenrolled/upstream",
        "/policies/0/clients",
        "/exemptions/0/until",
        "/upstreams/1/timeout_ms",
    }


def test_a_part_with_a_mistake_is_not_unknown_to_the_others() -> None:
    document = copy.deepcopy(FULL)
    document["clients"][1]["retries"] = 99
    document["upstreams"][0]["timeout_ms"] = 1
    document["realms"][0]["directory"]["base_dn"] = "corp"
    assert len(mistakes(document)) == 3


def test_the_fail_mode_is_not_for_clients_that_policies_are_for() -> None:
    """An edge that cannot ask anybody would let in whom a policy denies."""
    document = copy.deepcopy(FULL)
    waiver = ENDING | {"statement": STATEMENT}
    document["clients"][5]["waivers"] = {FAIL_OPEN: waiver}
    read(document)
    document["policies"].append({"name": "nights", "action": "deny", "times": [{"timezone": "UTC"}]})
    (found,) = mistakes(document)
    assert found.pointer == f"/clients/5/waivers/{FAIL_OPEN}"
    assert "would not ask the policies, and nights is for this client" in found.text


def test_an_accept_must_hold_the_attributes_of_client_and_policy_together() -> None:
    document = copy.deepcopy(FULL)
    document["clients"][1]["reply_attributes"] = {"Class": ["x"] * 63}
    (found,) = mistakes(document)
    assert (found.pointer, "with those of client nps there are more than 64" in found.text) == (
        "/policies/1/reply_attributes",
        True,
    )
    document["clients"][1]["reply_attributes"] = {"Class": ["x"] * 62}
    read(document)


def test_certificates_are_kept_without_what_stands_around_them() -> None:
    around = f"Subject: CN=Example\r\n{CA.replace(chr(10), chr(13) + chr(10))}\n# the second\n{CA}"
    document = changed("realms", 0, "directory", ca_certificates=around)
    directory = read(document).realms[0].directory
    assert directory is not None
    assert directory.address.ca_certificates == CA + CA


PARTS = [
    *[("realms", 0, "directory", name) for name in DIRECTORY],
    *[("clients", 4, name) for name in (*FULL["clients"][0], *FULL["clients"][2], *FULL["clients"][4])],
    *[("policies", 1, name) for name in (*FULL["policies"][1], "upstream")],
    ("policies", 1, "times", 0, "days"),
    ("policies", 1, "times", 0, "from"),
    ("policies", 1, "times", 0, "timezone"),
    *[("exemptions", 0, name) for name in FULL["exemptions"][1]],
    *[("upstreams", 0, name) for name in FULL["upstreams"][1]],
    *[(name,) for name in FULL],
]


@given(path=st.sampled_from(PARTS), value=JSON)
def test_no_value_of_any_field_makes_it_stumble(path: tuple[str | int, ...], value: object) -> None:
    with suppress(InvalidDocumentError):
        read(changed(*path, value=value))


# ---- what changes


def texts(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    def configuration(document: dict[str, Any]) -> Configuration:
        return read(document)

    return [change.text for change in changes_between(configuration(old), configuration(new))]


def test_changes_of_policies_are_told_by_name_and_field() -> None:
    document = copy.deepcopy(FULL)
    document["policies"][1]["action"] = "deny"
    del document["policies"][1]["factors"], document["policies"][1]["reply_attributes"]
    document["exemptions"][0]["until"] = "2023-12-31"
    document["upstreams"][0] |= {"secret": "another secret canary", "timeout_ms": 100}
    document["clients"][3] |= {"mode": "challenge"}
    del document["clients"][3]["joined"]
    told = texts(FULL, document)
    assert told == [
        "client joined: mode: password_and_factor -> challenge",
        "client joined: challenge_message: none -> Enter the code that your authenticator app shows",
        'client joined: joined: {"code_length": 8} -> none',
        "policy staff: action: allow -> deny",
        'policy staff: factors: ["code"] -> none',
        'policy staff: reply_attributes: {"Class": ["a", "b"]} -> none',
        "exemption night-shift: until: 2024-01-31 -> 2023-12-31",
        "upstream nps: timeout_ms: 2000 -> 100",
        "upstream nps: shared secret changes",
    ]
    assert "canary" not in repr(told)


def test_another_order_of_policies_is_a_change() -> None:
    document = copy.deepcopy(FULL)
    document["policies"].reverse()
    assert texts(FULL, document) == ["policies: order: out, staff, rest -> rest, staff, out"]
    del document["policies"][1]
    assert texts(FULL, document)[0] == "policy staff: removed"


def test_a_directory_that_comes_or_goes_is_a_change_of_its_realm() -> None:
    document = copy.deepcopy(MINIMAL)
    document["realms"][0]["directory"] = DIRECTORY
    (told,) = texts(MINIMAL, document)
    assert told.startswith('realm corp: directory: none -> {"base_dn": "DC=corp,DC=example,DC=com"')
    assert texts(document, MINIMAL)[0].endswith("-> none")
