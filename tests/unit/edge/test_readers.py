"""Every reader of the wire against any octets: it gives a value or its own error, and nothing else."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from mfa.contract import LoginRequest, MessageAuthenticatorPolicy
from radius_edge.protocol import attributes as attr
from radius_edge.protocol.access_request import Ask, Discard, RejectNow, decide
from radius_edge.protocol.accounting import accounting_secret
from radius_edge.protocol.accounting_record import read_accounting
from radius_edge.protocol.errors import PacketError, ReplyError
from radius_edge.protocol.mppe import read_key
from radius_edge.protocol.nas import nas_attributes
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.radius_client import RadiusClient
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.status_server import answer_status_server
from tests.fakes.edge_configuration import OLD_SECRET, SECRET, client
from tests.fakes.radius_client import attribute, packet

EXAMPLES = int(os.environ.get("ROUNDS", "20")) * 10
CLIENTS = [
    RadiusClient(
        client(
            secrets=(SECRET, OLD_SECRET),
            require_message_authenticator=policy,
            chap_without_message_authenticator_until=until,
        )
    )
    for policy in MessageAuthenticatorPolicy
    for until in (None, 2_000_000_000)
]
NOW = 1_700_000_000.0

microsoft = st.tuples(st.sampled_from([1, 2, 3, 4, 11, 25, 27, 200]), st.sampled_from([0, 1, 8, 16, 49, 50, 51, 68]))
vendor_value = st.one_of(
    st.binary(max_size=249),
    st.lists(microsoft, max_size=3).map(
        lambda pairs: (311).to_bytes(4) + b"".join(attribute(kind, bytes(size)) for kind, size in pairs)
    ),
)
one_attribute = st.one_of(
    st.tuples(st.sampled_from([1, 2, 3, 24, 33, 60, 70, 79, 103, *range(4, 50)]), st.binary(max_size=130)),
    st.tuples(st.just(3), st.binary(min_size=17, max_size=17)),
    st.tuples(st.just(2), st.binary(min_size=16, max_size=16)),
    st.tuples(st.just(1), st.just(b"alice")),
    st.tuples(st.just(26), vendor_value.filter(lambda value: len(value) <= 253)),
)
requests = st.builds(
    lambda pairs, code, signed, authenticator: packet(
        code,
        b"".join(attribute(kind, value) for kind, value in pairs)[:3900],
        secret=SECRET,
        signed=signed,
        authenticator=authenticator,
    ),
    st.lists(one_attribute, max_size=8),
    st.sampled_from([1, 1, 1, 4, 12, 2, 0]),
    st.booleans(),
    st.binary(min_size=16, max_size=16),
)


def readable(octets: bytes) -> Packet | None:
    try:
        return read_packet(octets)
    except PacketError:
        return None


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(st.binary(max_size=300), requests), st.sampled_from(CLIENTS), st.booleans())
def test_any_packet_is_discarded_rejected_or_asked(octets: bytes, by: RadiusClient, pinned: bool) -> None:
    read = readable(octets)
    if read is None:
        return
    decision = decide(read, by, pinned=pinned, now=NOW)
    assert isinstance(decision, Discard | RejectNow | Ask)
    if isinstance(decision, Ask):
        asked = LoginRequest(
            login_id=bytes(16),
            nonce=bytes(16),
            client="corp",
            config_revision="1",
            source_ip="10.0.0.1",
            message_authenticator=decision.message_authenticator,
            nas=nas_attributes(read),
            username=decision.user_name,
            credential=decision.credential,
            state=decision.state,
            deadline_ms=1000,
        )
        assert LoginRequest.from_json(asked.to_json()) == asked, "the backend must be able to read what we send"


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.one_of(st.binary(max_size=300), requests))
def test_the_other_readers_end_as_well(octets: bytes) -> None:
    read = readable(octets)
    if read is None:
        return
    secrets = CLIENTS[0].secrets
    accounting_secret(read, secrets)
    answer_status_server(read, secrets, accounting=True)
    read_accounting(read, client="corp", config_revision="1", source_ip="10.0.0.1", now=NOW)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.binary(max_size=300))
def test_a_hidden_key_is_read_or_refused(octets: bytes) -> None:
    try:
        key = read_key(octets, bytes(16), SharedSecret(SECRET))
    except ReplyError:
        return
    assert len(key) < len(octets)


@given(st.binary(max_size=600), st.integers(0, 600))
def test_whole_attributes_are_never_cut(octets: bytes, room: int) -> None:
    written = b"".join(
        attribute(25, octets[at : at + 253]) for at in range(0, len(octets), 253) if octets[at : at + 253]
    )
    kept = attr.whole_attributes(written, room)
    assert len(kept) <= room
    assert written.startswith(kept)
    at = 0
    while at < len(kept):
        at += kept[at + 1]
    assert at == len(kept)
