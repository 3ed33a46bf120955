"""What stands for Amazon Connect on one machine: its API on loopback, and the telephones that it calls.

It takes StartOutboundVoiceContact and StopContact as Connect does: one call for each client token. A telephone is
answered only if somebody has said so before, with the keys that will be pressed; then the contact flow of
phone-calls.yaml is run, which invokes the deployed function with the event that Connect makes.
"""

import json
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote

from local.contact_flow import FlowRun, HungUpError
from local.credentials import ACCOUNT, REGION
from local.local_requests import check_same_site, json_answer, json_body
from local.loopback_server import ADDRESS, Answer, LoopbackServer, RefusedRequestError, Request
from mfa.contract.errors import ContractError
from mfa.contract.fields import JsonObject, optional_integer, optional_text, text

INSTANCE_ID: Final = "6b2c1f0e-3a5d-4c7b-9e8f-0a1b2c3d4e5f"
FLOW_ID: Final = "0f9e8d7c-6b5a-4f3e-8d2c-1b0a9f8e7d6c"
INSTANCE_ARN: Final = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/{INSTANCE_ID}"
FLOW_ARN: Final = f"{INSTANCE_ARN}/contact-flow/{FLOW_ID}"
SOURCE_NUMBER: Final = "+4930901820"
MAX_CALLS: Final = 1000  # that are remembered
HANGS_UP: Final = "x"  # among keys: here the person hangs up
RINGS_SECONDS: Final = 0.2

_TELEPHONES: Final = "/_local/telephones/"
_MAX_OCTETS: Final = 500

type Invoke = Callable[[str, Mapping[str, object]], object]
"""The function's ARN and its event; what it answers. May raise anything."""


@dataclass(kw_only=True)
class Call:
    """One contact. ``said`` is what the person heard; ``was_stopped`` tells that the API ended it."""

    contact_id: str
    number: str
    attributes: Mapping[str, str]
    client_token: str
    ring_seconds: int | None = None
    said: list[str] = field(default_factory=list)
    was_stopped: bool = False
    over: threading.Event = field(default_factory=threading.Event, repr=False)


