"""What Lambda calls: the enrolment API, composed from this function's environment."""

import os

from enrollment.app import EnrollmentServices, create_app
from mfa.bootstrap import Composition
from mfa.settings import Settings

_composition = Composition(Settings.from_mapping(os.environ))
lambda_handler = create_app(
    EnrollmentServices(
        administration=_composition.administration.subscribers,
        sessions=_composition.enrollment.sessions,
        factors=_composition.enrollment.factors,
        devices=_composition.devices.pairing,
        muting=_composition.devices.muting,
        token_imports=_composition.administration.token_imports,
        token_inventory=_composition.administration.token_inventory,
        token_claims=_composition.enrollment.token_claims,
        configuration=_composition.administration.configuration,
        sync=_composition.administration.sync,
        policy=_composition.administration.policy_test,
        phones=_composition.enrollment.phones,
        sms_readiness=_composition.messages.readiness,
        sign_in=_composition.enrollment.sign_in,
        recovery=_composition.enrollment.recovery,
        bypasses=_composition.administration.bypasses,
        limits=_composition.enrollment.limits,
        trace=_composition.receipts.trace,
        verification=_composition.receipts.verification,
        notices=_composition.notices.listed,
        invitations=_composition.administration.invitations,
        portal_origin=_composition.settings.portal_origin,
    ),
    _composition.report_fault,
)
