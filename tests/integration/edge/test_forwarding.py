"""Logins that an old RADIUS server decides, against one that answers as the test tells it to."""

import hashlib
import itertools
import os
import socket
import threading
import time
from collections.abc import Iterable, Iterator

import pytest

from mfa.contract import EdgeConfiguration, MessageAuthenticatorPolicy
from mfa.contract.clients import UpstreamServer
from radius_edge.configuration import Configuration
from radius_edge.protocol.passing_on import Cover
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.edge_configuration import SECRET, UPSTREAM_SECRET, client, configuration, upstream
from tests.fakes.old_server import Asked, OldServer, silence
from tests.fakes.radius_client import ACCEPT, CHALLENGE, REJECT, Reply, access_request, attribute, packet
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import changed
from tests.integration.edge.test_ms_chap import (
    NT_RESPONSE,
    SUCCESS,
    chap,
    microsoft,
    ms_chap_2,
    of_microsoft,
)
from tests.unit.edge.test_passing_on import covered, uncovered

pytestmark = pytest.mark.integration

LAX, HASTY, CALM = "127.0.0.3", "127.0.0.5", "127.0.0.7"
PASSWORD = "the old password, ä"


def decide(request: Asked) -> list[bytes]:
    """As an old server does: PAP by its password."""
    if request.password.decode() == PASSWORD:
        return [request.reply(ACCEPT, attribute(25, b"old class") + attribute(18, b"welcome"))]
    return [request.reply(REJECT, attribute(18, b"no"))]


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[OldServer, OldServer]]:
    with OldServer(UPSTREAM_SECRET) as first, OldServer(UPSTREAM_SECRET) as second:
        yield first, second


def closed_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def running(servers: tuple[OldServer, OldServer]) -> Iterator[Rig]:
    first, second = (server.port for server in servers)
    upstreams = (
        upstream("old", first),
        upstream("pair", first, second),
        upstream("patient", first, second, timeout_ms=10_000),
        upstream("lenient", first, require_message_authenticator=False),
        upstream("half-closed", closed_port(), first, timeout_ms=10_000),
        upstream("closed", closed_port(), closed_port()),
        upstream("mistaken", first, secret=b"not what the server has"),
    )
    clients = (
        client("corp", "127.0.0.1/32", timeout_seconds=3),
        client("lax", f"{LAX}/32", require_message_authenticator=MessageAuthenticatorPolicy.NO),
        client("calm", f"{CALM}/32", timeout_seconds=10),
        client("hasty", f"{HASTY}/32", timeout_seconds=1, retries=0),
    )
    with Rig(*clients, upstreams=upstreams) as rig:
        yield rig


@pytest.fixture
def rig(running: Rig, servers: tuple[OldServer, OldServer]) -> Iterator[Rig]:
    """Forwards to ``old``; afterwards a login that is not forwarded works."""
    for server in servers:
        server.answer = decide
        server.requests.clear()
        server.sources.clear()
        server.wrong = 0
    running.backend.questions.clear()
    for known in running.edge._authentication._forwarder._upstreams.values():
        for server in known.servers:
            server.answered()
    forward(running, "old")
    yield running
    running.backend.extra = {}
    reply = running.client().log_in("alice", "123456")
    assert reply is not None
    assert reply.code == ACCEPT


@pytest.fixture
def old(servers: tuple[OldServer, OldServer]) -> OldServer:
    return servers[0]


@pytest.fixture
def other(servers: tuple[OldServer, OldServer]) -> OldServer:
    return servers[1]


def forward(rig: Rig, to: str) -> None:
    rig.backend.extra = {"outcome": "forward", "upstream": to, "hold_ms": 1000}


def log_in(rig: Rig, password: str = PASSWORD, source: str = "127.0.0.1", **options: object) -> Reply:
    reply = rig.client(source=source).log_in("bob", password, **options)
    assert reply is not None
    return reply


def last_login(rig: Rig) -> dict[str, object]:
    return rig.log_lines("login")[-1]


# What goes to the old server, and what comes back


