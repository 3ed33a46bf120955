"""Whatever a configuration says, its document and its items say the same."""

import json
from dataclasses import replace
from ipaddress import ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from mfa.adapters.dynamodb import client_items, policy_items
from mfa.domain.configuration import ClientMode, Configuration, DangerousSwitch, JoinedForm, UserNameRules, Waiver
from mfa.domain.configuration_changes import changes_between
from mfa.domain.configuration_document import shown_document
from mfa.domain.policy import (
    DEFAULT_FACTORS,
    DENY_UNENROLLED,
    Exemption,
    FactorKind,
    PolicyRule,
    RuleAction,
    Selector,
    TimeWindow,
    UnenrolledRule,
)
from mfa.domain.user_names import Alias, AliasKind
from tests.fakes.vault import FakeVault
from tests.unit.domain.test_configuration_document import NOW, kept_of, read
from tests.unit.domain.test_policy_document import ENDING_AT, FULL, STATEMENT

BASE = read(FULL)
WITHOUT_PASSWORD = Waiver(
    switch=DangerousSwitch.ASK_WITHOUT_PASSWORD, owner="Ada", reason="the gateway checks it", until=ENDING_AT
)
UNTIL = st.sampled_from([ENDING_AT, ENDING_AT - 1, int(NOW) + 1, int(NOW) + 7 * 86_400])
SIDS = st.sampled_from(["S-1-5-32-544", "S-1-5-21-1-2-3-512", "S-1-5-21-4294967295-0-1-1104"])
ALIASES = st.sampled_from(
    [
        Alias("corp", AliasKind.SAM, "alice"),
        Alias("lab", AliasKind.SAM, "alice"),
        Alias("guests", AliasKind.SAM, "jürgen müller"),
        Alias("corp", AliasKind.UPN, "alice@corp.example.com"),
    ]
)
NETWORKS = st.lists(
    st.sampled_from(["0.0.0.0/0", "10.0.0.0/8", "192.0.2.7/32", "2001:db8::/64", "::/0"]).map(ip_network),
    max_size=3,
    unique=True,
).map(tuple)
WINDOWS = st.lists(
    st.builds(
        TimeWindow,
        days=st.frozensets(st.integers(0, 6), min_size=1),
        start_minute=st.integers(0, 1439),
        end_minute=st.integers(0, 1440),
        timezone=st.sampled_from(["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"]),
    ),
    max_size=3,
).map(tuple)


@st.composite
def selectors(draw: st.DrawFn) -> Selector:
    """Groups only where every client has a directory, names with a suffix only where no client simplifies them."""
    clients = draw(st.frozensets(st.sampled_from(["nps", "firewall", "citrix"]), max_size=2))
    users = draw(st.frozensets(ALIASES, max_size=3))
    return Selector(
        clients=clients,
        users=users if clients else frozenset(alias for alias in users if alias.kind is AliasKind.SAM),
        groups=draw(st.frozensets(SIDS, max_size=3)) if clients else frozenset(),
        source_networks=draw(NETWORKS),
        caller_networks=draw(NETWORKS),
        times=draw(WINDOWS),
    )


FACTORS = st.lists(st.sampled_from(FactorKind), min_size=1, unique=True).map(lambda kinds: (FactorKind.CODE, *kinds))
FACTORS = FACTORS.map(lambda kinds: tuple(dict.fromkeys(kinds)))
ATTRIBUTES = st.lists(st.tuples(st.just("Class"), st.sampled_from(["a", "ü", "x y"])), max_size=3).map(tuple)


@st.composite
def rules(draw: st.DrawFn) -> PolicyRule:
    rule = PolicyRule(name="rule", action=draw(st.sampled_from(RuleAction)), selector=draw(selectors()))
    if rule.action is RuleAction.ALLOW:
        return replace(rule, factors=draw(st.none() | FACTORS), reply_attributes=draw(ATTRIBUTES))
    return replace(rule, upstream="nps") if rule.action is RuleAction.FORWARD else rule


