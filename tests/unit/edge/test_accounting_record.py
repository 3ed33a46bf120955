"""What is told of an Accounting-Request: RFC 2866 section 5, RFC 2869 sections 5.1 to 5.3."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract.accounting import AccountingRequest
from radius_edge.protocol.accounting_record import read_accounting
from radius_edge.protocol.packet import read_packet
from tests.fakes.edge_configuration import SECRET
from tests.fakes.radius_client import accounting_request, attribute

NOW = 1_700_000_000.5
START = attribute(40, (1).to_bytes(4))


def number(kind: int, value: int) -> bytes:
    return attribute(kind, value.to_bytes(4))


def record(attributes: bytes) -> AccountingRequest | None:
    packet = read_packet(accounting_request(attributes, secret=SECRET))
    return read_accounting(packet, client="corp", config_revision="7", source_ip="10.0.0.1", now=NOW)


def test_a_full_record() -> None:
    attributes = (
        number(40, 3)
        + attribute(44, b"session-1")
        + attribute(1, "jürgen".encode())
        + attribute(32, b"vpn")
        + attribute(4, bytes((10, 0, 0, 9)))
        + number(55, 1_699_999_999)
        + number(41, 30)
        + number(46, 60)
        + number(42, 5)
        + number(52, 2)
        + number(43, 7)
        + attribute(8, bytes((192, 0, 2, 1)))
        + number(49, 1)
        + attribute(25, b"\xff\x00")
        + attribute(200, b"not ours")
    )
    assert record(attributes) == AccountingRequest(
        client="corp",
        config_revision="7",
        source_ip="10.0.0.1",
        nas="vpn",
        session_id="session-1",
        status=3,
        username="jürgen",
        event_time=1_699_999_999,
        exact_time=True,
        session_time=60,
        input_octets=5 + 2 * 2**32,
        output_octets=7,
        attributes={
            "NAS-Identifier": "vpn",
            "NAS-IP-Address": "10.0.0.9",
            "Framed-IP-Address": "192.0.2.1",
            "Acct-Terminate-Cause": "1",
            "Class": "0xff00",
        },
    )


def test_without_event_timestamp_the_delay_is_taken_off() -> None:
    for attributes, event_time in ((START, 1_700_000_000), (START + number(41, 30), 1_699_999_970)):
        found = record(attributes)
        assert found is not None
        assert (found.event_time, found.exact_time) == (event_time, False)


@pytest.mark.parametrize(
    ("attributes", "nas"),
    [
        (attribute(4, bytes((10, 0, 0, 9))), "10.0.0.9"),
        (attribute(95, bytes(15) + b"\1"), "::1"),
        (b"", "10.0.0.1"),
    ],
)
def test_the_nas_is_named_as_well_as_can_be(attributes: bytes, nas: str) -> None:
    found = record(START + attributes)
    assert found is not None
    assert found.nas == nas


@pytest.mark.parametrize("status", [b"", attribute(40, b"\1"), attribute(40, b"")])
def test_without_a_status_there_is_no_record(status: bytes) -> None:
    assert record(status + attribute(44, b"session")) is None


@given(st.lists(st.tuples(st.integers(1, 255), st.binary(max_size=253)), max_size=14))
def test_whatever_is_in_it_the_record_is_one_that_the_backend_takes(pairs: list[tuple[int, bytes]]) -> None:
    attributes = b"".join(attribute(kind, value) for kind, value in pairs if kind not in {40, 80})
    found = record(START + attributes)
    assert found is not None
    assert AccountingRequest.from_json(found.to_json()) == found
