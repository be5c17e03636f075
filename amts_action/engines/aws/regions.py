"""Where Amazon Translate has Active Custom Translation.

https://docs.aws.amazon.com/translate/latest/dg/customizing-translations-parallel-data.html lists them; as read in
2023. Regions are added: `AMTS_ACT_REGIONS` replaces the list.
"""

from __future__ import annotations

import os
import re
from typing import Final

from amts_action.errors import InputError

__all__ = ["ACT_REGIONS", "act_regions", "check_name", "check_region"]

ACT_REGIONS: Final = ("eu-west-1", "us-east-1", "us-west-2")


def act_regions() -> tuple[str, ...]:
    """The regions, or those that `AMTS_ACT_REGIONS` names instead."""
    own = os.environ.get("AMTS_ACT_REGIONS", "").replace(",", " ").split()
    return tuple(own) or ACT_REGIONS


def check_region(region: str) -> None:
    """Refuses a region without Active Custom Translation, before anything is uploaded.

    Raises:
        InputError: it has none, as far as is known.
    """
    if region not in act_regions():
        raise InputError(
            f"{region} has no Active Custom Translation",
            where="--region",
            mend=f"use {', '.join(act_regions())}; if Amazon has added yours, name it in AMTS_ACT_REGIONS",
        )


def check_name(name: str, what: str) -> str:
    """The name of a resource of Amazon Translate, if it can be one.

    Raises:
        InputError: it has other characters than A-Z a-z 0-9 - and single _, starts with _, or has more than 256.
    """
    # `^([A-Za-z0-9-]_?)+$`, https://docs.aws.amazon.com/translate/latest/APIReference/API_CreateParallelData.html
    plain = re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name) and "__" not in name and not name.startswith("_")
    if not plain:
        raise InputError(
            f"{name[:80]!r} cannot be a name in Amazon Translate",
            where=what,
            mend="use up to 256 letters, digits, hyphens and single underscores",
        )
    return name
