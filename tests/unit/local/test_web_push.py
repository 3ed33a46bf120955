"""Opening messages as a browser does, and knowing their sender as a push service does."""

import base64
import json
import time

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from local.web_push import SubscriptionKeys, WebPushError, verify_sender
from mfa.adapters.web_push import p256
from mfa.contract.fields import base64url

AUDIENCE = "https://push.example.net"
NOW = 1_700_000_000.0

# RFC 8291 appendix A.
RECEIVER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH_SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A"
    "_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
PLAIN = b"When I grow up, I want to be a watermelon"


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.fixture
def keys() -> SubscriptionKeys:
    private = ec.derive_private_key(int.from_bytes(octets(RECEIVER)), ec.SECP256R1())
    return SubscriptionKeys(private, octets(AUTH_SECRET))


def test_the_example_of_rfc_8291_is_opened(keys: SubscriptionKeys) -> None:
    assert keys.open(octets(BODY)) == PLAIN


@pytest.mark.parametrize("at", [0, 16, 20, 22, 60, 90, -1])
def test_a_message_with_one_octet_changed_is_not(keys: SubscriptionKeys, at: int) -> None:
    changed = bytearray(octets(BODY))
    changed[at] ^= 1
    if at == 16:  # a larger record size alone changes nothing: it is a limit
        changed[16:20] = bytes(4)
    with pytest.raises(WebPushError):
        keys.open(bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 20, 21, 86, 87, 103])
def test_a_message_that_is_cut_off_is_not(keys: SubscriptionKeys, length: int) -> None:
    with pytest.raises(WebPushError):
        keys.open(octets(BODY)[:length])


def test_another_subscriptions_keys_open_nothing(keys: SubscriptionKeys) -> None:
    for other in (SubscriptionKeys(keys.private_key, bytes(16)), SubscriptionKeys(p256_key(), keys.auth_secret)):
        with pytest.raises(WebPushError):
            other.open(octets(BODY))


def test_keys_do_not_show_themselves(keys: SubscriptionKeys) -> None:
    assert repr(keys) == "SubscriptionKeys()"


def p256_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def token(key: ec.EllipticCurvePrivateKey, claims: object, header: object = None) -> str:
    parts = (header or {"typ": "JWT", "alg": "ES256"}, claims)
    signed = ".".join(base64url(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


CLAIMS = {"aud": AUDIENCE, "exp": NOW + 3600, "sub": "mailto:admin@example.test"}


def test_a_sender_is_known_by_the_key_that_signed() -> None:
    key = p256_key()
    public = p256.public_octets(key)
    header = f"vapid t={token(key, CLAIMS)}, k={base64url(public)}"
    assert verify_sender(header, AUDIENCE, NOW) == public


def test_a_signature_by_another_key_is_refused() -> None:
    header = f"vapid t={token(p256_key(), CLAIMS)}, k={base64url(p256.public_octets(p256_key()))}"
    with pytest.raises(WebPushError, match="not signed by its key"):
        verify_sender(header, AUDIENCE, NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "https://push.example.org"},
        {"aud": None},
        {"exp": NOW},
        {"exp": NOW + 24 * 3600 + 1},
        {"exp": "tomorrow"},
        {"sub": "mailto:nobody"},
        {"sub": ""},
    ],
)
def test_a_token_for_elsewhere_or_another_time_is_refused(change: dict[str, object]) -> None:
    key = p256_key()
    header = f"vapid t={token(key, {**CLAIMS, **change})}, k={base64url(p256.public_octets(key))}"
    with pytest.raises(WebPushError):
        verify_sender(header, AUDIENCE, NOW)


def test_no_other_algorithm_counts() -> None:
    key = p256_key()
    header = f"vapid t={token(key, CLAIMS, {'typ': 'JWT', 'alg': 'none'})}, k={base64url(p256.public_octets(key))}"
    with pytest.raises(WebPushError, match="ES256"):
        verify_sender(header, AUDIENCE, NOW)


@pytest.mark.parametrize("header", ["", "Bearer a", "vapid t=a.b.c", "vapid t=a.b.c, k=a", "vapid t=a.b, k=abcd"])
def test_what_is_no_vapid_header_is_refused(header: str) -> None:
    with pytest.raises(WebPushError):
        verify_sender(header, AUDIENCE, time.time())


@pytest.mark.parametrize("claims", [[], "text", 5, None])
def test_claims_that_are_no_object_are_refused(claims: object) -> None:
    key = p256_key()
    header = f"vapid t={token(key, claims)}, k={base64url(p256.public_octets(key))}"
    with pytest.raises(WebPushError):
        verify_sender(header, AUDIENCE, NOW)
