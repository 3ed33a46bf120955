"""Phone numbers over HTTP: added, proven by the code that was sent, named, ordered, removed, and never shown whole."""

import json

import pytest

from mfa.call_ports import CallResult
from mfa.domain.phone_calls import CallPurpose
from mfa.domain.phones import MAX_NAME_OCTETS, MAX_PHONES
from mfa.domain.sent_codes import MAX_MISSES, SENT_CODE_SECONDS
from mfa.domain.sms_caps import CALLS_OFF, DAY, SmsPolicy
from mfa.services.call_decisions import CallDecisions, CallKind, Contact
from mfa.sms_ports import SmsAccount, SmsResult
from tests.fakes.pause import FakePause
from tests.fakes.wakers import RecordingWaker
from tests.functions.enrollment.authenticator import code_of
from tests.functions.enrollment.world import ADMIN, Answer, World

PATH = "/v1/enrollment/phones"
NUMBER = "+49 1512 3456789"
E164 = "+4915123456789"


def add(world: World, token: str, number: str = NUMBER, **more: object) -> Answer:
    return world.ask("POST", PATH, {"number": number, **more}, token=token)


def confirm(world: World, token: str, phone_id: str, code: str | None = None) -> Answer:
    return world.ask("POST", f"{PATH}/{phone_id}/confirmation", {"code": code or world.sender.code}, token=token)


def added(world: World, token: str, number: str = NUMBER, **more: object) -> str:
    answered = add(world, token, number, **more)
    assert answered.status == 201, answered
    assert confirm(world, token, answered.json["phone_id"]).status == 200
    return str(answered.json["phone_id"])


def listed(world: World, token: str) -> list[tuple[str, str, int]]:
    phones = world.ask("GET", PATH, token=token).json["phones"]
    return [(one["name"], one["number"], one["position"]) for one in phones]


def numbers(count: int) -> list[str]:
    return [f"+49 1512 345678{digit}" for digit in range(count)]


def problem(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.json["type"].removeprefix("urn:gatehouse:problem:")


# ---- adding


def test_a_number_counts_after_its_code_was_typed(world: World, token: str) -> None:
    answered = add(world, token, name=" Mine ")
    assert answered.status == 201
    assert answered.json == {
        "phone_id": answered.json["phone_id"],
        "name": "Mine",
        "number": "…89",
        "expires_at": int(world.clock.now()) + SENT_CODE_SECONDS,
    }
    (message,) = world.sender.sent
    assert message.number == E164
    assert message.text == f"{message.code} is your Example Corp code to add this phone. Never tell it to anybody."
    assert listed(world, token) == []
    confirmed = confirm(world, token, answered.json["phone_id"])
    assert confirmed.status == 200
    assert confirmed.json == {
        "phone_id": answered.json["phone_id"],
        "name": "Mine",
        "number": "…89",
        "region": "DE",
        "position": 1,
        "verified_at": int(world.clock.now()),
        "by": ["message"],
    }
    assert listed(world, token) == [("Mine", "…89", 1)]
    events = [change.event for change in world.audit.changes[-2:]]
    assert events == ["phone_added", "phone_confirmed"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("0151 23456789", "not-a-number"),
        ("+49 1512 3456789 ext 5", "not-a-number"),
        ("+1 800 FLOWERS", "not-a-number"),
        ("alice@sms.example.com", "not-a-number"),
        ("+49 1512 34567890123456", "not-a-number"),
        ("+999 123456789", "not-a-number"),
        ("＋４９１５１２３４５６７８９", "not-a-number"),
        ("+33 6 12 34 56 78", "country-refused"),
        ("+1 415 555 2671", "country-refused"),
        ("+49 30 901820", "line-type-refused"),
        ("+49 900 1123456", "line-type-refused"),
        ("+49 180 5123456", "line-type-refused"),
        ("+49 800 1234567", "line-type-refused"),
        ("+44 56 1234 5678", "line-type-refused"),
    ],
)
def test_c15_what_is_no_mobile_of_an_admitted_country_gets_no_message(
    world: World, token: str, number: str, code: str
) -> None:
    assert problem(add(world, token, number)) == (422, code)
    assert world.sender.sent == []


