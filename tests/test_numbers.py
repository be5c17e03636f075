"""Every number of the middle says what it is and where it comes from."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import zip_longest
from pathlib import Path

import amts_action

HOME = Path(amts_action.__file__).resolve().parent
ROOT = HOME.parent
ROOMS = ("alignment", "documents", "engines/gate", "markup", "memory", "merging")
ORIGIN = re.compile(
    r"[Mm]easured|[Oo]ur own\b|\bBy hand\b|\b[Aa]s in `|anguages?' own|language's own|https?://"
    r"|Gale & Church|SQLite|PRAGMA|`tab_length`"
)
"""A measurement, a limit that only bounds work, a judgement, another number, a fact of a language, or a source."""
NAMED = re.compile(r"`((?:tests|benchmarks)/[\w/.]+)`")


@cache
def numbers() -> tuple[tuple[str, str], ...]:
    """What `_numbers` finds."""
    return tuple(_numbers())


def _numbers() -> Iterator[tuple[str, str]]:
    """Every constant of numbers at the top of a module of the middle, as `file: name`, with what is said of it."""
    for path in (path for room in ROOMS for path in sorted((HOME / room).rglob("*.py"))):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        for node, after in zip_longest(body, body[1:]):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None or not is_number(node.value):
                continue
            said = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                said = " ".join(str(after.value.value).split())
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            yield f"{path.relative_to(HOME).as_posix()}: {ast.unparse(target)}", said


def is_number(node: ast.expr) -> bool:
    """Whether a value is a number, is reckoned from numbers, or holds some."""
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.UnaryOp(operand=inner):
            return is_number(inner)
        case ast.BinOp(left=left, right=right):
            return is_number(left) or is_number(right)
        case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
            return any(map(is_number, parts))
        case ast.Dict(values=parts):
            return any(map(is_number, parts))
    return False


def test_every_number_says_what_it_is_and_where_it_comes_from() -> None:
    """What is chosen by hand says so: a stranger then knows that nothing was measured, and what would notice."""
    found = dict(numbers())
    assert len(found) > 120
    assert [name for name, said in found.items() if not said] == []
    assert [f"{name}: {said}" for name, said in found.items() if said and not ORIGIN.search(said)] == []


def test_what_holds_a_number_is_there() -> None:
    """Tests, cases and scripts that a number names exist."""
    named = {(name, place) for name, said in numbers() for place in NAMED.findall(said)}
    assert named
    assert [f"{name}: {place}" for name, place in sorted(named) if not (ROOT / place).exists()] == []
