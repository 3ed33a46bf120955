"""What Lambda calls: the edge API, composed from this function's environment."""

import os

from logins.app import create_app
from mfa.bootstrap import Composition
from mfa.settings import Settings

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
lambda_handler = create_app(
    _composition.login_service, _composition.configuration_service, _composition.clock, _composition.report_fault
)
