"""What Lambda calls: the enrolment API, composed from this function's environment."""

import os

from enrollment.app import EnrollmentServices, create_app
from mfa.bootstrap import Composition
from mfa.settings import Settings

_composition = Composition(Settings.from_mapping(os.environ))
lambda_handler = create_app(
    EnrollmentServices(
        administration=_composition.subscriber_administration,
        sessions=_composition.enrollment_sessions,
        factors=_composition.factor_enrollment,
        devices=_composition.device_pairing,
        token_imports=_composition.token_imports,
        token_inventory=_composition.token_inventory,
        token_claims=_composition.token_claims,
        configuration=_composition.configuration_administration,
        sync=_composition.directory_sync,
        policy=_composition.policy_test,
        phones=_composition.phone_enrollment,
        sms_readiness=_composition.sms_readiness,
        sign_in=_composition.portal_sign_in,
        recovery=_composition.recovery_enrollment,
        bypasses=_composition.bypass_administration,
        limits=_composition.request_limits,
        trace=_composition.login_trace,
        verification=_composition.audit_verification,
        notices=_composition.notice_list,
        invitations=_composition.invitations,
        portal_origin=_composition.settings.portal_origin,
    ),
    _composition.report_fault,
)
