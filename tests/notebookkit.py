"""Notebooks as short texts: `[[md ID]]` or `[[code ID {"tags": ["x"]}]]` before each cell, `-` for a cell without id.

What stands behind the id is JSON: keys of a cell other than its text. `[[notebook {…}]]` at the start holds metadata.
"""

from __future__ import annotations

import json
import re
from typing import Any

from casekit import answer

from amts_action.merging.document import Result
from amts_action.merging.notebooks.notebook import merge_notebook, notebook_segments, plan_notebook
from amts_action.merging.options import MergeOptions

__all__ = ["merge_cells", "seen", "written"]

_CELL = re.compile(r"^\[\[(md|code|raw|notebook)(?: ([\w-]+))?(?: (\{.*\}))?\]\]\n", re.M)
_KINDS = {"md": "markdown", "code": "code", "raw": "raw"}


def written(view: str, *, minor: int = 5) -> str:
    """The notebook that a short text stands for."""
    cells: list[dict[str, Any]] = []
    metadata: dict[str, Any] = {}
    found = list(_CELL.finditer(view))
    for m, end in zip(found, [*(m.start() for m in found[1:]), len(view)], strict=True):
        more = json.loads(m[3] or "{}")
        if m[1] == "notebook":
            metadata = more
            continue
        cell: dict[str, Any] = {"cell_type": _KINDS[m[1]], "metadata": {}}
        if m[2] and m[2] != "-":
            cell["id"] = m[2]
        if m[1] == "code":
            cell |= {"execution_count": None, "outputs": []}
        source = view[m.end() : end].removesuffix("\n")
        cells.append(cell | more | {"source": re.findall(r"[^\n]*\n|[^\n]+", source)})
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": minor}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def seen(text: str) -> str:
    """The short text of a notebook."""
    content = json.loads(text)
    out = [f"[[notebook {json.dumps(content['metadata'], ensure_ascii=False)}]]\n"] if content["metadata"] else []
    for cell in content["cells"]:
        kind = next(short for short, kind in _KINDS.items() if kind == cell["cell_type"])
        more = {k: v for k, v in cell.items() if k not in ("cell_type", "id", "source") and v not in ({}, [], None)}
        said = f" {json.dumps(more, ensure_ascii=False)}" if more else ""
        out.append(f"[[{kind} {cell.get('id', '-')}{said}]]\n{''.join(cell['source'])}\n")
    return "".join(out)


def merge_cells(base: str, head: str, target: str, *, fill_missing: bool = False) -> Result:
    """The whole merge of one notebook with an engine that answers `⟦English⟧`."""
    plan = plan_notebook(base, head, target, MergeOptions(fill_missing=fill_missing))
    given = [answer(s) for s in notebook_segments(plan, prefix="0")]
    return merge_notebook(plan, {t.id: t for t in given}, prefix="0")
