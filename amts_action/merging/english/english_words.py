"""Which English words say the same to a translator: spellings, contractions, agreement, typing mistakes.

Every question is about a pair of words that authors really wrote, one before and one after, never about one word
alone. So a rule may be wide (`-our` and `-or` are one ending): it only goes wrong where both forms are words of their
own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA

__all__ = [
    "ARTICLES",
    "COUNTED",
    "GUARDED",
    "NUMBERLESS",
    "agrees",
    "american",
    "expansions",
    "is_guarded",
    "is_optional",
    "is_same_preposition",
    "is_typo",
]

ARTICLES = frozenset("a an the".split())

NEGATIONS = frozenset(
    "not no nor none never neither without cannot nothing nobody nowhere hardly scarcely barely".split()
)
NUMBERS = frozenset(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred hundreds thousand thousands "
    "million millions billion billions first second third fourth fifth sixth seventh eighth ninth tenth last next "
    "half halves third thirds quarter quarters once twice thrice single double triple dozen dozens both pair".split()
)
COUNTED = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
}
"""Numbers that authors write in words or in digits."""
MODALS = frozenset("can could may might must shall should will would ought need needs dare".split())
COMPARISONS = frozenset(
    "more most less least fewer fewest greater greatest larger largest smaller smallest higher highest lower lowest "
    "longer longest shorter shortest better best worse worst bigger biggest than as same different equal equals above "
    "below over under before after until unless only except at all any some every each few many much little".split()
)
GUARDED = NEGATIONS | NUMBERS | MODALS | COMPARISONS
"""Words that no rule may touch: a negation, a number, a modal or a comparison that comes, goes or changes is news."""

NUMBERLESS = frozenset("zh ja ko vi th id ms lo km my jv su yue wuu".split())
"""Languages whose nouns do not show number: whether the English has a singular or a plural is nothing to them."""


def is_guarded(word: str) -> bool:
    """Whether a word may never be touched."""
    low = word.lower().replace("’", "'")
    return low in GUARDED or low.endswith("n't")


# Spelling ---------------------------------------------------------------------------------------------------------

_FAMILIES = [
    (re.compile(pattern), to)
    for pattern, to in (
        (r"^(.*[a-z]{3}|od|(?:hon|lab|hum|rum|fav|vap|arm|ard|col|sav|tum|val|vig))our", r"\1or"),
        (r"^(.{3,})is(?=(?:e|ed|es|ing|er|ers|ation|ations|ational|able)$)", r"\1iz"),
        (r"^(.{3,})ys(?=(?:e|ed|es|ing|er|ers)$)", r"\1yz"),
        (r"^(.*[aeiouy]+[^aeiouy]+.*[aeiouy])ll(?=(?:ed|ing|ings|er|ers|or|ors|ous|ery|ist|able)$)", r"\1l"),
        (r"^(fue|due|dia|tria|crue)ll(?=(?:ed|ing|er|ers|est)$)", r"\1l"),
        (r"^(enro|fulfi|insta|disti|ski|wi|ful)l(?=(?:s|ment|ments|ful|fully)?$)", r"\1ll"),
        (r"^(kidna|worshi)pp(?=(?:ed|ing|er|ers)$)", r"\1p"),
        (r"^(focu|bia)ss(?=(?:ed|es|ing)$)", r"\1s"),
        (r"^(.{2,}[bt]|manoeuv|meag|lust|sombr?|accout|och|mass?ac)re(?=[sd]?$)", r"\1er"),
        (r"^(.*[bt]|.*euv)r(?=(?:ed|ing|able|ability)$)", r"\1er"),
        (r"(og)ue(?=s?$)", r"\1"),
        (r"(og)u(?=(?:ed|ing)$)", r"\1"),
        (r"^(conne|infle|refle|defle)xion", r"\1ction"),
        (r"^(disc)(?=s?$)", "disk"),
        (r"(gram)me(?=s?$)", r"\1"),
        (r"^(.*(?:def|off|lic|pret|practi))(?:c|s)e", r"\1se"),
        (r"^(def|off|lic|pret)en(?:c|s)e", r"\1ense"),
        (r"^practi(?:c|s)", "practic"),
        (r"ogramme(?=s?$)", "ogram"),
        (r"^grey", "gray"),
        (r"^(.*dg)ement", r"\1ment"),
        (r"^ageing", "aging"),
        (r"^(like|move|sale|size|blame|love|live|use)able$", lambda m: m[1][:-1] + "able"),
        (r"^(arte|arti)fact", "artifact"),
        (r"^(whil|among|amid)st$", r"\1"),
        (r"^while?$", "while"),
        (r"^(learn|burn|spoil|spill?|smell?|dream|lean|leap|kneel|dwell?)t$", r"\1ed"),
        (r"^spelt$", "spelled"),
        (r"^(to|for|back|after|up|down|in|out|on)wards$", r"\1ward"),
        (r"^sulph", "sulf"),
        (r"^alumini?um", "aluminum"),
        (r"^(enc?yclop|h|an|arch|p|medi|ur|c|aesth|gyn|orthop|p)ae", r"\1e"),
        (r"^aesth", "esth"),
        (r"oeu?(?=st|v|ph|t[au]|d)", lambda m: "eu" if m[0] == "oeu" else "e"),
        (r"^(m|sm)ould", r"\1old"),
        (r"^plough", "plow"),
        (r"^scept", "skept"),
        (r"^tyre", "tire"),
        (r"^cheque", "check"),
        (r"^(cosy|cosi)", lambda m: "coz" + m[0][3:]),
        (r"^(dra)ught", r"\1ft"),
        (r"^(gau)ge", "gage"),
        (r"^storey", "story"),
        (r"^aeroplane", "airplane"),
        (r"^moustache", "mustache"),
        (r"^pyjama", "pajama"),
        (r"^doughnut", "donut"),
        (r"^(yog)h?urt", r"\1urt"),
        (r"^acknowledgement", "acknowledgment"),
        (r"^kerb", "curb"),
        (r"^jewell", "jewel"),
        (r"^(un)?wooll", r"\1wool"),
    )
]

_ANY_FAMILY = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in _FAMILIES))
"""What a word must match for one of the families to change it: one search in the place of fifty."""


_LONGEST_WORD = 45
"""Letters of a word that may have two spellings: our own limit, the length of the longest in English dictionaries."""


@lru_cache(maxsize=20_000)
def american(word: str) -> str:
    """A form of a word, in lower case, that its British and its American spelling share; not always a word."""
    out = word.lower().replace("’", "'")
    if len(out) > _LONGEST_WORD:
        return out
    possessive = "'s" if out.endswith("'s") else ""
    out = out.removesuffix("'s")
    if not _ANY_FAMILY.search(out):
        return out + possessive
    for pattern, to in _FAMILIES:
        out = pattern.sub(to, out)
    return out + possessive


# Contractions -----------------------------------------------------------------------------------------------------

_IRREGULAR = {"can't": ("can not",), "cannot": ("can not",), "won't": ("will not",), "shan't": ("shall not",)} | {
    "there's": ("there is", "there are", "there has"),
}
_ENDINGS = (
    ("n't", ("{} not",)),
    ("'re", ("{} are",)),
    ("'ve", ("{} have",)),
    ("'ll", ("{} will", "{} shall")),
    ("'m", ("{} am",)),
    ("'d", ("{} would", "{} had")),
    ("'s", ("{} is", "{} has", "{} us")),
)


@lru_cache(maxsize=5_000)
def expansions(word: str) -> tuple[str, ...]:
    """What a contraction stands for, in lower case; the word itself first."""
    low = word.lower().replace("’", "'")
    if low in _IRREGULAR:
        return (low, *_IRREGULAR[low])
    for ending, forms in _ENDINGS:
        if low.endswith(ending) and len(low) > len(ending):
            return (low, *(form.format(low.removesuffix(ending)) for form in forms))
    return (low,)


# Agreement --------------------------------------------------------------------------------------------------------

_FORMS = {
    frozenset(pair.split("/"))
    for pair in "is/are was/were has/have does/do am/are this/these that/those isn't/aren't wasn't/weren't "
    "hasn't/haven't doesn't/don't".split()
}
"""Pairs that differ in number only and have no other meaning."""

_PLURALS = {
    frozenset(pair.split("/"))
    for pair in "child/children man/men woman/women foot/feet tooth/teeth person/people index/indices matrix/matrices "
    "vertex/vertices axis/axes analysis/analyses basis/bases hypothesis/hypotheses datum/data medium/media "
    "criterion/criteria phenomenon/phenomena leaf/leaves half/halves life/lives knife/knives shelf/shelves wolf/wolves "
    "mouse/mice goose/geese crisis/crises thesis/theses axis/axes appendix/appendices formula/formulae".split()
}

_ONE = frozenset("a an each every this that another one either neither".split())
_SEVERAL = frozenset(
    "these those many several few various multiple numerous both all most some two three four five six seven eight "
    "nine ten".split()
)
_SUBJECTS = frozenset(
    "it he she they we you i who which that this these those there what one each everyone everybody nobody someone "
    "them us him her none both many some most few all either neither anyone somebody".split()
)
_BARE = frozenset("do does did don't doesn't didn't to let lets".split()) | MODALS
_OBJECTS = frozenset(
    "the a an its their our your my his her this these those that us them it him all both no any some each every to "
    "as".split()
)
_PARTS = frozenset("one each some many most all none any both several few number couple kinds types".split())
_PASSED = frozenset("not also always never often usually only still just then now already".split())
_FUNCTION = frozenset(
    "of in on at by for with from into onto over under about between through and or but if when while because as than "
    "so is are was were be been being has have had do does did".split()
)


def _is_inflected(one: str, other: str) -> bool:
    """Whether `other` is `one` with an s."""
    if other == one + "s" or (other == one + "es" and re.search(r"(?:[sxzo]|ch|sh)$", one)):
        return len(one) > 1
    return len(one) > 2 and one.endswith("y") and other == one[:-1] + "ies"


def agrees(
    old: str, new: str, before: tuple[Sequence[str], Sequence[str]], after: Sequence[str], *, numberless: bool
) -> bool:
    """Whether `old` became `new` for the sake of number alone.

    A noun of which the number changed says something else (`the hive`, `the hives`), unless the words before it asked
    for the number, or nothing shows in the language of the translation.

    Args:
        old: a word of the base, in lower case.
        new: the word of the head in its place, in lower case.
        before: the words before it in base and head, in lower case, nearest last, not across a stop.
        after: the words behind it, nearest first.
        numberless: the translation's language shows no number.
    """
    if frozenset((old, new)) in _FORMS:
        return True
    grows = _is_inflected(old, new)
    if not grows and not _is_inflected(new, old) and frozenset((old, new)) not in _PLURALS:
        return False
    grows = grows or (frozenset((old, new)) in _PLURALS and not new.endswith(("is", "um", "on", "x")) and len(new) > 2)
    if numberless:
        return True
    fresh = (_ONE | _SEVERAL) - set(before[0])  # what came with the word cannot have asked for it before
    near = ["#" if word in fresh else word for word in before[1]]
    near = [word for word in near if word not in _PASSED and not word.endswith("ly")]
    last = near[-1] if near else ""
    if last in _BARE or last in _SUBJECTS:
        return True  # a verb
    if not grows and re.search(r"[^s]s$", last) and last not in _FUNCTION:
        return True  # a verb behind a plural
    if after[:1] and after[0] in _OBJECTS | NUMBERS and last and last not in _FUNCTION | _ONE | _SEVERAL | {"the"}:
        return True  # a verb before its object
    if "of" in near[-2:] and set(near[-4:]) & _PARTS:
        return grows  # `one of the hive`
    asked = next((word for word in reversed(near[-3:]) if word in _ONE | _SEVERAL or word in _FUNCTION), "")
    if asked in _ONE and asked != "one" and len(near) > 1 and near[-1] not in _ONE and grows:
        return True  # `a colony hold`: the noun stands there already
    return asked in (_SEVERAL if grows else _ONE)


# Small words ------------------------------------------------------------------------------------------------------

_SAYING = re.compile(
    r"(?:recall|not(?:e|ic)|f[io]und|find|show|know|knew|suppos|assum|mean|observ|suggest|impl[iy]|guarante|argu|prove"
    r"|remember|imagin|verif|believ|say|said|ensur)(?:e?[sd]|ing|ies|ied|n|y)?"
)
"""Verbs of which the sentence that follows begins with `that` or without."""
_OTHER_WITH_OF = frozenset(
    "smell smells taste tastes know knows knew known hear hears heard think thinks thought dream dreams".split()
)
"""Verbs that say something else with `of`."""
_CHANGING = re.compile(
    r"(?:convert|transform|translat|divid|split|separat|partition|group|break|broken?|cut|cast)[a-z]*"
)
"""Verbs of which the result is said with `into`, `to` or `in` alike."""


def is_optional(word: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a sentence says the same with this word and without, or is no sentence in one of the two ways.

    Args:
        word: in lower case.
        before: the words before it, nearest last; what is neither word nor number is `#`.
        after: the words behind it, nearest first.
    """
    last, follows = before[-1:], after[:1]
    if not last or not follows or not last[0].isalpha() or {*last, *follows} & NUMBERS:
        return False
    if word == "of":
        return last[0] not in _OTHER_WITH_OF and follows[0].isalpha()
    return word == "that" and _SAYING.fullmatch(last[0]) is not None


