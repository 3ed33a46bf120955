"""What Lambda calls: the enrolment API, composed from this function's environment."""

import os

from aws_lambda_powertools import Logger

from enrollment.app import EnrollmentServices, create_app
from enrollment.faults import fault_report
from mfa.bootstrap import Composition
from mfa.settings import Settings

_settings = Settings.from_mapping(os.environ)
_composition = Composition(_settings)
lambda_handler = create_app(
    EnrollmentServices(
        administration=_composition.subscriber_administration,
        sessions=_composition.enrollment_sessions,
        factors=_composition.factor_enrollment,
        configuration=_composition.configuration_administration,
    ),
    # A service name of its own: Powertools keeps one logger per service, and this one's is the audit trail's.
    fault_report(Logger(service=f"{_settings.service_name}-faults", level=_settings.log_level)),
)
