"""The wire, from outside: THREATS A1 to A14, A15 in memory, A16 to A21, A24, A25, A26."""

import os
import time

import pytest

from radius_edge.gateway.response import whole_response
from radius_edge.protocol.reasons import DiscardReason
from tests.fakes.edge_configuration import OLD_SECRET, SECRET, client
from tests.fakes.radius_client import (
    ACCEPT,
    REJECT,
    RadiusClient,
    access_request,
    accounting_request,
    attribute,
    hidden,
    packet,
)
from tests.integration.edge.conftest import AUTO_PINNED, HASTY, LAX, ROTATING, STRANGER, STRICT
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import response

pytestmark = pytest.mark.integration

SILENCE = 0.15  # long enough for a reply over loopback, which takes 1 ms
WRONG_SECRET = b"not-the-shared-secret-at-all"
GOOD = access_request("alice", "123456", secret=SECRET)


def is_silent(rig: Rig, octets: bytes, reason: str, *, source: str = AUTO_PINNED, port: str = "auth_port") -> None:
    """Nothing comes back, the reason is counted, the backend was not asked."""
    before, asked = rig.metric("packets_discarded_total", reason=reason), len(rig.backend.logins)
    sender = rig.client(source=source, port=port)
    sender.send(octets)
    assert sender.receive(SILENCE) is None
    assert rig.metric("packets_discarded_total", reason=reason) == before + 1
    assert len(rig.backend.logins) == asked


def with_length(octets: bytes, length: int) -> bytes:
    return octets[:2] + length.to_bytes(2) + octets[4:]


@pytest.mark.parametrize("octets", [b"", b"\1", GOOD[:19], GOOD + bytes(60_000)], ids=["0", "1", "19", "60 kB"])
def test_a1_datagrams_of_impossible_size_are_met_with_silence(rig: Rig, octets: bytes) -> None:
    is_silent(rig, octets, "malformed")


@pytest.mark.parametrize("length", [0, 19, len(GOOD) + 1, 4097, 65_535])
def test_a2_an_impossible_length_is_met_with_silence(rig: Rig, length: int) -> None:
    is_silent(rig, with_length(GOOD, length), "length")


def test_a3_padding_changes_nothing(rig: Rig) -> None:
    sender, request = rig.client(), access_request("alice", "123456", secret=SECRET)
    sender.send(request + b"padding")
    octets = sender.receive(2)
    assert octets is not None
    assert octets[0] == ACCEPT


@pytest.mark.parametrize("broken", [b"\1\0", b"\1\1", b"\1\xff", b"\0\3x", b"\1"])
def test_a4_a_broken_attribute_is_met_with_silence(rig: Rig, broken: bytes) -> None:
    is_silent(rig, packet(1, broken, secret=SECRET, signed=False), "attr")


def test_a5_too_many_attributes_are_met_with_silence(rig: Rig) -> None:
    is_silent(rig, access_request("alice", "123456", secret=SECRET, more=attribute(33, b"x") * 201), "too_many")


@pytest.mark.parametrize("code", [0, 2, 3, 4, 5, 11, 40, 43, 255])
def test_a6_other_codes_are_met_with_silence(rig: Rig, code: int) -> None:
    is_silent(rig, packet(code, attribute(1, b"alice"), secret=SECRET), "code")


def test_a8_a_stranger_is_met_with_silence_and_one_line_a_minute(rig: Rig) -> None:
    for _ in range(3):
        is_silent(rig, GOOD, "unknown_client", source=STRANGER)
    lines = [line for line in rig.log_lines("discarded") if line["source_ip"] == STRANGER]
    assert [line["reason"] for line in lines] == ["unknown_client"]


def test_a9_a_wrong_secret_with_message_authenticator_is_met_with_silence_and_a_hint(rig: Rig) -> None:
    for _ in range(2):
        is_silent(rig, access_request("alice", "123456", secret=WRONG_SECRET), "bad_ma", source=STRICT)
    lines = [line for line in rig.log_lines("discarded") if line["source_ip"] == STRICT and line["reason"] == "bad_ma"]
    assert len(lines) == 1
    assert lines[0]["client"] == "strict"
    assert lines[0]["hint"] == "secret mismatch?"


def test_a10_a_wrong_secret_without_message_authenticator_is_rejected_without_asking(rig: Rig) -> None:
    sender = rig.client(source=LAX)
    for _ in range(50):
        request = access_request("alice", "123456", secret=WRONG_SECRET, signed=False)
        reply = sender.ask(request)
        assert reply is not None
        assert reply.code == REJECT
    assert len(rig.backend.logins) <= 1  # one garbage text in thousands is valid UTF-8


