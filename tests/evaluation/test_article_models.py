"""The parts of `benchmarks/article_models.py` that need no GPU, and that it says so where there is none."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "article_models.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("article_models", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_spans_become_numbers(script: ModuleType) -> None:
    """Both sides have the same numbers, whatever their order; a span that only the translation has is no pair."""
    assert script.numbered("Add `a` to $b$.", "把$b$加上`a`。") == ("Add ⟦0⟧ to ⟦1⟧.", "把⟦1⟧加上⟦0⟧。")
    assert script.numbered("Add it.", "加`a`。") is None
    assert script.numbered("Same", "Same") is None


LONG = ("The gradient points in the direction of steepest ascent.", "梯度指向上升最快的方向。")


def test_no_model_learns_from_the_test(script: ModuleType, tmp_path: Path) -> None:
    """What the test has on either side, or nearly, is in no set, each pair is there once, batches keep their size."""
    file = tmp_path / "pairs.csv"
    file.write_text("source,target\nOne.,一。\nOne.,一。\nTwo.,二。\nThree.,三。\n", encoding="utf-8")
    pairs = script.read([file])
    assert len(pairs) == 3
    near = ("The gradient points in a direction of steepest ascent.", "坡。")
    sets = script.sets_of(
        [*pairs, near], [("Four.", "四。")], [("Five.", "二。")], [("Two.", "二。"), LONG], ("en", "zh")
    )
    assert sets == {
        "without": [("One.", "一。"), ("Three.", "三。")],
        "paragraphs": [("One.", "一。"), ("Three.", "三。"), ("Four.", "四。")],
        "sentences": [("One.", "一。"), ("Three.", "三。")],
    }
    sizes = [5, 1, 9, 4, 4]
    groups = list(script.batches(sizes, 10, 3))
    assert sorted(n for group in groups for n in group) == [0, 1, 2, 3, 4]
    assert all(max(sizes[n] for n in group) * len(group) <= 10 for group in groups)


def test_without_a_gpu_it_says_so(script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One line, before anything is read or written."""
    monkeypatch.setitem(sys.modules, "torch", None)
    words = [word for name in ("other", "blocks", "sentences", "test") for word in (f"--{name}", "f.csv")]
    monkeypatch.setattr(sys, "argv", ["x", *words])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="needs torch"):
        script.main()
    assert list(tmp_path.iterdir()) == []
