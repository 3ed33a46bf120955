"""Why there is no answer of a directory. It does not leave this package: its callers get an answer that says so."""


class DirectoryFault(Exception):  # noqa: N818 -- the word of its answer; nobody outside ever catches it
    """Raised when no directory could be asked, or it is not known what it said. ``detail`` holds no secret;
    ``was_sent`` tells whether a bind with the user's password may have left."""

    def __init__(self, detail: str, *, was_sent: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.was_sent = was_sent