def test_an_old_server_decides_and_its_attributes_come_back(rig: Rig, old: OldServer) -> None:
    reply = log_in(rig)
    assert reply.code == ACCEPT
    assert reply.attributes[1:] == [(25, b"old class"), (18, b"welcome")]
    assert [request.password.decode() for request in old.requests] == [PASSWORD]


def test_its_reject_comes_back_at_once(rig: Rig) -> None:
    """The backend's hold is for rejects of its own."""
    began = time.monotonic()
    reply = log_in(rig, "wrong")
    assert (reply.code, reply.values(18)) == (REJECT, [b"no"])
    assert time.monotonic() - began < 0.5


def test_the_request_is_the_clients_with_a_new_cover(rig: Rig, old: OldServer) -> None:
    cisco = attribute(26, (9).to_bytes(4) + attribute(1, b"device-type=test"))
    more = attribute(32, b"vpn") + attribute(6, (5).to_bytes(4)) + attribute(31, b"192.0.2.7") + cisco
    hops = attribute(33, b"first hop") + attribute(33, b"second hop")
    reply = log_in(rig, more=more + attribute(24, b"a state") + hops)
    (request,) = old.requests
    kinds = [kind for kind, _ in request.attributes]
    assert kinds == [80, 1, 2, 32, 6, 31, 26, 33]
    assert request.values(1) == [b"bob"]
    assert request.values(26) == [cisco[2:]]
    assert b"hop" not in request.values(33)[0]
    assert reply.values(33) == [b"first hop", b"second hop"], "the client's own come back to it"


def test_a_client_that_does_not_say_its_name_is_named(rig: Rig, old: OldServer) -> None:
    log_in(rig, source=LAX)
    assert old.requests[0].values(4) == [bytes((127, 0, 0, 3))]


def test_chap_goes_on_with_its_challenge(rig: Rig, old: OldServer) -> None:
    old.answer = lambda request: [request.reply(ACCEPT)]
    request = chap("a text", signed=True)
    without_challenge = chap_by_authenticator("a text")
    for octets, challenge in ((request, b"0123456789abcdef"), (without_challenge, without_challenge[4:20])):
        reply = rig.client().ask(octets)
        assert reply is not None
        assert reply.code == ACCEPT
        assert old.requests[-1].values(60) == [challenge]
    assert old.requests[0].values(3)[0][1:] in request


def chap_by_authenticator(text: str) -> bytes:
    authenticator = os.urandom(16)
    response = hashlib.md5(b"\x07" + text.encode() + authenticator).digest()  # noqa: S324 - RADIUS
    attributes = attribute(1, b"bob") + attribute(3, b"\x07" + response)
    return packet(1, attributes, secret=SECRET, authenticator=authenticator)


def test_ms_chap_2_goes_on_as_it_came_and_the_proof_comes_back(rig: Rig, old: OldServer) -> None:
    proof = microsoft((26, b"\x05" + SUCCESS.encode()))
    old.answer = lambda request: [request.reply(ACCEPT, proof)]
    octets = ms_chap_2("User", NT_RESPONSE)
    reply = rig.client().ask(octets)
    assert reply is not None
    assert reply.code == ACCEPT
    assert of_microsoft(reply) == {26: b"\x05" + SUCCESS.encode()}
    assert attribute(26, old.requests[0].values(26)[0]) in octets


def test_an_accept_under_ms_chap_2_without_the_servers_proof_is_rejected(rig: Rig, old: OldServer) -> None:
    old.answer = lambda request: [request.reply(ACCEPT)]
    reply = rig.client().ask(ms_chap_2("User", NT_RESPONSE))
    assert reply is not None
    assert reply.code == REJECT
    assert last_login(rig)["reason"] == "upstream_no_proof"


@pytest.mark.parametrize("error", [b"\x05E=648 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=expired", b""])
def test_a_reject_under_ms_chap_2_says_so_in_its_words(rig: Rig, old: OldServer, error: bytes) -> None:
    """The old server's words if it has some, else ours: never two."""
    old.answer = lambda request: [request.reply(REJECT, microsoft((2, error)) if error else b"")]
    reply = rig.client().ask(ms_chap_2("User", NT_RESPONSE))
    assert reply is not None
    assert reply.code == REJECT
    (value,) = reply.values(26)
    assert value[6:] == error if error else value[6:].startswith(b"\x05E=691 R=0 ")


