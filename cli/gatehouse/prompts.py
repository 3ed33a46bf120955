"""Asking a person. Questions go to standard error: standard output holds the result and nothing else."""

import getpass
import sys
import warnings

import typer

from gatehouse.errors import CommandError


def can_ask(*, as_json: bool) -> bool:
    """Whether somebody sits at a terminal who can answer."""
    return not as_json and sys.stdin.isatty()


def ask(question: str) -> str:
    """One line of standard input without its end; raises typer.Abort if there is none."""
    if sys.stdin.isatty():  # a script knows what it answers, and reads errors from standard error
        print(f"{question}: ", end="", file=sys.stderr, flush=True)
    line = sys.stdin.readline()
    if not line:
        raise typer.Abort
    return line.strip()


def ask_secretly(question: str, otherwise: str) -> str:
    """The same, without showing what is typed. Raises CommandError where that cannot be: ``otherwise`` says what to do
    instead."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            while not (typed := getpass.getpass(f"{question}: ", stream=sys.stderr)):
                pass
        except getpass.GetPassWarning:
            text = (
                f"the {question[0].lower()}{question[1:]} is not given, and there is no terminal to ask at: {otherwise}"
            )
            raise CommandError("no-secret", text) from None
    return typed


def confirm(question: str) -> None:
    """Raises CommandError unless the answer is yes."""
    if ask(f"{question} [y/N]").lower() not in {"y", "yes"}:
        raise CommandError("cancelled", "cancelled; nothing was changed")
