"""Who is let in: a paired device, by its signature over this request at this time, and nobody else."""

from email.utils import parsedate_to_datetime

import pytest

from mfa.contract.fields import base64url
from mfa.services.device_limits import REFUSALS_AT_ONCE, REQUESTS_AT_ONCE
from tests.fakes.phone import Phone, new_key, raw_signature
from tests.functions.devices.world import DeviceWorld
from tests.functions.enrollment.world import ADMIN, event_of

ROUTES = [
    ("GET", "/v1/device"),
    ("GET", "/v1/device/prompts"),
    ("GET", "/v1/device/prompts/AAAAAAAAAAAAAAAAAAAAAA"),
    ("POST", "/v1/device/prompts/AAAAAAAAAAAAAAAAAAAAAA/decision"),
    ("GET", "/v1/device/passkey"),
    ("PUT", "/v1/device/subscription"),
    ("DELETE", "/v1/device/subscription"),
    ("POST", "/v1/device/test"),
]
PATH = "/v1/device/prompts"


def now_ms(world: DeviceWorld) -> int:
    return int(world.clock.now() * 1000)


def refusal(world: DeviceWorld, authorization: str, method: str = "GET", path: str = PATH, body: bytes = b"") -> str:
    """The code of the answer to a request with that header."""
    headers = {"authorization": authorization, "content-type": "application/json"}
    answered = world.send(method, path, body, headers)
    assert answered.status == 401
    assert answered.headers["www-authenticate"].startswith("Gatehouse-Device ")
    return answered.code


# ---- the trio


def test_a_request_that_a_paired_device_signed_is_answered(world: DeviceWorld, phone: Phone) -> None:
    assert world.ask(phone, "GET", PATH).status == 200


def test_a_request_that_another_key_signed_is_refused(world: DeviceWorld, phone: Phone) -> None:
    assert world.ask(Phone(phone.device_id, new_key()), "GET", PATH).code == "device-refused"


def test_every_device_gets_in_by_its_own_signature_only(world: DeviceWorld, phone: Phone) -> None:
    other = world.phone(name="Tablet")
    assert world.ask(other, "GET", "/v1/device").json["device_id"] == other.device_id
    assert world.ask(Phone(other.device_id, phone.key), "GET", "/v1/device").code == "device-refused"


# ---- what the signature binds


def test_a_signature_is_good_for_this_method_path_body_time_and_device_only(world: DeviceWorld, phone: Phone) -> None:
    good = phone.authorization("POST", "/v1/device/test", now_ms(world), b"{}")
    assert (
        world.send("POST", "/v1/device/test", b"{}", {"authorization": good, "content-type": "application/json"}).status
        == 200
    )
    for method, path, body in (
        ("DELETE", "/v1/device/subscription", b"{}"),
        ("PUT", "/v1/device/subscription", b"{}"),
        ("POST", "/v1/device/test", b""),
        ("POST", "/v1/device/test", b"{} "),
        ("GET", "/v1/device", b"{}"),
    ):
        assert refusal(world, good, method, path, body) == "device-refused"
    other = world.phone(name="Tablet")
    for before, after in (
        (f'time="{now_ms(world)}"', f'time="{now_ms(world) + 1}"'),
        (phone.device_id, other.device_id),
        (phone.device_id, "A" * 22),
    ):
        assert refusal(world, good.replace(before, after), "POST", "/v1/device/test", b"{}") == "device-refused"


def test_the_path_is_signed_as_it_is_sent(world: DeviceWorld, phone: Phone) -> None:
    """No two spellings of one path share a signature."""
    signed = phone.authorization("GET", "/v1/device/prompts", now_ms(world))
    assert refusal(world, signed, path="/v1/device/%70rompts") == "device-refused"
    assert world.ask(phone, "GET", "/v1/device/%70rompts").status == 200


@pytest.mark.parametrize("skew_ms", [-300_000, -1, 1, 300_000])
def test_a_clock_that_is_five_minutes_off_is_good_enough(world: DeviceWorld, phone: Phone, skew_ms: int) -> None:
    assert world.ask(phone, "GET", PATH, skew_ms=skew_ms).status == 200


