"""gatehouse token import FILE: hardware tokens into the inventory, all of a file or none.

The file is read and checked whole; then every token is looked at, and only then any is stored. They count when all are
there. What is cut off goes on when the same file is imported again.
"""

import base64
import hashlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.errors import REFUSED, CommandError
from gatehouse.options import AsJson, DryRun, Local, Realm, Url
from gatehouse.output import printable, show_json
from gatehouse.pskc_encryption import Secrets
from gatehouse.token_files import read_key, read_passphrase, read_tokens
from gatehouse.token_rows import TokenRow

EPILOG: Final = """\b
FILE is PSKC (RFC 6030), plain or encrypted, or CSV in UTF-8. The first line of a CSV file names its columns:
serial, and seed_hex or seed_base32; perhaps type (totp, hotp), algorithm (SHA1, SHA256, SHA512), digits (6, 8),
period (30, 60), counter, and username, to whom the token is assigned. The columns of Microsoft Entra ID are taken.

\b
  serial,type,seed_hex,counter,username
  60012345,hotp,3132333435363738393031323334353637383930,0,alice

\b
Examples:
  gatehouse token import tokens.csv --dry-run
  gatehouse token import tokens.xml --psk-file transport.key
  gatehouse token import tokens.xml --passphrase-file passphrase.txt
"""
_AT_ONCE: Final = 25


class Fate(StrEnum):
    IMPORTED = "imported"
    WOULD_IMPORT = "would be imported"
    EXISTS = "exists already"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one line; ``assigned`` is to whom, and ``text`` why not."""

    row: TokenRow
    fate: Fate
    text: str | None = None
    assigned: str | None = None


def import_tokens(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The tokens, as PSKC or CSV.", show_default=False)],
    *,
    psk_file: Annotated[
        Path | None,
        typer.Option("--psk-file", metavar="FILE", help="The pre-shared key of the file, hexadecimal or as it is."),
    ] = None,
    passphrase_file: Annotated[
        Path | None,
        typer.Option("--passphrase-file", metavar="FILE", help="The passphrase of the file, in its first line."),
    ] = None,
    dry_run: DryRun = False,
    accept_short_seeds: Annotated[
        bool,
        typer.Option("--accept-short-seeds", help="Also take seeds of 80 to 111 bits, which NIST no longer allows."),
    ] = False,
    realm: Realm = None,
    url: Url = None,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Import hardware tokens. Each line is told; nothing counts before all of them are there."""
    secrets = _secrets(psk_file, passphrase_file)
    rows = read_tokens(file, secrets, now=datetime.now(UTC), accepts_short=accept_short_seeds)
    _warn(rows)
    work = _Import(EnrollmentApi.at(url, local=local), realm, accept_short_seeds)
    done = work.looked_at(rows)
    if not dry_run and not any(one.fate is Fate.REFUSED for one in done):
        done = work.assigned(work.stored(done))
    _conclude(done, file, as_json=as_json, dry_run=dry_run)


def _secrets(psk_file: Path | None, passphrase_file: Path | None) -> Secrets:
    if psk_file is not None and passphrase_file is not None:
        raise CommandError("bad-usage", "a file has a pre-shared key or a passphrase, not both")
    return Secrets(
        key=None if psk_file is None else read_key(psk_file),
        passphrase=None if passphrase_file is None else read_passphrase(passphrase_file),
    )