def test_a11_a_missing_message_authenticator_is_met_with_silence_where_it_is_required(rig: Rig) -> None:
    unsigned = access_request("alice", "123456", secret=SECRET, signed=False)
    is_silent(rig, unsigned, "ma_missing", source=STRICT)


def test_a12_a_bad_message_authenticator_is_met_with_silence(rig: Rig) -> None:
    is_silent(rig, GOOD[:-1] + bytes((GOOD[-1] ^ 1,)), "bad_ma")
    short = packet(1, attribute(1, b"alice") + attribute(80, bytes(15)), secret=SECRET, signed=False)
    is_silent(rig, short, "bad_ma")
    is_silent(rig, access_request("alice", "1", secret=SECRET, more=attribute(80, bytes(16))), "bad_ma")


def test_a13_the_shape_of_blastradius_is_met_with_silence(rig: Rig) -> None:
    request = access_request("alice", "123456", secret=SECRET, signed=False, more=attribute(33, b"state"))
    is_silent(rig, request, "proxy_state", source=LAX)


@pytest.mark.parametrize("code", ["123456", "000000"])
def test_a14_every_reply_is_signed_and_repeats_proxy_state_in_order(rig: Rig, code: str) -> None:
    states = [os.urandom(size) for size in (1, 253, 253, 17)]
    more = b"".join(attribute(33, state) + attribute(26, b"\0\0\0\1ab") for state in states)
    reply = rig.client().log_in("alice", code, more=more)
    assert reply is not None
    assert reply.values(33) == states


def test_a14_a_request_full_of_proxy_state_is_answered_within_4096_octets(rig: Rig) -> None:
    fill = attribute(33, bytes(range(253))) * 15
    reply = rig.client().log_in("alice", "123456", more=fill)
    assert reply is not None
    assert len(reply.values(33)) == 15
    rig.backend.extra = {"attributes": [["Class", "x" * 253]] * 8}
    reply = rig.client().log_in("alice", "123456", more=fill)
    assert reply is not None
    assert reply.code == ACCEPT
    assert len(reply.values(33)) == 15  # the policy's attributes give way to them
    assert reply.values(25) == []


def test_a15_who_has_sent_message_authenticators_must_go_on(rig: Rig) -> None:
    here, elsewhere = "127.0.1.7", "127.0.1.8"
    unsigned = access_request("alice", "123456", secret=SECRET, signed=False)
    before = rig.client(source=here).ask(unsigned)
    assert before is not None
    assert rig.client(source=here).log_in("alice", "123456") is not None
    again = access_request("alice", "123456", secret=SECRET, signed=False)
    is_silent(rig, again, "ma_downgrade", source=here)
    assert rig.client(source=elsewhere).ask(again) is not None


@pytest.mark.parametrize(("port", "code"), [("auth_port", 2), ("acct_port", 5)])
def test_a16_status_server_is_answered_at_once_without_the_backend(rig: Rig, port: str, code: int) -> None:
    request, asked = packet(12, b"", secret=SECRET), len(rig.backend.questions)
    start = time.monotonic()
    reply = rig.client(port=port).ask(request)
    assert time.monotonic() - start < 0.1
    assert reply is not None
    assert reply.code == code
    assert [kind for kind, _ in reply.attributes] == [80]
    assert len(rig.backend.questions) == asked


@pytest.mark.parametrize("port", ["auth_port", "acct_port"])
def test_a17_status_server_without_proof_is_met_with_silence(rig: Rig, port: str) -> None:
    is_silent(rig, packet(12, b"", secret=SECRET, signed=False), "ma_missing", source=LAX, port=port)
    is_silent(rig, packet(12, b"", secret=WRONG_SECRET), "bad_ma", source=LAX, port=port)


def test_a15_an_eap_packet_promises_nothing_for_pap(rig: Rig) -> None:
    """EAP carries a Message-Authenticator always (RFC 3579 section 3.2), so it says nothing about this device."""
    here = "127.0.1.9"
    eap = packet(1, attribute(1, b"alice") + attribute(79, b"\2\1\0\x0a\1alice"), secret=SECRET)
    rejected = rig.client(source=here).ask(eap)
    assert rejected is not None
    assert rejected.code == REJECT
    unsigned = access_request("alice", "123456", secret=SECRET, signed=False)
    answered = rig.client(source=here).ask(unsigned)
    assert answered is not None
    assert answered.code == ACCEPT