@pytest.mark.parametrize("typed", ["000000", "123", "abcdef", "１２３４５６"])
def test_a_wrong_code_proves_nothing(world: World, token: str, typed: str) -> None:
    phone_id = add(world, token).json["phone_id"]
    answered = confirm(world, token, phone_id, typed)
    assert problem(answered) == ((422, "wrong-code") if typed == "000000" else (400, "not-a-code"))
    assert listed(world, token) == []
    assert confirm(world, token, phone_id).status == 200


def test_five_wrong_codes_end_it(world: World, token: str) -> None:
    phone_id = add(world, token).json["phone_id"]
    code = world.sender.code
    for left in range(MAX_MISSES - 1, -1, -1):
        answered = confirm(world, token, phone_id, f"{(int(code) + 1) % 10**6:06}")
        assert problem(answered) == (422, "wrong-code")
        assert ("no try is left" in answered.json["detail"]) == (left == 0)
        assert "clock" not in answered.json["detail"], "that would be advice for an authenticator app"
    assert problem(confirm(world, token, phone_id, code)) == (409, "phone-not-pending")


def test_ten_minutes_end_it(world: World, token: str) -> None:
    phone_id = add(world, token).json["phone_id"]
    world.clock.advance(SENT_CODE_SECONDS)
    assert problem(confirm(world, token, phone_id)) == (409, "phone-not-pending")


def test_a_code_proves_a_number_once_and_that_number_only(world: World, token: str) -> None:
    first, second = numbers(2)
    first_id = add(world, token, first).json["phone_id"]
    first_code = world.sender.code
    second_id = add(world, token, second).json["phone_id"]
    assert problem(confirm(world, token, first_id, first_code)) == (409, "phone-not-pending")
    assert confirm(world, token, second_id).status == 200
    assert problem(confirm(world, token, second_id)) == (409, "phone-not-pending")


def test_g4_nobody_confirms_changes_or_removes_the_number_of_somebody_else(world: World, token: str) -> None:
    world.add_user("bob")
    bob = world.open_session("bob")
    waiting = add(world, token).json["phone_id"]
    assert problem(confirm(world, bob, waiting)) == (409, "phone-not-pending")
    assert confirm(world, token, waiting).status == 200
    assert problem(world.ask("PATCH", f"{PATH}/{waiting}", {"name": "x"}, token=bob)) == (404, "not-found")
    assert problem(world.ask("DELETE", f"{PATH}/{waiting}", token=bob)) == (404, "not-found")
    assert listed(world, bob) == []
    assert len(listed(world, token)) == 1


def test_a_user_has_at_most_three_and_each_once(world: World, token: str) -> None:
    for number in numbers(MAX_PHONES):
        added(world, token, number)
        world.clock.advance(200)
    world.clock.advance(600)
    token = world.open_session()
    assert problem(add(world, token, numbers(5)[4])) == (409, "phone-limit")
    world.ask("DELETE", f"{PATH}/{world.ask('GET', PATH, token=token).json['phones'][0]['phone_id']}", token=token)
    assert problem(add(world, token, numbers(2)[1])) == (409, "phone-known")


@pytest.mark.parametrize("name", ["", "   ", "x" * (MAX_NAME_OCTETS + 1), "a\nb"])
def test_names_are_checked(world: World, token: str, name: str) -> None:
    assert add(world, token, name=name).status == 400
    assert world.sender.sent == []


# ---- limits


def test_c14_an_open_session_is_no_licence_to_send(world: World, token: str) -> None:
    answers = [add(world, token, number) for number in numbers(10)]
    assert [answer.status for answer in answers] == [201] * 3 + [429] * 7
    assert problem(answers[-1]) == (429, "too-many-messages")
    assert int(answers[-1].headers["retry-after"]) > 0
    assert len(world.sender.sent) == 3


