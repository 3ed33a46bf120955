"""Duplicates, from outside: THREATS B1 to B5, B12, B13."""

import os
import threading
import time

import pytest

from tests.fakes.edge_configuration import SECRET, client
from tests.fakes.radius_client import ACCEPT, REJECT, access_request, checked_reply, packet
from tests.integration.edge.conftest import HASTY, LAX
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import changed, delayed, first

pytestmark = pytest.mark.integration


def test_b1_ten_copies_of_a_waiting_packet_are_one_login_and_one_reply(rig: Rig) -> None:
    rig.backend.fault = delayed(0.4)
    sender, request = rig.client(), access_request("alice", "123456", secret=SECRET)
    for _ in range(10):
        sender.send(request)
    reply = sender.receive(2)
    assert reply is not None
    assert checked_reply(reply, request, SECRET).code == ACCEPT
    assert sender.receive(0.3) is None
    assert len(rig.backend.logins) == 1


def test_b1_a_held_reject_is_waiting_too(rig: Rig) -> None:
    rig.backend.extra = {"hold_ms": 500}
    sender, request = rig.client(), access_request("alice", "000000", secret=SECRET)
    start = time.monotonic()
    for _ in range(5):
        sender.send(request)
    reply = sender.receive(2)
    assert 0.5 <= time.monotonic() - start < 0.8
    assert reply is not None
    assert checked_reply(reply, request, SECRET).code == REJECT
    assert sender.receive(0.2) is None
    assert len(rig.backend.logins) == 1


def test_an_accept_is_never_held(rig: Rig) -> None:
    rig.backend.extra = {"hold_ms": 1500}
    start = time.monotonic()
    assert rig.client().log_in("alice", "123456") is not None
    assert time.monotonic() - start < 0.5


def test_a_hold_longer_than_the_clients_patience_is_cut(rig: Rig) -> None:
    rig.backend.extra = {"hold_ms": 60_000}
    start = time.monotonic()
    assert rig.client(source=HASTY).log_in("alice", "000000") is not None
    assert time.monotonic() - start < 1


def test_b2_a_copy_after_the_reply_gets_the_same_octets_and_no_new_login(rig: Rig) -> None:
    sender, request = rig.client(), access_request("alice", "123456", secret=SECRET)
    replies = {sender.ask(request).octets for _ in range(5)}  # type: ignore[union-attr]
    assert len(replies) == 1
    assert len(rig.backend.logins) == 1


def test_b2_a_local_reject_is_remembered_as_well(rig: Rig) -> None:
    sender, request = rig.client(), packet(1, b"\1\5bob", secret=SECRET)
    assert len({sender.ask(request).octets for _ in range(3)}) == 1  # type: ignore[union-attr]


def test_b2_a_copy_after_the_clients_patience_is_a_new_question(rig: Rig) -> None:
    sender, request = rig.client(source=HASTY), access_request("alice", "123456", secret=SECRET)
    assert sender.ask(request) is not None
    time.sleep(1.1)  # timeout 1 s, no retries
    assert sender.ask(request) is not None
    assert len(rig.backend.logins) == 2
    assert rig.backend.logins[0].message["login_id"] == rig.backend.logins[1].message["login_id"]


def test_b3_an_unproven_packet_does_not_abandon_a_proven_one(rig: Rig) -> None:
    rig.backend.fault = first(1, delayed(0.3))
    sender = rig.client(source=LAX)
    good = access_request("alice", "123456", secret=SECRET, identifier=7)
    sender.send(good)
    rig.wait_until(lambda: len(rig.backend.logins) == 1)
    forged = access_request(
        "a-name-that-is-long", "x" * 16, secret=b"nobody-knows-this-one", identifier=7, signed=False
    )
    sender.send(forged)
    codes = sorted(octets[0] for octets in (sender.receive(1), sender.receive(1)) if octets is not None)
    assert codes == [ACCEPT, REJECT]


def test_b3_a_reused_identifier_abandons_the_old_packet(rig: Rig) -> None:
    rig.backend.fault = first(1, delayed(0.3))
    sender = rig.client()
    old = access_request("alice", "123456", secret=SECRET, identifier=7)
    new = access_request("alice", "000000", secret=SECRET, identifier=7)
    sender.send(old)
    time.sleep(0.1)
    reply = sender.ask(new)
    assert reply is not None
    assert reply.code == REJECT
    assert sender.receive(0.5) is None
    assert len(rig.backend.logins) == 2


