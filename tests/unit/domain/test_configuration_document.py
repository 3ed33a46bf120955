"""Every mistake in a document is found with its place, and a good one is read the same after both ways."""

import copy
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.system import local_time
from mfa.domain.configuration import DEFAULT_PROBE_NAMES, Configuration, DangerousSwitch
from mfa.domain.configuration_changes import changes_between
from mfa.domain.configuration_document import read_document, shown_document
from mfa.domain.document_names import NOTHING_KEPT, KeptSecrets
from mfa.domain.document_reading import InvalidDocumentError, Mistake

NOW = 1_700_000_000.0  # 2023-11-14T22:13:20Z
SECRET = "a shared secret canary"
MINIMAL: dict[str, Any] = {
    "realms": [{"name": "corp"}],
    "clients": [
        {"name": "vpn", "networks": ["192.0.2.0/24"], "secret": SECRET, "timeout_seconds": 10, "retries": 2},
    ],
}
FAIL_OPEN = "accept_without_second_factor_while_backend_unreachable"
CHAP = "dangerously_allow_chap_without_message_authenticator"
FULL: dict[str, Any] = {
    "version": 1,
    "realms": [{"name": "corp", "netbios_domains": ["CORP"], "upn_suffixes": ["corp.example.com"]}, {"name": "lab"}],
    "clients": [
        {
            "name": "vpn",
            "networks": ["192.0.2.0/24", "2001:db8::/64", "198.51.100.7/32"],
            "secret": SECRET,
            "previous_secret": "the former secret canary",
            "realm": "corp",
            "mode": "second_factor",
            "timeout_seconds": 10,
            "retries": 0,
            "protocols": ["pap", "mschapv2"],
            "require_message_authenticator": "yes",
            "probe_names": ["Probe"],
            "reply_attributes": {"Filter-Id": "staff", "Class": ["a", "b"], "Session-Timeout": 3600},
            "edge_roles": ["gatehouse-edge"],
            "waivers": {
                CHAP: {"owner": "Ada", "reason": "an old device", "until": "2024-01-31"},
            },
        }
    ],
}
FAIL_OPEN_CLIENT: dict[str, Any] = {
    **MINIMAL,
    "clients": [
        MINIMAL["clients"][0]
        | {
            "waivers": {
                FAIL_OPEN: {
                    "owner": "Ada",
                    "reason": "one line only",
                    "until": "2023-12-01T12:00:00Z",
                    "statement": "The VPN checks the password itself.",
                },
            },
        }
    ],
}


def read(document: object, kept: KeptSecrets = NOTHING_KEPT) -> Configuration:
    return read_document(document, now=NOW, kept=kept, local_time=local_time)


def kept_of(configuration: Configuration) -> KeptSecrets:
    return KeptSecrets(
        clients={client.edge.name: client.edge.secrets for client in configuration.clients},
        upstreams={upstream.name: upstream.secret for upstream in configuration.upstreams},
    )


def mistakes(document: object, **more: Any) -> list[Mistake]:
    with pytest.raises(InvalidDocumentError) as refused:
        read(document, **more)
    return list(refused.value.mistakes)


def changed(**changes: object) -> dict[str, Any]:
    """The smallest document with one client changed; a value of ... takes the field out."""
    document = copy.deepcopy(MINIMAL)
    client = document["clients"][0] | changes
    document["clients"] = [{name: value for name, value in client.items() if value is not ...}]
    return document


def test_the_smallest_document_gets_the_safe_defaults() -> None:
    (client,) = read(MINIMAL).clients
    assert (client.realm, client.mode.value, client.edge.require_message_authenticator.value) == (
        "corp",
        "second_factor",
        "auto",
    )
    assert client.probe_names == DEFAULT_PROBE_NAMES
    assert (client.reply_attributes, client.edge_roles, client.waivers) == ((), frozenset(), ())
    assert client.edge.secrets == (SECRET.encode(),)


