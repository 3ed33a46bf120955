"""Logins under CHAP, MS-CHAP and MS-CHAPv2: the same decisions as under PAP, on a text that nobody sends."""

from dataclasses import replace

import pytest

from mfa.contract import MessageAuthenticatorState
from mfa.domain.configuration import ClientPolicy, DangerousSwitch, Waiver
from mfa.domain.factors import TotpParameters
from mfa.domain.ms_chap import authenticator_response, challenge_hash, mppe_keys, nt_hash
from mfa.domain.reasons import RejectReason
from tests.fakes.challenge_response import CHALLENGE, PEER_CHALLENGE, PROTOCOLS, credential, under
from tests.fakes.login_world import HOLD_MS, REALM, Answer, LoginWorld, client
from tests.fakes.races import all_at_once
from tests.fakes.store import InMemoryStore

PACKET = b"one packet, twice"[:16]
every_protocol = pytest.mark.parametrize("protocol", PROTOCOLS)


@pytest.fixture
def world() -> LoginWorld:
    world = LoginWorld()
    world.add_user("alice")
    return world


def login(
    world: LoginWorld, protocol: str, text: str, *, username: str = "alice", login_id: bytes | None = None
) -> Answer:
    return world.send(
        under(protocol, world.request(text, username=username, login_id=login_id, revision=newest(world)))
    )


def newest(world: LoginWorld) -> str:
    current = world.store.configurations.current()
    assert current is not None
    return str(current.revision)


def configure(world: LoginWorld, policy: ClientPolicy) -> None:
    world.configuration.apply([REALM], [policy])


def waived(switch: DangerousSwitch, until: float) -> ClientPolicy:
    waiver = Waiver(switch=switch, owner="ops@example.test", reason="an old client", until=int(until))
    return replace(client("vpn", "192.0.2.0/24"), waivers=(waiver,))


@every_protocol
@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_the_right_code_is_accepted(world: LoginWorld, protocol: str, offset: int) -> None:
    answer = login(world, protocol, world.code(offset))
    assert (answer.outcome, answer.response.hold_ms) == ("accept", 0)
    assert world.tries() == 0


@every_protocol
@pytest.mark.parametrize("offset", [-2, 2])
def test_a_code_outside_the_window_is_refused_and_burns_nothing(world: LoginWorld, protocol: str, offset: int) -> None:
    (before,) = world.item().factors.values()
    answer = login(world, protocol, world.code(offset))
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == ("reject", RejectReason.WRONG_CODE, HOLD_MS)
    assert world.tries() == 1
    assert list(world.item().factors.values()) == [before]
    assert login(world, protocol, world.code()).outcome == "accept"


@every_protocol
@pytest.mark.parametrize("text", ["", "a password", "push 2", "ABCD-EFGH-JKMN", "1234567"])
def test_what_matches_nothing_is_charged_to_the_user_like_a_wrong_code(
    world: LoginWorld, protocol: str, text: str
) -> None:
    request = replace(world.request("x"), credential=credential(protocol, text, "alice"))
    assert world.send(request).reason is RejectReason.WRONG_CODE
    assert world.tries() == 1


@every_protocol
def test_a_code_is_used_up_for_all_protocols(world: LoginWorld, protocol: str) -> None:
    code = world.code()
    assert login(world, protocol, code).outcome == "accept"
    for other in ("pap", *PROTOCOLS):
        answer = login(world, other, code)
        assert (answer.outcome, answer.reason) == ("reject", RejectReason.CODE_USED)
    assert world.tries() == 0


@every_protocol
@pytest.mark.parametrize("text", ["phone", "Phone2", "PHONE9"])
def test_a_word_that_this_client_does_not_offer_costs_no_try(world: LoginWorld, protocol: str, text: str) -> None:
    assert isinstance(world.store, InMemoryStore)
    login(world, "pap", "phone")  # the configuration is known from here on
    before = len(world.store.calls)
    answer = login(world, protocol, text)
    assert (answer.outcome, answer.reason, answer.response.hold_ms) == (
        "reject",
        RejectReason.FACTOR_NOT_OFFERED,
        HOLD_MS,
    )
    assert set(world.store.calls[before:]) <= {"configurations.current", "index.find"}
    assert world.tries() == 0


