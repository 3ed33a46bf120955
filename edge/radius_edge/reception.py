"""What both ports do with a datagram before its code matters: who sent it, and is it a packet at all.

Every way out that is not an answer is a ``discard``: counted, and logged once a minute per source.
"""

import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from radius_edge.clients import Sender
from radius_edge.configuration import Configuration
from radius_edge.logs import LogLines, RationedLines, Scalar
from radius_edge.metrics import Metrics
from radius_edge.protocol.duplicates import Address
from radius_edge.protocol.errors import PacketError
from radius_edge.protocol.packet import Packet, read_packet
from radius_edge.protocol.reasons import DiscardReason
from radius_edge.sockets import UdpPort

_HINTS = {
    DiscardReason.BAD_MESSAGE_AUTHENTICATOR: "secret mismatch?",
    DiscardReason.BAD_REQUEST_AUTHENTICATOR: "secret mismatch?",
    DiscardReason.UNKNOWN_CLIENT: "no RADIUS client has this address in its networks",
    DiscardReason.MESSAGE_AUTHENTICATOR_MISSING: "this client or packet must carry a Message-Authenticator",
    DiscardReason.MESSAGE_AUTHENTICATOR_DOWNGRADE: "this source sent a Message-Authenticator before, and now none",
    DiscardReason.ACCOUNTING_MALFORMED: "an Accounting-Request must carry Acct-Status-Type",
    DiscardReason.PROXY_STATE: "Proxy-State without Message-Authenticator (CVE-2024-3596)",
    DiscardReason.AMPLIFICATION: "a Reject would be longer than this packet, and nothing proves its sender",
}


@dataclass(slots=True)
class Arrival:
    """A well-formed packet of a known client, and the configuration it will be served by. ``at``: time.monotonic."""

    configuration: Configuration
    sender: Sender
    packet: Packet
    address: Address
    port: UdpPort
    at: float


class Reception:
    """Shared by the ports of one edge. ``configuration`` is None until the first one is loaded."""

    def __init__(self, log: LogLines, metrics: Metrics) -> None:
        self.configuration: Configuration | None = None
        self.log = log
        self.metrics = metrics
        self.rationed = RationedLines(log)

    def receive(self, datagram: bytes, address: Address, port: UdpPort, now: float) -> Arrival | None:
        """None if the datagram is discarded here."""
        configuration, source_ip = self.configuration, address[0]
        if configuration is None:
            self._discarded(DiscardReason.NOT_CONFIGURED, source_ip, now)
            return None
        sender = configuration.clients.find(source_ip)
        if sender is None:
            self._discarded(DiscardReason.UNKNOWN_CLIENT, source_ip, now)
            return None
        try:
            packet = read_packet(datagram)
        except PacketError as error:
            self._discarded(error.reason, sender.source_ip, now, sender)
            return None
        return Arrival(configuration, sender, packet, address, port, now)

    def discard(self, reason: DiscardReason, arrival: Arrival) -> None:
        self._discarded(reason, arrival.sender.source_ip, arrival.at, arrival.sender)

    def shed(self, sender: Sender) -> None:
        """A login that had waited longest is given up to make room."""
        self._discarded(DiscardReason.OVERLOAD, sender.source_ip, time.monotonic(), sender)

    def alarm(self, reason: str, **fields: Scalar) -> None:
        """Something that a person should look at: counted each time, logged once a minute."""
        self.metrics.count("alarms_total", "alarm", reason)
        self.rationed.write("alarm", reason, reason, time.monotonic(), **fields)

    def every_alarm(self, reason: str, **fields: Scalar) -> None:
        """As ``alarm``, but logged each time: for what is rare, or must be accounted for one by one."""
        self.metrics.count("alarms_total", "alarm", reason)
        self.log.write("alarm", reason=reason, **fields)

    def broken(self, place: str, error: Exception) -> None:
        """An error of ours. Where it happened is logged, never its text: that could hold a password."""
        self.metrics.count("internal_errors_total", "place", place)
        frame = traceback.extract_tb(error.__traceback__)[-1:]
        where = f"{Path(frame[0].filename).name}:{frame[0].lineno}" if frame else place
        self.rationed.write("internal_error", place, where, time.monotonic(), where=where, error=type(error).__name__)

    def _discarded(self, reason: DiscardReason, source_ip: str, now: float, sender: Sender | None = None) -> None:
        self.metrics.count("packets_discarded_total", "reason", reason)
        self.rationed.write(
            "discarded",
            reason,
            source_ip,
            now,
            source_ip=source_ip,
            client=sender.client.name if sender else None,
            hint=_HINTS.get(reason),
        )
