"""What Lambda calls: send_notice, composed from this function's environment."""

import os

from mfa.bootstrap import Composition
from mfa.settings import Settings
from send_notice.app import create_app

_composition = Composition(Settings.from_mapping(os.environ))
lambda_handler = create_app(_composition.notices.dispatch, _composition.report_fault)
