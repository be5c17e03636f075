"""Weights of the gate's score by logistic regression on books, and what they catch of a book that is left out.

    python benchmarks/gate_weights.py zh:d2l.csv ja:tf-ja.csv es:tf-es.csv

Four fifths of each book teach and the rest is measured, five times: people's pairs, and the same with a defect.
Printed are the share of each defect that the score alone would catch at three shares of good pairs stopped in vain,
with weights of the other books and with those of the book itself, the weights of all for `gate/score/weights.py`, and
what the figures of two spans weigh in the mean of all books, for `gate/order.py`.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence

import numpy as np
from gate import DEFECTS, FOLDS, Book, Pair, folds_of, read_book

from amts_action.engines.gate.order import exchanges, learn_orders, weighed
from amts_action.engines.gate.score.measures import Knowledge, learn_knowledge, measure
from amts_action.engines.gate.score.weights import CLIP, features
from amts_action.engines.gate.signs import Pairing

TAUGHT = (
    "second half dropped",
    "first half dropped",
    "last clause dropped",
    "middle clause dropped",
    "said twice",
    "a clause said twice",
    "another sentence",
    "the next sentence",
)
"""Defects that the weights are fitted to, each as much as the others."""
SHOWN = (*TAUGHT, "cut off", "a sentence added")
MOST = 100
"""Pairs of each fold that get a defect."""
IN_VAIN = (0.01, 0.02, 0.03)
RIDGE = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("books", nargs="+", metavar="LANG:FILE")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    books = [read_book(name) for name in options.books]
    found = [figures(book, random.Random(options.seed)) for book in books]
    for n, (book, own) in enumerate(zip(books, found, strict=True)):
        others = fitted([f for k, f in enumerate(found) if k != n]) if len(found) > 1 else None
        print(f"\n{book.name} ({book.lang}): caught at {IN_VAIN} in vain, weights of others | of its own")
        for name in SHOWN:
            print(f"  {name:<28}", *caught(own, others, name), " | ", *caught(own, fitted([own]), name))
    weights = fitted(found)
    print("\nWEIGHTS =", tuple(round(float(w), 2) for w in weights[:-1]), "\nBIAS =", round(float(weights[-1]), 2))
    orders = np.mean([order_weights(book, random.Random(options.seed)) for book in books], axis=0)
    print("\nof spans: WEIGHTS =", tuple(round(float(w), 2) for w in orders))


def order_weights(book: Book, r: random.Random) -> np.ndarray:
    """What the figures of two spans weigh in a book."""
    found = []
    for teach, test in folds_of(book.pairs, FOLDS, r):
        known, orders = learn_knowledge(teach), learn_orders(Pairing(a, b, "en", book.lang) for a, b in teach)
        found += [one for a, b in test for one in exchanges(Pairing(a, b, "en", book.lang), orders, known)]
    return np.array(weighed(found).weights)


def figures(book: Book, r: random.Random) -> dict[str, np.ndarray]:
    """Features of people's pairs and of each defect, in widths from the middle of people's."""
    rows: dict[str, list[list[float]]] = {name: [] for name in ("", *SHOWN)}
    pairs = book.pairs
    for teach, test in folds_of(pairs, FOLDS, r):
        known = learn_knowledge(teach)
        book.pairs = test
        rows[""] += [of(pair, known) for pair in test]
        for name in SHOWN:
            some = r.sample(test, min(MOST, len(test)))
            made = [(p[0], bad) for p in some if (bad := DEFECTS[name][0](p, r, book)) is not None and bad != p[1]]
            rows[name] += [of(pair, known) for pair in made]
    book.pairs = pairs
    good = np.array(rows[""])
    middle, width = good.mean(0), np.maximum(1e-3, good.std(0))
    return {name: np.clip((np.array(own) - middle) / width, -CLIP, CLIP) for name, own in rows.items() if own}


def of(pair: Pair, known: Knowledge) -> list[float]:
    return features(measure(*pair, known))


def fitted(books: Sequence[dict[str, np.ndarray]]) -> np.ndarray:
    """Weights and constant: good pairs of a book count as much as its bad ones, each defect as much as the others."""
    rows, wanted, counts = [], [], []
    for book in books:
        for name in ("", *TAUGHT):
            if name not in book:
                continue
            size = len(book[name])
            rows.append(book[name])
            wanted.append(np.full(size, float(bool(name))))
            counts.append(np.full(size, 1000 / size / (len(TAUGHT) if name else 1)))
    x, y, w = np.vstack(rows), np.concatenate(wanted), np.concatenate(counts)
    x = np.hstack([x, np.ones((len(x), 1))])
    ridge = np.diag([RIDGE] * (x.shape[1] - 1) + [0.0])
    weights = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (w * (p - y)) + ridge @ weights
        weights -= np.linalg.solve((x * (w * p * (1 - p) + 1e-9)[:, None]).T @ x + ridge, slope)
    return weights


def caught(book: dict[str, np.ndarray], weights: np.ndarray | None, name: str) -> list[str]:
    """Percent of a defect at each share that is stopped in vain."""
    if weights is None or name not in book:
        return ["  --"] * len(IN_VAIN)
    good = np.sort(book[""] @ weights[:-1])[::-1]
    bad = book[name] @ weights[:-1]
    return [f"{100 * float((bad > good[int(share * len(good))]).mean()):4.0f}" for share in IN_VAIN]


if __name__ == "__main__":
    main()
