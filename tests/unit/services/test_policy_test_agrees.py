"""A policy test says what a login then does: with whatever policies, exemptions, modes and users."""

import os
from dataclasses import replace
from ipaddress import ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from mfa.adapters.system import local_time
from mfa.contract.directory import DirectoryResult
from mfa.domain.configuration import ClientMode, ClientPolicy
from mfa.domain.factors import SubscriberState
from mfa.domain.phones import PhoneWay
from mfa.domain.policy import (
    DEFAULT_FACTORS,
    DENY_UNENROLLED,
    Exemption,
    FactorKind,
    PolicyRule,
    RuleAction,
    Selector,
    UnenrolledRule,
)
from mfa.domain.policy_outcome import OutcomeKind, PolicyOutcome
from mfa.domain.push import PushApproval
from mfa.domain.reasons import RejectReason
from mfa.domain.sms_caps import CALLS_OFF, SMS_OFF
from mfa.domain.subscribers import Subscriber
from mfa.domain.user_names import Alias, AliasKind
from mfa.services.policy_test import PolicyQuestion, PolicyTest
from tests.fakes.login_world import Answer
from tests.fakes.mode_world import PASSWORD, ModeWorld, vpn

FACTORS = {(FactorKind.PUSH,): "push 47", (FactorKind.SMS,): "sms", (FactorKind.PHONE,): "phone"}
HAVE_ONLY = {"frank": "sms", "grace": "phone"}
STAFF, ADMINS = "S-1-5-21-1-2-3-1101", "S-1-5-21-1-2-3-1102"
STATEMENT = "the client checks the password"
NOW = 1_700_000_000
UNTOLD = {RejectReason.DIRECTORY_UNAVAILABLE, RejectReason.UNKNOWN_IN_DIRECTORY}
TYPED = {RejectReason.FACTOR_NOT_OFFERED, RejectReason.NO_AUTOMATIC_FACTOR, RejectReason.CALLS_NOT_DEPLOYED}
ALICE, BOB = (Alias("corp", AliasKind.SAM, name) for name in ("alice", "bob"))

selectors = st.builds(
    Selector,
    clients=st.sampled_from([frozenset(), frozenset({"vpn"}), frozenset({"desktops"})]),
    users=st.sampled_from([frozenset(), frozenset({ALICE}), frozenset({BOB})]),
    groups=st.sampled_from([frozenset(), frozenset({STAFF}), frozenset({ADMINS})]),
    source_networks=st.sampled_from([(), (ip_network("192.0.2.0/24"),), (ip_network("10.0.0.0/8"),)]),
)
rules = st.lists(
    st.builds(
        lambda selector, action, factors: PolicyRule(
            name="rule",
            action=action,
            selector=selector,
            factors=factors if action is RuleAction.ALLOW else None,
            upstream="nps" if action is RuleAction.FORWARD else None,
        ),
        selectors,
        st.sampled_from(RuleAction),
        st.sampled_from([None, (FactorKind.CODE,), (FactorKind.PUSH,), (FactorKind.SMS, FactorKind.PHONE)]),
    ),
    max_size=4,
)
exemptions = st.lists(
    st.builds(
        lambda selector, until, statement: Exemption(
            name="exemption", selector=selector, owner="Ada", reason="phones", until=until, statement=statement
        ),
        selectors,
        st.sampled_from([NOW - 1, NOW, NOW + 100]),
        st.sampled_from([None, STATEMENT]),
    ),
    max_size=2,
)
unenrolled = st.one_of(
    st.just(DENY_UNENROLLED),
    st.just(UnenrolledRule(action=RuleAction.FORWARD, upstream="nps")),
    st.builds(
        lambda until, statement: UnenrolledRule(
            action=RuleAction.ALLOW, owner="Ada", reason="roll-out", until=until, statement=statement
        ),
        st.sampled_from([NOW, NOW + 100]),
        st.sampled_from([None, STATEMENT]),
    ),
)
policies = st.builds(
    lambda mode, factors, rule, approval: vpn(mode, factors=factors, unenrolled=rule, push_approval=approval),
    st.sampled_from(ClientMode),
    st.sampled_from(
        [
            DEFAULT_FACTORS,
            (*DEFAULT_FACTORS, FactorKind.PHONE),
            (FactorKind.PUSH,),
            (FactorKind.CODE,),
            (FactorKind.SMS,),
            (FactorKind.PHONE,),
            (FactorKind.CODE, FactorKind.PUSH),
            (FactorKind.PHONE, FactorKind.SMS, FactorKind.CODE),
        ]
    ),
    unenrolled,
    st.sampled_from([PushApproval.TAP, PushApproval.NUMBER]),
)


def numbered[Part: (PolicyRule, Exemption)](parts: list[Part]) -> list[Part]:
    return [replace(part, name=f"{part.name}-{place}") for place, part in enumerate(parts)]


def told_by(world: ModeWorld, user: str) -> PolicyOutcome:
    test = PolicyTest(
        configurations=world.store.configurations,
        subscribers=world.store.subscribers,
        directory=world.directory,
        clock=world.clock,
        local_time=local_time,
        offers=world.offers,
    )
    return test.ask(PolicyQuestion(user=user, client="vpn", source_ip="192.0.2.7")).outcome


