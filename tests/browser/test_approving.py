"""A sign-in waits, and a person answers it."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from mfa.domain.login_transactions import TransactionState
from tests.browser.backend import Backend, Prompt
from tests.browser.phone import Phone
from tests.browser.server import Portal


def ended(prompt: Prompt) -> tuple[str, str | None]:
    return prompt.state, prompt.reason


def test_the_right_number_approves(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    expect(paired.button("Approve")).to_be_disabled()
    paired.enter_number("47")
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert ended(prompt) == ("approved", None)
    assert "Go back to your screen" in paired.text()


def test_a_number_may_begin_with_zero_and_be_corrected(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("07")
    paired.wait_for("approve")
    paired.enter_number("09")
    paired.tap("Delete")
    expect(paired.button("Approve")).to_be_disabled()
    paired.enter_number("7")
    paired.enter_number("5")  # there is room for two
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert ended(prompt) == ("approved", None)


def test_a_wrong_number_denies_and_there_is_no_second_try(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    paired.enter_number("74")
    paired.tap("Approve")
    paired.wait_for_outcome("wrong_number")
    assert ended(prompt) == ("denied", "wrong_number")
    paired.tap("Done")
    paired.wait_for("home")


def test_a_tap_approves_where_no_number_was_typed(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask()
    paired.wait_for("approve")
    expect(paired.button("1")).to_have_count(0)
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert ended(prompt) == ("approved", None)


def test_deny_denies_without_a_number(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    paired.tap("Deny")
    paired.wait_for_outcome("denied")
    assert ended(prompt) == ("denied", "denied")


def test_a_report_is_confirmed_first(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    paired.tap("This wasn’t me")
    paired.tap("Go back")
    assert ended(prompt) == ("pending", None)
    paired.tap("This wasn’t me")
    paired.page.keyboard.press("Escape")
    assert ended(prompt) == ("pending", None)
    paired.report()
    paired.wait_for_outcome("reported")
    assert ended(prompt) == ("denied", "reported")
    assert "help desk has been told" in paired.text()


def test_who_has_reported_reads_on_the_first_screen_that_no_request_will_come(paired: Phone, backend: Backend) -> None:
    heading = paired.page.locator("h1")
    expect(heading).to_have_text("Nothing is waiting")
    backend.ask("47")
    paired.wait_for("approve")
    paired.report()
    paired.wait_for_outcome("reported")
    paired.tap("Done")
    for _ in range(2):
        expect(heading).to_have_text("Requests are turned off")
        expect(heading).to_be_focused()
        assert "appears here by itself" not in paired.text()
        assert "your help desk: they can turn requests on again" in paired.text()
        assert "sign in with a code" in paired.text()
        paired.open()


def test_a_first_screen_that_stands_learns_that_requests_come_or_do_not(phone: Phone, backend: Backend) -> None:
    phone.pair()
    phone.page.clock.install()
    heading, ledgers = phone.page.locator("h1"), backend.company.store.push_ledgers
    ledgers.mute(backend.user_id, int(backend.clock.now()))  # by another device
    phone.page.clock.fast_forward(31_000)
    expect(heading).to_have_text("Requests are turned off")
    ledgers.unmute(backend.user_id)
    phone.page.clock.fast_forward(31_000)
    expect(heading).to_have_text("Nothing is waiting")


def test_the_request_says_who_where_from_and_when(paired: Phone, backend: Backend) -> None:
    backend.ask(client="Client VPN", address="2001:db8::7")
    paired.wait_for("approve")
    assert (paired.fact("To"), paired.fact("As"), paired.fact("From")) == ("Client VPN", "alice", "2001:db8::7")
    assert "just now" in paired.text()


def test_an_address_that_nobody_knows_is_said_to_be_unknown(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask(address="unknown")
    paired.wait_for("approve")
    assert paired.fact("From") == "Not known"
    paired.tap("Approve")
    paired.wait_for_outcome("approved")  # and what was signed is what the server knows
    assert ended(prompt) == ("approved", None)


def test_a_request_that_comes_up_under_a_finger_does_not_take_its_tap(phone: Phone, backend: Backend) -> None:
    phone.pair()
    phone.page.clock.install()
    prompt = backend.ask()
    phone.page.clock.run_for(1100)
    phone.wait_for("approve")
    expect(phone.button("Approve")).to_be_disabled()
    expect(phone.button("Deny")).to_be_disabled()
    phone.page.keyboard.press("Enter")
    assert ended(prompt) == ("pending", None)
    phone.page.clock.run_for(600)
    expect(phone.button("Approve")).to_be_enabled()


def test_nobody_answers_and_it_is_too_late(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask(seconds=2.5)
    paired.wait_for("approve")
    paired.wait_for_outcome("expired")
    assert ended(prompt) == ("pending", None)
    assert not paired.page.get_by_role("button", name="Approve").is_visible()


def test_the_server_says_too_late(paired: Phone, backend: Backend, portal: Portal) -> None:
    prompt = backend.ask()
    paired.wait_for("approve")
    portal.intercept = lambda event: problem(410, "too-late") if event["rawPath"].endswith("/decision") else None
    paired.tap("Approve")
    paired.wait_for_outcome("expired")
    assert ended(prompt) == ("pending", None)


def test_d10_a_report_that_comes_too_late_counts_and_says_so(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    paired.tap("This wasn’t me")
    backend.clock.ahead += 120
    paired.tap("Yes, report it")
    paired.wait_for_outcome("reported")
    assert ended(prompt) == ("expired", "expired")
    assert backend.company.store.push_ledgers.read(backend.user_id).muted_at is not None


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (TransactionState.APPROVED, "approved_already"),
        (TransactionState.DENIED, "denied_already"),
        (TransactionState.EXPIRED, "expired"),
        (TransactionState.CANCELLED, "cancelled"),
    ],
)
def test_what_ends_elsewhere_leaves_the_screen(
    paired: Phone, backend: Backend, state: TransactionState, outcome: str
) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    backend.end(prompt, state)
    paired.wait_for_outcome(outcome)


def test_an_answer_that_comes_second_is_told_what_the_first_one_was(
    paired: Phone, backend: Backend, portal: Portal
) -> None:
    prompt = backend.ask()
    paired.wait_for("approve")
    portal.intercept = lambda event: problem(503, "slow") if event["rawPath"].endswith("/prompts") else None
    backend.end(prompt, TransactionState.DENIED)
    paired.tap("Approve")
    paired.wait_for_outcome("denied_already")
    assert prompt.state == "denied"


def test_a_second_device_sees_what_the_first_one_decided(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask()
    paired.wait_for("approve")
    link = f"#approve={prompt.login_id}"
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    paired.open(link)
    paired.wait_for_outcome("approved_already")


def test_a_link_opens_the_request(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.open(f"#approve={prompt.login_id}")
    paired.wait_for("approve")
    assert "#" not in paired.page.url
    paired.tap("Deny")
    paired.wait_for_outcome("denied")


def test_a_link_to_somebody_elses_request_shows_nothing_of_it(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask(client="secret client", device_id="another")
    paired.open(f"#approve={prompt.login_id}")
    paired.wait_for_outcome("unknown")
    assert "secret client" not in paired.text()


def test_the_next_request_waits_until_the_end_of_the_last_one_was_seen(paired: Phone, backend: Backend) -> None:
    first = backend.ask(client="first")
    paired.wait_for("approve")
    second = backend.ask(client="second")
    paired.tap("Deny")
    paired.wait_for_outcome("denied")
    paired.wait_for("approve")
    assert paired.fact("To") == "second"
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert (first.state, second.state) == ("denied", "approved")


def test_what_the_server_knows_otherwise_than_the_person_saw_decides_nothing(
    paired: Phone, backend: Backend, portal: Portal
) -> None:
    def told_otherwise(event: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not event["rawPath"].endswith("/prompts"):
            return None
        answered = portal.function(event)
        return {**answered, "body": answered["body"].replace("198.51.100.66", "203.0.113.7")}

    portal.intercept = told_otherwise
    prompt = backend.ask(address="198.51.100.66")
    paired.wait_for("approve")
    paired.tap("Approve")
    paired.wait_for_message("nothing was decided")
    assert ended(prompt) == ("pending", None)


def test_without_a_network_the_request_stays_and_can_be_answered_later(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    paired.enter_number("47")
    paired.context.set_offline(True)
    paired.tap("Approve")
    paired.wait_for_message("No connection")
    paired.context.set_offline(False)
    paired.tap("Approve")
    paired.wait_for_outcome("approved")
    assert ended(prompt) == ("approved", None)


def test_a_double_tap_is_one_answer(paired: Phone, backend: Backend, portal: Portal) -> None:
    backend.ask()
    paired.wait_for("approve")
    paired.button("Approve").dblclick()
    paired.wait_for_outcome("approved")
    assert sum(path.endswith("/decision") for _, path in portal.requests) == 1


def test_a_keyboard_is_enough(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    expect(paired.page.locator("h1")).to_be_focused()
    press = paired.page.keyboard.press
    for key in ("1", "Backspace", "4", "7"):
        press(key)
    expect(paired.button("Approve")).to_be_enabled()
    for _ in range(20):
        press("Tab")
        if paired.page.evaluate("document.activeElement.textContent") == "Approve":
            break
    press("Enter")
    paired.wait_for_outcome("approved")
    assert ended(prompt) == ("approved", None)
    expect(paired.page.locator("h1")).to_be_focused()
    press("Tab")
    press("Enter")
    paired.wait_for("home")


def test_enter_approves_once_the_number_is_whole(paired: Phone, backend: Backend) -> None:
    prompt = backend.ask("47")
    paired.wait_for("approve")
    paired.page.keyboard.press("Enter")
    paired.page.keyboard.type("4")
    paired.page.keyboard.press("Enter")
    paired.page.keyboard.type("7")
    expect(paired.button("Approve")).to_be_enabled()
    paired.page.keyboard.press("Enter")
    paired.wait_for_outcome("approved")
    assert ended(prompt) == ("approved", None)


def test_the_number_is_heard_by_who_does_not_see_it(paired: Phone, backend: Backend) -> None:
    backend.ask("47")
    paired.wait_for("approve")
    paired.enter_number("47")
    expect(paired.page.locator("#announcement")).to_have_text("4 7")
    expect(paired.page.get_by_role("img", name="Number entered: 4 7")).to_be_visible()


def answer(message: Mapping[str, Any], status: int = 200, kind: str = "application/json") -> Mapping[str, Any]:
    return {"statusCode": status, "headers": {"content-type": kind}, "body": json.dumps(message)}


def problem(status: int, code: str) -> Mapping[str, Any]:
    said = {"type": f"urn:gatehouse:problem:{code}", "status": status, "detail": code}
    return answer(said, status, "application/problem+json")
