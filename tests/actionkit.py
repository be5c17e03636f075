"""A step of a workflow as GitHub's runner starts it, and what the runner would make of its output.

`Step` holds the environment; `Step.run` runs the entrypoint in this process. The log is read the way the runner reads
it (actions/runner, `ActionCommand.cs`): what would be a command is one, whoever wrote it.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amts_action.actions.run import run_action

__all__ = ["OURS", "Command", "Result", "Step"]

OURS = frozenset({"add-mask", "group", "endgroup", "notice", "warning", "error"})
"""The commands that the action may give."""


@dataclass(frozen=True)
class Command:
    """A workflow command that the runner found in a log."""

    name: str
    properties: dict[str, str]
    data: str


def commands_in(log: str) -> list[Command]:
    """The commands that the runner would carry out, in both of the forms that it knows."""
    found = []
    for line in re.split(r"\r\n|\r|\n", log):
        match = re.match(r"\s*::(?P<name>[^ :]+)(?: (?P<properties>.*?))?::(?P<data>.*)", line) or re.search(
            r"##\[(?P<name>[^\] ]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)", line
        )
        if match:
            pairs = [part.partition("=") for part in (match["properties"] or "").split(",") if part]
            properties = {key.strip(): _plain(value, in_property=True) for key, _, value in pairs}
            found.append(Command(match["name"], properties, _plain(match["data"])))
    return found


def _plain(text: str, *, in_property: bool = False) -> str:
    codes = {"%0D": "\r", "%0A": "\n"} | ({"%3A": ":", "%2C": ","} if in_property else {}) | {"%25": "%"}
    for code, char in codes.items():
        text = text.replace(code, char)
    return text


@dataclass(frozen=True)
class Result:
    """What a step left behind."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def commands(self) -> list[Command]:
        """The commands in the log."""
        return commands_in(self.log)

    def annotations(self, level: str) -> list[Command]:
        """The annotations of a level."""
        return [command for command in self.commands if command.name == level]


@dataclass
class Step:
    """A step in a repository `name`; `inputs` are what stands under `with:`."""

    folder: Path
    name: str
    server: str
    api: str
    token: str
    event: str = "push"
    payload: dict[str, Any] = field(default_factory=dict)
    ref: str = "refs/heads/main"
    sha: str = ""

    def __post_init__(self) -> None:
        for part in ("workspace", "commands", "home"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)

    @property
    def workspace(self) -> Path:
        """The workspace, empty unless a test checks something out there."""
        return self.folder / "workspace"

    def environment(self, inputs: Mapping[str, str]) -> dict[str, str]:
        """The variables of the step (docs.github.com, "Variables reference")."""
        for name in ("output", "summary"):
            (self.folder / "commands" / name).write_bytes(b"")
        event = self.folder / "event.json"
        event.write_text(json.dumps(self.payload), encoding="utf-8")
        given = {"github-token": self.token, "config": "amts.toml", "dry-run": "false", "report-dir": "amts-report"}
        return {
            "HOME": str(self.folder / "home"),
            "CI": "true",
            "AMTS_GATE": "off",  # engines of tests answer in English on purpose
            "AMTS_CACHE_DIR": str(self.folder / "cache"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_REPOSITORY": self.name,
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REF": self.ref,
            "GITHUB_SHA": self.sha,
            "GITHUB_SERVER_URL": self.server,
            "GITHUB_API_URL": self.api,
            "GITHUB_OUTPUT": str(self.folder / "commands" / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "commands" / "summary"),
            **{f"INPUT_{name.upper()}": value for name, value in {**given, **inputs}.items()},
        }

    def run(self, **inputs: str) -> Result:
        """Runs the step; underscores in the names of inputs stand for hyphens."""
        environ = self.environment({name.replace("_", "-"): value for name, value in inputs.items()})
        stream = io.StringIO()
        code = run_action(environ, stream)
        assert not any("TOKEN" in name for name in environ), "a token stayed in the environment"
        return self.result(code, stream.getvalue())

    def result(self, code: int, log: str) -> Result:
        """What the step left behind, its files read as the runner reads them."""
        output = (self.folder / "commands" / "output").read_text(encoding="utf-8")
        summary = (self.folder / "commands" / "summary").read_text(encoding="utf-8")
        for text in (output, summary, *(line for line in log.split("\n") if not line.startswith("::add-mask::"))):
            assert self.token not in text, "the token is shown"
        return Result(code, log, outputs_in(output), summary)


def outputs_in(text: str) -> dict[str, str]:
    """The outputs in a file of `NAME<<DELIMITER` parts; fails on anything else, as the runner does."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        name, sign, delimiter = line.partition("<<")
        assert sign, f"neither an output nor the end of one: {line}"
        value = []
        for inner in lines:
            if inner == delimiter:
                break
            value.append(inner)
        else:
            raise AssertionError(f"{name} does not end")
        found[name] = "\n".join(value)
    return found
