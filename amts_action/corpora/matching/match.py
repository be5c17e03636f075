"""Which documents of two folders are translations of each other: by links, else by name, else by content.

Everything is in the journal's tables, so that memory does not grow with the number of documents, and every step is
near-linear: content is compared only for documents that share an anchor which few others have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from amts_action.books.pairing import matches
from amts_action.corpora.journal import Journal
from amts_action.corpora.matching.addresses import endings
from amts_action.corpora.matching.names import base_language
from amts_action.corpora.model import CorpusRequest, Link, Sketch
from amts_action.corpora.work import sketch_of

__all__ = ["DocumentMatch", "match", "matched"]

_RARE = 16
"""Documents of one side that may have an anchor which is looked at."""
_LEAST_SHARED = 3
"""Anchors that two documents must have in common."""
_NEAR, _LIKE, _AHEAD = 0.1, 0.5, 0.6
"""Share of the rare anchors of two documents that both have: to be looked at, to be paired; and how far the best of
several must be ahead, where 0.5 is not at all. Of pages of two books (d2l, QuantEcon; English and Chinese, names
hidden, half of them without their translation) pairs score 0.42 to 1 (38 of 40: more than 0.8), others up to 0.63; what
is paired wrongly is found out when it is aligned (`corpora.work`)."""
_MOST_RIVALS = 5
_LENGTHS = 3.0
"""One of two documents may have so many times the letters of the other."""
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class DocumentMatch:
    """Two documents that are translations of each other."""

    source: str
    target: str
    how: str
    """`link`, `name` or `content`."""
    confidence: float
    """0 to 1."""


def match(journal: Journal, request: CorpusRequest, paths: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    """Fills the journal's table of pairs.

    Args:
        paths, exclude: patterns of documents, of either side, to take (all when empty) and to leave out.
    """
    _by_links(journal, request)
    _by_names(journal)
    _by_content(journal)

    def is_wanted(*either: str) -> bool:
        taken = not paths or any(matches(p, paths) for p in either)
        return taken and not any(matches(p, exclude) for p in either)

    journal.base.create_function("lot_of", 2, _lot, deterministic=True)
    journal.base.create_function("is_wanted", 2, is_wanted, deterministic=True)
    journal.base.execute("UPDATE pair SET lot=lot_of(path, other), wanted=wanted AND is_wanted(path, other)")


def _lot(path: str, other: str) -> bytes:
    return blake2b(f"{path}\0{other}".encode(), digest_size=8).digest()


def matched(journal: Journal, order: str = "path") -> Iterator[tuple[DocumentMatch, int]]:
    """The pairs that are wanted, and the letters of each; a few at a time, so that the journal may be written to.

    Args:
        order: `path` of the source, or `lot`, which is an order by chance but always the same.
    """
    last: object = None
    while True:
        rows = journal.base.execute(
            f"SELECT {order}, path, other, how, confidence, letters FROM pair "
            f"WHERE wanted AND (? IS NULL OR {order} > ?) ORDER BY {order} LIMIT {_AT_ONCE}",
            (last, last),
        ).fetchall()
        for _, path, other, how, confidence, letters in rows:
            yield DocumentMatch(path, other, how, confidence), letters
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]


def _pair(journal: Journal, source: int, target: int, how: str, confidence: float) -> None:
    """Puts two free pages together."""
    base = journal.base
    base.execute(
        "INSERT INTO pair (source, target, path, other, how, confidence, letters, wanted) "
        "SELECT s.id, t.id, s.path, t.path, ?, ?, s.letters + t.letters, s.subject OR t.subject "
        "FROM page s, page t WHERE s.id=? AND t.id=?",
        (how, confidence, source, target),
    )
    base.execute("UPDATE page SET free=0 WHERE id IN (?, ?)", (source, target))


def _free(journal: Journal, page: int) -> bool:
    return bool(journal.base.execute("SELECT free FROM page WHERE id=?", (page,)).fetchone()[0])


def _sketches(journal: Journal, where: str) -> Iterator[tuple[int, int, str, Sketch]]:
    """(id, side, path, sketch) of pages, a few at a time."""
    last = 0
    while True:
        rows = journal.base.execute(
            f"SELECT id, side, path, sketch FROM page WHERE id > ? AND {where} ORDER BY id LIMIT {_AT_ONCE}", (last,)
        ).fetchall()
        for number, side, path, key in rows:
            data = journal.known(key)
            assert data is not None
            yield number, side, path, sketch_of(data)
        if len(rows) < _AT_ONCE:
            return
        last = rows[-1][0]


def _by_links(journal: Journal, request: CorpusRequest) -> None:
    base = journal.base
    base.execute("BEGIN")
    for number, side, path, found in _sketches(journal, "links"):
        for link in _chosen(found.links, (request.source_lang, request.target_lang)[1 - side]):
            for start, rest in endings(link.href, path):
                for (other,) in base.execute("SELECT id FROM page WHERE address=? AND side=?", (rest, 1 - side)):
                    base.execute("INSERT OR IGNORE INTO link VALUES (?, ?, ?)", (number, start, other))
    starts: list[str] = []
    for side in (0, 1):
        best = base.execute(
            "SELECT start FROM link JOIN page ON page.id=link.page WHERE side=? "
            "GROUP BY start ORDER BY count(*) DESC, length(start), start LIMIT 1",
            (side,),
        ).fetchone()
        starts.append(best[0] if best else "")
    base.execute("CREATE TEMP TABLE edge (s INTEGER, t INTEGER, n INTEGER, PRIMARY KEY (s, t)) WITHOUT ROWID")
    for side, pages in ((0, "link.page, link.other"), (1, "link.other, link.page")):
        base.execute(
            f"INSERT INTO edge SELECT {pages}, 1 FROM link JOIN page ON page.id=link.page WHERE side=? AND start=? "
            "ON CONFLICT DO UPDATE SET n=2",
            (side, starts[side]),
        )
    base.execute("CREATE INDEX temp.edge_t ON edge (t)")
    # Both pages say it, or one does and no other page says anything else.
    rivals = "(SELECT 1 FROM edge r WHERE r.{0}=edge.{0} AND r.{1}<>edge.{1} AND r.n>=edge.n)"
    alone = f"NOT EXISTS {rivals.format('s', 't')} AND NOT EXISTS {rivals.format('t', 's')}"
    for s, t in base.execute(f"SELECT s, t FROM edge WHERE {alone} ORDER BY n DESC, s, t"):
        if _free(journal, s) and _free(journal, t):
            _pair(journal, s, t, "link", 1.0)
    base.execute("DROP TABLE edge")
    base.execute("COMMIT")


def _chosen(links: tuple[Link, ...], lang: str) -> list[Link]:
    """The links to pages in a language: in its very region where there are such."""
    near = [link for link in links if base_language(link.lang) == base_language(lang)]
    same = [link for link in near if link.lang.lower().replace("_", "-") == lang.lower().replace("_", "-")]
    return same or near


def _by_names(journal: Journal) -> None:
    base = journal.base
    base.execute("BEGIN")
    equal = (
        "SELECT s.id, t.id FROM page s JOIN page t ON t.side=1 AND t.path=s.path WHERE s.side=0 AND s.free AND t.free"
    )
    once = "SELECT name, min(id) AS id FROM page WHERE side={} AND free GROUP BY name HAVING count(*)=1"
    alike = f"SELECT s.id, t.id FROM ({once.format(0)}) s JOIN ({once.format(1)}) t ON s.name=t.name"
    for query, confidence in ((equal, 1.0), (alike, 0.95)):
        base.execute(f"CREATE TEMP TABLE found AS {query}")
        for s, t in base.execute("SELECT * FROM found ORDER BY 1"):
            _pair(journal, s, t, "name", confidence)
        base.execute("DROP TABLE found")
    base.execute("COMMIT")


def _by_content(journal: Journal) -> None:
    base = journal.base
    if base.execute("SELECT min(side) = max(side) FROM page WHERE free").fetchone()[0] in (None, 1):
        return
    base.execute("BEGIN")
    for number, side, _, found in _sketches(journal, "free"):
        rows = [(anchor, side, number) for anchor in found.anchors]
        base.executemany("INSERT OR IGNORE INTO anchor VALUES (?, ?, ?)", rows)
    base.execute(
        "INSERT INTO rare SELECT number, 1 / sqrt(CAST(sum(side = 0) * sum(side = 1) AS REAL)) FROM anchor "
        "GROUP BY number "
        f"HAVING sum(side = 0) BETWEEN 1 AND {_RARE} AND sum(side = 1) BETWEEN 1 AND {_RARE}"
    )
    for (number,) in base.execute("SELECT id FROM page WHERE side=0 AND free ORDER BY id"):
        base.execute(_LIKELY, {"page": number, "least": _NEAR})
    base.execute("COMMIT")
    base.execute("BEGIN")
    ranked = "SELECT source, target, score FROM likely WHERE score >= ? ORDER BY score DESC, source, target"
    for s, t, score in base.execute(ranked, (_LIKE,)):
        if not (_free(journal, s) and _free(journal, t)):
            continue
        (rival,) = base.execute(
            "SELECT max(score) FROM likely JOIN page a ON a.id=source JOIN page b ON b.id=target "
            "WHERE (source=:s OR target=:t) AND NOT (source=:s AND target=:t) AND a.free AND b.free",
            {"s": s, "t": t},
        ).fetchone()
        lead = score / (score + (rival or 0.0))
        if lead >= _AHEAD:
            _pair(journal, s, t, "content", round(min(0.95, score, lead), 3))
    base.execute("COMMIT")


_WEIGHT = "(SELECT sum(weight) FROM anchor JOIN rare USING (number) WHERE page={})"
_LIKELY = f"""
INSERT INTO likely
SELECT :page, t.id, 2 * shared / ({_WEIGHT.format(":page")} + {_WEIGHT.format("t.id")}) AS score FROM (
    SELECT b.page AS id, sum(weight) AS shared FROM anchor a JOIN rare USING (number)
    JOIN anchor b ON b.number=a.number AND b.side=1
    WHERE a.page=:page GROUP BY b.page HAVING count(*) >= {_LEAST_SHARED}
) AS near JOIN page t ON t.id=near.id JOIN page s ON s.id=:page
WHERE s.letters <= {_LENGTHS} * t.letters AND t.letters <= {_LENGTHS} * s.letters AND score >= :least
ORDER BY score DESC, t.id LIMIT {_MOST_RIVALS}
"""
