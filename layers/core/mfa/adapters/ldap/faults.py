"""What goes wrong while a controller is asked."""

import traceback


class ControllerFaultError(Exception):
    """Raised when one controller cannot be used: another one may be. The text is ours and quotes nothing that a
    controller or a caller sent."""


class ServiceAccountRefusedError(Exception):
    """Raised when a controller refuses the service account. Another one is not asked: that could lock the account."""


class TooLateError(Exception):
    """Raised when the deadline of the question passes before an answer is there."""


def class_and_place(error: BaseException) -> str:
    """All that is told of a fault that nobody foresaw: its text may quote a password."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
