"""What the command refuses before a code is redeemed, the server would refuse as well: nobody is kept out by it."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gatehouse.enrollment_checks import FACTOR_NAME_OCTETS, check_name, check_number, check_serial
from gatehouse.errors import CommandError
from mfa.adapters.phone_numbers import LibPhoneNumber
from mfa.errors import InvalidInputError
from mfa.services.enrollment_names import MAX_LABEL_OCTETS, checked_label


def refusal(check: Callable[[], object]) -> tuple[str, str] | None:
    try:
        check()
    except CommandError as error:
        return error.code, error.text
    except InvalidInputError as error:
        return error.code, str(error)
    return None


@given(st.text(max_size=70))
@example("\u202e")
@example("a" * 65)
@example(" ")
def test_a_name_is_refused_here_exactly_if_it_is_there(name: str) -> None:
    assert FACTOR_NAME_OCTETS == MAX_LABEL_OCTETS
    there = refusal(lambda: checked_label("name", name))
    assert refusal(lambda: check_name(name, FACTOR_NAME_OCTETS)) == there


@given(st.text(alphabet="+0123456789 -()./x", max_size=34))
@example("+49 151 23456789")
@example("  +44 (20) 7946-0958 ")
def test_a_number_that_is_refused_here_is_none_there(number: str) -> None:
    try:
        check_number(number)
    except CommandError:
        assert LibPhoneNumber().read(number) is None


def test_a_serial_number_is_read_by_the_same_rule() -> None:
    check_serial(" ab-1 ")
    with pytest.raises(CommandError, match="a serial number has"):
        check_serial("-")
