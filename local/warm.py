"""Function processes that are there before the first burst of logins, and before the first push.

The emulator starts one whenever a call finds all others busy, and unpacks the layers for each: about 1.5 s of
processor time. Ten at once would cost a login its deadline. A process that fails is ended, so each is called with what
its function answers.
"""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from botocore.exceptions import ReadTimeoutError

from local import aws
from local.connect_service import Call, contact_flow_event
from local.edges import MAX_CONNECTIONS
from local.errors import LocalError
from local.up import Gatehouse

_NOBODY: Final = "warm-up"

# What a push or a call passes on its way to the phone and back, and what shows the phone its app. HTTP functions refuse
# the event that says nothing, and stay.
_OF_PUSH: Final[Mapping[str, Mapping[str, Any]]] = {
    "PollsFunction": {},
    "SendPushFunction": {"step": "expire", "login_id": _NOBODY},
    "DevicesFunction": {},
    "EnrollmentFunction": {},
    "PhoneCallFunction": contact_flow_event(
        Call(
            contact_id=_NOBODY,
            number="+12025550100",
            attributes={"call": _NOBODY, "purpose": "login"},
            client_token=_NOBODY,
        ),
        {"step": "begin"},
    ),
    "WebFunction": {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/"},
}


def warm_up(gatehouse: Gatehouse) -> None:
    """As many calls at once as the edges can have open. The function refuses the event; its process stays."""
    _call(gatehouse, gatehouse.stack.logins_function, len(gatehouse.edges) * MAX_CONNECTIONS)
    if gatehouse.controllers:
        _call(gatehouse, gatehouse.stack.verify_password_function, MAX_CONNECTIONS)
    warm(gatehouse, dict.fromkeys(_OF_PUSH, 1))


def warm(gatehouse: Gatehouse, wanted: Mapping[str, int]) -> None:
    """So many processes of each of these functions of push, named by their logical ids."""
    functions = _functions(gatehouse)
    for logical_id, count in wanted.items():  # one after another: all at once would be slow enough for a timeout
        _call(gatehouse, functions[logical_id], count, _OF_PUSH[logical_id])


def _functions(gatehouse: Gatehouse) -> Mapping[str, str]:
    """Names of all functions of the stack by their logical ids."""
    stacks = aws.client("cloudformation", gatehouse.emulator.url)
    resources = stacks.describe_stack_resources(StackName=gatehouse.stack.name)["StackResources"]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }


def _call(gatehouse: Gatehouse, function: str, count: int, event: Mapping[str, Any] | None = None) -> None:
    """Raises LocalError if the function fails: nothing would be there then."""
    functions = aws.client("lambda", gatehouse.emulator.url)

    def call(_: int) -> None:
        with suppress(ReadTimeoutError):  # its process has been started all the same
            answer = functions.invoke(FunctionName=function, Payload=json.dumps(event or {}))
            body = answer["Payload"].read()  # unread, its connection stays open
            if "FunctionError" in answer:
                raise LocalError(f"{function} failed when it was warmed: {body[:500]!r}")

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(call, range(count)))
