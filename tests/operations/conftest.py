"""Fixtures for the commands."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import SECRET_KEY, free_port

Fairlead = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def fairlead(database_url: str, tmp_path: Path) -> Fairlead:
    """`fairlead("source", "create", "Ads")` runs the command on the test's database and gives its output."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings = {
            "FAIRLEAD_DATABASE_URL": database_url,
            "FAIRLEAD_DATA_DIR": str(tmp_path / "data"),
            "FAIRLEAD_SECRET_KEY": SECRET_KEY,
            "FAIRLEAD_PORT": str(free_port()),
            "COLUMNS": "200",
        }
        return subprocess.run(
            [sys.executable, "-m", "gateway.cli", *arguments],
            env={**os.environ, **settings, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
