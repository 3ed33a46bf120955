"""One way to ask an AWS service, and to say in one sentence why it did not answer.

A local set-up brings its endpoint and credentials; everything else uses the usual chain of AWS tools.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gatehouse.errors import FAILED, REFUSED, CommandError

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError
    from botocore.session import Session

_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 20
_ATTEMPTS: Final = 3
_IAM_PREFIXES: Final[Mapping[str, str]] = {"stepfunctions": "states"}
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDeniedFault"})


def patient_session() -> "Session":
    """As the usual chain of AWS tools has it, but nothing is waited for as long as botocore would, five minutes: not
    what a client of it asks, nor what credentials are got from."""
    from botocore.config import Config  # noqa: PLC0415 -- half a second that other commands need not wait
    from botocore.session import Session  # noqa: PLC0415

    session = Session()
    session.set_default_client_config(
        Config(connect_timeout=_CONNECT_SECONDS, read_timeout=_READ_SECONDS, retries={"total_max_attempts": _ATTEMPTS})
    )
    return session


class AwsError(CommandError):
    """Raised when AWS answers with an error. ``aws_code`` is AWS's own name of it."""

    def __init__(self, aws_code: str, text: str, status: int = FAILED) -> None:
        super().__init__("aws-refused", text, status)
        self.aws_code = aws_code


@dataclass(frozen=True, slots=True)
class Aws:
    """``ready`` is the local set-up's own description, None for AWS itself; ``region`` wins over what is configured."""

    ready: Mapping[str, Any] | None = None
    region: str | None = None
    _services: dict[str, "Service"] = field(default_factory=dict, repr=False, compare=False)

    def service(self, name: str) -> "Service":
        """Made once: reading a service's description takes longer than most calls."""
        if name not in self._services:
            self._services[name] = Service(name, self._client(name))
        return self._services[name]

    def _client(self, name: str) -> "BaseClient":
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415 -- half a second that other commands need not wait

        session = patient_session()
        try:
            return session.create_client(name, region_name=self._region(session), **self._local())
        except BotoCoreError as error:
            raise CommandError("no-credentials", f"AWS cannot be asked: {error}") from None

    def _region(self, session: "Session") -> str:
        found = self.region or os.environ.get("AWS_REGION") or session.get_config_variable("region")
        if self.ready is not None:
            found = self.ready["region"]
        if not found:
            raise CommandError("no-region", "no AWS region is configured; set AWS_REGION")
        return str(found)

    def _local(self) -> dict[str, Any]:
        if self.ready is None:
            return {}
        return {"endpoint_url": self.ready["aws_endpoint_url"], **self.ready["aws_credentials"]}


@dataclass(frozen=True, slots=True)
class Service:
    """A service of AWS; its operations by their names in botocore."""

    name: str
    client: "BaseClient"

    def ask(self, operation: str, **parameters: object) -> dict[str, Any]:
        """The answer. Raises AwsError if AWS says no, CommandError if it cannot be asked. What was sent is in no
        error: it may hold a shared secret."""
        from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError  # noqa: PLC0415

        call: Callable[..., dict[str, Any]] = getattr(self.client, operation)
        try:
            return call(**parameters)
        except ClientError as error:
            raise self._refused(operation, error) from None
        except ParamValidationError:
            text = f"{self.name} {operation}: a value has a form that AWS does not take"
            raise AwsError("ParamValidation", text) from None
        except NoCredentialsError:
            text = "no AWS credentials found; set AWS_PROFILE, or log in as for any other AWS command"
            raise CommandError("no-credentials", text) from None
        except BotoCoreError as error:
            raise CommandError("aws-unreachable", f"{self.name} cannot be asked: {type(error).__name__}") from None

    def _refused(self, operation: str, error: "ClientError") -> AwsError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _DENIED:
            return AwsError(code, f"these AWS credentials may not call {self._action(operation)}", REFUSED)
        said = str(error.response.get("Error", {}).get("Message", "")).strip()
        return AwsError(code, f"AWS refused {self._action(operation)}: {code}{f' ({said})' if said else ''}")

    def _action(self, operation: str) -> str:
        """As IAM names it."""
        prefix = _IAM_PREFIXES.get(self.name, self.name)
        return f"{prefix}:{self.client.meta.method_to_api_mapping.get(operation, operation)}"
