"""``make demo``: one right and one wrong code over RADIUS, both answers printed, then the end."""

from local.demo_world import USERS
from local.layout import RunFolder
from local.login import code_of, log_in, transcript, wrong_code_of
from local.progress import say
from local.up import announce, running


def demo(folder: RunFolder, edge_count: int) -> int:
    """0 only if the right code was accepted and the wrong one rejected."""
    with running(folder, edge_count) as gatehouse:
        announce(gatehouse)
        edge, (alice, bob, *_) = gatehouse.edges[0], USERS
        right = log_in(edge, alice, code_of(alice))
        say(transcript(edge, alice, "right code", right))
        wrong = log_in(edge, bob, wrong_code_of(bob))
        say(transcript(edge, bob, "wrong code", wrong))
    return 0 if right.accepted and wrong.name == "Access-Reject" else 1
