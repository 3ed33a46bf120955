"""What Lambda calls: accounting, composed from this function's environment."""

import os

from accounting.app import create_app
from mfa.bootstrap import Composition
from mfa.settings import Settings

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
lambda_handler = create_app(_composition.edge_api.accounting, _composition.report_fault)