def shown(world: ModeWorld, policy: ClientPolicy, outcome: PolicyOutcome, user: str) -> str:
    """What a user types who knows everything, what the test says as well."""
    factor = world.code()
    if FactorKind.CODE not in outcome.factors:
        factor = FACTORS.get(outcome.factors[:1]) or HAVE_ONLY.get(user, factor)
    texts = {
        ClientMode.SECOND_FACTOR: factor,
        ClientMode.PASSWORD_AND_FACTOR: f"{PASSWORD},{factor}",
    }
    return texts.get(policy.mode, PASSWORD)


def finished(world: ModeWorld, user: str, text: str, answer: Answer) -> Answer:
    """Where a message was asked for, what is typed at the next try decides."""
    if answer.reason is not RejectReason.SMS_SENT:
        return answer
    return world.login(text.removesuffix("sms") + world.sender.code, username=user)


def outcome_of(answer: Answer, outcome: PolicyOutcome, policy: ClientPolicy) -> tuple[str, str | None]:
    """The login in the words of the test. A challenge is the first half of a factor, and so is a prompt."""
    if answer.outcome in {"challenge", "pending"}:
        assert answer.outcome == "pending" or policy.mode is ClientMode.CHALLENGE
        return OutcomeKind.FACTOR.value, None
    if answer.outcome == "accept" and outcome.kind in {OutcomeKind.FACTOR, OutcomeKind.NO_FACTOR}:
        return outcome.kind.value, None
    return answer.outcome, None if answer.reason is None else answer.reason.value


def deployment(*, messages: bool, calls: bool) -> ModeWorld:
    """One that may send no messages, or has nothing to call by."""
    world = ModeWorld()
    world.sms_policy = world.sms_policy if messages else SMS_OFF
    world.call_policy = world.call_policy if calls else CALLS_OFF
    world.service = world.another_instance()
    return world


def without_code(world: ModeWorld, name: str) -> str:
    """A user who has no token."""
    subscriber = Subscriber(
        user_id=f"id-of-{name}",
        display_name=name,
        aliases=(Alias("corp", AliasKind.SAM, name),),
        state=SubscriberState.ACTIVE,
        created_at=1,
    )
    world.store.subscribers.create(subscriber)
    return subscriber.user_id


@settings(deadline=None, max_examples=int(os.environ.get("ROUNDS", "20")) * 15)
@given(
    policy=policies,
    rules=rules,
    exemptions=exemptions,
    user=st.sampled_from(
        [
            "alice",
            "bob",
            "stranger",
            "carol",
            "carol@corp.example.test",
            "dora@corp.example.test",
            "erin",
            "frank",
            "grace",
        ]
    ),
    messages=st.booleans(),
    calls=st.booleans(),
    groups=st.sampled_from([frozenset(), frozenset({STAFF}), frozenset({STAFF, ADMINS})]),
    unavailable=st.booleans(),
    disabled=st.booleans(),
)
def test_a_policy_test_says_what_a_login_then_does(
    policy: ClientPolicy,
    rules: list[PolicyRule],
    exemptions: list[Exemption],
    user: str,
    groups: frozenset[str],
    unavailable: bool,
    disabled: bool,
    messages: bool,
    calls: bool,
) -> None:
    world = deployment(messages=messages, calls=calls)
    world.directory.add("bob", PASSWORD)
    world.directory.add("carol", PASSWORD, upn="carol@corp.example.test")
    world.add_user("carol", "c.smith@corp.example.test")  # not by every name that her account has
    world.add_user("dora")
    world.directory.add("erin", PASSWORD)
    world.pair(world.add_user("erin"), "erins-phone")  # has both
    world.directory.add("frank", PASSWORD)
    world.add_phone(without_code(world, "frank"))  # gets messages, and has nothing else
    world.directory.add("grace", PASSWORD)
    world.add_phone(without_code(world, "grace"), "+4930901820", ways=frozenset({PhoneWay.CALL}))
    for account in world.directory.accounts["corp"]:
        account.groups = groups
    world.configure(policy, rules=numbered(rules), exemptions=numbered(exemptions))
    if disabled:
        world.store.subscribers.set_state(world.item().user_id, SubscriberState.DISABLED)
    if unavailable:
        world.directory.result = DirectoryResult.UNAVAILABLE
    outcome = told_by(world, user)
    text = shown(world, policy, outcome, user)
    answer = finished(world, user, text, world.login(text, username=user))
    record = world.audit.logins[-1]
    needs_password = outcome.kind in {OutcomeKind.FACTOR, OutcomeKind.NO_FACTOR} or outcome.reason in TYPED
    if needs_password and answer.reason in UNTOLD:
        return  # it says "if the password is right"; nobody could be asked
    expected = (outcome.kind.value, None if outcome.reason is None else outcome.reason.value)
    if answer.reason in TYPED and outcome.kind is OutcomeKind.REJECT:
        return  # rejected both; the login by what was typed, before it was known by whom
    if (answer.reason, outcome.reason) == (RejectReason.NOT_ENROLLED, RejectReason.FACTOR_NOT_OFFERED):
        return  # nothing of what the user has is admitted: to the login a code is then one that no factor takes
    assert outcome_of(answer, outcome, policy) == expected
    if answer.outcome in {"accept", "forward"}:
        assert (record.rule, record.exemption) == (outcome.rule, outcome.exemption)
        assert answer.response.upstream == outcome.upstream
