"""CloudFormation's DescribeStacks in this process. moto's wants a package for OpenAPI that nothing else here needs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import BotocoreStubber

type Outputs = Mapping[str, str]
PARAMETERS = {
    *("RadiusAddressA", "RadiusAddressB", "RadiusPort"),
    *("PhoneCallInstanceArn", "PhoneCallSourceNumber", "PhoneCallQueueId", "PhoneCallCountries"),
    *("PhoneCallMaxPrice", "PhoneCallDailyBudget", "PhoneCallsPerDay"),
}  # what the template is given, and does not tell


class RawBody(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        while content := self.read(65_536):
            yield content


@contextmanager
def stacks() -> Iterator[dict[str, Outputs]]:
    """The outputs of stacks by name, to be filled; and what are parameters, as such."""
    known: dict[str, Outputs] = {}

    original = BotocoreStubber.__call__

    def answer(stubber: Any, event_name: str, request: Any, **more: Any) -> Any:
        if not event_name.endswith(".DescribeStacks"):
            return original(stubber, event_name, request, **more)
        body = request.body.decode() if isinstance(request.body, bytes) else request.body
        (name,) = parse_qs(body)["StackName"]
        status, text = (200, _described(name, known[name])) if name in known else (400, _unknown(name))
        return AWSResponse(request.url, status, {"Content-Type": "text/xml"}, RawBody(text.encode()))

    BotocoreStubber.__call__ = answer  # type: ignore[method-assign,assignment]
    try:
        yield known
    finally:
        BotocoreStubber.__call__ = original  # type: ignore[method-assign]


def _described(name: str, outputs: Outputs) -> str:
    members = "".join(
        f"<member><OutputKey>{escape(key)}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
        for key, value in outputs.items()
        if key not in PARAMETERS
    )
    parameters = "".join(
        f"<member><ParameterKey>{key}</ParameterKey><ParameterValue>{escape(outputs[key])}</ParameterValue></member>"
        for key in sorted(PARAMETERS & outputs.keys())
    )
    return (
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
        f"<StackName>{escape(name)}</StackName><CreationTime>2026-01-01T00:00:00Z</CreationTime>"
        f"<StackStatus>UPDATE_COMPLETE</StackStatus><Outputs>{members}</Outputs>"
        f"<Parameters>{parameters}</Parameters>"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


def _unknown(name: str) -> str:
    text = f"Stack with id {escape(name)} does not exist"
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>{text}</Message></Error>"
        "</ErrorResponse>"
    )
