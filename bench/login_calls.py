"""How often a login asks DynamoDB, counted on AWS in this process."""

from collections.abc import Mapping, Sequence

from mfa.bootstrap import Composition
from tests.fakes.aws import aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.real_world import real_world

PACKET = b"one packet, twice"[:16]


def calls_per_login() -> Mapping[str, Sequence[str]]:
    with aws_in_process() as aws:
        world = real_world(Composition(aws.settings, clock=FakeClock()))
        world.add_user("alice")
        world.login("not a code")  # configuration and data key are there, as on a warm function

        def counted(text: str, username: str = "alice", login_id: bytes | None = None) -> Sequence[str]:
            before = len(aws.calls)
            world.login(text, username=username, login_id=login_id)
            return aws.calls[before:]

        return {
            "right code, name not cached": counted(world.code(-1)),
            "right code, name cached (60 s)": counted(world.code(), login_id=PACKET),
            "the same packet again": counted(world.code(), login_id=PACKET),
            "wrong code": counted(world.wrong_code()),
            "used code": counted(world.code()),
            "unknown user": counted(world.code(), username="nobody"),
            "text that is no code": counted("nonsense"),
        }
