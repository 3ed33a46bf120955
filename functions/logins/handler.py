"""What Lambda calls: the edge API, composed from this function's environment.

Nearly all that is made while a function starts stays until its end. To look through it for garbage again and again took
a tenth of the time of a cold start, so that begins only when all is there, and then leaves all that out.
"""

import gc
import os

gc.disable()

from logins.app import create_app  # noqa: E402 -- see above
from mfa.bootstrap import Composition  # noqa: E402 -- see above
from mfa.settings import Settings  # noqa: E402 -- see above

_composition = Composition(Settings.from_mapping(os.environ))
_composition.connect()
lambda_handler = create_app(
    _composition.edge_api.logins, _composition.edge_api.configuration, _composition.clock, _composition.report_fault
)

gc.freeze()
gc.enable()
