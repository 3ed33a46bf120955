"""What Lambda calls: the device API, composed from this function's environment."""

import os

from devices.app import create_app
from devices.routes import DeviceRoutes
from mfa.bootstrap import Composition
from mfa.settings import Settings

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
lambda_handler = create_app(
    DeviceRoutes(
        authentication=_composition.device_authentication,
        decisions=_composition.push_decisions,
        upkeep=_composition.device_upkeep,
        passkeys=_composition.passkey_ceremony,
        clock=_composition.clock,
        limits=_composition.device_limits,
    ),
    _composition.report_fault,
)
