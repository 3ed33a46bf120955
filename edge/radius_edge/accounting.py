"""The accounting port: an authenticated Accounting-Request is acknowledged once the backend has stored it.

Nothing is sent for any fault: a client keeps what was not acknowledged and sends it again (RFC 2866 section 2). So a
backend that is away loses no record. Status-Server is answered at once.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from functools import partial
from typing import Final

from mfa.contract.accounting import AccountingRequest
from radius_edge.backend import AccountingQuestion, Backend
from radius_edge.clients import Sender
from radius_edge.gateway.faults import Fault
from radius_edge.protocol import attributes as attr
from radius_edge.protocol import codes
from radius_edge.protocol.accounting import accounting_secret
from radius_edge.protocol.accounting_record import read_accounting
from radius_edge.protocol.duplicates import Address, DuplicateCache, Entry, Verdict
from radius_edge.protocol.reasons import DiscardReason
from radius_edge.protocol.replies import accounting_response
from radius_edge.protocol.shared_secret import SharedSecret
from radius_edge.protocol.status_server import answer_status_server
from radius_edge.reception import Arrival, Reception
from radius_edge.sockets import UdpPort

MAX_WAITING: Final = 5_000
STATUS_NAMES: Final = {1: "Start", 2: "Stop", 3: "Interim-Update", 7: "Accounting-On", 8: "Accounting-Off"}


class RecordInWait:
    """One request on its way to the backend."""

    __slots__ = (
        "address",
        "authenticator",
        "entry",
        "identifier",
        "port",
        "proxy_states",
        "question",
        "secret",
        "sender",
    )

    def __init__(self, arrival: Arrival, entry: Entry, secret: SharedSecret) -> None:
        packet = arrival.packet
        self.sender: Sender = arrival.sender
        self.address: Address = arrival.address
        self.port: UdpPort = arrival.port
        self.entry = entry
        self.secret = secret
        self.identifier = packet.identifier
        self.authenticator = packet.authenticator
        self.proxy_states = packet.written(attr.PROXY_STATE)
        self.question: AccountingQuestion | None = None


class Accounting:
    """Serves any number of sockets."""

    def __init__(self, reception: Reception, backend: Backend, most_waiting: int = MAX_WAITING) -> None:
        self._reception = reception
        self._metrics = reception.metrics
        self._backend = backend
        self._duplicates = DuplicateCache()
        self._waiting: OrderedDict[RecordInWait, None] = OrderedDict()
        self._most_waiting = most_waiting
        self._all_answered: asyncio.Event | None = None

    async def all_answered(self) -> None:
        """For draining: returns when no record waits."""
        if self._waiting:
            self._all_answered = asyncio.Event()
            await self._all_answered.wait()

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
            self._status_server(arrival)
        elif code == codes.ACCOUNTING_REQUEST:
            self._accounting_request(arrival)
        else:
            self._reception.discard(DiscardReason.CODE, arrival)

    def _status_server(self, arrival: Arrival) -> None:
        answer = answer_status_server(arrival.packet, arrival.sender.client.secrets, accounting=True)
        if isinstance(answer, DiscardReason):
            self._reception.discard(answer, arrival)
            return
        arrival.port.send(answer, arrival.address)
        self._metrics.count("status_server_total", "port", "accounting")

    def _accounting_request(self, arrival: Arrival) -> None:
        packet = arrival.packet
        secret = accounting_secret(packet, arrival.sender.client.secrets)
        if secret is None:
            self._reception.discard(DiscardReason.BAD_REQUEST_AUTHENTICATOR, arrival)
            return
        digest = hashlib.sha256(packet.octets).digest()
        verdict, reply = self._duplicates.look_up(
            arrival.address, packet.identifier, packet.authenticator, digest, arrival.at
        )
        if verdict is not Verdict.NEW:
            self._duplicate(verdict, reply, arrival)
            return
        record = read_accounting(
            packet,
            client=arrival.sender.client.name,
            config_revision=arrival.configuration.revision,
            source_ip=arrival.sender.source_ip,
            now=time.time(),
        )
        if record is None:
            self._reception.discard(DiscardReason.ACCOUNTING_MALFORMED, arrival)
            return
        entry = self._duplicates.begin(arrival.address, packet.identifier, packet.authenticator, digest, proven=True)
        self._store(RecordInWait(arrival, entry, secret), record, arrival.at)

    def _duplicate(self, verdict: Verdict, reply: bytes | None, arrival: Arrival) -> None:
        if verdict is Verdict.DIFFERS:
            self._reception.discard(DiscardReason.DUPLICATE_DIFFERS, arrival)
            return
        self._metrics.count("duplicates_total", "became", "answered_again" if reply else "awaited")
        if reply is not None:
            arrival.port.send(reply, arrival.address)

    def _store(self, waiting: RecordInWait, record: AccountingRequest, now: float) -> None:
        """Bounded: the stalest makes room. It was not acknowledged, so its client will send it again."""
        if len(self._waiting) >= self._most_waiting:
            stalest = next(iter(self._waiting))
            self._reception.shed(stalest.sender)
            self._give_up(stalest)
        self._waiting[waiting] = None
        deadline = now + waiting.sender.client.answer_within
        try:
            waiting.question = self._backend.store(record, deadline, partial(self._answered, waiting, record))
        except Exception:
            self._give_up(waiting)
            raise

    def _answered(self, waiting: RecordInWait, record: AccountingRequest, fault: Fault | None) -> None:
        waiting.question = None
        if waiting not in self._waiting:
            return
        if fault is None:
            self._acknowledge(waiting)
            self._log_stored(record)
            return
        self._give_up(waiting)
        self._metrics.count("accounting_refused_total", "reason", fault)
        self._reception.rationed.write(
            "alarm",
            f"accounting_{fault}",
            "backend",
            time.monotonic(),
            hint="accounting is not stored: clients keep it",
        )

    def _acknowledge(self, waiting: RecordInWait) -> None:
        octets = accounting_response(waiting.identifier, waiting.authenticator, waiting.secret, waiting.proxy_states)
        now, remember = time.monotonic(), waiting.sender.client.remember_seconds
        if self._duplicates.finish(waiting.entry, octets, now, remember):
            waiting.port.send(octets, waiting.address)
        self._end(waiting)
        self._metrics.count("accounting_total")

    def _give_up(self, waiting: RecordInWait) -> None:
        """As if it had never come: its retransmission asks the backend anew."""
        self._duplicates.abandon(waiting.entry)
        if waiting.question is not None:
            self._backend.forget(waiting.question)
        self._end(waiting)

    def _end(self, waiting: RecordInWait) -> None:
        self._waiting.pop(waiting, None)
        if self._all_answered is not None and not self._waiting:
            self._all_answered.set()

    def _log_stored(self, record: AccountingRequest) -> None:
        self._reception.log.write(
            "accounting",
            client=record.client,
            source_ip=record.source_ip,
            status=STATUS_NAMES.get(record.status, "other"),
            session=record.session_id,
            user_name=record.username,
        )