EXEMPTIONS = st.builds(
    Exemption,
    name=st.just("exemption"),
    selector=selectors().filter(lambda selector: selector != Selector()),
    owner=st.just("Ada"),
    reason=st.sampled_from(["new phones", "ein längerer Grund: #1"]),
    until=UNTIL,
    statement=st.just(STATEMENT),
)
UNENROLLED = st.one_of(
    st.just(DENY_UNENROLLED),
    st.just(UnenrolledRule(action=RuleAction.FORWARD, upstream="old")),
    st.builds(
        UnenrolledRule,
        action=st.just(RuleAction.ALLOW),
        owner=st.just("Ada"),
        reason=st.just("roll-out"),
        until=UNTIL,
        statement=st.just(STATEMENT),
    ),
)


def named[Part: (PolicyRule, Exemption)](parts: list[Part]) -> tuple[Part, ...]:
    return tuple(replace(part, name=f"{part.name}-{place}") for place, part in enumerate(parts))


@settings(deadline=None)
@given(rules=st.lists(rules(), max_size=4).map(named), exemptions=st.lists(EXEMPTIONS, max_size=3).map(named))
def test_policies_and_exemptions_come_back_from_document_and_items(
    rules: tuple[PolicyRule, ...], exemptions: tuple[Exemption, ...]
) -> None:
    configuration = replace(BASE, rules=rules, exemptions=exemptions)
    again = through_a_document(configuration)
    assert (again.rules, again.exemptions) == (rules, exemptions)
    assert changes_between(configuration, again) == ()
    assert tuple(policy_items.rule(policy_items.raw_rule(rule)) for rule in rules) == rules
    assert tuple(policy_items.exemption(policy_items.raw_exemption(one)) for one in exemptions) == exemptions


@settings(deadline=None)
@given(
    mode=st.sampled_from(ClientMode),
    factors=st.just(DEFAULT_FACTORS) | FACTORS,
    joined=st.sampled_from([JoinedForm(), JoinedForm(delimiter="::"), JoinedForm(code_length=8)]),
    markers=st.frozensets(st.sampled_from(["auto", "-", "später"]), max_size=2),
    in_field=st.booleans(),
    unenrolled=UNENROLLED,
    user_names=st.builds(UserNameRules, simplify=st.booleans(), more_realms=st.sampled_from([(), ("lab",)])),
)
def test_clients_come_back_from_document_and_items(
    mode: ClientMode,
    factors: tuple[FactorKind, ...],
    joined: JoinedForm,
    markers: frozenset[str],
    in_field: bool,
    unenrolled: UnenrolledRule,
    user_names: UserNameRules,
) -> None:
    """Each with the fields that mean something in its mode."""
    client = replace(
        BASE.clients[1],
        mode=mode,
        factors=factors,
        waivers=(WITHOUT_PASSWORD,) if mode is ClientMode.PASSWORD_THEN_FACTOR else (),
        joined=joined if mode is ClientMode.PASSWORD_AND_FACTOR else JoinedForm(),
        automatic_factor_markers=markers
        if mode in {ClientMode.SECOND_FACTOR, ClientMode.PASSWORD_THEN_FACTOR}
        else frozenset(),
        password_in_factor_field=in_field and mode is ClientMode.SECOND_FACTOR,
        unenrolled=unenrolled,
        user_names=user_names,
    )
    (again,) = through_a_document(replace(BASE, clients=(client,), rules=(), exemptions=())).clients
    assert again == client
    vault = FakeVault()
    assert client_items.client_policy(client_items.raw_client(client, "stamp", vault), "stamp", vault) == client


def through_a_document(configuration: Configuration) -> Configuration:
    shown = json.loads(json.dumps(shown_document(configuration)))  # as it goes over the API
    return read(shown, kept=kept_of(configuration))
