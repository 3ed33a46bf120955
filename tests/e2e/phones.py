"""Phones of test users: devices that are paired and decide through the deployed APIs, as the web app does."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from gatehouse.deployment import Target
from gatehouse.device_api import DeviceApi
from gatehouse.enrollment_api import EnrollmentApi
from gatehouse.pairing import pair
from local.credentials import REGION, ROOT_USER
from local.up import Gatehouse

SECONDS = 20.0
PAUSE_SECONDS = 0.15  # a phone asks once a second; here nobody wants to wait


@dataclass
class TestPhone:
    """``user`` is whose it is."""

    __test__ = False  # what pytest would take for a class of tests

    user: str
    api: DeviceApi
    administration: EnrollmentApi

    def prompt(self, seconds: float = SECONDS) -> dict[str, Any]:
        """The one that is shown, once it is."""
        until = time.monotonic() + seconds
        while not (found := self.api.prompts()):
            assert time.monotonic() < until, "no prompt came"
            time.sleep(PAUSE_SECONDS)
        (prompt,) = found
        return prompt

    def approve(self, number: str | None = None) -> dict[str, Any]:
        return self.api.decide(self.prompt(), "approve", number)

    def deny(self) -> dict[str, Any]:
        return self.api.decide(self.prompt(), "deny")

    def report(self) -> dict[str, Any]:
        return self.api.decide(self.prompt(), "report")


def target(gatehouse: Gatehouse) -> Target:
    credentials = {
        "aws_access_key_id": ROOT_USER.access_key_id,
        "aws_secret_access_key": ROOT_USER.secret_access_key,
    }
    ready = {"region": REGION, "aws_credentials": credentials}
    return Target(gatehouse.stack.enrollment_api_url(gatehouse.emulator), ready)


@contextmanager
def paired_phone(gatehouse: Gatehouse, user: str) -> Iterator[TestPhone]:
    administration = EnrollmentApi(target(gatehouse))
    paired = pair(target(gatehouse), administration.issue_code(user, None, None)["code"], "phone")
    yield TestPhone(user, paired.api, administration)
    administration.remove_device(user, None, paired.device_id)
