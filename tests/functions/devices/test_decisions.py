"""What a decision takes, what it does, and what undoes none of it: THREATS D2-D7, D9, D12, D13."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from mfa.adapters.push_execution.waker import ExecutionWaker
from mfa.contract.fields import base64url
from mfa.domain.login_transactions import TransactionState
from mfa.domain.push import PushApproval
from mfa.domain.reasons import RejectReason
from mfa.errors import SealBrokenError, UnavailableError, UnreadableItemError
from tests.fakes.phone import PRESENT, Phone
from tests.fakes.wakers import RecordingWaker
from tests.functions.devices.world import LIFE_SECONDS, TASK_TOKEN, DeviceWorld

APPROVED, DENIED, PENDING, EXPIRED = (
    TransactionState.APPROVED,
    TransactionState.DENIED,
    TransactionState.PENDING,
    TransactionState.EXPIRED,
)


# ---- what a person can say


def test_the_right_number_approves_and_the_radius_client_is_told(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    assert world.radius(login) == "pending"
    answered = world.decide(phone, login, "approve", "47")
    assert (answered.status, answered.json) == (200, {"state": "approved", "reason": None})
    assert (world.state(login), world.radius(login)) == (APPROVED, "accept")


@pytest.mark.parametrize(("decision", "reason"), [("deny", RejectReason.DENIED), ("report", RejectReason.REPORTED)])
def test_a_person_can_say_no(world: DeviceWorld, phone: Phone, decision: str, reason: RejectReason) -> None:
    login = world.login(phone)
    answered = world.decide(phone, login, decision)
    assert (answered.status, answered.json) == (200, {"state": "denied", "reason": reason.value})
    assert (world.state(login), world.stored(login).reason, world.radius(login)) == (DENIED, reason, "reject")


def test_d2_one_wrong_number_denies_and_there_is_no_second_guess(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    answered = world.decide(phone, login, "approve", "48")
    assert (answered.status, answered.json) == (200, {"state": "denied", "reason": "wrong_number"})
    assert (world.stored(login).reason, world.radius(login)) == (RejectReason.WRONG_NUMBER, "reject")
    assert world.decide(phone, login, "approve", "47").code == "decided-already"
    assert (world.state(login), world.radius(login)) == (DENIED, "reject")


@pytest.mark.parametrize("number", ["00", "07", "74", "46", "48", "99"])
def test_no_other_number_approves(world: DeviceWorld, phone: Phone, number: str) -> None:
    login = world.login(phone)
    assert world.decide(phone, login, "approve", number).json["reason"] == "wrong_number"


def test_a_number_with_a_leading_zero_is_not_the_one_without(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone, number="07")
    assert world.decide(phone, login, "approve", "07").json["state"] == "approved"


@pytest.mark.parametrize("number", ["", "4", "7", "470", " 47", "47 ", "４７", "٤٧", "0x", 47, ["47"], True])
def test_what_is_no_number_is_refused_and_costs_no_guess(world: DeviceWorld, phone: Phone, number: object) -> None:
    login = world.login(phone)
    refused = world.decide(phone, login, "approve", "47", number=number)
    assert (refused.status, refused.code, world.state(login)) == (400, "bad-request", PENDING)
    assert world.decide(phone, login, "approve", "47").status == 200


def test_d3_nothing_is_approved_without_the_number(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    refused = world.decide(phone, login, "approve")
    assert (refused.status, refused.code, world.state(login)) == (400, "number-missing", PENDING)
    assert world.decide(phone, login, "approve", "47").json["state"] == "approved"


def test_where_a_tap_does_no_number_is_asked_for(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone, number=None, approval=PushApproval.TAP)
    assert (world.prompt(phone, login)["number"], world.prompt(phone, login)["passkey"]) == (False, False)
    assert world.decide(phone, login, "approve").json["state"] == "approved"


def test_a_number_that_was_typed_is_compared_even_where_a_tap_would_do(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone, approval=PushApproval.TAP)
    assert world.decide(phone, login, "approve").code == "number-missing"
    assert world.decide(phone, login, "approve", "46").json["reason"] == "wrong_number"


def test_a_prompt_that_should_have_a_number_and_has_none_is_not_approved(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone, number=None)
    assert world.decide(phone, login, "approve", "47").json["reason"] == "wrong_number"


# ---- what is signed


@pytest.mark.parametrize("number", [None, "48"])
def test_a_bad_signature_changes_nothing_and_does_not_tell_whether_the_number_is_right(
    world: DeviceWorld, phone: Phone, number: str | None
) -> None:
    login = world.login(phone)
    for typed in ("47", "48"):
        refused = world.decide(phone, login, "approve", number, signature=base64url(bytes(64)), number=typed)
        assert (refused.status, refused.code, world.state(login)) == (403, "signature-refused", PENDING)
    assert world.decide(phone, login, "approve", "47").json["state"] == "approved"


def test_the_number_is_not_even_opened_before_the_signature_is_verified(world: DeviceWorld, phone: Phone) -> None:
    login, opened = world.login(phone), list[bytes]()
    vault = world.company.vault
    real = vault.open
    vault.open = lambda sealed, context: (opened.append(context), real(sealed, context))[1]
    assert world.decide(phone, login, "approve", "47", signature=base64url(bytes(64))).status == 403
    assert opened == []
    assert world.decide(phone, login, "approve", "47").status == 200
    assert opened[0].startswith(b"push-number|")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("nonce", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("user", "CORP\\bob"),
        ("client", "wiki"),
        ("address", "198.51.100.1"),
        ("address", "unknown"),
        ("time", 1),
    ],
)
def test_a_signature_over_anything_else_than_the_server_s_own_record_is_refused(
    world: DeviceWorld, phone: Phone, field: str, value: object
) -> None:
    """A page that shows the person another login gets a signature of no worth."""
    login = world.login(phone)
    shown = {**world.prompt(phone, login), field: value}
    body = phone.decision(shown, "approve", "47")
    refused = world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)
    assert (refused.status, refused.code, world.state(login)) == (403, "signature-refused", PENDING)


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        (("deny", None), {"decision": "approve", "number": "47"}),
        (("approve", None), {"number": "47"}),
        (("approve", "48"), {"number": "47"}),
        (("approve", "47"), {"decision": "deny"}),
        (("report", None), {"decision": "deny"}),
    ],
)
def test_a_signature_of_one_decision_is_worth_nothing_for_another(
    world: DeviceWorld, phone: Phone, signed: tuple[str, str | None], sent: dict[str, object]
) -> None:
    login = world.login(phone)
    assert world.decide(phone, login, *signed, **sent).code == "signature-refused"
    assert world.state(login) is PENDING


def test_a_signature_of_a_request_is_no_signature_of_a_decision(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    path = f"/v1/device/prompts/{login.login_id}/decision"
    of_request = phone.authorization("POST", path, int(world.clock.now() * 1000)).rpartition('signature="')[2][:-1]
    assert world.decide(phone, login, "approve", "47", signature=of_request).code == "signature-refused"


def test_another_device_of_the_same_user_decides_nothing(world: DeviceWorld, phone: Phone) -> None:
    login, other = world.login(phone), world.phone(name="Tablet")
    body = other.decision(world.prompt(phone, login), "approve", "47")
    refused = world.ask(other, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)
    assert (refused.status, refused.code, world.state(login)) == (404, "not-found", PENDING)


# ---- whose it is


def test_d6_prompts_of_others_look_like_none(world: DeviceWorld, phone: Phone) -> None:
    """G4 as well: 404, word for word as for an id that nobody has."""
    login, mallory = world.login(phone), world.phone("mallory")
    shown = world.prompt(phone, login)
    for path in (f"/v1/device/prompts/{login.login_id}", "/v1/device/prompts/AAAAAAAAAAAAAAAAAAAAAA"):
        looked = world.ask(mallory, "GET", path)
        tried = world.ask(mallory, "POST", f"{path}/decision", mallory.decision(shown, "approve", "47"))
        assert (looked.status, looked.code) == (tried.status, tried.code) == (404, "not-found")
        assert looked.json["detail"] == tried.json["detail"] == "there is no such prompt"
    assert world.ask(mallory, "GET", "/v1/device/prompts").json["prompts"] == []
    assert (world.state(login), world.audit.logins) == (PENDING, [])


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "A" * 21,
        "A" * 23,
        "A" * 5000,
        "../../device",
        "%2e%2e",
        "AAAAAAAAAAAAAAAAAAAA%23",
        "AAAAAAAAAAAAAAAAAAAA%00A",
        TASK_TOKEN,
    ],
)
def test_d9_a_forged_id_leads_nowhere(world: DeviceWorld, phone: Phone, forged: str) -> None:
    world.login(phone)
    body = {"decision": "deny", "signature": base64url(bytes(64))}
    for method, path, message in (("GET", "", None), ("POST", "/decision", body)):
        target = f"/v1/device/prompts/{forged}{path}"
        calls = len(world.company.store.calls)
        refused = world.ask(phone, method, target, message)
        assert refused.status == 404, refused
        asked = world.company.store.calls[calls:]
        assert "transactions.read" not in asked, "a key of the table would be made of it"
    assert world.faults == []


def test_a_login_that_asks_no_device_is_nobody_s_to_decide(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    shown = world.prompt(phone, login)
    state = world.company.store.state
    state.transactions[login.login_id] = replace(world.stored(login), prompt=None)
    path = f"/v1/device/prompts/{login.login_id}"
    assert world.ask(phone, "GET", path).status == 404
    assert world.ask(phone, "POST", f"{path}/decision", phone.decision(shown, "approve", "47")).status == 404


# ---- when it comes


@pytest.mark.parametrize("first", [("approve", "47"), ("approve", "46"), ("deny", None), ("report", None)])
@pytest.mark.parametrize("second", [("approve", "47"), ("deny", None), ("report", None)])
def test_d4_the_first_decision_stands(
    world: DeviceWorld, phone: Phone, first: tuple[str, str | None], second: tuple[str, str | None]
) -> None:
    login = world.login(phone)
    assert world.decide(phone, login, *first).status == 200
    before = world.stored(login)
    for _ in range(2):
        refused = world.decide(phone, login, *second)
        assert (refused.status, refused.code) == (409, "decided-already")
    assert world.stored(login) == before
    assert len(world.audit.logins) == 1


def test_d4_a_request_that_is_sent_again_octet_for_octet_changes_nothing(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    path = f"/v1/device/prompts/{login.login_id}/decision"
    body = json.dumps(phone.decision(world.prompt(phone, login), "deny")).encode()
    headers = {
        "content-type": "application/json",
        "authorization": phone.authorization("POST", path, int(world.clock.now() * 1000), body),
    }
    answers = [world.send("POST", path, body, headers) for _ in range(3)]
    assert [one.status for one in answers] == [200, 409, 409]
    world.clock.advance(301)
    assert world.send("POST", path, body, headers).code == "clock-wrong"


@pytest.mark.parametrize("decision", [("approve", "47"), ("approve", "46"), ("deny", None), ("report", None)])
@pytest.mark.parametrize("who_notes", ["phone", "edge"])
def test_d5_after_the_end_there_is_no_decision_and_the_end_is_noted_once(
    world: DeviceWorld, phone: Phone, decision: tuple[str, str | None], who_notes: str
) -> None:
    login = world.login(phone)
    world.clock.advance(LIFE_SECONDS)
    if who_notes == "edge":
        assert world.radius(login) == "reject"
    for _ in range(2):
        refused = world.decide(phone, login, *decision)
        assert (refused.status, refused.code) == (410, "too-late")
    assert (world.state(login), world.radius(login)) == (EXPIRED, "reject")
    (record,) = world.audit.logins
    assert (record.outcome, record.reason, record.factor_id) == ("reject", RejectReason.EXPIRED, phone.device_id)


def test_d5_an_approval_that_was_late_is_not_used_by_a_later_login(world: DeviceWorld, phone: Phone) -> None:
    first = world.login(phone)
    late = phone.decision(world.prompt(phone, first), "approve", "47")
    world.clock.advance(LIFE_SECONDS)
    second = world.login(phone)
    for login in (first, second):
        answered = world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", late)
        assert answered.code == {first: "too-late", second: "signature-refused"}[login]
    assert (world.state(first), world.state(second)) == (EXPIRED, PENDING)


def test_what_has_ended_says_so_before_it_asks_for_anything_more(world: DeviceWorld, phone: Phone) -> None:
    decided, late = world.login(phone, approval=PushApproval.PASSKEY), world.login(phone)
    world.decide(phone, decided, "deny")
    assert world.decide(phone, decided, "approve").code == "decided-already"
    assert world.decide(phone, decided, "approve", "47").code == "decided-already"
    world.clock.advance(LIFE_SECONDS)
    assert world.decide(phone, late, "approve").code == "too-late"


def test_the_last_moment_counts(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.clock.advance(LIFE_SECONDS - 0.001)
    assert world.decide(phone, login, "approve", "47").status == 200
    world.clock.advance(1)
    assert world.radius(login) == "accept"


def test_a_login_that_nobody_wants_any_more_takes_no_decision(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.company.store.transactions.move(login.login_id, TransactionState.CANCELLED, world.clock.now())
    assert world.decide(phone, login, "approve", "47").code == "too-late"
    assert world.prompt(phone, login)["state"] == "cancelled"


def test_a_login_that_cannot_be_read_is_a_fault_of_ours(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.company.store.transactions.spoil(login.login_id)
    assert world.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}").code == "internal-fault"
    assert [type(fault) for fault in world.faults] == [UnreadableItemError]


# ---- who counts when it is decided


@pytest.mark.parametrize("by", ["user", "administrator"])
def test_d12_a_device_that_was_removed_approves_nothing(world: DeviceWorld, phone: Phone, by: str) -> None:
    login = world.login(phone)
    body = phone.decision(world.prompt(phone, login), "approve", "47")
    company = world.company
    if by == "user":
        removed = company.ask(
            "DELETE", f"/v1/enrollment/devices/{phone.device_id}", token=company.open_session("alice")
        )
    else:
        removed = company.admin("DELETE", f"/v1/admin/users/alice/devices/{phone.device_id}")
    assert removed.status == 204
    refused = world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)
    assert (refused.status, refused.code, world.state(login)) == (401, "device-refused", TransactionState.CANCELLED)
    assert world.radius(login) == "reject", "who waits is told at once"
    assert [record.reason for record in world.audit.logins if record.login_id == login.login_id] == [
        RejectReason.CANCELLED
    ]


def test_d12_removing_another_device_leaves_the_prompt_alone(world: DeviceWorld, phone: Phone) -> None:
    other = world.phone(name="Tablet")
    login = world.login(phone)
    world.company.admin("DELETE", f"/v1/admin/users/alice/devices/{other.device_id}")
    assert world.state(login) is PENDING
    assert world.decide(phone, login, "approve", "47").status == 200


def test_d12_what_was_decided_before_the_removal_stands(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.decide(phone, login, "approve", "47")
    world.company.admin("DELETE", f"/v1/admin/users/alice/devices/{phone.device_id}")
    assert (world.state(login), world.radius(login)) == (TransactionState.APPROVED, "accept")


@pytest.mark.parametrize("call", ["push_ledgers.read", "transactions.read", "transactions.move"])
def test_d12_a_fault_in_ending_the_prompt_is_no_fault_of_the_removal(
    world: DeviceWorld, phone: Phone, call: str
) -> None:
    login = world.login(phone)
    world.company.store.faults.before[call] = 1
    removed = world.company.admin("DELETE", f"/v1/admin/users/alice/devices/{phone.device_id}")
    assert (removed.status, world.state(login)) == (204, PENDING)
    assert world.ask(phone, "GET", "/v1/device").code == "device-refused"


@pytest.mark.parametrize("what", ["removed", "disabled", "user removed"])
def test_d12_what_changes_between_the_request_s_check_and_the_decision_is_seen_by_the_decision(
    world: DeviceWorld, phone: Phone, what: str
) -> None:
    login, company = world.login(phone), world.company
    user_id, store = world.user_id(), world.company.store
    body = phone.decision(world.prompt(phone, login), "approve", "47")
    read = store.transactions.read

    def change_then_read(login_ids: list[str]) -> Any:
        store.transactions.read = read
        if what == "removed":
            store.push_devices.remove(user_id, phone.device_id)
        elif what == "disabled":
            company.admin("PUT", "/v1/admin/users/alice/state", {"state": "disabled"})
        else:
            company.admin("DELETE", "/v1/admin/users/alice")
        return read(login_ids)

    store.transactions.read = change_then_read
    refused = world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)
    assert (refused.status, refused.code, world.state(login)) == (401, "device-refused", PENDING)
    assert world.audit.logins == []


# ---- what follows


def test_every_decision_leaves_one_record_that_says_who_and_why(world: DeviceWorld, phone: Phone) -> None:
    for decision, number, outcome, reason in (
        ("approve", "47", "accept", None),
        ("approve", "46", "reject", RejectReason.WRONG_NUMBER),
        ("deny", None, "reject", RejectReason.DENIED),
        ("report", None, "reject", RejectReason.REPORTED),
    ):
        login = world.login(phone)
        world.clock.advance(2.5)
        world.decide(phone, login, decision, number)
        record = world.audit.logins[-1]
        assert (record.login_id, record.outcome, record.reason) == (login.login_id, outcome, reason)
        assert (record.factor_id, record.duration_ms) == (phone.device_id, 2500)
        assert (record.username, record.client, record.config_revision) == ("CORP\\alice", "vpn", "7")
    assert len(world.audit.logins) == 4


def test_d10_a_report_mutes_push_and_leaves_an_event_and_an_administrator_lifts_it(
    world: DeviceWorld, phone: Phone
) -> None:
    login = world.login(phone)
    world.decide(phone, login, "report")
    push = world.company.admin("GET", "/v1/admin/users/alice").json["push"]
    assert push == {"muted_at": int(world.clock.now()), "prompts_lately": 1}
    (event,) = [change for change in world.audit.changes if change.event == "push_reported"]
    assert (event.user_id, event.actor) == (world.user_id(), "subscriber")
    assert event.details == {
        "device_id": phone.device_id,
        "login_id": login.login_id,
        "client": "vpn",
        "address": "203.0.113.9",
    }
    assert world.company.admin("POST", "/v1/admin/users/alice/push/unmute").status == 204
    assert world.company.admin("GET", "/v1/admin/users/alice").json["push"] == {"muted_at": None, "prompts_lately": 0}
    assert world.audit.changes[-1].event == "push_unmuted"


def test_d10_a_report_counts_however_late_it_is_but_only_from_the_device_that_was_asked(
    world: DeviceWorld, phone: Phone
) -> None:
    login, ledgers = world.login(phone), world.company.store.push_ledgers
    forged = world.decide(phone, login, "report", signature=base64url(bytes(64)))
    assert (forged.code, ledgers.read(world.user_id()).muted_at) == ("signature-refused", None)
    world.clock.advance(LIFE_SECONDS)
    assert world.decide(phone, login, "report").code == "too-late"
    assert ledgers.read(world.user_id()).muted_at == int(world.clock.now())


@pytest.mark.parametrize("decision", [("approve", "47"), ("approve", "46"), ("deny", None)])
def test_nothing_but_a_report_mutes(world: DeviceWorld, phone: Phone, decision: tuple[str, str | None]) -> None:
    world.decide(phone, world.login(phone), *decision)
    assert world.company.store.push_ledgers.read(world.user_id()).muted_at is None


@pytest.mark.parametrize("decision", [("approve", "47"), ("approve", "46"), ("deny", None), ("report", None)])
def test_the_execution_that_waits_is_woken_by_every_decision(
    world: DeviceWorld, phone: Phone, decision: tuple[str, str | None]
) -> None:
    login = world.login(phone)
    world.decide(phone, login, *decision)
    world.decide(phone, login, *decision)
    assert isinstance(world.waker, RecordingWaker)
    assert world.waker.woken == [(TASK_TOKEN, login.login_id)]


def test_a_login_without_an_execution_is_decided_all_the_same(world: DeviceWorld, phone: Phone) -> None:
    """E11: StartExecution was throttled."""
    login = world.login(phone, task_token=None)
    assert world.decide(phone, login, "approve", "47").status == 200
    assert isinstance(world.waker, RecordingWaker)
    assert (world.waker.woken, world.radius(login)) == ([], "accept")


class BrokenExecutions:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def send_task_success(self, **_: str) -> None:
        raise self._error


class NoTrail:
    def noted(self, note: object) -> None: ...


@pytest.mark.parametrize(
    "error",
    [
        *(
            ClientError({"Error": {"Code": code, "Message": "no"}}, "SendTaskSuccess")
            for code in ("TaskTimedOut", "TaskDoesNotExist", "InvalidToken", "ThrottlingException", "AccessDenied")
        ),
        BotoCoreError(),
        OSError(),
        ValueError(TASK_TOKEN),
    ],
    ids=repr,
)
def test_d13_an_approval_stands_whether_or_not_the_execution_can_be_woken(error: Exception) -> None:
    waker = ExecutionWaker(make_client=lambda _service, _config: BrokenExecutions(error), trail=NoTrail())
    world = DeviceWorld(waker=waker)
    phone = world.phone()
    login = world.login(phone)
    answered = world.decide(phone, login, "approve", "47")
    assert (answered.status, answered.json["state"]) == (200, "approved")
    assert (world.state(login), world.radius(login)) == (APPROVED, "accept")
    assert len(world.audit.logins) == 1


@pytest.mark.parametrize("fault", ["no token opens", "use not noted"])
def test_d13_what_fails_after_the_decision_is_reported_and_takes_nothing_back(
    world: DeviceWorld, phone: Phone, fault: str
) -> None:
    login = world.login(phone)
    if fault == "use not noted":
        world.company.store.faults.before["push_devices.note_use"] = 1
    else:
        state = world.company.store.state
        sealed = world.company.vault.seal(b"of another login", b"task-token|other")
        state.transactions[login.login_id] = replace(world.stored(login), task_token=sealed)
    assert world.decide(phone, login, "approve", "47").json["state"] == "approved"
    assert world.radius(login) == "accept"
    assert [type(one) for one in world.faults] == [UnavailableError if fault == "use not noted" else SealBrokenError]


def test_an_answer_that_overtakes_the_sending_still_wakes(world: DeviceWorld, phone: Phone) -> None:
    """The open app asks by itself, so it may decide before the token is stored."""
    login = world.login(phone, task_token=None)
    store, vault = world.company.store, world.company.vault
    decide = store.transactions.decide

    def sent_meanwhile(decision: Any) -> None:
        sealed = vault.seal(TASK_TOKEN.encode(), f"task-token|{login.login_id}".encode())
        store.transactions.claim_sending(login.login_id, world.clock.now(), sealed)
        decide(decision)

    store.transactions.decide = sent_meanwhile
    assert world.decide(phone, login, "approve", "47").status == 200
    assert isinstance(world.waker, RecordingWaker)
    assert world.waker.woken == [(TASK_TOKEN, login.login_id)]


def test_the_use_of_a_device_is_noted(world: DeviceWorld, phone: Phone) -> None:
    assert world.ask(phone, "GET", "/v1/device").json["last_used_at"] is None
    login = world.login(phone)
    world.clock.advance(5)
    world.decide(phone, login, "deny")
    assert world.ask(phone, "GET", "/v1/device").json["last_used_at"] == int(world.clock.now())


# ---- faults of the table


def test_a_decision_that_cannot_be_stored_is_none_and_may_be_tried_again(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.company.store.faults.before["transactions.decide"] = 1
    refused = world.decide(phone, login, "approve", "47")
    assert (refused.status, refused.code, world.state(login)) == (503, "unavailable", PENDING)
    assert (world.audit.logins, refused.headers["retry-after"]) == ([], "5")
    assert world.decide(phone, login, "approve", "47").json["state"] == "approved"


def test_e9_a_decision_whose_answer_was_lost_is_found_to_stand(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    world.company.store.faults.after["transactions.decide"] = 1
    assert world.decide(phone, login, "approve", "47").json["state"] == "approved"
    assert len(world.audit.logins) == 1


@pytest.mark.parametrize(
    "call", ["push_devices.read", "logins.read", "transactions.read", "transactions.decide", "push_ledgers.mute"]
)
@pytest.mark.parametrize("kind", ["before", "after"])
def test_no_fault_on_the_way_makes_a_wrong_number_right_or_a_report_an_approval(
    world: DeviceWorld, phone: Phone, call: str, kind: str
) -> None:
    for decision, number in (("approve", "46"), ("report", None)):
        login = world.login(phone)
        body = phone.decision(world.prompt(phone, login), decision, number)
        getattr(world.company.store.faults, kind)[call] = 1
        world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body)
        getattr(world.company.store.faults, kind).clear()
        assert world.state(login) in {PENDING, DENIED}


def test_a_vault_that_is_away_decides_nothing(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    body = phone.decision(world.prompt(phone, login), "approve", "47")
    world.company.vault.available = False
    assert world.ask(phone, "POST", f"/v1/device/prompts/{login.login_id}/decision", body).status == 503
    assert world.state(login) is PENDING


# ---- passkeys


def assertion(key: Any, phone: Phone, prompt: dict[str, Any], number: str | None = "47", **more: Any) -> dict[str, Any]:
    challenge = hashlib.sha256(phone.decision_octets(prompt, "approve", number or "")).digest()
    return dict(key.get(challenge, **more))


@pytest.mark.parametrize("number", ["47", None])
def test_where_a_passkey_is_needed_both_signatures_bind_the_same_decision(
    world: DeviceWorld, phone: Phone, number: str | None
) -> None:
    key = world.give_passkey(phone, counts=True)
    login = world.login(phone, number=number, approval=PushApproval.PASSKEY)
    prompt = world.prompt(phone, login)
    assert (prompt["passkey"], prompt["number"]) == (True, number is not None)
    told = world.ask(phone, "GET", "/v1/device/passkey").json
    assert told == {
        "rp_id": "mfa.example.test",
        "credential_id": base64url(key.credential_id),
        "user_verification": "required",
    }
    answered = world.decide(phone, login, "approve", number, assertion=assertion(key, phone, prompt, number))
    assert answered.json == {"state": "approved", "reason": None}
    device = world.company.store.push_devices.read(phone.device_id)
    assert device.passkey.sign_count == 1


def test_without_its_passkey_nothing_is_approved_but_anything_can_be_denied(world: DeviceWorld, phone: Phone) -> None:
    world.give_passkey(phone)
    login = world.login(phone, approval=PushApproval.PASSKEY)
    refused = world.decide(phone, login, "approve", "47")
    assert (refused.status, refused.code, world.state(login)) == (400, "passkey-needed", PENDING)
    assert world.decide(phone, login, "deny").json["state"] == "denied"


def test_a_device_without_a_passkey_cannot_approve_what_needs_one(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone, approval=PushApproval.PASSKEY)
    assert world.decide(phone, login, "approve", "47", assertion={}).code == "passkey-needed"
    assert world.ask(phone, "GET", "/v1/device/passkey").code == "not-found"


@pytest.mark.parametrize(
    "wrong", ["another number", "another login", "not verified", "another key", "nothing", "count"]
)
def test_an_assertion_that_does_not_fit_changes_nothing(world: DeviceWorld, phone: Phone, wrong: str) -> None:
    key = world.give_passkey(phone, counts=True, signatures=5)
    login = world.login(phone, approval=PushApproval.PASSKEY)
    prompt = world.prompt(phone, login)
    match wrong:
        case "another number":
            sent = assertion(key, phone, prompt, "46")
        case "another login":
            sent = assertion(key, phone, {**prompt, "id": "AAAAAAAAAAAAAAAAAAAAAA"})
        case "not verified":
            sent = assertion(key, phone, prompt, flags=PRESENT)
        case "another key":
            sent = assertion(type(key)(key.origin, key.relying_party_id), phone, prompt)
        case "nothing":
            sent = {}
        case "count":
            key.signatures = 4  # a copy of the authenticator would count from there
            sent = assertion(key, phone, prompt)
    refused = world.decide(phone, login, "approve", "47", assertion=sent)
    assert (refused.status, refused.code, world.state(login)) == (403, "signature-refused", PENDING)


def test_a_wrong_number_denies_with_the_passkey_too(world: DeviceWorld, phone: Phone) -> None:
    key = world.give_passkey(phone)
    login = world.login(phone, approval=PushApproval.PASSKEY)
    sent = assertion(key, phone, world.prompt(phone, login), "46")
    assert world.decide(phone, login, "approve", "46", assertion=sent).json["reason"] == "wrong_number"


# ---- what is never told


def test_d9_neither_task_token_nor_number_is_in_any_answer_record_or_fault(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone, number="47")
    prompt = world.prompt(phone, login)
    answers = [
        world.ask(phone, "GET", "/v1/device"),
        world.ask(phone, "GET", "/v1/device/prompts"),
        world.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}"),
        world.decide(phone, login, "approve"),
        world.decide(phone, login, "approve", "48", signature=base64url(bytes(64))),
        world.decide(phone, login, "deny"),
        world.decide(phone, login, "deny"),
        world.ask(phone, "GET", f"/v1/device/prompts/{login.login_id}"),
    ]
    told = json.dumps([one.body for one in answers]) + repr(world.audit) + repr(world.faults)
    for secret in (TASK_TOKEN, "canary", base64url(TASK_TOKEN.encode()), '"47"'):
        assert secret not in told
    assert set(prompt) == {
        *("id", "nonce", "user", "client", "address", "time", "expires_at", "number", "passkey", "state")
    }


def test_what_holds_a_secret_does_not_show_it(world: DeviceWorld, phone: Phone) -> None:
    login = world.login(phone)
    shown = repr(world.stored(login)) + repr(world.company.store.push_devices.read(phone.device_id))
    assert TASK_TOKEN not in shown
    assert "canary" not in shown