@pytest.mark.parametrize("credential", [attribute(79, b"\2\1\0\x0a\1alice"), b""], ids=["EAP", "no password"])
def test_a18_what_is_no_protocol_of_ours_is_rejected_with_a_clear_line(rig: Rig, credential: bytes) -> None:
    name = f"user-{os.urandom(4).hex()}".encode()
    reply = rig.client().ask(packet(1, attribute(1, name) + credential, secret=SECRET))
    assert reply is not None
    assert reply.code == REJECT
    [line] = [line for line in rig.log_lines("login") if line["user_name"] == name.decode()]
    assert str(line["hint"]).startswith("protocol must be PAP")
    assert rig.backend.logins == []


@pytest.mark.parametrize(
    ("credential", "protocol"),
    [
        (attribute(3, bytes(17)), "chap"),
        (attribute(3, bytes(17)) + attribute(60, bytes(16)), "chap"),
        (attribute(26, (311).to_bytes(4) + attribute(11, bytes(8)) + attribute(1, b"\0\1" + bytes(48))), "mschap"),
        (attribute(26, (311).to_bytes(4) + attribute(11, bytes(16)) + attribute(25, bytes(50))), "mschapv2"),
    ],
    ids=["CHAP", "CHAP with challenge", "MS-CHAP", "MS-CHAPv2"],
)
def test_a18_a_challenge_response_is_put_to_the_backend(rig: Rig, credential: bytes, protocol: str) -> None:
    reply = rig.client().ask(packet(1, attribute(1, b"alice") + credential, secret=SECRET))
    assert reply is not None
    assert reply.code == REJECT
    asked = rig.backend.logins[-1].message["credential"]
    assert isinstance(asked, dict)
    assert list(asked) == [protocol]


def test_a19_two_names_or_passwords_or_protocols_are_rejected(rig: Rig) -> None:
    authenticator = os.urandom(16)
    name, password = attribute(1, b"alice"), attribute(2, hidden(b"123456", authenticator, SECRET))
    for attributes in (password, name * 2 + password, name + password * 2, name + password + attribute(3, bytes(17))):
        request = packet(1, attributes, secret=SECRET, authenticator=authenticator)
        reply = rig.client().ask(request)
        assert reply is not None
        assert reply.code == REJECT
    assert rig.backend.logins == []


@pytest.mark.parametrize("signed", [True, False])
def test_a20_a_password_that_is_no_text_never_reaches_the_backend(rig: Rig, signed: bool) -> None:
    authenticator = os.urandom(16)
    texts = (b"", bytes(16), bytes(128), b"12\x00456", b"123456\xff", b"\xff" * 16)
    values = [*map(bytes, (0, 15, 144)), *(hidden(text, authenticator, SECRET) for text in texts)]
    passwords = [attribute(2, value) for value in values]
    sender = rig.client(source=LAX)
    for number, password in enumerate(passwords):
        attributes = attribute(1, b"alice") + password + attribute(32, b"a name to be long enough")
        request = packet(1, attributes, secret=SECRET, authenticator=authenticator, signed=signed, identifier=number)
        reply = sender.ask(request)
        assert reply is not None, number
        assert reply.code == REJECT
    assert rig.backend.logins == []


def test_a21_careless_attributes_do_not_decide_a_login(rig: Rig) -> None:
    more = attribute(5, b"\0\1") + attribute(4, b"\1") + attribute(26, b"\0") + attribute(26, (9).to_bytes(4) + b"\1")
    reply = rig.client().log_in("alice", "123456", more=more)
    assert reply is not None
    assert reply.code == ACCEPT
    assert rig.backend.logins[-1].message["nas"] == {}


def test_a22_a_state_goes_to_the_backend_as_it_came(rig: Rig) -> None:
    rig.client().log_in("alice", "000000", more=attribute(24, b"\xffopaque"))
    assert rig.backend.logins[-1].message["state"] == "_29wYXF1ZQ"


def test_a24_accounting_is_acknowledged_once_proven_and_logged_once(rig: Rig) -> None:
    session = os.urandom(4).hex().encode()
    attributes = attribute(40, (1).to_bytes(4)) + attribute(44, session) + attribute(33, b"hop")
    request = accounting_request(attributes, secret=SECRET)
    sender = rig.client(port="acct_port")
    replies = [sender.ask(request, message_authenticator=False) for _ in range(3)]
    assert all(reply is not None and reply.code == 5 and reply.values(33) == [b"hop"] for reply in replies)
    [line] = [line for line in rig.log_lines("accounting") if line["session"] == session.decode()]
    assert line["status"] == "Start"
    is_silent(rig, accounting_request(attributes, secret=WRONG_SECRET), "bad_authenticator", port="acct_port")
    is_silent(rig, request, "code")
    is_silent(rig, GOOD, "code", port="acct_port")


