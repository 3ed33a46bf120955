"""python -m gatehouse."""

import io
import sys

from gatehouse.app import app


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a letter of a name shows its number instead
            stream.reconfigure(errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
