"""One identity for every spelling; no identity for what only looks like one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain.user_names import Alias, AliasKind, NameRefusedError, Realm, canonical_name

REALM = Realm("corp", frozenset({"CORP"}), frozenset({"corp.example.test", "Example.test"}))


@pytest.mark.parametrize(
    "spelling",
    [
        "alice",
        "ALICE",
        "Alice ",
        " alice",
        "alice.",
        "alice . ",
        "CORP\\alice",
        "corp\\ALICE",
        "ａｌｉｃｅ",
        "Corp\\ alice",
    ],
)
def test_all_spellings_of_an_account_name_are_one_user(spelling: str) -> None:
    assert canonical_name(spelling, REALM) == Alias("corp", AliasKind.SAM, "alice")


@pytest.mark.parametrize(
    "spelling", ["alice@corp.example.test", "ALICE@Corp.Example.Test", "alice @corp.example.test."]
)
def test_all_spellings_of_a_principal_name_are_one_user(spelling: str) -> None:
    assert canonical_name(spelling, REALM) == Alias("corp", AliasKind.UPN, "alice@corp.example.test")


def test_an_account_name_is_not_cut_out_of_a_principal_name() -> None:
    assert canonical_name("alice", REALM) != canonical_name("alice@corp.example.test", REALM)
    assert canonical_name("alice@example.test", REALM) != canonical_name("alice@corp.example.test", REALM)


@pytest.mark.parametrize("name", ["straße", "Straße", "STRASSE"])
def test_folding_is_by_unicode_and_not_by_ascii(name: str) -> None:
    assert canonical_name(name, REALM).name == "strasse"


def test_kanji_and_kana_may_stand_together() -> None:
    assert canonical_name("田中さくら", REALM).name == "田中さくら"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        ".",
        "CORP\\",
        "OTHER\\alice",
        "CORP\\OTHER\\alice",
        "alice@elsewhere.test",
        "@corp.example.test",
        "alice@",
        "a@b@corp.example.test",
        "\u0430lice",  # Cyrillic a
        "ali\u03f2e",  # Greek lunate sigma
        "ali\u200bce",  # zero width space
        "ali\u202ece",  # right-to-left override
        "al\u0338ice",  # combining overlay
        "ali\u00adce",  # soft hyphen
        "alice\0",
        "ali\nce",
        "alice\x1b[2K",
        "a|b",
        "a:b",
        "a#b",
        "*",
        "*)(uid=*",
        "a" * 254,
        "\ud800",
    ],
)
def test_what_no_user_can_be_called_is_refused(name: str) -> None:
    with pytest.raises(NameRefusedError):
        canonical_name(name, REALM)


@given(st.text(max_size=60))
def test_a_canonical_name_is_its_own_canonical_name(name: str) -> None:
    try:
        alias = canonical_name(name, REALM)
    except NameRefusedError:
        return
    assert canonical_name(alias.name, REALM) == alias
