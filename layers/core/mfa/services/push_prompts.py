"""From a packet that asks for a prompt to the login that waits for it: a new one, its own, or one that it joins.

A phone call is a prompt as well: the same ledger, the same transaction, the same execution. A user has one open, of
either kind, and one ration.

The ledger is written first: it is the one place where all packets of a user meet, at whatever edge. Then the
transaction, then the execution that sends the prompt; each is done again by whoever finds it missing, so that a
function may die anywhere and the next packet goes on.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from math import ceil
from typing import Final

from mfa.contract.fields import base64url
from mfa.contract.login import MessageAuthenticatorState
from mfa.domain.factors import CodeFactors
from mfa.domain.login_transactions import FIRST_POLL_MS, LoginTransaction, TransactionState
from mfa.domain.phones import PhoneWay, chosen_phone
from mfa.domain.push import PUSH_NONCE_OCTETS, UNKNOWN_ADDRESS, PushApproval, PushPrompt, PushWait, number_context
from mfa.domain.push_ledger import Admitted, PushLedger, PushRequest, admit
from mfa.domain.rate_limit import TokenBuckets
from mfa.domain.reasons import RejectReason
from mfa.domain.typed_text import FactorWord, TypedWord
from mfa.errors import ConditionRefusedError, UnavailableError, UnreadableItemError
from mfa.ports import Clock, LoginTransactionStore, Random, Vault
from mfa.push_ports import PushDeviceStore, PushLedgerStore, PushStarter
from mfa.services.login_decision import Decision
from mfa.services.login_facts import Login
from mfa.services.same_login import what_belongs_together
from mfa.services.tickets import GOOD_AFTER_THE_END_SECONDS, Ticket, Tickets

MAX_ADMISSIONS: Final = 4  # refused this often, too many packets of one user come at once: fail closed
# Between a prompt's end and the edge's. An edge looks for the last time 0.75 s before its own (radius_edge.polling). By
# then the prompt must have ended, also where the question came late: what is approved after that, nobody hears.
POLL_SECONDS: Final = 1.0
LEAST_SECONDS: Final = 1.0  # a prompt that waits for less would ring in vain
# New prompts of one client at once, by one instance: everybody comes at nine. What rings nobody is not counted, or one
# name that is typed again and again would silence all others.
CLIENT_BURST: Final = 300
CLIENT_PER_SECOND: Final = 10.0
# An IP or MAC address, or a number that was called from: what holds a sentence is no address.
_ADDRESS: Final = re.compile(r"[0-9A-Fa-f.:+-]{1,64}")
NUMBER_DIGEST_OCTETS: Final = 8
_PLAIN: Final = TypedWord(FactorWord.PUSH)
_PLAIN_CALL: Final = TypedWord(FactorWord.PHONE)
_IN_THE_WORDS_OF_CALLS: Final = {
    RejectReason.PUSH_OPEN: RejectReason.CALL_OPEN,
    RejectReason.PUSH_ENDED: RejectReason.CALL_ENDED,
    RejectReason.PUSH_RATIONED: RejectReason.CALL_RATIONED,
    RejectReason.PUSH_MUTED: RejectReason.CALL_MUTED,
    RejectReason.PUSH_UNAVAILABLE: RejectReason.CALL_UNAVAILABLE,
}

type Asked = Callable[[str], PushPrompt | str]
"""What the login of that id asks: a prompt of a device, or the id of the number that is called."""


class PushPrompts:
    def __init__(
        self,
        *,
        ledgers: PushLedgerStore,
        transactions: LoginTransactionStore,
        devices: PushDeviceStore,
        starter: PushStarter,
        vault: Vault,
        clock: Clock,
        random: Random,
    ) -> None:
        self._ledgers = ledgers
        self._transactions = transactions
        self._devices = devices
        self._starter = starter
        self._vault = vault
        self._clock = clock
        self._random = random
        self._tickets = Tickets(vault)
        self._pace = TokenBuckets[str](burst=CLIENT_BURST, per_second=CLIENT_PER_SECOND)

    def open(self, login: Login, item: CodeFactors) -> str | RejectReason:
        """The id of the login whose prompt is this packet's, too; why there is none otherwise."""
        policy, word = login.claimant.policy, login.shown.word or _PLAIN
        device_id = _chosen(item.devices, word)
        if device_id is None:
            return RejectReason.NO_DEVICE
        if policy.push_approval is PushApproval.PASSKEY and not self._has_passkey(device_id):
            return RejectReason.PASSKEY_MISSING
        return self._opened(login, item, word, lambda login_id: self._prompt(login, login_id, device_id, word))

    def call(self, login: Login, item: CodeFactors) -> str | RejectReason:
        """The same for a call. Whether it may be placed is asked by whoever places it, just before."""
        word = login.shown.word or _PLAIN_CALL
        phone = chosen_phone(item.phones, word.device, PhoneWay.CALL)
        if phone is None:
            return RejectReason.NO_PHONE
        opened = self._opened(login, item, word, lambda _: phone.phone_id)
        return _IN_THE_WORDS_OF_CALLS.get(opened, opened) if isinstance(opened, RejectReason) else opened

    def _opened(self, login: Login, item: CodeFactors, word: TypedWord, asked: Asked) -> str | RejectReason:
        now, expires_at = self._clock.now(), _end(login)
        if now + LEAST_SECONDS > expires_at:
            return RejectReason.TOO_LATE
        admitted = self._admitted(login, item, word, now, expires_at)
        if isinstance(admitted, RejectReason):
            return admitted
        return self._begun(admitted, login, asked(admitted.login_id))

    def with_ticket(self, login: Login, decision: Decision, login_id: str) -> Decision:
        """What the edge asks with: for this packet, about that login."""
        return replace(decision, ticket=self._ticket(login, login_id), poll_after_ms=FIRST_POLL_MS)

    def _ticket(self, login: Login, login_id: str) -> str:
        claimant, shown = login.claimant, login.shown
        ticket = Ticket(
            login_id=claimant.request.login_id,
            nonce=claimant.request.nonce,
            transaction=login_id,
            client=claimant.request.client,
            role=claimant.role,
            expires_at=int(_end(login)) + GOOD_AFTER_THE_END_SECONDS,
            ms_chap=None if shown.word_proof is None else login.success(shown.word_proof, shown.word_text),
        )
        return self._tickets.seal(ticket)

    def _has_passkey(self, device_id: str) -> bool:
        device = self._devices.read(device_id)
        return device is not None and device.passkey is not None

    def _admitted(
        self, login: Login, item: CodeFactors, word: TypedWord, now: float, expires_at: float
    ) -> Admitted | RejectReason:
        request = self._request(login, item, word, now, expires_at)
        for _ in range(MAX_ADMISSIONS):
            admitted = self._asked_of(self._ledgers.read(item.user_id), request)
            if isinstance(admitted, RejectReason) or admitted.ledger is None:
                return admitted
            is_new = admitted.login_id == request.login_id
            if is_new and not self._pace.take(request.client, now):
                return RejectReason.RATE_LIMITED
            with suppress(ConditionRefusedError):  # another packet of the user came in between
                self._ledgers.save(admitted.ledger)
                return admitted
        raise UnavailableError("too many packets of one user ask for a prompt at once")

    def _asked_of(self, ledger: PushLedger, request: PushRequest) -> Admitted | RejectReason:
        """A copy of this packet may write ledger and login between our two reads. The ledger is written first: once
        the login is seen, it is read again to tell that from a prompt of long ago."""
        if ledger.last is None:
            return admit(ledger, None, request)
        found = self._transactions.read(list({ledger.last.login_id, request.login_id}))
        had_prompt = request.login_id in found
        if had_prompt and ledger.last.login_id != request.login_id:
            ledger = self._ledgers.read(ledger.user_id)
        last = None if ledger.last is None else _readable(found, ledger.last.login_id)
        return admit(ledger, last, request, had_prompt=had_prompt)

    def _request(self, login: Login, item: CodeFactors, word: TypedWord, now: float, expires_at: float) -> PushRequest:
        policy, request = login.claimant.policy, login.claimant.request
        return PushRequest(
            login_id=login.attempt.login_id,
            client=request.client,
            join_tag=self._vault.digest("push-join", what_belongs_together(login, word)),
            came_at=_came_at(login, now),
            now=now,
            expires_at=expires_at,
            number=None if word.number is None else self._number_digest(item.user_id, word.number),
            successes=item.throttle.successes,
            timeout_seconds=policy.edge.timeout_seconds,
            retries=policy.edge.retries,
            window_seconds=policy.replay_window_seconds,
        )

    def _number_digest(self, user_id: str, number: str) -> bytes:
        return self._vault.digest("push-number", f"{user_id}|{number}".encode())[:NUMBER_DIGEST_OCTETS]

    def _prompt(self, login: Login, login_id: str, device_id: str, word: TypedWord) -> PushPrompt:
        number = None if word.number is None else self._vault.seal(word.number.encode(), number_context(login_id))
        return PushPrompt(
            device_id=device_id,
            nonce=base64url(self._random.octets(PUSH_NONCE_OCTETS)),
            address=_address(login),
            approval=login.claimant.policy.push_approval,
            number=number,
        )

    def _begun(self, admitted: Admitted, login: Login, asked: PushPrompt | str) -> str | RejectReason:
        """A packet that joins finds the login there, but for a function that died: then it is made here, to the end
        that the ledger knows, since beyond that another prompt may be opened."""
        login_id = admitted.login_id
        transaction = _transaction(admitted, login, asked, self._clock.now())
        try:
            self._transactions.put(transaction)
        except ConditionRefusedError:
            found = self._read(login_id)
            if found is None:
                raise UnavailableError("a waiting login cannot be read") from None
            if (found.user_id, found.client) != (transaction.user_id, transaction.client):
                raise UnavailableError("a waiting login of this id is another's") from None
            transaction = found
        if transaction.state is not TransactionState.PENDING or transaction.sent_at is not None:
            return login_id
        return self._sent(transaction)

    def _sent(self, transaction: LoginTransaction) -> str | RejectReason:
        now = self._clock.now()
        try:
            self._starter.start(transaction.login_id, max(1, ceil(transaction.expires_at - now)))
        except UnavailableError:  # nobody is asked, so nobody must go on waiting
            reason = RejectReason.PUSH_UNAVAILABLE if transaction.phone_id is None else RejectReason.CALL_UNAVAILABLE
            with suppress(ConditionRefusedError):
                self._transactions.move(transaction.login_id, TransactionState.CANCELLED, now, reason)
            return reason
        return transaction.login_id

    def _read(self, login_id: str) -> LoginTransaction | None:
        return _readable(self._transactions.read([login_id]), login_id)


