"""Function processes that are there before the first burst of logins, and before the first push.

The emulator starts one whenever a call finds all others busy, and unpacks the layers for each: about 1.5 s of
processor time. Ten at once would cost a login its deadline.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from botocore.exceptions import ReadTimeoutError

from local import aws
from local.edges import MAX_CONNECTIONS
from local.up import Gatehouse

# What a push or a call passes on its way to the phone and back, and what shows the phone its app.
_OF_PUSH: Final = (
    "PollsFunction",
    "SendPushFunction",
    "DevicesFunction",
    "EnrollmentFunction",
    "PhoneCallFunction",
    "WebFunction",
)


def warm_up(gatehouse: Gatehouse) -> None:
    """As many calls at once as the edges can have open. The function refuses the event; its process stays."""
    _call(gatehouse, gatehouse.stack.logins_function, len(gatehouse.edges) * MAX_CONNECTIONS)
    if gatehouse.controllers:
        _call(gatehouse, gatehouse.stack.verify_password_function, MAX_CONNECTIONS)
    functions = _functions(gatehouse)
    for logical_id in _OF_PUSH:  # one after another: all at once would be slow enough for a timeout
        _call(gatehouse, functions[logical_id], 1)


def _functions(gatehouse: Gatehouse) -> Mapping[str, str]:
    """Names of all functions of the stack by their logical ids."""
    stacks = aws.client("cloudformation", gatehouse.emulator.url)
    resources = stacks.describe_stack_resources(StackName=gatehouse.stack.name)["StackResources"]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }


def _call(gatehouse: Gatehouse, function: str, count: int) -> None:
    functions = aws.client("lambda", gatehouse.emulator.url)

    def call(_: int) -> None:
        with suppress(ReadTimeoutError):  # its process has been started all the same
            functions.invoke(FunctionName=function, Payload=b"{}")[
                "Payload"
            ].read()  # unread, its connection stays open

    with ThreadPoolExecutor(count) as pool:
        list(pool.map(call, range(count)))
