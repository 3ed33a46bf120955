"""The enrolment API as one function of an event: read, dispatch, answer. No error leaves it but as a problem."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from enrollment.admin_routes import AdminRoutes, verified_actor
from enrollment.configuration_routes import ConfigurationRoutes
from enrollment.policy_routes import PolicyRoutes
from enrollment.problems import FAULT, RefusedRequestError, problem_of, problem_with_mistakes
from enrollment.requests import Event, Request, read_request
from enrollment.responses import Response, problem_answer
from enrollment.routes import Route, dispatch
from enrollment.sync_routes import SyncRoutes
from enrollment.user_routes import UserRoutes
from mfa.contract import ContractError
from mfa.domain.document_reading import InvalidDocumentError
from mfa.errors import GatehouseError
from mfa.services.configuration_administration import ConfigurationAdministration
from mfa.services.directory_sync import DirectorySync
from mfa.services.enrollment_factors import FactorEnrollment
from mfa.services.enrollment_sessions import EnrollmentSessions
from mfa.services.enrollment_subscribers import SubscriberAdministration
from mfa.services.policy_test import PolicyTest

type Lambda = Callable[[Event, Any], Response]
type FaultReport = Callable[[BaseException], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentServices:
    administration: SubscriberAdministration
    sessions: EnrollmentSessions
    factors: FactorEnrollment
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
    )


def create_app(services: EnrollmentServices, report_fault: FaultReport) -> Lambda:
    """``report_fault`` gets every error that is nobody's input: it must record it without the request's text."""
    routes = route_table(services)

    def app(event: Event, _context: Any) -> Response:  # noqa: ANN401 -- the runtime's own type, unused
        try:
            return _answered(routes, read_request(event))
        except RefusedRequestError as error:
            return problem_answer(error.problem, error.headers)
        except InvalidDocumentError as error:
            return problem_answer(problem_with_mistakes(error))
        except (ContractError, GatehouseError) as error:
            answered = problem_of(error)
            if answered is None or answered[0].status >= 500:
                report_fault(error)
            return problem_answer(*answered) if answered else problem_answer(FAULT)
        except Exception as error:  # noqa: BLE001 -- the entry point: a fault must still be answered and recorded
            report_fault(error)
            return problem_answer(FAULT)

    return app


def _answered(routes: tuple[Route, ...], request: Request) -> Response:
    if request.segments[:2] == ("v1", "admin"):
        verified_actor(request)  # before the route is known: a stranger does not even learn which paths exist
    return dispatch(routes, request)
