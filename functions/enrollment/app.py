"""The enrolment API: its services, its routes, and the function of an event that they make."""

from dataclasses import dataclass

from enrollment.admin_routes import AdminRoutes, verified_actor
from enrollment.configuration_routes import ConfigurationRoutes
from enrollment.device_routes import DeviceRoutes
from enrollment.phone_routes import PhoneAdminRoutes, PhoneRoutes
from enrollment.policy_routes import PolicyRoutes
from enrollment.problems import ANSWERS, problem_with_mistakes
from enrollment.sync_routes import SyncRoutes
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
from mfa.services.phone_enrollment import PhoneEnrollment
from mfa.services.policy_test import PolicyTest
from mfa.services.sms_readiness import SmsReadiness


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentServices:
    administration: SubscriberAdministration
    sessions: EnrollmentSessions
    factors: FactorEnrollment
    devices: DevicePairing
    configuration: ConfigurationAdministration
    sync: DirectorySync
    policy: PolicyTest
    phones: PhoneEnrollment
    sms_readiness: SmsReadiness


def route_table(services: EnrollmentServices) -> tuple[Route, ...]:
    return (
        *AdminRoutes(services.administration).table(),
        *ConfigurationRoutes(services.configuration).table(),
        *SyncRoutes(services.sync).table(),
        *PolicyRoutes(services.policy).table(),
        *UserRoutes(services.sessions, services.factors).table(),
        *DeviceRoutes(services.sessions, services.devices).table(),
        *PhoneRoutes(services.sessions, services.phones).table(),
        *PhoneAdminRoutes(services.administration, services.phones, services.sms_readiness).table(),
    )


def create_app(services: EnrollmentServices, report_fault: FaultReport) -> Lambda:
    return http_app(
        route_table(services), ANSWERS, report_fault, before=_only_administrators, special=problem_with_mistakes
    )


def _only_administrators(request: Request) -> None:
    """Before the route is known: a stranger does not even learn which paths exist."""
    if request.segments[:2] == ("v1", "admin"):
        verified_actor(request)
