"""Tokens in a Portable Symmetric Key Container (RFC 6030): plain, or encrypted as ``pskc_encryption`` says.

Not read: signatures of the whole container, and keys that are no seeds of HOTP or TOTP. What a policy forbids is
forbidden here: a key outside of its dates is refused, and so is one with a rule that is not understood (section 5).
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from gatehouse.errors import Finding
from gatehouse.pskc_encryption import Decryption, Secrets, decryption_of
from gatehouse.safe_xml import Element, XmlError, read_xml
from gatehouse.token_rows import TokenFileError, TokenRow, base64_octets, checked, whole_number

_ALGORITHM: Final = re.compile(r"urn:ietf:params:xml:ns:keyprov:pskc[:#](hotp|totp)", re.ASCII)
_SUITE: Final = re.compile(r"(?:hmac)?[ _-]*sha[ _-]*(1|256|512)(?![0-9])", re.ASCII | re.IGNORECASE)
_UNDERSTOOD_POLICY: Final = frozenset({"StartDate", "ExpiryDate", "KeyUsage"})


def read_pskc(
    octets: bytes, secrets: Secrets, *, now: datetime, accepts_short: bool
) -> tuple[Sequence[TokenRow], Sequence[Finding]]:
    """The tokens, and all that is wrong; the places are lines."""
    try:
        container = read_xml(octets)
        decryption = _opened(container, secrets)
    except XmlError as error:
        return (), (Finding("", str(error), line=error.line),)
    except TokenFileError as error:
        return (), (Finding("", str(error), line=1),)
    rows: list[TokenRow] = []
    findings: list[Finding] = []
    for package, key in _keys(container):
        try:
            rows.append(checked(_row(package, key, decryption, now), accepts_short=accepts_short))
        except TokenFileError as error:
            findings.append(Finding("", str(error), line=key.line))
    return rows, findings


def _opened(container: Element, secrets: Secrets) -> Decryption | None:
    if container.name != "KeyContainer":
        raise TokenFileError("this is XML, but no KeyContainer (PSKC, RFC 6030)")
    if container.attributes.get("Version", "1.0") != "1.0":
        raise TokenFileError("this is PSKC of another version than 1.0")
    return decryption_of(container, secrets)


def _keys(container: Element) -> Iterator[tuple[Element, Element]]:
    for package in container.every("KeyPackage"):
        for key in package.every("Key"):
            yield package, key


def _row(package: Element, key: Element, decryption: Decryption | None, now: datetime) -> TokenRow:
    _check_policy(key, now)
    kind, digits = _kind(key), _digits(key)
    return TokenRow(
        line=key.line,
        serial=_serial(package, key),
        type=kind,
        algorithm=_algorithm(key),
        digits=digits,
        period=_number(key, "TimeInterval", 30) if kind == "totp" else None,
        counter=_number(key, "Counter", 0) if kind == "hotp" else 0,
        seed=_seed(key, decryption),
    )


def _serial(package: Element, key: Element) -> str:
    found = package.child("DeviceInfo", "SerialNo")
    serial = key.attributes.get("Id", "").strip() if found is None else found.text.strip()
    if not serial:
        raise TokenFileError("the key has no serial number, and no Id that could stand for one")
    return serial


def _kind(key: Element) -> str:
    found = _ALGORITHM.fullmatch(key.attributes.get("Algorithm", ""))
    if found is None:
        raise TokenFileError("the key is for another algorithm than HOTP or TOTP")
    return found[1]


def _digits(key: Element) -> int:
    form = key.child("AlgorithmParameters", "ResponseFormat")
    if form is None:
        return 6
    if form.attributes.get("Encoding", "DECIMAL") != "DECIMAL" or form.attributes.get("CheckDigits", "0") not in {
        "0",
        "false",
    }:
        raise TokenFileError("the token shows other codes than decimal ones without a check digit")
    return whole_number("Length", form.attributes.get("Length", "6"))


def _algorithm(key: Element) -> str:
    suite = key.child("AlgorithmParameters", "Suite")
    if suite is None or not suite.text.strip():
        return "SHA1"
    found = _SUITE.search(suite.text)
    if found is None:
        raise TokenFileError("the key's Suite is another than HMAC with SHA-1, SHA-256 or SHA-512")
    return f"SHA{found[1]}"


def _number(key: Element, name: str, default: int) -> int:
    value = key.child("Data", name)
    if value is None:
        return default
    plain = value.child("PlainValue")
    if plain is None:
        raise TokenFileError(f"{name} is encrypted, which is not read")
    return whole_number(name, plain.text.strip())


def _seed(key: Element, decryption: Decryption | None) -> bytes:
    secret = key.child("Data", "Secret")
    plain = None if secret is None else secret.child("PlainValue")
    encrypted = None if secret is None else secret.child("EncryptedValue")
    if plain is not None:
        return base64_octets("the seed", plain.text)
    if secret is None or encrypted is None:
        raise TokenFileError("the key has no seed")
    if decryption is None:
        raise TokenFileError("the seed is encrypted, but the file names no EncryptionKey")
    return decryption.value(encrypted, secret.child("ValueMAC"))


def _check_policy(key: Element, now: datetime) -> None:
    policy = key.child("Policy")
    for rule in [] if policy is None else policy.children:
        if rule.name not in _UNDERSTOOD_POLICY:
            raise TokenFileError(f"the key's policy has a rule that cannot be kept: {rule.name[:40]}")
        if rule.name == "KeyUsage" and rule.text.strip() != "OTP":
            raise TokenFileError("the key's policy says that it is for something else than one-time codes")
        if rule.name == "StartDate" and now < _moment(rule):
            raise TokenFileError("the key's policy says that it is not valid yet")
        if rule.name == "ExpiryDate" and now > _moment(rule):
            raise TokenFileError("the key's policy says that it has expired")


def _moment(rule: Element) -> datetime:
    try:
        moment = datetime.fromisoformat(rule.text.strip())
    except ValueError:
        raise TokenFileError(f"{rule.name} is not a date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
