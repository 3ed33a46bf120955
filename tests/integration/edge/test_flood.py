"""Mutants against a running edge: THREATS A7, F5 to F7. ``FLOOD_PACKETS`` sets how many (200,000 for a soak)."""

import os
import random
import sys
import time

import pytest

from tests.fakes.edge_configuration import ENVIRON, LOGIN_ID_KEY, OLD_SECRET, SECRET
from tests.fakes.radius_client import REJECT, access_request, checked_reply
from tests.integration.edge.conftest import AUTO_PINNED, LAX, ROTATING, STRICT
from tests.integration.edge.flood import BURST, LONGEST, PLANTED, Mutants, wait_for_turn
from tests.integration.edge.rig import Rig
from tests.unit.edge.test_oracle import mutant

pytestmark = pytest.mark.integration

PACKETS = int(os.environ.get("FLOOD_PACKETS", "4000"))
FULL_COUNT = 200_000


def test_a7_mutants_get_no_accept_and_every_reply_is_signed(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    senders = [Mutants(rig.client(source=address), seed) for seed, address in enumerate((AUTO_PINNED, LAX, ROTATING))]
    before = rig.metric("packets_total", port="authentication")
    pace, memory, began = rig.client(), 0, time.monotonic()
    while (sent := sum(sender.sent for sender in senders)) < PACKETS:
        if not memory and sent >= PACKETS / 4:  # the duplicate cache and the allocator have what they need
            memory = resident_kilobytes()
        for _ in range(BURST // len(senders)):
            for sender in senders:
                sender.send()
        wait_for_turn(pace)
        for sender in senders:
            sender.check_replies()
        rig.backend.questions.clear()
    seconds, growth = time.monotonic() - began, resident_kilobytes() / memory - 1
    time.sleep(0.5)
    for sender in senders:
        sender.check_replies()
    replies = sum(sender.replies for sender in senders)
    figures = f"{sent} mutants in {seconds:.1f} s, {replies} replies, memory {growth:+.1%}"
    if PACKETS >= FULL_COUNT:
        with capsys.disabled():
            sys.stdout.write(f"\n{figures}\n")
    assert replies > PACKETS / 100
    assert rig.metric("packets_total", port="authentication") >= before + sent, "none was lost on the way"
    assert rig.metric("internal_errors_total", place="authentication") == 0
    assert rig.metric("logins_total", outcome="accept") == 0
    assert growth < 0.1, figures


def test_a7_the_right_code_with_changed_octets_is_no_accept(rig: Rig) -> None:
    """The seed would be accepted as it is, so only the change keeps it out."""
    source = random.Random(77)
    strict, lax = rig.client(source=STRICT), rig.client(source=LAX)
    before = rig.metric("logins_total", outcome="accept")
    for number in range(PACKETS // 4):
        identifier = number % 256
        unproven = access_request("alice", "123456", secret=SECRET, identifier=identifier, signed=False)
        changed = bytearray(unproven)
        for at in source.sample(range(29, 45), source.randint(1, 3)):  # the 16 octets of User-Password
            changed[at] ^= source.randint(1, 255)
        lax.send(bytes(changed))
        reply = lax.receive(2)
        assert reply is not None
        assert checked_reply(reply, bytes(changed), SECRET).code == REJECT
        proven = access_request("alice", "123456", secret=SECRET, identifier=identifier)
        octets = mutant(proven, source)[:LONGEST]
        if octets[: len(proven)] != proven:  # octets after Length change nothing
            strict.send(octets)
            reply = strict.receive(0.001)
            assert reply is None or reply[0] == REJECT
    assert rig.metric("logins_total", outcome="accept") == before
    assert rig.metric("internal_errors_total", place="authentication") == 0


def test_f6_no_secret_in_logs_metrics_or_reprs(rig: Rig) -> None:
    rig.client(source=LAX).log_in("alice", PLANTED)
    rig.client(source=LAX).log_in("alice", PLANTED, signed=False)
    rig.client(b"another-secret-canary-of-ours").send(access_request("alice", PLANTED, secret=SECRET))
    time.sleep(0.1)
    everything = rig.log_text() + rig.http("/metrics")[1] + rig.http("/readyz")[1] + repr(vars(rig.edge))
    assert "alice" in everything
    for secret in (PLANTED, SECRET.decode(), OLD_SECRET.decode(), ENVIRON["AWS_SECRET_ACCESS_KEY"]):
        assert secret not in everything
    assert "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8" not in everything, LOGIN_ID_KEY


@pytest.mark.parametrize(
    "name", ["а\u200blice", "\u202ealice", "a\nb", "a\x1b[2Jb", "x" * 253, "a|b:c#d", "=cmd|x", '","outcome":"accept']
)
def test_f2_f3_f5_a_strange_name_is_one_escaped_line_and_goes_to_the_backend_as_it_is(rig: Rig, name: str) -> None:
    reply = rig.client().log_in(name, "000000")
    assert reply is not None
    assert reply.code == REJECT
    assert rig.backend.logins[-1].message["username"] == name
    lines = [line for line in rig.log_lines("login") if line["user_name"] == name]
    assert len(lines) == 1
    assert lines[0]["outcome"] == "reject"
    assert rig.log_text().isascii()


def test_f7_names_are_never_labels(rig: Rig) -> None:
    before = len(rig.http("/metrics")[1].splitlines())
    for number in range(50):
        rig.client().log_in(f"user-{number}", "000000")
    text = rig.http("/metrics")[1]
    assert "user-" not in text
    assert len(text.splitlines()) <= before + 5


def resident_kilobytes() -> int:
    with open("/proc/self/status") as status:  # noqa: PTH123 - a kernel file
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])
