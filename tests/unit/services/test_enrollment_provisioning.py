"""What a phone reads: the URI, the key for typing, and the QR code agree."""

import base64
import re
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mfa.domain.factors import TotpAlgorithm, TotpParameters
from mfa.services.enrollment_provisioning import SEED_OCTETS, grouped_key, provision


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
def test_uri_and_key_hold_the_same_seed(algorithm: TotpAlgorithm) -> None:
    seed = bytes(range(SEED_OCTETS[algorithm]))
    made = provision(seed, TotpParameters(algorithm, 8, 60), issuer="Example Corp", account="alice@corp.example.test")
    parts = urlsplit(made.otpauth_uri)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/Example Corp:alice@corp.example.test"
    assert (query["issuer"], query["digits"], query["period"]) == ("Example Corp", "8", "60")
    assert query.get("algorithm", "SHA1") == algorithm
    key = made.key.replace(" ", "")
    assert query["secret"] == key
    assert base64.b32decode(key + "=" * (-len(key) % 8)) == seed


def test_the_key_is_in_groups_of_four() -> None:
    assert grouped_key(b"12345678901234567890") == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_the_qr_code_is_one_svg_element_without_script_or_reference() -> None:
    made = provision(b"12345678901234567890", TotpParameters(), issuer="<Ex & Co>", account="zoë")
    root = ET.fromstring(made.qr_svg)  # noqa: S314 -- our own output
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {"svg", "title", "path", "g", "rect"}
    assert not re.search(r"href|script|on\w+=|secret", made.qr_svg)


def test_the_rows_are_the_same_qr_code() -> None:
    made = provision(b"12345678901234567890", TotpParameters(), issuer="Example Corp", account="alice")
    drawn = re.search(r'd="M4 4\.5([^"]+)"', made.qr_svg)
    assert drawn is not None
    assert {len(row) for row in made.qr_rows} == {len(made.qr_rows)}
    assert _rows_of_path(drawn[1], len(made.qr_rows)) == made.qr_rows


def _rows_of_path(path: str, size: int) -> tuple[str, ...]:
    """segno draws each run of dark modules as one horizontal stroke, and moves between them."""
    rows, column, line = [["0"] * size for _ in range(size)], 0, 0
    for command, numbers in re.findall(r"([hm])([-\d. ]+)", path):
        x, *y = (int(number) for number in numbers.split())
        if command == "h":
            rows[line][column : column + x] = ["1"] * x
        column, line = column + x, line + (y[0] if y else 0)
    return tuple("".join(row) for row in rows)


def test_the_seed_shows_in_no_repr() -> None:
    made = provision(b"12345678901234567890", TotpParameters(), issuer="Example", account="alice")
    assert "GEZD" not in repr(made)
    assert "otpauth" not in repr(made)
