"""What an operator relies on: the trace of a login, what the kernel dropped, metrics without an agent."""

import re

import pytest

from tests.integration.edge.rig import Rig

pytestmark = pytest.mark.integration


def test_a_login_carries_a_trace_id_that_the_log_line_names(rig: Rig) -> None:
    rig.client().log_in("alice", "123456")
    [question] = rig.backend.logins
    root = question.headers["x-amzn-trace-id"]
    assert re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}", root)
    assert rig.log_lines("login")[-1]["trace_id"] == root.removeprefix("Root=")
    assert "x-amzn-trace-id" not in question.headers["authorization"]
