"""One login for the demonstration, by the RADIUS client of the admin's command, and how it went in words."""

import time

import pyotp

from gatehouse.errors import CommandError
from gatehouse.radius_client import RadiusServer, Reply
from gatehouse.radius_client import log_in as send_login
from local.demo_world import CLIENT, DemoUser
from local.edges import Edge
from local.errors import LocalError
from mfa.domain.configuration import ClientPolicy


def log_in(edge: Edge, user: DemoUser, typed: str, client: ClientPolicy = CLIENT, station: str | None = None) -> Reply:
    """``station`` is where the client says that the person's device is."""
    return _sent(edge, _server(edge, client, station), user, typed)


def answer(edge: Edge, user: DemoUser, typed: str, challenge: Reply, client: ClientPolicy) -> Reply:
    """What the user types when the client shows the message of an Access-Challenge."""
    return _sent(edge, _server(edge, client), user, typed, challenge.state)


def _server(edge: Edge, client: ClientPolicy, station: str | None = None) -> RadiusServer:
    """From the first address of the client's network: on loopback all of them are this machine's."""
    return RadiusServer(
        host=edge.host,
        port=edge.auth_port,
        secret=client.edge.secrets[0],
        timeout=client.edge.timeout_seconds,
        retries=client.edge.retries,
        source=str(client.edge.networks[0][1]),
        station=station,
    )


def _sent(edge: Edge, server: RadiusServer, user: DemoUser, typed: str, state: bytes | None = None) -> Reply:
    try:
        return send_login(server, user.username, typed, state)
    except CommandError as error:
        raise LocalError(f"{error}; {edge.name} may say more in {edge.process.log}") from None


def password_of(user: DemoUser) -> str:
    if user.password is None:
        raise LocalError(f"{user.username} has no password: no directory runs")
    return user.password


def code_of(user: DemoUser) -> str:
    """What the user's authenticator shows now."""
    return pyotp.TOTP(user.totp_secret).now()


def wrong_code_of(user: DemoUser) -> str:
    """A code that is right at no step near the current one."""
    totp, now = pyotp.TOTP(user.totp_secret), int(time.time())
    near = {totp.at(now + steps * totp.interval) for steps in range(-3, 4)}
    return next(code for code in (f"{number:06d}" for number in range(1000)) if code not in near)


def transcript(edge: Edge, user: DemoUser, what: str, reply: Reply, client: ClientPolicy = CLIENT) -> str:
    return (
        f"\n  Access-Request  {user.username}, {what}, from RADIUS client {client.edge.name!r}"
        f" to {edge.host}:{edge.auth_port}"
        f"\n  {reply.name:<15} after {reply.milliseconds:.0f} ms, Message-Authenticator valid\n"
    )
