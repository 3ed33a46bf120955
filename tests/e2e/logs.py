"""What the running product wrote: the functions' logs, read back from the stack, and those of the processes."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from local import aws
from local.up import Gatehouse

LOG_GROUPS = (
    "logins",
    "polls",
    "accounting",
    "enrollment",
    "verify-password",
    "devices",
    "send-push",
    "phone-call",
    "send-notice",
    "web",
    "receipts",
    "sealer",
)
SECONDS_FOR_LOGS = 10


def function_logs(gatehouse: Gatehouse) -> Iterator[str]:
    logs = aws.client("logs", gatehouse.emulator.url)
    for group in LOG_GROUPS:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/gatehouse/{gatehouse.stack.name}/{group}"
        )
        for page in pages:
            yield from (event["message"] for event in page["events"])


def everything_logged(gatehouse: Gatehouse) -> str:
    files = [path.read_text(errors="replace") for path in (gatehouse.folder.path / "log").iterdir()]
    return "\n".join([*files, *function_logs(gatehouse)])


def records(gatehouse: Gatehouse, username: str) -> list[dict[str, Any]]:
    """The audit records of logins by that name."""
    lines = [json.loads(line) for line in function_logs(gatehouse) if line.startswith("{")]
    return [line for line in lines if line.get("username") == username]


def reasons(gatehouse: Gatehouse, username: str) -> list[tuple[str, str | None]]:
    """Outcome and reason of each decision: what to read first when a test finds an odd answer."""
    return [(record["outcome"], record.get("reason")) for record in records(gatehouse, username)]


def prompts(gatehouse: Gatehouse, username: str) -> set[str]:
    """The id of each prompt that logins by that name waited for."""
    return {record["prompt"] for record in records(gatehouse, username) if record.get("prompt")}


def rings(gatehouse: Gatehouse, username: str) -> list[str]:
    """The id of each that was sent, as often as it was: also to a phone that takes no messages. One that is answered
    before it is sent is never sent."""
    asked = prompts(gatehouse, username)
    lines = [json.loads(line) for line in function_logs(gatehouse) if line.startswith("{")]
    sent = [line["login_id"] for line in lines if line.get("message") == "push" and line.get("event") in _SENT]
    return [login_id for login_id in sent if login_id in asked]


_SENT = {"taken", "not_taken", "gone", "no_subscription", "no_device"}


def edge_lines(gatehouse: Gatehouse, username: str) -> list[dict[str, Any]]:
    """What all edges said about logins by that name. The first line says where an edge listens."""
    lines = [json.loads(line) for edge in gatehouse.edges for line in edge.process.log.read_text().splitlines()]
    return [line for line in lines if line.get("user_name") == username]


def once[Found](look: Callable[[], list[Found]], count: int) -> list[Found]:
    """Logs arrive a little later; look until there are as many as expected, or long enough."""
    until = time.monotonic() + SECONDS_FOR_LOGS
    while len(found := look()) < count and time.monotonic() < until:
        time.sleep(0.2)
    return found
