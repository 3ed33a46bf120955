"""LambdaDirectory: what is asked is asked once, and every fault is an answer that says so."""

import logging
import time
from dataclasses import replace

import pytest
from botocore.config import Config

from mfa.adapters.directory.invocation import REUSED_SECONDS
from mfa.adapters.directory.lambda_directory import LambdaDirectory
from mfa.adapters.directory.service_accounts import ASKED_AGAIN_AFTER_SECONDS, KEPT_SECONDS
from mfa.bootstrap import Composition
from mfa.contract.directory import (
    DirectoryAccount,
    DirectoryAnswer,
    DirectoryOperation,
    DirectoryQuestion,
    DirectoryResult,
    NameKind,
    ServiceAccount,
)
from mfa.contract.fields import base64url
from mfa.domain.user_names import Alias, AliasKind, Realm
from mfa.ports import Directory
from tests.fakes.clock import FakeClock
from tests.fakes.directory import FakeDirectory
from tests.integration.lambda_directory.conftest import (
    ADDRESS,
    ALICE,
    GUID,
    PASSWORD,
    REALM,
    SECRET,
    SERVICE_PASSWORD,
    World,
    secret,
    settings,
)
from tests.integration.lambda_directory.stub_aws import StubAnswer, StubAws, refused, said

ACCOUNT = DirectoryAccount(object_guid=GUID, sam_account_name="alice", groups=frozenset({"S-1-5-32-545"}))
FOUND = DirectoryAnswer(result=DirectoryResult.FOUND, account=ACCOUNT, controller="dc1", milliseconds={"bind": 3})
RIGHT = replace(FOUND, result=DirectoryResult.PASSWORD_RIGHT, was_sent=True)
WRONG = replace(RIGHT, result=DirectoryResult.PASSWORD_WRONG)
REFUSED = DirectoryAnswer(result=DirectoryResult.SERVICE_ACCOUNT_REFUSED, controller="dc1")

# What may go wrong, and whether the password may have left by then.
FAULTS = {
    "throttled": (refused(429, "TooManyRequestsException"), False),
    "forbidden": (refused(403, "AccessDeniedException"), False),
    "no such function": (refused(404, "ResourceNotFoundException"), False),
    "500": (refused(500, "ServiceException"), True),
    "502": (refused(502, "EC2ThrottledException"), True),
    "503": (StubAnswer(status=503, body=b"<html>"), True),
    "504": (StubAnswer(status=504), True),
    "breaks off": (StubAnswer(body=b'{"version":1', breaks=True), True),
    "function failed": (
        StubAnswer(
            headers={"X-Amz-Function-Error": "Unhandled"},
            body=b'{"errorMessage": "planted", "errorType": "Sandbox.Timedout"}',
        ),
        True,
    ),
    "function failed with a success": (
        StubAnswer(headers={"X-Amz-Function-Error": "Unhandled"}, body=said(RIGHT).body),
        True,
    ),
    "empty": (StubAnswer(), True),
    "null": (StubAnswer(body=b"null"), True),
    "html": (StubAnswer(body=b"<html>planted</html>"), True),
    "not utf-8": (StubAnswer(body=b'{"version":1,"result":"\xff"}'), True),
    "another version": (StubAnswer(body=said(RIGHT).body.replace(b'"version": 1', b'"version": 2')), True),
    "another result": (StubAnswer(body=b'{"version":1,"result":"accept","was_sent":true}'), True),
    "a success of something else": (said(FOUND), True),
    "a success of somebody else": (said(replace(RIGHT, account=replace(ACCOUNT, object_guid="another"))), True),
    "a success of nobody": (said(replace(RIGHT, account=None)), True),
    "a success without a bind": (said(replace(RIGHT, was_sent=False)), True),
}  # fmt: skip


def test_a_look_up_asks_about_the_account(world: World) -> None:
    world.aws.answers = [said(FOUND)]
    assert world.look_up() == FOUND
    (invoked,) = world.aws.invoked
    assert invoked.path == "/2015-03-31/functions/VerifyPassword/invocations"
    assert invoked.question == DirectoryQuestion(
        operation=DirectoryOperation.LOOK_UP,
        directory=ADDRESS,
        service_account=ServiceAccount(username="reader@corp.example.test", password=SERVICE_PASSWORD.encode()),
        name_kind=NameKind.SAM,
        name="alice",
        deadline_ms=5000,
    )