@every_protocol
def test_ten_wrong_responses_lock_as_ten_wrong_codes_do(world: LoginWorld, protocol: str) -> None:
    for _ in range(10):
        assert login(world, protocol, world.wrong_code()).reason is RejectReason.WRONG_CODE
    assert login(world, protocol, world.code()).reason is RejectReason.LOCKED
    assert login(world, "pap", world.code()).reason is RejectReason.LOCKED


@every_protocol
def test_an_unknown_user_costs_the_same_calls_as_a_wrong_code(world: LoginWorld, protocol: str) -> None:
    assert isinstance(world.store, InMemoryStore)
    login(world, protocol, world.wrong_code())
    before = len(world.store.calls)
    answer = login(world, protocol, world.code(), username="nobody")
    assert answer.reason is RejectReason.UNKNOWN_USER
    table = [call for call in world.store.calls[before:] if call.startswith("logins.")]
    assert table == ["logins.reserve", "logins.read"]


@every_protocol
def test_codes_of_both_lengths_are_tried(world: LoginWorld, protocol: str) -> None:
    eight = TotpParameters(digits=8)
    world.add_user("bob", parameters=eight)
    assert login(world, protocol, world.code(parameters=eight), username="bob").outcome == "accept"
    assert login(world, protocol, world.code(1), username="bob").reason is RejectReason.WRONG_CODE


# ---- the same packet again


@every_protocol
def test_the_same_packet_gets_the_same_answer_from_any_instance(world: LoginWorld, protocol: str) -> None:
    first = under(protocol, world.request(world.code(), login_id=PACKET))
    answers = [world.send(first, world.another_instance()) for _ in range(3)]
    assert [(answer.outcome, answer.replayed) for answer in answers] == [
        ("accept", False),
        ("accept", True),
        ("accept", True),
    ]
    assert len({answer.response.ms_chap for answer in answers}) == 1
    assert (answers[0].response.ms_chap is not None) == (protocol == "mschapv2")
    assert world.item().throttle.successes == 1


@every_protocol
def test_one_login_id_with_another_response_is_a_forgery(world: LoginWorld, protocol: str) -> None:
    login(world, protocol, world.wrong_code(), login_id=PACKET)
    assert login(world, protocol, world.code(), login_id=PACKET).reason is RejectReason.LOGIN_ID_REUSED


@every_protocol
def test_one_packet_at_two_edges_at_once_is_one_login(world: LoginWorld, protocol: str, rounds: int) -> None:
    for number in range(rounds):
        world.clock.advance(30)
        request = under(protocol, world.request(world.code(), login_id=number.to_bytes(16)))
        services = [world.another_instance(), world.another_instance()]
        responses = all_at_once(
            [lambda service=service, request=request: service.decide(request) for service in services]
        )
        assert [response.outcome.value for response in responses] == ["accept", "accept"]
        assert responses[0].ms_chap == responses[1].ms_chap
    assert world.item().throttle.successes == rounds


def test_a_replay_after_later_logins_still_shows_its_own_success(world: LoginWorld) -> None:
    configure(world, client("vpn", "192.0.2.0/24", timeout_seconds=20, retries=2))
    code = world.code(-1)
    first = login(world, "mschapv2", code, login_id=PACKET)
    for _ in range(2):
        assert login(world, "pap", world.code(1)).outcome == "accept"
        world.clock.advance(30)
    again = login(world, "mschapv2", code, login_id=PACKET)
    assert (again.outcome, again.replayed, again.response.ms_chap) == ("accept", True, first.response.ms_chap)


def test_an_accept_whose_success_cannot_be_made_again_ends_in_a_reject(world: LoginWorld) -> None:
    code = world.code()
    assert login(world, "mschapv2", code, login_id=PACKET).outcome == "accept"
    (factor_id,) = world.item().factors
    world.store.subscribers.remove_factor(world.item().user_id, factor_id)
    answer = login(world, "mschapv2", code, login_id=PACKET)
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.UNAVAILABLE)


# ---- what the client may use


