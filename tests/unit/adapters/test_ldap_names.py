"""Names in filters, and which domain a DN lies in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.ldap.accounts import account_filter, domain_of, escaped
from mfa.contract.directory import NameKind


def test_only_ascii_letters_and_digits_stand_for_themselves() -> None:
    assert escaped("Alice1") == "Alice1"
    assert escaped("*()\\\0 é") == "\\2a\\28\\29\\5c\\00\\20\\c3\\a9"


@given(st.text(min_size=1))
def test_every_name_reads_back_from_what_cannot_be_taken_for_a_filter(name: str) -> None:
    written = escaped(name)
    assert re.fullmatch(r"([A-Za-z0-9]|\\[0-9a-f]{2})+", written)
    read = re.sub(rb"\\(..)", lambda found: bytes.fromhex(found[1].decode()), written.encode())
    assert read == name.encode()


def test_a_filter_wants_a_person_who_is_a_user_by_one_attribute() -> None:
    wanted = "(&(objectCategory=person)(objectClass=user)(userPrincipalName=a\\40b))"
    assert account_filter(NameKind.UPN, "a@b") == wanted


@pytest.mark.parametrize(
    ("base", "domain"),
    [
        ("DC=corp,DC=example,DC=test", "DC=corp,DC=example,DC=test"),
        ("OU=People,DC=corp,DC=example,DC=test", "DC=corp,DC=example,DC=test"),
        ("ou=a,ou=b, dc=corp, dc=test", "dc=corp, dc=test"),
        ("OU=a\\,DC=trap,DC=corp,DC=test", "DC=corp,DC=test"),
        ("O=no domain", "O=no domain"),
    ],
)
def test_a_domain_is_the_dc_components_of_a_dn(base: str, domain: str) -> None:
    assert domain_of(base) == domain
