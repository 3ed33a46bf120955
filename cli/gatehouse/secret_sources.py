"""Where the command gets a shared secret from: a variable or a file, never the command line, where others see it."""

import os
from pathlib import Path

from gatehouse.errors import CommandError
from gatehouse.prompts import ask_secretly


def read_secret(variable: str, file: Path | None) -> str | None:
    """The file wins over the variable; None if neither is there."""
    if file is None:
        return os.environ.get(variable) or None
    try:
        text = file.read_text().strip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise CommandError("no-secret", f"{file} cannot be read as text") from None
    if not text:
        raise CommandError("no-secret", f"{file} is empty")
    return text


def need_secret(variable: str, file: Path | None, question: str) -> str:
    return read_secret(variable, file) or ask_secretly(question, f"set {variable}")
