"""What Lambda calls: receipts, composed from this function's environment."""

import os

from mfa.bootstrap import Composition
from mfa.settings import Settings
from receipts.app import create_app

_composition = Composition(Settings.from_mapping(os.environ))
lambda_handler = create_app(_composition.receipts.service, _composition.report_fault)
