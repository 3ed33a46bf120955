"""Rules, exemptions and the rule for users without a factor, at a login."""

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network

import pytest

from mfa.contract import MessageAuthenticatorState
from mfa.contract.directory import DirectoryResult
from mfa.domain.configuration import ClientMode, UserNameRules
from mfa.domain.directory import REASONS
from mfa.domain.factors import SubscriberState
from mfa.domain.policy import FactorKind, PolicyRule, RuleAction, Selector, TimeWindow, UnenrolledRule
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind, Realm
from tests.fakes.challenge_response import under
from tests.fakes.login_world import HOLD_MS, REALM, Answer
from tests.fakes.mode_world import (
    CORP,
    DIRECTORY,
    PASSWORD,
    PASSWORD_MODES,
    ModeWorld,
    allow_unenrolled,
    exemption,
    mode_world,
    vpn,
)
from tests.fakes.observations import Unobserved

SECOND, AND = ClientMode.SECOND_FACTOR, ClientMode.PASSWORD_AND_FACTOR
THEN, CHALLENGE = ClientMode.PASSWORD_THEN_FACTOR, ClientMode.CHALLENGE
STAFF, ADMINS = "S-1-5-21-1-2-3-1101", "S-1-5-21-1-2-3-1102"
STATEMENT = "the directory checks the password"
PACKET = b"one packet, twice"[:16]
DAY = 86_400


@pytest.fixture
def world() -> ModeWorld:
    world = ModeWorld()
    world.alice.groups = frozenset({STAFF})
    return world


def rule(name: str, action: RuleAction = RuleAction.ALLOW, **fields: object) -> PolicyRule:
    selector = fields.pop("selector", Selector())
    return PolicyRule(name=name, action=action, selector=selector, **fields)  # type: ignore[arg-type]


def apply(world: ModeWorld, *rules: PolicyRule, mode: ClientMode = SECOND, **policy: object) -> None:
    world.configure(vpn(mode, **policy), rules=rules)


def bystander(world: ModeWorld) -> None:
    """Somebody with an account in the directory whom nobody has enrolled here."""
    world.directory.add("bob", "bob's own")


def verdict(answer: Answer) -> tuple[str, RejectReason | None]:
    return answer.outcome, answer.reason


# ---- rules


def test_without_rules_nothing_of_the_policy_is_asked(world: ModeWorld) -> None:
    world.configure(vpn())
    world.memory.calls.clear()
    assert world.login(world.code()).outcome == "accept"
    assert world.memory.calls[-3:] == ["index.find", "logins.reserve", "logins.accept"]
    assert world.directory.look_ups == []
    assert world.audit.logins[-1].rule is None


def test_a_rule_that_allows_names_itself_and_adds_its_attributes(world: ModeWorld) -> None:
    reply = (("Class", "staff"),)
    apply(world, rule("staff", reply_attributes=reply), reply_attributes=(("Filter-Id", "vpn"),))
    answer = world.login(world.code())
    assert answer.response.attributes == (("Filter-Id", "vpn"), ("Class", "staff"))
    assert world.audit.logins[-1].rule == "staff"
    assert world.login(world.wrong_code()).response.attributes == ()
    assert world.audit.logins[-1].rule == "staff"


def test_only_an_accept_carries_the_attributes_of_a_rule(world: ModeWorld) -> None:
    apply(world, rule("staff", reply_attributes=(("Class", "staff"),)), mode=CHALLENGE)
    answer = world.login(PASSWORD)
    assert (answer.outcome, answer.response.attributes) == ("challenge", ())
    accept = world.answer(answer.response.state, world.code())
    assert (accept.outcome, accept.response.attributes) == ("accept", (("Class", "staff"),))


def test_a_rule_that_denies_touches_no_try(world: ModeWorld) -> None:
    apply(world, rule("nobody", RuleAction.DENY))
    answer = world.login(world.code())
    assert verdict(answer) == ("reject", RejectReason.POLICY_DENIED)
    assert answer.response.hold_ms == HOLD_MS
    assert (world.tries(), world.audit.logins[-1].rule) == (0, "nobody")
    assert "logins.reserve" not in world.memory.calls


