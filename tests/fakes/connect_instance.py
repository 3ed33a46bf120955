"""An Amazon Connect instance as its API describes it, in this process. moto knows little of Connect."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

from tests.fakes.stacks import RawBody

INSTANCE_ID = "6b2c1f0e-3a5d-4c7b-9e8f-0a1b2c3d4e5f"
INSTANCE_ARN = f"arn:aws:connect:eu-central-1:123456789012:instance/{INSTANCE_ID}"
FLOW_ARN = f"{INSTANCE_ARN}/contact-flow/0f9e8d7c-6b5a-4f3e-8d2c-1b0a9f8e7d6c"
QUEUE_ID = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"
NUMBER = "+4930901820"
FUNCTION = "gatehouse-PhoneCallFunction-Xy1"
FUNCTION_ARN = f"arn:aws:lambda:eu-central-1:123456789012:function:{FUNCTION}"

PARAMETERS = {
    "PhoneCallInstanceArn": INSTANCE_ARN,
    "PhoneCallSourceNumber": NUMBER,
    "PhoneCallQueueId": "",
    "PhoneCallCountries": "DE,AT",
    "PhoneCallMaxPrice": "0.20",
    "PhoneCallDailyBudget": "10",
    "PhoneCallsPerDay": "200",
}
OUTPUTS = {"PhoneCallFunctionName": FUNCTION, "PhoneCallContactFlowArn": FLOW_ARN}


@dataclass
class FakeConnect:
    """Everything is as it should be, until a test changes it. ``refused`` gives an error's code for an operation."""

    instance: dict[str, Any] = field(
        default_factory=lambda: {"InstanceAlias": "corp", "InstanceStatus": "ACTIVE", "OutboundCallsEnabled": True}
    )
    numbers: list[str] = field(default_factory=lambda: [NUMBER])
    queue: dict[str, Any] = field(
        default_factory=lambda: {
            "Name": "callers",
            "Status": "ENABLED",
            "OutboundCallerConfig": {"OutboundCallerIdNumberId": "n-1"},
        }
    )
    flow: dict[str, Any] = field(
        default_factory=lambda: {
            "Name": "gatehouse calls",
            "State": "ACTIVE",
            "Content": json.dumps({"Actions": [{"Parameters": {"LambdaFunctionARN": FUNCTION_ARN}}]}),
        }
    )
    functions: list[list[str]] = field(default_factory=lambda: [["arn:aws:lambda:x:1:function:other"], [FUNCTION_ARN]])
    refused: dict[str, str] = field(default_factory=dict)

    def document(self, operation: str, request: Any) -> dict[str, Any]:
        match operation:
            case "DescribeInstance":
                return {"Instance": self.instance}
            case "ListPhoneNumbersV2":
                prefix = json.loads(request.body)["PhoneNumberPrefix"]
                listed = [{"PhoneNumber": one} for one in self.numbers if one.startswith(prefix)]
                return {"ListPhoneNumbersSummaryList": listed}
            case "DescribeQueue":
                return {"Queue": self.queue}
            case "DescribeContactFlow":
                return {"ContactFlow": self.flow}
            case "ListLambdaFunctions":
                _, _, page = request.url.partition("nextToken=")
                following = int(page or 0) + 1
                more = {"NextToken": str(following)} if following < len(self.functions) else {}
                return {"LambdaFunctions": self.functions[following - 1], **more}
        raise AssertionError(operation)


@contextmanager
def connect_instance() -> Iterator[FakeConnect]:
    fake, original = FakeConnect(), BotocoreStubber.__call__

    def answer(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        if not event_name.startswith("before-send.connect."):
            return original(stubber, event_name, request, **more)
        operation = event_name.rpartition(".")[2]
        code = fake.refused.get(operation)
        headers = {"Content-Type": "application/json"} | ({"x-amzn-ErrorType": code} if code else {})
        document = {"Message": "no"} if code else fake.document(operation, request)
        return AWSResponse(request.url, 400 if code else 200, headers, RawBody(json.dumps(document).encode()))

    BotocoreStubber.__call__ = answer  # type: ignore[method-assign,assignment]
    try:
        yield fake
    finally:
        BotocoreStubber.__call__ = original  # type: ignore[method-assign]