def test_keys_are_covered_anew_for_the_client(rig: Rig, old: OldServer) -> None:
    send, receive = b"s" * 32, b"r" * 32

    def answer(request: Asked) -> list[bytes]:
        cover = Cover(SharedSecret(UPSTREAM_SECRET), request.authenticator)
        keys = microsoft((16, covered(send, b"\x81\x01", cover)), (17, covered(receive, b"\x81\x02", cover)))
        return [request.reply(ACCEPT, keys)]

    old.answer = answer
    octets = access_request("bob", PASSWORD, secret=SECRET)
    reply = rig.client().ask(octets)
    assert reply is not None
    found, cover = of_microsoft(reply), Cover(SharedSecret(SECRET), octets[4:20])
    assert (uncovered(found[16], cover), uncovered(found[17], cover)) == (send, receive)


def test_a_key_that_cannot_be_uncovered_is_left_out_and_told(rig: Rig, old: OldServer) -> None:
    old.answer = lambda request: [request.reply(ACCEPT, microsoft((16, bytes(5))) + attribute(25, b"staff"))]
    reply = log_in(rig)
    assert reply.attributes[1:] == [(25, b"staff")]
    line = rig.log_lines("alarm")[-1]
    assert (line["reason"], line["attribute"], line["upstream"]) == (
        "upstream_attribute_left_out",
        "MS-MPPE-Send-Key",
        "old",
    )


def test_without_proof_of_the_sender_a_reject_is_bare(rig: Rig) -> None:
    """THREATS A25."""
    reply = log_in(rig, "wrong", source=LAX, signed=False)
    assert reply.code == REJECT
    assert [kind for kind, _ in reply.attributes] == [80]


# Failover and deadlines


def test_a_silent_server_is_left_for_the_next(rig: Rig, old: OldServer, other: OldServer) -> None:
    forward(rig, "pair")
    old.answer = silence
    began = time.monotonic()
    assert log_in(rig).code == ACCEPT
    assert 0.3 <= time.monotonic() - began < 1
    assert (old.users(), other.users()) == (["bob"], ["bob"])
    assert old.requests[0].authenticator != other.requests[0].authenticator
    line = rig.log_lines("forwarded")[-1]
    assert (line["server"], line["requests"]) == (f"127.0.0.1:{other.port}", 2)


def test_a_server_that_is_silent_again_and_again_is_asked_last(rig: Rig, old: OldServer, other: OldServer) -> None:
    forward(rig, "pair")
    old.answer = silence
    for _ in range(3):
        log_in(rig)
    before = len(old.requests)
    began = time.monotonic()
    assert log_in(rig).code == ACCEPT
    assert time.monotonic() - began < 0.25
    assert len(old.requests) == before
    old.answer, other.answer = decide, silence
    assert log_in(rig).code == ACCEPT, "it is asked still, if nobody else answers"
    other.answer = decide


def test_a_slow_answer_counts_after_another_server_was_asked(rig: Rig, old: OldServer, other: OldServer) -> None:
    def slowly(request: Asked) -> list[bytes]:
        time.sleep(0.5)
        return [request.reply(ACCEPT, attribute(25, b"slow"))]

    forward(rig, "pair")
    old.answer, other.answer = slowly, silence
    assert log_in(rig).values(25) == [b"slow"]


def test_a_single_server_is_asked_again_with_the_same_octets(rig: Rig, old: OldServer) -> None:
    replies = itertools.chain([[], []], itertools.repeat(None))
    old.answer = lambda request: decide(request) if (now := next(replies)) is None else now
    assert log_in(rig).code == ACCEPT
    assert len(old.requests) == 3
    assert len({request.octets for request in old.requests}) == 1


def test_a_silent_server_is_asked_again_after_longer_and_longer_times(rig: Rig, old: OldServer) -> None:
    """300, 600, 1200 ms: a server that is too slow is not buried under copies."""
    old.answer = silence
    assert log_in(rig).code == REJECT
    assert len(old.requests) == 4