def test_where_there_are_rules_and_none_matches_nobody_gets_in(world: ModeWorld) -> None:
    apply(world, rule("others", selector=Selector(source_networks=(ip_network("203.0.113.0/24"),))))
    assert verdict(world.login(world.code())) == ("reject", RejectReason.NO_POLICY_MATCHES)
    apply(world, rule("other client", RuleAction.DENY, selector=Selector(clients=frozenset({"desktops"}))))
    assert world.login(world.code()).outcome == "accept"


def test_a_rule_narrows_the_factors(world: ModeWorld) -> None:
    apply(world, rule("push only", factors=(FactorKind.PUSH,)))
    assert verdict(world.login(world.code())) == ("reject", RejectReason.FACTOR_NOT_OFFERED)
    apply(world, rule("codes", factors=(FactorKind.CODE,)))
    assert world.login(world.code()).outcome == "accept"


def test_groups_are_asked_for_only_by_a_rule_whose_other_fields_match(world: ModeWorld) -> None:
    elsewhere = Selector(groups=frozenset({STAFF}), source_networks=(ip_network("203.0.113.0/24"),))
    apply(world, rule("elsewhere", selector=elsewhere), rule("all"))
    assert world.login(world.code()).outcome == "accept"
    assert world.directory.look_ups == []
    apply(world, rule("admins", RuleAction.DENY, selector=Selector(groups=frozenset({ADMINS}))), rule("all"))
    world.clock.advance(30)
    assert world.login(world.code()).outcome == "accept"
    assert world.directory.look_ups == ["alice"]
    assert world.audit.logins[-1].directory == world.directory.controller


def test_groups_decide_and_one_look_up_serves_rules_exemptions_and_the_password(world: ModeWorld) -> None:
    staff = Selector(groups=frozenset({STAFF}))
    world.configure(
        vpn(AND),
        rules=[rule("staff", selector=staff)],
        exemptions=[exemption(world.clock.now() + DAY, Selector(groups=frozenset({ADMINS})))],
    )
    assert world.login(f"{PASSWORD},{world.code()}").outcome == "accept"
    assert world.directory.look_ups == ["alice"]
    assert (world.binds, world.item().object_guid) == (1, world.alice.object_guid)


@pytest.mark.parametrize("fault", [DirectoryResult.UNAVAILABLE, DirectoryResult.SERVICE_ACCOUNT_REFUSED])
def test_groups_that_cannot_be_had_let_nobody_in(world: ModeWorld, fault: DirectoryResult) -> None:
    apply(world, rule("staff", selector=Selector(groups=frozenset({STAFF}))), rule("all"))
    world.directory.result = fault
    assert verdict(world.login(world.code())) == ("reject", REASONS[fault])
    assert world.audit.logins[-1].fault == f"the test says {fault.value}"
    assert world.tries() == 0


def test_a_user_without_an_account_is_unknown_to_a_rule_with_groups(world: ModeWorld) -> None:
    world.add_user("carol")
    apply(world, rule("staff", selector=Selector(groups=frozenset({STAFF}))), rule("all"))
    answer = world.login(world.code(), username="carol")
    assert verdict(answer) == ("reject", RejectReason.UNKNOWN_IN_DIRECTORY)


def test_groups_of_another_account_than_the_linked_one_do_not_count(world: ModeWorld) -> None:
    world.store.logins.link(world.user_id, Alias("corp", AliasKind.GUID, "00000000-0000-0000-0000-000000000001"))
    apply(world, rule("staff", selector=Selector(groups=frozenset({STAFF}))))
    assert verdict(world.login(world.code())) == ("reject", RejectReason.IDENTITY_CHANGED)
    assert world.tries() == 0


