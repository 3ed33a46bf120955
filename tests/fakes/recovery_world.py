"""Recovery and bypass codes for the users of a LoginWorld, made by the services that make them."""

from mfa.domain.user_names import Alias, AliasKind
from mfa.ports import EnrollmentSession
from mfa.services.bypass_codes import BypassAdministration, BypassRequest, MadeBypass
from mfa.services.enrollment_realms import Realms
from mfa.services.enrollment_sessions import Claimant
from mfa.services.recovery_codes import RecoveryEnrollment
from tests.fakes.audit import RecordingAudit
from tests.fakes.login_world import REALM, LoginWorld
from tests.fakes.randomness import SeededRandom

ADMINISTRATOR = "arn:aws:iam::123456789012:user/ada"


def user_of(world: LoginWorld, username: str = "alice") -> str:
    user_id = world.store.index.find(Alias(REALM.name, AliasKind.SAM, username))
    assert user_id is not None
    return user_id


class RecoveryWorld:
    """``made`` is what the audit trail got of the making."""

    def __init__(self, world: LoginWorld) -> None:
        self._world = world
        self._random = SeededRandom()
        self.made = RecordingAudit()

    def enrollment(self) -> RecoveryEnrollment:
        world = self._world
        return RecoveryEnrollment(
            store=world.store.recovery, vault=world.vault, clock=world.clock, random=self._random, audit=self.made
        )

    def claimant(self, username: str = "alice") -> Claimant:
        factors = self._world.item(username)
        session = EnrollmentSession(digest=b"", user_id=factors.user_id, expires_at=2**40)
        return Claimant(factors=factors, session=session)

    def codes(self, username: str = "alice") -> tuple[str, ...]:
        return self.enrollment().renew(self.claimant(username)).codes

    def administration(self) -> BypassAdministration:
        world = self._world
        return BypassAdministration(
            store=world.store.recovery,
            subscribers=world.store.subscribers,
            realms=Realms(world.store.configurations),
            vault=world.vault,
            clock=world.clock,
            random=self._random,
            audit=self.made,
        )

    def bypass(
        self,
        username: str = "alice",
        *,
        uses: int | None = None,
        seconds: int | None = None,
        reason: str = "lost phone",
    ) -> MadeBypass:
        wanted = BypassRequest(uses=uses, valid_seconds=seconds, reason=reason)
        return self.administration().make(username, REALM.name, wanted, ADMINISTRATOR)

    def revoke(self, bypass_id: str, username: str = "alice") -> None:
        self.administration().revoke(username, REALM.name, bypass_id, ADMINISTRATOR)

    def left(self, username: str = "alice") -> int:
        return len(self._world.store.recovery.read(user_of(self._world, username)).unused)
