"""What tells a client's retry of a login from another login: the packet differs, the person and the text do not."""

from mfa.domain.typed_text import TypedWord
from mfa.services.login_facts import Login


def what_belongs_together(login: Login, word: TypedWord) -> bytes:
    """Client, user, text, address, NAS and State: all that a client's retry has in common with what it sent before, and
    a stranger's packet has not. No part but the last can hold a NUL."""
    request = login.claimant.request
    text = f"{word.word}|{word.device or 1}|{word.number or ''}|{login.shown.password is not None}"
    parts = (
        request.client, login.attempt.user_id, text, request.nas.get("Calling-Station-Id", ""),
        request.nas.get("NAS-Identifier", ""),
    )  # fmt: skip
    return "\0".join(part.replace("\0", "") for part in parts).encode() + b"\0" + (request.state or b"")
