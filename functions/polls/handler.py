"""What Lambda calls: polls, composed from this function's environment."""

import os

from mfa.bootstrap import Composition
from mfa.settings import Settings
from polls.app import create_app

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
lambda_handler = create_app(_composition.edge_api.polls, _composition.report_fault)