def test_a25_an_unproven_packet_never_gets_a_longer_answer(rig: Rig) -> None:
    is_silent(rig, packet(1, attribute(1, b"a"), secret=SECRET, signed=False), "amplification", source=LAX)
    rig.backend.extra = {"outcome": "reject", "reply_message": "x" * 500}
    request = access_request("a", "1", secret=SECRET, signed=False)
    reply = rig.client(source=LAX).ask(request)
    assert reply is not None
    assert len(reply.octets) <= len(request)


def test_a26_a_probe_is_answered_at_once_from_every_address(rig: Rig) -> None:
    for source in (AUTO_PINNED, HASTY):
        start = time.monotonic()
        reply = rig.client(source=source).log_in("fakeusername", "probe")
        assert time.monotonic() - start < 1
        assert reply is not None
        assert reply.code == REJECT


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
@pytest.mark.parametrize("signed", [True, False])
def test_both_secrets_of_a_rotation_log_in(rig: Rig, secret: bytes, signed: bool) -> None:
    reply = rig.client(secret, ROTATING).log_in("alice", "123456", signed=signed)
    assert reply is not None
    assert reply.code == ACCEPT


def test_a_dual_stack_socket_serves_both_families_and_ipv4_looks_like_ipv4() -> None:
    clients = (client("four", "127.0.0.1/32"), client("six", "::1/128"))
    with Rig(*clients, arguments=("--listen", "::")) as rig:
        for source, name in (("127.0.0.1", "four"), ("::1", "six")):
            sender = RadiusClient((source, int(str(rig.listening["auth_port"]))), SECRET, source)
            reply = sender.log_in("alice", "123456")
            sender.close()
            assert reply is not None
            assert reply.code == ACCEPT
            message = rig.backend.logins[-1].message
            assert (message["client"], message["source_ip"]) == (name, source)


def test_what_the_backend_is_asked(rig: Rig) -> None:
    more = attribute(32, b"vpn-1") + attribute(31, b"198.51.100.7")
    rig.client(source=STRICT).log_in("CORP\\álice", "123 456", more=more)
    question = rig.backend.logins[-1]
    message = question.message
    assert question.method == "POST"
    assert question.path == "/v1/logins"
    assert question.headers["host"] == "api.example.test"
    assert question.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert message["username"] == "CORP\\álice"
    assert message["credential"] == {"pap": "123 456"}
    assert message["nas"] == {"NAS-Identifier": "vpn-1", "Calling-Station-Id": "198.51.100.7"}
    assert (message["client"], message["source_ip"], message["config_revision"]) == ("strict", STRICT, "1")
    assert message["ma"] == "valid"
    assert 1000 < int(str(message["deadline_ms"])) <= 1750


def test_every_reason_to_discard_is_a_metric_value_of_its_own() -> None:
    assert len({reason.value for reason in DiscardReason}) == len(DiscardReason)


def test_attributes_of_the_policy_are_written_by_name_and_what_is_unknown_is_an_alarm(rig: Rig) -> None:
    rig.backend.extra = {"attributes": [["No-Such-Attribute", "x"], ["Class", "staff"], ["Fortinet-Group-Name", "vpn"]]}
    for _ in range(2):
        reply = rig.client().log_in("alice", "123456")
        assert reply is not None
        assert reply.code == ACCEPT
        assert reply.values(25) == [b"staff"]
        assert reply.values(26) == [(12356).to_bytes(4) + attribute(1, b"vpn")]
    assert rig.metric("reply_attributes_left_out_total", reason="unknown") == 2
    [alarm] = [line for line in rig.log_lines("alarm") if line["reason"] == "reply_attribute_left_out"]
    assert alarm["attribute"] == "No-Such-Attribute"


def test_the_usual_answers_are_read_the_short_way(rig: Rig) -> None:
    """As those of the real backend are; else these tests and the soak would show the long way only."""
    assert whole_response(response(200, b"{}"), 100) is not None
    for _ in range(2):
        reply = rig.client().log_in("alice", "123456")
        assert reply is not None
        assert reply.code == ACCEPT
    assert rig.edge._authentication._questions.answers._known