def test_a_rule_against_a_user_holds_for_all_names_of_that_user(world: ModeWorld) -> None:
    alice = Selector(users=frozenset({Alias("corp", AliasKind.SAM, "alice")}))
    apply(world, rule("not alice", RuleAction.DENY, selector=alice), rule("all"))
    for name in ("alice", "CORP\\Alice", "alice@corp.example.test"):
        assert world.login(world.code(), username=name).reason is RejectReason.POLICY_DENIED
    world.add_user("bob")
    assert world.login(world.code(), username="bob").outcome == "accept"


def test_a_caller_is_believed_only_in_a_packet_that_is_authenticated(world: ModeWorld) -> None:
    office = Selector(caller_networks=(ip_network("203.0.113.0/24"),))
    apply(world, rule("office", selector=office))
    request = replace(world.request(world.code()), nas={"Calling-Station-Id": "203.0.113.9"})
    bare = replace(request, message_authenticator=MessageAuthenticatorState.ABSENT)
    assert world.send(bare).reason is RejectReason.NO_POLICY_MATCHES
    assert world.send(replace(request, nas={"Calling-Station-Id": "00-11-22"})).reason is (
        RejectReason.NO_POLICY_MATCHES
    )
    assert world.send(request).outcome == "accept"


def test_a_rule_holds_in_its_hours(world: ModeWorld) -> None:
    always_on_tuesday = TimeWindow(days=frozenset({1}), start_minute=0, end_minute=0, timezone="Europe/Berlin")
    apply(world, rule("tuesday", selector=Selector(times=(always_on_tuesday,))))
    assert world.login(world.code()).outcome == "accept"  # 14 November 2023, 23:13 in Berlin
    world.clock.advance(DAY + 3600)
    assert world.login(world.code()).reason is RejectReason.NO_POLICY_MATCHES


# ---- forwarding


@pytest.mark.parametrize("mode", list(ClientMode))
@pytest.mark.parametrize("text", ["anything at all", "123456", "push"])
def test_a_rule_that_forwards_hands_over_whatever_was_typed(world: ModeWorld, mode: ClientMode, text: str) -> None:
    apply(world, rule("old ones", RuleAction.FORWARD, upstream="nps"), mode=mode)
    answer = world.login(text)
    assert verdict(answer) == ("forward", None)
    assert (answer.response.upstream, answer.response.hold_ms) == ("nps", 0)
    record = world.audit.logins[-1]
    assert (record.rule, record.upstream, record.outcome) == ("old ones", "nps", "forward")
    assert (world.tries(), world.binds) == (0, 0)


def test_what_is_forwarded_may_come_under_any_protocol(world: ModeWorld) -> None:
    apply(world, rule("old ones", RuleAction.FORWARD, upstream="nps"), mode=CHALLENGE)
    assert world.send(under("mschapv2", world.request("secret"))).outcome == "forward"


def test_users_move_by_group(world: ModeWorld) -> None:
    staff = Selector(groups=frozenset({STAFF}))
    bystander(world)
    apply(world, rule("moved", selector=staff), rule("not yet", RuleAction.FORWARD, upstream="nps"))
    assert world.login(world.code()).outcome == "accept"
    assert world.login("bob's own", username="bob").outcome == "forward"
    assert world.login("nonsense").reason is RejectReason.NOT_A_CODE


def test_a_probe_and_a_refused_name_are_not_forwarded(world: ModeWorld) -> None:
    apply(world, rule("old ones", RuleAction.FORWARD, upstream="nps"))
    assert world.login("x", username="fakeusername").reason is RejectReason.PROBE_NAME
    assert world.login("x", username="al\u0456ce").reason is RejectReason.NAME_REFUSED


def test_nonsense_is_limited_although_somebody_is_forwarded(world: ModeWorld) -> None:
    staff = Selector(users=frozenset({Alias("corp", AliasKind.SAM, "bob")}))
    apply(world, rule("bob", RuleAction.FORWARD, upstream="nps", selector=staff), rule("all"))
    assert world.login("nonsense").reason is RejectReason.NOT_A_CODE
    assert [world.login("nonsense").reason for _ in range(80)][-1] is RejectReason.RATE_LIMITED
    assert world.login("nonsense", username="bob").outcome == "forward"


