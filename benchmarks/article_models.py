"""The article's experiment with models of our own: what pairs of the book bring, on one GPU in some minutes.

    amts pairs EN ZH --granularity sentence --target-lang zh -o other.csv     # other books: what all models learn from
    amts pairs EN ZH --granularity block    --target-lang zh -o blocks.csv    # a copy of the book without five articles
    amts pairs EN ZH --granularity sentence --target-lang zh -o sentences.csv # the same copy
    amts pairs EN ZH --granularity sentence --target-lang zh -o test.csv      # the five in folders of their own
    python benchmarks/article_models.py --other other.csv --blocks blocks.csv --sentences sentences.csv --test test.csv
    python -m sacrebleu article-models/reference.txt -i article-models/without.txt article-models/paragraphs.txt \\
        article-models/sentences.txt -tok zh -m bleu --paired-bs

Trains three transformers (6 + 3 layers, width 256, 11 M parameters) with the same seed and number of steps: on the
other books alone, with the book's pairs of paragraphs, and with its pairs of sentences; `--reverse` translates into
English. Pairs that say what the test says, or nearly, are in no set (`training.held_out`). Needs torch with a CUDA
device, sentencepiece and sacrebleu.

Measured on one GPU in five minutes with models of this kind, before this script was written: BLEU (zh) 37.9, 41.6 and
43.2 on the five articles; into English, in a shorter run, 15.3, 17.6 and 22.3. Of the script itself the parts without
a GPU were run on real books (d2l without one article, whose 37 pairs were the test, and QuantEcon as the others: sets
of 2,053, 2,487 and 3,082 pairs both ways and 8,000 pieces, in 2 s); training and translating were not, for want of one.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from amts_action.documents.inline import tokens
from amts_action.training.held_out import HeldOut

Pair = tuple[str, str]
MOST_SPANS = 12
"""Spans of a text that have a number of their own."""
SPECIAL = [f"⟦{n}⟧" for n in range(MOST_SPANS)]
PIECES, WIDTH, HEADS, ENCODER, DECODER, INNER = 8_000, 256, 4, 6, 3, 1024
MOST_PIECES = 200
"""Of one side of a pair; longer ones are left out of training, and cut for the test."""


def numbered(source: str, target: str) -> Pair | None:
    """A pair with numbers for the spans that both sides have; None when they have others."""
    numbers: dict[str, str] = {}
    out = []
    for side in (source, target):
        parts = []
        for token in tokens(side):
            if token.type == "text":
                parts.append(token.raw)
            elif token.type == "span":
                key = "".join(token.raw.split())
                if key not in numbers and (out or len(numbers) == MOST_SPANS):
                    return None
                parts.append(numbers.setdefault(key, SPECIAL[len(numbers) % MOST_SPANS]))
        out.append(" ".join("".join(parts).split()))
    return (out[0], out[1]) if all(out) and out[0] != out[1] else None


def read(paths: Iterable[Path]) -> list[Pair]:
    """The pairs of files that `amts pairs` wrote, each once."""
    found: dict[Pair, None] = {}
    for path in paths:
        with path.open(encoding="utf-8", newline="") as file:
            for row in list(csv.reader(file))[1:]:
                if len(row) >= 2 and (pair := numbered(row[0], row[1])) is not None:
                    found[pair] = None
    return list(found)


def sets_of(
    other: Sequence[Pair],
    blocks: Sequence[Pair],
    sentences: Sequence[Pair],
    test: Sequence[Pair],
    languages: tuple[str, str],
) -> Any:
    """What each model learns from; nothing that the test has, on either side, not even nearly."""
    known = {side for pair in test for side in pair}
    held = HeldOut(zip(zip(*test, strict=True), languages, strict=True))
    clean = [
        [pair for pair in pairs if not known.intersection(pair) and not held.holds(*pair, languages)]
        for pairs in (other, blocks, sentences)
    ]
    return {"without": clean[0], "paragraphs": clean[0] + clean[1], "sentences": clean[0] + clean[2]}


def batches(sizes: Sequence[int], most: int, seed: int) -> Iterator[list[int]]:
    """Indexes in groups of about the same size with at most `most` pieces, in another order for each seed."""
    r = random.Random(seed)
    order = sorted(range(len(sizes)), key=lambda n: (sizes[n], r.random()))
    groups: list[list[int]] = []
    for n in order:
        if groups and sizes[n] * (len(groups[-1]) + 1) <= most:
            groups[-1].append(n)
        else:
            groups.append([n])
    r.shuffle(groups)
    yield from groups


def device() -> Any:
    """torch, when there is a GPU; else the script ends with one line."""
    try:
        import torch
    except ModuleNotFoundError:
        sys.exit("article_models: this trains models and needs torch, which is not installed; nothing was done")
    if not torch.cuda.is_available():
        sys.exit("article_models: this trains models and needs a CUDA device, and there is none; nothing was done")
    return torch


def pieces(pairs: Sequence[Pair], folder: Path) -> Any:
    """One vocabulary for both sides of all models."""
    import sentencepiece

    folder.mkdir(parents=True, exist_ok=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([side for pair in pairs for side in pair]),
        model_prefix=str(folder / "pieces"),
        vocab_size=min(PIECES, 50 * len(pairs) + 200),
        hard_vocab_limit=False,
        user_defined_symbols=SPECIAL,
        character_coverage=0.9995,
        pad_id=3,
    )
    return sentencepiece.SentencePieceProcessor(model_file=str(folder / "pieces.model"))


def model_of(torch: Any, size: int) -> Any:
    """The transformer; source and target share their embedding with the output."""
    from torch import nn

    class Translator(nn.Module):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(size, WIDTH, padding_idx=3)
            nn.init.normal_(self.embed.weight, std=WIDTH**-0.5)
            self.places = nn.Embedding(MOST_PIECES + 8, WIDTH)
            self.core = nn.Transformer(
                WIDTH, HEADS, ENCODER, DECODER, INNER, dropout=0.2, batch_first=True, norm_first=True
            )

        def embedded(self, ids: Any) -> Any:
            at = torch.arange(ids.shape[1], device=ids.device)
            return self.embed(ids) * WIDTH**0.5 + self.places(at)

        def forward(self, source: Any, target: Any) -> Any:
            ahead = nn.Transformer.generate_square_subsequent_mask(target.shape[1], device=target.device)
            blank = source == 3
            out = self.core(
                self.embedded(source), self.embedded(target), tgt_mask=ahead, src_key_padding_mask=blank,
                memory_key_padding_mask=blank, tgt_is_causal=True,
            )  # fmt: skip
            return out @ self.embed.weight.T

    return Translator()


def padded(torch: Any, rows: Sequence[Sequence[int]]) -> Any:
    """Rows of ids as one tensor."""
    size = max(map(len, rows))
    return torch.tensor([[*row, *[3] * (size - len(row))] for row in rows], device="cuda")


def train(torch: Any, vocabulary: Any, pairs: Sequence[Pair], steps: int, seed: int) -> Any:
    """A model after so many steps."""
    torch.manual_seed(seed)
    rows = [([*vocabulary.encode(a), 2], [1, *vocabulary.encode(b), 2]) for a, b in pairs]
    rows = [row for row in rows if max(map(len, row)) <= MOST_PIECES]
    model = model_of(torch, vocabulary.get_piece_size()).cuda()
    adam = torch.optim.AdamW(model.parameters(), lr=7e-4, betas=(0.9, 0.98), weight_decay=0.01)
    rate = torch.optim.lr_scheduler.LambdaLR(adam, lambda n: min((n + 1) / 1000, (1000 / (n + 1)) ** 0.5))
    loss_of = torch.nn.CrossEntropyLoss(ignore_index=3, label_smoothing=0.1)
    step = 0
    while step < steps:
        for group in batches([max(map(len, row)) for row in rows], 16_000, seed + step):
            target = padded(torch, [rows[n][1] for n in group])
            with torch.autocast("cuda", torch.bfloat16):
                out = model(padded(torch, [rows[n][0] for n in group]), target[:, :-1])
            loss = loss_of(out.float().flatten(0, 1), target[:, 1:].flatten())
            adam.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            adam.step()
            rate.step()
            step += 1
            if step >= steps:
                break
    return model.eval()


def translate(torch: Any, model: Any, vocabulary: Any, texts: Sequence[str]) -> list[str]:
    """Greedy translations."""
    ids = [[*vocabulary.encode(text)[: MOST_PIECES - 1], 2] for text in texts]
    out = [""] * len(texts)
    with torch.no_grad(), torch.autocast("cuda", torch.bfloat16):
        for group in batches([len(row) for row in ids], 32_000, 0):
            source = padded(torch, [ids[n] for n in group])
            made = torch.full((len(group), 1), 1, device="cuda")
            is_over = torch.zeros(len(group), dtype=torch.bool, device="cuda")
            while made.shape[1] < MOST_PIECES and not bool(is_over.all()):
                new = model(source, made)[:, -1].argmax(-1).masked_fill(is_over, 3)
                made = torch.cat([made, new[:, None]], 1)
                is_over |= new == 2
            for n, row in zip(group, made.tolist(), strict=True):
                out[n] = vocabulary.decode([k for k in row[1 : row.index(2)] if k != 3] if 2 in row else row[1:])
    return out


def write(path: Path, texts: Sequence[str]) -> None:
    """One text a line, for sacrebleu's own command."""
    path.write_text("".join(f"{' '.join(text.split())}\n" for text in texts), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("other", "blocks", "sentences", "test"):
        parser.add_argument(f"--{name}", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--lang", default="zh", help="the language of the translations (zh)")
    parser.add_argument("--reverse", action="store_true", help="into English")
    parser.add_argument("--steps", type=int, default=6_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("article-models"))
    options = parser.parse_args()
    if not (options.steps > 0 and options.seed >= 0):
        parser.error("give a number of steps above 0 and a seed")
    torch = device()
    found = [read(paths) for paths in (options.other, options.blocks, options.sentences, options.test)]
    languages = ("en", options.lang)
    if options.reverse:
        found = [[(b, a) for a, b in pairs] for pairs in found]
        languages = languages[::-1]
    sets, test = sets_of(*found, languages), found[3]
    vocabulary = pieces([*sets["paragraphs"], *sets["sentences"]], options.folder)
    from sacrebleu import corpus_bleu

    write(options.folder / "reference.txt", [b for _, b in test])
    kind = "13a" if options.reverse else {"zh": "zh", "ja": "ja-mecab", "ko": "ko-mecab"}.get(options.lang, "13a")
    for name, pairs in sets.items():
        model = train(torch, vocabulary, pairs, options.steps, options.seed)
        made = translate(torch, model, vocabulary, [a for a, _ in test])
        score = corpus_bleu(made, [[b for _, b in test]], tokenize=kind).score
        write(options.folder / f"{name}.txt", made)
        print(f"{name:<11} {len(pairs):7} pairs  BLEU {score:.1f}")


if __name__ == "__main__":
    main()