def test_a_password_goes_out_as_it_is_with_all_that_is_known_of_the_account(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    assert world.verify(b" K\xc3\xa4se\t, \xff ") == RIGHT
    question = world.aws.invoked[0].question
    assert question.operation is DirectoryOperation.VERIFY_PASSWORD
    assert (question.password, question.object_guid, question.known_wrong) == (b" K\xc3\xa4se\t, \xff ", GUID, (7, 8))
    assert question.others_asking == 2


def test_the_invocation_is_signed_waits_for_the_answer_and_asks_for_no_log(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    world.verify()
    headers = {name.lower(): value for name, value in world.aws.invoked[0].headers.items()}
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 ")
    assert headers.get("x-amz-invocation-type", "RequestResponse") == "RequestResponse"
    assert "x-amz-log-type" not in headers  # the answer would hold the end of the function's log


def test_a_upn_is_asked_for_as_one(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    world.verify(alias=Alias("corp", AliasKind.UPN, "alice@corp.example.test"))
    question = world.aws.invoked[0].question
    assert (question.name_kind, question.name) == (NameKind.UPN, "alice@corp.example.test")


def test_the_members_of_a_group_are_asked_for_by_its_sid(world: World) -> None:
    members = DirectoryAnswer(result=DirectoryResult.FOUND, members=(ACCOUNT, ACCOUNT))
    world.aws.answers = [said(members)]
    assert world.directory.list_members(REALM, "S-1-5-21-1", world.clock.now() + 20) == members
    question = world.aws.invoked[0].question
    assert (question.operation, question.name_kind, question.name) == (
        DirectoryOperation.LIST_MEMBERS,
        NameKind.SID,
        "S-1-5-21-1",
    )


@pytest.mark.parametrize("result", sorted(set(DirectoryResult) - {DirectoryResult.FOUND}))
def test_every_word_about_a_password_is_passed_on(world: World, result: DirectoryResult) -> None:
    answer = replace(RIGHT, result=result)
    world.aws.answers = [said(answer)]
    assert world.verify() == answer


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_unavailable_and_nothing_is_asked_twice(world: World, fault: str) -> None:
    stubbed, was_sent = FAULTS[fault]
    world.aws.answers = [stubbed, said(RIGHT)]
    answer = world.verify()
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, was_sent)
    assert answer.detail
    assert "planted" not in answer.detail
    assert len(world.aws.invoked) == 1


@pytest.mark.parametrize("fault", [name for name in FAULTS if "success" not in name])
def test_a_fault_of_a_look_up_sent_no_password(world: World, fault: str) -> None:
    world.aws.answers = [FAULTS[fault][0]]
    answer = world.look_up()
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert len(world.aws.invoked) == 1


def test_a_look_up_is_never_answered_by_a_right_password(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    assert world.look_up().result is DirectoryResult.UNAVAILABLE


def test_the_name_of_a_functions_error_is_told(world: World) -> None:
    world.aws.answers = [FAULTS["function failed"][0]]
    assert world.verify().detail == "VerifyPassword failed: Sandbox.Timedout"


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_who_does_not_answer_is_waited_for_until_the_deadline_and_not_asked_again(world: World, seconds: float) -> None:
    world.aws.answers = [StubAnswer(hangs=True)]
    before = time.monotonic()
    answer = world.verify(seconds=seconds + 0.2)  # what is no whole step is not waited for
    assert seconds * 0.9 < time.monotonic() - before < seconds + 2  # a busy machine is late
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, True)
    assert answer.detail == "Lambda did not answer: ReadTimeoutError"
    assert len(world.aws.invoked) == 1
    assert world.aws.invoked[0].question.deadline_ms == round(seconds * 1000)


@pytest.mark.parametrize("seconds", [-1, 0, 0.1, 0.49])
def test_nobody_is_asked_without_time_for_an_answer(world: World, seconds: float) -> None:
    answer = world.verify(seconds=seconds)
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert answer.detail == "no time is left to ask the directory"
    assert world.aws.invoked == []


def test_an_unreachable_lambda_was_sent_nothing(world: World) -> None:
    world.aws.answers = [said(FOUND)]
    world.look_up()
    gone = LambdaDirectory(
        make_client=lambda service, config: Composition(
            settings(world.aws.url if service == "secretsmanager" else "http://127.0.0.1:1")
        ).make_client(service, config),
        function="VerifyPassword",
        deployment="gatehouse-test",
        clock=world.clock,
    )
    answer = gone.verify_password(
        REALM, ALICE, PASSWORD, object_guid=None, known_wrong=(), others_asking=0, deadline=world.clock.now() + 5
    )
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert answer.detail == "Lambda did not answer: EndpointConnectionError"


def test_an_empty_password_is_never_sent(world: World) -> None:
    answer = world.verify(b"")
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert world.aws.invoked == []


def test_nobody_is_asked_for_by_object_guid(world: World) -> None:
    answer = world.verify(alias=Alias("corp", AliasKind.GUID, GUID))
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert world.aws.invoked == []


def test_only_the_last_known_wrong_ones_fit_into_a_question(world: World) -> None:
    world.aws.answers = [said(WRONG)]
    deadline = world.clock.now() + 5
    many = range(1, 21)
    world.directory.verify_password(
        REALM, ALICE, PASSWORD, object_guid=None, known_wrong=tuple(many), others_asking=0, deadline=deadline
    )
    assert world.aws.invoked[0].question.known_wrong == tuple(many)[-8:]


# ---- the connection


def test_a_connection_is_used_again_but_not_after_a_pause(world: World) -> None:
    world.aws.answers = [said(FOUND)]
    world.look_up()
    world.clock.advance(REUSED_SECONDS)
    world.look_up()
    world.clock.advance(REUSED_SECONDS + 1)
    world.look_up()
    first, second, third = (invoked.connection for invoked in world.aws.invoked)
    assert first == second != third


def test_deadlines_of_any_length_need_few_clients(world: World) -> None:
    world.aws.answers = [said(FOUND)]
    for step in range(40):
        assert world.look_up(seconds=1 + step / 4).result is DirectoryResult.FOUND
    assert len(world.aws.invoked) == 40


# ---- the service account


def test_the_service_account_is_read_once_in_five_minutes(world: World) -> None:
    world.aws.answers = [said(FOUND)]
    world.look_up()
    world.clock.advance(KEPT_SECONDS - 1)
    world.look_up()
    assert world.aws.secrets_read == [SECRET]
    world.aws.secrets[SECRET] = secret("another")
    world.clock.advance(1)
    world.look_up()
    assert world.aws.secrets_read == [SECRET, SECRET]
    assert [invoked.question.service_account.password for invoked in world.aws.invoked] == [
        SERVICE_PASSWORD.encode(),
        SERVICE_PASSWORD.encode(),
        b"another",
    ]


def test_a_changed_secret_is_found_when_the_directory_refuses_the_old_one(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    world.verify()
    world.aws.secrets[SECRET] = secret("another")
    world.clock.advance(ASKED_AGAIN_AFTER_SECONDS + 1)
    world.aws.answers = [said(REFUSED), said(RIGHT)]
    assert world.verify() == RIGHT
    assert [invoked.question.service_account.password for invoked in world.aws.invoked[1:]] == [
        SERVICE_PASSWORD.encode(),
        b"another",
    ]
    world.verify()
    assert world.aws.secrets_read == [SECRET, SECRET]


def test_an_unchanged_secret_is_not_tried_twice(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    world.verify()
    world.clock.advance(ASKED_AGAIN_AFTER_SECONDS + 1)
    world.aws.answers = [said(REFUSED), said(RIGHT)]
    assert world.verify() == REFUSED
    assert len(world.aws.invoked) == 2


def test_a_secret_that_was_just_read_is_not_read_again(world: World) -> None:
    world.aws.answers = [said(REFUSED), said(RIGHT)]
    assert world.verify() == REFUSED
    assert len(world.aws.invoked) == len(world.aws.secrets_read) == 1


def test_a_password_that_was_sent_is_not_sent_again_whatever_became_of_the_service_account(world: World) -> None:
    world.aws.answers = [said(RIGHT)]
    world.verify()
    world.aws.secrets[SECRET] = secret("another")
    world.clock.advance(ASKED_AGAIN_AFTER_SECONDS + 1)
    world.aws.answers = [said(replace(REFUSED, was_sent=True)), said(RIGHT)]
    assert world.verify().result is DirectoryResult.SERVICE_ACCOUNT_REFUSED
    assert len(world.aws.invoked) == 2


def test_a_refused_service_account_is_left_alone_for_a_while_so_that_it_is_not_locked(world: World) -> None:
    world.aws.answers = [said(REFUSED), said(RIGHT)]
    world.verify()
    world.clock.advance(ASKED_AGAIN_AFTER_SECONDS - 1)
    for _ in range(10):
        answer = world.verify()
        assert (answer.result, answer.was_sent) == (DirectoryResult.SERVICE_ACCOUNT_REFUSED, False)
    assert len(world.aws.invoked) == 1
    world.clock.advance(1)
    assert world.verify() == RIGHT
    assert world.aws.secrets_read == [SECRET, SECRET]


@pytest.mark.parametrize(
    "value",
    [
        refused(400, "ResourceNotFoundException"),
        refused(400, "AccessDeniedException"),
        refused(500, "InternalServiceError"),
        StubAnswer(body=b'{"SecretBinary": "cGxhbnRlZA=="}'),
        "planted",
        "[]",
        '{"username": "planted"}',
        '{"username": "planted", "password": ""}',
        '{"username": "planted", "password": 7}',
        '{"username": "planted", "password": "x", "password": "y"}',
    ],
    ids=str,
)
def test_without_a_service_account_no_directory_is_asked(world: World, value: str | StubAnswer) -> None:
    world.aws.secrets[SECRET] = value
    answer = world.verify()
    assert (answer.result, answer.was_sent) == (DirectoryResult.UNAVAILABLE, False)
    assert answer.detail is not None
    assert SECRET in answer.detail
    assert "planted" not in answer.detail
    assert world.aws.invoked == []


# ---- settings


def test_a_deployment_without_the_function_says_what_is_missing(aws: StubAws) -> None:
    directory = Composition(settings(aws.url, function=None), clock=FakeClock()).directory
    answer = directory.look_up(REALM, ALICE, 2e9)
    assert answer.result is DirectoryResult.UNAVAILABLE
    assert answer.detail == "VERIFY_PASSWORD_FUNCTION is not set, so no directory can be asked"
    assert aws.secrets_read == []


def test_a_realm_without_a_directory_asks_nobody(world: World) -> None:
    answer = world.directory.look_up(Realm("plain"), ALICE, 2e9)
    assert (answer.result, answer.detail) == (DirectoryResult.UNAVAILABLE, "the realm plain has no directory")
    assert world.aws.secrets_read == []


def test_a_fault_of_ours_is_an_answer_too() -> None:
    def make_client(_service: str, _config: Config) -> object:
        raise RuntimeError("planted")

    directory: Directory = LambdaDirectory(make_client=make_client, function="f", deployment="d", clock=FakeClock())
    answer = directory.look_up(REALM, ALICE, 2e9)
    assert (answer.result, answer.detail) == (DirectoryResult.UNAVAILABLE, "a fault of ours: RuntimeError")


# ---- secrets stay inside


def test_no_secret_is_in_a_log_an_error_or_a_repr(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    shown = []
    for stubbed, _ in FAULTS.values():
        world.aws.answers = [stubbed]
        shown.append(repr(world.verify()))
    world.aws.answers = [said(RIGHT)]
    shown.append(repr(world.verify()))
    shown += [repr(invoked.question) for invoked in world.aws.invoked]
    shown += [repr(world.directory), repr(vars(world.directory)["_accounts"]._known)]
    everything = caplog.text + "".join(shown)
    for planted in (PASSWORD, SERVICE_PASSWORD.encode()):
        assert planted.decode() not in everything
        assert base64url(planted) not in everything
        assert repr(planted) not in everything


def test_the_fake_is_a_directory_as_well() -> None:
    fake: Directory = FakeDirectory()
    account = DirectoryAnswer(result=DirectoryResult.UNKNOWN_USER, controller="dc1.corp.example.test")
    assert fake.look_up(REALM, ALICE, 2e9) == account
