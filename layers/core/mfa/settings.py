"""What a function is told by its environment, read once from a mapping. A missing name fails at the start."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Self
from urllib.parse import urlsplit

from mfa.domain.sms_caps import CALLS_OFF, SMS_OFF, CallPolicy, SmsPolicy

DEFAULT_ISSUER = "Gatehouse"
DEFAULT_RETENTION_DAYS = 365
MAX_RETENTION_DAYS = 3653  # ten years
MOST_MESSAGES: Final = 1_000_000  # of any cap
_CONNECT: Final = ("FLOW_ARN", "SOURCE_NUMBER", "QUEUE_ID", "ENDPOINT_URL")
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_COUNTRIES: Final = re.compile(r"[A-Z]{2}(,[A-Z]{2})*")
_PRICE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,5})?")


class SettingsError(ValueError):
    """Raised when the environment lacks a setting or holds one that cannot be. The text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectSettings:
    """``instance`` and ``flow`` are ARNs; the flow is None in a function that places no calls. Calls come from
    ``source_number``, or what ``queue`` shows. ``endpoint_url`` is None on AWS."""

    instance: str
    flow: str | None = None
    source_number: str | None = None
    queue: str | None = None
    endpoint_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """``deployment`` (the stack's name) is part of the KMS encryption context: another stack's keys do not open here.
    ``endpoint_url`` is None on AWS and the emulator's address on one machine. ``issuer`` is shown in apps.
    ``verify_password_function`` is the function that asks directories, None where there is none. ``portal_origin`` is
    where users reach the web app (scheme and host: it is part of their passkeys); ``push_contact`` is whom a push
    service may write to about our messages. ``push_state_machine`` holds push approvals, ``send_push_function`` sends
    them. ``sms`` is what limits codes by message; ``sms_sender_id`` and ``sms_origination_number`` are whom they come
    from, where the country's default will not do. ``calls`` is what limits phone calls, ``connect`` by what they are
    made; None where the function makes none. ``send_notice_function`` tells people of changes, None where nobody does;
    ``notice_from`` is the address that mail comes from, None where there is no mail. ``event_bus`` is where events go.
    ``canary_secret`` names what the canary logs in with, ``udp_probe_function`` carries its packets."""

    table_name: str
    kms_key_id: str
    deployment: str
    region: str
    endpoint_url: str | None = None
    verify_password_function: str | None = None
    push_state_machine: str | None = None
    send_push_function: str | None = None
    portal_origin: str | None = None
    push_contact: str | None = None
    allows_push_endpoints_on_loopback: bool = False
    sms: SmsPolicy = SMS_OFF
    sms_sender_id: str | None = None
    sms_origination_number: str | None = None
    calls: CallPolicy = CALLS_OFF
    connect: ConnectSettings | None = None
    notice_from: str | None = None
    send_notice_function: str | None = None
    issuer: str = DEFAULT_ISSUER
    accounting_retention_days: int = DEFAULT_RETENTION_DAYS
    receipt_retention_days: int = DEFAULT_RETENTION_DAYS
    event_bus: str | None = None
    canary_secret: str | None = None
    udp_probe_function: str | None = None
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
            push_state_machine=environment.get("PUSH_STATE_MACHINE") or None,
            send_push_function=environment.get("SEND_PUSH_FUNCTION") or None,
            portal_origin=environment.get("PORTAL_ORIGIN") or None,
            push_contact=environment.get("PUSH_CONTACT") or None,
            allows_push_endpoints_on_loopback=_loopback(environment, "ALLOW_PUSH_ENDPOINTS_ON_LOOPBACK"),
            sms=_limits(environment, "SMS", SMS_OFF),
            sms_sender_id=environment.get("SMS_SENDER_ID") or None,
            sms_origination_number=environment.get("SMS_ORIGINATION_NUMBER") or None,
            calls=_limits(environment, "CALL", CALLS_OFF),
            connect=_connect(environment),
            notice_from=environment.get("NOTICE_FROM") or None,
            send_notice_function=environment.get("SEND_NOTICE_FUNCTION") or None,
            issuer=environment.get("ISSUER") or DEFAULT_ISSUER,
            accounting_retention_days=_days(environment, "ACCOUNTING_RETENTION_DAYS"),
            receipt_retention_days=_days(environment, "RECEIPT_RETENTION_DAYS"),
            event_bus=environment.get("EVENT_BUS") or None,
            canary_secret=environment.get("CANARY_SECRET") or None,
            udp_probe_function=environment.get("UDP_PROBE_FUNCTION") or None,
            log_level=environment.get("LOG_LEVEL") or "INFO",
            service_name=environment.get("POWERTOOLS_SERVICE_NAME") or "gatehouse",
            metrics_namespace=environment.get("POWERTOOLS_METRICS_NAMESPACE") or "Gatehouse",
        )