def test_where_nobody_is_at_the_port_the_next_is_asked_at_once(rig: Rig) -> None:
    forward(rig, "half-closed")
    began = time.monotonic()
    assert log_in(rig).code == ACCEPT
    assert time.monotonic() - began < 0.25


def test_many_at_once_learn_that_nobody_is_at_the_port(rig: Rig) -> None:
    """They share a socket, and the kernel tells an error once."""
    forward(rig, "half-closed")
    asker, began = rig.client(source=CALM), time.monotonic()
    for number in range(100):
        asker.send(access_request("bob", PASSWORD, secret=SECRET, identifier=number))
    replies = [asker.receive(5) for _ in range(100)]
    assert [reply[0] for reply in replies if reply] == [ACCEPT] * 100
    assert time.monotonic() - began < 4, "none has waited for the first server's timeout"


def test_where_nobody_is_at_any_port_it_is_a_reject_in_time(rig: Rig) -> None:
    forward(rig, "closed")
    began = time.monotonic()
    reply = log_in(rig, source=HASTY)
    assert reply.code == REJECT
    assert 0.5 < time.monotonic() - began < 1
    assert last_login(rig)["reason"] == "upstream_unreachable"


def test_a_server_that_comes_back_in_time_costs_no_login(rig: Rig) -> None:
    """An old server is restarted: its port is closed for a moment."""
    with OldServer(UPSTREAM_SECRET) as gone:
        port = gone.port
    with Rig(client(timeout_seconds=4), upstreams=(upstream("old", port),)) as rig_2:
        forward(rig_2, "old")
        replies: list[Reply] = []
        waiting = threading.Thread(target=lambda: replies.append(log_in(rig_2)))
        waiting.start()
        time.sleep(0.7)
        back = OldServer(UPSTREAM_SECRET, port=port)
        with back:
            waiting.join(10)
        assert [reply.code for reply in replies] == [ACCEPT]


def test_silence_is_a_reject_before_the_clients_timeout(rig: Rig, old: OldServer) -> None:
    old.answer = silence
    unanswered = rig.metric("upstream_unanswered_total", upstream="old")
    began = time.monotonic()
    assert log_in(rig, source=HASTY).code == REJECT
    assert 0.5 < time.monotonic() - began < 1
    assert last_login(rig)["reason"] == "upstream_timeout"
    assert rig.metric("upstream_unanswered_total", upstream="old") == unanswered + 1
    assert rig.metric("alarms_total", alarm="upstream_timeout") >= 1


def test_an_answer_after_the_deadline_changes_nothing(rig: Rig, old: OldServer) -> None:
    def too_late(request: Asked) -> list[bytes]:
        time.sleep(1.2)
        return [request.reply(ACCEPT)]

    old.answer = too_late
    asker = rig.client(source=HASTY)
    reply = asker.log_in("bob", PASSWORD)
    assert reply is not None
    assert reply.code == REJECT
    assert asker.receive(1) is None


# Retransmissions


def test_retransmissions_cost_no_second_request(rig: Rig, old: OldServer) -> None:
    """THREATS B1, B2."""
    old.answer = lambda request: time.sleep(0.2) or decide(request)  # type: ignore[func-returns-value]
    asker, octets = rig.client(), access_request("bob", PASSWORD, secret=SECRET)
    for _ in range(10):
        asker.send(octets)
    first = asker.receive(3)
    assert first is not None
    assert first[0] == ACCEPT
    assert asker.receive(0.3) is None
    asker.send(octets)
    assert asker.receive(3) == first
    assert len(old.requests) == len(rig.backend.logins) == 1


def test_a_reused_identifier_ends_the_waiting(rig: Rig, old: OldServer) -> None:
    """THREATS B3: the answer to the first packet is not sent."""
    old.answer = lambda request: time.sleep(0.2) or decide(request)  # type: ignore[func-returns-value]
    asker = rig.client()
    asker.send(access_request("bob", PASSWORD, secret=SECRET, identifier=9))
    time.sleep(0.1)
    second = access_request("carol", "wrong", secret=SECRET, identifier=9)
    reply = asker.ask(second)
    assert reply is not None
    assert reply.code == REJECT
    assert asker.receive(0.5) is None


