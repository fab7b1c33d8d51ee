"""/api/sources and what follows from it at the webhook: keys, rotation, limits, replays."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from starlette.requests import ClientDisconnect

from gateway.limits import Buckets, Limit
from gateway.problems import Problem
from tests.gateway.conftest import fields_at_fault, sign_in
from tests.gateway.test_webhook import PATH, signed
from tests.support import ADMIN, Gateway, Workspace
