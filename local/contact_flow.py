"""A contact flow of Amazon Connect, run: the actions that phone-calls.yaml uses, as AWS documents them.

What a flow does with time is left out: a question that nobody answers is over at once. An action, an error or a
condition that is not known here is a fault of the flow, and is told as one.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, cast

import yaml

from local.layout import ROOT

TEMPLATE: Final = ROOT / "templates/phone-calls.yaml"
LANGUAGE: Final = "en-US"
MOST_ACTIONS: Final = 50  # a flow that goes on for longer asks the same again and again

_PATH: Final = re.compile(r"\$\.(Attributes|External)\.([A-Za-z]+)")

type Action = Mapping[str, Any]
type Invoke = Callable[[str, Mapping[str, str]], object]
"""The function's ARN and the flow's parameters; what it answers. May raise anything."""


class FlowError(Exception):
    """Raised for a flow that Connect would not run, or not end."""


class HungUpError(Exception):
    """Raised by the keys of a person who hangs up."""


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short tags."""


def _short_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    match node:
        case yaml.ScalarNode():
            return {suffix: loader.construct_scalar(node)}
        case yaml.SequenceNode():
            return {suffix: loader.construct_sequence(node, deep=True)}
        case yaml.MappingNode():
            return {suffix: loader.construct_mapping(node, deep=True)}
    raise TypeError(node)


_Loader.add_multi_constructor("!", _short_tag)


@cache
def _template() -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", yaml.load(TEMPLATE.read_text(), _Loader))  # noqa: S506 a safe loader, with more tags


def content(function_arn: str, language: str = LANGUAGE) -> str:
    """The flow as CloudFormation hands it to Connect."""
    text, given = _template()["Resources"]["ContactFlow"]["Properties"]["Content"]["Sub"]
    speech = _template()["Mappings"]["Speech"][language]
    values = {name: speech[find["FindInMap"][2]] for name, find in given.items()} | {"FunctionArn": function_arn}
    return re.sub(r"\$\{([A-Za-z]+)\}", lambda found: values[found[1]], text)


@dataclass(kw_only=True)
class FlowRun:
    """One call. ``keys`` are what the person presses, one for each question; at their end the person only listens, or
    they raise HungUpError. ``said`` is all that was spoken."""

    flow: str = field(repr=False)
    attributes: Mapping[str, str]
    keys: Iterator[str]
    invoke: Invoke
    said: list[str] = field(default_factory=list)
    _external: Mapping[str, str] = field(default_factory=dict)
    _rounds: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """Raises FlowError, HungUpError."""
        flow = json.loads(self.flow)
        actions = {action["Identifier"]: action for action in flow["Actions"]}
        step = flow["StartAction"]
        for _ in range(MOST_ACTIONS):
            action = actions[step]
            if action["Type"] == "DisconnectParticipant":
                return
            step = self._next(action)
        raise FlowError(f"the flow does not end: it was at {step}")

    def _next(self, action: Action) -> str:
        parameters = action["Parameters"]
        match action["Type"]:
            case "UpdateFlowLoggingBehavior" | "UpdateContactTextToSpeechVoice":
                return _then(action)
            case "MessageParticipant":
                self._say(parameters["Text"])
                return _then(action)
            case "InvokeLambdaFunction":
                return self._invoked(action)
            case "Compare":
                return _by_condition(action, self._filled(parameters["ComparisonValue"]))
            case "GetParticipantInput":
                return self._asked(action)
            case "Loop":
                return self._looped(action)
        raise FlowError(f"{action['Type']} is no action that is known here")

    def _asked(self, action: Action) -> str:
        self._say(action["Parameters"]["Text"])
        key = next(self.keys, None)
        return _by_error(action, "InputTimeLimitExceeded") if key is None else _by_condition(action, key)

    def _invoked(self, action: Action) -> str:
        parameters = action["Parameters"]
        try:
            answer = self.invoke(parameters["LambdaFunctionARN"], parameters["LambdaInvocationAttributes"])
        except Exception:  # noqa: BLE001 -- whatever happens there, a flow goes its way for errors
            return _by_error(action, "NoMatchingError")
        if not isinstance(answer, dict) or not all(isinstance(value, str) for value in answer.values()):
            return _by_error(action, "NoMatchingError")  # what STRING_MAP does not admit
        self._external = answer
        return _then(action)

    def _looped(self, action: Action) -> str:
        name = action["Identifier"]
        rounds = self._rounds.get(name, 0)
        goes_on = rounds < int(action["Parameters"]["LoopCount"])
        self._rounds[name] = rounds + 1 if goes_on else 0
        return _by_condition(action, "ContinueLooping" if goes_on else "DoneLooping")

    def _say(self, text: str) -> None:
        self.said.append(self._filled(text))

    def _filled(self, text: str) -> str:
        values = {"Attributes": self.attributes, "External": self._external}
        return _PATH.sub(lambda found: values[found[1]].get(found[2], ""), text)


def _then(action: Action) -> str:
    return str(action["Transitions"]["NextAction"])


def _by_condition(action: Action, value: str) -> str:
    for one in action["Transitions"]["Conditions"]:
        if one["Condition"]["Operator"] != "Equals":
            raise FlowError(f"{action['Identifier']} compares in a way that is not known here")
        if one["Condition"]["Operands"] == [value]:
            return str(one["NextAction"])
    return _by_error(action, "NoMatchingCondition")


def _by_error(action: Action, kind: str) -> str:
    for one in action["Transitions"].get("Errors", ()):
        if one["ErrorType"] == kind:
            return str(one["NextAction"])
    raise FlowError(f"{action['Identifier']} does not say what follows {kind}")
