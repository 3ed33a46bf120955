"""A new file of recovery codes that only its owner may read."""

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from gatehouse.errors import CommandError


class RecoveryFile:
    """It is made before anything is changed: codes that cannot be kept must not make the old ones void. At the end of
    its block it is gone again unless codes were written."""

    def __init__(self, file: Path) -> None:
        self.name = file
        self._is_kept = False
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError("file-exists", f"{file} exists already; name a new file for the codes") from None
        except OSError as error:
            raise CommandError("no-file", f"{file} cannot be written: {error.strerror}") from None
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._is_kept:
            self._file.close()
            self.name.unlink(missing_ok=True)

    def write(self, codes: Sequence[str]) -> None:
        with self._file:
            self._file.writelines(f"{code}\n" for code in codes)
        self._is_kept = True
