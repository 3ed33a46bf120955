"""What a function is told by its environment, read once from a mapping. A missing name fails at the start."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

DEFAULT_ISSUER = "Gatehouse"
DEFAULT_ACCOUNTING_RETENTION_DAYS = 365
MAX_ACCOUNTING_RETENTION_DAYS = 3653  # ten years


class SettingsError(ValueError):
    """Raised when the environment lacks a setting or holds one that cannot be. The text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``deployment`` (the stack's name) is part of the KMS encryption context: another stack's keys do not open here.
    ``endpoint_url`` is None on AWS and the emulator's address on one machine. ``issuer`` is shown in apps.
    ``verify_password_function`` is the function that asks directories, None where there is none."""

    table_name: str
    kms_key_id: str
    deployment: str
    region: str
    endpoint_url: str | None = None
    verify_password_function: str | None = None
    issuer: str = DEFAULT_ISSUER
    accounting_retention_days: int = DEFAULT_ACCOUNTING_RETENTION_DAYS
    log_level: str = "INFO"
    service_name: str = "gatehouse"
    metrics_namespace: str = "Gatehouse"

    @classmethod
    def from_mapping(cls, environment: Mapping[str, str]) -> Self:
        return cls(
            table_name=_required(environment, "TABLE_NAME"),
            kms_key_id=_required(environment, "KMS_KEY_ID"),
            deployment=_required(environment, "DEPLOYMENT"),
            region=environment.get("AWS_REGION") or _required(environment, "AWS_DEFAULT_REGION"),
            endpoint_url=environment.get("AWS_ENDPOINT_URL") or None,
            verify_password_function=environment.get("VERIFY_PASSWORD_FUNCTION") or None,
            issuer=environment.get("ISSUER") or DEFAULT_ISSUER,
            accounting_retention_days=_days(environment, "ACCOUNTING_RETENTION_DAYS"),
            log_level=environment.get("LOG_LEVEL") or "INFO",
            service_name=environment.get("POWERTOOLS_SERVICE_NAME") or "gatehouse",
            metrics_namespace=environment.get("POWERTOOLS_METRICS_NAMESPACE") or "Gatehouse",
        )


def _days(environment: Mapping[str, str], name: str) -> int:
    value = environment.get(name) or str(DEFAULT_ACCOUNTING_RETENTION_DAYS)
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MAX_ACCOUNTING_RETENTION_DAYS):
        raise SettingsError(f"{name} must be a number of days from 1 to {MAX_ACCOUNTING_RETENTION_DAYS}")
    return int(value)


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(f"the environment variable {name} is not set")
    return value