@pytest.mark.parametrize("skew_ms", [-300_001, 300_001, -(10**12), 10**14])
def test_a_clock_that_is_further_off_is_told_our_time(world: DeviceWorld, phone: Phone, skew_ms: int) -> None:
    refused = world.ask(phone, "GET", PATH, skew_ms=skew_ms)
    assert (refused.status, refused.code) == (401, "clock-wrong")
    assert refused.json["detail"].endswith(f"now is {now_ms(world)}")
    assert parsedate_to_datetime(refused.headers["date"]).timestamp() == world.clock.now()


def test_a_copy_of_a_request_is_worth_nothing_after_five_minutes(world: DeviceWorld, phone: Phone) -> None:
    signed = phone.authorization("GET", PATH, now_ms(world))
    world.clock.advance(300.001)
    assert refusal(world, signed) == "clock-wrong"


# ---- who counts


def test_unknown_removed_disabled_and_wrongly_signed_all_look_alike(world: DeviceWorld, phone: Phone) -> None:
    company = world.company
    wrongly_signed = world.ask(Phone(phone.device_id, new_key()), "GET", "/v1/device")
    unknown = world.ask(Phone("A" * 22), "GET", "/v1/device")
    bob = world.phone("bob")
    company.admin("PUT", "/v1/admin/users/bob/state", {"state": "disabled"})
    disabled = world.ask(bob, "GET", "/v1/device")
    carol = world.phone("carol")
    company.admin("DELETE", f"/v1/admin/users/carol/devices/{carol.device_id}")
    removed = world.ask(carol, "GET", "/v1/device")
    dora = world.phone("dora")
    company.admin("DELETE", "/v1/admin/users/dora")
    user_removed = world.ask(dora, "GET", "/v1/device")
    unsigned = world.send("GET", "/v1/device", b"", {})
    answers = (wrongly_signed, unknown, disabled, removed, user_removed, unsigned)
    assert {(one.status, one.code) for one in answers} == {(401, "device-refused")}
    assert len({(one.body, tuple(sorted(one.headers.items()))) for one in answers}) == 1


def test_a_user_who_is_enabled_again_has_the_devices_still(world: DeviceWorld, phone: Phone) -> None:
    for state, status in (("disabled", 401), ("active", 200)):
        world.company.admin("PUT", "/v1/admin/users/alice/state", {"state": state})
        assert world.ask(phone, "GET", PATH).status == status


def test_a_device_that_the_hot_item_does_not_list_does_not_count(world: DeviceWorld, phone: Phone) -> None:
    """Whatever else is left of it: the list decides."""
    store, user_id = world.company.store, world.user_id()
    device = store.push_devices.read(phone.device_id)
    store.push_devices.remove(user_id, phone.device_id)
    store.state.devices[phone.device_id] = device
    assert world.ask(phone, "GET", PATH).code == "device-refused"


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_route_is_open_to_anybody_else(world: DeviceWorld, phone: Phone, method: str, path: str) -> None:
    token = world.company.open_session("alice")
    for authorization in ("", f"Bearer {token}", "AWS4-HMAC-SHA256 Credential=x", phone.device_id):
        assert refusal(world, authorization, method, path, b"{}") == "device-refused"
    event = event_of(method, path, headers={}, actor=ADMIN)
    assert world.app(event, None)["statusCode"] == 401


@pytest.mark.parametrize(
    "header",
    [
        'Gatehouse-Device id="{id}", time="{time}"',
        'Gatehouse-Device id="{id}", signature="{signature}", time="{time}"',
        "Gatehouse-Device id={id}, time={time}, signature={signature}",
        'Gatehouse-Device id="{id}", time="{time}", signature="{signature}", more="x"',
        'Gatehouse-Device id="{id}", time="-{time}", signature="{signature}"',
        'Gatehouse-Device id="{id}", time="{time}.0", signature="{signature}"',
        'Gatehouse-Device id="{id}", time="0000000{time}", signature="{signature}"',
        'Gatehouse-Device id="{id}", time="١{time}", signature="{signature}"',
        'Gatehouse-Device id="{id}x", time="{time}", signature="{signature}"',
        'Gatehouse-Device id="{id}", time="{time}", signature="{signature}="',
        'Gatehouse-Device id="{id}", time="{time}", signature="{signature}A"',
        'Gatehouse-Device id="{id}", time="{time}", signature=""',
        'Gatehouse-Device id="", time="{time}", signature="{signature}"',
        'Gatehouse-Device id="{id}", time="{time}", signature="{signature}" ',
        'Gatehouse-Device id="{id}", time="{time}", signature="{signature}"\n',
        'Bearer id="{id}", time="{time}", signature="{signature}"',
        "Gatehouse-Device",
        "Gatehouse-Device " + "x" * 10_000,
    ],
)
def test_a_header_of_another_form_is_none(world: DeviceWorld, phone: Phone, header: str) -> None:
    signature = phone.authorization("GET", PATH, now_ms(world)).rpartition('signature="')[2][:-1]
    made = header.format(id=phone.device_id, time=now_ms(world), signature=signature)
    assert refusal(world, made) == "device-refused"