def _readable(found: Mapping[str, LoginTransaction | UnreadableItemError], login_id: str) -> LoginTransaction | None:
    transaction = found.get(login_id)
    return transaction if isinstance(transaction, LoginTransaction) else None


def _chosen(devices: Sequence[str], word: TypedWord) -> str | None:
    """``push`` asks the first, ``push2`` the second."""
    place = (word.device or 1) - 1
    return devices[place] if place < len(devices) else None


def _end(login: Login) -> float:
    """When the prompt ends: early enough for the answer to the last packet that it waits for. To the millisecond."""
    policy = login.claimant.policy
    more = policy.edge.retries if policy.push_wait is PushWait.ALL_RETRIES else 0
    longest = login.claimant.started + policy.prompt_hold_ms / 1000
    end = min(login.claimant.client_waits_until + more * policy.edge.timeout_seconds, longest)
    return round(end - POLL_SECONDS, 3)


def _came_at(login: Login, now: float) -> float:
    """When the packet reached its edge, by what the edge has left. A function that had to be started, or a directory
    that was asked first, must not make a client's retry look early."""
    within = login.claimant.policy.answer_within_seconds
    return round(min(now, max(now - within, login.claimant.client_waits_until - within)), 3)


def _address(login: Login) -> str:
    """Where the person is, as the client tells it; anybody may write it into a packet that nothing authenticates."""
    request = login.claimant.request
    told = request.nas.get("Calling-Station-Id", "")
    is_proven = request.message_authenticator is MessageAuthenticatorState.VALID
    return told if is_proven and _ADDRESS.fullmatch(told) else UNKNOWN_ADDRESS


def _transaction(admitted: Admitted, login: Login, asked: PushPrompt | str, now: float) -> LoginTransaction:
    claimant = login.claimant
    return LoginTransaction(
        login_id=admitted.login_id,
        client=claimant.request.client,
        user_id=login.attempt.user_id,
        username=claimant.request.username,
        source_ip=claimant.request.source_ip,
        config_revision=claimant.request.config_revision,
        created_at=round(now, 3),
        expires_at=admitted.expires_at,
        attributes=(*claimant.policy.reply_attributes, *login.attributes),
        hold_ms=claimant.policy.prompt_hold_ms,
        prompt=None if isinstance(asked, str) else asked,
        phone_id=asked if isinstance(asked, str) else None,
    )
