"""What Lambda calls: udp_probe, composed from this function's environment."""

import os

from udp_probe.app import addresses_of, create_app

lambda_handler = create_app(addresses_of(os.environ["RADIUS_ADDRESSES"], os.environ["RADIUS_PORT"]))