def test_the_scheme_is_read_in_any_case(world: DeviceWorld, phone: Phone) -> None:
    signed = phone.authorization("GET", PATH, now_ms(world))
    for scheme in ("gatehouse-device", "GATEHOUSE-DEVICE"):
        header = signed.replace("Gatehouse-Device", scheme).replace(", ", " ,")
        assert world.send("GET", PATH, b"", {"authorization": header}).status == 200


def test_a_signature_in_another_spelling_is_refused(world: DeviceWorld, phone: Phone) -> None:
    """86 characters hold 4 bits more than 64 octets: only the spelling with zeros there counts."""
    signed = phone.authorization("GET", PATH, now_ms(world))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(signed[-2])
    assert last % 16 == 0
    assert refusal(world, f'{signed[:-2]}{alphabet[last + 1]}"') == "device-refused"


def test_a_time_that_is_too_large_is_refused_and_no_fault(world: DeviceWorld, phone: Phone) -> None:
    for digits in (15, 16, 400):
        time = "9" * digits
        octets = b"whatever"
        signature = base64url(raw_signature(phone.key, octets))
        header = f'Gatehouse-Device id="{phone.device_id}", time="{time}", signature="{signature}"'
        assert refusal(world, header) in {"clock-wrong", "device-refused"}
    assert world.faults == []


@pytest.mark.parametrize("call", ["push_devices.read", "logins.read"])
def test_a_table_that_does_not_answer_is_no_refusal(world: DeviceWorld, phone: Phone, call: str) -> None:
    """An app that is refused tells its user to pair again: not because a table was slow."""
    world.company.store.faults.before[call] = 1
    assert world.ask(phone, "GET", PATH).status == 503
    assert world.ask(phone, "GET", PATH).status == 200


# ---- how often (THREATS G15)


def test_g15_an_address_that_nobody_signs_from_is_told_to_wait_and_holds_up_no_device_behind_it(
    world: DeviceWorld, phone: Phone
) -> None:
    """All phones of an office have one address, and so has whoever wants to keep them from approving."""
    forged = Phone(phone.device_id, new_key())
    assert {world.ask(forged, "GET", PATH).status for _ in range(REFUSALS_AT_ONCE)} == {401}
    turned_away = world.ask(forged, "GET", PATH)
    assert (turned_away.status, turned_away.code) == (429, "too-many-requests")
    assert world.ask(phone, "GET", PATH).status == 200
    world.clock.advance(int(turned_away.headers["retry-after"]))
    assert world.ask(forged, "GET", PATH).status == 401


def test_g15_a_device_that_asks_too_often_waits_and_holds_up_no_other(world: DeviceWorld, phone: Phone) -> None:
    other = world.phone(name="Tablet")
    assert {world.ask(phone, "GET", "/v1/device/passkey").status for _ in range(REQUESTS_AT_ONCE)} == {404}
    turned_away = world.ask(phone, "GET", PATH)
    assert (turned_away.status, turned_away.headers["retry-after"]) == (429, "1")
    assert world.ask(other, "GET", PATH).status == 200
    world.clock.advance(1)
    assert world.ask(phone, "GET", PATH).status == 200


def test_g15_an_open_app_never_asks_too_often(world: DeviceWorld, phone: Phone) -> None:
    for _ in range(4 * REQUESTS_AT_ONCE):
        world.clock.advance(0.5)
        assert world.ask(phone, "GET", PATH).status == 200
