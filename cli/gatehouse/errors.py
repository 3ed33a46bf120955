"""The one error of the command: a sentence for the person at the terminal, a code for scripts, an exit status."""

from typing import Final

REFUSED: Final = 1  # the server decided against it
FAILED: Final = 2  # nothing was decided: wrong use, no connection, no answer


class CommandError(Exception):
    """Raised wherever the command cannot go on. It is printed as one line, never as a traceback."""

    def __init__(self, code: str, text: str, status: int = FAILED) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = status
