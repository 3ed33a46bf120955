"""What the role of each deployed function refuses: the same role under which all other tests here let it work."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local import aws
from local.credentials import REGION
from local.up import Gatehouse

pytestmark = pytest.mark.e2e

DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}


def calls(gatehouse: Gatehouse) -> dict[str, Callable[[Callable[[str], Any]], object]]:
    """What no function has any business with. Each only looks, lest it destroy something where it is not refused."""
    table = gatehouse.stack.table
    return {
        "read the whole table": lambda client: client("dynamodb").scan(TableName=table, Limit=1),
        "look for other functions": lambda client: client("lambda").list_functions(),
        "look at keys": lambda client: client("kms").list_keys(),
        "look at roles": lambda client: client("iam").list_roles(),
        "read histories of executions": lambda client: client("stepfunctions").list_state_machines(),
    }


def test_the_role_of_every_function_refuses_what_it_has_no_business_with(gatehouse: Gatehouse) -> None:
    functions = aws.client("lambda", gatehouse.emulator.url).list_functions()["Functions"]
    roles = {one["FunctionName"]: one["Role"] for one in functions}
    assert len(set(roles.values())) == len(roles) >= len(gatehouse.stack.functions)
    for name, role in roles.items():
        client = acting_as(gatehouse, role)
        for what, call in calls(gatehouse).items():
            with pytest.raises(ClientError) as refused:
                call(client)
            assert refused.value.response["Error"]["Code"] in DENIED, f"{name} may {what}"


def acting_as(gatehouse: Gatehouse, role: str) -> Callable[[str], Any]:
    sts = aws.client("sts", gatehouse.emulator.url)
    given = sts.assume_role(RoleArn=role, RoleSessionName="somebody-in-the-function")["Credentials"]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=gatehouse.emulator.url,
            region_name=REGION,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
            config=Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 1}),
        )

    return client
