"""A new file of recovery codes that only its owner may read."""

import os
from collections.abc import Sequence
from pathlib import Path

from gatehouse.errors import CommandError


class RecoveryFile:
    """It is made before the codes are: codes that cannot be kept must not make the old ones void."""

    def __init__(self, file: Path) -> None:
        self._name = file
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise CommandError("file-exists", f"{file} exists already; name a new file for the codes") from None
        except OSError as error:
            raise CommandError("no-file", f"{file} cannot be written: {error.strerror}") from None
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")

    def write(self, codes: Sequence[str]) -> None:
        with self._file:
            self._file.writelines(f"{code}\n" for code in codes)

    def discard(self) -> None:
        self._file.close()
        self._name.unlink(missing_ok=True)
