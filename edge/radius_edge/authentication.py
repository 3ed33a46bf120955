"""The authentication port: Access-Request and Status-Server.

Silence for what proves nothing; for every other Access-Request exactly one signed reply, before its client's timeout.
"""

import asyncio
import time
from json.encoder import encode_basestring_ascii as quoted
from typing import Final

from mfa.contract import MessageAuthenticatorPolicy, MessageAuthenticatorState, Outcome
from radius_edge.answers import local_reject, reply_to, written
from radius_edge.backend import Backend
from radius_edge.clients import Sender
from radius_edge.configuration import Configuration
from radius_edge.deadlines import Deadlines
from radius_edge.forwarding import Forwarder
from radius_edge.gateway.faults import Fault
from radius_edge.login import Login, LoginAnswer, Reply
from radius_edge.login_question import LoginQuestion, LoginQuestions
from radius_edge.polling import Poller
from radius_edge.protocol import codes
from radius_edge.protocol.access_request import Ask, Decision, Discard, RejectNow, decide
from radius_edge.protocol.duplicates import Address, DuplicateCache, Verdict
from radius_edge.protocol.packet import Packet
from radius_edge.protocol.pins import PinnedSources
from radius_edge.protocol.reasons import DiscardReason, LocalRejectReason
from radius_edge.protocol.status_server import answer_status_server
from radius_edge.reception import Arrival, Reception
from radius_edge.reply_attributes import ReplyAttributes
from radius_edge.sockets import UdpPort
from radius_edge.waiting import WaitingLogins

OUTCOMES: Final = (Outcome.ACCEPT, Outcome.REJECT, Outcome.CHALLENGE, Outcome.DROP)
_HINTS: Final = {
    LocalRejectReason.PROTOCOL_NOT_SUPPORTED: "protocol must be PAP, CHAP, MS-CHAP or MS-CHAPv2, not EAP or another",
    LocalRejectReason.PROTOCOL_NOT_ALLOWED: "this client's configuration does not allow this protocol",
    LocalRejectReason.PASSWORD_MISSING: "protocol must be PAP, CHAP, MS-CHAP or MS-CHAPv2",
    LocalRejectReason.CHALLENGE_UNPROVEN: "CHAP and MS-CHAP need a Message-Authenticator: let the client send it",
    LocalRejectReason.MS_CHAP_WITHOUT_NT_RESPONSE: "the client sent a LAN Manager response only",
    LocalRejectReason.PASSWORD_NOT_TEXT: "secret mismatch?",
}


