"""As much BER (X.690) as LDAP needs: tags of one octet, definite lengths."""

from collections.abc import Iterator

INTEGER, OCTETS, ENUMERATED, SEQUENCE, SET = 0x02, 0x04, 0x0A, 0x30, 0x31


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def octets(value: bytes | str) -> bytes:
    return tlv(OCTETS, value.encode() if isinstance(value, str) else value)


def integer(value: int, tag: int = INTEGER) -> bytes:
    return tlv(tag, value.to_bytes(value.bit_length() // 8 + 1))


def whole_message(received: bytes) -> int | None:
    """How long the first value is, if all of it is there."""
    if len(received) < 2:
        return None
    head, size = 2, received[1]
    if size & 0x80:
        head += size & 0x7F
        size = int.from_bytes(received[2:head])
    return head + size if len(received) >= head + size else None


def parts(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of each value that stands in ``content``."""
    while content:
        end = whole_message(content)
        assert end is not None, "a value is cut off"
        head = 2 + (content[1] & 0x7F if content[1] & 0x80 else 0)
        yield content[0], content[head:end]
        content = content[end:]
