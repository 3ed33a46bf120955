"""FreeRADIUS as the old server: what it decides reaches the client, by every protocol."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from mfa.domain import ms_chap
from mfa.domain.md4 import md4
from radius_edge.protocol.mppe import read_key
from radius_edge.protocol.shared_secret import SharedSecret
from tests.fakes.edge_configuration import SECRET, UPSTREAM_SECRET, client, upstream
from tests.fakes.old_freeradius import SERVER, OldFreeRadius, old_freeradius
from tests.fakes.radius_client import ACCEPT, REJECT, RadiusClient, access_request
from tests.integration.edge.rig import Rig
from tests.integration.edge.stub_backend import Question, login_answer, on_logins, response
from tests.integration.edge.test_forwarding import chap, closed_port, forward
from tests.integration.edge.test_ms_chap import (
    AUTHENTICATOR_CHALLENGE,
    PEER_CHALLENGE,
    ms_chap_2,
    of_microsoft,
    response_2,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.freeradius,
    pytest.mark.skipif(SERVER is None, reason="FreeRADIUS' server (Debian: freeradius) is not installed"),
]
PASSWORD = "an old password, longer than one block"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldFreeRadius]:
    with old_freeradius(tmp_path_factory.mktemp("old"), UPSTREAM_SECRET, {"alice": PASSWORD, "bob": "p"}) as server:
        yield server


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OldFreeRadius]:
    """As it was before CVE-2024-3596 was known."""
    folder = tmp_path_factory.mktemp("unsigned")
    with old_freeradius(folder, UPSTREAM_SECRET, {"alice": PASSWORD}, signs=False) as server:
        yield server


@pytest.fixture(scope="module")
def rig(old: OldFreeRadius, unsigned: OldFreeRadius) -> Iterator[Rig]:
    upstreams = (
        upstream("old", old.port),
        upstream("spare", closed_port(), old.port, timeout_ms=5_000),
        upstream("strict", unsigned.port),
        upstream("lenient", unsigned.port, require_message_authenticator=False),
        upstream("mistaken", old.port, secret=b"not what the server has"),
    )
    with Rig(client(timeout_seconds=3), upstreams=upstreams) as running:
        forward(running, "old")
        yield running


@pytest.fixture
def asker(rig: Rig) -> RadiusClient:
    forward(rig, "old")
    return rig.client()


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, ACCEPT), ("wrong", REJECT)])
def test_pap(asker: RadiusClient, password: str, code: int) -> None:
    reply = asker.log_in("alice", password)
    assert reply is not None
    assert reply.code == code
    if code == ACCEPT:
        assert (reply.values(25), reply.values(11), reply.values(18)) == ([b"old"], [b"vpn"], [b"welcome"])


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, ACCEPT), ("wrong", REJECT)])
def test_chap(asker: RadiusClient, password: str, code: int) -> None:
    reply = asker.ask(chap(password, signed=True))
    assert reply is not None
    assert reply.code == code


@pytest.mark.parametrize(("password", "code"), [(PASSWORD, ACCEPT), ("wrong", REJECT)])
def test_ms_chap_2_with_the_servers_proof_and_keys(asker: RadiusClient, password: str, code: int) -> None:
    response = response_2("alice", password)
    octets = ms_chap_2("alice", response)
    reply = asker.ask(octets)
    assert reply is not None
    assert reply.code == code
    found = of_microsoft(reply)
    if code == REJECT:
        assert found[2].startswith(b"\x05E=691 R=")
        return
    challenge = ms_chap.challenge_hash(PEER_CHALLENGE, AUTHENTICATOR_CHALLENGE, b"alice")
    proof = ms_chap.authenticator_response(ms_chap.nt_hash(PASSWORD), response, challenge)
    assert found[26] == b"\x05" + proof.encode()
    keys = tuple(read_key(found[kind], octets[4:20], SharedSecret(SECRET)) for kind in (16, 17))
    assert keys == ms_chap.mppe_keys(ms_chap.nt_hash(PASSWORD), response)


@pytest.mark.parametrize("attribute", ["CHAP-Password", "MS-CHAP-Password", "User-Password"])
@pytest.mark.parametrize(("password", "answer"), [(PASSWORD, "Access-Accept"), ("wrong", "Access-Reject")])
@pytest.mark.skipif(shutil.which("radclient") is None, reason="radclient (freeradius-utils) is not installed")
def test_between_freeradius_own_client_and_its_server(
    rig: Rig, asker: RadiusClient, attribute: str, password: str, answer: str
) -> None:
    """MS-CHAP here is version 1, whose keys are hidden otherwise."""
    command = ["radclient", "-x", "-r", "1", "-t", "3", f"127.0.0.1:{rig.listening['auth_port']}", "auth"]
    given = f'User-Name=alice,{attribute}="{password}",Message-Authenticator=0x00'
    done = subprocess.run(
        [*command, SECRET.decode()], input=given, capture_output=True, text=True, timeout=20, check=False
    )
    assert f"Received {answer}" in done.stdout
    if attribute == "MS-CHAP-Password" and answer == "Access-Accept":
        (keys,) = re.findall("MS-CHAP-MPPE-Keys = 0x([0-9a-f]+)", done.stdout)
        assert keys[16:48] == md4(ms_chap.nt_hash(PASSWORD)).hex(), "after the LM key: the hash of the NT hash"


def test_replies_without_message_authenticator(rig: Rig, asker: RadiusClient) -> None:
    forward(rig, "strict")
    reply = asker.log_in("alice", PASSWORD)
    assert reply is not None
    assert reply.code == REJECT
    assert rig.log_lines("login")[-1]["reason"] == "upstream_bad_reply"
    forward(rig, "lenient")
    reply = asker.log_in("alice", PASSWORD)
    assert reply is not None
    assert reply.code == ACCEPT


def test_a_wrong_secret_is_a_reject(rig: Rig, asker: RadiusClient) -> None:
    forward(rig, "mistaken")
    reply = asker.log_in("alice", PASSWORD)
    assert reply is not None
    assert reply.code == REJECT


def test_the_second_server_decides_when_the_first_is_gone(rig: Rig, asker: RadiusClient) -> None:
    forward(rig, "spare")
    reply = asker.log_in("alice", PASSWORD)
    assert reply is not None
    assert reply.code == ACCEPT


def test_a_storm_of_200_logins(rig: Rig, old: OldFreeRadius, asker: RadiusClient) -> None:
    before = len(old.asked())
    for number in range(200):
        password = PASSWORD if number % 2 else "wrong"
        asker.send(access_request("alice", password, secret=SECRET, identifier=number))
    codes = dict(reply[1::-1] for reply in (asker.receive(3) for _ in range(200)) if reply)
    assert codes == {number: ACCEPT if number % 2 else REJECT for number in range(200)}
    assert len(old.asked()) == before + 200


def test_users_move_one_by_one_and_no_login_fails(rig: Rig, old: OldFreeRadius, asker: RadiusClient) -> None:
    """The backend knows some users and forwards the others; then the others are enrolled, too."""
    enrolled: set[str] = {"alice"}

    async def answer(question: Question, writer: object) -> None:
        known = question.message["username"] in enrolled
        members = {} if known else {"outcome": "forward", "upstream": "old"}
        writer.write(response(200, login_answer(question, members)))  # type: ignore[attr-defined]

    rig.backend.extra, rig.backend.fault = {}, on_logins(answer)
    try:
        typed = {"alice": "123456", "bob": "p"}
        for _ in range(3):
            for name, text in typed.items():
                reply = asker.log_in(name, text)
                assert reply is not None
                assert reply.code == ACCEPT
            enrolled.add("bob")
            typed["bob"] = "123456"
    finally:
        rig.backend.fault = None
    assert old.asked()[-1] == "bob"