@pytest.mark.parametrize("by", ["message", "call"])
def test_c14_a_session_that_tries_out_codes_between_sends_no_more_for_it(world: World, token: str, by: str) -> None:
    started = world.start_factor(token)
    world.confirm(token, started["factor_id"], code_of(started["otpauth_uri"], world.clock.now()))
    statuses = []
    for number in numbers(9):
        world.clock.advance(31)  # the next code is another one
        code = code_of(started["otpauth_uri"], world.clock.now())
        assert world.ask("POST", "/v1/enrollment/code-tests", {"code": code}, token=token).status == 200
        statuses.append(add(world, token, number, by=by).status)
    assert statuses == [201] * 3 + [429] * 6
    assert len(world.sender.sent) + len(world.caller.placed) == 3


def test_c14_a_user_adds_ten_numbers_a_day_at_most(world: World) -> None:
    world.add_user("alice")
    world.clock.advance(DAY - world.clock.now() % DAY)
    statuses = []
    for place in range(13):
        token = world.open_session()
        statuses.append(add(world, token, f"+49 1512 34567{place:02}", by=("message", "call")[place % 2]).status)
        world.clock.advance(5400)  # longer than the longest pause of the ration
    assert statuses == [201] * 10 + [429] * 3
    assert len(world.sender.sent) + len(world.caller.placed) == 10
    world.clock.advance(DAY - world.clock.now() % DAY)
    assert add(world, world.open_session()).status == 201


@pytest.mark.parametrize(
    ("result", "status"),
    [(SmsResult.OPTED_OUT, 422), (SmsResult.SANDBOX, 422), (SmsResult.THROTTLED, 503), (SmsResult.UNREACHABLE, 503)],
)
def test_e12_a_message_that_is_not_taken_is_told_without_the_reason(
    world: World, token: str, result: SmsResult, status: int
) -> None:
    world.sender.result = result
    answered = add(world, token)
    assert answered.status == status
    assert result.value not in answered.body
    assert listed(world, token) == []


# ---- naming, ordering, removing


def test_numbers_are_renamed_and_moved(world: World, token: str) -> None:
    first, second, third = (added(world, token, number, name=number[-1]) for number in numbers(3))
    path = f"{PATH}/{third}"
    moved = world.ask("PATCH", path, {"position": 1, "name": "Work"}, token=token)
    assert (moved.status, moved.json["position"], moved.json["name"]) == (200, 1, "Work")
    assert [name for name, _, __ in listed(world, token)] == ["Work", "0", "1"]
    assert world.ask("PATCH", path, {"position": 4}, token=token).status == 400
    assert world.ask("PATCH", path, {}, token=token).status == 400
    assert world.ask("DELETE", f"{PATH}/{first}", token=token).status == 204
    assert [(name, position) for name, _, position in listed(world, token)] == [("Work", 1), ("1", 2)]
    assert world.ask("PATCH", f"{PATH}/{second}", {"name": "Home"}, token=token).json["position"] == 2


def test_administrators_see_two_digits_and_can_remove(world: World, token: str) -> None:
    phone_id = added(world, token)
    answered = world.admin("GET", "/v1/admin/users/alice/phones")
    assert [(one["phone_id"], one["number"]) for one in answered.json["phones"]] == [(phone_id, "…89")]
    assert world.admin("DELETE", f"/v1/admin/users/alice/phones/{phone_id}").status == 204
    assert world.audit.changes[-1].actor == ADMIN
    assert world.admin("GET", "/v1/admin/users/alice/phones").json == {"phones": []}
    assert problem(world.admin("DELETE", f"/v1/admin/users/alice/phones/{phone_id}")) == (404, "not-found")
    assert world.ask("GET", "/v1/admin/users/alice/phones").status == 403


