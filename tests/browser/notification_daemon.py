"""A desktop's notification daemon on a session bus of its own: it sees what a browser shows, and clicks on it.

Chromium talks to ``org.freedesktop.Notifications`` also when it is headless. A click from here is a real one, with the
user activation that lets a service worker open a window.
"""

import asyncio
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

NAME: Final = "org.freedesktop.Notifications"
PROGRAM: Final = "dbus-daemon"

DBusStrings = Annotated[list[str], DBusSignature("as")]
ServerInformation = Annotated[tuple[str, str, str, str], DBusSignature("ssss")]
Pair = Annotated[tuple[int, str], DBusSignature("us")]
Closing = Annotated[tuple[int, int], DBusSignature("uu")]
BY_CALL: Final = 3  # why a notification was closed


@dataclass(frozen=True, kw_only=True)
class Shown:
    """``actions`` by what stands on the button; "default" is a click on the notification itself."""

    number: int
    title: str
    body: str
    actions: dict[str, str]


class _Notifications(ServiceInterface):
    def __init__(self) -> None:
        super().__init__(NAME)
        self.shown: list[Shown] = []

    @dbus_method("GetCapabilities")
    def capabilities(self) -> DBusStrings:
        return ["actions", "body", "persistence"]

    @dbus_method("GetServerInformation")
    def server_information(self) -> ServerInformation:
        return ("test", "test", "1.0", "1.2")

    @dbus_method("Notify")
    def notify(
        self,
        _app: DBusStr,
        replaces: DBusUInt32,
        _icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: DBusStrings,
        _hints: DBusDict,
        _timeout: DBusInt32,
    ) -> DBusUInt32:  # fmt: skip -- as the specification lists them
        number = replaces or len(self.shown) + 1
        named = {label: key for key, label in zip(actions[::2], actions[1::2], strict=True)}
        self.shown.append(Shown(number=number, title=summary, body=body, actions=named))
        return number

    @dbus_method("CloseNotification")
    def close(self, number: DBusUInt32) -> None:
        self.closed(number, BY_CALL)

    @dbus_signal("ActionInvoked")
    def invoked(self, number: int, key: str) -> Pair:
        return (number, key)

    @dbus_signal("NotificationClosed")
    def closed(self, number: int, reason: int) -> Closing:
        return (number, reason)


@dataclass
class NotificationDaemon:
    """``address`` is the session bus that the browser must be started with."""

    address: str
    _service: _Notifications = field(default_factory=_Notifications)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    @property
    def shown(self) -> list[Shown]:
        return self._service.shown

    def click(self, shown: Shown, label: str | None = None) -> None:
        """On a button, or on the notification itself."""
        key = "default" if label is None else shown.actions[label]
        # Not at once: the browser learns the number by our answer, and before that a click is on nothing it knows.
        self._loop.call_soon_threadsafe(self._loop.call_later, 0.3, self._service.invoked, shown.number, key)

    def run(self, is_ready: threading.Event, ends: threading.Event) -> None:
        self._loop.run_until_complete(self._serve(is_ready, ends))
        self._loop.close()

    async def _serve(self, is_ready: threading.Event, ends: threading.Event) -> None:
        bus = await MessageBus(bus_address=self.address).connect()
        bus.export("/org/freedesktop/Notifications", self._service)
        await bus.request_name(NAME)
        is_ready.set()
        while not ends.is_set():  # noqa: ASYNC110 -- the end comes from another thread
            await asyncio.sleep(0.02)
        bus.disconnect()
        await bus.wait_for_disconnect()


@contextmanager
def notification_daemon() -> Iterator[NotificationDaemon]:
    program = shutil.which(PROGRAM)
    assert program is not None
    command = [program, "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as bus:
        daemon = NotificationDaemon(_first_line(bus))
        is_ready, ends = threading.Event(), threading.Event()
        thread = threading.Thread(target=daemon.run, args=(is_ready, ends))
        thread.start()
        assert is_ready.wait(10)
        try:
            yield daemon
        finally:
            ends.set()
            thread.join()
            bus.terminate()


def _first_line(bus: "subprocess.Popen[str]") -> str:
    stdout: Any = bus.stdout
    return str(stdout.readline()).strip()
