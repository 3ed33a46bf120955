"""What every Vault does: what was sealed opens again, for its owner only."""

import pytest

from mfa.domain.sealing import Sealed, seed_context
from mfa.errors import SealBrokenError
from tests.contract.conftest import Ports

SEED, CONTEXT = b"a seed of an authenticator", seed_context("user-1", "factor-1")


def test_what_was_sealed_opens(ports: Ports) -> None:
    for plaintext in (SEED, b"", b"\x00" * 64):
        assert ports.vault.open(ports.vault.seal(plaintext, CONTEXT), CONTEXT) == plaintext


@pytest.mark.parametrize(
    "context", [seed_context("user-2", "factor-1"), seed_context("user-1", "factor-2"), b"", CONTEXT + b"|v1"]
)
def test_another_owner_cannot_open_it(ports: Ports, context: bytes) -> None:
    sealed = ports.vault.seal(SEED, CONTEXT)
    with pytest.raises(SealBrokenError):
        ports.vault.open(sealed, context)


def test_a_changed_octet_is_noticed_wherever_it_is(ports: Ports) -> None:
    sealed = ports.vault.seal(SEED, CONTEXT)
    for place in range(len(sealed.octets)):
        changed = bytearray(sealed.octets)
        changed[place] ^= 1
        with pytest.raises(SealBrokenError):
            ports.vault.open(Sealed(sealed.key_version, bytes(changed)), CONTEXT)


@pytest.mark.parametrize("octets", [b"", b"short", b"x" * 27])
def test_what_was_never_sealed_does_not_open(ports: Ports, octets: bytes) -> None:
    with pytest.raises(SealBrokenError):
        ports.vault.open(Sealed(1, octets), CONTEXT)


def test_a_key_that_does_not_exist_opens_nothing(ports: Ports) -> None:
    sealed = ports.vault.seal(SEED, CONTEXT)
    with pytest.raises(SealBrokenError):
        ports.vault.open(Sealed(2, sealed.octets), CONTEXT)


def test_sealing_twice_shows_nothing_in_common(ports: Ports) -> None:
    first, second = ports.vault.seal(SEED, CONTEXT), ports.vault.seal(SEED, CONTEXT)
    assert first.octets != second.octets
    assert SEED not in first.octets


def test_a_digest_is_the_same_for_the_same_value_and_purpose_only(ports: Ports) -> None:
    digest = ports.vault.digest("session", b"value")
    assert digest == ports.vault.digest("session", b"value")
    assert len(digest) == 32
    assert digest != ports.vault.digest("session", b"other")
    assert digest != ports.vault.digest("enrollment-code", b"value")
    assert ports.vault.digest("ab", b"c") != ports.vault.digest("a", b"bc")
