"""What a function is told by its environment: read once, refused at the start with the name of what is wrong."""

from decimal import Decimal

import pytest

from mfa.domain.sms_caps import CALLS_OFF, SMS_OFF, Channel
from mfa.settings import DEFAULT_RETENTION_DAYS, ConnectSettings, Settings, SettingsError

NEEDED = {"TABLE_NAME": "t", "KMS_KEY_ID": "k", "DEPLOYMENT": "d", "AWS_REGION": "eu-central-1"}


def test_what_is_not_set_has_its_default() -> None:
    settings = Settings.from_mapping(NEEDED)
    assert settings.accounting_retention_days == DEFAULT_RETENTION_DAYS
    assert (settings.issuer, settings.endpoint_url) == ("Gatehouse", None)


@pytest.mark.parametrize(("value", "function"), [("stack-VerifyPassword-1", "stack-VerifyPassword-1"), ("", None)])
def test_the_function_that_asks_directories_may_be_missing(value: str, function: str | None) -> None:
    assert Settings.from_mapping(NEEDED).verify_password_function is None
    assert Settings.from_mapping(NEEDED | {"VERIFY_PASSWORD_FUNCTION": value}).verify_password_function == function


@pytest.mark.parametrize("days", ["1", "30", "3653"])
def test_the_days_of_accounting_are_read(days: str) -> None:
    assert Settings.from_mapping(NEEDED | {"ACCOUNTING_RETENTION_DAYS": days}).accounting_retention_days == int(days)


@pytest.mark.parametrize("days", ["0", "3654", "-1", "1.5", "x", "٣٠", " 30"])
def test_days_that_cannot_be_are_refused_by_name(days: str) -> None:
    with pytest.raises(SettingsError, match="ACCOUNTING_RETENTION_DAYS must be a number of days from 1 to 3653"):
        Settings.from_mapping(NEEDED | {"ACCOUNTING_RETENTION_DAYS": days})


@pytest.mark.parametrize("name", ["TABLE_NAME", "KMS_KEY_ID", "DEPLOYMENT"])
def test_what_is_needed_is_missed_by_name(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_mapping(NEEDED | {name: ""})


def test_messages_are_off_until_countries_are_named() -> None:
    assert Settings.from_mapping(NEEDED).sms == SMS_OFF
    assert not Settings.from_mapping(NEEDED | {"SMS_COUNTRIES": ""}).sms.is_on
    assert Settings.from_mapping(NEEDED | {"SMS_COUNTRIES": "DE,AT"}).sms.countries == {"DE", "AT"}


def test_what_limits_messages_is_read() -> None:
    told = {
        "SMS_MAX_PRICE": "0.07",
        "SMS_DAILY_BUDGET": "7.5",
        "SMS_PER_DAY": "1",
        "SMS_PER_NUMBER_AND_DAY": "2",
        "SMS_PER_PREFIX_AND_HOUR": "3",
        "SMS_PER_CLIENT_AND_HOUR": "1000000",
        "SMS_SENDER_ID": "EXAMPLE",
        "SMS_ORIGINATION_NUMBER": "",
    }
    settings = Settings.from_mapping(NEEDED | told)
    sms = settings.sms
    assert (sms.max_price, sms.daily_budget) == (Decimal("0.07"), Decimal("7.5"))
    assert (sms.per_day, sms.per_number_and_day, sms.per_prefix_and_hour, sms.per_client_and_hour) == (1, 2, 3, 10**6)
    assert (settings.sms_sender_id, settings.sms_origination_number) == ("EXAMPLE", None)


def test_calls_are_off_until_countries_are_named() -> None:
    settings = Settings.from_mapping(NEEDED)
    assert (settings.calls, settings.connect) == (CALLS_OFF, None)
    assert not Settings.from_mapping(NEEDED | {"CALL_COUNTRIES": "", "SMS_COUNTRIES": "DE"}).calls.is_on
    assert Settings.from_mapping(NEEDED | {"CALL_COUNTRIES": "DE"}).calls.is_on


def test_what_limits_calls_and_where_they_are_made_is_read() -> None:
    told = {
        "CALL_COUNTRIES": "DE",
        "CALL_MAX_PRICE": "0.50",
        "CALL_PER_DAY": "7",
        "CALL_PER_CLIENT_AND_HOUR": "3",
        "CONNECT_INSTANCE_ARN": "an instance",
        "CONNECT_FLOW_ARN": "a flow",
        "CONNECT_SOURCE_NUMBER": "",
        "CONNECT_QUEUE_ID": "a queue",
    }
    settings = Settings.from_mapping(NEEDED | told)
    assert (settings.calls.max_price, settings.calls.per_day, settings.calls.per_client_and_hour) == (
        Decimal("0.50"),
        7,
        3,
    )
    assert settings.calls.channel is Channel.CALL
    assert settings.connect == ConnectSettings(instance="an instance", flow="a flow", queue="a queue")
    assert settings.sms == SMS_OFF


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CALL_COUNTRIES", "de"),
        ("CALL_MAX_PRICE", "0"),
        ("CALL_PER_DAY", "many"),
        ("SMS_COUNTRIES", "de"),
        ("SMS_COUNTRIES", "DE,"),
        ("SMS_COUNTRIES", "DEU"),
        ("SMS_MAX_PRICE", "0"),
        ("SMS_MAX_PRICE", "0.00"),
        ("SMS_MAX_PRICE", "-1"),
        ("SMS_MAX_PRICE", "1e9"),
        ("SMS_DAILY_BUDGET", "NaN"),
        ("SMS_DAILY_BUDGET", "٣"),
        ("SMS_PER_DAY", "0"),
        ("SMS_PER_DAY", "1000001"),
        ("SMS_PER_NUMBER_AND_DAY", "1.5"),
        ("SMS_PER_PREFIX_AND_HOUR", "x"),
        ("SMS_PER_CLIENT_AND_HOUR", "-1"),
    ],
)
def test_what_cannot_limit_messages_or_calls_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_mapping(NEEDED | {name: value})


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
def test_push_endpoints_on_this_machine_are_for_an_aws_that_is_on_it_too(endpoint: str) -> None:
    told = NEEDED | {"ALLOW_PUSH_ENDPOINTS_ON_LOOPBACK": "true"}
    assert Settings.from_mapping(told | {"AWS_ENDPOINT_URL": endpoint}).allows_push_endpoints_on_loopback
    assert not Settings.from_mapping(NEEDED | {"AWS_ENDPOINT_URL": endpoint}).allows_push_endpoints_on_loopback


@pytest.mark.parametrize(
    "endpoint", ["", "https://dynamodb.eu-central-1.amazonaws.com", "http://127.0.0.1.example.test"]
)
def test_elsewhere_a_function_that_admits_them_does_not_start(endpoint: str) -> None:
    told = NEEDED | {"ALLOW_PUSH_ENDPOINTS_ON_LOOPBACK": "true", "AWS_ENDPOINT_URL": endpoint}
    with pytest.raises(SettingsError, match="local emulator only"):
        Settings.from_mapping(told)
