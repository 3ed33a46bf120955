"""What must stand in no log, history or answer: secrets that a test has planted, and what all secrets look like."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from time import time
from typing import Any, Final

from local import aws
from local.up import Gatehouse

_CODE: Final = r"(?<![0-9A-Za-z-])(?:[0-9A-HJKMNP-TV-Z]{4}-){2,3}[0-9A-HJKMNP-TV-Z]{4}(?![0-9A-Za-z-])"
# Whoever made it, in whichever test: the logs of the whole run are searched for these.
LOOKS_LIKE: Final[Mapping[str, re.Pattern[str]]] = {
    "a recovery, bypass or enrolment code": re.compile(_CODE),
    "a whole phone number": re.compile(r"(?<!\d)\+?49151\d{8}(?!\d)"),
    "a provisioning URI": re.compile(r"otpauth://"),
    "a session cookie": re.compile(r"__Host-gatehouse=[A-Za-z0-9_-]{20,}"),
    "a session token": re.compile(r"Bearer [A-Za-z0-9_-]{43}"),
    "the text of a message": re.compile(r"is your Gatehouse( demo)? code"),
    "a link of an invitation": re.compile(r"#(enroll|pair)=[0-9A-Z]{4}"),
}


@dataclass(frozen=True)
class Secret:
    """``kind`` is what a failure may tell of it."""

    kind: str
    text: str = field(repr=False)

    def found_in(self, where: str) -> re.Match[str] | None:
        """Six digits of a longer number, of a fraction of a second or of an id are none."""
        text = re.escape(self.text)
        return re.search(rf"(?<![\dA-Za-z.-]){text}(?![\dA-Za-z-])" if self.text.isdigit() else text, where)


def planted_in(where: str, secrets: Iterable[Secret]) -> set[str]:
    return {secret.kind for secret in secrets if secret.found_in(where)}


def places(where: str, secrets: Iterable[Secret]) -> list[str]:
    """What stands around each, for whoever has to find out who wrote it."""
    found = [(secret.kind, secret.found_in(where)) for secret in secrets]
    return [
        f"{kind}: {where[max(0, one.start() - 80) : one.start()]}***{where[one.end() : one.end() + 80]}"
        for kind, one in found
        if one is not None
    ]


def like_secrets_in(where: str) -> set[str]:
    return {kind for kind, pattern in LOOKS_LIKE.items() if pattern.search(where)}


def histories(gatehouse: Gatehouse) -> str:
    """All that Step Functions keeps of the executions of the run."""
    states = aws.client("stepfunctions", gatehouse.emulator.url)
    machine = gatehouse.stack.push_state_machine_arn
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=machine)
    arns = [one["executionArn"] for page in pages for one in page["executions"]]
    told = [states.describe_execution(executionArn=arn) for arn in arns]
    return f"{told} {[states.get_execution_history(executionArn=arn, maxResults=100) for arn in arns]}"


@contextmanager
def leaked(gatehouse: Gatehouse, text: str) -> Iterator[None]:
    """For as long as it lasts, a log of the product holds that text."""
    logs, group = aws.client("logs", gatehouse.emulator.url), f"/gatehouse/{gatehouse.stack.name}/logins"
    stream: dict[str, Any] = {"logGroupName": group, "logStreamName": f"a-leak-{token_hex(4)}"}
    logs.create_log_stream(**stream)
    try:
        logs.put_log_events(**stream, logEvents=[{"timestamp": int(time() * 1000), "message": text}])
        yield
    finally:
        logs.delete_log_stream(**stream)