def _loopback(environment: Mapping[str, str], name: str) -> bool:
    """For the emulator alone: where AWS is not on this machine, a function that says otherwise does not start."""
    if environment.get(name) != "true":
        return False
    if urlsplit(environment.get("AWS_ENDPOINT_URL") or "").hostname not in _LOOPBACK:
        raise SettingsError(f"{name} is for the local emulator only: deploy with AllowPushEndpointsOnLoopback=false")
    return True


def _limits[Policy: SmsPolicy](environment: Mapping[str, str], of: str, default: Policy) -> Policy:
    """``of`` is how the names of these variables begin."""
    return replace(
        default,
        countries=_countries(environment, f"{of}_COUNTRIES"),
        max_price=_price(environment, f"{of}_MAX_PRICE", default.max_price),
        daily_budget=_price(environment, f"{of}_DAILY_BUDGET", default.daily_budget),
        per_day=_count(environment, f"{of}_PER_DAY", default.per_day),
        per_number_and_day=_count(environment, f"{of}_PER_NUMBER_AND_DAY", default.per_number_and_day),
        per_prefix_and_hour=_count(environment, f"{of}_PER_PREFIX_AND_HOUR", default.per_prefix_and_hour),
        per_client_and_hour=_count(environment, f"{of}_PER_CLIENT_AND_HOUR", default.per_client_and_hour),
    )


def _connect(environment: Mapping[str, str]) -> ConnectSettings | None:
    instance = environment.get("CONNECT_INSTANCE_ARN")
    names = {name: environment.get(f"CONNECT_{name}") or None for name in _CONNECT}
    if not instance:
        return None
    return ConnectSettings(
        instance=instance,
        flow=names["FLOW_ARN"],
        source_number=names["SOURCE_NUMBER"],
        queue=names["QUEUE_ID"],
        endpoint_url=names["ENDPOINT_URL"],
    )


def _countries(environment: Mapping[str, str], name: str) -> frozenset[str]:
    value = environment.get(name) or ""
    if value and not _COUNTRIES.fullmatch(value):
        raise SettingsError(f"{name} must be ISO codes of countries, such as DE,AT,CH")
    return frozenset(value.split(",")) if value else frozenset()


def _price(environment: Mapping[str, str], name: str, default: Decimal) -> Decimal:
    value = environment.get(name) or str(default)
    if not _PRICE.fullmatch(value) or Decimal(value) <= 0:
        raise SettingsError(f"{name} must be US dollars above 0, such as 0.10")
    return Decimal(value)


def _count(environment: Mapping[str, str], name: str, default: int) -> int:
    value = environment.get(name) or str(default)
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MOST_MESSAGES):
        raise SettingsError(f"{name} must be a number from 1 to {MOST_MESSAGES}")
    return int(value)


def _days(environment: Mapping[str, str], name: str) -> int:
    value = environment.get(name) or str(DEFAULT_RETENTION_DAYS)
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= MAX_RETENTION_DAYS):
        raise SettingsError(f"{name} must be a number of days from 1 to {MAX_RETENTION_DAYS}")
    return int(value)


def _required(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise SettingsError(f"the environment variable {name} is not set")
    return value