# ---- users without a factor


FORWARD = UnenrolledRule(action=RuleAction.FORWARD, upstream="nps")


@pytest.mark.parametrize("mode", list(ClientMode))
def test_users_without_a_factor_are_forwarded_and_all_others_are_not(world: ModeWorld, mode: ClientMode) -> None:
    world.configure(vpn(mode, unenrolled=FORWARD))
    answer = world.login("bob's own", username="bob")
    assert (answer.outcome, answer.response.upstream) == ("forward", "nps")
    assert (world.audit.logins[-1].rule, world.audit.logins[-1].upstream) == ("unenrolled", "nps")
    world.store.subscribers.remove_factor(world.user_id, next(iter(world.item().factors)))
    assert world.login("anything").outcome == "forward"
    world.store.subscribers.set_state(world.user_id, SubscriberState.DISABLED)
    assert world.login("anything").outcome == "reject"


def test_a_user_with_a_factor_is_never_forwarded_by_the_rule_for_the_others(world: ModeWorld) -> None:
    world.configure(vpn(unenrolled=FORWARD))
    assert world.login("nonsense").reason is RejectReason.NOT_A_CODE
    assert world.login(world.wrong_code()).reason is RejectReason.WRONG_CODE
    assert world.login(world.code()).outcome == "accept"


def test_users_without_a_factor_may_be_let_through_until_the_very_second(world: ModeWorld) -> None:
    bystander(world)
    until = world.clock.now() + DAY
    world.configure(vpn(unenrolled=allow_unenrolled(until, statement=STATEMENT)))
    world.clock.time = until - 1
    assert world.login("x", username="bob").outcome == "accept"
    record = world.audit.logins[-1]
    assert (record.rule, record.directory) == ("unenrolled", world.directory.controller)
    world.clock.time = until
    assert verdict(world.login("x", username="bob")) == ("reject", RejectReason.NOT_A_CODE)
    assert verdict(world.login("123456", username="bob")) == ("reject", RejectReason.UNKNOWN_USER)
    assert world.binds == 0


def test_without_a_statement_nobody_is_let_through_where_no_password_is_checked(world: ModeWorld) -> None:
    bystander(world)
    until = world.clock.now() + DAY
    world.configure(vpn(unenrolled=allow_unenrolled(until)), exemptions=[exemption(until)])
    assert world.login("123456", username="bob").reason is RejectReason.UNKNOWN_USER
    assert world.login("x", username="bob").reason is RejectReason.NOT_A_CODE
    assert world.login("x").reason is RejectReason.NOT_A_CODE
    assert world.directory.look_ups == []


def test_whom_the_directory_does_not_know_is_not_let_through(world: ModeWorld) -> None:
    world.configure(vpn(unenrolled=allow_unenrolled(world.clock.now() + DAY, statement=STATEMENT)))
    assert verdict(world.login("x", username="nobody")) == ("reject", RejectReason.UNKNOWN_IN_DIRECTORY)
    bystander(world)
    world.directory.result = DirectoryResult.UNAVAILABLE
    assert verdict(world.login("x", username="bob")) == ("reject", RejectReason.DIRECTORY_UNAVAILABLE)


def test_a_realm_without_a_directory_lets_through_by_the_statement_alone(world: ModeWorld) -> None:
    policy = vpn(unenrolled=allow_unenrolled(world.clock.now() + DAY, statement=STATEMENT))
    world.configure(policy, realms=[REALM])
    assert world.login("x", username="nobody").outcome == "accept"


def typed(world: ModeWorld, mode: ClientMode, password: str) -> Sequence[str]:
    """What a user without a factor may type: the password, and in the joined form also a factor behind it."""
    return (password, f"{password},{world.code()}", f"{password},push") if mode is AND else (password,)


