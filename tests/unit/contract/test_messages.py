"""Every message of the contract says the same after a journey over the wire, and nothing that is not it gets in."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract import (
    ChapCredential,
    ContractError,
    Credential,
    LoginRequest,
    LoginResponse,
    MsChap2Credential,
    MsChap2Success,
    MsChapCredential,
    PapCredential,
)
from mfa.contract.accounting import AccountingRequest, AccountingResponse
from mfa.contract.credentials import credential_from_message
from mfa.contract.polls import MAX_BODY_OCTETS, MAX_TICKETS, PollRequest, PollResponse
from tests.unit.contract import strategies

type Message = LoginRequest | LoginResponse | PollRequest | PollResponse | AccountingRequest

messages: st.SearchStrategy[Message] = st.one_of(
    strategies.login_requests,
    strategies.login_responses,
    strategies.poll_requests,
    strategies.poll_responses,
    strategies.accounting_requests,
)
SUCCESS = "S=" + "0123456789ABCDEF" * 2 + "01234567"


@given(messages)
def test_a_message_reads_back_as_it_was_written_and_has_one_spelling(message: Message) -> None:
    written = message.to_json()
    assert type(message).from_json(written) == message
    assert type(message).from_json(written).to_json() == written


@given(strategies.login_requests | strategies.poll_requests | strategies.accounting_requests, strategies.texts(20))
def test_a_request_with_an_unknown_field_is_refused(
    message: LoginRequest | PollRequest | AccountingRequest, name: str
) -> None:
    altered = json.loads(message.to_json())
    if name in altered:
        return
    with pytest.raises(ContractError):
        type(message).from_json(json.dumps({**altered, name: 1}))


@given(strategies.login_responses)
def test_a_response_with_an_unknown_field_is_read_all_the_same(response: LoginResponse) -> None:
    newer = {**json.loads(response.to_json()), "new_in_version_1": [1]}
    assert LoginResponse.from_json(json.dumps(newer)) == response


@given(st.binary(max_size=64))
def test_noise_is_refused_and_never_crashes(noise: bytes) -> None:
    for kind in (LoginRequest, LoginResponse, PollRequest, PollResponse, AccountingRequest, AccountingResponse):
        with pytest.raises(ContractError):
            kind.from_json(noise)


EXAMPLES: Mapping[str, Credential] = {
    "pap": PapCredential("a typed text"),
    "chap": ChapCredential(identifier=7, challenge=b"c", response=b"r" * 16),
    "mschap": MsChapCredential(challenge=b"c" * 8, response=b"r" * 24),
    "mschapv2": MsChap2Credential(authenticator_challenge=b"a" * 16, peer_challenge=b"p" * 16, response=b"r" * 24),
}


@pytest.mark.parametrize("kind", EXAMPLES)
def test_no_repr_of_a_credential_shows_what_it_holds(kind: str) -> None:
    credential = EXAMPLES[kind]
    shown = repr(credential)
    for value in credential.to_message().values():
        inner = value if isinstance(value, dict) else {"text": value}
        assert not [part for part in inner.values() if isinstance(part, str) and part in shown]
    assert "typed" not in shown
    assert "rrrr" not in shown
    assert "b'" not in shown


def test_no_repr_of_a_success_shows_a_session_key() -> None:
    shown = repr(MsChap2Success(success=SUCCESS, send_key=b"k" * 16, recv_key=b"l" * 16))
    assert "kkkk" not in shown
    assert "llll" not in shown


@pytest.mark.parametrize(
    "credential",
    [
        None,
        "pap",
        [],
        {},
        {"eap": "AA"},
        {"pap": ""},
        {"pap": "x" * 129},
        {"pap": {"text": "x"}},
        {"pap": "x", "chap": {"id": 1, "challenge": "AA", "response": "A" * 22}},
        {"chap": "x"},
        {"chap": {"id": 256, "challenge": "AA", "response": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"chap": {"id": 1, "challenge": "", "response": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"chap": {"id": 1, "challenge": "AA", "response": "AA"}},
        {"chap": {"id": 1, "challenge": "AA", "response": "AAAAAAAAAAAAAAAAAAAAAA", "more": 1}},
        {"mschap": {"challenge": "AA", "response": "A" * 32}},
        {"mschap": {"challenge": "AAAAAAAAAAA", "response": "AA"}},
        {"mschapv2": {"authenticator_challenge": "AA", "peer_challenge": "AA", "response": "A" * 32}},
        {"mschapv2": {"peer_challenge": "AAAAAAAAAAAAAAAAAAAAAA", "response": "A" * 32}},
    ],
)
def test_what_is_not_exactly_one_credential_is_refused(credential: object) -> None:
    with pytest.raises(ContractError):
        credential_from_message(credential)


@pytest.mark.parametrize(
    "success",
    [
        {"success": "S=1"},
        {"success": SUCCESS.lower()},
        {"success": SUCCESS + "\n"},
        {"success": SUCCESS, "send_key": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"success": SUCCESS, "send_key": "AAAAAAAAAAAAAAAAAAAAAA", "recv_key": "AA"},
        {},
    ],
)
def test_a_success_is_whole_or_refused(success: Mapping[str, object]) -> None:
    with pytest.raises(ContractError):
        MsChap2Success.from_message(success)


def test_a_ticket_may_not_stand_twice_nor_may_there_be_too_many() -> None:
    for tickets in (["a", "a"], [str(number) for number in range(MAX_TICKETS + 1)], [""], ["x" * 1025]):
        with pytest.raises(ContractError):
            PollRequest.from_json(PollRequest(tickets).to_json())


def test_the_longest_question_fits_into_the_largest_body() -> None:
    tickets = [f"{number:03}" + "x" * 1021 for number in range(MAX_TICKETS)]
    assert len(PollRequest(tickets).to_json()) <= MAX_BODY_OCTETS


def test_only_stored_is_an_acknowledgement() -> None:
    assert AccountingResponse.from_json(AccountingResponse().to_json()) == AccountingResponse()
    for body in ('{"version":1,"stored":false}', '{"version":1}', '{"version":1,"stored":1}', '{"stored":true}'):
        with pytest.raises(ContractError):
            AccountingResponse.from_json(body)
