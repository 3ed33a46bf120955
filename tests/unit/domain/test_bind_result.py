"""The texts behind result 49, as Windows and Samba write them."""

import pytest

from mfa.contract.directory import DirectoryResult
from mfa.domain.bind_result import result_of_bind, sub_code

WINDOWS = "80090308: LdapErr: DSID-0C090447, comment: AcceptSecurityContext error, data {}, v4563\x00"
SAMBA = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {}, v1db1"


@pytest.mark.parametrize("text", [WINDOWS, SAMBA])
@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("52e", DirectoryResult.PASSWORD_WRONG),
        ("525", DirectoryResult.PASSWORD_WRONG),
        ("57", DirectoryResult.PASSWORD_WRONG),
        ("52f", DirectoryResult.RESTRICTED),
        ("569", DirectoryResult.RESTRICTED),
        ("530", DirectoryResult.LOGON_HOURS),
        ("531", DirectoryResult.WORKSTATION),
        ("532", DirectoryResult.PASSWORD_EXPIRED),
        ("533", DirectoryResult.DISABLED),
        ("701", DirectoryResult.ACCOUNT_EXPIRED),
        ("773", DirectoryResult.MUST_CHANGE_PASSWORD),
        ("775", DirectoryResult.LOCKED),
    ],
)
def test_the_code_behind_data_says_why(text: str, code: str, result: DirectoryResult) -> None:
    assert result_of_bind(49, text.format(code)) is result
    assert result_of_bind(49, text.format(code.upper())) is result


@pytest.mark.parametrize("text", [WINDOWS.format("5ff"), "no code at all", "", "data , v1"])
def test_a_refusal_that_nobody_knows_counts_as_a_wrong_password(text: str) -> None:
    assert result_of_bind(49, text) is DirectoryResult.PASSWORD_WRONG


def test_a_controller_that_wants_channel_binding_is_our_fault_and_nobodys_password() -> None:
    text = "80090346: LdapErr: DSID-0C0905A8, comment: AcceptSecurityContext error, data 80090346, v4563"
    assert result_of_bind(49, text) is DirectoryResult.UNAVAILABLE
    assert sub_code(text) == "80090346"


@pytest.mark.parametrize("code", [1, 2, 3, 8, 10, 14, 32, 48, 51, 52, 53, 80])
def test_other_results_say_nothing_about_the_password(code: int) -> None:
    """Busy, unavailable, unwilling, a referral, a SASL bind in progress: and never success."""
    assert result_of_bind(code, WINDOWS.format("52e")) is DirectoryResult.UNAVAILABLE


def test_only_success_is_success() -> None:
    assert result_of_bind(0, "") is DirectoryResult.PASSWORD_RIGHT