@pytest.mark.parametrize("mode", PASSWORD_MODES)
def test_in_password_modes_the_password_must_be_right_for_users_without_a_factor(
    world: ModeWorld, mode: ClientMode
) -> None:
    bystander(world)
    world.configure(vpn(mode, unenrolled=allow_unenrolled(world.clock.now() + DAY)))
    for text in typed(world, mode, "bob's own"):
        assert world.login(text, username="bob").outcome == "accept"
    assert world.login("wrong", username="bob").reason is RejectReason.PASSWORD_WRONG
    assert world.audit.logins[-1].rule == "unenrolled"
    assert world.login("wrong", username="bob").reason is RejectReason.PASSWORD_KNOWN_WRONG
    assert world.login("123456", username="bob").reason is RejectReason.PASSWORD_MISSING
    assert world.login("x", username="nobody").reason is RejectReason.UNKNOWN_IN_DIRECTORY
    world.directory.result = DirectoryResult.UNAVAILABLE
    assert world.login("bob's own", username="bob").reason is RejectReason.DIRECTORY_UNAVAILABLE


def test_the_same_packet_of_an_unknown_user_is_one_bind(world: ModeWorld) -> None:
    bystander(world)
    world.configure(vpn(THEN, unenrolled=allow_unenrolled(world.clock.now() + DAY)))
    answers = [world.login("bob's own", username="bob", login_id=PACKET) for _ in range(3)]
    assert [(answer.outcome, answer.replayed) for answer in answers] == [
        ("accept", False), ("accept", True), ("accept", True),
    ]  # fmt: skip
    assert world.binds == 1
    world.clock.advance(16)
    assert world.login("bob's own", username="bob", login_id=PACKET).reason is RejectReason.REPLAY_EXPIRED


def test_a_login_id_with_another_password_is_another_question(world: ModeWorld) -> None:
    bystander(world)
    world.configure(vpn(THEN, unenrolled=allow_unenrolled(world.clock.now() + DAY)))
    assert world.login("bob's own", username="bob", login_id=PACKET).outcome == "accept"
    assert world.login("made up", username="bob", login_id=PACKET).reason is RejectReason.PASSWORD_WRONG


def test_strangers_share_the_budget_of_the_account(world: ModeWorld) -> None:
    bystander(world)
    world.configure(vpn(THEN, unenrolled=allow_unenrolled(world.clock.now() + DAY)))
    reasons = [world.login(f"wrong{number}", username="bob").reason for number in range(5)]
    assert reasons == [RejectReason.PASSWORD_WRONG] * 3 + [RejectReason.PASSWORD_BUDGET_SPENT] * 2


# ---- one person by several names


def carol(world: ModeWorld) -> str:
    """She has a token, and was given one of her two names here."""
    world.directory.add("carol", "carol's own", upn="c.smith@corp.example.test")
    return world.add_user("carol")


@pytest.mark.parametrize("mode", PASSWORD_MODES)
def test_who_has_a_factor_is_no_stranger_by_another_name_of_the_account(world: ModeWorld, mode: ClientMode) -> None:
    carol(world)
    world.configure(vpn(mode, unenrolled=allow_unenrolled(world.clock.now() + DAY)))
    answer = world.login("carol's own", username="c.smith@corp.example.test")
    assert verdict(answer) == ("reject", RejectReason.KNOWN_BY_ANOTHER_NAME)
    assert (answer.response.hold_ms, world.binds) == (HOLD_MS, 0)


def test_nor_by_the_name_that_follows_the_account(world: ModeWorld) -> None:
    """The user is known by the objectGUID and an older name."""
    user_id = carol(world)
    before = world.store.subscribers.read(user_id)
    assert before is not None
    guid = Alias("corp", AliasKind.GUID, world.directory.accounts["corp"][-1].object_guid)
    world.store.subscribers.rename(before, (Alias("corp", AliasKind.SAM, "carol.maiden"), guid), "Carol")
    world.configure(vpn(THEN, unenrolled=allow_unenrolled(world.clock.now() + DAY)))
    assert world.login("carol's own", username="carol").reason is RejectReason.KNOWN_BY_ANOTHER_NAME


