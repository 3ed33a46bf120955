"""What can go wrong with invitations: one class per answer that a caller can act on.

GatehouseError
├── InvalidInputError
│   └── AddressMissingError, MailNotSentError
└── ConflictError
    └── InvitedBeforeError, EnrolledBeforeError, MailOffError, PortalMissingError
"""

from mfa.errors import ConflictError, InvalidInputError


class AddressMissingError(InvalidInputError):
    """Raised when nobody has said where the invitation goes."""

    def __init__(self, text: str) -> None:
        super().__init__("address-missing", text)


class MailNotSentError(InvalidInputError):
    """Raised when the provider does not take mail to an address. ``why`` names no address."""

    def __init__(self, why: str) -> None:
        super().__init__("mail-not-sent", f"the mail was not sent ({why})")


class InvitedBeforeError(ConflictError):
    """Raised when the user was invited already and that code still works."""

    def __init__(self) -> None:
        super().__init__("the user is invited already, and that code still works")


class EnrolledBeforeError(ConflictError):
    """Raised when the user has a factor already."""

    def __init__(self) -> None:
        super().__init__("the user has set up a factor already")


class MailOffError(ConflictError):
    """Raised when the deployment has no address to send mail from."""

    def __init__(self) -> None:
        super().__init__("this deployment sends no mail: deploy it with the parameter NoticeFrom")


class PortalMissingError(ConflictError):
    """Raised when the deployment has no web app that a link could lead to."""

    def __init__(self) -> None:
        super().__init__("this deployment has no web app that a link could lead to")
