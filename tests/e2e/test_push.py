"""Push approval through RADIUS on the deployed stack: what a person decides is what the RADIUS client hears."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from gatehouse.errors import CommandError
from local.credentials import AwsCredentials
from local.edges import Edge
from local.up import Gatehouse
from mfa.domain.throttle import GATE_STEP
from tests.e2e import radclient
from tests.e2e.calls import with_telephone
from tests.e2e.conftest import MakeUsers, User
from tests.e2e.logs import once, prompts, records, rings
from tests.e2e.packets import AccessRequest, ask, open_client
from tests.e2e.phones import PAUSE_SECONDS, TestPhone, paired_phone

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]

TIMEOUT = 10.0  # of the demonstration's RADIUS client
PATIENT = "127.0.8.1"  # of the RADIUS client whose prompts wait as long as it sends
LONGEST_PROMPT = 3 * TIMEOUT
FULL_COUNT = 200


@pytest.fixture
def phone(gatehouse: Gatehouse, user: User) -> Iterator[TestPhone]:
    with paired_phone(gatehouse, user.name) as phone:
        yield phone


@pytest.fixture
def in_background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def log_in(gatehouse: Gatehouse, user: User, text: str) -> str:
    reply = radclient.log_in(gatehouse.edges[0], radclient.Login(user.name, text))
    assert reply is not None
    return reply.code


def decisions(gatehouse: Gatehouse, user: User, count: int) -> list[tuple[str, str]]:
    """Outcome and reason of each record, but those that a login waits; looked for until there are so many."""

    def look() -> list[tuple[str, str]]:
        found = records(gatehouse, user.name)
        return [(record["outcome"], record["reason"]) for record in found if record["outcome"] != "pending"]

    return once(look, count)


CASES: list[tuple[str, Callable[[TestPhone], Any], str, tuple[str, str]]] = [
    ("push 47", lambda phone: phone.approve("47"), "Access-Accept", ("accept", "none")),
    ("push 47", TestPhone.deny, "Access-Reject", ("reject", "denied")),
    ("push 47", lambda phone: phone.approve("48"), "Access-Reject", ("reject", "wrong_number")),
    ("push 47", TestPhone.report, "Access-Reject", ("reject", "reported")),
]


@pytest.mark.parametrize(("text", "decide", "code", "record"), CASES, ids=["approve", "deny", "wrong number", "not me"])
def test_the_decision_of_the_person_is_the_answer(
    gatehouse: Gatehouse,
    user: User,
    phone: TestPhone,
    in_background: ThreadPoolExecutor,
    text: str,
    decide: Callable[[TestPhone], Any],
    code: str,
    record: tuple[str, str],
) -> None:
    login = in_background.submit(log_in, gatehouse, user, text)
    decide(phone)
    decided = time.monotonic()
    assert login.result() == code
    assert time.monotonic() - decided < TIMEOUT / 2
    assert decisions(gatehouse, user, 1) == [record]
    assert user.tries() == 0


def test_silence_is_a_reject_before_the_clients_timeout(gatehouse: Gatehouse, user: User, phone: TestPhone) -> None:
    begun = time.monotonic()
    assert log_in(gatehouse, user, "push 47") == "Access-Reject"
    assert TIMEOUT - 1.5 < time.monotonic() - begun < TIMEOUT
    assert decisions(gatehouse, user, 1) == [("reject", "expired")]
    assert phone.api.prompts() == []


def test_d5_whoever_approves_too_late_is_told_so_and_no_later_login_profits(
    gatehouse: Gatehouse, user: User, phone: TestPhone, in_background: ThreadPoolExecutor
) -> None:
    login = in_background.submit(log_in, gatehouse, user, "push 47")
    prompt = phone.prompt()
    assert login.result() == "Access-Reject"
    with pytest.raises(CommandError) as error:
        phone.api.decide(prompt, "approve", "47")
    assert error.value.code == "too-late"
    again = in_background.submit(log_in, gatehouse, user, "push 48")
    assert phone.prompt()["id"] != prompt["id"]
    phone.deny()
    assert again.result() == "Access-Reject"


def test_d10_after_a_report_nobody_is_asked_until_an_administrator_lifts_it(
    gatehouse: Gatehouse, user: User, phone: TestPhone, in_background: ThreadPoolExecutor
) -> None:
    login = in_background.submit(log_in, gatehouse, user, "push 47")
    phone.report()
    assert login.result() == "Access-Reject"
    assert log_in(gatehouse, user, "push 48") == "Access-Reject"
    assert set(decisions(gatehouse, user, 2)) == {("reject", "reported"), ("reject", "push_muted")}
    assert log_in(gatehouse, user, user.code()) == "Access-Accept"
    phone.administration.unmute_push(user.name, None)
    login = in_background.submit(log_in, gatehouse, user, "push 49")
    phone.approve("49")
    assert login.result() == "Access-Accept"


def test_nobody_can_tell_from_outside_who_has_a_phone(gatehouse: Gatehouse, user: User, phone: TestPhone) -> None:
    """The same octets after the same time: for somebody who does not answer, has no phone, or does not exist."""
    seen = []
    for name, text in ((user.name, "push 47"), (user.name, "push4 48"), ("nobody-at-all", "push 47")):
        begun = time.monotonic()
        request = AccessRequest.of(name, text)
        with open_client() as client:
            assert ask(client, gatehouse.edges[0], request) == "Access-Reject"
        seen.append(time.monotonic() - begun)
    assert max(seen) - min(seen) < 0.25, seen


def test_for_a_locked_user_no_phone_rings_and_the_answer_takes_as_long(
    gatehouse: Gatehouse,
    user: User,
    phone: TestPhone,
    in_background: ThreadPoolExecutor,
    enrollment_api: str,
    administrator: AwsCredentials,
) -> None:
    telephone = with_telephone(gatehouse, enrollment_api, administrator, user.name)
    telephone.answer("#")

    def seconds(text: str) -> float:
        begun = time.monotonic()
        with open_client() as client:
            assert ask(client, gatehouse.edges[0], AccessRequest.of(user.name, text)) == "Access-Reject"
        return time.monotonic() - begun

    silent = seconds("push 47")
    for code in user.wrong_codes(GATE_STEP):
        assert log_in(gatehouse, user, code) == "Access-Reject"
    asked = [in_background.submit(seconds, text) for text in ("push 48", "phone")]
    while not all(one.done() for one in asked):
        assert phone.api.prompts() == []
        time.sleep(PAUSE_SECONDS)
    took = [silent, *(one.result() for one in asked)]
    assert max(took) - min(took) < 0.25, took
    assert telephone.calls() == []
    expected = [("reject", "expired"), *[("reject", "wrong_code")] * GATE_STEP, *[("reject", "locked")] * 2]
    assert sorted(decisions(gatehouse, user, len(expected))) == sorted(expected)


# ---- the same packet, another packet, an edge that dies


def send(
    edge: Edge, request: AccessRequest, times: int = 1, source: str = "127.0.0.1"
) -> tuple[Any, Edge, AccessRequest]:
    client = open_client(source)
    client.settimeout(LONGEST_PROMPT + 5)
    for _ in range(times):
        client.sendto(request.octets, (edge.host, edge.auth_port))
    return client, edge, request


def received(sent: tuple[Any, Edge, AccessRequest]) -> str:
    client, _, request = sent
    with client:
        return request.verified(client.recv(4096))


def test_b1_b11_retransmissions_at_both_edges_and_the_death_of_one_are_one_prompt_and_one_decision(
    gatehouse: Gatehouse, user: User, phone: TestPhone, rounds: int
) -> None:
    doomed, other = gatehouse.edges
    count = min(FULL_COUNT, max(2, rounds // 5))
    for number in range(count):
        text = f"{number % 100:02}"
        request = AccessRequest.of(user.name, f"push {text}")
        lost, heard = send(doomed, request, 3), send(other, request, 3)
        prompt = phone.prompt()
        doomed.process.kill()
        try:
            again = send(other, request, 2)
            assert phone.api.decide(prompt, "approve", text)["state"] == "approved"
            assert {received(heard), received(again)} == {"Access-Accept"}
            assert phone.api.prompts() == []
        finally:
            lost[0].close()
            doomed.restart()
        with suppress(CommandError):
            phone.api.decide(prompt, "deny")
        after = send(doomed, request)
        assert received(after) == "Access-Accept", "an edge that starts anew finds the login decided"
    assert decisions(gatehouse, user, count) == [("accept", "none")] * count
    rung = once(lambda: rings(gatehouse, user.name), 1)
    assert rung
    assert len(rung) == len(set(rung))
    assert len(prompts(gatehouse, user.name)) == count


def test_b9_b11_the_retry_at_the_other_edge_hears_what_was_approved_after_the_first_had_died(
    gatehouse: Gatehouse, user: User, phone: TestPhone
) -> None:
    doomed, other = gatehouse.edges
    lost, begun = send(doomed, AccessRequest.of(user.name, "push 47")), time.monotonic()
    prompt = phone.prompt()
    doomed.process.kill()
    try:
        phone.api.decide(prompt, "approve", "47")
        early = AccessRequest.of(user.name, "push 47")  # somebody else, who knows the text
        assert received(send(other, early)) == "Access-Reject"
        time.sleep(max(0.0, begun + TIMEOUT + 0.2 - time.monotonic()))  # when the user's client sends again
        assert received(send(other, AccessRequest.of(user.name, "push 47"))) == "Access-Accept"
        assert phone.api.prompts() == []
    finally:
        lost[0].close()
        doomed.restart()
    assert received(send(other, AccessRequest.of(user.name, "push 47"))) == "Access-Reject"


def test_a_strangers_packet_beside_the_users_is_rejected_and_never_shown(
    gatehouse: Gatehouse, user: User, phone: TestPhone
) -> None:
    mine = send(gatehouse.edges[0], AccessRequest.of(user.name, "push 47"))
    prompt = phone.prompt()
    strangers = [send(edge, AccessRequest.of(user.name, text)) for edge in gatehouse.edges for text in _NUMBERS]
    time.sleep(1)
    assert phone.prompt()["id"] == prompt["id"]
    phone.api.decide(prompt, "approve", "47")
    assert received(mine) == "Access-Accept"
    assert {received(stranger) for stranger in strangers} == {"Access-Reject"}


_NUMBERS = ("push 47", "push 48")


# ---- races


def test_d7_deny_and_approve_at_once_are_what_the_client_hears(
    gatehouse: Gatehouse, user: User, phone: TestPhone, in_background: ThreadPoolExecutor, rounds: int
) -> None:
    """500 rounds of each race on the real adapters: tests/integration/devices. Here the whole way, a few times."""
    for number in range(max(2, rounds // 20)):
        text = f"{50 + number % 50}"
        mine = send(gatehouse.edges[number % 2], AccessRequest.of(user.name, f"push {text}"))
        prompt = phone.prompt()
        both: list[Future[dict[str, Any] | None]] = [
            in_background.submit(_decided, phone, prompt, decision, text) for decision in ("approve", "deny")
        ]
        (winner,) = [answer["state"] for future in both if (answer := future.result()) is not None]
        assert received(mine) == {"approved": "Access-Accept", "denied": "Access-Reject"}[winner]
        if winner == "denied":
            assert log_in(gatehouse, user, user.code()) in {"Access-Accept", "Access-Reject"}


LAST_MOMENTS = (0.5, 0.3, 0.2, 0.1, 0.0)  # seconds before the prompt's end at which somebody approves


def test_d8_approvals_in_the_last_moment_are_what_the_client_hears(
    gatehouse: Gatehouse, make_users: MakeUsers, in_background: ThreadPoolExecutor
) -> None:
    """By the client whose prompts wait as long as it sends: what an edge was not told by then, nobody hears."""

    def approved(phone: TestPhone, seconds_before: float) -> str:
        prompt = phone.prompt()
        time.sleep(max(0.0, prompt["expires_at"] / 1000 - seconds_before - time.time()))
        try:
            phone.api.decide(prompt, "approve", "47")
        except CommandError as error:
            if error.code != "too-late":
                raise
            return "Access-Reject"
        return "Access-Accept"

    with ExitStack() as stack:
        users = make_users(len(LAST_MOMENTS))
        phones = [stack.enter_context(paired_phone(gatehouse, one.name)) for one in users]
        waiting = [send(gatehouse.edges[0], AccessRequest.of(one.name, "push 47"), source=PATIENT) for one in users]
        told = list(in_background.map(approved, phones, LAST_MOMENTS))
        assert [received(one) for one in waiting] == told


def _decided(phone: TestPhone, prompt: dict[str, Any], decision: str, number: str) -> dict[str, Any] | None:
    try:
        return phone.api.decide(prompt, decision, number if decision == "approve" else None)
    except CommandError as error:
        if error.code != "decided-already":
            raise
        return None
