"""The parts of the stack that every login needs, as AWS describes them."""

from collections.abc import Iterator, Mapping
from typing import Final

from gatehouse.aws.session import Aws
from gatehouse.aws.stack import find_stack
from gatehouse.findings import Finding, ok, problem, warning

_PARTS: Final = ("TableName", "KeyArn", "PushStateMachineArn")


def stack(aws: Aws, name: str) -> Iterator[Finding]:
    found = find_stack(aws, name)
    missing = [part for part in _PARTS if part not in found.outputs]
    if missing:
        yield problem("stack", f"stack {name} has no output {missing[0]}", "is it Gatehouse's stack? give --stack")
    elif found.status.endswith("_COMPLETE") and "ROLLBACK" not in found.status:
        yield ok("stack", f"stack {name} is {found.status}")
    elif found.status.endswith("_IN_PROGRESS"):
        yield warning("stack", f"stack {name} is {found.status}", "wait until it has ended")
    else:
        yield problem("stack", f"stack {name} is {found.status}", "look at its events in CloudFormation")


def table(aws: Aws, outputs: Mapping[str, str]) -> Iterator[Finding]:
    name = outputs["TableName"]
    dynamodb = aws.service("dynamodb")
    found = dynamodb.ask("describe_table", TableName=name)["Table"]
    if found["TableStatus"] != "ACTIVE":
        yield problem("table", f"table {name} is {found['TableStatus']}", "wait, or look at it in DynamoDB")
        return
    yield ok("table", f"table {name} is ACTIVE")
    if aws.ready is not None:
        yield ok("table", "its recovery and protection are not looked at: an emulator's table is gone with the set-up")
        return
    backups = dynamodb.ask("describe_continuous_backups", TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    if recovery != "ENABLED":
        yield warning("table", f"table {name} has no point-in-time recovery", "deploy the stack again")
    if not found.get("DeletionProtectionEnabled"):
        yield warning("table", f"table {name} can be deleted by mistake", "deploy with DeletionProtection=true")


def key(aws: Aws, outputs: Mapping[str, str]) -> Iterator[Finding]:
    found = aws.service("kms").ask("describe_key", KeyId=outputs["KeyArn"])["KeyMetadata"]
    if found["KeyState"] == "Enabled":
        yield ok("key", "the key is enabled")
    else:
        advice = "cancel its deletion, or enable it: without it no code can be checked, and every factor is lost"
        yield problem("key", f"the key is {found['KeyState']}", advice)


def state_machine(aws: Aws, outputs: Mapping[str, str]) -> Iterator[Finding]:
    arn = outputs["PushStateMachineArn"]
    found = aws.service("stepfunctions").ask("describe_state_machine", stateMachineArn=arn)
    if found.get("status", "ACTIVE") == "ACTIVE":
        yield ok("state machine", f"state machine {found['name']} is ACTIVE")
    else:
        yield problem("state machine", f"state machine {found['name']} is {found['status']}", "deploy the stack again")
