"""Settings that every test shares: nothing of the machine's user is read, and hypothesis is quick and repeatable."""

from __future__ import annotations

import pytest
from gitkit import isolate
from hypothesis import HealthCheck, settings

settings.register_profile(
    "amts", deadline=None, max_examples=30, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("amts")


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads the git configuration of the machine or of its user."""
    isolate(monkeypatch)
