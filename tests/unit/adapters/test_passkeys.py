"""Passkeys: what an authenticator makes for this portal and this challenge, and nothing else, proves something."""

import subprocess
import sys
from copy import deepcopy
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.adapters.passkeys import WebAuthnCeremony
from mfa.contract.fields import base64url, octets_of
from mfa.domain.push_devices import Passkey
from tests.fakes.phone import PRESENT, VERIFIED, SoftPasskey

ORIGIN, HOST = "https://mfa.example.test", "mfa.example.test"
CHALLENGE = b"a challenge of 32 octets: 012345"
CEREMONY = WebAuthnCeremony(ORIGIN, "Example Corp")


def authenticator(**more: Any) -> SoftPasskey:
    return SoftPasskey(ORIGIN, HOST, **more)


def registered(key: SoftPasskey) -> Passkey:
    passkey = CEREMONY.verify_creation(key.create(base64url(CHALLENGE)), CHALLENGE)
    assert passkey is not None
    return passkey


def test_the_relying_party_is_the_host_of_the_portal() -> None:
    assert CEREMONY.relying_party_id == HOST
    assert WebAuthnCeremony("http://localhost:8443", "x").relying_party_id == "localhost"
    for origin in ("", "mfa.example.test", "https://"):
        with pytest.raises(ValueError, match="origin"):
            WebAuthnCeremony(origin, "x")


def test_creation_asks_for_verification_of_the_user_and_says_for_whom() -> None:
    options = CEREMONY.creation_options(user_id="a-device", user_name="alice", challenge=CHALLENGE, exclude=[b"known"])
    assert options["rp"] == {"id": HOST, "name": "Example Corp"}
    assert options["user"] == {"id": base64url(b"a-device"), "name": "alice", "displayName": "alice"}
    assert options["challenge"] == base64url(CHALLENGE)
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert options["excludeCredentials"] == [{"id": base64url(b"known"), "type": "public-key"}]
    assert {-7, -257} <= {one["alg"] for one in options["pubKeyCredParams"]}


# ---- the trio, for creation


def test_what_an_authenticator_makes_is_a_passkey() -> None:
    key = authenticator(counts=True, signatures=3)
    passkey = registered(key)
    assert (passkey.credential_id, passkey.sign_count) == (key.credential_id, 3)


@pytest.mark.parametrize(
    "wrong",
    ["challenge", "origin", "origin's port", "origin's scheme", "relying party", "not verified", "not present", "kind"],
)
def test_a_creation_for_something_else_proves_nothing(wrong: str) -> None:
    key, flags, challenge = authenticator(), PRESENT | VERIFIED, base64url(CHALLENGE)
    match wrong:
        case "challenge":
            challenge = base64url(CHALLENGE[:-1] + b"!")
        case "origin":
            key.origin = "https://mfa.example.test.evil.test"
        case "origin's port":
            key.origin = f"{ORIGIN}:8443"
        case "origin's scheme":
            key.origin = f"http://{HOST}"
        case "relying party":
            key.relying_party_id = "example.test"
        case "not verified":
            flags = PRESENT
        case "not present":
            flags = VERIFIED
    made = key.create(challenge, flags=flags) if wrong != "kind" else key.get(CHALLENGE)
    assert CEREMONY.verify_creation(made, CHALLENGE) is None


# ---- and for assertions


@pytest.mark.parametrize("counts", [False, True])
def test_an_assertion_of_the_passkey_passes_and_tells_the_new_count(counts: bool) -> None:
    key = authenticator(counts=counts)
    passkey = registered(key)
    for expected in (1, 2):
        count = CEREMONY.verify_assertion(key.get(CHALLENGE), CHALLENGE, passkey)
        assert count == (expected if counts else 0)
        passkey = replace(passkey, sign_count=count)


