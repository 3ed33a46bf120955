"""Signing in to the enrolment API: a complete MFA, through the same books as a login by RADIUS.

One user has one counter, one lock and one shield before the directory, whichever door somebody stands at; so a sign-in
is a login of a client that no edge has. A realm with a directory asks for its password and a code; without one the code
alone proves too little to change anything. A bypass code opens no portal: an administrator's word for a time must not
become a factor for ever.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from ipaddress import ip_network
from typing import Final

from mfa.contract.clients import EdgeClient
from mfa.contract.credentials import PapCredential
from mfa.contract.login import LOGIN_ID_OCTETS, NONCE_OCTETS, LoginRequest, MessageAuthenticatorState, Outcome
from mfa.domain.configuration import CODE_TEST, PORTAL, ClientMode, ClientPolicy, UserNameRules
from mfa.domain.policy import FactorKind
from mfa.domain.proofs import CodeProof
from mfa.domain.reasons import RejectReason
from mfa.domain.sessions import SessionKind
from mfa.domain.typed_login import is_password
from mfa.domain.typed_text import TypedCode, TypedWord, read_typed_text
from mfa.domain.user_names import Alias, NameRefusedError, Realm, read_name
from mfa.errors import GatehouseError, InvalidInputError
from mfa.ports import (
    AuditTrail,
    ChallengeStore,
    Clock,
    Directory,
    EnrollmentSession,
    LoginStore,
    PasswordTryStore,
    Pause,
    Random,
    SubscriberIndex,
    Vault,
)
from mfa.recovery_ports import RecoveryCodeStore
from mfa.services.challenges import Challenges
from mfa.services.configuration import ClientInForce
from mfa.services.enrollment_errors import CodeTestRefusedError, SignInRefusedError
from mfa.services.enrollment_realms import Realms
from mfa.services.enrollment_sessions import Claimant as SessionClaimant
from mfa.services.enrollment_sessions import EnrollmentSessions, OpenedSession
from mfa.services.login_attempts import LoginAttempts, Reserved
from mfa.services.login_codes import LoginCodes
from mfa.services.login_decision import Decision, record, rejected
from mfa.services.login_facts import Claimant, Login, begin_login
from mfa.services.login_passwords import LoginPasswords
from mfa.services.login_proof import Shown
from mfa.services.login_recovery import LoginRecovery
from mfa.services.password_check import PasswordCheck
from mfa.services.request_limits import RequestLimits

DEADLINE_MS: Final = 8_000  # the function has 15 s
_FACTORS: Final = (FactorKind.CODE, FactorKind.RECOVERY_CODE)  # a code by message is for the client that asked for it
HOLD_SECONDS: Final = 1.0  # every refusal takes so long, whatever it was


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRequest:
    """``password`` as it was typed; None if none was. ``code`` is whatever stood in its field."""

    username: str
    password: str | None = field(repr=False)
    code: str = field(repr=False)
    source_ip: str
    client: str = PORTAL


class PortalSignIn:
    def __init__(
        self,
        *,
        sessions: EnrollmentSessions,
        realms: Realms,
        limits: RequestLimits,
        index: SubscriberIndex,
        logins: LoginStore,
        recovery_codes: RecoveryCodeStore,
        directory: Directory,
        password_tries: PasswordTryStore,
        challenges: ChallengeStore,
        vault: Vault,
        clock: Clock,
        random: Random,
        pause: Pause,
        audit: AuditTrail,
    ) -> None:
        self._sessions = sessions
        self._realms = realms
        self._limits = limits
        self._index = index
        self._recovery_codes = recovery_codes
        self._directory = directory
        self._password_tries = password_tries
        self._challenge_store = challenges
        self._vault = vault
        self._clock = clock
        self._random = random
        self._pause = pause
        self._audit = audit
        self._attempts = LoginAttempts(logins=logins, codes=LoginCodes(vault), clock=clock)

    def sign_in(self, wanted: SignInRequest) -> OpenedSession:
        """Raises SignInRefusedError, TooManyRequestsError, RealmMissingError."""
        started = self._clock.now()
        self._limits.of_address("sign-in", wanted.source_ip)
        realms = self._realms.all()
        alias = _alias(wanted.username, realms)
        about = wanted.username if alias is None else repr(alias)
        self._limits.about_user("sign-in", about, wanted.source_ip)
        return self._opened(wanted, realms, alias, started)

    def again(self, claimant: SessionClaimant, password: str | None, code: str, source_ip: str) -> OpenedSession:
        """The same for the user of an open session, which ends. It has a count of its own: what strangers try with the
        user's name, or from the user's address, keeps nobody from removing a factor of theirs."""
        started = self._clock.now()
        self._limits.by_user("sign-in-again", claimant.user_id)
        main = self._sessions.subscriber(claimant).aliases[0]
        wanted = SignInRequest(username=main.name, password=password, code=code, source_ip=source_ip)
        return self._opened(wanted, self._realms.all(), main, started, replaced=claimant.session)

    def try_code(self, claimant: SessionClaimant, code: str, source_ip: str) -> str:
        """The id of the factor that would have opened a login with that code, which is used up by it.

        Whoever holds a session tries codes by the same books as whoever logs in. A recovery code is none to try out.
        Raises InvalidInputError, CodeTestRefusedError, TooManyRequestsError."""
        if not isinstance(read_typed_text(code), TypedCode):
            raise InvalidInputError("not-a-code", "code must be 6 or 8 digits, as the app or the token shows them")
        started, alias = self._clock.now(), self._sessions.subscriber(claimant).aliases[0]
        self._limits.by_user("code-test", claimant.user_id)
        realm = next((one for one in self._realms.all() if one.name == alias.realm), None) or Realm(alias.realm)
        wanted = SignInRequest(username=alias.name, password=None, code=code, source_ip=source_ip, client=CODE_TEST)
        decision = self._decided(wanted, replace(realm, directory=None), alias, started)
        if decision.factor_id is None or (decision.outcome, decision.user_id) != (Outcome.ACCEPT, claimant.user_id):
            self._pause(max(0.0, started + HOLD_SECONDS - self._clock.now()))
            raise CodeTestRefusedError
        return decision.factor_id

    def _opened(
        self,
        wanted: SignInRequest,
        realms: tuple[Realm, ...],
        alias: Alias | None,
        started: float,
        *,
        replaced: EnrollmentSession | None = None,
    ) -> OpenedSession:
        realm = next((one for one in realms if alias is not None and one.name == alias.realm), realms[0])
        decision = self._decided(wanted, realm, alias, started)
        if decision.outcome is not Outcome.ACCEPT or decision.user_id is None:
            self._pause(max(0.0, started + HOLD_SECONDS - self._clock.now()))
            raise SignInRefusedError
        kind = SessionKind.LOOK if realm.directory is None else SessionKind.SIGNED_IN
        return self._sessions.open(decision.user_id, kind, replaced)

    def _decided(self, wanted: SignInRequest, realm: Realm, alias: Alias | None, started: float) -> Decision:
        """One record, as of any login; a fault is the caller's to answer, after it is recorded."""
        request = self._request(wanted)
        try:
            decision = self._decision(request, wanted, realm, alias, started)
        except GatehouseError as error:
            decision = rejected(RejectReason.UNAVAILABLE, fault=f"{type(error).__name__}: {error}")
            self._audit.login_decided(record(request, decision, self._clock.now() - started, None))
            raise
        self._audit.login_decided(record(request, decision, self._clock.now() - started, None))
        return decision

    def _decision(
        self, request: LoginRequest, wanted: SignInRequest, realm: Realm, alias: Alias | None, started: float
    ) -> Decision:
        if alias is None:
            return rejected(RejectReason.NAME_REFUSED)
        shown = _shown(wanted, realm)
        if isinstance(shown, RejectReason):
            return rejected(shown, user_id=self._index.find(alias))
        claimant = Claimant(
            request=request,
            client=ClientInForce(policy=_policy(realm), realm=realm, realms=(realm,)),
            alias=alias,
            user_id=self._index.find(alias),
            started=started,
            deadline=started + DEADLINE_MS / 1000,
            client_waits_until=started + DEADLINE_MS / 1000,
        )
        login = begin_login(self._vault, claimant, shown, factors=_FACTORS, account=None)
        reserved = self._attempts.reserve(login)
        return reserved if isinstance(reserved, Decision) else self._proven(login, shown, reserved)

    def _proven(self, login: Login, shown: Shown, reserved: Reserved) -> Decision:
        if shown.recovery_code is not None:
            return self._recovery.decide(login, shown.recovery_code, reserved)
        if shown.proof is None:  # _shown made it
            raise AssertionError("neither a code nor a recovery code")
        if shown.password is not None:
            return self._passwords.code_and_password(login, shown.password, shown.proof, reserved)
        checked = self._attempts.check_code(login, shown.proof, reserved)
        if isinstance(checked, Decision):
            return checked
        accepted = login.accepted(factor_id=checked.accepted.factor_id)
        return self._attempts.accept(login, reserved, checked.accepted, accepted)

    def _request(self, wanted: SignInRequest) -> LoginRequest:
        """Each is its own: what comes again over HTTP is tried again."""
        return LoginRequest(
            login_id=self._random.octets(LOGIN_ID_OCTETS),
            nonce=self._random.octets(NONCE_OCTETS),
            client=wanted.client,
            config_revision="",
            source_ip=wanted.source_ip,
            message_authenticator=MessageAuthenticatorState.ABSENT,
            nas={},
            username=wanted.username,
            credential=PapCredential(wanted.code),
            deadline_ms=DEADLINE_MS,
        )

    @cached_property
    def _recovery(self) -> LoginRecovery:
        return LoginRecovery(
            attempts=self._attempts,
            codes=self._recovery_codes,
            passwords=lambda: self._passwords,
            vault=self._vault,
            audit=self._audit,
            admits_bypass=False,
        )

    @cached_property
    def _passwords(self) -> LoginPasswords:
        check = PasswordCheck(
            directory=self._directory,
            tries=self._password_tries,
            vault=self._vault,
            clock=self._clock,
            pause=self._pause,
        )
        challenges = Challenges(store=self._challenge_store, vault=self._vault)
        return LoginPasswords(
            attempts=self._attempts,
            check=check,
            challenges=challenges,
            prompted=_never,
            messaged=_never,
            called=_never,
        )


