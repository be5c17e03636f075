"""Settings that every test shares: nothing of the machine's user is read, and hypothesis is quick and repeatable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gitkit import isolate
from hypothesis import HealthCheck, settings
from thorough import THOROUGH, examples

from amts_action.processes import end_helpers

if TYPE_CHECKING:
    from aws.cloud import Cloud

collect_ignore = ["book", "browser"]
"""Run by `.ci/book` and `.ci/browser`, in environments with Sphinx, d2lbook and a browser."""

settings.register_profile(
    "amts", examples(30), deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("amts")

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `engines.gate.score.arrays`, whoever loads numpy first
_CACHES = count()
"""Numbers of folders for replies, which only few tests make."""


def pytest_configure(config: pytest.Config) -> None:
    """Says what our mark means."""
    config.addinivalue_line("markers", "whole: a whole run of the real thing; left out unless AMTS_THOROUGH is set")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves whole runs to `.ci/run`, save where a file or a test is asked for by its name."""
    if THOROUGH or any(".py" in Path(argument).name for argument in config.args):
        return
    left = [item for item in items if item.get_closest_marker("whole")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.fixture(autouse=True)
def _no_process_stays() -> Iterator[None]:
    """What a test has opened reads in no other test."""
    yield
    end_helpers()


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads the git configuration of the machine or of its user, or what another test's engine has answered.

    The gate is off: the engines of most tests answer in English on purpose.
    """
    isolate(monkeypatch)
    monkeypatch.setenv("AMTS_CACHE_DIR", str(tmp_path_factory.getbasetemp() / f"cache-{next(_CACHES)}"))
    monkeypatch.setenv("AMTS_GATE", "off")


@pytest.fixture(scope="session")
def _sky() -> Iterator[Cloud]:
    """The servers, started once for all tests of a process."""
    from aws.cloud import Cloud  # which takes a second to import

    with Cloud() as running:
        yield running


@pytest.fixture
def cloud(_sky: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """S3 and Amazon Translate on loopback, new and empty, to which all clients of AWS are led.

    Neither may do anything wrong itself.
    """
    _sky.reset()
    for name, value in _sky.environ().items():
        if not name.startswith("AMTS_"):
            monkeypatch.setenv(name, value)
    yield _sky
    assert _sky.translate.problems == []
