"""The edge's own writing and reading of /logins says exactly what the contract says."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract import (
    ChapCredential,
    ContractError,
    Credential,
    LoginRequest,
    LoginResponse,
    MessageAuthenticatorState,
    MsChap2Credential,
    MsChap2Success,
    MsChapCredential,
    Outcome,
    PapCredential,
)
from radius_edge.clients import Sender
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.response import Response
from radius_edge.login import LoginAnswer
from radius_edge.login_question import MAX_KNOWN, LoginQuestion, LoginQuestions
from radius_edge.nonces import AT_ONCE, Nonces
from radius_edge.protocol.access_request import Ask
from radius_edge.protocol.nas import MAX_REMEMBERED, NasMembers, nas_attributes
from radius_edge.protocol.packet import read_packet
from radius_edge.protocol.radius_client import RadiusClient
from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import access_request, attribute

ID = bytes(range(16))
NOW = 1000.0
SHARED = LoginQuestions()
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
credentials: st.SearchStrategy[Credential] = st.one_of(
    st.builds(PapCredential, texts),
    st.builds(
        ChapCredential,
        identifier=st.integers(0, 255),
        challenge=st.binary(min_size=5, max_size=40),
        response=st.binary(min_size=16, max_size=16),
    ),
    st.builds(
        MsChapCredential,
        challenge=st.binary(min_size=8, max_size=8),
        response=st.binary(min_size=24, max_size=24),
    ),
    st.builds(
        MsChap2Credential,
        authenticator_challenge=st.binary(min_size=16, max_size=16),
        peer_challenge=st.binary(min_size=16, max_size=16),
        response=st.binary(min_size=24, max_size=24),
    ),
)
nas_kinds = st.sampled_from([4, 5, 30, 31, 32, 61, 95, 26])
nas_values = st.one_of(st.binary(min_size=1, max_size=20), texts.map(str.encode), st.binary(min_size=4, max_size=4))


class Asked:
    """A question, and what its login hears."""

    def __init__(self, ask: Ask, more: bytes = b"", name: str = "corp", login_id: bytes = ID) -> None:
        self.heard: list[LoginAnswer] = []
        packet = read_packet(access_request("alice", "x", secret=SECRET, more=more))
        sender = Sender(RadiusClient(client(name)), "2001:db8::1")
        configuration = SimpleNamespace(revision='2026-11-22/\u00e9"1')
        arrival = SimpleNamespace(packet=packet, sender=sender, configuration=configuration, at=NOW)
        login = _Login(login_id, self.heard)
        self.question: LoginQuestion = SHARED.about(login, ask, arrival)  # type: ignore[arg-type]
        self.body = self.question.body(NOW + 0.1)

    def hear(self, body: bytes, status: int = 200) -> LoginAnswer:
        response = Response(status, b"", b"", keep_alive=True)
        response.body = body
        self.question.answered(response)
        return self.heard.pop()


class _Login:
    trace_id = "1-0-0"

    def __init__(self, login_id: bytes, heard: list[LoginAnswer]) -> None:
        self.login_id = login_id
        self.login_id_text = LoginResponse(login_id=login_id, nonce=ID, outcome=Outcome.DROP).to_message()["login_id"]
        self.answered = heard.append

    def write_ids(self) -> None:
        pass


def pap(**members: object) -> Ask:
    ask = Ask(None, MessageAuthenticatorState.VALID, "alice", PapCredential("123456"), None)  # type: ignore[arg-type]
    for name, value in members.items():
        setattr(ask, name, value)
    return ask


@given(
    texts,
    credentials,
    st.none() | st.binary(min_size=1, max_size=253),
    st.lists(st.tuples(nas_kinds, nas_values), max_size=12),
    st.sampled_from(MessageAuthenticatorState),
)
def test_a_question_is_what_the_contract_writes(
    user_name: str,
    credential: Credential,
    state: bytes | None,
    nas: list[tuple[int, bytes]],
    proof: MessageAuthenticatorState,
) -> None:
    ask = pap(user_name=user_name, credential=credential, state=state, message_authenticator=proof)
    asked = Asked(ask, b"".join(attribute(kind, value) for kind, value in nas), name='b\u00fcro "1"')
    request = asked.question.request(NOW + 0.1)
    assert asked.body == request.to_json()
    assert LoginRequest.from_json(asked.body) == request


@given(st.lists(st.lists(st.tuples(nas_kinds, nas_values), max_size=10), max_size=5))
def test_where_a_login_comes_from_is_the_same_however_often_it_was_told(told: list[list[tuple[int, bytes]]]) -> None:
    members = NasMembers()
    for attributes in (*told, *told):
        more = b"".join(attribute(kind, value) for kind, value in attributes)
        packet = read_packet(access_request("alice", "x", secret=SECRET, more=more))
        request = replace(Asked(pap()).question.request(NOW), nas=nas_attributes(packet))
        assert f'"nas":{{{members.written(packet)}}},'.encode() in request.to_json()


def test_what_is_kept_of_attributes_is_bounded() -> None:
    members = NasMembers()
    for number in range(MAX_REMEMBERED + 5):
        members.written(read_packet(access_request("a", "x", secret=SECRET, more=attribute(5, number.to_bytes(4)))))
    assert len(members._written) <= MAX_REMEMBERED


responses = st.builds(
    LoginResponse,
    login_id=st.just(ID),
    nonce=st.just(ID),
    outcome=st.sampled_from(Outcome),
    hold_ms=st.sampled_from([0, 1, 1000]),
    reply_message=st.none() | texts,
    attributes=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
    state=st.none() | st.just(b"state"),
    ticket=st.none() | st.just("ticket"),
    poll_after_ms=st.none() | st.just(1000),
    upstream=st.none() | st.just("old"),
    ms_chap=st.none() | st.just(MsChap2Success(success="S=" + "A1" * 20)),
)


def strictly(body: bytes, asked: Asked) -> LoginResponse | Fault:
    """What the contract's reader says, without the ids of the login."""
    try:
        answer = LoginResponse.from_json(body)
    except ContractError:
        return Fault.BAD_ANSWER
    return bare(answer) if answer.answers(asked.question.request(NOW)) else Fault.BAD_ANSWER