def _alias(username: str, realms: tuple[Realm, ...]) -> Alias | None:
    try:
        return read_name(username, realms, UserNameRules())
    except NameRefusedError:
        return None


def _shown(wanted: SignInRequest, realm: Realm) -> Shown | RejectReason:
    """The password is looked at only where there is somebody to ask about it."""
    password = None
    if realm.directory is not None:
        if not wanted.password or not is_password(wanted.password):
            return RejectReason.PASSWORD_MISSING
        password = wanted.password.encode()
    match read_typed_text(wanted.code):
        case TypedCode(digits):
            return Shown(password=password, proof=CodeProof(digits))
        case TypedWord(code=str(code)):
            return Shown(password=password, recovery_code=code)
        case TypedWord():
            return RejectReason.FACTOR_NOT_OFFERED
        case _:
            return RejectReason.NOT_A_CODE


def _policy(realm: Realm) -> ClientPolicy:
    """No edge has such a client, so nobody knows its secret: it is none."""
    edge = EdgeClient(
        name=PORTAL, networks=(ip_network("127.0.0.1/32"),), secrets=(b"no packet is ever signed",), timeout_seconds=8,
        retries=0,
    )  # fmt: skip
    return ClientPolicy(edge=edge, realm=realm.name, mode=ClientMode.PASSWORD_AND_FACTOR)


def _never(_login: Login, _reserved: Reserved) -> Decision:
    raise AssertionError("nobody signs in by a prompt or a message")
