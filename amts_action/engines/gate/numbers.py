"""Numbers in a text, in digits and in words, so that a changed one can be told from one that is written otherwise."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from amts_action.documents.inline import tokens
from amts_action.documents.language_codes import primary

__all__ = ["Figures", "figures_of", "has_digits", "numbers_differ"]

SMALL = 12
"""Numbers up to this are often written in words (three, December); where a language's words are not known they are only
asked to be true, not to be there. By hand, held to `benchmarks/gate.py`."""

_DIGITS = re.compile(r"(?<![\w.,])\d{1,3}(?:[   ’']\d{3})+(?!\d)|(?<![a-wyz0-9])\d+(?:[.,]\d+)*|(?<!\w)\.\d+")
_DECADE = re.compile(r"(\d{1,2}) ?(?:世纪|世紀) ?(\d0) ?年代")
"""`20世纪40年代` are the 1940s."""
_LISTED = re.compile(r"\((\d)\)")
_FIGURE = re.compile(r"[$\s\d.,()（），\\%-]+")
_DIGIT = re.compile(r"[\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2099\u2150-\u218b\u2460-\u24ff\u3220-\u33ff]")
"""A digit, or a character that NFKC makes one."""
_HAN = "〇零一二两三四五六七八九十百千万亿"
_PERCENT = re.compile("百分(?=[比之率点點])")
"""What says that a number is a percentage, and is no hundred."""
_HAN_VALUE = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
"""What digits of Han are worth: a language's own."""
_HAN_UNIT = {"十": 10, "百": 100, "千": 1000}
"""The same for units between them: a language's own."""
_SCALES = {
    "万": 1e4, "萬": 1e4, "亿": 1e8, "億": 1e8, "千": 1e3, "百": 1e2, "兆": 1e12, "만": 1e4, "억": 1e8, "천": 1e3,
    "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "hundred": 1e2, "dozen": 12, "k": 1e3,
    "m": 1e6, "bn": 1e9, "mil": 1e3, "millón": 1e6, "millones": 1e6, "millions": 1e6, "milliard": 1e9,
    "milliards": 1e9, "millionen": 1e6, "tausend": 1e3, "milliarden": 1e9, "milhões": 1e6, "milhão": 1e6,
    "bilhões": 1e9, "mille": 1e3, "mila": 1e3, "milioni": 1e6, "bin": 1e3, "milyon": 1e6, "milyar": 1e9,
    "nghìn": 1e3, "triệu": 1e6, "tỷ": 1e9, "тысяч": 1e3, "тысячи": 1e3, "миллион": 1e6, "миллионов": 1e6,
    "миллиардов": 1e9,
}  # fmt: skip
"""What words and signs multiply a number by: languages' own."""
_SCALE = re.compile(r"\s?(" + "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True)) + r")(?![a-zа-я])")

