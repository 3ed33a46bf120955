"""POST /logins: the question about one login, and what its answer means.

The octets are those that the contract's LoginRequest writes, and an answer means what its LoginResponse reads; but a
login costs a few joined texts and one look into a table instead of two messages of a dozen checked fields. Tests hold
both against the contract for whatever a packet can carry.
"""

import dataclasses
from json.encoder import encode_basestring as quoted  # what JSONEncoder(ensure_ascii=False) calls for every text
from typing import Final

from mfa.contract import ContractError, LoginRequest, LoginResponse, PapCredential
from mfa.contract.fields import base64url, encode_object, octets_of
from mfa.contract.login import LOGIN_ID_OCTETS, MAX_DEADLINE_MS, NONCE_OCTETS
from radius_edge.fail_mode import FailMode
from radius_edge.gateway.exchange import Exchange
from radius_edge.gateway.faults import Fault
from radius_edge.gateway.response import Response
from radius_edge.login import Login
from radius_edge.nonces import Nonces
from radius_edge.protocol.access_request import Ask
from radius_edge.protocol.nas import NasMembers, nas_attributes
from radius_edge.reception import Arrival

MAX_KNOWN: Final = 1_024
MAX_KNOWN_OCTETS: Final = 1_024  # of one; a bound of a megabyte in all
_NO_ID: Final = bytes(LOGIN_ID_OCTETS)
_ECHO_OCTETS: Final = len(f'{{"version":1,"login_id":"{base64url(_NO_ID)}","nonce":"{base64url(_NO_ID)}",')


class AnswerReader:
    """Reads answers strictly, and the usual ones only once.

    An answer begins like its question: version, login id, nonce. What comes after these means the same every time, so
    the strict reader's finding is kept, unless it belongs to one login: a state, a ticket, a proof.
    """

    def __init__(self) -> None:
        self._known: dict[bytes, LoginResponse] = {}

    def read(self, body: bytes, question: "LoginQuestion") -> LoginResponse | None:
        """None if this is no answer to this question. Ids are checked here; nobody needs those of the result."""
        if not question.echo or not body.startswith(question.echo):
            return _read_strictly(body, question)
        rest = body[_ECHO_OCTETS:]
        answer = self._known.get(rest)
        if answer is None:
            answer = _read_strictly(body, question)
            if answer is not None and len(rest) <= MAX_KNOWN_OCTETS:
                self._keep(rest, answer)
        return answer

    def _keep(self, rest: bytes, answer: LoginResponse) -> None:
        if answer.state is None and answer.ticket is None and answer.ms_chap is None:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[rest] = dataclasses.replace(answer, login_id=_NO_ID, nonce=_NO_ID)


class LoginQuestion(Exchange):
    """Tells the login its answer or the fault, once. ``fail_mode`` may answer in place of a fault."""

    __slots__ = ("_login", "_nonce", "_shared", "arrival", "ask", "echo", "fail_mode")
    resource = "logins"

    def __init__(self, shared: "LoginQuestions", login: Login, ask: Ask, arrival: Arrival) -> None:
        login.write_ids()
        super().__init__(arrival.at + arrival.sender.client.answer_within)
        self.fail_mode: FailMode | None = None
        self.echo = b""
        self._login = login
        self.ask = ask
        self.arrival = arrival
        self._nonce = shared.nonces.next()
        self._shared = shared

    @property
    def client(self) -> str:
        return self.arrival.sender.client.name

    def headers(self) -> str:
        return f"X-Amzn-Trace-Id: Root={self._login.trace_id}\r\n"

    def body(self, now: float) -> bytes:
        ask, arrival, credential = self.ask, self.arrival, self.ask.credential
        if isinstance(credential, PapCredential):
            written = f'{{"pap":{quoted(credential.text)}}}'
        else:
            written = encode_object(credential.to_message()).decode()
        state = f',"state":"{base64url(ask.state)}"' if ask.state is not None else ""
        octets = (
            f'{{"version":1,"login_id":"{self._login.login_id_text}","nonce":"{self._nonce}",'
            f'"client":{arrival.sender.quoted_client},"config_revision":{quoted(arrival.configuration.revision)},'
            f'"source_ip":"{arrival.sender.source_ip}","ma":"{ask.message_authenticator}",'
            f'"nas":{{{self._shared.nas.written(arrival.packet)}}},"username":{quoted(ask.user_name)},'
            f'"credential":{written},"deadline_ms":{left_ms(self.deadline, now)}{state}}}'
        ).encode()
        self.echo = octets[:_ECHO_OCTETS]
        return octets

    def request(self, now: float) -> LoginRequest:
        """The same question as a message."""
        ask, arrival = self.ask, self.arrival
        return LoginRequest(
            login_id=self._login.login_id,
            nonce=octets_of(self._nonce, "nonce", lowest=NONCE_OCTETS, highest=NONCE_OCTETS),
            client=arrival.sender.client.name,
            config_revision=arrival.configuration.revision,
            source_ip=arrival.sender.source_ip,
            message_authenticator=ask.message_authenticator,
            nas=nas_attributes(arrival.packet),
            username=ask.user_name,
            credential=ask.credential,
            state=ask.state,
            deadline_ms=left_ms(self.deadline, now),
        )

    def is_answered_by(self, answer: LoginResponse) -> bool:
        return answer.login_id == self._login.login_id and base64url(answer.nonce) == self._nonce

    def answered(self, response: Response) -> None:
        answer = self._shared.answers.read(response.body, self) if response.status == 200 else None
        self._login.answered(Fault.BAD_ANSWER if answer is None else answer)

    def failed(self, fault: Fault) -> None:
        mode = self.fail_mode
        self._login.answered(
            fault if mode is None else mode.instead_of(fault, self.faults, self.request(self.deadline))
        )


class LoginQuestions:
    """Makes them, and keeps what they share."""

    def __init__(self) -> None:
        self.nonces = Nonces()
        self.nas = NasMembers()
        self.answers = AnswerReader()

    def about(self, login: Login, ask: Ask, arrival: Arrival) -> LoginQuestion:
        return LoginQuestion(self, login, ask, arrival)


def left_ms(deadline: float, now: float) -> int:
    """Milliseconds until a deadline, within what the contract allows."""
    return max(1, min(MAX_DEADLINE_MS, int((deadline - now) * 1000)))


def _read_strictly(body: bytes, question: LoginQuestion) -> LoginResponse | None:
    try:
        answer = LoginResponse.from_json(body)
    except ContractError:
        return None
    return answer if question.is_answered_by(answer) else None
