"""``make demo``: a right code, a wrong code and a push over RADIUS, all answers printed, then the end."""

from local.demo_world import USERS
from local.layout import RunFolder
from local.login import code_of, log_in, transcript, wrong_code_of
from local.progress import say, step
from local.push_trial import log_in_by_push
from local.up import announce, running
from local.warm import warm_push_up


def demo(folder: RunFolder, edge_count: int) -> int:
    """0 only if the right code and the approved push were accepted and the wrong code was rejected."""
    with running(folder, edge_count) as gatehouse:
        announce(gatehouse)
        edge, (alice, bob, *_) = gatehouse.edges[0], USERS
        right = log_in(edge, alice, code_of(alice))
        say(transcript(edge, alice, "right code", right))
        wrong = log_in(edge, bob, wrong_code_of(bob))
        say(transcript(edge, bob, "wrong code", wrong))
        with step("warming the functions up that a push needs"):
            warm_push_up(gatehouse)
        push = log_in_by_push(gatehouse)
    return 0 if right.accepted and wrong.name == "Access-Reject" and push.accepted else 1
