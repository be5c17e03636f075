"""Every threshold of the plan, from just below and from just above.

A case of `fixtures/plan` is that of a page whose blocks are aligned as `beads` says: a line for each group, the blocks
of base and target and how sure it is. Each line of `outcomes` puts its number in the place of the `?` and says what
the plan then does with what changed: actions, each with the codes of its flags.
"""

from __future__ import annotations

import pytest
from casekit import Case, cases

from amts_action.alignment.beads import Bead
from amts_action.merging.document import plan_document
from amts_action.merging.options import MergeOptions


def _bead(line: str, number: str) -> Bead:
    base, _, rest = line.partition(":")
    *target, sure = rest.replace("?", number).split()
    return Bead(tuple(map(int, base.split())), tuple(map(int, target)), float(sure))


def _outcomes() -> list[tuple[str, Case, str, str]]:
    found = []
    for name, case in cases("plan"):
        for line in case["outcomes"].splitlines():
            number, _, wanted = line.partition(":")
            found.append((f"{name}-{number}", case, number, wanted.strip()))
    return found


@pytest.mark.parametrize(
    ("case", "number", "wanted"), [row[1:] for row in _outcomes()], ids=[row[0] for row in _outcomes()]
)
def test_outcome(case: Case, number: str, wanted: str) -> None:
    """What the plan does where one number is as said."""
    beads = [_bead(line, number) for line in case["beads"].splitlines()]
    options = MergeOptions(target_lang=case.get("language", "zh").strip())
    plan = plan_document(case["base"], case["head"], case["target"], options, beads=beads)
    done = [
        "=".join([step.action, ",".join(f.code for f in step.flags)]).rstrip("=")
        for step in plan.steps
        if step.action != "keep"
    ]
    assert " ".join(done) == wanted