class ConnectService:
    """It runs from the beginning until ``stop``. Calls are answered once ``put_in_service`` was called."""

    def __init__(self) -> None:
        self._server = LoopbackServer(0, self._respond)
        self._lock = threading.Lock()
        self._calls: dict[str, Call] = {}  # by client token
        self._keys: dict[str, str] = {}  # by number
        self._refused: dict[str, str] = {}
        self._flow = ""
        self._invoke: Invoke | None = None

    @property
    def url(self) -> str:
        return f"http://{ADDRESS}:{self._server.port}"

    def put_in_service(self, flow: str, invoke: Invoke) -> None:
        self._flow, self._invoke = flow, invoke

    def answer(self, number: str, keys: str) -> None:
        """Have the telephone answered from now on; these keys are pressed, one for each question. ``x`` hangs up."""
        with self._lock:
            self._keys[number] = keys

    def refuse(self, number: str, error: str) -> None:
        """Have the API refuse calls to this number with an error of Connect's."""
        with self._lock:
            self._refused[number] = error

    def calls_to(self, number: str) -> Sequence[Call]:
        with self._lock:
            return [call for call in self._calls.values() if call.number == number]

    def stop(self) -> None:
        self._server.stop()

    def _respond(self, request: Request) -> Answer:
        match (request.method, request.path):
            case "PUT", "/contact/outbound-voice":
                return self._start(json_body(request))
            case "POST", "/contact/stop":
                return self._hang_up(json_body(request))
            case "PUT" | "GET", path if path.startswith(_TELEPHONES):
                check_same_site(request, self.url)
                return self._telephone(request, unquote(path.removeprefix(_TELEPHONES)))
        raise RefusedRequestError(HTTPStatus.NOT_FOUND, "not here")

    def _start(self, wanted: JsonObject) -> Answer:
        try:
            number = text(wanted, "DestinationPhoneNumber", max_octets=_MAX_OCTETS)
            token = optional_text(wanted, "ClientToken", max_octets=_MAX_OCTETS) or secrets.token_hex()
            where = [text(wanted, name, max_octets=_MAX_OCTETS) for name in ("InstanceId", "ContactFlowId")]
            rings = optional_integer(wanted, "RingTimeoutInSeconds", lowest=15, highest=60)
        except ContractError as error:
            return _refusal("InvalidParameterException", str(error))
        if where != [INSTANCE_ID, FLOW_ID]:
            return _refusal("ResourceNotFoundException", "there is no such instance or flow", HTTPStatus.NOT_FOUND)
        if "SourcePhoneNumber" not in wanted and "QueueId" not in wanted:
            return _refusal("InvalidRequestException", "a call needs a number or a queue to come from")
        if number in self._refused:
            return _refusal(self._refused[number], "as it was told to", HTTPStatus.FORBIDDEN)
        return json_answer({"ContactId": self._called(number, token, wanted, rings).contact_id})

    def _called(self, number: str, token: str, wanted: JsonObject, rings: int | None) -> Call:
        with self._lock:
            known = self._calls.get(token)
            if known is not None:
                return known
            call = Call(
                contact_id=str(uuid.uuid4()),
                number=number,
                attributes=_attributes(wanted),
                client_token=token,
                ring_seconds=rings,
            )
            if len(self._calls) >= MAX_CALLS:
                del self._calls[next(iter(self._calls))]
            self._calls[token] = call
            keys = self._keys.get(number)
        if keys is not None:
            threading.Thread(target=self._talk, args=(call, keys), daemon=True).start()
        return call

    def _talk(self, call: Call, keys: str) -> None:
        time.sleep(RINGS_SECONDS)
        run = FlowRun(
            flow=self._flow,
            attributes=call.attributes,
            keys=_pressed(keys),
            invoke=lambda function, parameters: self._invoked(call, function, parameters),
            said=call.said,
        )
        try:
            run.run()
        except HungUpError:
            pass
        finally:
            call.over.set()

    def _invoked(self, call: Call, function: str, parameters: Mapping[str, str]) -> object:
        if self._invoke is None:
            raise RuntimeError("nothing is deployed yet")
        return self._invoke(function, contact_flow_event(call, parameters))

    def _hang_up(self, wanted: JsonObject) -> Answer:
        contact_id = wanted.get("ContactId")
        with self._lock:
            found = next((call for call in self._calls.values() if call.contact_id == contact_id), None)
        if found is None:
            return _refusal("ContactNotFoundException", "there is no such contact", HTTPStatus.GONE)
        found.was_stopped = True
        return json_answer({})

    def _telephone(self, request: Request, number: str) -> Answer:
        """``PUT`` has it answered: ``{"keys": "#"}``. ``GET`` shows its calls."""
        if request.method == "PUT":
            try:
                self.answer(number, text(json_body(request), "keys", max_octets=_MAX_OCTETS))
            except ContractError as error:
                raise RefusedRequestError(HTTPStatus.BAD_REQUEST, str(error)) from None
        calls = [{"said": call.said, "stopped": call.was_stopped} for call in self.calls_to(number)]
        return json_answer({"number": number, "calls": calls})


def contact_flow_event(call: Call, parameters: Mapping[str, str], instance_arn: str | None = None) -> dict[str, object]:
    """What Connect sends to a function, as it documents it."""
    return {
        "Name": "ContactFlowEvent",
        "Details": {
            "ContactData": {
                "Attributes": dict(call.attributes),
                "Channel": "VOICE",
                "ContactId": call.contact_id,
                "CustomerEndpoint": {"Address": call.number, "Type": "TELEPHONE_NUMBER"},
                "InitialContactId": call.contact_id,
                "InitiationMethod": "API",
                "InstanceARN": instance_arn or INSTANCE_ARN,
                "PreviousContactId": call.contact_id,
                "Queue": None,
                "SystemEndpoint": {"Address": SOURCE_NUMBER, "Type": "TELEPHONE_NUMBER"},
            },
            "Parameters": dict(parameters),
        },
    }


def _pressed(keys: str) -> Iterator[str]:
    for key in keys:
        if key == HANGS_UP:
            raise HungUpError
        yield key


def _attributes(wanted: JsonObject) -> dict[str, str]:
    given = wanted.get("Attributes")
    return {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}


def _refusal(error: str, told: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Answer:
    headers = [("content-type", "application/json"), ("x-amzn-errortype", error)]
    return Answer(status=status, headers=headers, body=json.dumps({"Message": told}).encode())
