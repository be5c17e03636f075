"""The plan of the house: which room may import which, no circle, and no room without inner order."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import amts_action

HOME = Path(amts_action.__file__).resolve().parent
ORDER = (
    "__init__", "errors", "tokens", "pace", "processes", "settings", "documents", "alignment", "markup", "memory",
    "engines", "companions", "merging", "git",
    "books", "reports", "training", "exchange", "runs", "publishing", "evaluation", "corpora", "sphinx", "api",
    "actions", "commands", "cli", "__main__",
)  # fmt: skip
"""The rooms in the order of the work. A room imports rooms that stand before it, and no other."""
MIDDLE = ("documents", "alignment", "merging")
WINGS = ("training", "exchange", "evaluation", "corpora", "sphinx")
MOST_MODULES = 12
"""A room with more of them needs inner rooms."""


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name below it."""
    names = {p.relative_to(HOME).with_suffix("").as_posix().replace("/", "."): p for p in HOME.rglob("*.py")}
    return {name.removesuffix(".__init__"): path for name, path in names.items()}


@cache
def statements(path: Path) -> tuple[ast.Import | ast.ImportFrom | ast.ClassDef, ...]:
    """The imports and classes of a file, wherever they stand: only statements are looked through."""
    found = []
    left: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while left:
        node = left.pop()
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, part, ())
            left += inner if isinstance(inner, list) else ()
        if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef):
            found.append(node)
    return tuple(found)


def imports(name: str, known: dict[str, Path]) -> Iterator[str]:
    """The modules of the package that a module names in an import, at its top or inside a function."""
    for node in statements(known[name]):
        if isinstance(node, ast.Import):
            assert not any(alias.name.split(".")[0] == "amts_action" for alias in node.names), (
                f"{name}: write from … import"
            )
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: a relative import"
            place = (node.module or "").removeprefix("amts_action").removeprefix(".")
            if (node.module or "").split(".")[0] == "amts_action":
                for alias in node.names:
                    inner = f"{place}.{alias.name}".removeprefix(".")
                    yield inner if inner in known else place or "__init__"


def room(name: str) -> str:
    return name.split(".")[0]


def test_rooms_import_only_what_stands_before_them() -> None:
    """The way through the house is one way; imports inside functions and for types count, too."""
    known = modules()
    assert {room(name) for name in known} == set(ORDER)
    wrong = [
        f"{name} imports {other}"
        for name in known
        for other in imports(name, known)
        if ORDER.index(room(other)) > ORDER.index(room(name))
    ]
    assert wrong == []
    assert sum(1 for name in known for _ in imports(name, known)) > 500, "imports were not found"


def test_the_middle_imports_no_wing() -> None:
    """Documents are merged without a memory, a corpus or a score."""
    known = modules()
    wrong = [(n, o) for n in known if room(n) in MIDDLE for o in imports(n, known) if room(o) in WINGS]
    assert wrong == []


def circles(arrows: Mapping[str, set[str]]) -> list[str]:
    """The names that lead back to themselves, with those that only lead to such."""
    left = {name: others - {name} for name, others in arrows.items()}
    while leaves := {name for name, others in left.items() if not others & left.keys()}:
        left = {name: others for name, others in left.items() if name not in leaves}
    return sorted(left)


def test_no_circle_of_files() -> None:
    """No module imports itself by way of others."""
    known = modules()
    assert circles({name: set(imports(name, known)) for name in known}) == []
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == ["a", "b", "c"], "a circle is not seen"


def test_no_circle_of_inner_rooms() -> None:
    """Inner rooms have an order among themselves as rooms have: what stands beside them is before some and after
    others."""
    known = modules()
    inner = {name: name.rpartition(".")[0] for name in known if name.count(".") > 1}
    arrows: dict[str, set[str]] = {folder: set() for folder in inner.values()}
    for name, folder in inner.items():
        arrows[folder] |= {inner[other] for other in imports(name, known) if other in inner}
    assert len(arrows) > 20, "inner rooms were not found"
    assert circles(arrows) == []


def test_no_crowded_room() -> None:
    """A stranger can look over each room."""
    counts = {
        folder.relative_to(HOME).as_posix(): sum(path.name != "__init__.py" for path in folder.glob("*.py"))
        for folder in [HOME, *(path for path in HOME.rglob("*") if path.is_dir())]
    }
    assert {name: n for name, n in counts.items() if n > MOST_MODULES} == {}


def test_a_class_name_means_one_thing() -> None:
    """No two classes of the package have the same name."""
    places: dict[str, list[str]] = {}
    for name, path in modules().items():
        for node in statements(path):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(name)
    assert len(places) > 300, "classes were not found"
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