# Replies that must not be believed


def forgeries(request: Asked) -> Iterable[bytes]:
    """Accepts by somebody who does not know the secret, or plays with true ones."""
    true = request.reply(REJECT, attribute(18, b"no"))
    yield request.reply(ACCEPT, secret=b"a secret of somebody else")
    yield bytes((ACCEPT,)) + true[1:]
    yield request.reply(ACCEPT, signed=False)
    yield request.reply(ACCEPT)[:-1]
    yield request.reply(ACCEPT, identifier=request.octets[1] ^ 1)
    yield request.reply(5)
    yield request.reply(ACCEPT, attribute(25, b"x" * 200) * 21)  # above 4096 octets
    yield b"garbage"
    yield b""


def test_forged_replies_are_no_answer_and_the_true_one_counts(rig: Rig, old: OldServer) -> None:
    bad = rig.metric("upstream_bad_replies_total", upstream="old")
    old.answer = lambda request: [*forgeries(request), *decide(request)]
    assert log_in(rig, "wrong").code == REJECT
    assert log_in(rig).values(25) == [b"old class"]
    assert rig.metric("upstream_bad_replies_total", upstream="old") >= bad + 12


def test_forged_replies_alone_are_a_reject_in_time(rig: Rig, old: OldServer) -> None:
    old.answer = forgeries
    assert log_in(rig, source=HASTY).code == REJECT
    assert last_login(rig)["reason"] == "upstream_bad_reply"


def test_a_reply_without_message_authenticator_counts_only_where_that_is_allowed(rig: Rig, old: OldServer) -> None:
    old.answer = lambda request: [request.reply(ACCEPT, signed=False)]
    assert log_in(rig, source=HASTY).code == REJECT
    forward(rig, "lenient")
    assert log_in(rig).code == ACCEPT


def test_a_wrong_message_authenticator_counts_nowhere(rig: Rig, old: OldServer) -> None:
    def answer(request: Asked) -> list[bytes]:
        right = request.reply(ACCEPT, signed=False)
        return [request.reply(ACCEPT, attribute(80, bytes(16)), signed=False), right[:20]]

    forward(rig, "lenient")
    old.answer = answer
    assert log_in(rig, source=HASTY).code == REJECT


def test_an_edge_with_another_secret_is_a_reject_and_an_alarm(rig: Rig, old: OldServer) -> None:
    forward(rig, "mistaken")
    assert log_in(rig, source=HASTY).code == REJECT
    assert old.wrong >= 1
    assert last_login(rig)["reason"] == "upstream_timeout"
    assert "same secret" in str(rig.log_lines("forwarded")[-1]["hint"])


def test_a_challenge_is_a_reject_and_told(rig: Rig, old: OldServer) -> None:
    old.answer = lambda request: [request.reply(CHALLENGE, attribute(24, b"state") + attribute(18, b"Code?"))]
    reply = log_in(rig)
    assert (reply.code, reply.values(24), reply.values(18)) == (REJECT, [], [])
    assert last_login(rig)["reason"] == "upstream_challenge"


def test_more_than_a_client_can_be_told_is_a_reject(rig: Rig, old: OldServer) -> None:
    """Nothing of an Accept is given up: what is lost could be what limits it."""
    old.answer = lambda request: [request.reply(ACCEPT, attribute(25, b"c" * 253) * 15)]
    hops = attribute(33, b"h" * 253) * 3
    assert log_in(rig, more=hops).code == REJECT
    assert last_login(rig)["reason"] == "reply_not_encodable"
    assert log_in(rig).code == ACCEPT


def test_a_request_that_has_no_room_for_our_attributes_is_a_reject(rig: Rig, old: OldServer) -> None:
    """A client that sends 4,090 octets without Message-Authenticator."""
    more = attribute(25, bytes(253)) * 15 + attribute(25, bytes(190))
    assert log_in(rig, source=LAX, more=more, signed=False).code == REJECT
    assert last_login(rig)["reason"] == "upstream_not_encodable"
    assert old.requests == []


# Configuration