def _warn(rows: Sequence[TokenRow]) -> None:
    short = sum(row.is_short for row in rows)
    if short:
        text = "seed has fewer than 112 bits" if short == 1 else "seeds have fewer than 112 bits"
        print(f"warning: {short} {text}: replace these tokens when you can (NIST SP 800-63B)", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class _Import:
    api: EnrollmentApi
    realm: str | None
    accepts_short: bool

    def looked_at(self, rows: Sequence[TokenRow]) -> list[Imported]:
        """Nothing is stored by that."""
        fates = {"new": Fate.WOULD_IMPORT, "exists": Fate.EXISTS}
        done: list[Imported] = []
        for batch in _batches(rows, "looked at"):
            sent = [row.message() for row in batch]
            results = self.api.check_tokens(sent, accept_short_seeds=self.accepts_short)["results"]
            done += [
                Imported(row, fates.get(one["result"], Fate.REFUSED), one["reason"])
                for row, one in zip(batch, results, strict=True)
            ]
        return done

    def stored(self, looked_at: Sequence[Imported]) -> list[Imported]:
        new = [one.row for one in looked_at if one.fate is Fate.WOULD_IMPORT]
        if not new:
            return list(looked_at)
        refused = self._stored(_import_id(new), new)
        return [_after(one, refused) for one in looked_at]

    def _stored(self, import_id: str, rows: Sequence[TokenRow]) -> dict[int, str]:
        """Why lines were refused; the others count if there are none."""
        refused: dict[int, str] = {}
        try:
            self.api.start_token_import(import_id, len(rows))
            for batch in _batches(rows, "stored"):
                sent = [row.message() for row in batch]
                results = self.api.add_tokens(import_id, sent, accept_short_seeds=self.accepts_short)["results"]
                for row, one in zip(batch, results, strict=True):
                    if one["result"] != "stored":
                        refused[row.line] = one["reason"] or "it was imported at the same time"
            if not refused:
                self.api.complete_token_import(import_id)
        except CommandError as error:
            text = f"stopped: {error.text}. The tokens count when all are there: import the file again, and it goes on"
            raise CommandError(error.code, text, error.status) from None
        return refused

    def assigned(self, done: Sequence[Imported]) -> list[Imported]:
        return [self._assigned(one) if one.row.username and one.text is None else one for one in done]

    def _assigned(self, one: Imported) -> Imported:
        name = one.row.username or ""
        try:
            self.api.assign_token(one.row.serial, name, self.realm)
        except CommandError as error:
            if error.status != REFUSED:
                raise
            return replace(one, text=f"not assigned to {name}: {error.text}")
        return replace(one, assigned=name)


def _after(one: Imported, refused: dict[int, str]) -> Imported:
    if one.fate is not Fate.WOULD_IMPORT:
        return one
    if one.row.line in refused:
        return replace(one, fate=Fate.REFUSED, text=refused[one.row.line])
    return replace(one, fate=Fate.REFUSED, text="others were refused") if refused else replace(one, fate=Fate.IMPORTED)


def _import_id(rows: Iterable[TokenRow]) -> str:
    """The same for the same tokens, so that importing a file again goes on. Nothing of a seed is in it."""
    serials = "\n".join(sorted(row.serial.strip().upper() for row in rows))
    return base64.urlsafe_b64encode(hashlib.sha256(serials.encode()).digest()[:16]).decode("ascii").rstrip("=")


def _batches(rows: Sequence[TokenRow], verb: str) -> Iterator[Sequence[TokenRow]]:
    for start in range(0, len(rows), _AT_ONCE):
        batch = rows[start : start + _AT_ONCE]
        yield batch
        print(f"{start + len(batch)} of {len(rows)} tokens {verb}", file=sys.stderr)


def _conclude(done: Sequence[Imported], file: Path, *, as_json: bool, dry_run: bool) -> None:
    if as_json:
        show_json({"dry_run": dry_run, "tokens": [_shown(one) for one in done]})
    else:
        for one in done:
            whom = "" if one.assigned is None else f", assigned to {one.assigned}"
            why = "" if one.text is None else f": {one.text}"
            print(printable(f"{file}:{one.row.line}: {one.row.serial} {one.fate.value}{whom}{why}"))
        counts = Counter(one.fate for one in done)
        told = ", ".join(f"{counts[fate]} {fate.value}" for fate in Fate if counts[fate])
        print(f"{told}; nothing was imported" if counts[Fate.REFUSED] else told)
    if any(one.text is not None for one in done):
        raise typer.Exit(REFUSED)


def _shown(one: Imported) -> dict[str, object]:
    return {
        "line": one.row.line,
        "serial": one.row.serial,
        "type": one.row.type,
        "result": one.fate.value,
        "assigned_to": one.assigned,
        "reason": one.text,
    }
