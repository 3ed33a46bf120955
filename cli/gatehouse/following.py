"""Commands that a command names to be run next: they can be run as they are printed."""

import shlex

from gatehouse.output import printable


def following(*words: str, **options: object) -> str:
    """A command line for a shell. Of ``options``, by their names, those are repeated that were given: with True for one
    that takes no value, with None or False for one that was not given."""
    line = ["gatehouse", *words]
    for name, value in options.items():
        if value is None or value is False:
            continue
        line.append(f"--{name.replace('_', '-')}")
        if value is not True:
            line.append(str(value))
    return printable(shlex.join(line))
