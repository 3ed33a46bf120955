"""What every ConfigurationStore does: whole revisions that never change, and one switch."""

import ipaddress
from dataclasses import fields, replace
from typing import Any

import botocore.session
import pytest

from mfa.adapters.dynamodb.tables import bind_tables, plain
from mfa.contract import EdgeClient, MessageAuthenticatorPolicy
from mfa.contract.clients import EdgeUpstream, UpstreamServer
from mfa.contract.directory import DirectoryAddress, DomainController
from mfa.domain.configuration import (
    ClientMode,
    ClientPolicy,
    Configuration,
    CurrentRevision,
    DangerousSwitch,
    JoinedForm,
    UserNameRules,
    Waiver,
)
from mfa.domain.directory import DirectorySettings
from mfa.domain.policy import Exemption, FactorKind, PolicyRule, RuleAction, Selector, TimeWindow, UnenrolledRule
from mfa.domain.push import PushApproval, PushWait
from mfa.domain.user_names import Alias, AliasKind, Realm
from mfa.errors import ConflictError, NotFoundError, SealBrokenError, UnavailableError
from tests.contract.conftest import Ports, on_aws
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.races import all_at_once

LATER_FIELDS = (
    "protocols",
    "reply_attributes",
    "edge_roles",
    "waivers",
    "factors",
    "joined",
    "password_in_factor_field",
    "automatic_factor_markers",
    "challenge_message",
    "unenrolled",
    "user_names",
    "push_approval",
    "push_wait",
    "sms_codes",
)
REALMS = (Realm("corp", frozenset({"CORP"}), frozenset({"corp.example.test"})), Realm("lab"))
DIRECTORY = DirectorySettings(
    address=DirectoryAddress(
        base_dn="DC=corp,DC=example,DC=test",
        controllers=(DomainController(host="dc1", address="10.0.0.10", port=3636), DomainController(host="dc2")),
        ca_certificates="-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    ),
    service_account="corp",
    password_tries=2,
)
SELECTOR = Selector(
    clients=frozenset({"vpn"}),
    users=frozenset({Alias("corp", AliasKind.SAM, "alice"), Alias("corp", AliasKind.UPN, "bob@corp.example.test")}),
    groups=frozenset({"S-1-5-21-1-2-3-512"}),
    source_networks=(ipaddress.ip_network("192.0.2.0/24"), ipaddress.ip_network("2001:db8::/64")),
    caller_networks=(ipaddress.ip_network("203.0.113.0/24"),),
    times=(TimeWindow(days=frozenset({0, 6}), start_minute=1080, end_minute=360, timezone="Europe/Berlin"),),
)
RULES = (
    PolicyRule(name="zebra", action=RuleAction.DENY, selector=SELECTOR),
    PolicyRule(
        name="alpha",
        action=RuleAction.ALLOW,
        factors=(FactorKind.CODE, FactorKind.PUSH),
        reply_attributes=(("Class", "a"), ("Class", "b")),
    ),
    PolicyRule(name="rest", action=RuleAction.FORWARD, upstream="nps"),
)
EXEMPTIONS = (
    Exemption(
        name="two", selector=SELECTOR, owner="Ada", reason="new phones", until=1_700_000_000, statement="It does."
    ),
    Exemption(name="one", selector=Selector(), owner="Ada", reason="new phones", until=1_700_000_001),
)
UPSTREAMS = (
    EdgeUpstream(
        name="nps",
        servers=(UpstreamServer(address="10.0.3.10", port=1645), UpstreamServer(address="2001:db8::10")),
        secret=b"\x00an upstream secret canary\xff",
        timeout_ms=500,
        require_message_authenticator=False,
    ),
    EdgeUpstream(name="old", servers=(UpstreamServer(address="10.0.3.11"),), secret=b"another secret canary"),
)


def client(name: str, network: str) -> ClientPolicy:
    edge = EdgeClient(
        name=name,
        networks=(ipaddress.ip_network(network), ipaddress.ip_network("2001:db8::/64")),
        secrets=(b"\x00current secret\xff", b"the previous secret"),
        require_message_authenticator=MessageAuthenticatorPolicy.YES,
        timeout_seconds=7,
        retries=3,
    )
    return ClientPolicy(edge=edge, realm="corp", probe_names=frozenset({"probe"}))


def full_client() -> ClientPolicy:
    """Every field has another value than its default."""
    waiver = Waiver(
        switch=DangerousSwitch.ACCEPT_WHILE_BACKEND_UNREACHABLE,
        owner="Ada",
        reason="one site, one line",
        until=1_700_000_000,
        statement="The VPN checks the password itself.",
    )
    base = client("vpn", "192.0.2.0/24")
    return replace(
        base,
        edge=replace(base.edge, protocols=frozenset({"pap", "chap"})),
        reply_attributes=(("Filter-Id", "staff"), ("Class", "a"), ("Class", "b"), ("Session-Timeout", "3600")),
        edge_roles=frozenset({"edge-a", "edge-b"}),
        waivers=(
            waiver,
            replace(waiver, switch=DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR, statement=None),
        ),
        mode=ClientMode.PASSWORD_AND_FACTOR,
        factors=(FactorKind.CODE, FactorKind.PUSH),
        joined=JoinedForm(delimiter="::", code_length=8),
        password_in_factor_field=True,
        automatic_factor_markers=frozenset({"auto", "-"}),
        challenge_message="Den Code bitte",
        push_approval=PushApproval.PASSKEY,
        push_wait=PushWait.ALL_RETRIES,
        sms_codes=5,
        unenrolled=UnenrolledRule(
            action=RuleAction.ALLOW,
            upstream="nps",
            owner="Ada",
            reason="roll-out",
            until=1_700_000_000,
            statement="The VPN checks the password itself.",
        ),
        user_names=UserNameRules(simplify=True, more_realms=("lab",)),
    )


FIRST = Configuration(revision=1, realms=REALMS, clients=(client("vpn", "192.0.2.0/24"),))


def test_in_the_beginning_there_is_none(ports: Ports) -> None:
    assert ports.configurations.current() is None
    with pytest.raises(NotFoundError):
        ports.configurations.load(1)


def test_a_revision_is_read_as_it_was_written(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    assert ports.configurations.load(1) == FIRST
    assert ports.configurations.current() == CurrentRevision(revision=1)


def test_the_realms_of_a_revision_can_be_read_alone(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    assert ports.configurations.load_realms(1) == FIRST.realms
    with pytest.raises(NotFoundError):
        ports.configurations.load_realms(2)


def test_every_field_of_a_client_is_kept(ports: Ports) -> None:
    full = replace(FIRST, clients=(full_client(),))
    ports.configurations.apply(full, 1000)
    assert ports.configurations.load(1) == full


def test_every_field_of_a_client_has_another_value_than_its_default_in_these_tests() -> None:
    """So that a field that is forgotten in the items shows."""
    full, least = full_client(), ClientPolicy(edge=client("vpn", "192.0.2.0/24").edge, realm="other")
    for field in fields(ClientPolicy):
        assert getattr(full, field.name) != getattr(least, field.name), field.name


def test_directories_policies_exemptions_and_upstreams_are_kept_in_their_order(ports: Ports) -> None:
    realms = (replace(REALMS[0], directory=DIRECTORY), REALMS[1])
    full = replace(FIRST, realms=realms, rules=RULES, exemptions=EXEMPTIONS, upstreams=UPSTREAMS)
    ports.configurations.apply(full, 1000)
    assert ports.configurations.load(1) == full
    assert set(ports.configurations.load_realms(1)) == set(realms)


def test_many_policies_keep_their_order(ports: Ports) -> None:
    rules = tuple(replace(RULES[1], name=f"rule-{number * 7919 % 500}") for number in range(300))
    ports.configurations.apply(replace(FIRST, rules=rules), 1000)
    assert ports.configurations.load(1).rules == rules


def test_policies_of_another_revision_are_not_mixed_in(ports: Ports) -> None:
    ports.configurations.apply(replace(FIRST, rules=RULES), 1000)
    ports.configurations.apply(replace(FIRST, revision=2, exemptions=EXEMPTIONS), 2000)
    ports.configurations.apply(replace(FIRST, revision=3), 3000)
    first, second, third = (ports.configurations.load(revision) for revision in (1, 2, 3))
    assert (first.rules, second.rules, third.rules) == (RULES, (), ())
    assert (first.exemptions, second.exemptions, third.exemptions) == ((), EXEMPTIONS, ())


def test_a_revision_that_lost_a_policy_is_not_whole(aws: AwsInProcess) -> None:
    """A rule that denies must not vanish unseen."""
    ports = on_aws(aws)
    ports.configurations.apply(replace(FIRST, rules=RULES), 1000)
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    next(iter(tables.policy_part.query("CFG", tables.policy_part.sk.startswith("POLICY#")))).delete()
    with pytest.raises(UnavailableError, match="not whole"):
        ports.configurations.load(1)


def test_the_secret_of_an_upstream_is_sealed_and_bound_to_its_name(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    ports.configurations.apply(replace(FIRST, upstreams=UPSTREAMS), 1000)
    assert b"canary" not in repr(raw_items()).encode()
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    one, other = tables.policy_part.query("CFG", tables.policy_part.sk.startswith("POLICY#"))
    one.update(actions=[tables.policy_part.part["secret"].set(other.part["secret"])])
    with pytest.raises(SealBrokenError):
        ports.configurations.load(1)


def test_raw_items_as_they_were_written_before_directories_and_policies_can_be_read(aws: AwsInProcess) -> None:
    ports = on_aws(aws)
    context = b"shared-secret|00112233|0|vpn"
    sealed = ports.vault.seal(b"the current secret", context)
    old_client = {
        "name": {"S": "vpn"},
        "networks": {"L": [{"S": "192.0.2.0/24"}]},
        "secrets": {"L": [{"M": {"key_version": {"N": str(sealed.key_version)}, "octets": {"B": sealed.octets}}}]},
        "require_message_authenticator": {"S": "auto"},
        "timeout_seconds": {"N": "7"},
        "retries": {"N": "3"},
        "realm": {"S": "corp"},
        "mode": {"S": "second_factor"},
        "probe_names": {"L": [{"S": "probe"}]},
        "protocols": {"L": [{"S": "pap"}]},
        "reply_attributes": {"L": []},
        "edge_roles": {"L": []},
        "waivers": {"L": []},
    }
    old_realm = {"name": {"S": "corp"}, "netbios_domains": {"L": [{"S": "CORP"}]}, "upn_suffixes": {"L": []}}
    put_raw(
        aws,
        {"pk": {"S": "CFG"}, "sk": {"S": "REV#1#00112233#vpn"}, "name": {"S": "vpn"}, "client": {"M": old_client}},
        {
            "pk": {"S": "CFG"},
            "sk": {"S": "REV#1"},
            "stamp": {"S": "00112233"},
            "realms": {"M": {"corp": {"M": old_realm}}},
            "clients": {"N": "1"},
        },
        {"pk": {"S": "CFG"}, "sk": {"S": "CURRENT"}, "revision": {"N": "1"}, "superseded": {"M": {}}},
    )
    read = ports.configurations.load(1)
    assert read.realms == (Realm("corp", frozenset({"CORP"})),)
    assert (read.rules, read.exemptions, read.upstreams) == ((), (), ())
    (policy,) = read.clients
    assert policy == ClientPolicy(edge=policy.edge, realm="corp", probe_names=frozenset({"probe"}))
    assert policy.edge.secrets == (b"the current secret",)


def put_raw(aws: AwsInProcess, *items: dict[str, Any]) -> None:
    dynamodb = botocore.session.get_session().create_client("dynamodb", aws.settings.region)
    for item in items:
        dynamodb.put_item(TableName=aws.settings.table_name, Item=item)


def test_a_revision_from_before_the_later_fields_can_still_be_read(aws: AwsInProcess) -> None:
    """What edges work by while the functions are updated."""
    ports = on_aws(aws)
    ports.configurations.apply(FIRST, 1000)
    tables = bind_tables(aws.settings.table_name, region=aws.settings.region, endpoint_url=None)
    (item,) = tables.client.query("CFG", tables.client.sk.startswith("REV#1#"))
    assert set(LATER_FIELDS) <= set(plain(item.client))
    item.update(actions=[tables.client.client[name].remove() for name in LATER_FIELDS])
    assert ports.configurations.load(1) == FIRST


def test_both_revisions_can_be_read_after_a_switch(ports: Ports) -> None:
    second = replace(FIRST, revision=2, clients=(client("vpn", "198.51.100.0/24"), client("wifi", "203.0.113.0/24")))
    ports.configurations.apply(FIRST, 1000)
    ports.configurations.apply(second, 2000)
    assert ports.configurations.current() == CurrentRevision(revision=2, superseded={1: 2000})
    assert ports.configurations.load(1) == FIRST
    loaded = ports.configurations.load(2)
    assert set(loaded.clients) == set(second.clients)


@pytest.mark.parametrize("revision", [0, 1, 3])
def test_a_revision_that_is_not_the_next_one_is_a_conflict(ports: Ports, revision: int) -> None:
    ports.configurations.apply(FIRST, 1000)
    with pytest.raises(ConflictError):
        ports.configurations.apply(replace(FIRST, revision=revision, clients=()), 2000)
    assert ports.configurations.load(1) == FIRST
    current = ports.configurations.current()
    assert current is not None
    assert current.revision == 1


def test_of_parallel_changes_one_wins_whole(ports: Ports) -> None:
    ports.configurations.apply(FIRST, 1000)
    changes = [
        replace(
            FIRST,
            revision=2,
            clients=tuple(client(f"{number}-{place}", f"10.{number}.{place}.0/24") for place in range(3)),
        )
        for number in range(5)
    ]

    def apply(change: Configuration) -> bool:
        try:
            ports.configurations.apply(change, 2000)
        except ConflictError:
            return False
        return True

    results = all_at_once([lambda change=change: apply(change) for change in changes])  # type: ignore[misc]
    assert results.count(True) == 1
    assert set(ports.configurations.load(2).clients) == set(changes[results.index(True)].clients)


def test_many_clients_and_odd_names(ports: Ports) -> None:
    names = ["a#b", "a", "a%23b", "REV#1", "Büro", *(f"client {number}" for number in range(60))]
    clients = tuple(client(name, f"10.0.{number}.0/24") for number, name in enumerate(names))
    clients = tuple(replace(one, edge=replace(one.edge, networks=one.edge.networks[:1])) for one in clients)
    ports.configurations.apply(replace(FIRST, clients=clients), 1000)
    assert set(ports.configurations.load(1).clients) == set(clients)
