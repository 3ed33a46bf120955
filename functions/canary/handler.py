"""What Lambda calls: the canary, composed from this function's environment."""

import os

from canary.app import create_app
from mfa.bootstrap import Composition
from mfa.settings import Settings

_composition = Composition(Settings.from_mapping(os.environ))
lambda_handler = create_app(_composition.canary.service, _composition.report_fault)
