"""Models in the format of CTranslate2 with SentencePiece: Argos Translate's packages, conversions of OPUS-MT."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from amts_action.engines.local.model import Made
from amts_action.errors import InputError

__all__ = ["CTranslateModel"]

END = "</s>"
BEAM = 2
"""Translations that are followed at once: with 4 the shared test model is 1.6 times as slow, and 0.3 BLEU better."""
BATCH = 32
"""Sentences in one batch: larger ones wait for their longest sentence."""
LONGEST = 250
"""Pieces of a sentence, and of its translation: models have learnt no longer ones (512 in Argos Translate's, 320 in the
shared test model), and what is longer gets no translation rather than a part of one."""


class CTranslateModel:
    """One folder: `model/` with the network, and `sentencepiece.model`, or `source.spm` and `target.spm`."""

    aligns = True

    def __init__(self, folder: Path) -> None:
        """Loads the model, which takes some tenths of a second.

        Raises:
            InputError: the extra `ctranslate2` is not installed, or the folder lacks a file.
        """
        try:
            ctranslate2: Any = import_module("ctranslate2")
            sentencepiece: Any = import_module("sentencepiece")
        except ImportError as error:
            mend = "pip install 'amts-action[ctranslate2]'"
            raise InputError(f"{error.name} is not installed", where="engine local", mend=mend) from error
        network = folder / "model" if (folder / "model").is_dir() else folder
        source = next((p for p in map(folder.joinpath, ("sentencepiece.model", "source.spm")) if p.is_file()), None)
        if source is None or not (network / "model.bin").is_file():
            mend = "give a folder with model.bin and sentencepiece.model (or source.spm and target.spm)"
            raise InputError("this is no model of CTranslate2", where=str(folder), mend=mend)
        try:
            self._pieces: Any = sentencepiece.SentencePieceProcessor(model_file=str(source))
            self._network: Any = ctranslate2.Translator(
                str(network), inter_threads=1, intra_threads=os.cpu_count() or 1, compute_type="int8"
            )
        except (RuntimeError, ValueError, OSError) as error:
            what = " ".join(str(error).split())[:150]
            raise InputError(
                f"the model cannot be loaded ({what})", where=str(folder), mend="fetch it again"
            ) from error
        size = (network / "model.bin").stat().st_size
        self.identity = f"ctranslate2 {folder.name} {size} beam {BEAM}"
        # OPUS-MT's networks end sources by themselves where their config says so.
        self._ends = not _adds_end(network)

    def knows(self, mark: str) -> bool:
        """Whether the mark is one of its pieces."""
        return bool(self._pieces.piece_to_id(mark) != self._pieces.unk_id())

    def pieces(self, text: str) -> list[str]:
        """A text in pieces."""
        return list(self._pieces.encode(text, out_type=str))

    def translate(self, sentences: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        """All sentences in batches of like length."""
        fit = [n for n, pieces in enumerate(sentences) if len(pieces) < LONGEST]
        found = self._network.translate_batch(
            [[*sentences[n], END] if self._ends else list(sentences[n]) for n in fit],
            beam_size=BEAM,
            max_batch_size=BATCH,
            return_attention=aligned,
            max_decoding_length=LONGEST,
        )
        out = [Made(())] * len(sentences)
        for n, one in zip(fit, found, strict=True):
            pieces = tuple(one.hypotheses[0])
            if len(pieces) < LONGEST:
                out[n] = Made(pieces, _aligned(one.attention[0]) if aligned else ())
        return out


def _aligned(attention: Sequence[Sequence[float]]) -> tuple[int, ...]:
    """Of each target piece the source piece that got most attention."""
    return tuple(max(range(len(row)), key=row.__getitem__) for row in attention)


def _adds_end(network: Path) -> bool:
    """Whether the network puts the end of a sentence there itself."""
    import json

    try:
        return bool(json.loads((network / "config.json").read_bytes()).get("add_source_eos"))
    except (OSError, ValueError):
        return False
