"""What Lambda calls: phone_call, composed from this function's environment."""

import os

from mfa.bootstrap import Composition
from mfa.settings import Settings
from phone_call.app import create_app

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
_connect = _composition.settings.connect
lambda_handler = create_app(
    _composition.calls.decisions, None if _connect is None else _connect.instance, _composition.report_fault
)
