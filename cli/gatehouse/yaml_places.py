"""YAML as plain values, with the line of every one of them.

Scalars are read as YAML 1.2 has them: ``yes`` and ``no`` are texts, not truth values, and dates are texts. Anchors,
aliases and tags are refused: nobody needs them here, and they can make a small file endless.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import yaml

from gatehouse.errors import Finding
from mfa.domain.document_reading import Path as DocumentPath

MAX_FILE_OCTETS: Final = 4 * 1024 * 1024
MAX_DEPTH: Final = 16
_PLAIN_TAGS: Final = frozenset({"str", "int", "float", "bool", "null", "timestamp", "value", "merge"})
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})")
# What is mostly wrong where YAML's own words do not say it.
_ADVICE: Final[Mapping[str, str]] = {
    "character '\\t'": "use spaces, no tabs",
    "mapping values are not allowed": "is this line, or the one above it, indented rightly?",
    "expected <block end>": "is this line indented like the others of its block?",
    "could not find expected ':'": "is there a colon missing, here or above?",
    "unknown escape character": "in double quotes a backslash is special: use single quotes",
}
_WORDS: Final[Mapping[str, object]] = {"": None, "~": None, "null": None, "true": True, "false": False}


class YamlMistakesError(Exception):
    """Raised for a file that cannot be read at all. ``findings`` say what to do."""

    def __init__(self, *findings: Finding) -> None:
        super().__init__(f"{len(findings)} mistake(s)")
        self.findings = findings


@dataclass(frozen=True, slots=True)
class Placed:
    """``lines`` has the line of every value by its path; that of a mapping's value is where its name stands."""

    file: str
    value: object
    lines: dict[DocumentPath, int] = field(default_factory=dict)


def read_yaml(path: Path) -> Placed:
    name = str(path)
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise YamlMistakesError(Finding("", f"the file cannot be read: {error.strerror}", name, 1)) from None
    if len(octets) > MAX_FILE_OCTETS:
        raise YamlMistakesError(Finding("", f"the file has more than {MAX_FILE_OCTETS} octets", name, 1))
    try:
        text = octets.decode()
        _refuse_endless(text, name)
        node = yaml.compose(text, yaml.SafeLoader)
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise YamlMistakesError(Finding("", "this is not UTF-8", name, line)) from None
    except yaml.YAMLError as error:
        raise YamlMistakesError(_syntax(error, name)) from None
    return _Reader(name).read(node)


def _refuse_endless(content: str, name: str) -> None:
    depth = 0
    for event in yaml.parse(content, yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if getattr(event, "anchor", None) is not None:
            text = "anchors and aliases are not taken: write the values out"
            raise YamlMistakesError(Finding("", text, name, line))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise YamlMistakesError(Finding("", "this is nested too deeply", name, line))


def _syntax(error: yaml.YAMLError, name: str) -> Finding:
    """Without the snippet that YAML's own text has: there may be a secret in it."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or "a character that YAML does not allow"
    advice = next((f" ({advice})" for part, advice in _ADVICE.items() if part in problem), "")
    return Finding("", f"this is not YAML: {problem}{advice}", name, mark.line + 1 if mark else 1)


class _Reader:
    def __init__(self, name: str) -> None:
        self._name = name
        self._findings: list[Finding] = []
        self._lines: dict[DocumentPath, int] = {}

    def read(self, node: yaml.Node | None) -> Placed:
        if node is None:
            raise YamlMistakesError(Finding("", "the file is empty", self._name, 1))
        value = self._value(node, ())
        if self._findings:
            raise YamlMistakesError(*self._findings)
        return Placed(self._name, value, self._lines)

    def _value(self, node: yaml.Node, path: DocumentPath) -> object:
        self._lines.setdefault(path, _line(node))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, path)
            case yaml.SequenceNode():
                return [self._value(member, (*path, place)) for place, member in enumerate(node.value)]
            case yaml.ScalarNode():
                return self._scalar(node)
        raise TypeError(node)

    def _mapping(self, node: yaml.MappingNode, path: DocumentPath) -> dict[str, object]:
        values: dict[str, object] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._find(key, "a name must be a plain text")
            elif key.value in values:
                self._find(key, f"{key.value} stands twice here")
            else:
                self._lines[*path, key.value] = _line(key)
                values[key.value] = self._value(value, (*path, key.value))
        return values

    def _scalar(self, node: yaml.ScalarNode) -> object:
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _PLAIN_TAGS:
            self._find(node, f"the tag {node.tag} is not taken")
            return None
        if node.style is not None:  # in quotes, or a block: always a text
            return node.value
        if node.value.lower() in _WORDS:
            return _WORDS[node.value.lower()]
        return int(node.value) if _INTEGER.fullmatch(node.value) else node.value

    def _find(self, node: yaml.Node, text: str) -> None:
        self._findings.append(Finding("", text, self._name, _line(node)))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
