"""What can go wrong with hardware tokens, beyond the errors of enrolment.

GatehouseError
├── NotFoundError
│   └── TokenUnknownError, ImportUnknownError
├── InvalidInputError
│   └── TokenRefusedError          not the codes of that token, or no token for this user: the two look the same
└── ConflictError
    ├── TokenTakenError, TokenFreeError, TokenChangedError
    ├── TokenTriesSpentError
    └── ImportClosedError, ImportIncompleteError
"""

from mfa.errors import ConflictError, InvalidInputError, NotFoundError


class TokenUnknownError(NotFoundError):
    """Raised for a serial number that is not in the inventory."""

    def __init__(self) -> None:
        super().__init__("no token with this serial number is in the inventory")


class ImportUnknownError(NotFoundError):
    """Raised for an import that was never started, or was abandoned."""

    def __init__(self) -> None:
        super().__init__("there is no import of that id")


class TokenRefusedError(InvalidInputError):
    """Raised when codes do not show that somebody holds a token. Whether there is such a token is not told."""

    def __init__(self) -> None:
        text = "these are not codes of a token that is yours to use; press twice and send both codes, in their order"
        super().__init__("token-refused", text)


class TokenTakenError(ConflictError):
    """Raised when a token is to be given away that somebody has."""

    def __init__(self) -> None:
        super().__init__("somebody has this token; take it back first")


class TokenFreeError(ConflictError):
    """Raised when something is asked of a token's owner, and it has none."""

    def __init__(self) -> None:
        super().__init__("nobody has this token")


class TokenChangedError(ConflictError):
    """Raised when a token or its user changed at the same moment."""

    def __init__(self) -> None:
        super().__init__("the token or its user changed at the same time; try again")


class TokenTriesSpentError(ConflictError):
    """Raised when codes of one token, or by one user, were tried too often. Heals by itself."""

    def __init__(self) -> None:
        super().__init__("too many tries; wait an hour")


class ImportClosedError(ConflictError):
    """Raised when something is added to an import that is complete already, or abandoned."""

    def __init__(self) -> None:
        super().__init__("this import is not open (any more)")


class ImportIncompleteError(ConflictError):
    """Raised when an import is to be completed and tokens are missing."""

    def __init__(self, stored: int, total: int) -> None:
        super().__init__(f"{stored} of {total} tokens are there; send the others first")
