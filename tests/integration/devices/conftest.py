"""Phones on one deployment: in memory, and on the real adapters with AWS in this process."""

from collections.abc import Iterator

import pytest

from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.functions.devices.world import DeviceWorld
from tests.integration.enrollment.conftest import on_aws


@pytest.fixture
def aws() -> Iterator[AwsInProcess]:
    with aws_in_process() as aws:
        yield aws


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> DeviceWorld:
    if request.param == "memory":
        return DeviceWorld()
    company = on_aws(request.getfixturevalue("aws"))
    return DeviceWorld(company=company.enrollment)