def test_every_field_is_read() -> None:
    (client,) = read(FULL).clients
    assert client.edge.secrets == (SECRET.encode(), b"the former secret canary")
    assert client.edge.protocols == {"pap", "mschapv2"}
    assert client.probe_names == {"probe"}
    assert client.reply_attributes == (
        ("Filter-Id", "staff"),
        ("Class", "a"),
        ("Class", "b"),
        ("Session-Timeout", "3600"),
    )
    assert client.edge_roles == {"gatehouse-edge"}
    assert client.waived_until(DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR) == 1_706_745_599
    (client,) = read(FAIL_OPEN_CLIENT).clients
    assert client.waived_until(DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE) == 1_701_432_000
    assert client.waivers[0].statement == "The VPN checks the password itself."


@pytest.mark.parametrize("document", [MINIMAL, FULL, FAIL_OPEN_CLIENT])
def test_what_is_shown_is_read_the_same_and_holds_no_secret(document: dict[str, Any]) -> None:
    first = read(document)
    shown = shown_document(first)
    assert "canary" not in repr(shown)
    again = read(shown, kept=kept_of(first))
    assert again == first
    assert changes_between(first, again) == ()


CASES = [
    (changed(name=...), "/clients/0", "name is missing"),
    (changed(name="a b"), "/clients/0/name", "name must be a name of up to 64"),
    (changed(name="x" * 65), "/clients/0/name", "name must be"),
    (changed(name=None), "/clients/0/name", "name is empty"),
    (changed(networks=[]), "/clients/0/networks", "must be a list of networks"),
    (changed(networks="192.0.2.0/24"), "/clients/0/networks", "must be a list of networks"),
    (changed(networks=["192.0.2.5/24"]), "/clients/0/networks/0", "did you mean 192.0.2.0/24?"),
    (changed(networks=["192.0.2.0/24", "vpn"]), "/clients/0/networks/1", "is not an IP network"),
    (changed(networks=["0.0.0.0/0"]), "/clients/0/networks/0", "would let anybody in"),
    (changed(networks=["::/0"]), "/clients/0/networks/0", "would let anybody in"),
    (changed(networks=["::ffff:10.0.0.0/104"]), "/clients/0/networks/0", "write 10.0.0.0/8"),
    (changed(networks=[10]), "/clients/0/networks/0", "must be a text"),
    (changed(networks=["192.0.2.0/24"] * 2), "/clients/0/networks/1", "belongs to vpn already"),
    (changed(secret=...), "/clients/0", "secret is missing: only a client that exists"),
    (changed(secret="short"), "/clients/0/secret", "16 to 512 octets"),
    (changed(secret="a" * 20), "/clients/0/secret", "well-known example"),
    (changed(secret="testing123testing123"), "/clients/0/secret", "well-known example"),
    (changed(secret=1234567890123456), "/clients/0/secret", "put it in quotes"),
    (changed(secret=f"{SECRET} "), "/clients/0/secret", "space"),
    (changed(secret=f"{SECRET}\n"), "/clients/0/secret", "one line"),
    (changed(previous_secret=SECRET), "/clients/0/previous_secret", "same as secret"),
    (changed(secret=..., previous_secret=SECRET), "/clients/0/previous_secret", "without secret"),
    (changed(timeout_seconds=...), "/clients/0", "timeout_seconds is missing"),
    (changed(timeout_seconds=51), "/clients/0/timeout_seconds", "whole number from 1 to 50"),
    (changed(timeout_seconds="10"), "/clients/0/timeout_seconds", "whole number"),
    (changed(timeout_seconds=True), "/clients/0/timeout_seconds", "whole number"),
    (changed(retries=-1), "/clients/0/retries", "whole number from 0 to 10"),
    (changed(retry=3), "/clients/0/retry", "did you mean retries?"),
    (changed(colour="red"), "/clients/0/colour", "it may be one of name, networks"),
    (changed(protocols=["pap", "eap"]), "/clients/0/protocols/1", "'eap' is no protocol of ours"),
    (changed(protocols=[]), "/clients/0/protocols", "be left out for all of them"),
    (changed(require_message_authenticator=False), "/clients/0/require_message_authenticator", "yes, no, auto"),
    (changed(mode="password"), "/clients/0/mode", "mode must be one of second_factor, password_then_factor"),
    (changed(mode="password_then_factor"), "/clients/0/mode", "realm corp has none"),
    (changed(realm="corpp"), "/clients/0/realm", "no realm of that name; give one of corp"),
    (changed(probe_names=[""]), "/clients/0/probe_names/0", "must be a text"),
    (changed(edge_roles=["arn:aws:iam::1:role/edge"]), "/clients/0/edge_roles/0", "the part after the last /"),
    (changed(reply_attributes=[]), "/clients/0/reply_attributes", "a mapping of attribute names"),
    (changed(reply_attributes={"Filter Id": "x"}), "/clients/0/reply_attributes/Filter Id", "no attribute name"),
    (changed(reply_attributes={"State": "x"}), "/clients/0/reply_attributes/State", "set by Gatehouse itself"),
    (changed(reply_attributes={"Class": "x" * 254}), "/clients/0/reply_attributes/Class", "1 to 253 octets"),
    (changed(reply_attributes={"Class": []}), None, None),
    (changed(reply_attributes={"Class": ["x"] * 65}), "/clients/0/reply_attributes", "at most 64"),
    ({"clients": []}, "", "realms is missing"),
    ({"realms": [], "clients": []}, "/realms", "1 to 64 realms"),
    ({"realms": [{"name": "corp"}]}, "", "clients is missing"),
    ({"realms": [{"name": "corp"}, {"name": "corp"}], "clients": []}, "/realms/1/name", "two realms corp"),
    ({"realms": [{"name": "corp", "upn_suffixes": ["a@b"]}], "clients": []}, "/realms/0/upn_suffixes/0", "domain"),
    ({**MINIMAL, "version": 2}, "/version", "version must be 1"),
    ({**MINIMAL, "client": []}, "/client", "did you mean clients?"),
    ({**MINIMAL, "clients": MINIMAL["clients"] * 2}, "/clients/1/name", "two clients vpn"),
    (changed(name="portal"), "/clients/0/name", "no client can be called portal: that is how records name sign-ins"),
    (changed(name="Portal"), "/clients/0/name", "no client can be called Portal"),
    ({**MINIMAL, "clients": MINIMAL["clients"] * 2}, "/clients/1/networks/0", "belongs to vpn already"),
    ({**MINIMAL, "clients": ["vpn"]}, "/clients/0", "must be a mapping with the fields name"),
    ({**MINIMAL, "realms": [*FULL["realms"]]}, "/clients/0", "realm is missing: give one of corp, lab"),
    ([], "", "must be a mapping with the fields version, realms, clients, policies"),
    (None, "", "must be a mapping"),
]


