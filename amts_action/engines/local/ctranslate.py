"""Models in the format of CTranslate2 with SentencePiece: Argos Translate's packages, conversions of OPUS-MT."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from amts_action.engines.local.model import Made
from amts_action.engines.local.spans import BLANK, SOLID, is_stuck, joined
from amts_action.engines.local.whole import digest_of
from amts_action.errors import InputError
from amts_action.processes import processors

__all__ = ["CTranslateModel", "contents"]

END = "</s>"
UNKNOWN = "<unk>"
BEAM = 2
"""Translations that are followed at once: with 4 the shared test model is 1.6 times as slow, and 0.3 BLEU better."""
BATCH = 32
"""Sentences in one batch: larger ones wait for their longest sentence."""
LONGEST = 250
"""Pieces of a sentence, and of its translation: models have learnt no longer ones (512 in Argos Translate's, 320 in the
shared test model). What is longer is cut, and a translation that does not end is none rather than a part of one."""
PART = 100
"""Most pieces in a part of a sentence that is cut."""
RUN = 2
"""Pieces in a row that come only once where a model would say the same over and over."""
SHORTEST = 8
"""Pieces of a part that is not cut any more."""
PAUSES = (",", ";", ":", ")", "—", "，", "；", "：", "、", "）")
"""After these a long sentence is cut."""


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
                str(network), inter_threads=1, intra_threads=processors(), compute_type="int8"
            )
        except (RuntimeError, ValueError, OSError) as error:
            what = " ".join(str(error).split())[:150]
            raise InputError(
                f"the model cannot be loaded ({what})", where=str(folder), mend="fetch it again"
            ) from error
        self.identity = f"ctranslate2 {contents({folder, network})} beam {BEAM}"
        # OPUS-MT's networks end sources by themselves where their config says so.
        self._ends = not _adds_end(network)

    def knows(self, mark: str) -> bool:
        """Whether the mark is one of its pieces."""
        return not self._is_unknown(mark)

    def pieces(self, text: str) -> list[str]:
        """A text in pieces."""
        return list(self._pieces.encode(text, out_type=str))

    def translate(self, sentences: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        """All sentences in batches of like length, long ones in parts."""
        cut = [_parts(pieces) for pieces in sentences]
        made = iter(self._ended([part for parts in cut for part in parts], aligned=aligned))
        return [_together([(len(part), next(made)) for part in parts]) for parts in cut]

    def _ended(self, parts: Sequence[Sequence[str]], *, aligned: bool) -> list[Made]:
        """The translations of parts; where one repeats itself for ever, those of its halves."""
        out = self._made(parts, aligned=aligned)
        stuck = [n for n, made in enumerate(out) if is_stuck(joined(made.pieces), joined(parts[n]))]
        if stuck:
            for n, made in zip(stuck, self._made([parts[n] for n in stuck], aligned=aligned, apart=RUN), strict=True):
                out[n] = made
        endless = [n for n, made in enumerate(out) if len(made.pieces) >= LONGEST]
        for n in endless:
            out[n] = Made(())
        endless = [n for n in endless if len(parts[n]) >= SHORTEST]
        if endless:
            cuts = {n: _cut(parts[n], len(parts[n]) // 4, 3 * len(parts[n]) // 4) for n in endless}
            halves = [half for n, at in cuts.items() for half in (parts[n][:at], parts[n][at:])]
            again = iter(self._ended(halves, aligned=aligned))
            for n, at in cuts.items():
                out[n] = _together([(at, next(again)), (len(parts[n]) - at, next(again))])
        return out

    def _made(self, parts: Sequence[Sequence[str]], *, aligned: bool, apart: int = 0) -> list[Made]:
        """The translations of parts; a sign or name that the model does not know stays as it is.

        Args:
            apart: so many pieces in a row come only once; 0: they may come again.
        """
        found = self._asked(parts, aligned=aligned, apart=apart)
        unknown = [n for n, made in enumerate(found) if UNKNOWN in made.pieces]
        if unknown:
            chosen = [parts[n] for n in unknown]
            known = [found[n] for n in unknown] if aligned else self._asked(chosen, aligned=True, apart=apart)
            for n, made in zip(unknown, known, strict=True):
                signs = {k for k, piece in enumerate(parts[n]) if self._is_unknown(piece)}
                found[n] = _filled(parts[n], made, signs)
        return found

    def _asked(self, parts: Sequence[Sequence[str]], *, aligned: bool, apart: int) -> list[Made]:
        found = self._network.translate_batch(
            [[*part, END] if self._ends else list(part) for part in parts],
            beam_size=BEAM,
            max_batch_size=BATCH,
            return_attention=aligned,
            max_decoding_length=LONGEST,
            no_repeat_ngram_size=apart,
        )
        return [Made(tuple(r.hypotheses[0]), _aligned(r.attention[0]) if aligned else ()) for r in found]

    def _is_unknown(self, piece: str) -> bool:
        return bool(self._pieces.piece_to_id(piece) == self._pieces.unk_id())


def _parts(pieces: Sequence[str]) -> list[Sequence[str]]:
    """A sentence, in parts where it is too long."""
    out: list[Sequence[str]] = []
    while len(pieces) >= LONGEST:
        at = _cut(pieces, PART // 4, PART)
        out.append(pieces[:at])
        pieces = pieces[at:]
    return [*out, pieces]


def _cut(pieces: Sequence[str], least: int, most: int) -> int:
    """Where to cut a sentence: after a pause if there is one, else before a word."""
    pauses = [n for n in range(least, most) if n and pieces[n - 1].endswith(PAUSES)]
    words = [n for n in range(least, most) if n and pieces[n].startswith(BLANK)]
    return next(iter(pauses[-1:] or words[-1:]), most)


def _together(parts: Sequence[tuple[int, Made]]) -> Made:
    """The translations of the parts of a sentence (pieces of each part, translation); none where one has none."""
    if not all(made.pieces for size, made in parts if size):
        return Made(())
    pieces: list[str] = []
    places: list[int] = []
    start = 0
    for size, made in parts:
        is_solid = start and SOLID.match("".join(made.pieces).lstrip(BLANK))
        own = list(made.pieces)
        if is_solid:  # a sentence begins with a blank, and this is none
            own[0] = own[0].removeprefix(BLANK)
        pieces += own
        places += (start + place for place in made.aligned)
        start += size
    return Made(tuple(pieces), tuple(places))


def _filled(source: Sequence[str], made: Made, signs: set[int]) -> Made:
    """A translation with the signs of its source (their places) where it has unknown pieces, each once."""
    left = set(signs)
    out: list[tuple[str, int]] = []
    for piece, place in zip(made.pieces, made.aligned, strict=True):
        if piece != UNKNOWN:
            out.append((piece, place))
        elif place in left:
            left.remove(place)
            out.append((source[place], place))
    return Made(tuple(piece for piece, _ in out), tuple(place for _, place in out))


def contents(folders: set[Path]) -> str:
    """A digest of a model: one that was trained anew has the same name and the same size."""
    files = (path for folder in folders for path in folder.iterdir() if path.suffix != ".md" and path.is_file())
    return sha256(repr(sorted((path.name, digest_of(path)) for path in files)).encode()).hexdigest()[:16]


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
