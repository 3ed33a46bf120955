"""What a person does on the pages of the portal: signing in, and adding factors."""

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mfa.bootstrap.calls import Calls
    from mfa.bootstrap.foundation import Foundation
    from mfa.bootstrap.messages import Messages
    from mfa.bootstrap.stores import Stores
    from mfa.services.enrollment_factors import FactorEnrollment
    from mfa.services.enrollment_sessions import EnrollmentSessions
    from mfa.services.phone_enrollment import PhoneEnrollment
    from mfa.services.portal_sign_in import PortalSignIn
    from mfa.services.recovery_codes import RecoveryEnrollment
    from mfa.services.request_limits import RequestLimits
    from mfa.services.token_claims import TokenClaims


class Enrollment:
    def __init__(self, base: "Foundation", stores: "Stores", *, messages: "Messages", calls: "Calls") -> None:
        self._base = base
        self._stores = stores
        self._messages = messages
        self._calls = calls

    @cached_property
    def sessions(self) -> "EnrollmentSessions":
        from mfa.services.enrollment_sessions import EnrollmentSessions

        base = self._base
        return EnrollmentSessions(
            store=self._stores.subscribers, vault=base.vault, clock=base.clock, random=base.random, audit=base.audit
        )

    @cached_property
    def sign_in(self) -> "PortalSignIn":
        from mfa.services.enrollment_realms import Realms
        from mfa.services.portal_sign_in import PortalSignIn

        base, stores = self._base, self._stores
        return PortalSignIn(
            sessions=self.sessions,
            realms=Realms(stores.configurations),
            limits=self.limits,
            index=stores.index,
            logins=stores.logins,
            recovery_codes=stores.recovery,
            directory=base.directory,
            password_tries=stores.password_tries,
            challenges=stores.challenges,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            pause=base.pause,
            audit=base.audit,
        )

    @cached_property
    def limits(self) -> "RequestLimits":
        from mfa.services.request_limits import RequestLimits

        return RequestLimits(counter=self._stores.requests, vault=self._base.vault, clock=self._base.clock)

    @cached_property
    def factors(self) -> "FactorEnrollment":
        from mfa.services.enrollment_factors import FactorEnrollment

        base = self._base
        return FactorEnrollment(
            store=self._stores.subscribers,
            tokens=self._stores.tokens,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
            issuer=base.settings.issuer,
        )

    @cached_property
    def phones(self) -> "PhoneEnrollment":
        from mfa.adapters.phone_numbers import LibPhoneNumber
        from mfa.services.phone_enrollment import PhoneEnrollment

        base, stores = self._base, self._stores
        return PhoneEnrollment(
            phones=stores.phones,
            subscribers=stores.subscribers,
            reader=LibPhoneNumber(),
            messages=self._messages.service,
            calls=self._calls.service,
            call_store=stores.phone_calls,
            counter=stores.requests,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
            issuer=base.settings.issuer,
        )

    @cached_property
    def recovery(self) -> "RecoveryEnrollment":
        from mfa.services.recovery_codes import RecoveryEnrollment

        base = self._base
        return RecoveryEnrollment(
            store=self._stores.recovery, vault=base.vault, clock=base.clock, random=base.random, audit=base.audit
        )

    @cached_property
    def token_claims(self) -> "TokenClaims":
        from mfa.services.token_claims import TokenClaims

        base = self._base
        return TokenClaims(
            store=self._stores.tokens,
            subscribers=self._stores.subscribers,
            vault=base.vault,
            clock=base.clock,
            random=base.random,
            audit=base.audit,
        )
