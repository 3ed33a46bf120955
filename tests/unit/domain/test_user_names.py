"""One identity for every spelling; no identity for what only looks like one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain.configuration import UserNameRules
from mfa.domain.user_names import Alias, AliasKind, NameRefusedError, Realm, canonical_name, read_name

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


# ---- users of several realms

LAB = Realm("lab", frozenset({"LAB"}), frozenset({"lab.example.test"}))
AS_IT_IS, SIMPLIFIED = UserNameRules(), UserNameRules(simplify=True)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("alice", Alias("corp", AliasKind.SAM, "alice")),
        ("CORP\\alice", Alias("corp", AliasKind.SAM, "alice")),
        ("lab\\Alice", Alias("lab", AliasKind.SAM, "alice")),
        ("alice@LAB.example.test", Alias("lab", AliasKind.UPN, "alice@lab.example.test")),
        ("alice@example.test", Alias("corp", AliasKind.UPN, "alice@example.test")),
    ],
)
def test_the_domain_or_suffix_tells_the_realm(sent: str, expected: Alias) -> None:
    assert read_name(sent, (REALM, LAB), AS_IT_IS) == expected


@pytest.mark.parametrize(
    ("sent", "realm"),
    [("alice", "corp"), ("CORP\\alice", "corp"), ("alice@example.test", "corp"), ("Alice@lab.example.test", "lab")],
)
def test_simplified_names_lead_to_the_bare_name_of_their_realm(sent: str, realm: str) -> None:
    assert read_name(sent, (REALM, LAB), SIMPLIFIED) == Alias(realm, AliasKind.SAM, "alice")


@pytest.mark.parametrize("rules", [AS_IT_IS, SIMPLIFIED])
@pytest.mark.parametrize("sent", ["LAB\\alice", "alice@lab.example.test", "OTHER\\alice", "alice@", "\\alice", "@"])
def test_a_realm_that_the_client_does_not_serve_is_refused(sent: str, rules: UserNameRules) -> None:
    with pytest.raises(NameRefusedError):
        read_name(sent, (REALM,), rules)


@given(st.text(max_size=40))
def test_with_one_realm_and_no_rules_a_name_is_read_as_ever(sent: str) -> None:
    def read(reader: Callable[[], Alias]) -> Alias | str:
        try:
            return reader()
        except NameRefusedError as error:
            return error.rule

    assert read(lambda: read_name(sent, (REALM,), AS_IT_IS)) == read(lambda: canonical_name(sent, REALM))
