"""Keeping the configuration: the last good one stays, nothing ends the refresher, ETags are opaque."""

import asyncio
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mfa.contract import EdgeConfiguration
from radius_edge.backend import BackendError, Fetched
from radius_edge.configuration import BackendSource, Configuration, ConfigurationError, FileSource, Refresher
from radius_edge.gateway.faults import Fault
from radius_edge.logs import LogLines
from radius_edge.metrics import Metrics
from tests.fakes.edge_configuration import LOGIN_ID_KEY, client, configuration, upstream

EMPTY = EdgeConfiguration(revision="0", login_id_key=LOGIN_ID_KEY, clients=()).to_json()


class FakeBackend:
    """GET /clients with a script: what is raised or answered, one after the other; the last one for ever."""

    def __init__(self, *script: Exception | Fetched) -> None:
        self.script = list(script)
        self.etags: list[str | None] = []

    async def fetch_clients(self, etag: str | None) -> Fetched:
        self.etags.append(etag)
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Watched:
    """A refresher, and what it did."""

    def __init__(self, source: BackendSource | FileSource, current: Configuration | None = None) -> None:
        self.used: list[str] = []
        self.broken: list[tuple[str, Exception]] = []
        self.reader, writer = os.pipe()
        self._writer = writer
        self.log = LogLines(writer, lambda seconds, call: None)
        self.metrics = Metrics()
        self.refresher = Refresher(
            source,
            lambda configuration: self.used.append(configuration.revision),
            self.log,
            self.metrics,
            lambda place, error: self.broken.append((place, error)),
            current=current,
        )

    def refresh(self, times: int = 1) -> list[bool]:
        async def turns() -> list[bool]:
            return [await self.refresher._refresh() for _ in range(times)]

        return asyncio.run(turns())

    def lines(self) -> list[dict[str, object]]:
        self.log.close()
        os.close(self._writer)
        with os.fdopen(self.reader, "rb") as reader:
            return [json.loads(line) for line in reader.read().splitlines()]


def from_backend(*script: Exception | Fetched) -> tuple[Watched, FakeBackend]:
    backend = FakeBackend(*script)
    return Watched(BackendSource(backend)), backend  # type: ignore[arg-type]


def test_the_etag_goes_back_as_it_came_whatever_the_revision_is() -> None:
    watched, backend = from_backend(Fetched(configuration(revision="7"), 'W/"pins-and-revision"'), Fetched(None, "x"))
    assert watched.refresh(3) == [True, True, True]
    assert backend.etags == [None, 'W/"pins-and-revision"', 'W/"pins-and-revision"']
    assert watched.used == ["7"]
    watched.lines()


def test_a_document_with_the_same_revision_and_another_etag_is_used() -> None:
    one, two = Fetched(configuration(revision="7"), '"a"'), Fetched(configuration(revision="7"), '"b"')
    watched, _ = from_backend(one, two)
    watched.refresh(2)
    assert watched.used == ["7", "7"]
    watched.lines()


def test_a_configuration_without_clients_does_not_replace_one_with_clients() -> None:
    good, empty = Fetched(configuration(revision="1"), '"1"'), Fetched(EMPTY, '"0"')
    watched, backend = from_backend(good, empty)
    assert watched.refresh(3) == [True, False, False]
    assert watched.used == ["1"]
    assert backend.etags == [None, '"1"', None], "it is not remembered as the one in use"
    lines = watched.lines()
    assert [line["event"] for line in lines[1:]] == ["alarm", "configuration_refused"] * 2
    assert lines[1]["reason"] == "configuration_empty"
    assert watched.metrics.counter("alarms_total", "alarm", "configuration_empty").value == 2


def test_the_first_configuration_may_be_empty() -> None:
    watched, _ = from_backend(Fetched(EMPTY, '"0"'))
    assert watched.refresh() == [True]
    watched.lines()


def test_an_error_that_nobody_thought_of_does_not_end_the_refresher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radius_edge.configuration.FIRST_RETRY_SECONDS", 0.01)
    error = RuntimeError("can't start new thread")
    watched, _ = from_backend(error, error, Fetched(configuration(revision="3"), None))
    asyncio.run(_run_until(watched.refresher, lambda: bool(watched.used)))
    assert watched.broken == [("configuration", error)] * 2
    watched.lines()


def test_a_backend_that_is_away_changes_nothing() -> None:
    good = Fetched(configuration(revision="1"), '"1"')
    watched, _ = from_backend(good, BackendError(Fault.UNREACHABLE))
    assert watched.refresh(2) == [True, False]
    assert watched.lines()[-1]["kept_previous"] is True


def test_a_file_with_no_clients_left_is_refused_until_it_is_repaired(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_bytes(configuration(client(), revision="1"))
    source = FileSource(file)
    current = source.read()
    watched = Watched(source, current)
    file.write_bytes(EMPTY)
    assert watched.refresh(2) == [False, False]
    file.write_bytes(configuration(client(), revision="2"))
    assert watched.refresh() == [True]
    assert watched.used == ["2"]
    watched.lines()


@pytest.mark.parametrize(
    "switch", ["accept_while_backend_unreachable_until", "chap_without_message_authenticator_until"]
)
def test_a_file_whose_permissions_end_more_than_ninety_days_ahead_is_refused(tmp_path: Path, switch: str) -> None:
    file = tmp_path / "clients.json"
    last_second = (int(time.time()) // 86_400 + 91) * 86_400 - 1
    file.write_bytes(configuration(client(**{switch: last_second})))  # type: ignore[arg-type]
    assert FileSource(file).read() is not None
    file.write_bytes(configuration(client(**{switch: last_second + 86_401})))  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=f"client corp: {switch} may lie 90 days ahead at most"):
        FileSource(file).read()


def test_a_far_end_in_a_file_keeps_the_configuration_in_use(tmp_path: Path) -> None:
    file = tmp_path / "clients.json"
    file.write_bytes(configuration(client(), revision="1"))
    source = FileSource(file)
    watched = Watched(source, source.read())
    far = client(accept_while_backend_unreachable_until=2**40)
    file.write_bytes(configuration(far, revision="2"))
    assert watched.refresh() == [False]
    assert "90 days ahead" in str(watched.lines()[-1]["error"])
    assert watched.used == []


async def _run_until(refresher: Refresher, condition: Callable[[], bool]) -> None:
    task = asyncio.create_task(refresher.run())
    async with asyncio.timeout(5):
        while not condition():
            assert not task.done()
            await asyncio.sleep(0.005)
    task.cancel()


def test_a_file_from_before_there_were_upstreams_is_read_and_one_with_them_too(tmp_path: Path) -> None:
    path = tmp_path / "clients.json"
    message = json.loads(configuration(client(), upstreams=(upstream("old", 1812),)))
    path.write_text(json.dumps(message))
    read = FileSource(path).read()
    assert read is not None
    assert read.upstreams == {"old": upstream("old", 1812)}
    del message["upstreams"]
    path.write_text(json.dumps(message))
    read = FileSource(path).read()
    assert read is not None
    assert read.upstreams == {}
