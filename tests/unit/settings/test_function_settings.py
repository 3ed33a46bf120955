"""What a function is told by its environment: read once, refused at the start with the name of what is wrong."""

import pytest

from mfa.settings import DEFAULT_ACCOUNTING_RETENTION_DAYS, Settings, SettingsError

NEEDED = {"TABLE_NAME": "t", "KMS_KEY_ID": "k", "DEPLOYMENT": "d", "AWS_REGION": "eu-central-1"}


def test_what_is_not_set_has_its_default() -> None:
    settings = Settings.from_mapping(NEEDED)
    assert settings.accounting_retention_days == DEFAULT_ACCOUNTING_RETENTION_DAYS
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
