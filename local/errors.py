"""The one error of the set-up."""


class LocalError(Exception):
    """Something that a person must see and mend. The text says what to do; no traceback is shown."""
