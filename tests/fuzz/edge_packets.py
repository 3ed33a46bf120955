"""Coverage-guided fuzzing of everything that the edge reads from the wire. Not part of ``make test``.

    .venv/bin/python -m pip install atheris        # not in our lock files: it has no wheel for arm64
    PYTHONPATH=edge:layers/core:. .venv/bin/python -m tests.fuzz.edge_packets -max_total_time=600 [CORPUS_FOLDER]

An input is one octet that chooses a client's policy and one that says what is repaired (Length, Message-Authenticator,
Request Authenticator), then the datagram; without repair a fuzzer would hardly ever get past the digests. Anything
but a decision or the readers' own error is a crash. Without atheris, ``--random N`` tries N random inputs.
"""

import random
import sys

from mfa.contract import LoginRequest, MessageAuthenticatorPolicy
from radius_edge.protocol.access_request import Ask, decide
from radius_edge.protocol.accounting import accounting_secret, request_authenticator
from radius_edge.protocol.accounting_record import read_accounting
from radius_edge.protocol.errors import PacketError
from radius_edge.protocol.message_authenticator import ZEROS
from radius_edge.protocol.nas import nas_attributes
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.status_server import answer_status_server
from tests.fakes.edge_configuration import client

NOW = 1_700_000_000.0
CLIENTS = [
    RadiusClient(client(require_message_authenticator=policy, chap_without_message_authenticator_until=until))
    for policy in MessageAuthenticatorPolicy
    for until in (None, 2_000_000_000)
]


def one_input(octets: bytes) -> None:
    if len(octets) < 22:
        return
    by = CLIENTS[octets[0] % len(CLIENTS)]
    try:
        packet = read_packet(repaired(octets[2:], octets[1], by))
    except PacketError:
        return
    decision = decide(packet, by, pinned=bool(octets[0] & 0x80), now=NOW)
    if isinstance(decision, Ask):
        check_question(packet, decision)
    accounting_secret(packet, by.secrets)
    answer_status_server(packet, by.secrets, accounting=False)
    read_accounting(packet, client="corp", config_revision="1", source_ip="10.0.0.1", now=NOW)


def repaired(datagram: bytes, what: int, by: RadiusClient) -> bytes:
    if what & 1:
        datagram = datagram[:2] + min(len(datagram), 4096).to_bytes(2) + datagram[4:4096]
    if what & 2:
        datagram = resigned(datagram, by)
    if what & 4:
        datagram = datagram[:4] + request_authenticator(datagram, by.secrets[0]) + datagram[20:]
    return datagram


def resigned(datagram: bytes, by: RadiusClient) -> bytes:
    try:
        at = read_packet(datagram).message_authenticator_at
    except PacketError:
        return datagram
    if not at:
        return datagram
    value = by.secrets[0].message_authenticator(datagram[:at] + ZEROS + datagram[at + 16 :])
    return datagram[:at] + value + datagram[at + 16 :]


def check_question(packet: Packet, ask: Ask) -> None:
    """The backend must be able to read what the edge would send."""
    request = LoginRequest(
        login_id=bytes(16),
        nonce=bytes(16),
        client="corp",
        config_revision="1",
        source_ip="10.0.0.1",
        message_authenticator=ask.message_authenticator,
        nas=nas_attributes(packet),
        username=ask.user_name,
        credential=ask.credential,
        state=ask.state,
        deadline_ms=1000,
    )
    if LoginRequest.from_json(request.to_json()) != request:
        raise AssertionError("a question changed on its way")


def main() -> None:
    if sys.argv[1:2] == ["--random"]:
        source = random.Random(1)
        for _ in range(int(sys.argv[2])):
            one_input(source.randbytes(source.randint(0, 200)))
        return
    import atheris  # noqa: PLC0415 - not installed by default, see above

    atheris.instrument_all()
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