@pytest.mark.parametrize("protocol", ["pap", *PROTOCOLS])
def test_a_protocol_that_the_client_does_not_have_is_refused(world: LoginWorld, protocol: str) -> None:
    policy = client("vpn", "192.0.2.0/24")
    others = frozenset({"pap", *PROTOCOLS}) - {protocol}
    configure(world, replace(policy, edge=replace(policy.edge, protocols=others)))
    answer = login(world, protocol, world.code())
    assert (answer.outcome, answer.reason) == ("reject", RejectReason.PROTOCOL_NOT_ALLOWED)
    assert world.tries() == 0
    assert login(world, next(iter(others)), world.code()).outcome == "accept"


@every_protocol
def test_without_a_message_authenticator_nothing_is_answered(world: LoginWorld, protocol: str) -> None:
    request = replace(world.request(world.code()), message_authenticator=MessageAuthenticatorState.ABSENT)
    answer = world.send(under(protocol, request))
    assert (answer.outcome, answer.reason) == ("drop", RejectReason.MESSAGE_AUTHENTICATOR_MISSING)
    assert answer.response.hold_ms == 0
    assert world.tries() == 0


@every_protocol
def test_a_waiver_lets_responses_without_it_in_until_its_end(world: LoginWorld, protocol: str) -> None:
    until = world.clock.now() + 60
    configure(world, waived(DangerousSwitch.CHAP_WITHOUT_MESSAGE_AUTHENTICATOR, until))

    def answer() -> Answer:
        request = world.request(world.code(), revision=newest(world))
        return world.send(under(protocol, replace(request, message_authenticator=MessageAuthenticatorState.ABSENT)))

    assert answer().outcome == "accept"
    world.clock.advance(61)
    assert answer().outcome == "drop"


@pytest.mark.parametrize("protocol", ["pap", *PROTOCOLS])
def test_the_record_names_the_protocol(world: LoginWorld, protocol: str) -> None:
    for text in (world.code(), world.wrong_code(), "push"):
        login(world, protocol, text)
        assert world.audit.logins[-1].protocol == protocol


# ---- what an Accept carries


def test_an_accept_under_ms_chap_2_proves_that_the_server_knew_the_code(world: LoginWorld) -> None:
    code = world.code()
    request = under("mschapv2", world.request(code, username="CORP\\alice"))
    success = world.send(request).response.ms_chap
    assert success is not None
    challenge = challenge_hash(PEER_CHALLENGE, CHALLENGE, b"CORP\\alice")
    response = request.credential.response  # type: ignore[union-attr]
    assert success.success == authenticator_response(nt_hash(code), response, challenge)  # type: ignore[arg-type]
    assert (success.send_key, success.recv_key) == (None, None)


@pytest.mark.parametrize("protocol", ["pap", "chap", "mschap"])
def test_no_other_protocol_gets_a_success(world: LoginWorld, protocol: str) -> None:
    assert login(world, protocol, world.code()).response.ms_chap is None


def test_a_reject_carries_no_success(world: LoginWorld) -> None:
    assert login(world, "mschapv2", world.wrong_code()).response.ms_chap is None


def test_session_keys_come_only_while_the_waiver_holds(world: LoginWorld) -> None:
    configure(world, waived(DangerousSwitch.MPPE_KEYS_FROM_CODES, world.clock.now() + 25))
    code = world.code()
    request = under("mschapv2", world.request(code, revision=newest(world)))
    success = world.send(request).response.ms_chap
    assert success is not None
    expected = mppe_keys(nt_hash(code), request.credential.response)  # type: ignore[union-attr, arg-type]
    assert (success.send_key, success.recv_key) == expected
    world.clock.advance(30)
    later = login(world, "mschapv2", world.code()).response.ms_chap
    assert later is not None
    assert later.send_key is None


def test_only_an_accept_carries_the_clients_reply_attributes(world: LoginWorld) -> None:
    attributes = (("Filter-Id", "staff"), ("Class", "mfa"))
    configure(world, replace(client("vpn", "192.0.2.0/24"), reply_attributes=attributes))
    assert login(world, "pap", world.wrong_code()).response.attributes == ()
    assert login(world, "pap", world.code(), login_id=PACKET).response.attributes == attributes
    assert login(world, "pap", world.code(), login_id=PACKET).response.attributes == attributes