@pytest.mark.parametrize("realm", [CORP, REALM])
def test_nor_where_the_client_checks_the_password(world: ModeWorld, realm: Realm) -> None:
    world.directory.add("dora", upn="dora@corp.example.test")
    world.add_user("dora")
    policy = vpn(unenrolled=allow_unenrolled(world.clock.now() + DAY, statement=STATEMENT))
    world.configure(policy, realms=[realm])
    assert world.login("x", username="dora@corp.example.test").reason is RejectReason.KNOWN_BY_ANOTHER_NAME


@pytest.mark.parametrize(
    ("given", "typed_name"), [("dora", "dora@corp.example.test"), ("dora@corp.example.test", "dora")]
)
def test_nor_is_such_a_login_forwarded_and_no_directory_is_asked(world: ModeWorld, given: str, typed_name: str) -> None:
    world.add_user(given)
    world.directory.result = DirectoryResult.UNAVAILABLE
    world.configure(vpn(unenrolled=UnenrolledRule(action=RuleAction.FORWARD, upstream="old")))
    assert world.login("x", username=typed_name).reason is RejectReason.KNOWN_BY_ANOTHER_NAME
    assert world.login("x", username="erin@corp.example.test").outcome == "forward"


def test_who_is_disabled_here_is_not_let_through_by_another_name(world: ModeWorld) -> None:
    world.store.subscribers.set_state(carol(world), SubscriberState.DISABLED)
    until = world.clock.now() + DAY
    for policy, exemptions in [(vpn(THEN, unenrolled=allow_unenrolled(until)), []), (vpn(THEN), [exemption(until)])]:
        world.configure(policy, exemptions=exemptions)
        answer = world.login("carol's own", username="c.smith@corp.example.test")
        assert verdict(answer) == ("reject", RejectReason.DISABLED)


def test_an_exemption_holds_by_every_name_of_the_account(world: ModeWorld) -> None:
    carol(world)
    world.configure(vpn(THEN), exemptions=[exemption(world.clock.now() + DAY)])
    assert world.login("carol's own", username="c.smith@corp.example.test").outcome == "accept"


# ---- exemptions


@pytest.mark.parametrize("text", ["x", "123456", "push", "anything at all"])
def test_an_exempt_user_is_accepted_whatever_the_field_holds(world: ModeWorld, text: str) -> None:
    world.configure(vpn(), exemptions=[exemption(world.clock.now() + DAY, statement=STATEMENT)])
    answer = world.login(text)
    assert answer.outcome == "accept"
    assert (world.audit.logins[-1].exemption, world.audit.logins[-1].factor_id) == ("new staff", None)
    assert (world.tries(), world.item().throttle.successes, world.binds) == (0, 0, 0)


@pytest.mark.parametrize("result", [DirectoryResult.UNAVAILABLE, DirectoryResult.SERVICE_ACCOUNT_REFUSED])
def test_an_exemption_by_groups_that_nobody_tells_locks_nobody_out_who_has_a_factor(
    world: ModeWorld, result: DirectoryResult
) -> None:
    staff = exemption(world.clock.now() + DAY, Selector(groups=frozenset({STAFF})), statement=STATEMENT)
    world.configure(vpn(), exemptions=[staff])
    assert world.login("x").outcome == "accept"
    world.directory.result = result
    assert verdict(world.login("x")) == ("reject", RejectReason.NOT_A_CODE)
    assert world.login(world.code()).outcome == "accept"
    assert world.audit.logins[-1].fault is not None
    assert world.audit.logins[-1].exemption is None


def test_an_exemption_ends_at_its_second(world: ModeWorld) -> None:
    until = world.clock.now() + DAY
    world.configure(vpn(), exemptions=[exemption(until, statement=STATEMENT)])
    world.clock.time = until - 1
    assert world.login("x").outcome == "accept"
    world.clock.time = until
    assert world.login("x").reason is RejectReason.NOT_A_CODE


