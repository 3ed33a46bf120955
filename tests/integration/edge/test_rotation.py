"""A shared secret is changed while people log in: THREATS E20, from the old secret over both to the new one."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.fakes.edge_configuration import OLD_SECRET, SECRET, client, configuration
from tests.fakes.radius_client import ACCEPT, RadiusClient
from tests.integration.edge.test_process import edge_from_file, next_event

pytestmark = pytest.mark.integration


def use(running: subprocess.Popen[bytes], file: Path, revision: str, *secrets: bytes) -> None:
    file.write_bytes(configuration(client(secrets=secrets), revision=revision))
    running.send_signal(signal.SIGHUP)
    assert next_event(running, "configuration_loaded")["revision"] == revision


@pytest.mark.parametrize("signed", [True, False])
def test_e20_in_a_rotation_both_secrets_work_and_after_it_the_old_one_is_worth_nothing(signed: bool) -> None:
    with edge_from_file() as (_, file, running, listening):

        def accepted(secret: bytes) -> bool:
            sender = RadiusClient(("127.0.0.1", int(str(listening["auth_port"]))), secret)
            try:
                reply = sender.log_in("alice", "123456", signed=signed, seconds=0.5)
            except AssertionError:  # signed with another secret than ours: no answer to us
                return False
            finally:
                sender.close()
            return reply is not None and reply.code == ACCEPT

        use(running, file, "2", OLD_SECRET)
        assert (accepted(OLD_SECRET), accepted(SECRET)) == (True, False)
        use(running, file, "3", SECRET, OLD_SECRET)
        assert (accepted(OLD_SECRET), accepted(SECRET)) == (True, True)
        use(running, file, "4", SECRET)
        assert (accepted(OLD_SECRET), accepted(SECRET)) == (False, True)
