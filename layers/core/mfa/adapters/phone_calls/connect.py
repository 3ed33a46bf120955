"""PhoneCaller on Amazon Connect. What Connect takes is placed, not answered; what is then said and asked is the contact
flow's (phone-calls.yaml).

The call's id is Connect's client token, so an attempt that is made again after a lost answer is the same call. What
Connect refuses is recognised by its code; its text is not passed on, because it may quote the number.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
)

from mfa.call_ports import CallResult, PlacedCall, WantedCall

# A person and a RADIUS client wait. A second attempt is safe: it has the same client token.
_CONFIG: Final = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})
_LEAST_RINGING: Final = 15  # seconds, by Connect's API
_LONGEST_RINGING: Final = 60
_NEVER_PLACED: Final = (ConnectTimeoutError, EndpointConnectionError, ParamValidationError)
_BY_CODE: Final[Mapping[str, CallResult]] = {
    "DestinationNotAllowedException": CallResult.NUMBER_REFUSED,
    "OutboundContactNotPermittedException": CallResult.NUMBER_REFUSED,
    "LimitExceededException": CallResult.THROTTLED,
    "ThrottlingException": CallResult.THROTTLED,
    "TooManyRequestsException": CallResult.THROTTLED,
    "AccessDeniedException": CallResult.NOT_AUTHORISED,
}

type ClientMaker = Callable[[str, Config], Any]


class ConnectCaller:
    """``make_client`` makes a client of an AWS service. ``instance`` and ``flow`` are ARNs. Calls come from
    ``source_number``, or from what ``queue`` (an id) shows; None where the other is given."""

    def __init__(
        self,
        *,
        make_client: ClientMaker,
        instance: str,
        flow: str,
        source_number: str | None,
        queue: str | None,
    ) -> None:
        self._make_client = make_client
        self._instance_id = _id_of(instance)
        self._flow_id = _id_of(flow)
        named = {"SourcePhoneNumber": source_number, "QueueId": queue}
        self._from = {name: value for name, value in named.items() if value is not None}

    def call(self, number: str, wanted: WantedCall) -> PlacedCall:
        try:
            answer = self._connect.start_outbound_voice_contact(
                DestinationPhoneNumber=number,
                InstanceId=self._instance_id,
                ContactFlowId=self._flow_id,
                ClientToken=wanted.call_id,
                Attributes=_attributes(wanted),
                RingTimeoutInSeconds=_ring_seconds(wanted.seconds),
                **self._from,
            )
        except ClientError as error:
            code = _code(error)
            return PlacedCall(result=_BY_CODE.get(code, CallResult.REFUSED), detail=f"Connect refused it: {code}")
        except _NEVER_PLACED as error:
            told = f"Connect cannot be reached: {type(error).__name__}"
            return PlacedCall(result=CallResult.UNREACHABLE, detail=told)
        except BotoCoreError as error:
            return PlacedCall(result=CallResult.UNKNOWN, detail=f"Connect did not answer: {type(error).__name__}")
        return PlacedCall(result=CallResult.PLACED, contact_id=str(answer["ContactId"]))

    def hang_up(self, contact_id: str) -> None:
        try:
            self._connect.stop_contact(ContactId=contact_id, InstanceId=self._instance_id)
        except (ClientError, BotoCoreError):  # it has ended by itself, or will: the flow asks three times at most
            return

    @cached_property
    def _connect(self) -> Any:  # noqa: ANN401 -- botocore makes its clients' methods at run time
        return self._make_client("connect", _CONFIG)


def _attributes(wanted: WantedCall) -> dict[str, str]:
    """Connect keeps them for as long as it keeps its records of calls: nothing in them is secret, or names a person."""
    return {
        "call": wanted.call_id,
        "purpose": wanted.purpose.value,
        "application": wanted.application,
        "company": wanted.company,
    }


def _ring_seconds(seconds: float) -> int:
    """As long as an answer is worth anything, within what Connect takes."""
    return max(_LEAST_RINGING, min(int(seconds), _LONGEST_RINGING))


def _id_of(arn: str) -> str:
    """Connect's APIs want the id, which is the last part of an ARN."""
    return arn.rpartition("/")[2]


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))
