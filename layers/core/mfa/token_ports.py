"""What the inventory of hardware tokens needs from outside, as protocols; ``mfa.ports`` says how they are read."""

from collections.abc import Sequence
from typing import Protocol

from mfa.domain.factors import AcceptedCode, CodeFactor
from mfa.domain.tokens import Token, TokenImport


class TokenStore(Protocol):
    """The inventory (TOKENS/...). Each method is one conditional write or transaction, or one consistent read."""

    def start_import(self, wanted: TokenImport) -> TokenImport:
        """Begin it, or go on with the open one of that id, with ``total`` as it is wanted now. One that is complete
        stays as it is. Returns what is stored then."""
        ...

    def read_import(self, import_id: str) -> TokenImport | None: ...

    def imports(self) -> Sequence[TokenImport]:
        """All that are not complete."""
        ...

    def put(self, token: Token) -> None:
        """Add to an open import: a new token, one of this import again, or one that another open import has left.
        Raises ConditionRefusedError if the import is not open, or the serial number is in the inventory."""
        ...

    def complete_import(self, import_id: str) -> None:
        """From now on its tokens count. Raises ConditionRefusedError if it is not open, or tokens are missing."""
        ...

    def abandon_import(self, import_id: str) -> None:
        """Remove an open import with its tokens. Raises ConditionRefusedError if it is not open."""
        ...

    def read(self, serial: str) -> Token | None:
        """None, too, for a token of an import that is not complete."""
        ...

    def page(self, after: str | None, most: int) -> Sequence[Token]:
        """Tokens of complete imports in the order of their serial numbers, those behind ``after``. An empty page is
        the last."""
        ...

    def assign(self, seen: Token, factor: CodeFactor, user_id: str, now: int) -> None:
        """Give the token to a user as that factor. Raises ConditionRefusedError if somebody has it, it is not as it was
        seen, the user is gone, or has MAX_FACTORS."""
        ...

    def take_back(self, seen: Token, factor: CodeFactor | None) -> None:
        """From its owner, who has it as ``factor``; None if the owner or the factor is gone. Raises
        ConditionRefusedError if any of this is not so any more."""
        ...

    def use_up(self, user_id: str, code: AcceptedCode, now: int) -> None:
        """Use up the code of an active factor outside of a login. Raises ConditionRefusedError if it or a later one
        was used, or the factor is gone."""
        ...

    def charge(self, subject: str, at: int, budget: int, seconds: int) -> None:
        """Count one try of ``budget`` that a subject has in so many seconds. Raises ConditionRefusedError if none is
        left."""
        ...
