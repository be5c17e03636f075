"""Engines of other people's packages, installed as real distributions with entry points."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from amts_action.engines.model import EngineSettings, Segment, Translation
from amts_action.engines.registry import GROUP, create_engine
from amts_action.errors import AmtsError, EngineError, InputError, LimitError

GOOD = """
from amts_action.engines.model import Translation

class Shout:
    name = "shout"

    def __init__(self, mark):
        self.mark = mark

    @classmethod
    def from_settings(cls, settings):
        return cls(settings.options.get("mark", "!"))

    def translate(self, segments, *, source_lang, target_lang):
        return [Translation(s.id, s.text + self.mark, (), "machine") for s in segments]
"""
MADE_BY = (
    "from amts_action.engines.model import Translation\n"
    "from amts_action.engines.service.acceptance import Reply\n"
    "def make(settings):\n    {0}\n"
)


def install(folder: Path, package: str, module: str, code: str, **names: str) -> None:
    """Puts a distribution with one module and its entry points where Python looks for packages."""
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    points = "\n".join(f"{name} = {module}:{what}" for name, what in names.items())
    (info / "entry_points.txt").write_text(f"[{GROUP}]\n{points}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of packages on the path, whose modules are forgotten afterwards."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    for name in set(sys.modules) - before:
        if name.startswith("plug"):
            del sys.modules[name]


def asked(name: str, **options: str) -> list[Translation]:
    engine = create_engine(name, EngineSettings(options=options))
    return engine.translate([Segment("1", "a"), Segment("2", "b")], source_lang="en", target_lang="zh")


def test_an_engine_of_another_package_is_found_by_its_name(site: Path) -> None:
    """A distribution that names an engine can be chosen like our own, and gets its options."""
    install(site, "plug-shout", "plug_shout", GOOD, shout="Shout")
    assert [t.text for t in asked("shout")] == ["a!", "b!"]
    assert [t.text for t in asked("shout", mark="?")] == ["a?", "b?"]
    with pytest.raises(InputError, match=r"choose one of: .*shout"):
        create_engine("babel")


def test_two_packages_with_one_name_are_refused(site: Path) -> None:
    """Which of two engines translates is never left to chance, and nobody can take the place of ours."""
    install(site, "plug-one", "plug_one", GOOD, shout="Shout", memory="Shout")
    install(site, "plug-two", "plug_two", GOOD, shout="Shout")
    with pytest.raises(InputError, match="'shout' is offered by several packages: plug-one, plug-two; uninstall"):
        create_engine("shout")
    with pytest.raises(InputError, match="'memory' is offered by several packages: amts, plug-one"):
        create_engine("memory")


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        ("1 / 0", InputError, "plug-bad cannot be made (ZeroDivisionError: division by zero)"),
        ("raise SystemError('a\\nb')", InputError, "(SystemError: a b)"),
        ("return 7", InputError, "has no `translate`"),
        ("return type('E', (), {'translate': lambda *a, **k: 1 / 0})()", EngineError, "it failed (ZeroDivisionError"),
        ("return type('E', (), {'translate': lambda *a, **k: None})()", EngineError, "it failed (TypeError"),
        ("return type('E', (), {'translate': lambda *a, **k: []})()", EngineError, "one translation for each"),
        ("return type('E', (), {'translate': lambda *a, **k: ['a', 'b']})()", EngineError, "one translation for each"),
        ("return type('E', (), {'translate': lambda *a, **k: [None, 7, b'x']})()", EngineError, "one translation for"),
        (
            "import sys; return type('E', (), {'translate': lambda *a, **k: sys.exit(9)})()",
            EngineError,
            "(SystemExit: 9",
        ),
        ("import sys; sys.exit(9)", InputError, "cannot be made (SystemExit: 9)"),
        ("return type('E', (), {'send': lambda *a: None})()", EngineError, "it failed (TypeError"),
        ("return type('E', (), {'send': lambda *a: ['a', 'b']})()", EngineError, "it did not give replies to what"),
        ("return type('E', (), {'send': lambda *a: [(0, 'a')]})()", EngineError, "it did not give replies to what"),
        ("return type('E', (), {'send': lambda *a: [(5, Reply('a'))]})()", EngineError, "it did not give replies to"),
        ("return type('E', (), {'send': lambda *a: [(0, Reply(b'a'))]})()", EngineError, "it did not give replies to"),
        ("return type('E', (), {'send': lambda *a: [(0, Reply('a'), 9)]})()", EngineError, "it did not give replies"),
        ("return type('E', (), {'send': lambda *a: []})()", EngineError, "nothing was translated: no reply"),
    ],
)
def test_a_broken_engine_is_one_line(site: Path, code: str, error: type[AmtsError], message: str) -> None:
    """Whatever other people's code raises or returns, the user reads one line that names the package or engine."""
    install(site, "plug-bad", "plug_bad", MADE_BY.format(code), bad="make")
    with pytest.raises(error) as caught:
        asked("bad")
    assert message in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "texts", "flag"),
    [
        ("'translate': lambda *a, **k: [Translation('1', 'b'), Translation('0', 'a')]", ["a", "b"], ""),
        ("'translate': lambda *a, **k: [Translation('1', 'b')]", [None, "b"], "no reply"),
        ("'translate': lambda *a, **k: [Translation('0', 'a'), None, Translation('7', 'x')]", ["a", None], "no reply"),
        ("'translate': lambda *a, **k: [Translation('0', 'a'), Translation('0', 'x')]", ["a", None], "no reply"),
        ("'translate': lambda *a, **k: [Translation('0', 7), Translation('1', 'b')]", [None, "b"], "no reply"),
        (
            "'translate': lambda *a, **k: (Translation(str(2 // (2 - n)), 'b') for n in (0, 2))",
            [None, "b"],
            "it failed",
        ),
        ("'send': lambda *a: [(1, Reply('b'))]", [None, "b"], "no reply"),
        ("'send': lambda *a: ((1 // (1 - n), Reply('b')) for n in (0, 1))", [None, "b"], "it failed"),
        ("'send': lambda *a: [(0, Reply('x')), (0, Reply('a')), (1, Reply('b'))]", ["a", "b"], ""),
        ("'send': lambda *a: [(0, Reply('a')), (1, Reply(None, 'refused: no'))]", ["a", None], "refused: no"),
        (
            "'send': lambda *a: [(0, Reply('a')), (1, Reply('b'))], 'depends_on': lambda *a: [{1, 2}, object]",
            ["a", "b"],
            "",
        ),
    ],
)
def test_what_an_engine_does_well_is_used(
    site: Path, tmp_path: Path, code: str, texts: list[str | None], flag: str
) -> None:
    """Fewer results, more, in another order, or an error after some: each stands with its text or with none."""
    install(site, "plug-odd", "plug_odd", MADE_BY.format(f"return type('E', (), {{{code}}})()"), odd="make")
    engine = create_engine("odd", EngineSettings(cache_path=tmp_path / "replies.sqlite"))
    done = engine.translate([Segment("x", "One."), Segment("y", "Two.")], source_lang="en", target_lang="zh")
    assert [t.text for t in done] == texts
    assert all(flag in " ".join(t.flags) for t in done if t.text is None)


