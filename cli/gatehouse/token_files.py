"""Files of hardware tokens: CSV, or PSKC (RFC 6030), told apart by their first character.

A file is read whole before anything is sent, so that a broken one imports nothing. The columns of CSV are those that
makers and other products write; that of the seed says how it is spelled, because hexadecimal can pass for base32.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from gatehouse.errors import REFUSED, CommandError, Finding
from gatehouse.pskc import read_pskc
from gatehouse.pskc_encryption import Secrets
from gatehouse.token_rows import TokenFileError, TokenRow, base32_octets, checked, hex_octets, whole_number

MAX_FILE_OCTETS: Final = 64 * 1024 * 1024
MAX_TOKENS: Final = 100_000
_COLUMNS: Final[Mapping[str, str]] = {
    "serial": "serial",
    "serial_number": "serial",
    "type": "type",
    "seed_hex": "seed_hex",
    "seed_base32": "seed_base32",
    "secret_key": "seed_base32",  # Microsoft Entra ID
    "algorithm": "algorithm",
    "digits": "digits",
    "period": "period",
    "time_interval": "period",  # Microsoft Entra ID
    "counter": "counter",
    "username": "username",
    "upn": "username",
    "manufacturer": "",
    "model": "",
}
_SEEDS: Final = ("seed_hex", "seed_base32")


def read_tokens(file: Path, secrets: Secrets, *, now: datetime, accepts_short: bool) -> Sequence[TokenRow]:
    """Raises CommandError with all that is wrong, each with its line."""
    octets = read_octets(file, MAX_FILE_OCTETS)
    if octets.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xfe\xff", b"\xff\xfe")):
        rows, findings = read_pskc(octets, secrets, now=now, accepts_short=accepts_short)
    else:
        rows, findings = _read_csv(octets, accepts_short=accepts_short)
    findings = [*findings, *_doubled(rows)]
    if not findings and not 1 <= len(rows) <= MAX_TOKENS:
        findings = [Finding("", f"the file has {len(rows)} tokens; it must have 1 to {MAX_TOKENS}", line=1)]
    if findings:
        placed = [Finding("", one.text, str(file), one.line) for one in sorted(findings, key=lambda one: one.line or 0)]
        count = "1 mistake" if len(placed) == 1 else f"{len(placed)} mistakes"
        raise CommandError("bad-file", f"{count} in the file; nothing was imported", REFUSED, placed)
    return rows


def read_octets(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as opened:
            octets = opened.read(most + 1)
    except OSError as error:
        raise CommandError("no-file", f"{file} cannot be read: {error.strerror}") from None
    if len(octets) > most:
        raise CommandError("bad-file", f"{file} has more than {most} octets")
    return octets


def read_key(file: Path) -> bytes:
    """A pre-shared key: 16, 24 or 32 octets, as they are or in hexadecimal."""
    octets = read_octets(file, 1024)
    try:
        key = bytes.fromhex(octets.decode("ascii"))  # first: 32 hexadecimal digits are never 32 octets of a random key
    except ValueError:
        key = octets
    if len(key) not in {16, 24, 32}:
        raise CommandError("bad-key", f"{file} must hold a key of 16, 24 or 32 octets, as they are or in hexadecimal")
    return key


def read_passphrase(file: Path) -> str:
    """Its first line, without the end of the line."""
    try:
        passphrase = read_octets(file, 4096).decode("utf-8-sig").split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        raise CommandError("bad-key", f"{file} is not UTF-8") from None
    if not passphrase:
        raise CommandError("bad-key", f"{file} holds no passphrase in its first line")
    return passphrase


def _doubled(rows: Sequence[TokenRow]) -> Iterator[Finding]:
    first_line: dict[str, int] = {}
    for row in rows:
        before = first_line.setdefault(row.serial.strip().upper(), row.line)
        if before != row.line:
            yield Finding("", f"the same serial number stands in line {before}", line=row.line)


def _read_csv(octets: bytes, *, accepts_short: bool) -> tuple[Sequence[TokenRow], Sequence[Finding]]:
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return (), [Finding("", "the file is neither XML nor UTF-8; save it as CSV UTF-8", line=1)]
    heading = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=";" if heading.count(";") > heading.count(",") else ","
    )
    rows: list[TokenRow] = []
    findings: list[Finding] = []
    line = 1
    try:
        names = _columns(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            try:
                if any(cell.strip() for cell in cells):
                    rows.append(checked(_row(line, cells, names), accepts_short=accepts_short))
            except TokenFileError as error:
                findings.append(Finding("", str(error), line=line))
            line = reader.line_num + 1
    except (TokenFileError, csv.Error) as error:  # of the heading, or no CSV at all
        findings.append(Finding("", str(error), line=line))
    return rows, findings


def _columns(cells: Sequence[str]) -> Sequence[str]:
    named = ["_".join(cell.strip().casefold().split()) for cell in cells]
    known = ", ".join(dict.fromkeys(name for name in _COLUMNS.values() if name))
    unknown = [name for name in named if name not in _COLUMNS]
    names = [_COLUMNS.get(name, "") for name in named]
    seeds = [name for name in names if name in _SEEDS]
    if "serial" not in names or len(seeds) != 1:
        raise TokenFileError("the first line must name the columns: serial, and one of seed_hex and seed_base32")
    if unknown:
        raise TokenFileError(f"there is no column {unknown[0][:40]!r}; the columns are {known}. Remove the others")
    if len({name for name in names if name}) != sum(bool(name) for name in names):
        raise TokenFileError("a column stands twice")
    return names


def _row(line: int, cells: Sequence[str], names: Sequence[str]) -> TokenRow:
    if len(cells) != len(names):
        raise TokenFileError(f"{len(cells)} columns instead of {len(names)}: put texts with the separator in quotes")
    values = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
    if not values["serial"]:
        raise TokenFileError("serial is empty")
    kind = values.get("type", "").lower() or ("hotp" if values.get("counter") else "totp")
    period = values.get("period", "")
    return TokenRow(
        line=line,
        serial=values["serial"],
        type=kind,
        algorithm=values.get("algorithm", "").upper().replace("-", "").removeprefix("HMAC") or "SHA1",
        digits=whole_number("digits", values.get("digits", "") or "6"),
        period=whole_number("period", period or "30") if kind == "totp" else None,
        counter=whole_number("counter", values.get("counter", "") or "0"),
        seed=_csv_seed(values),
        username=values.get("username") or None,
    )


def _csv_seed(values: Mapping[str, str]) -> bytes:
    name = next(name for name in _SEEDS if name in values)
    octets = hex_octets(name, values[name]) if name == "seed_hex" else base32_octets(name, values[name])
    if not octets:
        raise TokenFileError(f"{name} is empty")
    return octets
