"""The words that may be typed, written out: under CHAP and MS-CHAP nobody can read what was typed, only try.

Lower case, Capitalised and UPPER case, with and without a space before a number. A device and a number together
(``push2 47``) are left out: they would make it ten times as many for what no client of today sends.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from mfa.domain.ms_chap import nt_hash
from mfa.domain.typed_text import TypedWord, read_typed_text


@cache
def words() -> Mapping[str, TypedWord]:
    """Each spelling with what it asks for, always in the same order. Read by the grammar that PAP's text is read by."""
    spellings = (spelling(word) for word in _lower_case() for spelling in (str.lower, str.capitalize, str.upper))
    read = ((text, read_typed_text(text)) for text in spellings)
    return {text: word for text, word in read if isinstance(word, TypedWord)}


@cache
def word_hashes() -> Mapping[str, bytes]:
    """The NT hashes of all words: they are public, so they may be kept, and making them takes tens of milliseconds."""
    return {text: nt_hash(text) for text in words()}


def find_word(proves: Callable[[str], bool]) -> tuple[str, TypedWord] | None:
    """The word that fits, and how it is spelled. All are tried, in the same order, whether or not one fitted before."""
    found = [(text, word) for text, word in words().items() if proves(text)]
    return found[0] if found else None


def _lower_case() -> Iterator[str]:
    for word in ("push", "phone", "sms"):
        yield word
        yield from (f"{word}{device}" for device in range(1, 10))
    for number in range(100):
        yield f"push {number:02}"
        yield f"push{number:02}"
