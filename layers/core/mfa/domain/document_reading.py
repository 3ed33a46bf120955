"""Reading a document that a person wrote: every mistake is found, with its place and what to do.

A reader returns the value, or None where it found a mistake and noted it; so one pass finds all. Values are not
repeated in what is noted where they may be secrets.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

type Path = tuple[str | int, ...]

REQUIRED: Final[Any] = object()
MAX_LIST: Final = 256
MAX_TEXT_OCTETS: Final = 1024


@dataclass(frozen=True, slots=True)
class Mistake:
    """``path`` leads to the place: field names and positions in lists."""

    path: Path
    text: str

    @property
    def pointer(self) -> str:
        """RFC 6901."""
        return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in self.path)


class InvalidDocumentError(ValueError):
    """Raised for a document with mistakes; all of them are in ``mistakes``."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__(f"the document has {len(mistakes)} mistake(s)")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, slots=True)
class Mistakes:
    found: list[Mistake] = field(default_factory=list)

    def add(self, path: Path, text: str) -> None:
        self.found.append(Mistake(path, text))

    def check(self) -> None:
        if self.found:
            raise InvalidDocumentError(self.found)


class Section:
    """One mapping of the document. ``known`` are the names that it may have."""

    def __init__(self, value: object, path: Path, mistakes: Mistakes, known: Sequence[str]) -> None:
        self.path = path
        self.mistakes = mistakes
        self._fields: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            self._fields = cast("Mapping[str, object]", value)
            self._refuse_unknown(known)
        else:
            mistakes.add(path, f"this must be a mapping with the fields {', '.join(known)}")

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def names(self) -> Sequence[str]:
        return list(self._fields)

    def note(self, name: str, text: str) -> None:
        """A mistake in that field; if the field is not there, in this section."""
        self.mistakes.add((*self.path, name) if name in self._fields else self.path, text)

    def raw(self, name: str) -> object:
        return self._fields.get(name)

    def text(
        self, name: str, *, default: object = REQUIRED, pattern: re.Pattern[str] | None = None, rule: str = "a text"
    ) -> str | None:
        value = self._value(name, default, rule)
        if value is None or name not in self._fields:
            return cast("str | None", value)
        if is_text(value) and (pattern is None or pattern.fullmatch(cast(str, value))):
            return cast(str, value)
        self.note(name, f"{name} must be {rule}")
        return None

    def integer(self, name: str, *, lowest: int, highest: int, default: object = REQUIRED) -> int | None:
        rule = f"a whole number from {lowest} to {highest}"
        value = self._value(name, default, rule)
        if value is None or name not in self._fields:
            return cast("int | None", value)
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        self.note(name, f"{name} must be {rule}")
        return None

    def truth(self, name: str, *, default: bool) -> bool:
        value = self._value(name, default, "true or false")
        if value is None or isinstance(value, bool):
            return bool(value)
        self.note(name, f"{name} must be true or false")
        return default

    def inner(self, name: str, known: Sequence[str]) -> "Section | None":
        """The mapping in that field; None if there is none."""
        if name not in self._fields:
            return None
        return Section(self._fields[name], (*self.path, name), self.mistakes, known)

    def refuse(self, names: Iterable[str], why: str) -> None:
        """Fields that make no sense beside others."""
        for name in names:
            if name in self._fields:
                self.note(name, f"{name} {why}")

    def choice(self, name: str, allowed: Sequence[str], *, default: object = REQUIRED) -> str | None:
        rule = f"one of {', '.join(allowed)}"
        value = self._value(name, default, rule)
        if value is None or value in allowed:
            return cast("str | None", value)
        self.note(name, f"{name} must be {rule}")
        return None

    def items(self, name: str, *, rule: str, default: Sequence[object] = REQUIRED) -> list[tuple[Path, object]]:
        """The members of a list, each with its place."""
        value = self._value(name, default, rule)
        if value is None:
            return []
        if isinstance(value, (list, tuple)):
            return [((*self.path, name, place), member) for place, member in enumerate(value)]
        self.note(name, f"{name} must be {rule}")
        return []

    def each[Value](
        self,
        name: str,
        read: Callable[[str], Value],
        *,
        rule: str,
        default: Sequence[str] = REQUIRED,
        most: int = MAX_LIST,
    ) -> tuple[Value, ...]:
        """The texts of a list, read one by one; ``read`` raises ValueError with a sentence for what is wrong."""
        members = self.items(name, rule=rule, default=default)
        if len(members) > most:
            self.note(name, f"{name} may have at most {most} entries")
            return ()
        return tuple(self._each(members, read, rule))

    def _each[Value](
        self, members: Sequence[tuple[Path, object]], read: Callable[[str], Value], rule: str
    ) -> Iterator[Value]:
        for path, member in members:
            if not is_text(member):
                self.mistakes.add(path, f"this must be a text; the list is {rule}")
                continue
            try:
                yield read(cast(str, member))
            except ValueError as error:
                self.mistakes.add(path, str(error))

    def _value(self, name: str, default: object, rule: str) -> object:
        if name in self._fields:
            value = self._fields[name]
            if value is None:
                self.note(name, f"{name} is empty; give {rule}, or leave the whole line out")
            return value
        if default is REQUIRED:
            self.note(name, f"{name} is missing: give {rule}")
            return None
        return default

    def _refuse_unknown(self, known: Sequence[str]) -> None:
        for name in self._fields:
            if name not in known:
                close = difflib.get_close_matches(str(name), known, n=1)
                hint = f"did you mean {close[0]}?" if close else f"it may be one of {', '.join(known)}"
                self.mistakes.add((*self.path, name), f"there is no field {str(name)[:64]!r} here; {hint}")


def is_text(value: object) -> bool:
    """A string of Unicode (JSON can smuggle lone surrogates in) on one line, not empty and not endless."""
    if not isinstance(value, str) or not value or not value.isprintable():
        return False
    return len(value.encode(errors="replace")) <= MAX_TEXT_OCTETS