def test_an_exemption_is_for_whom_it_selects(world: ModeWorld) -> None:
    world.add_user("carol")
    world.directory.add("carol")
    alice = Selector(users=frozenset({Alias("corp", AliasKind.SAM, "alice")}))
    world.configure(vpn(), exemptions=[exemption(world.clock.now() + DAY, alice, statement=STATEMENT)])
    assert world.login("x").outcome == "accept"
    assert world.login("x", username="carol").reason is RejectReason.NOT_A_CODE
    assert world.login(world.code(), username="carol").outcome == "accept"


def test_an_exemption_does_not_open_for_the_disabled_nor_for_another_account(world: ModeWorld) -> None:
    world.configure(vpn(), exemptions=[exemption(world.clock.now() + DAY, statement=STATEMENT)])
    world.store.logins.link(world.user_id, Alias("corp", AliasKind.GUID, "00000000-0000-0000-0000-000000000001"))
    assert world.login("x").reason is RejectReason.IDENTITY_CHANGED
    world.store.subscribers.set_state(world.user_id, SubscriberState.DISABLED)
    assert world.login("x").reason is RejectReason.DISABLED


def test_a_rule_that_denies_stands_before_an_exemption_and_nobody_is_asked_for_groups(world: ModeWorld) -> None:
    exempt = exemption(world.clock.now() + DAY, Selector(groups=frozenset({STAFF})), statement=STATEMENT)
    world.configure(vpn(), rules=[rule("nobody", RuleAction.DENY)], exemptions=[exempt])
    assert world.login("x").reason is RejectReason.POLICY_DENIED
    assert world.directory.look_ups == []


def test_whoever_was_challenged_before_an_exemption_began_answers_with_the_code(world: ModeWorld) -> None:
    world.configure(vpn(CHALLENGE))
    state = world.login(PASSWORD).response.state
    world.configure(vpn(CHALLENGE), exemptions=[exemption(world.clock.now() + DAY)])
    assert world.answer(state, world.code()).outcome == "accept"


@pytest.mark.parametrize("mode", PASSWORD_MODES)
def test_an_exemption_skips_the_factor_and_never_the_password(world: ModeWorld, mode: ClientMode) -> None:
    world.configure(
        vpn(mode, automatic_factor_markers=frozenset({"auto"})),
        exemptions=[exemption(world.clock.now() + DAY)],
    )
    for text in typed(world, mode, PASSWORD):
        assert world.login(text).outcome == "accept"
        assert world.audit.logins[-1].exemption == "new staff"
    answer = world.login("wrong")
    assert verdict(answer) == ("reject", RejectReason.PASSWORD_WRONG)
    assert world.tries() == 1
    assert world.login("123456").reason is RejectReason.PASSWORD_MISSING
    assert world.login("wrong").reason is RejectReason.PASSWORD_KNOWN_WRONG
    world.directory.result = DirectoryResult.UNAVAILABLE
    assert world.login(PASSWORD).reason is RejectReason.DIRECTORY_UNAVAILABLE


@pytest.mark.parametrize("mode", PASSWORD_MODES)
def test_c9_a_password_alone_never_begins_the_count_of_wrong_codes_anew(world: ModeWorld, mode: ClientMode) -> None:
    """Somebody knows the password and guesses codes, with a login of the exempt kind between two guesses."""
    checked = 0
    for _ in range(30):
        world.configure(vpn())
        checked += world.login(world.wrong_code()).reason is RejectReason.WRONG_CODE
        world.configure(vpn(mode), exemptions=[exemption(world.clock.now() + DAY)])
        world.login(PASSWORD)
    assert checked == 10
    assert world.login(PASSWORD).reason is RejectReason.LOCKED


def test_c9_a_challenge_never_begins_the_count_of_wrong_codes_anew(world: ModeWorld) -> None:
    world.configure(vpn(CHALLENGE))
    reasons = [world.answer(world.login(PASSWORD).response.state, world.wrong_code()).reason for _ in range(11)]
    assert reasons[:10] == [RejectReason.WRONG_CODE] * 10
    assert world.login(PASSWORD).reason is RejectReason.LOCKED


