"""The accounting port: Accounting-Request is authenticated, acknowledged and logged; Status-Server is answered.

Nothing is stored yet, so the acknowledgement says no more than "received": README and docs say so.
"""

import hashlib
import time
from typing import Final

from radius_edge.clients import Sender
from radius_edge.protocol import attributes as attr
from radius_edge.protocol import codes
from radius_edge.protocol.accounting import accounting_secret
from radius_edge.protocol.duplicates import Address, DuplicateCache, Verdict
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.reasons import DiscardReason
from radius_edge.protocol.replies import accounting_response
from radius_edge.protocol.status_server import answer_status_server
from radius_edge.reception import Arrival, Reception
from radius_edge.sockets import UdpPort

STATUS_NAMES: Final = {1: "Start", 2: "Stop", 3: "Interim-Update", 7: "Accounting-On", 8: "Accounting-Off"}


class Accounting:
    """Serves any number of sockets."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._metrics = reception.metrics
        self._duplicates = DuplicateCache()

    def packet_received(self, datagram: bytes, address: Address, port: UdpPort) -> None:
        """Whatever one packet breaks, the next one is served."""
        now = time.monotonic()
        self._metrics.count("packets_total", "port", "accounting")
        try:
            arrival = self._reception.receive(datagram, address, port, now)
            if arrival is not None:
                self._serve(arrival)
        except Exception as error:  # noqa: BLE001 - the last line of defence; counted and logged
            self._reception.broken("accounting", error)

    def _serve(self, arrival: Arrival) -> None:
        code = arrival.packet.code
        if code == codes.STATUS_SERVER:
            answer = self._status_server(arrival)
        else:
            answer = self._acknowledge(arrival) if code == codes.ACCOUNTING_REQUEST else DiscardReason.CODE
        if isinstance(answer, DiscardReason):
            self._reception.discard(answer, arrival)
        else:
            arrival.port.send(answer, arrival.address)

    def _status_server(self, arrival: Arrival) -> bytes | DiscardReason:
        answer = answer_status_server(arrival.packet, arrival.sender.client.secrets, accounting=True)
        if not isinstance(answer, DiscardReason):
            self._metrics.count("status_server_total", "port", "accounting")
        return answer

    def _acknowledge(self, arrival: Arrival) -> bytes | DiscardReason:
        packet, client = arrival.packet, arrival.sender.client
        secret = accounting_secret(packet, client.secrets)
        if secret is None:
            return DiscardReason.BAD_REQUEST_AUTHENTICATOR
        digest = hashlib.sha256(packet.octets).digest()
        verdict, reply = self._duplicates.look_up(
            arrival.address, packet.identifier, packet.authenticator, digest, arrival.at
        )
        if verdict is Verdict.FINISHED and reply is not None:
            self._metrics.count("duplicates_total", "became", "answered_again")
            return reply
        if verdict is not Verdict.NEW:
            return DiscardReason.DUPLICATE_DIFFERS
        entry = self._duplicates.begin(arrival.address, packet.identifier, packet.authenticator, digest, proven=True)
        reply = accounting_response(packet.identifier, packet.authenticator, secret, packet.written(attr.PROXY_STATE))
        self._duplicates.finish(entry, reply, arrival.at, client.remember_seconds)
        self._record(packet, arrival.sender)
        return reply

    def _record(self, packet: Packet, sender: Sender) -> None:
        self._metrics.count("accounting_total")
        status = packet.first(attr.ACCT_STATUS_TYPE) or b""
        self._reception.log.write(
            "accounting",
            client=sender.client.name,
            source_ip=sender.source_ip,
            status=STATUS_NAMES.get(int.from_bytes(status), "other"),
            session=_shown(packet.first(attr.ACCT_SESSION_ID)),
            user_name=_shown(packet.first(attr.USER_NAME)),
        )


def _shown(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="backslashreplace")