class Authentication:
    """Serves any number of sockets."""

    def __init__(self, reception: Reception, backend: Backend, deadlines: Deadlines) -> None:
        self._reception = reception
        self._log = reception.log
        self._metrics = reception.metrics
        self._backend = backend
        self._deadlines = deadlines
        self._duplicates = DuplicateCache()
        self._pins = PinnedSources()
        self._pins_seen: Configuration | None = None
        self._waiting = WaitingLogins()
        self._poller = Poller(backend, deadlines, self)
        self._reply_attributes = ReplyAttributes(self._cannot_write)
        self._questions = LoginQuestions()
        self._forwarder = Forwarder(reception, self)
        self._all_answered: asyncio.Event | None = None
        self._packets = self._metrics.counter("packets_total", "port", "authentication")
        self._outcomes = {outcome: self._metrics.counter("logins_total", "outcome", outcome) for outcome in OUTCOMES}

    @property
    def in_flight(self) -> int:
        return len(self._waiting)

    @property
    def pending(self) -> int:
        return self._poller.pending

    @property
    def forwarded_now(self) -> int:
        return len(self._forwarder)

    def close(self) -> None:
        self._forwarder.close()

    async def all_answered(self) -> None:
        """For draining: returns when nothing is in flight."""
        if self._waiting:
            self._all_answered = asyncio.Event()
            await self._all_answered.wait()

    def reject_all(self) -> None:
        """For the end of draining: whoever still waits hears that it was in vain."""
        now = time.monotonic()
        for login in self._waiting.all():
            self._send(login, local_reject(LocalRejectReason.STOPPING), now)

    def packet_received(self, datagram: bytes, address: Address, port: UdpPort) -> None:
        """Whatever one packet breaks, the next one is served."""
        now = time.monotonic()
        self._packets.value += 1
        try:
            arrival = self._reception.receive(datagram, address, port, now)
            if arrival is None:
                return
            if arrival.packet.code == codes.ACCESS_REQUEST:
                self._access_request(arrival)
            else:
                self._serve_other(arrival)
        except Exception as error:  # noqa: BLE001 - the last line of defence; counted and logged
            self._reception.broken("authentication", error)

    def _serve_other(self, arrival: Arrival) -> None:
        if arrival.packet.code == codes.STATUS_SERVER:
            self._status_server(arrival)
        else:
            self._reception.discard(DiscardReason.CODE, arrival)

    def _status_server(self, arrival: Arrival) -> None:
        answer = answer_status_server(arrival.packet, arrival.sender.client.secrets, accounting=False)
        if isinstance(answer, DiscardReason):
            self._reception.discard(answer, arrival)
            return
        arrival.port.send(answer, arrival.address)
        self._metrics.count("status_server_total", "port", "authentication")

    def _access_request(self, arrival: Arrival) -> None:
        packet, address = arrival.packet, arrival.address
        login_id = arrival.configuration.login_ids.login_id(arrival.sender.octets, packet.octets)
        verdict, reply = self._duplicates.look_up(
            address, packet.identifier, packet.authenticator, login_id, arrival.at
        )
        if verdict is not Verdict.NEW:
            self._duplicate(verdict, reply, arrival)
            return
        decision = self._decide(packet, arrival.sender)
        if isinstance(decision, Discard):
            self._reception.discard(decision.reason, arrival)
            return
        proven = decision.message_authenticator is MessageAuthenticatorState.VALID
        entry = self._duplicates.begin(address, packet.identifier, packet.authenticator, login_id, proven=proven)
        login = Login(self, arrival, decision, login_id, entry)
        if isinstance(decision, RejectNow):
            self._send(login, local_reject(decision.reason), arrival.at)
        else:
            self._ask(login, decision, arrival)

    def _duplicate(self, verdict: Verdict, reply: bytes | None, arrival: Arrival) -> None:
        if verdict is Verdict.DIFFERS:
            self._reception.discard(DiscardReason.DUPLICATE_DIFFERS, arrival)
            return
        self._metrics.count("duplicates_total", "became", "answered_again" if reply else "awaited")
        if reply is not None:
            arrival.port.send(reply, arrival.address)

    def _decide(self, packet: Packet, sender: Sender) -> Decision:
        client, now = sender.client, time.time()
        if client.policy is not MessageAuthenticatorPolicy.AUTO:
            return decide(packet, client, pinned=False, now=now)
        if self._reception.configuration is not self._pins_seen:
            self._follow_pins()
        moment = time.monotonic()
        pinned = not packet.message_authenticator_at and (
            sender.source_ip in client.pins or self._pins.holds(client.name, sender.source_ip, moment)
        )
        decision = decide(packet, client, pinned=pinned, now=now)
        # Only what becomes a login: EAP, which is rejected here, carries one always and promises nothing for PAP.
        if isinstance(decision, Ask) and decision.message_authenticator is MessageAuthenticatorState.VALID:
            self._pins.pin(client.name, sender.source_ip, moment)
        return decision

    def _follow_pins(self) -> None:
        """What an administrator has unpinned is forgotten here, too; what this edge has just learned is kept."""
        configuration, before = self._reception.configuration, self._pins_seen
        self._pins_seen = configuration
        if before is not None and configuration is not None:
            self._pins.forget(before.clients.pins - configuration.clients.pins)

    def _ask(self, login: Login, ask: Ask, arrival: Arrival) -> None:
        self._admit(login)
        try:
            login.question = question = self._questions.about(login, ask, arrival)
            self._backend.ask(question)
        except Exception as error:  # noqa: BLE001 - this packet must get its Reject whatever went wrong
            self._give_up("ask", error, login, arrival.at)

    # Logins in flight

    def _admit(self, login: Login) -> None:
        """Bounded: a stalest login makes room. Its client has waited longest and is the likeliest to be gone."""
        in_the_way = self._waiting.in_the_way(login.sender.client.name)
        if in_the_way is not None:
            self._reception.shed(in_the_way.sender)
            self._duplicates.abandon(in_the_way.packet.entry)
            self._end(in_the_way)
        self._waiting.add(login)

    def _end(self, login: Login) -> None:
        login.done = True
        if login.question is not None:
            self._backend.forget(login.question)
            login.question = None
        if login.ticket is not None:
            self._poller.end(login)
        if login.tick >= 0:
            self._deadlines.remove(login)
        self._waiting.remove(login)
        if self._all_answered is not None and not self._waiting:
            self._all_answered.set()

    # What the backend says

    def decided(self, login: Login, answer: LoginAnswer) -> None:
        now = time.monotonic()
        try:
            self._decided(login, answer, now)
        except Exception as error:  # noqa: BLE001 - as in packet_received; the login still ends
            self._give_up("answer", error, login, now)

    def _decided(self, login: Login, answer: LoginAnswer, now: float) -> None:
        question, login.question = login.question, None
        if login.ticket is not None:
            self._poller.end(login)
        elif (
            not isinstance(answer, Fault)
            and answer.outcome is Outcome.PENDING
            and self._poller.begin(login, answer, now)
        ):
            return
        elif (
            not isinstance(answer, Fault) and answer.outcome is Outcome.FORWARD and isinstance(question, LoginQuestion)
        ):
            self._forwarder.begin(login, question.ask, question.arrival, answer.upstream)
            return
        packet = login.packet
        reply = reply_to(answer, packet, self._reply_attributes.write)
        if reply is None:
            self._duplicates.finish(packet.entry, None, now, login.sender.client.remember_seconds)
            self._record(login, Reply(0, Outcome.DROP), now, sent=False)
            self._end(login)
            return
        hold = min(reply.hold_ms / 1000, login.sender.client.patience)
        if packet.arrived_at + hold > now:
            login.reply = reply
            self._deadlines.add(login, packet.arrived_at + hold)
        else:
            self._send(login, reply, now)

    def due(self, login: Login, now: float) -> None:
        try:
            if login.ticket is None:
                if login.reply is not None:
                    self._send(login, login.reply, now)
            elif login.packet.entry.superseded:  # its client has reused the Identifier and will not hear the answer
                self._send(login, local_reject(LocalRejectReason.SUPERSEDED), now)
            else:
                self._poller.due(login, now)
        except Exception as error:  # noqa: BLE001 - as above
            self._give_up("due", error, login, now)

    def patience_ended(self, login: Login, now: float) -> None:
        self._send(login, local_reject(LocalRejectReason.DEADLINE), now)

    def poll_failed(self, fault: Fault, now: float) -> None:  # noqa: ARG002 - alarms have a clock of their own
        self._metrics.count("polls_failed_total", "reason", fault)
        self._reception.alarm(f"poll_{fault}", hint="pending logins must wait longer")

    def forwarded(self, login: Login, reply: Reply) -> None:
        """Not held, whatever it is: docs/decisions/0021."""
        now = time.monotonic()
        try:
            self._send(login, reply, now)
        except Exception as error:  # noqa: BLE001 - as above
            self._give_up("forward", error, login, now)

    def forwarding_broke(self, login: Login, error: Exception) -> None:
        self._give_up("forward", error, login, time.monotonic())

    def _give_up(self, place: str, error: Exception, login: Login, now: float) -> None:
        """An error of ours is a Reject; if it came after the reply was sent, there is nothing left to say."""
        self._reception.broken(place, error)
        if not login.done:
            self._send(login, local_reject(LocalRejectReason.INTERNAL_ERROR), now)

    def _cannot_write(self, name: str, why: str) -> None:
        self._metrics.count("reply_attributes_left_out_total", "reason", why)
        hint = "the edge's dictionary has no such attribute" if why == "unknown" else "the value does not fit its type"
        self._reception.rationed.write(
            "alarm", "reply_attribute_left_out", name, time.monotonic(), attribute=name, hint=hint
        )

    # Replies

    def _send(self, login: Login, reply: Reply, now: float) -> None:
        packet = login.packet
        reply, octets = written(reply, packet, login.secret)
        wanted = self._duplicates.finish(packet.entry, octets, now, login.sender.client.remember_seconds)
        sent = wanted and packet.port.send(octets, packet.address)
        if not sent:
            self._metrics.count("replies_unsent_total", "reason", "network" if wanted else "superseded")
        self._end(login)
        self._record(login, reply, now, sent=sent)

    def _record(self, login: Login, reply: Reply, now: float, *, sent: bool) -> None:
        """The one line and the counts of a decision."""
        packet = login.packet
        self._outcomes[reply.outcome].value += 1
        self._metrics.observe_login(now - packet.arrived_at)
        reason = ""
        if reply.reason is not None:
            self._metrics.count("rejects_total", "reason", reply.reason)
            reason = f',"reason":"{reply.reason}"{_hint(reply.reason)}'
            self._warn_if_not_authorised(reply.reason)
        login.write_ids()
        if reply.upstream:
            reason += f',"upstream":{quoted(reply.upstream)}'
        unsent = "" if sent else ',"sent":false'
        self._log.line(
            f'"event":"login","outcome":"{reply.outcome}"{reason},{login.sender.log_members},'
            f'"source_port":{packet.address[1]},"identifier":{packet.identifier},"user_name":{quoted(login.user_name)},'
            f'"login_id":"{login.login_id_text}","message_authenticator":"{login.message_authenticator}",'
            f'"trace_id":"{login.trace_id}",'
            f'"duration_ms":{(now - packet.arrived_at) * 1000:.1f}{unsent}'
        )

    def _warn_if_not_authorised(self, reason: LocalRejectReason) -> None:
        if reason in {LocalRejectReason.BACKEND_REFUSED, LocalRejectReason.NO_CREDENTIALS}:
            self._reception.alarm(reason, hint="edge not authorised: check its role, credentials and clock")


def _hint(reason: LocalRejectReason) -> str:
    hint = _HINTS.get(reason)
    return f',"hint":"{hint}"' if hint else ""
