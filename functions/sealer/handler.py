"""What Lambda calls: the sealer, composed from this function's environment."""

import os

from mfa.bootstrap import Composition
from mfa.settings import Settings
from sealer.app import create_app

_composition = Composition(Settings.from_mapping(os.environ))
lambda_handler = create_app(_composition.receipts.sealing, _composition.receipts.seal_log, _composition.report_fault)
