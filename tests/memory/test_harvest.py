"""What pairs are made of."""

from __future__ import annotations

from amts_action.memory.harvest import CandidatePair, PageTexts, harvest


def test_captions_are_left_out_with_their_pictures() -> None:
    """What a picture shows is no text of its own to learn from."""
    english = "# Bees\n\nThe hive is full of honey.\n\n![A hive of wood.](hive.png)\n"
    german = "# Bienen\n\nDie Beute ist voller Honig.\n\n![Eine Beute aus Holz.](hive.png)\n"
    (found,) = harvest([PageTexts("a.md", english, german, "en", "de")], "block")
    assert isinstance(found, list)
    assert all(isinstance(pair, CandidatePair) for pair in found)
    assert [pair.source for pair in found] == ["Bees", "The hive is full of honey."]
