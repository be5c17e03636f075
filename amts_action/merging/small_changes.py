"""The closed list of changes of English form that no translation needs to follow (DESIGN §5, `cosmetic`).

Two texts that are equal after these rules say the same, word by word. There is no guess here: what is not in a table
is a change of meaning.
"""

from __future__ import annotations

import re
from functools import lru_cache

from amts_action.documents.inline import tokens

__all__ = ["cosmetic_key"]

_QUOTES = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "‐": "-", "‑": "-", "…": "..."}
)

_CONTRACTIONS = {
    "can't": "cannot",
    "can not": "cannot",
    "won't": "will not",
    "shan't": "shall not",
    "let's": "let us",
    "it's": "it is",
    "that's": "that is",
    "there's": "there is",
    "here's": "here is",
    "what's": "what is",
    "where's": "where is",
    "who's": "who is",
    "how's": "how is",
    "i'm": "i am",
    **{f"{w}n't": f"{w} not" for w in "do does did could would should is are was were have has had must need".split()},
    **{f"{w}'re": f"{w} are" for w in "we you they there".split()},
    **{f"{w}'ve": f"{w} have" for w in "i we you they".split()},
    **{f"{w}'ll": f"{w} will" for w in "i we you he she it they that there".split()},
}

_OUR = "behavi col fav flav harb hon hum lab neighb od rum sav vap vig".split()
_ISE = (
    "anal/y categor/i character/i custom/i discret/i emphas/i equal/i factor/i familiar/i final/i formal/i general/i "
    "harmon/i initial/i linear/i local/i marginal/i maxim/i memor/i minim/i modern/i neutral/i normal/i optim/i "
    "organ/i "
    "parameter/i parametr/i penal/i polar/i popular/i priorit/i quant/i random/i real/i recogn/i regular/i serial/i "
    "special/i stabil/i standard/i summar/i symbol/i synchron/i token/i util/i vector/i visual/i"
).split()
_DOUBLED = "cancel channel fuel label level marvel model signal total travel tunnel".split()
_PLAIN = {
    "centre": "center",
    "centred": "centered",
    "fibre": "fiber",
    "litre": "liter",
    "theatre": "theater",
    "catalogue": "catalog",
    "dialogue": "dialog",
    "analogue": "analog",
    "grey": "gray",
    "defence": "defense",
    "offence": "offense",
    "judgement": "judgment",
    "artefact": "artifact",
    "ageing": "aging",
    "whilst": "while",
    "amongst": "among",
    "learnt": "learned",
    "spelt": "spelled",
    "burnt": "burned",
    "towards": "toward",
    "per cent": "percent",
    "e-mail": "email",
    "data set": "dataset",
    "mini-batch": "minibatch",
    "non-linear": "nonlinear",
    "non-zero": "nonzero",
    "non-negative": "nonnegative",
}


def _spellings() -> dict[str, str]:
    table: dict[str, str] = {}
    for stem in _OUR:
        for end in ("", "s", "ed", "ing", "al", "able", "ful", "less", "hood", "hoods", "ite", "ites"):
            table[f"{stem}our{end}"] = f"{stem}or{end}"
    for entry in _ISE:
        stem, vowel = entry.split("/")
        for end in ("e", "es", "ed", "ing", "er", "ers", "ation", "ations"):
            if vowel == "i" or end in ("e", "es", "ed", "ing", "er", "ers"):
                table[f"{stem}{vowel}s{end}"] = f"{stem}{vowel}z{end}"
    for stem in _DOUBLED:
        for end in ("ed", "ing", "er", "ers", "ings"):
            table[f"{stem}l{end}"] = f"{stem}{end}"
    for british, american in _PLAIN.items():
        table[british] = american
        if american[-1] not in "sde":
            table[british + "s"] = american + "s"
    # The nouns "analyses" and "analysis" are no verbs; "analyses" stays as it is.
    table.pop("analyses", None)
    return table


_WORD = re.compile(r"[a-z](?:[a-z']|-(?=[a-z]))*")
_PHRASES = tuple(phrase for phrase in (*_PLAIN, *_CONTRACTIONS) if " " in phrase)


@lru_cache(maxsize=1)
def _rules() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {**_spellings(), **_CONTRACTIONS}
    words = "|".join(re.escape(w) for w in sorted(table, key=len, reverse=True))
    return re.compile(rf"(?<![\w'])(?:{words})(?![\w'])", re.I), table


def _words(text: str) -> str:
    pattern, table = _rules()

    def american(m: re.Match[str]) -> str:
        word = m.group()
        changed = table[word.lower()]
        return changed[0].upper() + changed[1:] if word[0].isupper() else changed

    plain = text.translate(_QUOTES)
    lower = plain.lower()
    # Most texts hold none of the words, and looking words up is much quicker than trying every alternative.
    found = not table.keys().isdisjoint(_WORD.findall(lower)) or any(phrase in lower for phrase in _PHRASES)
    return pattern.sub(american, plain) if found else plain


@lru_cache(maxsize=20_000)
def cosmetic_key(text: str) -> str:
    """`text` in one form: white space, quotes, dashes, contractions, spelling and emphasis signs made alike."""
    flat = re.sub(r"\s+", " ", text).strip()
    parts = []
    for token in tokens(flat):
        if token.type == "text":
            parts.append(_words(token.raw))
        elif token.kind in ("emphasis", "strong"):
            parts.append("*" * len(token.raw))
        else:
            parts.append(token.raw)
    return re.sub(r"(?<=-) | (?=-)", "", "".join(parts))
