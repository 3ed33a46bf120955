"""One fresh deployment per test, with one user and her phone."""

import pytest

from tests.fakes.phone import Phone
from tests.functions.devices.world import DeviceWorld


@pytest.fixture
def world() -> DeviceWorld:
    return DeviceWorld()


@pytest.fixture
def phone(world: DeviceWorld) -> Phone:
    return world.phone()