def test_an_engine_of_another_package_may_be_a_whole_machine(site: Path) -> None:
    """`MachineEngine` is there for them: their backend, our limits, cache and checks."""
    code = (
        "from amts_action.engines.service.acceptance import Reply\n"
        "from amts_action.engines.service.machine import MachineEngine\n"
        "class Theirs:\n"
        "    name = 'theirs'\n"
        "    def send(self, requests, source_lang, target_lang):\n"
        "        for n, request in enumerate(requests):\n"
        "            yield n, Reply('好' + request.text)\n"
        "def make(settings):\n"
        "    return MachineEngine(Theirs(), settings)\n"
    )
    install(site, "plug-machine", "plug_machine", code, theirs="make")
    assert [t.text for t in asked("theirs")] == ["好a", "好b"]
    with pytest.raises(LimitError):
        create_engine("theirs", EngineSettings(max_characters=1)).translate(
            [Segment("1", "Words.")], source_lang="en", target_lang="zh"
        )


def test_an_engine_that_cannot_be_imported_is_one_line(site: Path) -> None:
    """A package that lacks what it needs names itself."""
    install(site, "plug-gone", "plug_gone", "import no_such_module_at_all\n", gone="make")
    with pytest.raises(InputError, match=r"plug-gone cannot be made \(ModuleNotFoundError"):
        create_engine("gone")


class _Libre(BaseHTTPRequestHandler):
    """A service such as the documented engine is made for."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert set(asked) == {"q", "source", "target", "format"} and self.path == "/translate"
        status = 500 if "fail" in asked["q"] else 200
        body = json.dumps({"translatedText": f"{asked['target']}:{asked['q']}"}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *about: object) -> None:
        """Says nothing."""


def test_the_documented_engine_works(site: Path) -> None:
    """The example of docs/engines.md, installed as it stands there, translates through its service."""
    page = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(\"\"\"The engine `libre`.*?)```", page, re.S)
    point = re.search(r'```toml\n\[project.entry-points."amts_action.engines"\]\nlibre = "(\w+):(\w+)"\n```', page)
    assert code and point and len([line for line in code.group(1).splitlines() if line.strip()]) <= 30
    install(
        site, "amts-libre", point.group(1), code.group(1).replace("amts_libre", point.group(1)), libre=point.group(2)
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Libre)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        engine = create_engine(
            "libre", EngineSettings(options={"address": f"http://127.0.0.1:{server.server_address[1]}"})
        )
        segments = [Segment("1", "Use `f` & *more*."), Segment("2", "They fail.")]
        done = engine.translate(segments, source_lang="en", target_lang="zh")
    finally:
        server.shutdown()
        server.server_close()
        sys.modules.pop(point.group(1), None)
    assert [t.text for t in done] == ["zh:Use `f` & *more*.", None]
    assert done[1].flags[0].startswith("no reply: HTTP Error 500")


def test_kept_replies_of_a_backend_are_those_of_its_settings(site: Path, tmp_path: Path) -> None:
    """A backend that does not say what its replies depend on is asked again with other options, not with the same."""
    code = (
        "return type('E', (), {'name': 'bad', 'send': lambda self, requests, *a: "
        "[(n, Reply(settings.options['mark'] + r.text)) for n, r in enumerate(requests)]})()"
    )
    install(site, "plug-bad", "plug_bad", MADE_BY.format(code), bad="make")
    for mark in ("x", "y", "x"):
        engine = create_engine("bad", EngineSettings(options={"mark": mark}, cache_path=tmp_path / "replies.sqlite"))
        (given,) = engine.translate([Segment("1", "A word.")], source_lang="en", target_lang="zh")
        assert given.text == f"{mark}A word."
