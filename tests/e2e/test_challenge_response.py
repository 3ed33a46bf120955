"""CHAP, MS-CHAP and MS-CHAPv2 by radclient, through an edge and the deployed stack; and accounting the same way."""

import re
import secrets
import subprocess
from typing import Any

import pytest

from local import aws
from local.edges import Edge
from local.up import Gatehouse
from mfa.adapters.des import des
from mfa.domain import ms_chap
from tests.e2e.conftest import User
from tests.e2e.radclient import SECRET

pytestmark = [pytest.mark.e2e, pytest.mark.radclient]
CHALLENGE, PEER_CHALLENGE = bytes(range(16)), bytes(range(16, 32))


def send(edge: Edge, kind: str, *lines: str) -> str:
    """One packet with a Message-Authenticator where there can be one; what radclient printed."""
    port = edge.auth_port if kind == "auth" else edge.acct_port
    command = ["radclient", "-x", "-t", "10", "-r", "1", f"{edge.host}:{port}", kind, SECRET]
    done = subprocess.run(
        command,
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.stdout


def credential(protocol: str, user: str, code: str) -> list[str]:
    """As radclient wants it; MS-CHAPv2 it sends only ready-made (RFC 2548 section 2.3.2)."""
    if protocol != "mschapv2":
        return [f'{"CHAP-Password" if protocol == "chap" else "MS-CHAP-Password"} = "{code}"']
    challenge = ms_chap.challenge_hash(PEER_CHALLENGE, CHALLENGE, user.encode())
    response = ms_chap.nt_response(challenge, ms_chap.nt_hash(code), des)
    octets = bytes([1, 0]) + PEER_CHALLENGE + bytes(8) + response
    return [f"MS-CHAP-Challenge = 0x{CHALLENGE.hex()}", f"MS-CHAP2-Response = 0x{octets.hex()}"]


def log_in(edge: Edge, protocol: str, user: str, code: str) -> str:
    return send(
        edge, "auth", f'User-Name = "{user}"', *credential(protocol, user, code), "Message-Authenticator = 0x00"
    )


@pytest.mark.parametrize("protocol", ["chap", "mschap", "mschapv2"])
def test_a_code_is_accepted_once_by_its_response(gatehouse: Gatehouse, user: User, protocol: str) -> None:
    wrong, code = user.wrong_codes(1)[0], user.code()
    assert "Received Access-Reject" in log_in(gatehouse.edges[0], protocol, user.name, wrong)
    assert user.tries() == 1
    first = log_in(gatehouse.edges[0], protocol, user.name, code)
    assert "Received Access-Accept" in first
    assert "Received Access-Reject" in log_in(gatehouse.edges[1], protocol, user.name, code)
    assert ("MS-CHAP2-Success" in first) == (protocol == "mschapv2")
    assert "MPPE" not in first


def test_the_client_learns_that_the_server_knew_the_code(gatehouse: Gatehouse, user: User) -> None:
    code = user.code()
    answer = log_in(gatehouse.edges[0], "mschapv2", user.name, code)
    challenge = ms_chap.challenge_hash(PEER_CHALLENGE, CHALLENGE, user.name.encode())
    password_hash = ms_chap.nt_hash(code)
    response = ms_chap.nt_response(challenge, password_hash, des)
    expected = ms_chap.authenticator_response(password_hash, response, challenge)
    shown = re.search(r"MS-CHAP2-Success = 0x([0-9a-f]+)", answer)
    assert shown, answer
    assert bytes.fromhex(shown[1]) == bytes([1]) + expected.encode()


def test_b16_an_accounting_record_through_both_edges_is_stored_once(gatehouse: Gatehouse) -> None:
    session_id = secrets.token_hex(8)
    for delay in (0, 1):
        for edge in gatehouse.edges:
            answer = send(
                edge,
                "acct",
                'User-Name = "alice"',
                f'Acct-Session-Id = "{session_id}"',
                "Acct-Status-Type = Stop",
                f"Acct-Delay-Time = {delay}",
                "Acct-Session-Time = 60",
                'NAS-Identifier = "vpn-1"',
            )
            assert "Received Accounting-Response" in answer
    (item,) = stored(gatehouse, session_id)
    assert (item["status"]["N"], item["username"]["S"], item["nas"]["S"]) == ("2", "alice", "vpn-1")


def stored(gatehouse: Gatehouse, session_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = aws.client("dynamodb", gatehouse.emulator.url).scan(
        TableName=gatehouse.stack.table,
        FilterExpression="session_id = :s",
        ExpressionAttributeValues={":s": {"S": session_id}},
        ConsistentRead=True,
    )["Items"]
    return found
