"""The canary's secrets: one secret of Secrets Manager, read each minute, so that a change is seen at once."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.canary_ports import CanarySecret
from mfa.contract import ContractError, fields
from mfa.errors import UnavailableError

_MAX_OCTETS: Final = 256


class StoredCanarySecrets:
    """``make_client`` makes a client of AWS; ``secret`` is the secret's name or ARN."""

    def __init__(self, *, make_client: Callable[[str, Config], Any], secret: str) -> None:
        self._make_client = make_client
        self._secret = secret
        self._client: Any = None

    def read(self) -> CanarySecret:
        self._client = self._client or self._make_client("secretsmanager", Config(connect_timeout=2, read_timeout=5))
        try:
            value = self._client.get_secret_value(SecretId=self._secret).get("SecretString")
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            raise UnavailableError(f"the canary's secret cannot be read ({code}); run gatehouse canary setup") from None
        except BotoCoreError as error:
            raise UnavailableError(f"Secrets Manager cannot be reached: {type(error).__name__}") from None
        return _read(value)


def _read(value: object) -> CanarySecret:
    try:
        content = fields.decode_object(value if isinstance(value, str) else "")
        return CanarySecret(
            shared_secret=fields.text(content, "shared_secret", max_octets=_MAX_OCTETS).encode(),
            seed=base64.b32decode(fields.text(content, "totp_secret", max_octets=_MAX_OCTETS)),
        )
    except (ContractError, binascii.Error):  # their texts could quote it
        raise UnavailableError("the canary's secret is not set up yet; run gatehouse canary setup") from None
