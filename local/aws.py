"""Clients of the emulator for the set-up itself, as its root user."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config

from local.credentials import REGION, ROOT_USER
from local.errors import LocalError


def client(service: str, endpoint_url: str) -> Any:  # noqa: ANN401 boto3 makes its clients at run time
    """A client with short timeouts: the emulator is on this machine, so a slow answer is a fault."""
    return boto3.client(  # type: ignore[call-overload] # the service's name is not known before run time
        service,
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ROOT_USER.access_key_id,
        aws_secret_access_key=ROOT_USER.secret_access_key,
        config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 2}),
    )


def invoke(endpoint_url: str, function: str, event: Mapping[str, object]) -> object:
    """What the function answers. Raises LocalError if it fails."""
    answer = client("lambda", endpoint_url).invoke(FunctionName=function, Payload=json.dumps(event).encode())
    if "FunctionError" in answer:
        raise LocalError(f"the function {function} failed")
    return json.loads(answer["Payload"].read())