@pytest.mark.parametrize(
    "wrong",
    [
        "challenge",
        "origin",
        "relying party",
        "not verified",
        "not present",
        "key",
        "credential id",
        "count",
        "signature",
        "kind",
    ],
)
def test_an_assertion_of_or_for_something_else_proves_nothing(wrong: str) -> None:
    key, flags, challenge = authenticator(counts=True), PRESENT | VERIFIED, CHALLENGE
    passkey = registered(key)
    match wrong:
        case "challenge":
            challenge = CHALLENGE[:-1] + b"!"
        case "origin":
            key.origin = "https://evil.test"
        case "relying party":
            key.relying_party_id = "evil.test"
        case "not verified":
            flags = PRESENT
        case "not present":
            flags = VERIFIED
        case "key":
            key = authenticator(counts=True)
        case "credential id":
            key.credential_id = b"another credential with the same key"
        case "count":
            passkey = replace(passkey, sign_count=1)
    made = key.get(challenge, flags=flags) if wrong != "kind" else key.create(base64url(CHALLENGE))
    if wrong == "signature":
        made["response"]["signature"] = made["response"]["signature"][:-8] + "AAAAAAAA"
    assert CEREMONY.verify_assertion(made, CHALLENGE, passkey) is None


# ---- whatever is sent

_SOUND = authenticator()
_PASSKEY = registered(_SOUND)
_CREATION, _ASSERTION = _SOUND.create(base64url(CHALLENGE)), _SOUND.get(CHALLENGE)
_PLACES = [
    *((place,) for place in ("id", "rawId", "type", "response", "authenticatorAttachment")),
    *(("response", place) for place in ("clientDataJSON", "attestationObject", "authenticatorData", "signature")),
]
_HARMLESS = [("authenticatorAttachment",)]


@pytest.mark.parametrize("place", _PLACES, ids="/".join)
@pytest.mark.parametrize(
    "value", [None, "", "AAAA", "%%", 7, [], {}, "ä", "\ud800", base64url(b"{}"), base64url(b"[" * 5000)], ids=ascii
)
def test_broken_json_of_a_browser_proves_nothing_and_raises_nothing(place: tuple[str, ...], value: object) -> None:
    for sound, verify in (
        (_CREATION, lambda made: CEREMONY.verify_creation(made, CHALLENGE)),
        (_ASSERTION, lambda made: CEREMONY.verify_assertion(made, CHALLENGE, _PASSKEY)),
    ):
        made = deepcopy(sound)
        target = made
        for name in place[:-1]:
            target = target[name]
        if place[-1] not in target:
            continue
        target[place[-1]] = value
        found = verify(made)
        assert found is None or place in _HARMLESS


@given(st.binary(max_size=200))
def test_no_attestation_object_makes_it_raise(octets: bytes) -> None:
    made = deepcopy(_CREATION)
    made["response"]["attestationObject"] = base64url(octets)
    assert CEREMONY.verify_creation(made, CHALLENGE) is None


@given(st.data())
def test_no_changed_octet_of_the_authenticator_s_data_passes(data: st.DataObject) -> None:
    made = deepcopy(_ASSERTION)
    octets = bytearray(octets_of(made["response"]["authenticatorData"], "x", lowest=1, highest=100))
    place = data.draw(st.integers(0, len(octets) - 1))
    octets[place] ^= data.draw(st.integers(1, 255))
    made["response"]["authenticatorData"] = base64url(bytes(octets))
    assert CEREMONY.verify_assertion(made, CHALLENGE, _PASSKEY) is None


@pytest.mark.parametrize("key", [b"", b"\x00", cbor2.dumps({}), cbor2.dumps({1: 2, 3: -7}), b"\x04" + bytes(64)])
def test_a_stored_key_that_makes_no_sense_verifies_nothing(key: bytes) -> None:
    assert CEREMONY.verify_assertion(_ASSERTION, CHALLENGE, replace(_PASSKEY, public_key=key)) is None


def test_the_package_is_not_loaded_before_a_passkey_is_verified() -> None:
    """It costs more than a tenth of a second, and most decisions need none."""
    code = (
        "import sys; from mfa.adapters.passkeys import WebAuthnCeremony; "
        "WebAuthnCeremony('https://mfa.example.test', 'x').relying_party_id; "
        "sys.exit('webauthn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
