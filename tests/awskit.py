"""What the tests of the AWS engines share: settings that lead to the small cloud, and time that costs nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aws.cloud import BUCKET
from aws.state import ROLE

from amts_action.engines.aws.batch import AmazonBatch, BatchEngine
from amts_action.engines.model import EngineSettings, Segment

PAIRS = {"A known sentence.": "一个已知的句子。", "Bread is warm.": "面包是热的。"}


@dataclass
class Time:
    """A clock that moves when somebody sleeps."""

    seconds: float = 0.0
    pauses: list[float] = field(default_factory=list)

    def clock(self) -> float:
        """The time."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Passes at once."""
        self.pauses.append(seconds)
        self.seconds += seconds


def corpus(path: Path, pairs: dict[str, str] = PAIRS) -> int:
    """Writes parallel data as the book's own are written."""
    from amts_action.training.tmx import write_tmx

    records = [(source, {"zh": target}) for source, target in pairs.items()]
    with path.open("wb") as out:
        write_tmx(records, out, source_lang="en", target_langs=["zh"], segments="sentence")
    return len(pairs)


def batch(time: Time | None = None, **more: Any) -> BatchEngine:
    """The batch engine with quick time; `more` are engine settings."""
    time = time or Time()
    given = {
        "s3_uri": f"s3://{BUCKET}/amts/",
        "role_arn": ROLE,
        "parallel_data": "auto",
        "book": "shop-en-zh",
        "corpus": corpus,
        **more,
    }
    settings = EngineSettings(**given)
    engine = AmazonBatch.from_settings(settings)
    assert isinstance(engine.backend, AmazonBatch)
    engine.backend.clock, engine.backend.sleep = time.clock, time.sleep
    return engine


def segments(*texts: str, path: str = "a.md") -> list[Segment]:
    """Segments of one document."""
    return [Segment(f"{path}:{n}", text, {"path": path, "kind": "paragraph"}) for n, text in enumerate(texts)]
