"""CHAP and MS-CHAP on the real adapters: the same calls as PAP, the same answer again, and nothing told to any log."""

import base64
import json
import logging
from dataclasses import replace

import pytest

from mfa.adapters.audit import LoggedAudit
from mfa.bootstrap import Composition
from mfa.contract import LoginRequest, LoginResponse
from mfa.contract.fields import base64url
from mfa.contract.polls import PollRequest
from mfa.domain.configuration import DangerousSwitch, Waiver
from mfa.domain.login_transactions import LoginTransaction, TransactionState
from mfa.services.tickets import Ticket, Tickets
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.challenge_response import PROTOCOLS, under
from tests.fakes.login_world import REALM, LoginWorld, client

pytestmark = pytest.mark.integration
PACKET = b"one packet, twice"[:16]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_login_asks_the_table_as_often_as_under_pap(world: LoginWorld, aws: AwsInProcess, protocol: str) -> None:
    world.login("not a code")  # configuration and data key are there, as on a warm function
    before = len(aws.calls)
    request = under(protocol, world.request(world.code(), login_id=PACKET))
    first = world.send(request)
    assert aws.calls[before:] == ["GetItem", "UpdateItem", "UpdateItem"]
    again = world.send(request, world.another_instance())
    assert (first.outcome, again.outcome, again.replayed) == ("accept", "accept", True)
    assert first.response.ms_chap == again.response.ms_chap


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_f6_neither_code_nor_response_nor_session_key_is_logged_or_stored(
    world: LoginWorld, protocol: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    keys = Waiver(switch=DangerousSwitch.MPPE_KEYS_FROM_CODES, owner="o", reason="r", until=2**40)
    world.configuration.apply([REALM], [replace(client("vpn", "192.0.2.0/24"), waivers=(keys,))])
    service = world.another_instance(audit=LoggedAudit(service_name=f"chap-{protocol}", metrics_namespace="Gatehouse"))
    requests = [
        under(protocol, world.request(text, revision="2")) for text in (world.code(), world.wrong_code(), "push 47")
    ]
    responses = [service.decide(request) for request in requests]
    assert [response.outcome.value for response in responses] == ["accept", "reject", "reject"]
    output = capfd.readouterr()
    assert output.out.count("login decided") == 3
    told = output.out + output.err + caplog.text + repr(requests) + repr(responses) + repr(raw_items())
    for secret in (*_responses(requests), *_session_keys(responses, protocol), world.code().encode()):
        assert [spelling for spelling in _spellings(secret) if spelling in told] == []


def _responses(requests: list[LoginRequest]) -> list[bytes]:
    return [request.credential.response for request in requests]  # type: ignore[union-attr]


def _session_keys(responses: list[LoginResponse], protocol: str) -> list[bytes]:
    success = responses[0].ms_chap
    keys = [key for key in (success.send_key, success.recv_key) if key] if success else []
    assert len(keys) == (2 if protocol == "mschapv2" else 0)
    return keys


def _spellings(secret: bytes) -> list[str]:
    encoded = base64.b64encode(secret).decode().rstrip("=")
    return [secret.hex(), secret.hex().upper(), encoded, base64url(secret), repr(secret)[2:-1]]


def test_a_waiting_login_is_polled_marked_and_recorded_on_the_real_adapters(
    composition: Composition, world: LoginWorld, aws: AwsInProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    login_id, now = PACKET, int(composition.clock.now())
    transaction = LoginTransaction(
        login_id=base64url(login_id),
        client="vpn",
        user_id="u",
        username="alice",
        source_ip="192.0.2.7",
        config_revision="1",
        created_at=now,
        expires_at=now + 30,
    )
    composition.stores.transactions.put(transaction)
    ticket = Tickets(composition.vault).seal(
        Ticket(
            login_id=login_id,
            nonce=b"n" * 16,
            transaction=transaction.login_id,
            client=transaction.client,
            role="an-edge",
            expires_at=int(transaction.expires_at) + 60,
        )
    )
    before = len(aws.calls)
    assert composition.edge_api.polls.poll(PollRequest([ticket]), "another-edge").results == ()
    assert aws.calls[before:] == []
    (result,) = composition.edge_api.polls.poll(PollRequest([ticket]), "an-edge").results
    assert (result.outcome.value, aws.calls[before:]) == ("pending", ["BatchGetItem"])
    world.clock.advance(30)
    (result,) = composition.edge_api.polls.poll(PollRequest([ticket]), "an-edge").results
    assert result.outcome.value == "reject"
    assert composition.stores.transactions.read([transaction.login_id])[transaction.login_id].state is (
        TransactionState.EXPIRED
    )
    assert ticket not in json.dumps(raw_items(), default=repr)
    assert ticket not in capfd.readouterr().out