@pytest.mark.parametrize(("document", "pointer", "text"), CASES)
def test_a_mistake_is_told_with_its_place_and_the_rule(document: object, pointer: str | None, text: str | None) -> None:
    if pointer is None or text is None:
        read(document)
        return
    found = mistakes(document)
    assert any(one.pointer == pointer and text in one.text for one in found), found
    assert "canary" not in repr(found)


WAIVER = {"owner": "Ada", "reason": "an old device", "until": "2024-01-31"}


@pytest.mark.parametrize(
    ("switch", "waiver", "field", "text"),
    [
        (CHAP, {"owner": ...}, "", "owner is missing: give who answers for it"),
        (CHAP, {"reason": ...}, "", "reason is missing: give why it is needed"),
        (CHAP, {"until": ...}, "", "until is missing: give a date such as"),
        (CHAP, {"owner": ""}, "/owner", "owner must be"),
        (CHAP, {"until": "soon"}, "/until", "a date such as 2026-01-31"),
        (CHAP, {"until": "2024-02-31"}, "/until", "a date such as"),
        (CHAP, {"until": "2024-01-31T12:00:00+01:00"}, "/until", "a date such as"),
        (CHAP, {"until": "2023-11-13"}, "/until", "this waiver has ended"),
        (CHAP, {"until": "2023-11-14T22:13:20Z"}, "/until", "this waiver has ended"),
        (CHAP, {"until": "2024-02-13"}, "/until", "90 days at most: until 2024-02-12 or earlier"),
        (CHAP, {"until": "2124-01-01"}, "/until", "90 days at most"),
        (CHAP, {"statement": "x"}, "/statement", "only accept_without_second_factor_while_backend_unreachable"),
        (FAIL_OPEN, {}, "", "statement is missing: give a sentence that says that the client itself checks"),
    ],
)
def test_a_waiver_needs_all_its_parts(switch: str, waiver: dict[str, Any], field: str, text: str) -> None:
    parts = {name: value for name, value in (WAIVER | waiver).items() if value is not ...}
    (found,) = mistakes(changed(waivers={switch: parts}))
    assert (found.pointer, text in found.text) == (f"/clients/0/waivers/{switch}{field}", True), found


