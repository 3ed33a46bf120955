"""Credentials that only the emulator on loopback knows."""

from dataclasses import dataclass, field
from typing import Final

REGION: Final = "eu-central-1"
ACCOUNT: Final = "000000000000"


@dataclass(frozen=True, slots=True)
class AwsCredentials:
    access_key_id: str
    secret_access_key: str = field(repr=False)


# The emulator's root user. It is no secret: the emulator listens on loopback and starts empty.
ROOT_USER: Final = AwsCredentials("test", "test")


def aws_environment(endpoint_url: str, credentials: AwsCredentials) -> dict[str, str]:
    """What an AWS SDK or the SAM CLI reads to talk to the emulator, and nothing of this machine's own AWS setting."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
