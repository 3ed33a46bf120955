"""The root of all commands: every failure ends as one line (or one JSON object) and a status, never as a traceback."""

import os
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from gatehouse.errors import CommandError
from gatehouse.output import show_error

TRACEBACK_VARIABLE: Final = "GATEHOUSE_TRACEBACK"


class OneLineErrors(TyperGroup):
    """Typer prints usage errors its own way and lets others through; here all of them leave by one door."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: ARG002 -- typer's own signature
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401 -- typer's own signature
    ) -> Any:  # noqa: ANN401 -- typer's own signature
        given = list(sys.argv[1:] if args is None else args)
        try:
            _check_text(given)
            status = super().main(
                given,
                prog_name=prog_name or "gatehouse",
                complete_var=complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except CommandError as error:
            status = _told(error, given)
        except TyperException as error:
            status = _told(CommandError("usage", _sentence(error)), given)
        except typer.Abort:
            status = _told(CommandError("cancelled", "cancelled; an answer was needed and none came"), given)
        except Exception as error:
            if os.environ.get(TRACEBACK_VARIABLE):
                raise
            status = _told(CommandError("internal", _unexpected(error)), given)
        sys.exit(status if isinstance(status, int) else 0)


def _check_text(given: Sequence[str]) -> None:
    """Octets that are not UTF-8 reach Python as lone surrogates, which nothing can send on."""
    for argument in given:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise CommandError("usage", "the arguments must be valid UTF-8") from None


def _unexpected(error: Exception) -> str:
    return (
        f"this should not happen ({type(error).__name__}); was it the enrolment API that answered? "
        f"{TRACEBACK_VARIABLE}=1 shows where"
    )


def _told(error: CommandError, given: Sequence[str]) -> int:
    show_error(error, as_json="--json" in given)
    return error.status


def _sentence(error: TyperException) -> str:
    """The error on one line, with the help that belongs to the command it happened in."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "gatehouse"
    sentence = " ".join(error.format_message().split()).rstrip(".")
    return f"{sentence}. See: {command} --help"