def bare(answer: LoginAnswer) -> LoginAnswer:
    return answer if isinstance(answer, Fault) else replace(answer, login_id=ID, nonce=ID)


def as_answer_to(asked: Asked, response: LoginResponse) -> bytes:
    request = asked.question.request(NOW)
    return replace(response, login_id=request.login_id, nonce=request.nonce).to_json()


@given(responses, st.binary(min_size=16, max_size=16))
def test_an_answer_means_what_the_contract_reads_the_first_time_and_later(
    response: LoginResponse, other: bytes
) -> None:
    for login_id in (ID, other, ID):
        asked = Asked(pap(), login_id=login_id)
        body = as_answer_to(asked, response)
        assert bare(asked.hear(body)) == strictly(body, asked) == bare(response)


@given(responses, st.integers(0, 400), st.binary(max_size=3), st.integers(0, 3))
def test_an_answer_with_other_octets_means_what_the_contract_reads(
    response: LoginResponse, at: int, octets: bytes, removed: int
) -> None:
    for _ in range(2):
        asked = Asked(pap())
        whole = as_answer_to(asked, response)
        body = whole[:at] + octets + whole[at + removed :]
        assert bare(asked.hear(body)) == strictly(body, asked)


REST = '"outcome":"accept","hold_ms":0,"attributes":[]'


@pytest.mark.parametrize(
    "rest",
    [
        REST + ',"login_id":"AAAAAAAAAAAAAAAAAAAAAA"}',
        REST + ',"nonce":"AAAAAAAAAAAAAAAAAAAAAA"}',
        REST + ',"version":1}',
        REST + ',"outcome":"reject"}',
        REST + "} ",
        REST + "}}",
        REST,
        "}",
        "",
    ],
)
def test_the_rest_of_an_answer_is_known_only_if_it_was_read_strictly(rest: str) -> None:
    for _ in range(2):
        asked = Asked(pap())
        body = asked.question.echo + rest.encode()
        assert bare(asked.hear(body)) == strictly(body, asked)


@pytest.mark.parametrize("member", ["login_id", "nonce"])
def test_an_answer_to_another_question_is_none_also_when_its_rest_is_known(member: str) -> None:
    accept = LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.ACCEPT)
    asked = Asked(pap())
    assert isinstance(asked.hear(as_answer_to(asked, accept)), LoginResponse)
    another = Asked(pap())
    answer = replace(LoginResponse.from_json(as_answer_to(another, accept)), **{member: bytes(16)})  # type: ignore[arg-type]
    assert another.hear(answer.to_json()) is Fault.BAD_ANSWER
    assert another.hear(as_answer_to(asked, accept)) is Fault.BAD_ANSWER


def test_what_was_never_asked_is_never_answered() -> None:
    asked = Asked(pap())
    accept = as_answer_to(asked, LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.ACCEPT))
    assert isinstance(asked.hear(accept), LoginResponse)
    silent = Asked(pap())
    silent.question.echo = b""
    assert silent.hear(accept) is Fault.BAD_ANSWER


def test_an_answer_counts_with_status_200_only() -> None:
    asked = Asked(pap())
    body = as_answer_to(asked, LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.ACCEPT))
    assert asked.hear(body, status=304) is Fault.BAD_ANSWER
    assert isinstance(asked.hear(body), LoginResponse)


def test_what_belongs_to_one_login_is_not_kept_and_the_rest_is_bounded() -> None:
    shared, known = SHARED, SHARED.answers._known
    for response in (
        LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.CHALLENGE, state=b"a-state-of-one-login"),
        LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.PENDING, ticket="a-ticket", poll_after_ms=1),
    ):
        asked = Asked(pap())
        asked.hear(as_answer_to(asked, response))
    assert not any(b"a-state-of-one-login" in rest or b"a-ticket" in rest for rest in known)
    for number in range(MAX_KNOWN + 5):
        asked = Asked(pap())
        asked.hear(as_answer_to(asked, LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.REJECT, hold_ms=number)))
    assert len(shared.answers._known) <= MAX_KNOWN


def test_nonces_are_canonical_and_never_the_same() -> None:
    nonces = Nonces()
    found = {nonces.next() for _ in range(3 * AT_ONCE)}
    assert len(found) == 3 * AT_ONCE
    message = LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.DROP).to_json().decode()
    spelled = LoginResponse(login_id=ID, nonce=ID, outcome=Outcome.DROP).to_message()["nonce"]
    for nonce in found:
        read = LoginResponse.from_json(message.replace(f'"nonce":"{spelled}"', f'"nonce":"{nonce}"'))
        assert len(read.nonce) == 16
