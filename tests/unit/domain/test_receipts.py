"""Numbers that arrived, and the tree over what was received."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.domain.receipts import FINGERPRINT_OCTETS, Entry, EntryKind, Range, holes, ranges_of
from mfa.domain.seals import difference, fingerprints_of, root_of
from mfa.domain.tallies import Tally


@pytest.mark.parametrize(
    ("known", "before", "missing"),
    [
        ([(1, 3)], [(1, 3)], ()),
        ([(2, 3)], [(2, 3)], ((1, 1),)),
        ([(1, 3), (7, 8)], [(7, 8)], ((4, 6),)),
        ([(1, 3), (7, 8)], [(1, 3)], ()),
        ([(1, 3), (4, 6), (7, 8)], [(7, 8)], ()),
        ([(5, 5), (1, 3), (4, 4)], [(5, 5)], ()),
        ([(1, 1), (3, 3), (5, 5)], [(3, 3), (5, 5)], ((2, 2), (4, 4))),
    ],
)
def test_holes_are_the_numbers_before_that_nobody_has(
    known: list[Range], before: list[Range], missing: tuple[Range, ...]
) -> None:
    assert holes(known, before) == missing


@given(st.sets(st.integers(1, 60), min_size=1))
def test_what_arrived_and_what_is_missing_is_everything(numbers: set[int]) -> None:
    ranges = ranges_of(numbers)
    missing = {number for first, last in holes(ranges, ranges) for number in range(first, last + 1)}
    assert missing == set(range(1, max(numbers) + 1)) - numbers
    assert {number for first, last in ranges for number in range(first, last + 1)} == numbers


def entry(name: str, body: str = "{}", owner: str = "user-1") -> Entry:
    return Entry(kind=EntryKind.RECEIPT, owner=owner, name=name, minute=1, body=body)


def test_the_root_is_that_of_rfc_6962_for_three_leaves() -> None:
    entries = [entry("a"), entry("b"), entry("c")]
    one, two, three = (sha256(b"\0" + print_).digest() for print_ in sorted(each.fingerprint for each in entries))
    left = sha256(b"\1" + one + two).digest()
    assert root_of(fingerprints_of(entries)) == sha256(b"\1" + left + three).hexdigest()


def test_the_root_of_nothing_is_that_of_rfc_6962() -> None:
    assert root_of(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(st.lists(st.text("abc", min_size=1), min_size=1, max_size=20, unique=True), st.randoms(use_true_random=False))
def test_the_root_depends_on_what_is_there_and_not_on_its_order(names: list[str], random: object) -> None:
    entries = [entry(name) for name in names]
    shuffled = list(entries)
    random.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis' own
    root = root_of(fingerprints_of(entries))
    assert root_of(fingerprints_of(shuffled)) == root
    assert root_of(fingerprints_of(entries[1:])) != root
    assert root_of(fingerprints_of([*entries, entry("d")])) != root


def test_no_owner_and_name_can_be_cut_differently_to_make_the_same_entry() -> None:
    assert entry("b", owner="a").fingerprint != entry("ab", owner="").fingerprint
    assert len(entry("b").fingerprint) == FINGERPRINT_OCTETS


def test_the_difference_tells_missing_changed_and_added() -> None:
    sealed = fingerprints_of([entry("a"), entry("b"), entry("c")])
    found = difference(sealed, [entry("a"), entry("b", '{"x":1}'), entry("d")])
    assert found.missing == 1
    assert [one.name for one in found.changed] == ["b"]
    assert [one.name for one in found.added] == ["d"]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"numbers":3,"strangers":{},"canary":0}', '{"numbers":[[1]]}'])
def test_what_is_no_tally_is_refused(text: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        Tally.from_json(text)


def test_a_tally_reads_what_it_wrote() -> None:
    tally = Tally(numbers=((1, 3), (5, 5)), canary=2)
    assert Tally.from_json(tally.to_json()) == tally
