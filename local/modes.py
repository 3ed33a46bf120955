"""One login in each mode that asks the directory, as a person would type it, and how it went."""

from gatehouse.radius_client import Reply
from local.directory_clients import (
    CHALLENGE,
    EXEMPT_USERNAME,
    PASSWORD_AND_FACTOR,
    PASSWORD_THEN_FACTOR,
    directory_user,
)
from local.edges import Edge
from local.errors import LocalError
from local.login import answer, code_of, log_in, password_of, transcript
from local.progress import say
from local.up import Gatehouse


def try_modes(gatehouse: Gatehouse) -> None:
    for mode in (_password_and_factor, _password_then_factor, _challenge):
        reply = mode(gatehouse.edges[0])
        if not reply.accepted:
            raise LocalError(f"that login should have been accepted; see {gatehouse.folder.path}/log")


def _password_and_factor(edge: Edge) -> Reply:
    user = directory_user("trial-joined")
    reply = log_in(edge, user, f"{password_of(user)},{code_of(user)}", PASSWORD_AND_FACTOR)
    say(transcript(edge, user, "password,code", reply, PASSWORD_AND_FACTOR))
    return reply


def _password_then_factor(edge: Edge) -> Reply:
    """By somebody who needs no second factor: nobody has paired a phone yet that could be asked."""
    user = directory_user(EXEMPT_USERNAME)
    reply = log_in(edge, user, password_of(user), PASSWORD_THEN_FACTOR)
    say(transcript(edge, user, "password, exempt from the second factor", reply, PASSWORD_THEN_FACTOR))
    return reply


def _challenge(edge: Edge) -> Reply:
    user = directory_user("trial-challenge")
    challenge = log_in(edge, user, password_of(user), CHALLENGE)
    say(transcript(edge, user, "password", challenge, CHALLENGE))
    if not challenge.challenged:
        raise LocalError(f"{edge.name} sent no challenge; see {edge.process.log}")
    reply = answer(edge, user, code_of(user), challenge, CHALLENGE)
    say(transcript(edge, user, "code", reply, CHALLENGE))
    return reply