def test_no_answer_record_or_note_holds_a_code_or_a_whole_number(world: World, token: str) -> None:
    answers = [add(world, token, numbers(2)[0], name="First")]
    code = world.sender.code
    answers.append(confirm(world, token, answers[0].json["phone_id"]))
    answers += [world.ask("GET", PATH, token=token), world.admin("GET", "/v1/admin/users/alice/phones")]
    answers += [world.admin("GET", "/v1/admin/users/alice"), add(world, token, "+49 30 901820")]
    told = repr(answers) + repr(world.audit.changes) + repr(world.sms_trail.notes) + repr(world.store.state.factors)
    for secret in (code, "1512345678", "1512 345678", "90182"):
        assert secret not in told


# ---- readiness


def check(world: World, **message: object) -> dict[str, tuple[str, str]]:
    answered = world.admin("POST", "/v1/admin/sms-checks", message)
    assert answered.status == 200, answered
    assert answered.json["ready"] == all(one["grade"] != "problem" for one in answered.json["findings"])
    for one in answered.json["findings"]:
        assert (one["advice"] == "") == (one["grade"] == "ok"), one
    return {one["check"]: (one["grade"], one["text"]) for one in answered.json["findings"]}


def test_what_stands_in_the_way_is_found(world: World) -> None:
    world.provider.account = SmsAccount(
        region="eu-central-1", is_in_sandbox=True, monthly_limit=1.0, is_opted_out=True, faults=("GetX: Denied",)
    )
    found = check(world, number=NUMBER)
    assert {name: grade for name, (grade, _) in found.items()} == {
        "countries": "ok",
        "region": "ok",
        "provider": "warning",
        "sandbox": "problem",
        "spend_limit": "problem",
        "origination": "warning",
        "caps": "ok",
        "opt_out": "problem",
    }
    assert world.provider.asked == [E164]
    assert E164 not in json.dumps(found)


def test_where_nothing_stands_in_the_way_everything_is_ok(world: World) -> None:
    world.provider.account = SmsAccount(
        region="eu-central-1",
        is_in_sandbox=False,
        monthly_limit=1000.0,
        default_sender_id="EXAMPLE",
        origination_numbers=(),
    )
    assert {grade for grade, _ in check(world).values()} == {"ok"}
    world.provider.account = SmsAccount(region="eu-central-1", monthly_limit=100.0, default_sender_id="EXAMPLE")
    assert check(world)["spend_limit"][0] == "warning"


def test_only_administrators_look_and_only_at_numbers(world: World, token: str) -> None:
    assert world.ask("POST", "/v1/admin/sms-checks", {}, token=token).status == 403
    assert problem(world.admin("POST", "/v1/admin/sms-checks", {"number": "alice"})) == (422, "not-a-number")


def test_the_list_says_by_what_a_code_can_come(world: World, token: str) -> None:
    assert world.ask("GET", PATH, token=token).json == {"phones": [], "by": ["message", "call"]}
    for deployed, by in ((World(call_policy=CALLS_OFF), ["message"]), (World(sms_policy=SmsPolicy()), ["call"])):
        deployed.add_user("alice")
        assert deployed.ask("GET", PATH, token=deployed.open_session("alice")).json["by"] == by


# ---- by call


LINE = "+49 30 901820"


def spoken(world: World) -> str:
    """The code, as the call that was placed last asks for it."""
    _, wanted = world.caller.placed[-1]
    contact = Contact(contact_id=f"contact-of-{wanted.call_id}", call_id=wanted.call_id, purpose=CallPurpose.NUMBER)
    kind, code = decisions(world).begin(contact)
    assert kind is CallKind.NUMBER
    return code.replace(", ", "")


def decisions(world: World) -> CallDecisions:
    """What answers the contact flow."""
    return CallDecisions(
        transactions=world.store.transactions,
        calls=world.store.phone_calls,
        logins=world.store.logins,
        phones=world.store.phones,
        ledgers=world.store.push_ledgers,
        vault=world.vault,
        waker=RecordingWaker(),
        audit=world.audit,
        clock=world.clock,
        pause=FakePause(world.clock),
        report_fault=pytest.fail,
    )


