"""The enrolment API: its services, its routes, and the function of an event that they make."""

from dataclasses import dataclass

from enrollment.admin_routes import AdminRoutes, verified_actor
from enrollment.audit_routes import AuditRoutes
from enrollment.configuration_routes import ConfigurationRoutes
from enrollment.device_routes import DeviceRoutes
from enrollment.notice_routes import InvitationRoutes, NoticeRoutes
from enrollment.origins import cross_site_guard
from enrollment.phone_routes import PhoneAdminRoutes, PhoneRoutes
from enrollment.policy_routes import PolicyRoutes
from enrollment.problems import ANSWERS, retry_after, special_problem
from enrollment.push_routes import PushRoutes
from enrollment.recovery_routes import BypassRoutes, RecoveryRoutes
from enrollment.sign_in_routes import SignInRoutes
from enrollment.sync_routes import SyncRoutes
from enrollment.token_routes import TokenRoutes
from enrollment.user_routes import UserRoutes
from http_api.app import FaultReport, Lambda, http_app
from http_api.requests import Request
from http_api.routes import Route
from mfa.services.audit_verification import AuditVerification
from mfa.services.bypass_codes import BypassAdministration
from mfa.services.configuration_administration import ConfigurationAdministration
from mfa.services.device_pairing import DevicePairing
from mfa.services.directory_sync import DirectorySync
from mfa.services.enrollment_factors import FactorEnrollment
from mfa.services.enrollment_sessions import EnrollmentSessions
from mfa.services.enrollment_subscribers import SubscriberAdministration
from mfa.services.invitations import Invitations
from mfa.services.login_trace import LoginTrace
from mfa.services.notices import NoticeList
from mfa.services.phone_enrollment import PhoneEnrollment
from mfa.services.policy_test import PolicyTest
from mfa.services.portal_sign_in import PortalSignIn
from mfa.services.push_muting import PushMuting
from mfa.services.recovery_codes import RecoveryEnrollment
from mfa.services.request_limits import RequestLimits
from mfa.services.sms_readiness import SmsReadiness
from mfa.services.token_claims import TokenClaims
from mfa.services.token_import import TokenImports
from mfa.services.token_inventory import TokenInventory


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentServices:
    administration: SubscriberAdministration
    sessions: EnrollmentSessions
    factors: FactorEnrollment
    devices: DevicePairing
    muting: PushMuting
    token_imports: TokenImports
    token_inventory: TokenInventory
    token_claims: TokenClaims
    configuration: ConfigurationAdministration
    sync: DirectorySync
    policy: PolicyTest
    phones: PhoneEnrollment
    sms_readiness: SmsReadiness
    sign_in: PortalSignIn
    recovery: RecoveryEnrollment
    bypasses: BypassAdministration
    limits: RequestLimits
    trace: LoginTrace
    verification: AuditVerification
    notices: NoticeList
    invitations: Invitations
    portal_origin: str | None = None


def route_table(services: EnrollmentServices) -> tuple[Route, ...]:
    return (
        *AdminRoutes(services.administration).table(),
        *ConfigurationRoutes(services.configuration).table(),
        *SyncRoutes(services.sync).table(),
        *PolicyRoutes(services.policy).table(),
        *AuditRoutes(services.trace, services.verification).table(),
        *BypassRoutes(services.bypasses).table(),
        *SignInRoutes(services.sessions, services.sign_in).table(),
        *UserRoutes(services.sessions, services.factors, services.limits).table(),
        *RecoveryRoutes(services.sessions, services.recovery).table(),
        *NoticeRoutes(services.sessions, services.notices).table(),
        *InvitationRoutes(services.invitations).table(),
        *DeviceRoutes(services.sessions, services.devices).table(),
        *PushRoutes(services.sessions, services.muting).table(),
        *PhoneRoutes(services.sessions, services.phones).table(),
        *PhoneAdminRoutes(services.administration, services.phones, services.sms_readiness).table(),
        *_token_routes(services).table(),
    )


def _token_routes(services: EnrollmentServices) -> TokenRoutes:
    return TokenRoutes(services.token_imports, services.token_inventory, services.sessions, services.token_claims)


def create_app(services: EnrollmentServices, report_fault: FaultReport) -> Lambda:
    guard = cross_site_guard(services.portal_origin)

    def before(request: Request) -> None:
        _only_administrators(request)
        guard(request)

    return http_app(
        route_table(services), ANSWERS, report_fault, before=before, special=special_problem, headers_of=retry_after
    )


def _only_administrators(request: Request) -> None:
    """Before the route is known: a stranger does not even learn which paths exist."""
    if request.segments[:2] == ("v1", "admin"):
        verified_actor(request)