def is_same_preposition(old: str, new: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether one of two small words, in lower case, may stand for the other there; `before` and `after` as above."""
    pair = {old, new}
    if pair == {"on", "upon"}:
        return True
    if pair == {"in", "by"}:
        return after[:1] == ["contrast"]
    if pair == {"so", "as"}:
        return after[:2] == ["long", "as"]
    if pair == {"as", "by"}:
        return before[-1:] == ["denoted"]
    if before and before[-1][0].isdigit():
        return False  # `from 3 to 5`
    return pair in ({"to", "into"}, {"in", "into"}) and any(_CHANGING.fullmatch(word) for word in before)


# Typing mistakes --------------------------------------------------------------------------------------------------

_PREFIXES = frozenset(
    "a ab ad anti auto bi co con counter de dis down en ex extra fore hetero homo hyper hypo il im in infra "
    "inter intra ir macro mal mega meta micro mid mini mis mono multi non off omni on out over para poly "
    "post pre pro quasi re semi sub super sur tele trans tri ultra un under uni up upper lower".split()
) | {""}
_RARE = 50
"""Measured on the word list: the count that the word list gives to words that it has no text for: nearly two thirds of
them. Names and rare words."""
_OFTEN = 5_000
"""Count of a word that everybody knows, such as `summer` (69,566), beside a rare one (`Sumer`, 50). By hand, held by
`tests/fixtures/small_changes.txt`."""
_LONG = 7
"""Letters from which two mistakes may be in one word: shorter words at this distance are mostly other words. By hand,
held by `tests/fixtures/small_changes.txt`."""


def is_typo(old: str, new: str, *, told: bool) -> bool:
    """Whether `old` is `new` mistyped.

    Args:
        old: a word of the base, in lower case, that the book does not have any more.
        new: the word of the head in its place, in lower case.
        told: whether the book has `new` at other places, too.
    """
    if not (old.isascii() and new.isascii() and old.isalpha() and new.isalpha()) or min(len(old), len(new)) < 3:
        return False
    if not _words():
        return False
    apart = OSA.distance(old, new, score_cutoff=2)
    if apart > (2 if min(len(old), len(new)) >= _LONG else 1) or _is_other_prefix(old, new):
        return _is_uni(old, new)
    count = _count(old)
    if count > _RARE or _count(american(old)) > _RARE:
        return False
    fresh = max(_count(new), _count(american(new)))
    if not fresh and not told:
        return False
    slip = apart == 1 and (len(set(old) ^ set(new)) == 0)  # a letter doubled, lost of a double, or two exchanged
    if len(old) < 4 or count or _count(american(old)):
        return slip and fresh >= _OFTEN
    return True


def _is_other_prefix(old: str, new: str) -> bool:
    """Whether the words differ in a prefix, which turns a meaning: `encoders`, `decoders`."""
    for size in range(min(len(old), len(new)), 2, -1):
        if old[-size:] == new[-size:]:
            return old[:-size] in _PREFIXES and new[:-size] in _PREFIXES
    return False


def _is_uni(old: str, new: str) -> bool:
    """Whether a letter was lost of `uni-`, which made a word that nobody has of it: `unform`."""
    return new == f"uni{old[2:]}" and old.startswith("un") and not _count(old) and _count(new) > 0


@lru_cache(maxsize=1)
def _words() -> bytes:
    """The English words of pyspellchecker (MIT), as it keeps them: one JSON object of word and count; empty when the
    package is not there, and then no word counts as a typing mistake."""
    import gzip
    from importlib.resources import files

    try:
        files("spellchecker")
    except ModuleNotFoundError:
        return b""
    return gzip.decompress((files("spellchecker") / "resources" / "en.json.gz").read_bytes())


@lru_cache(maxsize=5_000)
def _count(word: str) -> int:
    """How often the word list's texts have a word; 0 when it does not know it."""
    found = re.search(rb'"%s": ?(\d+)' % word.encode(), _words())
    return int(found[1]) if found else 0
