"""Why a directory says Failed, read from what reached the edges; and waiting for it to say something."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gatehouse.directories.arrivals import Arrival, Fate, decided, from_edge
from gatehouse.directories.directory import Directory, Kind, Status
from gatehouse.directories.explanation import Evidence, explain
from gatehouse.directories.learned import learned
from gatehouse.directories.waiting import Wait
from gatehouse.findings import Grade

FIRST, SECOND = "10.0.1.10", "10.0.2.10"
DIRECTORY = Directory(
    id="d-1", name="corp", kind=Kind.MICROSOFT_AD, stage="Active", controllers=(FIRST, SECOND), security_group=None
)


def came(source: str, fate: Fate, reason: str = "") -> Arrival:
    return Arrival(at=0, source=source, fate=fate, reason=reason)


def explained(
    *arrivals: Arrival, failed: bool = True, edge_log: bool = True, complete: bool = True
) -> list[tuple[Grade, str]]:
    evidence = Evidence(arrivals=arrivals, edge_log=edge_log, decisions=True, complete=complete)
    return [(one.grade, one.text) for one in explain([FIRST, SECOND], evidence, failed=failed)]


def texts(found: Sequence[tuple[Grade, str]], grade: Grade) -> list[str]:
    return [text for one, text in found if one is grade]


def test_nothing_from_anywhere_is_the_network() -> None:
    assert texts(explained(), Grade.PROBLEM) == [f"{one}: nothing of it reached an edge" for one in (FIRST, SECOND)]


def test_a_directory_that_works_may_be_silent() -> None:
    found = explained(failed=False)
    assert texts(found, Grade.PROBLEM) == []
    assert len(texts(found, Grade.WARNING)) == 2


def profile(*traits: str, pins: tuple[str, ...] = ()) -> dict[str, object]:
    return {"name": "directory", "pins": list(pins), "traits": [{"trait": one, "first_seen": 1} for one in traits]}


@pytest.mark.parametrize(
    ("traits", "said"),
    [
        (("message-authenticator:valid",), "1 of 2 controllers are pinned: MS-CHAPv2 would be believed"),
        (("message-authenticator:absent",), "sends no Message-Authenticator"),
        (("message-authenticator:absent", "message-authenticator:valid"), "with Message-Authenticator and without"),
    ],
)
def test_what_a_directory_was_learned_to_send_is_told(traits: tuple[str, ...], said: str) -> None:
    spoken, proof = learned(profile("protocol:pap", "user-name:name", *traits, pins=(FIRST,)), [FIRST, SECOND])
    assert spoken.text == "client directory has sent pap, with user names of the form name"
    assert said in proof.text


def test_a_client_of_which_nothing_was_learned_is_told_of() -> None:
    (only,) = learned(profile(), [FIRST])
    assert (only.grade, "never read" in only.text) == (Grade.WARNING, True)


def test_without_the_edge_s_log_nothing_is_claimed_of_the_network() -> None:
    found = explained(edge_log=False)
    assert texts(found, Grade.PROBLEM) == []
    assert all("its log" in one for one in texts(found, Grade.WARNING))


@pytest.mark.parametrize("edge_log", [True, False])
@pytest.mark.parametrize("came_before", [(), (came(FIRST, Fate.REJECTED, "probe_name"),)])
def test_of_logs_that_were_cut_short_absence_is_no_problem(came_before: tuple[Arrival, ...], edge_log: bool) -> None:
    found = explained(*came_before, complete=False, edge_log=edge_log)
    assert texts(found, Grade.PROBLEM) == []
    assert f"{SECOND}: not known whether anything of it reached an edge" in texts(found, Grade.WARNING)
    assert sum("not read to their end" in one for one in texts(found, Grade.WARNING)) == 1


def test_of_logs_that_were_cut_short_no_way_back_is_judged() -> None:
    arrivals = [came(one, Fate.REJECTED, "probe_name") for one in (FIRST, SECOND)]
    assert texts(explained(*arrivals, complete=False), Grade.PROBLEM) == []


def test_what_is_in_logs_that_were_cut_short_counts() -> None:
    (text, *_) = texts(explained(came(FIRST, Fate.DISCARDED, "bad_ma"), complete=False), Grade.PROBLEM)
    assert "shared secret of the directory is another" in text


@pytest.mark.parametrize("reason", ["bad_ma", "bad_authenticator"])
def test_what_cannot_be_verified_has_another_secret(reason: str) -> None:
    (text, *_) = texts(explained(came(FIRST, Fate.DISCARDED, reason)), Grade.PROBLEM)
    assert "shared secret of the directory is another" in text


def test_a_password_that_decodes_to_garbage_has_another_secret() -> None:
    (text, *_) = texts(explained(came(FIRST, Fate.REJECTED_BY_EDGE, "password_not_text")), Grade.PROBLEM)
    assert "shared secret" in text


def test_one_controller_of_two_that_does_not_arrive_is_named() -> None:
    found = explained(came(FIRST, Fate.REJECTED, "probe_name"))
    assert texts(found, Grade.PROBLEM) == [f"{SECOND}: nothing of it reached an edge"]


def test_probes_that_were_answered_and_not_taken_are_the_way_back() -> None:
    arrivals = [came(one, Fate.REJECTED, "probe_name") for one in (FIRST, SECOND)]
    assert "the answers were not taken" in texts(explained(*arrivals), Grade.PROBLEM)[0]
    assert texts(explained(*arrivals, failed=False), Grade.PROBLEM) == []


def test_reasons_about_users_say_that_the_connection_works() -> None:
    found = explained(came(FIRST, Fate.REJECTED, "wrong_code"), came(SECOND, Fate.ACCEPTED), failed=False)
    assert [grade for grade, _ in found] == [Grade.OK, Grade.OK]


def test_equal_arrivals_are_counted() -> None:
    found = explained(*[came(FIRST, Fate.DISCARDED, "unknown_client")] * 3)
    assert "3 × discarded (unknown_client)" in found[0][1]


def test_lines_of_an_edge_and_of_the_function_are_read() -> None:
    login = {"event": "login", "outcome": "reject", "client": "c", "source_ip": FIRST, "at": 5.0}
    assert from_edge(login) is None  # decided by the backend, which has the better record
    assert from_edge({**login, "reason": "deadline"}) == Arrival(
        at=5.0, source=FIRST, fate=Fate.REJECTED_BY_EDGE, reason="deadline"
    )
    discarded = from_edge({"event": "discarded", "reason": "bad_ma", "source_ip": FIRST})
    assert discarded is not None
    assert discarded.fate is Fate.DISCARDED
    assert from_edge({"event": "metrics"}) is None
    assert from_edge({"event": "alarm", "reason": "x", "source_ip": FIRST}) is None
    accepted = decided({"message": "login decided", "source_ip": FIRST, "outcome": "accept", "reason": "none"})
    assert accepted is not None
    assert (accepted.fate, accepted.reason) == (Fate.ACCEPTED, "")
    assert decided({"message": "subscriber changed"}) is None


# ---------------------------------------------------------------- waiting


class Turns:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds


def waited(statuses: list[Status | None], seconds: float = 600) -> tuple[Status | None, int]:
    """The status in the end, and how many looks it took; the last one goes on for ever."""
    looks = 0

    def look() -> Directory:
        nonlocal looks
        looks += 1
        return replace(DIRECTORY, status=statuses[min(looks, len(statuses)) - 1])

    wait = Wait(patience=Turns(), seconds=seconds, tell=lambda _seconds, _status: None)
    return wait.until_settled(look).status, looks


def test_the_wait_ends_when_creating_has_ended() -> None:
    assert waited([Status.CREATING, Status.CREATING, Status.COMPLETED]) == (Status.COMPLETED, 3)
    assert waited([Status.CREATING, Status.FAILED]) == (Status.FAILED, 2)


def test_a_status_that_was_there_before_counts_only_after_half_a_minute() -> None:
    assert waited([Status.COMPLETED, Status.CREATING, Status.FAILED]) == (Status.FAILED, 3)
    assert waited([Status.FAILED, Status.CREATING, Status.COMPLETED]) == (Status.COMPLETED, 3)
    assert waited([Status.COMPLETED]) == (Status.COMPLETED, 4)


def test_the_wait_has_an_end() -> None:
    assert waited([Status.CREATING], seconds=60) == (Status.CREATING, 7)
    assert waited([None], seconds=0) == (None, 1)
