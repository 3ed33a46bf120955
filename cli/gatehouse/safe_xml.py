"""XML from strangers: elements, attributes and text, and nothing that could make a small file a large one.

A document type is refused before it is read, and with it every entity but the five of XML itself; so nothing is
fetched, nothing expands, and what comes out is no larger than what went in. Depth is bounded, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

MAX_DEPTH: Final = 32


class XmlError(Exception):
    """Raised for what is no XML, or more of it than is read. ``line`` counts from 1."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


@dataclass(slots=True)
class Element:
    """``name`` is without its namespace. ``text`` is what stands directly in it, which may be a secret."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    children: list["Element"] = field(default_factory=list, repr=False)
    text: str = field(default="", repr=False)

    def child(self, *names: str) -> "Element | None":
        """The first along a path of names."""
        found: Element | None = self
        for name in names:
            found = None if found is None else next((one for one in found.children if one.name == name), None)
        return found

    def every(self, name: str) -> Iterator["Element"]:
        return (one for one in self.children if one.name == name)


def read_xml(octets: bytes) -> Element:
    """The root. Raises XmlError."""
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: reading.start(name, attributes, parser.CurrentLineNumber)
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.text
    parser.StartDoctypeDeclHandler = lambda *_: _refuse_doctype(parser.CurrentLineNumber)
    try:
        parser.Parse(octets, True)
    except expat.ExpatError as error:
        raise XmlError(f"this is not XML: {expat.ErrorString(error.code)}", error.lineno) from None
    except (LookupError, ValueError):  # an encoding that Python does not know, or that is none for XML
        raise XmlError("this is XML in an encoding that is not read; save it as UTF-8", 1) from None
    return reading.root


def _refuse_doctype(line: int) -> None:
    raise XmlError("a document type (<!DOCTYPE>) is not read", line)


class _Reading:
    """Where the parser is. The text of an element is joined once, at its end."""

    def __init__(self) -> None:
        self._open: list[tuple[Element, list[str]]] = []
        self._root: Element | None = None

    @property
    def root(self) -> Element:
        assert self._root is not None  # noqa: S101 -- expat reports a document without one
        return self._root

    def start(self, name: str, attributes: dict[str, str], line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise XmlError(f"elements are nested deeper than {MAX_DEPTH}", line)
        namespace, _, local = name.rpartition(" ")
        element = Element(local, namespace, {key.rpartition(" ")[2]: value for key, value in attributes.items()}, line)
        if self._open:
            self._open[-1][0].children.append(element)
        else:
            self._root = element
        self._open.append((element, []))

    def text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, _: str) -> None:
        element, parts = self._open.pop()
        element.text = "".join(parts)
