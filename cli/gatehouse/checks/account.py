"""Whose credentials these are, and whether this machine's clock agrees with AWS's."""

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Final

from gatehouse.aws.session import Aws
from gatehouse.findings import Finding, ok, problem, warning

_FINE_SECONDS: Final = 5
_SIGNATURE_SECONDS: Final = 300  # AWS refuses signatures whose time is further off


def credentials(aws: Aws) -> Iterator[Finding]:
    found = _identity(aws)
    yield ok("credentials", f"AWS knows you as {found['Arn']}")


def clock(aws: Aws, now: float) -> Iterator[Finding]:
    """``now`` is this machine's, in Unix seconds, taken before the question."""
    date = _identity(aws)["ResponseMetadata"]["HTTPHeaders"].get("date")
    if date is None:
        yield warning("clock", "AWS's answer has no time to compare this machine's clock with")
        return
    yield judged(now - parsedate_to_datetime(date).timestamp())


def judged(offset: float) -> Finding:
    """``offset`` in seconds: how much this machine's clock is fast."""
    text = f"this machine's clock is {abs(offset):.0f} s {'fast' if offset > 0 else 'slow'} against AWS's"
    if abs(offset) <= _FINE_SECONDS:
        return ok("clock", "this machine's clock agrees with AWS's")
    if abs(offset) < _SIGNATURE_SECONDS:
        return warning("clock", text, "switch time synchronisation on; codes of test logins from here may be off")
    return problem("clock", text, "switch time synchronisation on: AWS refuses signatures from here")


def _identity(aws: Aws) -> dict[str, Any]:
    return aws.service("sts").ask("get_caller_identity")