def test_an_upstream_that_the_edge_does_not_know_is_a_loud_reject(rig: Rig) -> None:
    forward(rig, "nowhere")
    assert log_in(rig).code == REJECT
    assert last_login(rig)["reason"] == "upstream_unknown"
    line = next(line for line in rig.log_lines("alarm") if line["reason"] == "upstream_unknown")
    assert line["upstream"] == "nowhere"
    assert "GET /clients" in str(line["hint"])


def test_an_old_server_may_have_an_ipv6_address() -> None:
    with OldServer(UPSTREAM_SECRET, host="::1") as server:
        servers = (UpstreamServer(address="::1", port=server.port),)
        with Rig(client(), upstreams=(upstream("old", servers=servers),)) as rig:
            forward(rig, "old")
            assert log_in(rig).code == ACCEPT
            assert rig.log_lines("forwarded")[-1]["server"] == f"[::1]:{server.port}"


def test_a_server_that_there_is_no_way_to_is_passed_over(old: OldServer) -> None:
    """An address that no route leads to; connecting to it fails at once."""
    servers = (UpstreamServer(address="255.255.255.255"), UpstreamServer(address="127.0.0.1", port=old.port))
    old.answer = decide
    with Rig(client(), upstreams=(upstream("old", servers=servers, timeout_ms=5_000),)) as rig:
        forward(rig, "old")
        assert log_in(rig).code == ACCEPT


def test_forwarding_without_a_name_is_a_reject(rig: Rig) -> None:
    rig.backend.extra = {"outcome": "forward"}
    assert log_in(rig).code == REJECT


def test_a_poll_cannot_be_answered_with_forward(rig: Rig, old: OldServer) -> None:
    rig.backend.extra = {}
    asker = rig.client()
    asker.send(access_request("waiting", "push", secret=SECRET))
    rig.wait_until(lambda: len(rig.backend.pending) == 1)
    rig.backend.decide("forward", upstream="old")
    octets = asker.receive(5)
    rig.backend.pending.clear()
    assert octets is not None
    assert octets[0] == REJECT
    assert old.requests == []


def test_a_login_that_comes_back_is_not_forwarded_again(rig: Rig, old: OldServer) -> None:
    """The old server forwards to the edge, and the edge to the old server."""
    returned: list[Reply | None] = []

    def send_it_back(request: Asked) -> list[bytes]:
        states = b"".join(attribute(33, value) for value in request.values(33))
        again = access_request("bob", PASSWORD, secret=SECRET, more=states + attribute(33, b"of the old server"))
        returned.append(rig.client(source=LAX).ask(again))
        return [request.reply(REJECT)]

    old.answer = send_it_back
    assert log_in(rig).code == REJECT
    assert [reply.code for reply in returned if reply] == [REJECT]
    assert len(old.requests) == 1
    assert rig.metric("alarms_total", alarm="upstream_loop") == 1


def test_a_changed_upstream_is_used_from_the_next_login_on(old: OldServer, other: OldServer) -> None:
    old.answer = other.answer = decide
    old.requests.clear()
    other.requests.clear()
    with Rig(client(), upstreams=(upstream("old", old.port),)) as rig_2:
        forward(rig_2, "old")
        assert log_in(rig_2).code == ACCEPT
        document = configuration(client(), upstreams=(upstream("old", other.port),))

        async def use() -> None:
            rig_2.edge._use(Configuration(EdgeConfiguration.from_json(document)))

        rig_2.on_loop(use)
        assert log_in(rig_2).code == ACCEPT
    assert (len(old.requests), len(other.requests)) == (1, 1)


# Many at once


def test_200_forwarded_logins_at_once(rig: Rig, old: OldServer) -> None:
    began = time.monotonic()
    asker = rig.client()
    requests = [
        access_request(f"user{number}", PASSWORD if number % 2 else "wrong", secret=SECRET, identifier=number)
        for number in range(200)
    ]
    for octets in requests:
        asker.send(octets)
    codes = dict(reply[1:2] + reply[0:1] for reply in (asker.receive(3) for _ in requests) if reply)
    assert codes == {number: ACCEPT if number % 2 else REJECT for number in range(200)}
    assert time.monotonic() - began < 2
    assert len(old.requests) == len(set(old.users())) == 200