_WORDS: dict[str, dict[str, float]] = {
    "en": dict(
        zip(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen twenty".split(),
            map(float, range(21)),
            strict=True,
        )
    )
    | dict(zip("thirty forty fifty sixty seventy eighty ninety".split(), map(float, range(30, 100, 10)), strict=True))
    | {"once": 1, "twice": 2, "both": 2, "pair": 2, "double": 2, "doubled": 2, "doubles": 2, "couple": 2,
       "half": 0.5, "halves": 0.5, "single": 1, "triple": 3, "first": 1, "second": 2, "third": 3, "fourth": 4,
       "fifth": 5,
       "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "hundred": 100, "hundreds": 100,
       "thousand": 1000, "thousands": 1000, "million": 1e6, "dozen": 12, "quarter": 4, "decade": 10, "century": 100,
       "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
       "september": 9, "october": 10, "november": 11, "december": 12, "binary": 2, "ii": 2, "iii": 3,
       "iv": 4, "unit": 1, "zeros": 0, "zeroes": 0, "nonzero": 0, "ones": 1, "decades": 10, "centuries": 100,
       "dozens": 12, "millions": 1e6},
    "es": dict(zip("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce".split(), map(float, range(13)),
                   strict=True))
    | {"un": 1, "una": 1, "primer": 1, "primera": 1, "primero": 1, "segundo": 2, "segunda": 2, "tercer": 3,
       "tercero": 3,
       "tercera": 3, "cuarto": 4, "cuarta": 4, "quinto": 5, "ambos": 2, "ambas": 2, "doble": 2, "par": 2, "medio": 0.5,
       "mitad": 0.5, "cien": 100, "ciento": 100, "veinte": 20, "quince": 15, "treinta": 30, "único": 1, "única": 1,
       "sola": 1, "solo": 1, "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7,
       "agosto": 8, "septiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12},
    "fr": dict(zip("zéro un deux trois quatre cinq six sept huit neuf dix onze douze".split(), map(float, range(13)),
                   strict=True))
    | {"une": 1, "premier": 1, "première": 1, "deuxième": 2, "seconde": 2, "second": 2, "troisième": 3, "quatrième": 4,
       "cinquième": 5, "double": 2, "paire": 2, "demi": 0.5, "moitié": 0.5, "cent": 100, "vingt": 20, "janvier": 1,
       "février": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6, "juillet": 7, "août": 8, "septembre": 9, "octobre": 10,
       "novembre": 11, "décembre": 12},
    "de": dict(zip("null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split(), map(float, range(13)),
                   strict=True))
    | {"ein": 1, "eine": 1, "einen": 1, "einem": 1, "einer": 1, "erste": 1, "ersten": 1, "zweite": 2, "zweiten": 2,
       "dritte": 3, "dritten": 3, "vierte": 4, "beide": 2, "beiden": 2, "doppelt": 2, "paar": 2, "halb": 0.5,
       "hälfte": 0.5, "hundert": 100, "zwanzig": 20, "januar": 1, "februar": 2, "märz": 3, "april": 4, "mai": 5,
       "juni": 6, "juli": 7, "august": 8, "september": 9, "oktober": 10, "november": 11, "dezember": 12},
    "pt": dict(zip("zero um dois três quatro cinco seis sete oito nove dez onze doze".split(), map(float, range(13)),
                   strict=True))
    | {"uma": 1, "duas": 2, "primeiro": 1, "primeira": 1, "segundo": 2, "segunda": 2, "terceiro": 3, "terceira": 3,
       "ambos": 2, "dobro": 2, "metade": 0.5, "cem": 100, "vinte": 20},
    "tr": dict(zip("sıfır bir iki üç dört beş altı yedi sekiz dokuz on".split(), map(float, range(11)), strict=True))
    | {"ilk": 1, "birinci": 1, "ikinci": 2, "üçüncü": 3, "dördüncü": 4, "çift": 2, "yarım": 0.5, "yarısı": 0.5,
       "yüz": 100, "yirmi": 20},
    "vi": dict(zip("không một hai ba bốn năm sáu bảy tám chín mười".split(), map(float, range(11)), strict=True))
    | {"nhất": 1, "đôi": 2, "nửa": 0.5, "trăm": 100},
    "ru": dict(zip("ноль один два три четыре пять шесть семь восемь девять десять".split(), map(float, range(11)),
                   strict=True))
    | {"одна": 1, "одно": 1, "две": 2, "двух": 2, "трех": 3, "трёх": 3, "первый": 1, "первая": 1, "второй": 2,
       "третий": 3, "оба": 2, "обе": 2, "половина": 0.5, "сто": 100},
    "ko": dict(zip("영 일 이 삼 사 오 육 칠 팔 구 십".split(), map(float, range(11)), strict=True))
    | {"한": 1, "하나": 1, "두": 2, "둘": 2, "세": 3, "셋": 3, "네": 4, "넷": 4, "다섯": 5, "여섯": 6, "일곱": 7,
       "여덟": 8, "아홉": 9, "열": 10, "첫": 1, "절반": 0.5, "모두": 2},
}  # fmt: skip
"""What numbers are called, with words that imply one (twice, December); `zh` and `ja` are read by character. Languages'
own."""
_CHARACTERS = {"zh": {"双": 2, "雙": 2, "半": 0.5, "单": 1, "首": 1, "俩": 2, "再": 2, "倍": 2, "都": 2, "均": 2,
                      "皆": 2,
                      "对": 2, "次": 2, "另": 2},
               "ja": {"両": 2, "半": 0.5, "単": 1, "最": 1, "初": 1, "倍": 2, "ひとつ": 1, "ふたつ": 2, "つ": 2,
                      "再": 2,
                      "他": 1, "各": 1}}  # fmt: skip
"""Characters that are, or imply, a number: languages' own."""


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of one text."""

    written: tuple[tuple[str, frozenset[float]], ...]
    """Each number in digits as it stands there, and what it may be worth (`1,500`, `1.5 million`, a decimal comma)."""
    implied: frozenset[float]
    """What the words say."""
    knows_words: bool
    """Whether the words of the language are known."""
    in_spans: frozenset[str] = frozenset()
    """Digits in formulas and programs."""


@lru_cache(maxsize=20_000)
def has_digits(text: str) -> bool:
    """Whether a marked text has a number in digits, which `figures_of` reads."""
    return any(
        _DIGIT.search(t.raw) is not None and (t.type == "text" or (t.kind == "math" and bool(_FIGURE.fullmatch(t.raw))))
        for t in tokens(text)
    )


@lru_cache(maxsize=20_000)
def figures_of(text: str, lang: str) -> Figures:
    """The numbers in the language of a marked text, and in formulas that are plain numbers."""
    plain = " ".join(t.raw for t in tokens(text) if t.type == "text" or (t.kind == "math" and _FIGURE.fullmatch(t.raw)))
    plain = unicodedata.normalize("NFKC", plain).lower()
    code = primary(lang)
    others = (t.raw for t in tokens(text) if t.type != "text" and not (t.kind == "math" and _FIGURE.fullmatch(t.raw)))
    in_spans = frozenset(digits for raw in others for digits in re.findall(r"\d+", raw))
    plain = _DECADE.sub(lambda m: f"{(int(m[1]) - 1) * 100 + int(m[2])}年代", plain)
    if len(listed := _LISTED.findall(plain)) > 1 and listed == [str(n + 1) for n in range(len(listed))]:
        plain = _LISTED.sub(" ", plain)
    written, rest, at = [], [], 0
    for m in _DIGITS.finditer(plain):
        scale = _SCALE.match(plain, m.end())
        times = _SCALES[scale.group(1)] if scale else 0.0
        for raw in _parted(m.group(), comma=code in _COMMA):
            written.append((raw, frozenset(_worth(raw, times, comma=code in _COMMA))))
        rest.append(plain[at : m.start()])
        at = m.end()
    words = " ".join([*rest, plain[at:]])
    known = _WORDS.get(code)
    if code in _CHARACTERS:
        return Figures(tuple(written), frozenset(_in_han(words, _CHARACTERS[code])), True, in_spans)
    said = [known.get(w) for w in re.findall(r"[^\W\d_]+", words)] if known else []
    found = {value for value in said if value is not None}
    found |= {a * b for a, b in pairwise(said) if a is not None and b is not None}  # two decades
    if code == "ko":
        found |= {value for word, value in _WORDS["ko"].items() if word in words}
    return Figures(tuple(written), frozenset(found), known is not None, in_spans)


_COMMA = frozenset("es fr de pt it nl ru uk pl cs sk tr vi da sv nb no fi el ro hu bg hr sr id ca".split())
"""Languages in which a comma may stand before decimals."""


_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def _parted(raw: str, *, comma: bool) -> list[str]:
    """The numbers of a run of digits: `3,4` is one where a comma may stand before decimals, and a pair elsewhere."""
    commas = raw.count(",")
    if not commas or _THOUSANDS.fullmatch(raw) or (comma and commas == 1):
        return [raw]
    return raw.split(",")


def _worth(raw: str, scale: float, *, comma: bool) -> Iterator[float]:
    """What digits may be worth: a point or a comma may divide thousands or decimals."""
    bare = re.sub(r"[   ’']", "", raw)
    values = []
    if re.fullmatch(r"\d+(?:,\d{3})+(?:\.\d+)?", bare):
        values.append(float(bare.replace(",", "")))
    if re.fullmatch(r"\d+(?:\.\d{3})+(?:,\d+)?", bare):
        values.append(float(bare.replace(".", "").replace(",", ".")))
    if re.fullmatch(r"\d*[.,]?\d+" if comma else r"\d*\.?\d+", bare):
        values.append(float(bare.replace(",", ".")))
    if not values and "." not in bare and not comma:
        values = [float(bare.replace(",", ""))]
    if not values:  # a version, a date, a section: `1.2.3`
        values = [float(re.sub(r"\D", "", bare)[:15])]
    for value in values:
        yield value
        if scale:
            yield value * scale


def _in_han(text: str, more: dict[str, float]) -> Iterator[float]:
    for run in re.findall(f"[{_HAN}]+", _PERCENT.sub(" ", text)):
        yield _han_value(run)
        yield from (float(_HAN_VALUE[c]) for c in run if c in _HAN_VALUE)
        yield from (float(_HAN_UNIT[c]) for c in run if c in _HAN_UNIT)
    yield from (value for word, value in more.items() if word in text)


def _han_value(run: str) -> float:
    if not set(run) & {*_HAN_UNIT, "万", "亿"}:
        return float("".join(str(_HAN_VALUE.get(c, 0)) for c in run))
    total = part = digit = 0
    for c in run:
        if c in _HAN_VALUE:
            digit = _HAN_VALUE[c]
        elif c in _HAN_UNIT:
            part += (digit or 1) * _HAN_UNIT[c]
            digit = 0
        else:
            total += (part + digit or 1) * int(_SCALES[c])
            part = digit = 0
    return float(total + part + digit)


def numbers_differ(source: Figures, target: Figures) -> tuple[list[str], list[str]]:
    """Numbers in digits that only the source has, and that only the target has, each as often as it stands there.

    One that the other side says in words is no difference, nor is a small one that may be said so where the words of
    that language are not known. Where both sides have as many digits, and one of each is left, one took the place of
    the other, though the text says it elsewhere, in digits or in words that both have.
    """
    left = list(target.written)
    missing = []
    for raw, worth in source.written:
        found = next((n for n, (_, other) in enumerate(left) if _same(worth, other)), None)
        if found is None:
            missing.append((raw, worth))
        else:
            del left[found]
    if len(missing) == len(left) == 1 and _replaced(missing[0], left[0], source, target):
        return [missing[0][0]], [left[0][0]]
    return _unsaid(missing, source, target), _unsaid(left, target, source)


Written = tuple[str, frozenset[float]]


def _replaced(old: Written, new: Written, source: Figures, target: Figures) -> bool:
    """Whether one number took the place of another: neither is what the other side says in a way of its own."""
    both = source.implied & target.implied
    return (
        source.knows_words
        and target.knows_words
        and not _in_words(old[1], target.implied - both)
        and not _in_words(new[1], source.implied - both)
        and old[0] not in target.in_spans
        and new[0] not in source.in_spans
    )


def _unsaid(numbers: list[tuple[str, frozenset[float]]], here: Figures, there: Figures) -> list[str]:
    """Those of the numbers of one side that the other does not say in another way."""
    once = {raw for raw, _ in here.written if sum(raw == other for other, _ in here.written) == 1}
    out = []
    for raw, worth in numbers:
        if raw in there.in_spans - here.in_spans:
            continue  # there it stands in a formula or a program
        said = any(_same(worth, other) for _, other in there.written)
        if _in_words(worth, there.implied) or (said and raw not in once and min(worth) <= SMALL):
            continue  # in words, or once more or less often than there
        if not there.knows_words and min(worth) <= SMALL and not there.written:
            continue
        out.append(raw)
    return out


def _same(here: frozenset[float], there: frozenset[float]) -> bool:
    """Whether both may be the same number, also as a percentage."""
    return bool(here & there) or any(value / 100 in there or value * 100 in there for value in here)


def _in_words(here: frozenset[float], implied: frozenset[float]) -> bool:
    """Whether words say a number, also as a share: half of it for 50 %, but no `one` for 100."""
    return bool(here & implied) or any(value / 100 in implied for value in here if value < 100)
