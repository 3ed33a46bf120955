"""What Lambda calls: send_push, composed from this function's environment."""

import os

from mfa.bootstrap import Composition
from mfa.settings import Settings
from send_push.app import create_app

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
lambda_handler = create_app(_composition.push.dispatch, _composition.report_fault)
