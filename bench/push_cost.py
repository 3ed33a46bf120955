"""What a login by push costs: ``python -m bench.push_cost``.

Calls to DynamoDB are counted on an in-process AWS, while the real services do one login: it asks, rings, is looked at,
decided and told. Transitions are counted in the state machine's definition. Questions of the edge are simulated
(``push_polls``). The milliseconds of the functions are taken as below: they are seldom a tenth of the sum. Prices are those
of us-east-1, in dollars.
"""

import json
import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from bench.dynamodb_units import Bill, bill, recorded
from bench.push_polls import MEDIAN_SECONDS, alone, shared
from mfa.adapters.system import SystemClock
from mfa.bootstrap import Composition
from mfa.contract.fields import base64url
from mfa.domain.device_signatures import DeviceDecision
from mfa.domain.login_transactions import LoginTransaction
from mfa.push_ports import PushDelivery
from mfa.services.device_authentication import PairedDevice, SignedRequest
from mfa.services.push_decisions import SignedDecision
from tests.fakes.aws import AwsInProcess, aws_in_process
from tests.fakes.clock import FakeClock
from tests.fakes.login_world import Answer
from tests.fakes.phone import Phone, as_javascript_writes
from tests.fakes.push_sender import FakePushSender
from tests.fakes.push_world import EDGE, PHONE, PushWorld
from tests.fakes.real_world import real_stores
