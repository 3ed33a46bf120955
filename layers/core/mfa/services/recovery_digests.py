"""What is stored in place of a recovery or bypass code."""

from mfa.ports import Vault


def code_digest(vault: Vault, user_id: str, code: str) -> bytes:
    """``code`` without its dashes. Bound to the user: the code of another one has another digest."""
    return vault.digest("recovery-code", f"{user_id}|{code}".encode())
