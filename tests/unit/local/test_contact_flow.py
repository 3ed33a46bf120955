"""The contact flow of phone-calls.yaml: it is one that Connect can run, every way through it ends, and every key that
counts is decided by the function."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.contact_flow import FlowRun, HungUpError, content
from mfa.domain.phone_calls import PressedKeys
from mfa.services.call_decisions import CallKind, CallOutcome

LANGUAGES = ("de-DE", "en-US")
NO_ERROR = "UpdateFlowLoggingBehavior", "Loop", "DisconnectParticipant"
ERRORS = {
    "UpdateContactTextToSpeechVoice": {"NoMatchingError"},
    "InvokeLambdaFunction": {"NoMatchingError"},
    "MessageParticipant": {"NoMatchingError"},
    "Compare": {"NoMatchingCondition"},
    "GetParticipantInput": {"InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError"},
}
ATTRIBUTES = {"call": "id", "purpose": "login", "application": "vpn", "company": "Example Corp"}


def flow(language: str = "en-US") -> dict[str, Any]:
    made: dict[str, Any] = json.loads(content("arn:function", language))
    return made


def actions(language: str = "en-US") -> dict[str, dict[str, Any]]:
    return {action["Identifier"]: action for action in flow(language)["Actions"]}


def ways_on(action: Mapping[str, Any]) -> set[str]:
    transitions = action["Transitions"]
    named = [*transitions.get("Conditions", ()), *transitions.get("Errors", ())]
    return {one["NextAction"] for one in named} | ({transitions["NextAction"]} if transitions else set())


# ---- what Connect wants of a flow


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_action_is_there_is_reached_and_leads_on(language: str) -> None:
    known = actions(language)
    assert len(known) == len(flow(language)["Actions"])
    reached, ahead = set[str](), {flow(language)["StartAction"]}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead |= ways_on(known[name]) - reached
    assert reached == set(known)
    assert flow(language)["Version"] == "2019-10-30"


@pytest.mark.parametrize("name", sorted(actions()))
def test_an_action_names_what_follows_each_of_its_errors(name: str) -> None:
    action = actions()[name]
    told = {one["ErrorType"] for one in action["Transitions"].get("Errors", ())}
    assert told == (set() if action["Type"] in NO_ERROR else ERRORS[action["Type"]])
    assert (action["Transitions"] == {}) is (action["Type"] == "DisconnectParticipant")
    assert len(name) <= 50


def test_the_questions_take_single_keys_and_store_none() -> None:
    asked = [action for action in actions().values() if action["Type"] == "GetParticipantInput"]
    assert len(asked) == 3
    for action in asked:
        assert action["Parameters"]["StoreInput"] == "False"
        assert "DTMFConfiguration" not in action["Parameters"]
        for one in action["Transitions"]["Conditions"]:
            (key,) = one["Condition"]["Operands"]
            assert len(key) == 1


def test_it_keeps_no_log_before_it_does_anything() -> None:
    first = actions()[flow()["StartAction"]]
    assert (first["Type"], first["Parameters"]) == (
        "UpdateFlowLoggingBehavior",
        {"FlowLoggingBehavior": "Disabled"},
    )


def test_no_answer_of_the_function_becomes_an_attribute_which_connect_would_keep() -> None:
    assert "UpdateContactAttributes" not in {action["Type"] for action in actions().values()}


def test_the_function_is_waited_for_as_long_as_it_may_take_and_asked_for_plain_texts() -> None:
    asked = [action["Parameters"] for action in actions().values() if action["Type"] == "InvokeLambdaFunction"]
    assert [one["LambdaInvocationAttributes"] for one in asked] == [
        {"step": "begin"},
        {"step": "decide", "keys": PressedKeys.APPROVE},
        {"step": "decide", "keys": PressedKeys.REPORT},
    ]
    for one in asked:
        assert (one["LambdaFunctionARN"], one["InvocationTimeLimitSeconds"]) == ("arn:function", "8")
        assert one["ResponseValidation"] == {"ResponseType": "STRING_MAP"}


def test_every_word_of_the_function_is_known_to_the_flow() -> None:
    compared = {
        action["Parameters"]["ComparisonValue"]: {
            one["Condition"]["Operands"][0] for one in action["Transitions"]["Conditions"]
        }
        for action in actions().values()
        if action["Type"] == "Compare"
    }
    assert compared == {
        "$.External.kind": set(CallKind) - {CallKind.ENDED},
        "$.External.result": set(CallOutcome) - {CallOutcome.ENDED},
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_stand_between_spaces_so_that_speech_finds_their_ends(language: str) -> None:
    for action in actions(language).values():
        words = action["Parameters"].get("Text", "").split(" ")
        assert [word for word in words if "$." in word and not word[2:].replace(".", "").isalpha()] == []
        assert [word for word in words if word.startswith("$.") and word.endswith(".")] == []


# ---- what happens in a call


def run(
    keys: str, answers: Callable[[Mapping[str, str]], object], attributes: Mapping[str, str] = ATTRIBUTES
) -> tuple[list[str], list[Mapping[str, str]]]:
    """What was said, and what the function was asked."""
    asked: list[Mapping[str, str]] = []

    def invoke(_function: str, parameters: Mapping[str, str]) -> object:
        asked.append(parameters)
        return answers(parameters)

    one = FlowRun(flow=content("arn:function"), attributes=attributes, keys=iter(keys), invoke=invoke)
    one.run()
    return one.said, asked


def login(parameters: Mapping[str, str]) -> dict[str, str]:
    if parameters["step"] == "begin":
        return {"kind": "login", "code": ""}
    return {"result": {"#": "approved", "0#": "reported"}[parameters["keys"]]}


@pytest.mark.parametrize(
    ("keys", "pressed"),
    [
        ("#", ["#"]),
        ("0#", ["0#"]),
        ("9#", ["#"]),
        ("00#", ["0#"]),
        ("0", []),
        ("", []),
        ("12345", []),
        ("01#", ["0#"]),
        ("000#", []),
    ],
)
def test_the_keys_that_count_reach_the_function_and_others_ask_again(keys: str, pressed: list[str]) -> None:
    said, asked = run(keys, login)
    assert [one["keys"] for one in asked[1:]] == pressed
    assert said[0].startswith("This is Example Corp calling. Somebody is signing in to vpn with your name.")


def test_a_machine_that_answers_is_asked_three_times_and_hung_up() -> None:
    said, asked = run("", login)
    assert (len(said), len(asked)) == (3, 1)


def test_who_hangs_up_decides_nothing() -> None:
    def keys() -> Any:
        raise HungUpError
        yield "#"

    asked: list[object] = []
    one = FlowRun(
        flow=content("arn:function"),
        attributes=ATTRIBUTES,
        keys=keys(),
        invoke=lambda _, parameters: asked.append(parameters) or login(parameters),
    )
    with pytest.raises(HungUpError):
        one.run()
    assert asked == [{"step": "begin"}]


@pytest.mark.parametrize("answer", [{"kind": "ended", "code": ""}, {}, {"kind": "anything"}])
def test_a_call_about_something_that_has_ended_says_so_and_asks_nothing(answer: dict[str, str]) -> None:
    said, asked = run("#", lambda _: answer)
    assert (len(said), len(asked)) == (1, 1)
    assert said[0].startswith("This call is about something that has ended.")


def test_a_function_that_fails_approves_nothing_and_the_person_is_told() -> None:
    def fails(parameters: Mapping[str, str]) -> object:
        if parameters["step"] == "decide":
            raise RuntimeError
        return login(parameters)

    said, _ = run("#", fails)
    assert said[-1].startswith("Something went wrong, and nobody was signed in.")


def test_what_is_too_late_is_not_called_an_approval() -> None:
    said, _ = run("#", lambda parameters: login(parameters) if parameters["step"] == "begin" else {"result": "ended"})
    assert "signed in" not in said[-1]


def test_the_code_of_a_number_is_said_twice_after_a_key_and_to_no_machine() -> None:
    def number(_: Mapping[str, str]) -> dict[str, str]:
        return {"kind": "number", "code": "4, 7, 1, 1, 0, 2"}

    said, _ = run("1", number)
    assert said[-1].count("4, 7, 1, 1, 0, 2") == 2
    for keys in ("", "#", "0#2"):
        assert "4, 7" not in " ".join(run(keys, number)[0])