def test_b4_the_same_identity_with_other_octets_is_met_with_silence(rig: Rig) -> None:
    sender, authenticator = rig.client(), os.urandom(16)
    one = access_request("alice", "123456", secret=SECRET, authenticator=authenticator)
    other = access_request("alice", "000000", secret=SECRET, authenticator=authenticator)
    assert sender.ask(one) is not None
    sender.send(other)
    assert sender.receive(0.2) is None
    assert len(rig.backend.logins) == 1


def test_b5_300_logins_over_several_ports_get_300_right_answers(rig: Rig) -> None:
    senders = [rig.client() for _ in range(3)]
    expected = {}
    for at, sender in enumerate(senders):
        for identifier in range(100):
            code = "123456" if identifier % 2 else "000000"
            request = access_request(f"user{at}-{identifier}", code, secret=SECRET, identifier=identifier)
            expected[at, identifier] = (request, ACCEPT if identifier % 2 else REJECT)
            sender.send(request)
    for at, sender in enumerate(senders):
        for _ in range(100):
            octets = sender.receive(3)
            assert octets is not None
            request, code = expected.pop((at, octets[1]))
            assert checked_reply(octets, request, SECRET).code == code
    assert expected == {}


def test_b7_the_same_code_in_another_packet_is_another_login_for_the_backend_to_judge(rig: Rig) -> None:
    sender = rig.client()
    for identifier in (1, 2):
        assert sender.log_in("alice", "123456", identifier=identifier) is not None
    ids = {question.message["login_id"] for question in rig.backend.logins}
    assert len(ids) == 2


def test_b12_draining_answers_what_is_in_flight_and_takes_nothing_new() -> None:
    with Rig(client()) as rig:
        rig.backend.fault = delayed(0.5)
        sender, late = rig.client(), rig.client()
        request = access_request("alice", "123456", secret=SECRET)
        sender.send(request)
        rig.wait_until(lambda: len(rig.backend.logins) == 1)
        rig.stop()
        rig.wait_until(lambda: rig.http("/readyz")[0] == 503)
        late.send(packet(12, b"", secret=SECRET))
        late.send(access_request("alice", "123456", secret=SECRET))
        assert rig.http("/readyz") == (503, "draining\n")
        assert rig.http("/healthz")[0] == 200
        reply = sender.receive(2)
        assert reply is not None
        assert checked_reply(reply, request, SECRET).code == ACCEPT
        assert late.receive(0.2) is None
        rig._thread.join(5)
        assert not rig._thread.is_alive()
        assert len(rig.backend.logins) == 1


def test_b13_two_edges_and_one_restarted_give_one_packet_one_login_id() -> None:
    request = access_request("alice", "000000", secret=SECRET)
    ids = []
    for _ in range(2):
        with Rig(client()) as rig:
            assert rig.client().ask(request) is not None
            assert rig.client().ask(request) is not None  # another source port, as a balancer may make it
            ids += [question.message["login_id"] for question in rig.backend.logins]
            nonces = {question.message["nonce"] for question in rig.backend.logins}
            assert len(nonces) == 2
    assert len(ids) == 4
    assert len(set(ids)) == 1


def test_drop_from_the_backend_is_silence_for_all_copies(rig: Rig) -> None:
    rig.backend.fault = changed(outcome="drop")
    sender, request = rig.client(), access_request("alice", "123456", secret=SECRET)
    for _ in range(3):
        sender.send(request)
        assert sender.receive(0.1) is None
    assert len(rig.backend.logins) == 1


def test_overload_drops_the_stalest_and_rejects_nobody(rig: Rig) -> None:
    service = rig.edge._authentication
    rig.backend.fault = delayed(0.5)
    service._waiting.most = 3
    try:
        sender, requests = rig.client(), {}
        for identifier in range(5):
            requests[identifier] = access_request("alice", "123456", secret=SECRET, identifier=identifier)
            sender.send(requests[identifier])
            time.sleep(0.02)
        answered = set()
        while (octets := sender.receive(1)) is not None:
            assert checked_reply(octets, requests[octets[1]], SECRET).code == ACCEPT
            answered.add(octets[1])
    finally:
        service._waiting.most = 20_000
    assert answered == {2, 3, 4}
    assert rig.metric("packets_discarded_total", reason="shed") == 2
    assert service.in_flight == 0


def test_many_clients_at_once_are_all_answered(rig: Rig) -> None:
    failures: list[str] = []

    def log_in_often(number: int) -> None:
        sender = rig.client()
        for turn in range(20):
            right = (number + turn) % 2
            reply = sender.log_in(f"user{number}", "123456" if right else "000000", identifier=turn)
            if reply is None or reply.code != (ACCEPT if right else REJECT):
                failures.append(f"{number} {turn}")

    threads = [threading.Thread(target=log_in_often, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
