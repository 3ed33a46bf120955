"""Whether Amazon Connect would call people, as the stack was told to have it done. Nobody is called."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from gatehouse.aws.session import Aws, AwsError, Service
from gatehouse.aws.stack import Stack
from gatehouse.findings import Finding, ok, problem, warning
from mfa.domain.sms_caps import CallPolicy

_CHECK: Final = "calls"
_INSTANCE: Final = "PhoneCallInstanceArn"
_FLOW: Final = "PhoneCallContactFlowArn"


def are_on(stack: Stack) -> bool:
    return bool(stack.parameters.get(_INSTANCE))


def calls(aws: Aws, stack: Stack) -> Iterator[Finding]:
    """Of a stack in which they are on. Which countries an instance may call, Connect tells nobody."""
    yield _limits(stack.parameters)
    connect, instance = aws.service("connect"), _id_of(stack.parameters[_INSTANCE])
    try:
        yield from _instance(connect, instance)
    except AwsError as error:
        if error.aws_code != "ResourceNotFoundException":
            raise
        text = f"this account has no Connect instance {instance} in this region"
        yield problem(_CHECK, text, f"deploy with {_INSTANCE} of one in the region of the stack")
        return  # whatever is looked for in it is not there either
    yield from _origin(connect, instance, stack.parameters)
    yield from _flow(connect, instance, stack)


def _limits(parameters: Mapping[str, str]) -> Finding:
    policy = CallPolicy(
        countries=frozenset(filter(None, parameters["PhoneCallCountries"].split(","))),
        max_price=Decimal(parameters["PhoneCallMaxPrice"]),
        daily_budget=Decimal(parameters["PhoneCallDailyBudget"]),
        per_day=int(parameters["PhoneCallsPerDay"]),
    )
    if not policy.is_on:
        advice = "deploy with PhoneCallCountries, for example PhoneCallCountries=DE,AT,CH"
        return problem(_CHECK, "no country is admitted, so nobody is ever called", advice)
    if policy.logins_a_day < 1:
        text = "PhoneCallDailyBudget is less than PhoneCallMaxPrice: nobody may be called"
        return problem(_CHECK, text, "raise PhoneCallDailyBudget")
    limits = f"at most {policy.messages_a_day} a day, {policy.logins_a_day} of them for logins"
    return ok(_CHECK, f"calls go to {', '.join(sorted(policy.countries))}, {limits}")


def _instance(connect: Service, instance: str) -> Iterator[Finding]:
    found = connect.ask("describe_instance", InstanceId=instance)["Instance"]
    name = found.get("InstanceAlias", instance)
    if found["InstanceStatus"] != "ACTIVE":
        yield problem(_CHECK, f"Connect instance {name} is {found['InstanceStatus']}", "look at it in Amazon Connect")
    elif not found["OutboundCallsEnabled"]:
        advice = "switch outbound calls on, in its telephony options"
        yield problem(_CHECK, f"Connect instance {name} makes no outbound calls", advice)
    else:
        yield ok(_CHECK, f"Connect instance {name} is ACTIVE and makes outbound calls")


def _origin(connect: Service, instance: str, parameters: Mapping[str, str]) -> Iterator[Finding]:
    """Both may be given; then Connect is told both."""
    number, queue = parameters.get("PhoneCallSourceNumber"), parameters.get("PhoneCallQueueId")
    if number:
        yield _number(connect, instance, number)
    if queue:
        yield _queue(connect, instance, queue)
    if not number and not queue:
        advice = "deploy with PhoneCallSourceNumber or PhoneCallQueueId"
        yield problem(_CHECK, "calls have no number to come from, so Connect takes none", advice)


def _number(connect: Service, instance: str, number: str) -> Finding:
    found = connect.ask("list_phone_numbers_v2", InstanceId=instance, PhoneNumberPrefix=number)
    if any(one["PhoneNumber"] == number for one in found["ListPhoneNumbersSummaryList"]):
        return ok(_CHECK, f"calls come from {number}")
    advice = "claim it for the instance, or deploy with a PhoneCallSourceNumber that it has"
    return problem(_CHECK, f"{number} is none of the instance's numbers", advice)


def _queue(connect: Service, instance: str, queue: str) -> Finding:
    advice = "deploy with another PhoneCallQueueId"
    try:
        found = connect.ask("describe_queue", InstanceId=instance, QueueId=queue)["Queue"]
    except AwsError as error:
        if error.aws_code != "ResourceNotFoundException":
            raise
        return problem(_CHECK, f"the instance has no queue {queue}", advice)
    if found["Status"] != "ENABLED":
        return problem(_CHECK, f"queue {found['Name']} is {found['Status']}", f"enable it, or {advice}")
    if not found.get("OutboundCallerConfig", {}).get("OutboundCallerIdNumberId"):
        text = f"queue {found['Name']} has no number for outbound calls"
        return problem(_CHECK, text, "give it an outbound caller ID number")
    return ok(_CHECK, f"calls come from the number of queue {found['Name']}")


def _flow(connect: Service, instance: str, stack: Stack) -> Iterator[Finding]:
    function = stack.outputs["PhoneCallFunctionName"]
    arn = stack.outputs.get(_FLOW) or stack.parameters.get(_FLOW)
    if arn:
        yield _judged(connect, instance, _id_of(arn), function)
    else:
        yield warning(_CHECK, "the stack does not tell which contact flow its calls run in", "deploy the stack again")
    if not any(one.endswith(f":function:{function}") for one in _functions(connect, instance)):
        advice = "add it to the instance (Flows, AWS Lambda), or deploy the stack again"
        yield warning(_CHECK, f"{function} is none of the functions that the instance may ask", advice)


def _judged(connect: Service, instance: str, flow: str, function: str) -> Finding:
    advice = f"publish it, deploy the stack again, or deploy with another {_FLOW}"
    try:
        found = connect.ask("describe_contact_flow", InstanceId=instance, ContactFlowId=flow)["ContactFlow"]
    except AwsError as error:
        if error.aws_code not in {"ResourceNotFoundException", "ContactFlowNotPublishedException"}:
            raise
        return problem(_CHECK, f"the instance has no contact flow {flow} that is published", advice)
    if found.get("State", "ACTIVE") != "ACTIVE":
        return problem(_CHECK, f"contact flow {found['Name']} is {found['State']}", advice)
    if function not in found["Content"]:
        text = f"contact flow {found['Name']} does not ask {function}: nobody hears who is signing in, or can approve"
        return problem(_CHECK, text, "have it ask the function as templates/phone-calls.yaml does")
    return ok(_CHECK, f"contact flow {found['Name']} is ACTIVE and asks {function}")


def _functions(connect: Service, instance: str) -> Iterator[str]:
    more: dict[str, str] = {}
    while True:
        page = connect.ask("list_lambda_functions", InstanceId=instance, **more)
        yield from page["LambdaFunctions"]
        if "NextToken" not in page:
            return
        more = {"NextToken": page["NextToken"]}


def _id_of(arn: str) -> str:
    return arn.rpartition("/")[2]
