"""A shared secret, hashed once for all the packets it will check and sign."""

from radius_edge.protocol.digests import hmac_md5, md5


class SharedSecret:
    """Known to one RADIUS client and us. It shows itself to nobody: no repr, no str, no pickle."""

    __slots__ = ("_copy_md5_of_secret", "_octets", "message_authenticator")

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._copy_md5_of_secret = md5(octets).copy
        self.message_authenticator = hmac_md5(octets).digest

    def pad(self, vector: bytes) -> bytes:
        """MD5(secret + vector): one block of the stream that hides a User-Password (RFC 2865 section 5.2)."""
        state = self._copy_md5_of_secret()
        state.update(vector)
        return state.digest()

    def authenticator(self, octets: bytes) -> bytes:
        """MD5(octets + secret): of a response (RFC 2865 section 3) or an accounting request (RFC 2866 section 3)."""
        return md5(octets + self._octets).digest()

    def __repr__(self) -> str:
        return "SharedSecret(…)"

    def __reduce__(self) -> str:
        raise TypeError("a shared secret is not to be copied out of the process")
