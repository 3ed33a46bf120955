"""What Lambda calls: the web app, read from the files beside this module. No SDK, no table, no key."""

import os
from pathlib import Path

from web.app import create_app
from web.static_files import read_static_files

lambda_handler = create_app(
    read_static_files(Path(__file__).with_name("static")),
    issuer=os.environ.get("ISSUER") or "Gatehouse",
    origin=os.environ.get("PORTAL_ORIGIN", ""),
)
