"""What Lambda calls: the directory, composed from this function's environment."""

import os

from mfa.directory_bootstrap import DirectoryComposition
from verify_password.app import create_app

_composition = DirectoryComposition(os.environ)
lambda_handler = create_app(_composition.directory, _composition.report, _composition.place_of)
