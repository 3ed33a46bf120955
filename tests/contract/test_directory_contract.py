"""What verify_password is asked and answers, in both directions: everything survives JSON, and nothing else gets in."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfa.contract.directory import (
    MAX_CONTROLLERS,
    MAX_KNOWN_WRONG,
    DirectoryAccount,
    DirectoryAddress,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
    DomainController,
    NameKind,
    ServiceAccount,
)
from mfa.contract.errors import ContractError

QUESTION = DirectoryQuestion(
    operation=DirectoryOperation.VERIFY_PASSWORD,
    directory=DirectoryAddress(
        base_dn="DC=corp,DC=example,DC=test",
        controllers=(
            DomainController(host="dc1.corp.example.test", address="10.0.0.10"),
            DomainController(host="dc2.corp.example.test", port=3269),
        ),
        ca_certificates="-----BEGIN CERTIFICATE-----",
    ),
    service_account=ServiceAccount(username="svc@corp.example.test", password="Geheim-日本".encode()),
    name_kind=NameKind.UPN,
    name="zoë.müller@corp.example.test",
    deadline_ms=4000,
    password=b"\xff raw \x80",
    object_guid="0e61c412-f804-4c38-9786-3da46cd0c258",
    known_wrong=(0, 2**63 - 1),
    others_asking=3,
)
ACCOUNT = DirectoryAccount(
    object_guid="0e61c412-f804-4c38-9786-3da46cd0c258",
    sam_account_name="zoë.müller",
    user_principal_name="zoë.müller@corp.example.test",
    display_name="Zoë Müller",
    groups=frozenset(("S-1-5-32-545", "S-1-5-21-1-2-3-513")),
    password_last_set=134_397_881_585_944_320,
    refusal=DirectoryResult.DISABLED,
)


def through_json(question: DirectoryQuestion) -> DirectoryQuestion:
    return DirectoryQuestion.from_message(json.loads(question.to_json()))


@pytest.mark.parametrize(
    "question",
    [
        QUESTION,
        replace(QUESTION, operation=DirectoryOperation.LOOK_UP, password=None, object_guid=None, known_wrong=()),
        replace(
            QUESTION, operation=DirectoryOperation.LIST_MEMBERS, password=None, name_kind=NameKind.SID, name="S-1-5"
        ),
    ],
    ids=lambda question: question.operation.value,
)
def test_a_question_arrives_as_it_was_asked(question: DirectoryQuestion) -> None:
    assert through_json(question) == question


@given(st.binary(min_size=1, max_size=256))
def test_every_password_arrives_octet_by_octet(password: bytes) -> None:
    assert through_json(replace(QUESTION, password=password)).password == password


@pytest.mark.parametrize("result", DirectoryResult)
def test_an_answer_arrives_as_it_was_given(result: DirectoryResult) -> None:
    answer = DirectoryAnswer(
        result=result,
        account=ACCOUNT,
        was_sent=True,
        controller="dc1.corp.example.test",
        detail="sub-code 52e",
        milliseconds={"connect": 6, "total": 40},
        members=(ACCOUNT, replace(ACCOUNT, display_name=None, user_principal_name=None, groups=frozenset())),
    )
    assert DirectoryAnswer.from_json(json.dumps(answer.to_message())) == answer


def test_a_bare_answer_arrives_too() -> None:
    answer = DirectoryAnswer(result=DirectoryResult.UNAVAILABLE)
    assert DirectoryAnswer.from_message(answer.to_message()) == answer


def test_an_answer_may_say_more_than_is_known_here() -> None:
    """A newer function may answer an older asker."""
    message = {**DirectoryAnswer(result=DirectoryResult.FOUND, account=ACCOUNT).to_message(), "news": 1}
    assert DirectoryAnswer.from_message(message).account == ACCOUNT


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"version": None},
        {"operation": "delete"},
        {"operation": "look_up"},  # with a password
        {"password": None},  # to be verified
        {"password": ""},
        {"password": "not base64url!"},
        {"password": "QQ=="},
        {"name_kind": "dn"},
        {"name_kind": "sid"},  # of a user
        {"name": ""},
        {"name": 7},
        {"deadline_ms": 0},
        {"deadline_ms": 60_001},
        {"deadline_ms": True},
        {"object_guid": "x" * 37},
        {"known_wrong": [-1]},
        {"others_asking": -1},
        {"known_wrong": [0] * (MAX_KNOWN_WRONG + 1)},
        {"service_account": {"username": "svc", "password": ""}},
        {"service_account": None},
        {"unknown": 1},
    ],
    ids=str,
)
def test_a_question_that_breaks_a_rule_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ContractError):
        DirectoryQuestion.from_message({**QUESTION.to_message(), **change})


@pytest.mark.parametrize(
    "change",
    [
        {"controllers": []},
        {"controllers": [{"host": "dc"}] * (MAX_CONTROLLERS + 1)},
        {"controllers": [{"host": ""}]},
        {"controllers": [{"host": "dc", "port": 0}]},
        {"controllers": ["dc"]},
        {"ca_certificates": ""},
        {"base_dn": ""},
    ],
    ids=str,
)
def test_an_address_that_breaks_a_rule_is_refused(change: dict[str, Any]) -> None:
    message = QUESTION.to_message()
    with pytest.raises(ContractError):
        DirectoryQuestion.from_message({**message, "directory": {**QUESTION.directory.to_message(), **change}})


def test_an_empty_password_cannot_even_be_asked_about() -> None:
    with pytest.raises(ContractError, match="empty password"):
        replace(QUESTION, password=b"")


def test_no_secret_shows_in_what_python_prints_of_a_question() -> None:
    shown = repr(QUESTION)
    assert "raw" not in shown
    assert "Geheim" not in shown


@pytest.mark.parametrize("result", ["right", "", None, 1])
def test_an_answer_with_another_result_is_refused(result: object) -> None:
    message = {**DirectoryAnswer(result=DirectoryResult.FOUND).to_message(), "result": result}
    with pytest.raises(ContractError):
        DirectoryAnswer.from_message(message)