def test_a_waiver_may_last_to_the_end_of_the_ninetieth_day() -> None:
    read(changed(waivers={CHAP: WAIVER | {"until": "2024-02-12"}}))
    read(changed(waivers={CHAP: WAIVER | {"until": "2023-11-14"}}))


def test_the_fail_mode_is_for_clients_that_check_passwords_themselves_only() -> None:
    waiver = WAIVER | {"statement": "it does"}
    (found,) = mistakes(changed(mode="password_then_factor", waivers={FAIL_OPEN: waiver}))
    assert found.pointer == f"/clients/0/waivers/{FAIL_OPEN}"
    assert "mode second_factor only" in found.text


def test_a_client_with_reply_attributes_may_not_have_the_fail_mode_whose_accepts_carry_none() -> None:
    waiver = WAIVER | {"statement": "it does"}
    read(changed(waivers={FAIL_OPEN: waiver}, reply_attributes={}))
    (found,) = mistakes(changed(waivers={FAIL_OPEN: waiver}, reply_attributes={"Filter-Id": "staff"}))
    assert found.pointer == f"/clients/0/waivers/{FAIL_OPEN}"
    assert "without the client's reply_attributes" in found.text
    read(changed(waivers={CHAP: WAIVER}, reply_attributes={"Filter-Id": "staff"}))


def test_an_unknown_switch_is_no_waiver() -> None:
    (found,) = mistakes(changed(waivers={"dangerously_allow_everything": WAIVER}))
    assert "there is no field" in found.text


def test_all_mistakes_are_found_in_one_pass() -> None:
    document = changed(timeout_seconds=0, retries=99, protocols=["eap"], waivers={CHAP: {}})
    assert len(mistakes(document)) == 6


def test_a_client_that_exists_keeps_its_secrets() -> None:
    in_force = (b"current secret in force", b"previous secret in force")
    kept = KeptSecrets(clients={"vpn": in_force})
    (client,) = read(changed(secret=...), kept=kept).clients
    assert client.edge.secrets == in_force
    (client,) = read(changed(), kept=kept).clients
    assert client.edge.secrets == (SECRET.encode(),)


def test_where_nobody_knows_the_secrets_in_force_any_client_may_keep_one() -> None:
    assert len(read_document(changed(secret=...), now=NOW, kept=None, local_time=local_time).clients) == 1


def test_a_pointer_escapes_what_would_end_a_part() -> None:
    assert Mistake(("a/b", 0, "c~d"), "").pointer == "/a~1b/0/c~0d"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(field=st.sampled_from(sorted(FULL["clients"][0])), value=JSON)
def test_no_value_of_any_field_makes_it_stumble(field: str, value: object) -> None:
    document = copy.deepcopy(FULL)
    document["clients"][0][field] = value
    with suppress(InvalidDocumentError):
        read(document)


@given(JSON)
def test_no_document_makes_it_stumble(document: object) -> None:
    with suppress(InvalidDocumentError):
        read(document)


# ---- what changes


def test_changes_are_told_by_client_and_field() -> None:
    old = read(MINIMAL)
    new = read(
        {
            "realms": [{"name": "corp", "netbios_domains": ["CORP"]}, {"name": "lab"}],
            "clients": [
                changed(realm="corp", timeout_seconds=20, secret="another secret canary", previous_secret=SECRET)[
                    "clients"
                ][0],
                changed(name="wifi", realm="lab", networks=["198.51.100.0/24"])["clients"][0],
            ],
        }
    )
    texts = [change.text for change in changes_between(old, new)]
    assert texts == [
        'realm corp: netbios_domains: [] -> ["CORP"]',
        "realm lab: added",
        "client vpn: timeout_seconds: 10 -> 20",
        "client wifi: added",
        "client vpn: shared secret changes",
        "client vpn: previous shared secret: none -> the current one",
    ]
    back = [change.text for change in changes_between(new, old)]
    assert "client wifi: removed" in back
    assert "client vpn: previous shared secret: set -> none" in back
    assert "canary" not in repr((texts, back))
