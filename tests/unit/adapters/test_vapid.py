"""RFC 8292: the token that tells a push service who sends, and the key behind it."""

import base64
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from mfa.adapters.web_push import p256
from mfa.adapters.web_push.vapid import RENEWED_SECONDS, TOKEN_SECONDS, Vapid
from mfa.adapters.web_push.vapid_keys import KEPT_SECONDS, StoredVapidKeys
from mfa.errors import SealBrokenError, UnavailableError
from tests.fakes.clock import FakeClock
from tests.fakes.push_trail import InMemoryVapidKeyStore
from tests.fakes.races import all_at_once
from tests.fakes.vault import FakeVault

AUDIENCE = "https://fcm.googleapis.com"


class World:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.vault = FakeVault()
        self.store = InMemoryVapidKeyStore()

    def keys(self) -> StoredVapidKeys:
        """As another instance of a function has them."""
        return StoredVapidKeys(store=self.store, vault=self.vault, clock=self.clock)


@pytest.fixture
def world() -> World:
    return World()


def octets(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def verified(header: str) -> dict[str, Any]:
    """The claims, by the key beside the token. Raises InvalidSignature."""
    token, _, key = header.removeprefix("vapid t=").partition(", k=")
    signed, _, signature = token.rpartition(".")
    r, s = int.from_bytes(octets(signature)[:32]), int.from_bytes(octets(signature)[32:])
    p256.public_key(octets(key)).verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    head, claims = (json.loads(octets(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    return dict(claims)


# ---- the token


def test_a_token_names_audience_end_and_contact_and_its_signature_is_right(world: World) -> None:
    keys = world.keys()
    header = Vapid(keys=keys, contact="mailto:it@example.test", clock=world.clock).authorization(AUDIENCE)
    end = int(world.clock.time) + TOKEN_SECONDS
    assert verified(header) == {"aud": AUDIENCE, "exp": end, "sub": "mailto:it@example.test"}
    assert octets(header.partition(", k=")[2]) == keys.public_key()


def test_a_token_that_was_changed_is_refused(world: World) -> None:
    header = Vapid(keys=world.keys(), contact=None, clock=world.clock).authorization(AUDIENCE)
    other = Vapid(keys=world.keys(), contact=None, clock=world.clock).authorization("https://web.push.apple.com")
    claims, foreign = header.split(".")[1], other.split(".")[1]
    with pytest.raises(InvalidSignature):
        verified(header.replace(claims, foreign))


def test_without_a_contact_there_is_none_in_the_token(world: World) -> None:
    assert "sub" not in verified(Vapid(keys=world.keys(), contact=None, clock=world.clock).authorization(AUDIENCE))


class OneKey:
    def __init__(self) -> None:
        self.key = p256.new_key()

    def private_key(self) -> ec.EllipticCurvePrivateKey:
        return self.key


def test_a_token_is_made_once_for_each_audience_and_again_before_its_end() -> None:
    clock = FakeClock()
    vapid = Vapid(keys=OneKey(), contact=None, clock=clock)
    first = vapid.authorization(AUDIENCE)
    other = vapid.authorization("https://web.push.apple.com")
    assert verified(other)["aud"] == "https://web.push.apple.com"
    clock.advance(TOKEN_SECONDS - RENEWED_SECONDS - 1)
    assert vapid.authorization(AUDIENCE) == first
    clock.advance(1)
    assert verified(vapid.authorization(AUDIENCE))["exp"] == int(clock.time) + TOKEN_SECONDS


def test_a_token_of_another_key_is_not_used_again() -> None:
    keys = OneKey()
    vapid = Vapid(keys=keys, contact=None, clock=FakeClock())
    vapid.authorization(AUDIENCE)
    keys.key = p256.new_key()
    header = vapid.authorization(AUDIENCE)
    assert verified(header)
    assert octets(header.partition(", k=")[2]) == p256.public_octets(keys.key)


# ---- the key


def test_the_key_is_made_once_and_is_the_same_for_all(world: World) -> None:
    first = world.keys().public_key()
    assert len(first) == 65
    assert world.keys().public_key() == first
    assert world.store.state.calls.count("vapid_key.create") == 1


def test_of_many_that_make_one_at_once_all_use_the_one_that_is_stored(rounds: int) -> None:
    for _ in range(rounds):
        world = World()
        made = all_at_once([world.keys().public_key for _ in range(6)])
        assert len(set(made)) == 1
        assert world.keys().public_key() == made[0]


def test_a_write_whose_answer_is_lost_has_made_the_key(world: World) -> None:
    world.store.state.faults.after["vapid_key.create"] = 1
    first = world.keys().public_key()
    assert world.keys().public_key() == first


def test_a_write_that_fails_makes_no_key_and_no_other_one_is_used(world: World) -> None:
    world.store.state.faults.before["vapid_key.create"] = 1
    keys = world.keys()
    with pytest.raises(UnavailableError):
        keys.public_key()
    assert keys.public_key() == world.keys().public_key()


def test_the_key_is_stored_sealed(world: World) -> None:
    keys = world.keys()
    private = p256.private_octets(keys.private_key())
    stored = world.store.read()
    assert stored is not None
    assert private not in stored.octets
    assert world.vault.open(stored, b"vapid-key") == private


def test_a_key_that_was_taken_away_stops_working_within_an_hour(world: World) -> None:
    keys = world.keys()
    first = keys.public_key()
    world.vault.available = False
    world.clock.advance(KEPT_SECONDS - 1)
    assert keys.public_key() == first
    world.clock.advance(1)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            keys.public_key()
    world.vault.available = True
    assert keys.public_key() == first


def test_a_stored_key_that_does_not_open_is_never_replaced(world: World) -> None:
    first = world.store, world.keys().public_key()
    world.vault = FakeVault(b"another key")
    with pytest.raises(SealBrokenError):
        world.keys().public_key()
    world.vault = FakeVault()
    assert (world.store, world.keys().public_key()) == first
