"""IAM users of the emulator with the stack's own policies: what a policy does not grant is refused here as on AWS."""

from local import aws
from local.credentials import AwsCredentials
from local.deploy import Stack


def edge_user(endpoint_url: str, stack: Stack, name: str = "edge") -> AwsCredentials:
    """Credentials as an edge's role gives them."""
    return _user(endpoint_url, name, stack.edge_policy_arn)


def administrator(endpoint_url: str, stack: Stack) -> AwsCredentials:
    """Credentials of a person who may do everything that administrators can."""
    return _user(endpoint_url, "administrator", stack.administrator_policy_arn)


def helpdesk(endpoint_url: str, stack: Stack) -> AwsCredentials:
    """Credentials of a person who may create users and enrolment codes, and nothing else."""
    return _user(endpoint_url, "helpdesk", stack.helpdesk_policy_arn)


def _user(endpoint_url: str, name: str, policy_arn: str) -> AwsCredentials:
    iam = aws.client("iam", endpoint_url)
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=policy_arn)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return AwsCredentials(key["AccessKeyId"], key["SecretAccessKey"])