def test_a_marker_is_no_password_for_an_exempt_user(world: ModeWorld) -> None:
    policy = vpn(THEN, automatic_factor_markers=frozenset({"auto"}))
    world.configure(policy, exemptions=[exemption(world.clock.now() + DAY)])
    assert verdict(world.login("auto")) == ("reject", RejectReason.PASSWORD_MISSING)


def test_a_password_in_the_factor_field_of_an_exempt_user_is_checked(world: ModeWorld) -> None:
    world.configure(
        vpn(password_in_factor_field=True), exemptions=[exemption(world.clock.now() + DAY, statement=STATEMENT)]
    )
    assert world.login(PASSWORD).outcome == "accept"
    assert world.login("wrong").reason is RejectReason.PASSWORD_WRONG
    assert world.login("123456").outcome == "accept"
    assert world.binds == 2


def test_a_password_mode_takes_pap_only_from_the_exempt_too(world: ModeWorld) -> None:
    world.configure(vpn(THEN), exemptions=[exemption(world.clock.now() + DAY)])
    answer = world.send(under("mschapv2", world.request(PASSWORD)))
    assert verdict(answer) == ("reject", RejectReason.PASSWORD_NEEDS_PAP)


@pytest.mark.parametrize(("protocol", "outcome"), [("chap", "accept"), ("mschap", "accept"), ("mschapv2", "reject")])
def test_an_exempt_user_shows_a_factor_where_the_client_wants_to_see_that_we_know_it(
    world: ModeWorld, protocol: str, outcome: str
) -> None:
    world.configure(vpn(), exemptions=[exemption(world.clock.now() + DAY, statement=STATEMENT)])
    answer = world.send(under(protocol, world.request("x")))
    assert (answer.outcome, answer.response.ms_chap) == (outcome, None)
    assert world.send(under(protocol, world.request(world.code()))).outcome == "accept"


def test_an_accept_for_which_nothing_was_shown_proves_no_sender(world: ModeWorld) -> None:
    accepted: list[str] = []

    class Observer(Unobserved):
        def accepted(self, *_: object) -> None:
            accepted.append("accepted")

    world.configure(vpn(), exemptions=[exemption(world.clock.now() + DAY, statement=STATEMENT)])
    service = world.another_instance(observer=Observer())
    assert world.send(world.request("x"), service).outcome == "accept"
    assert not accepted


# ---- realms and names


LAB = Realm("lab", frozenset({"LAB"}), frozenset({"lab.example.test"}), DIRECTORY)


def test_the_users_of_another_realm_are_asked_for_in_their_own_directory(world: ModeWorld) -> None:
    world.directory.add("carol", "carol's own", realm="lab")
    policy = vpn(THEN, user_names=UserNameRules(more_realms=("lab",)), unenrolled=allow_unenrolled(2**33))
    world.configure(policy, realms=[CORP, LAB])
    assert world.login("carol's own", username="LAB\\carol").outcome == "accept"
    assert world.login("carol's own", username="carol").reason is RejectReason.UNKNOWN_IN_DIRECTORY
    world.configure(vpn(THEN), realms=[CORP, LAB])
    assert world.login("carol's own", username="LAB\\carol").reason is RejectReason.NAME_REFUSED


def test_simplified_names_lead_to_the_bare_one(world: ModeWorld) -> None:
    world.add_user("carol")
    world.configure(vpn(user_names=UserNameRules(simplify=True)))
    assert world.login(world.code(), username="carol@corp.example.test").outcome == "accept"


def test_all_rejects_look_the_same_on_the_wire() -> None:
    shapes = set()
    for mode in ClientMode:
        world = mode_world(mode, password_in_factor_field=mode is SECOND)
        for text in ("wrong", f"wrong,{world.code()}", "123456", "push", PASSWORD, f"{PASSWORD},push", "x"):
            for username in ("alice", "nobody", "al\u0456ce"):
                answer = world.login(text, username=username)
                if answer.outcome == "reject":
                    shapes.add(
                        (answer.response.hold_ms, answer.response.reply_message, answer.response.attributes,
                         answer.response.state, answer.response.upstream)
                    )  # fmt: skip
    assert shapes == {(HOLD_MS, None, (), None, None)}
