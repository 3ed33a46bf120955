"""The configuration as files: one document from one or several, each mistake with its file and line.

Shared secrets may stand in the file, or in an environment variable or another file that it names; so the file itself
can be kept where others read it.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, cast

from gatehouse.certificates import STAND_IN, are_certificates, as_pem
from gatehouse.errors import CommandError, Finding
from gatehouse.reply_attribute_names import mistake_in
from gatehouse.time_zones import local_time
from gatehouse.yaml_places import Placed, YamlMistakesError, read_yaml
from mfa.contract.directory import MAX_CERTIFICATES_OCTETS
from mfa.domain.configuration_document import PARTS, read_document
from mfa.domain.document_reading import InvalidDocumentError, Mistake
from mfa.domain.document_reading import Path as DocumentPath
from mfa.domain.user_names import Realm

LISTS: Final = PARTS
SECRETS: Final = ("secret", "previous_secret")
SOURCES: Final = ("env", "file")
CERTIFICATES: Final = "ca_certificates"
CERTIFICATES_FILE: Final = "ca_certificates_from_file"
MAX_SECRET_FILE_OCTETS: Final = 4096

type Place = tuple[str, int]


class NotThereError(ValueError):
    """Raised when something that a file refers to is not there. The text says where it was looked for."""


@dataclass(slots=True)
class ConfigurationFiles:
    """``notes`` tells what could not be checked here."""

    document: dict[str, object] = field(default_factory=dict, repr=False)
    places: dict[DocumentPath, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def finding(self, path: DocumentPath, text: str) -> Finding:
        """With the place of the nearest thing that stands in a file."""
        known = next((path[:size] for size in range(len(path), -1, -1) if path[:size] in self.places), None)
        file, line = (None, None) if known is None else self.places[known]
        return Finding(Mistake(path, text).pointer, text, file, line)

    def found(self, errors: Iterable[Finding]) -> list[Finding]:
        """Findings that somebody else made, by pointer, with their places."""
        return [self.finding(_path(error.path), error.text) for error in errors]


def load(paths: Sequence[Path], now: float, *, secrets_needed: bool) -> ConfigurationFiles:
    """Read and check all files. Raises CommandError with everything that is wrong."""
    files = ConfigurationFiles()
    for path in paths:
        try:
            _merge(files, read_yaml(path))
        except YamlMistakesError as error:
            files.findings += error.findings
    refuse(files.findings)
    _resolve(files, secrets_needed=secrets_needed)
    try:
        read = read_document(files.document, now=now, kept=None, local_time=local_time)
    except InvalidDocumentError as error:
        files.findings += [files.finding(one.path, one.text) for one in error.mistakes]
    else:
        _check_certificates(files, read.realms)
    refuse(files.findings)
    return files


def refuse(findings: Sequence[Finding]) -> None:
    if findings:
        count = "one mistake" if len(findings) == 1 else f"{len(findings)} mistakes"
        ordered = sorted(findings, key=lambda one: (one.file or "", one.line or 0))
        raise CommandError(
            "invalid-configuration", f"{count}; nothing was changed", findings=list(dict.fromkeys(ordered))
        )


def _merge(files: ConfigurationFiles, placed: Placed) -> None:
    """Lists of several files are joined; the places move with their members."""
    files.places.setdefault((), (placed.file, placed.lines[()]))
    if not isinstance(placed.value, dict):
        files.findings.append(Finding("", f"the file must be a mapping with {', '.join(LISTS)}", placed.file, 1))
        return
    offsets: dict[str | int, int] = {}
    for name, value in placed.value.items():
        before = files.document.get(name)
        if name in LISTS and isinstance(value, list) and isinstance(before, list):
            offsets[name] = len(before)
            files.document[name] = [*before, *value]
        else:
            files.document[name] = value
    for path, line in placed.lines.items():
        files.places.setdefault(_moved(path, offsets), (placed.file, line))


def _moved(path: DocumentPath, offsets: Mapping[str | int, int]) -> DocumentPath:
    if len(path) < 2 or path[0] not in offsets:
        return path
    return path[0], cast(int, path[1]) + offsets[path[0]], *path[2:]


def _resolve(files: ConfigurationFiles, *, secrets_needed: bool) -> None:
    """What stands elsewhere, and what only this machine can check."""
    for kind in ("clients", "upstreams"):
        for member, at in _members(files.document, kind):
            _SecretReferences(files, member, at, secrets_needed).resolve()
    for kind in ("clients", "policies"):
        for member, at in _members(files.document, kind):
            _check_reply_attributes(files, member, at)
    for realm, at in _members(files.document, "realms"):
        directory = realm.get("directory")
        if isinstance(directory, dict):
            _take_certificates(files, directory, (*at, "directory"))


def _members(document: Mapping[str, object], kind: str) -> Iterator[tuple[dict[str, object], DocumentPath]]:
    members = document.get(kind)
    for place, member in enumerate(members if isinstance(members, list) else []):
        if isinstance(member, dict):
            yield member, (kind, place)


def _check_certificates(files: ConfigurationFiles, realms: Sequence[Realm]) -> None:
    for place, realm in enumerate(realms):
        if realm.directory is None or realm.directory.address.ca_certificates == STAND_IN:
            continue
        if not are_certificates(realm.directory.address.ca_certificates):
            at = ("realms", place, "directory", CERTIFICATES)
            files.findings.append(files.finding(at, "the TLS library cannot read these certificates"))


def _take_certificates(files: ConfigurationFiles, directory: dict[str, object], at: DocumentPath) -> None:
    if CERTIFICATES_FILE not in directory:
        return
    if CERTIFICATES in directory:
        text = f"give only one of {CERTIFICATES} and {CERTIFICATES_FILE}"
        files.findings.append(files.finding((*at, CERTIFICATES_FILE), text))
    named, where = directory.pop(CERTIFICATES_FILE), files.places[*at, CERTIFICATES_FILE]
    files.places[*at, CERTIFICATES] = where
    try:
        octets = _octets(CERTIFICATES_FILE, named, Path(where[0]).parent, MAX_CERTIFICATES_OCTETS)
        directory[CERTIFICATES] = _text(named, as_pem(octets))
    except NotThereError as error:
        files.findings.append(files.finding((*at, CERTIFICATES), str(error)))
        directory[CERTIFICATES] = STAND_IN  # one mistake is enough


@dataclass(frozen=True, slots=True)
class _SecretReferences:
    """Puts the secrets that one client or upstream refers to in the place of the references."""

    files: ConfigurationFiles
    owner: dict[str, object] = field(repr=False)
    at: DocumentPath
    needed: bool

    def resolve(self) -> None:
        for name in SECRETS:
            given = [known for known in (name, *(f"{name}_from_{one}" for one in SOURCES)) if known in self.owner]
            if len(given) > 1:
                text = f"give only one of {' and '.join(given)}"
                self.files.findings.append(self.files.finding((*self.at, given[1]), text))
            elif given and given[0] != name:
                self._resolve(name, given[0])

    def _resolve(self, name: str, reference: str) -> None:
        named, where = self.owner.pop(reference), self.files.places[*self.at, reference]
        self.files.places[*self.at, name] = where
        try:
            self.owner[name] = _secret(reference, named, Path(where[0]).parent)
        except NotThereError as error:
            self._miss(name, str(error), is_mistake=self.needed or not isinstance(named, str))

    def _miss(self, name: str, text: str, *, is_mistake: bool) -> None:
        if is_mistake:
            self.files.findings.append(self.files.finding((*self.at, name), text))
        else:
            self.files.notes.append(self.files.finding((*self.at, name), f"{text}; it was not checked"))
        if name == SECRETS[0]:  # one mistake is enough: the former secret makes no sense alone
            for left in [known for known in self.owner if known.startswith(SECRETS[1])]:
                del self.owner[left]


def _secret(reference: str, named: object, folder: Path) -> str:
    if not isinstance(named, str) or not named:
        raise NotThereError(f"{reference} must name where the secret is")
    if reference.endswith("_env"):
        value = os.environ.get(named)
        if not value:
            raise NotThereError(f"the environment variable {named} is not set")
        return value
    octets = _octets(reference, named, folder, MAX_SECRET_FILE_OCTETS)
    return _text(named, octets).removesuffix("\n").removesuffix("\r")


def _octets(reference: str, named: object, folder: Path, most: int) -> bytes:
    """One octet more than ``most`` tells that there are too many."""
    if not isinstance(named, str) or not named:
        raise NotThereError(f"{reference} must name a file")
    try:
        with (folder / named).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise NotThereError(f"{named} cannot be read: {error.strerror}") from None
    except ValueError:  # an embedded NUL
        raise NotThereError(f"{reference} must name a file") from None


def _text(named: object, octets: bytes) -> str:
    try:
        return octets.decode()
    except ValueError:
        raise NotThereError(f"{named} does not hold a text in UTF-8") from None


def _check_reply_attributes(files: ConfigurationFiles, owner: Mapping[str, object], at: DocumentPath) -> None:
    attributes = owner.get("reply_attributes")
    if not isinstance(attributes, dict):
        return
    for name, values in attributes.items():
        for value in values if isinstance(values, list) else [values]:
            mistake = mistake_in(str(name), str(value))
            if mistake is not None:
                files.findings.append(files.finding((*at, "reply_attributes", name), mistake))


def _path(pointer: str) -> DocumentPath:
    """RFC 6901. Positions in lists become numbers again; no name of ours is a number."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return tuple(int(part) if part.isascii() and part.isdigit() else part for part in parts)
