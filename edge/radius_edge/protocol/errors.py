"""The protocol's errors.

ProtocolError
├── PacketError         their fault: these octets are no packet that we accept
├── CredentialError     their fault: a packet whose password or response cannot be used
├── UpstreamReplyError  their fault: a reply of an upstream that cannot be believed
├── RequestError        our fault: a request to an upstream that does not fit the protocol
└── ReplyError          our fault: a reply that does not fit the protocol
"""

from radius_edge.protocol.reasons import BadReply, DiscardReason, LocalRejectReason


class ProtocolError(Exception):
    """Base of all."""


class PacketError(ProtocolError):
    """Raised by the reader. ``reason`` says which rule the octets break."""

    def __init__(self, reason: DiscardReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class CredentialError(ProtocolError):
    """Raised for a credential that cannot be passed on. ``reason`` says why; it never repeats the octets."""

    def __init__(self, reason: LocalRejectReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class UpstreamReplyError(ProtocolError):
    """Raised for a reply of an upstream that must be discarded. ``fault`` says why."""

    def __init__(self, fault: BadReply) -> None:
        super().__init__(fault.value)
        self.fault = fault


class RequestError(ProtocolError):
    """Raised when a request to an upstream would break a length limit."""


class ReplyError(ProtocolError):
    """Raised when a reply would break a length limit or names an attribute that we cannot write."""
