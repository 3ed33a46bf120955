"""The decisive cases of a login with a password on the real adapters: calls counted, races run, nothing leaked."""

import json
import logging
from collections import Counter
from itertools import count

import pytest

from logins.app import create_app
from mfa.adapters.audit import LoggedAudit
from mfa.bootstrap import Composition
from mfa.domain.configuration import ClientMode
from mfa.domain.reasons import RejectReason
from mfa.domain.user_names import Alias, AliasKind
from mfa.services.challenges import MAX_STATE_OCTETS
from tests.fakes.aws import AwsInProcess, raw_items
from tests.fakes.faults import unwatched
from tests.fakes.login_world import Answer
from tests.fakes.mode_world import BUDGET, PASSWORD, ModeWorld, exemption, vpn
from tests.fakes.races import all_at_once
from tests.fakes.real_world import real_mode_world

pytestmark = pytest.mark.integration
PACKET = b"one packet, twice"[:16]
AND, THEN, CHALLENGE = ClientMode.PASSWORD_AND_FACTOR, ClientMode.PASSWORD_THEN_FACTOR, ClientMode.CHALLENGE
_serial = count(1)


@pytest.fixture
def world(composition: Composition) -> ModeWorld:
    return real_mode_world(composition)


def configured(world: ModeWorld, mode: ClientMode) -> ModeWorld:
    """As on a warm function: configuration, name and account are known."""
    world.configure(vpn(mode))
    world.login("", username="alice")
    world.store.index.find(world.store.subscribers.read(world.user_id).aliases[0])  # type: ignore[union-attr]
    world.store.logins.link(world.user_id, Alias("corp", AliasKind.GUID, world.alice.object_guid))
    world.store.password_tries.reserve(world.alice.object_guid, "earlier", int(world.clock.now()), BUDGET)
    return world


def calls(world: ModeWorld, aws: AwsInProcess, text: str, **named: object) -> list[str]:
    request = world.request(text, **named)
    before = len(aws.calls)
    world.send(request)
    return aws.calls[before:]


def test_dynamodb_calls_per_login_with_a_password(world: ModeWorld, aws: AwsInProcess) -> None:
    """Each write is one promise: the try, the used code, the password's try, its result, the decision."""
    configured(world, AND)
    assert calls(world, aws, f"wrong,{world.wrong_code()}") == ["UpdateItem"] * 2
    assert calls(world, aws, f"{PASSWORD},{world.code()}") == ["UpdateItem"] * 5
    world.configure(vpn(CHALLENGE))
    world.login("")
    assert calls(world, aws, PASSWORD) == [*["UpdateItem"] * 3, "PutItem", "UpdateItem"]
    world.clock.advance(30)
    state = world.login(PASSWORD).response.state
    assert calls(world, aws, world.code(), state=state) == ["UpdateItem"] * 3


def test_a_state_of_the_real_vault_fits_and_a_forged_one_reaches_no_table(world: ModeWorld, aws: AwsInProcess) -> None:
    configured(world, CHALLENGE)
    state = world.login(PASSWORD).response.state
    assert state is not None
    assert len(state) <= MAX_STATE_OCTETS
    forgeries = (b"\0", b"forged", state[:-1], b"\0\7" + state[2:], state[:-1] + bytes([state[-1] ^ 1]))
    for request in [world.request(world.code(), state=forged) for forged in forgeries]:
        before = len(aws.calls)
        assert world.send(request).reason is RejectReason.UNKNOWN_STATE
        assert aws.calls[before:] == []
    assert world.answer(state, world.code()).outcome == "accept"


@pytest.mark.parametrize("mode", [AND, CHALLENGE, THEN])
@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_copies_of_one_packet_are_one_bind_and_one_outcome(world: ModeWorld, mode: ClientMode, password: str) -> None:
    world.configure(vpn(mode), exemptions=[exemption(2**33)] if mode is THEN else [])
    world.login("")
    text = f"{password},{world.code()}" if mode is AND else password
    requests = [world.request(text, login_id=PACKET) for _ in range(4)]
    pause = world.clock.advance  # to a copy that waits, time passes
    answers = all_at_once(
        [lambda one=one: world.send(one, world.another_instance(pause=pause)) for one in requests]  # type: ignore[misc]
    )
    expected = "reject" if password == "wrong" else "challenge" if mode is CHALLENGE else "accept"
    assert {answer.outcome for answer in answers} == {expected}
    assert len({answer.reason for answer in answers}) == 1
    assert world.binds == 1


def test_parallel_wrong_passwords_cost_no_more_than_the_budget(world: ModeWorld) -> None:
    world.configure(vpn(CHALLENGE))
    world.login("")
    requests = [world.request(f"wrong{number}") for number in range(40)]
    answers: list[Answer] = all_at_once([lambda one=one: world.send(one) for one in requests])  # type: ignore[misc]
    assert Counter(answer.outcome for answer in answers) == {"reject": 40}
    assert 1 <= world.binds <= BUDGET


def test_f6_no_password_is_logged_or_stored_whatever_happens(
    world: ModeWorld, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    audit = LoggedAudit(service_name=f"test-passwords-{next(_serial)}", metrics_namespace="Gatehouse")
    app = create_app(world.another_instance(audit=audit), world.configuration, world.clock, unwatched)
    secrets = (PASSWORD, "a wrong horse", "planted,word")
    for mode in ClientMode:
        world.configure(vpn(mode, password_in_factor_field=mode is ClientMode.SECOND_FACTOR))
        for text in [text for secret in secrets for text in (secret, f"{secret},{world.code()}", f"{secret},push")]:
            body = world.request(text).to_json().decode()
            app({"resource": "/logins", "httpMethod": "POST", "body": body}, None)
    output = capfd.readouterr()
    assert output.out.count("login decided") == 36
    printed = output.out + output.err + caplog.text + json.dumps(raw_items(), default=repr)
    for secret in secrets:
        assert secret not in printed
        assert secret.encode().hex() not in printed


def test_the_record_names_who_let_somebody_through(world: ModeWorld, capfd: pytest.CaptureFixture[str]) -> None:
    audit = LoggedAudit(service_name=f"test-passwords-{next(_serial)}", metrics_namespace="Gatehouse")
    world.configure(vpn(THEN), exemptions=[exemption(2**33)])
    world.another_instance(audit=audit).decide(world.request(PASSWORD))
    (line,) = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "login decided" in line]
    assert (line["outcome"], line["exemption"], line["directory"]) == (
        "accept", "new staff", world.directory.controller,
    )  # fmt: skip
    assert not {"rule", "upstream"} & set(line)  # what there is not is left out
