"""What an operator relies on: the trace of a login, what the kernel dropped, metrics without an agent."""

import json
import re
import socket

import pytest

from radius_edge.kernel_drops import dropped
from radius_edge.protocol.duplicates import Address
from radius_edge.sockets import UdpPort, UdpSocket
from tests.fakes.edge_configuration import SECRET
from tests.fakes.radius_client import access_request
from tests.integration.edge.rig import Rig

pytestmark = pytest.mark.integration


def test_a_login_carries_a_trace_id_that_the_log_line_names(rig: Rig) -> None:
    rig.client().log_in("alice", "123456")
    [question] = rig.backend.logins
    root = question.headers["x-amzn-trace-id"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", root)
    assert rig.log_lines("login")[-1]["trace_id"] == root.removeprefix("Root=")
    assert "x-amzn-trace-id" not in question.headers["authorization"]


def test_what_the_kernel_dropped_is_counted_for_our_sockets_only() -> None:
    def ignore(datagram: bytes, address: Address, port: UdpPort) -> None:
        """Never called: nobody reads."""

    ours, other = UdpSocket("127.0.0.1", 0, ignore), UdpSocket("127.0.0.1", 0, ignore)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        while dropped({other.inode}) == 0:
            for _ in range(1000):
                sender.sendto(bytes(4000), ("127.0.0.1", other.port))
    assert dropped({ours.inode}) == 0
    assert dropped({ours.inode, other.inode}) == dropped({other.inode}) > 0
    ours.close()
    other.close()


def test_the_receive_buffer_and_the_drops_are_shown(rig: Rig) -> None:
    assert rig.metric("receive_buffer_octets") == rig.listening["receive_buffer_octets"] > 100_000
    assert "\ngatehouse_edge_kernel_drops_total 0\n" in rig.http("/metrics")[1]


def test_a_line_of_metrics_holds_what_was_counted_since_the_last_and_no_name_of_a_user() -> None:
    with Rig() as rig:
        rig.client().log_in("canary-user", "123456")
        rig.client().log_in("canary-user", "000000")
        rig.client(source="127.0.0.99").send(access_request("alice", "1", secret=SECRET))
        rig.wait_until(lambda: rig.metric("packets_discarded_total", reason="unknown_client") == 1)
        rig._loop.call_soon_threadsafe(rig.edge._metric_lines.write)
        rig._loop.call_soon_threadsafe(rig.edge._metric_lines.write)
        first, second = rig.log_lines("metrics")
    [directive] = first["_aws"]["CloudWatchMetrics"]  # type: ignore[index]
    assert (directive["Namespace"], directive["Dimensions"], first["service"]) == ("Gatehouse", [["service"]], "edge")
    assert {metric["Name"] for metric in directive["Metrics"]} <= first.keys()
    counted = {name: first[f"edge_{name}"] for name in ("logins_accept", "logins_reject", "packets_discarded")}
    assert counted == {"logins_accept": 1, "logins_reject": 1, "packets_discarded": 1}
    assert (first["edge_packets_discarded_unknown_client"], first["edge_ready"]) == (1, 1)
    assert (second["edge_logins_accept"], second["edge_alarms"]) == (0, 0)
    assert "edge_packets_discarded_unknown_client" not in second
    assert "canary" not in json.dumps(first)


def test_an_error_in_a_callback_is_counted_and_its_text_is_not_shown(
    rig: Rig, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("canary-of-an-error-text")

    rig._loop.call_soon_threadsafe(broken)
    rig.wait_until(lambda: rig.metric("internal_errors_total", place="loop") == 1)
    assert rig.log_lines("internal_error")[-1]["error"] == "ZeroDivisionError"
    shown = capfd.readouterr()
    assert "canary-of-an-error-text" not in rig.log_text() + shown.out + shown.err
