"""What the state machine's definition promises, read from the definition itself."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.architecture.cloudformation import resources

ROOT = Path(__file__).resolve().parents[2]
MOST_TRANSITIONS = 3  # each costs $25 per million; the start is counted as one


def machine() -> dict[str, Any]:
    (deployed,) = resources("AWS::Serverless::StateMachine").values()
    definition: dict[str, Any] = json.loads((ROOT / deployed["DefinitionUri"]).read_text())
    return definition


def ways(state: str) -> Iterator[list[str]]:
    """Every way from a state to the end."""
    found = machine()["States"][state]
    after = [one["Next"] for one in found.get("Catch", ())] + ([found["Next"]] if "Next" in found else [])
    if found.get("End") or found["Type"] in {"Succeed", "Fail"}:
        yield [state]
    for following in after:
        yield from ([state, *way] for way in ways(following))


def test_no_way_through_it_has_more_transitions_than_are_paid_for() -> None:
    found = list(ways(machine()["StartAt"]))
    assert len(found) == 3
    assert max(1 + len(way) for way in found) <= MOST_TRANSITIONS
    assert min(1 + len(way) for way in found) == 2, "a prompt that is answered"


def test_nothing_is_tried_twice() -> None:
    """A prompt that is sent twice would be two prompts, and each retry is a transition."""
    assert "Retry" not in json.dumps(machine())


def test_it_waits_as_long_as_the_login_says() -> None:
    waiting = machine()["States"][machine()["StartAt"]]
    assert waiting["Resource"].endswith(":lambda:invoke.waitForTaskToken")
    assert waiting["TimeoutSecondsPath"] == "$.seconds"
    assert "HeartbeatSeconds" not in waiting
    assert waiting["Parameters"]["Payload"] == {
        "step": "send", "login_id.$": "$.login_id", "task_token.$": "$$.Task.Token",
    }  # fmt: skip


def test_only_the_time_that_is_over_leads_to_its_end() -> None:
    """Any other error decides nothing."""
    states = machine()["States"]
    caught = {tuple(one["ErrorEquals"]): one["Next"] for one in states[machine()["StartAt"]]["Catch"]}
    assert states[caught["States.Timeout",]]["Parameters"]["Payload"]["step"] == "expire"
    assert states[caught["States.ALL",]]["Type"] == "Succeed"


def test_f6_no_state_keeps_what_a_function_answers() -> None:
    for name, state in machine()["States"].items():
        if state["Type"] == "Task":
            assert state["ResultPath"] is None, name
            assert all(one["ResultPath"] is None for one in state.get("Catch", ())), name


def test_every_name_in_it_is_one_that_the_template_gives() -> None:
    (deployed,) = resources("AWS::Serverless::StateMachine").values()
    text = (ROOT / deployed["DefinitionUri"]).read_text()
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(deployed["DefinitionSubstitutions"])
    assert "arn:aws" not in text, "it works in every partition"
    assert machine().get("QueryLanguage", "JSONPath") == "JSONPath"