def test_a_number_that_is_called_counts_for_calls_after_the_spoken_code_was_typed(world: World, token: str) -> None:
    answered = add(world, token, LINE, by="call")
    assert (answered.status, answered.json["number"]) == (201, "…20")
    ((number, wanted),) = world.caller.placed
    assert (number, wanted.purpose, wanted.company) == ("+4930901820", CallPurpose.NUMBER, "Example Corp")
    assert world.sender.sent == []
    code = spoken(world)
    assert code not in repr(world.caller.placed), "what the provider keeps of a call holds no code"
    confirmed = confirm(world, token, answered.json["phone_id"], code)
    assert (confirmed.status, confirmed.json["by"]) == (200, ["call"])
    assert [dict(change.details).get("by") for change in world.audit.changes[-2:]] == ["call", None]


def test_a_number_is_proven_both_ways_one_after_the_other_in_one_place(world: World, token: str) -> None:
    first = added(world, token)
    other = added(world, token, "+49 1512 3456780")
    answered = add(world, token, by="call")
    assert (answered.status, answered.json["phone_id"]) == (201, first)
    confirmed = confirm(world, token, first, spoken(world))
    assert (confirmed.json["by"], confirmed.json["position"]) == (["call", "message"], 1)
    assert [one["phone_id"] for one in world.ask("GET", PATH, token=token).json["phones"]] == [first, other]
    assert problem(add(world, token, by="call")) == (409, "phone-known")


def test_a_wrong_or_late_code_of_a_call_proves_nothing(world: World, token: str) -> None:
    phone_id = add(world, token, LINE, by="call").json["phone_id"]
    code = spoken(world)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(MAX_MISSES):
        assert confirm(world, token, phone_id, wrong).status == 422
    assert problem(confirm(world, token, phone_id, code)) == (409, "phone-not-pending")
    phone_id = add(world, token, LINE, by="call").json["phone_id"]
    code = spoken(world)
    world.clock.advance(SENT_CODE_SECONDS)
    assert problem(confirm(world, token, phone_id, code)) == (409, "phone-not-pending")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+49 900 1 234567", "line-type-refused"),
        ("+49 800 1234567", "line-type-refused"),
        ("+44 56 1234 5678", "line-type-refused"),
        ("+44 7400 123456", "country-refused"),
        ("12345", "not-a-number"),
        ("alice@example.test", "not-a-number"),
    ],
)
def test_c15_voip_and_paid_numbers_and_those_of_other_countries_are_not_called(
    world: World, token: str, number: str, code: str
) -> None:
    assert problem(add(world, token, number, by="call")) == (422, code)
    assert world.caller.placed == []


def test_c14_an_open_session_is_no_licence_to_call(world: World, token: str) -> None:
    told = [add(world, token, number, by="call").status for number in numbers(6)]
    assert told[:3] == [201, 201, 201]
    assert set(told[3:]) == {429}
    assert len(world.caller.placed) == 3
    assert add(world, token, numbers(8)[7]).status == 429, "messages and calls share the ration"


def test_where_no_calls_are_deployed_the_user_is_told_so(token: str) -> None:
    world = World(call_policy=CALLS_OFF)
    world.add_user("alice", display_name="Alice Example")
    answered = add(world, world.open_session(), LINE, by="call")
    assert problem(answered) == (409, "calls-not-deployed")
    assert "no phone calls" in answered.json["detail"]


@pytest.mark.parametrize(
    ("result", "told"),
    [(CallResult.NUMBER_REFUSED, (422, "call-not-placed")), (CallResult.THROTTLED, (503, "unavailable"))],
)
def test_a_call_that_is_not_placed_is_told_without_the_reason(
    world: World, token: str, result: CallResult, told: tuple[int, str]
) -> None:
    world.caller.result = result
    answered = add(world, token, LINE, by="call")
    assert problem(answered) == told
    assert result.value not in json.dumps(answered.json)


@pytest.mark.parametrize("by", ["mail", "CALL", " ", 1, ["call"]])
def test_a_code_comes_by_message_or_call_and_nothing_else(world: World, token: str, by: object) -> None:
    assert add(world, token, by=by).status == 400
    assert world.sender.sent == []
