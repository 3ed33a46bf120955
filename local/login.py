"""One login for the demonstration, by the RADIUS client of the admin's command, and how it went in words."""

import time

import pyotp

from gatehouse.errors import CommandError
from gatehouse.radius_client import RadiusServer, Reply
from gatehouse.radius_client import log_in as send_login
from local.demo_world import CLIENT, DemoUser
from local.edges import Edge
from local.errors import LocalError


def log_in(edge: Edge, user: DemoUser, code: str) -> Reply:
    server = RadiusServer(
        host=edge.host,
        port=edge.auth_port,
        secret=CLIENT.edge.secrets[0],
        timeout=CLIENT.edge.timeout_seconds,
        retries=CLIENT.edge.retries,
    )
    try:
        return send_login(server, user.username, code)
    except CommandError as error:
        raise LocalError(f"{error}; {edge.name} may say more in {edge.process.log}") from None


def code_of(user: DemoUser) -> str:
    """What the user's authenticator shows now."""
    return pyotp.TOTP(user.totp_secret).now()


def wrong_code_of(user: DemoUser) -> str:
    """A code that is right at no step near the current one."""
    totp, now = pyotp.TOTP(user.totp_secret), int(time.time())
    near = {totp.at(now + steps * totp.interval) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(1000)) if code not in near)


def transcript(edge: Edge, user: DemoUser, what: str, reply: Reply) -> str:
    return (
        f"\n  Access-Request  {user.username}, {what}, from RADIUS client {CLIENT.edge.name!r}"
        f" to {edge.host}:{edge.auth_port}"
        f"\n  {reply.name}   after {reply.milliseconds:.0f} ms, Message-Authenticator valid\n"
    )
