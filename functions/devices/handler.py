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
        authentication=_composition.devices.authentication,
        decisions=_composition.devices.decisions,
        upkeep=_composition.devices.upkeep,
        passkeys=_composition.devices.passkeys,
        clock=_composition.clock,
        limits=_composition.devices.limits,
    ),
    _composition.report_fault,
)
