"""DatagramCarrier by one invocation of udp_probe, which stands in the VPC."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.canary_ports import Carried
from mfa.errors import UnavailableError


class LambdaCarrier:
    """``make_client`` makes a client of AWS; ``function`` is udp_probe's name."""

    def __init__(self, *, make_client: Callable[[str, Config], Any], function: str) -> None:
        self._make_client = make_client
        self._function = function
        self._client: Any = None

    def carry(self, target: int, datagram: bytes, seconds: float) -> Carried:
        event = {"target": target, "datagram": base64.b64encode(datagram).decode(), "seconds": seconds}
        self._client = self._client or self._make_client("lambda", _config())
        try:
            answer = self._client.invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
            payload = answer["Payload"].read()
        except ClientError as error:
            raise UnavailableError(f"udp_probe cannot be invoked: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise UnavailableError(f"udp_probe does not answer: {type(error).__name__}") from None
        if "FunctionError" in answer:
            raise UnavailableError("udp_probe ended with an error; its log tells which")
        return _carried(payload)


def _config() -> Config:
    """One try: a datagram that was carried twice would be two logins with one code."""
    return Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 1, "mode": "standard"})


def _carried(payload: bytes) -> Carried:
    try:
        answer = json.loads(payload)
        reply = answer["reply"]
        octets = None if reply is None else base64.b64decode(reply, validate=True)
        return Carried(reply=octets, milliseconds=int(answer["milliseconds"]))
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise UnavailableError("what udp_probe answered cannot be read") from None
