"""The service accounts of directories: secrets of Secrets Manager, read late and kept for five minutes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from mfa.adapters.directory.fault import DirectoryFault
from mfa.contract import fields
from mfa.contract.directory import MAX_NAME_OCTETS, MAX_PASSWORD_OCTETS, ServiceAccount
from mfa.contract.errors import ContractError
from mfa.ports import Clock

KEPT_SECONDS: Final = 300
ASKED_AGAIN_AFTER_SECONDS: Final = 30  # one that the directory refused: more tries could lock it there

type ClientMaker = Callable[[str, Config], Any]

_CONFIG: Final = Config(connect_timeout=1, read_timeout=1.5, retries={"total_max_attempts": 2, "mode": "standard"})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAccount:
    account: ServiceAccount
    read_at: float
    refused_at: float | None = None

    def is_usable(self, now: float) -> bool:
        if self.refused_at is not None:
            return now < self.refused_at + ASKED_AGAIN_AFTER_SECONDS
        return now < self.read_at + KEPT_SECONDS


class ServiceAccounts:
    """``deployment`` is the first part of every secret's name."""

    def __init__(self, make_client: ClientMaker, deployment: str, clock: Clock) -> None:
        self._make_client = make_client
        self._client: Any = None
        self._deployment = deployment
        self._clock = clock
        self._known: dict[str, KnownAccount] = {}

    def get(self, name: str) -> KnownAccount:
        """Raises DirectoryFault."""
        known = self._known.get(name)
        if known is not None and known.is_usable(self._clock.now()):
            return known
        return self._read(name)

    def changed(self, name: str, known: KnownAccount) -> ServiceAccount | None:
        """The account if its secret holds another one by now than ``known``, which the directory has refused."""
        if self._clock.now() - known.read_at <= ASKED_AGAIN_AFTER_SECONDS:
            return None
        try:
            fresh = self._read(name).account
        except DirectoryFault:
            return None
        return fresh if fresh != known.account else None

    def note_refusal(self, name: str) -> None:
        self._known[name] = replace(self._known[name], refused_at=self._clock.now())

    def _read(self, name: str) -> KnownAccount:
        secret = f"{self._deployment}/directory/{name}"
        account = _service_account(secret, self._secret_string(secret))
        known = self._known[name] = KnownAccount(account=account, read_at=self._clock.now())
        return known

    def _secret_string(self, secret: str) -> object:
        if self._client is None:
            self._client = self._make_client("secretsmanager", _CONFIG)
        try:
            return self._client.get_secret_value(SecretId=secret).get("SecretString")
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            raise DirectoryFault(f"the secret {secret} cannot be read: {code}") from None
        except BotoCoreError as error:
            raise DirectoryFault(f"Secrets Manager cannot be reached: {type(error).__name__}") from None


def _service_account(secret: str, value: object) -> ServiceAccount:
    try:
        content = fields.decode_object(value if isinstance(value, str) else "")
        return ServiceAccount(
            username=fields.text(content, "username", max_octets=MAX_NAME_OCTETS),
            password=fields.text(content, "password", max_octets=MAX_PASSWORD_OCTETS * 4).encode(),
        )
    except ContractError as error:  # its text names the field and the rule, never the value
        raise DirectoryFault(f"the secret {secret} must be JSON with username and password: {error}") from None
