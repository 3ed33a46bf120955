"""The enrolment API: its services, its routes, and the function of an event that they make."""

from dataclasses import dataclass

from enrollment.admin_routes import AdminRoutes, verified_actor
from enrollment.configuration_routes import ConfigurationRoutes
from enrollment.device_routes import DeviceRoutes
from enrollment.policy_routes import PolicyRoutes
from enrollment.problems import ANSWERS, problem_with_mistakes
from enrollment.sync_routes import SyncRoutes
from enrollment.token_routes import TokenRoutes
from enrollment.user_routes import UserRoutes
from http_api.app import FaultReport, Lambda, http_app
from http_api.requests import Request
from http_api.routes import Route
from mfa.services.configuration_administration import ConfigurationAdministration
from mfa.services.device_pairing import DevicePairing
from mfa.services.directory_sync import DirectorySync
from mfa.services.enrollment_factors import FactorEnrollment
from mfa.services.enrollment_sessions import EnrollmentSessions
from mfa.services.enrollment_subscribers import SubscriberAdministration
from mfa.services.policy_test import PolicyTest
from mfa.services.token_claims import TokenClaims
from mfa.services.token_import import TokenImports
from mfa.services.token_inventory import TokenInventory


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentServices:
    administration: SubscriberAdministration
    sessions: EnrollmentSessions
    factors: FactorEnrollment
    devices: DevicePairing
    token_imports: TokenImports
    token_inventory: TokenInventory
    token_claims: TokenClaims
    configuration: ConfigurationAdministration
    sync: DirectorySync
    policy: PolicyTest


def route_table(services: EnrollmentServices) -> tuple[Route, ...]:
    return (
        *AdminRoutes(services.administration).table(),
        *ConfigurationRoutes(services.configuration).table(),
        *SyncRoutes(services.sync).table(),
        *PolicyRoutes(services.policy).table(),
        *UserRoutes(services.sessions, services.factors).table(),
        *DeviceRoutes(services.sessions, services.devices).table(),
        *_token_routes(services).table(),
    )


def _token_routes(services: EnrollmentServices) -> TokenRoutes:
    return TokenRoutes(services.token_imports, services.token_inventory, services.sessions, services.token_claims)


def create_app(services: EnrollmentServices, report_fault: FaultReport) -> Lambda:
    return http_app(
        route_table(services), ANSWERS, report_fault, before=_only_administrators, special=problem_with_mistakes
    )


def _only_administrators(request: Request) -> None:
    """Before the route is known: a stranger does not even learn which paths exist."""
    if request.segments[:2] == ("v1", "admin"):
        verified_actor(request)