def test_more_than_256_wait_at_several_sockets(rig: Rig, old: OldServer) -> None:
    """THREATS B5, on the other side."""
    forward(rig, "patient")
    go_on = threading.Event()
    old.answer = lambda request: go_on.wait(10) and decide(request)  # type: ignore[assignment, return-value]
    askers = [rig.client(source=CALM), rig.client(source=CALM)]
    try:
        for number, asker in itertools.product(range(150), askers):
            asker.send(access_request("bob", PASSWORD, secret=SECRET, identifier=number))
            if number % 10 == 9:  # the server's receive buffer does not hold them all
                rig.wait_until(lambda: len(old.requests) >= 2 * number + 1)  # noqa: B023 - over when the loop goes on
        rig.wait_until(lambda: len(old.requests) == 300)
        assert len(old.sources) == 2
        assert rig.metric("logins_forwarded_now") == 300
    finally:
        go_on.set()
    for asker in askers:
        replies = [asker.receive(5) for _ in range(150)]
        assert [reply[0] for reply in replies if reply] == [ACCEPT] * 150
    assert rig.metric("logins_forwarded_now") == 0


def test_beyond_the_limit_the_stalest_gives_way(rig: Rig, old: OldServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radius_edge.forwarding.MAX_FORWARDED_TO_ONE", 3)
    forward(rig, "patient")
    old.answer = silence
    asker = rig.client()
    rig.edge._authentication._forwarder._waiting_for.clear()
    for number in range(5):
        asker.send(access_request(f"user{number}", PASSWORD, secret=SECRET, identifier=number))
        rig.wait_until(lambda: len(old.requests) == number + 1)  # noqa: B023 - it is over when the loop goes on
    given_up = [asker.receive(1), asker.receive(1)]
    assert [(reply[0], reply[1]) for reply in given_up if reply] == [(REJECT, 0), (REJECT, 1)]
    assert last_login(rig)["reason"] == "upstream_overload"
    for _ in range(3):
        assert asker.receive(5) is not None
    rig.edge._authentication._forwarder._waiting_for.clear()


def test_an_edge_that_stops_rejects_who_waits_and_leaves_no_socket(old: OldServer) -> None:
    old.answer = silence
    settings = (upstream("old", old.port, timeout_ms=40_000),)
    with Rig(client(timeout_seconds=40), arguments=("--drain-seconds", "1"), upstreams=settings) as rig_2:
        forward(rig_2, "old")
        asker = rig_2.client()
        asker.send(access_request("bob", PASSWORD, secret=SECRET))
        rig_2.wait_until(lambda: rig_2.metric("logins_forwarded_now") == 1)
        rig_2.stop()
        octets = asker.receive(5)
        assert octets is not None
        assert octets[0] == REJECT


# What is counted and written


def test_it_is_counted_and_logged_with_the_login_id_and_no_secret(rig: Rig) -> None:
    forwarded = rig.metric("upstream_forwarded_total", upstream="old")
    answered = rig.metric("upstream_answered_total", upstream="old")
    log_in(rig)
    login, line = last_login(rig), rig.log_lines("forwarded")[-1]
    assert (login["outcome"], login["upstream"]) == ("accept", "old")
    assert (line["login_id"], line["upstream"], line["answer"]) == (login["login_id"], "old", "accept")
    assert rig.metric("upstream_forwarded_total", upstream="old") == forwarded + 1
    assert rig.metric("upstream_answered_total", upstream="old") == answered + 1
    text = rig.log_text() + rig.http("/metrics")[1]
    for secret in (SECRET.decode(), UPSTREAM_SECRET.decode(), PASSWORD, "old password"):
        assert secret not in text
    assert "bob" not in rig.http("/metrics")[1]


def test_an_outage_of_the_old_server_is_no_outage_of_the_backend(rig: Rig, old: OldServer) -> None:
    old.answer = silence
    assert log_in(rig, source=HASTY).code == REJECT
    assert rig.metric("backend_outage") == 0
    rig.backend.fault = changed(outcome="accept")
    assert rig.client().log_in("alice", "000000").code == ACCEPT  # type: ignore[union-attr]
    rig.backend.fault = None
