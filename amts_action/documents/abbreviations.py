"""Abbreviations of technical prose after which a full stop does not end a sentence, by language.

They come on top of what the sentence library knows. Lower case, without the last full stop; a value is
compared with the last word before that stop. Only words are listed that hardly ever close a
sentence, so `etc.` is not here: whether it does is told by the case of the next word.
"""

from __future__ import annotations

__all__ = ["ABBREVIATIONS", "BEFORE_NUMBERS", "CLOSING", "COMMON"]

COMMON: frozenset[str] = frozenset(
    "fig figs eq eqs eqn sec secs ch chap chaps tab tbl alg thm lem cor prop def ex vol vols pp ed eds e.g i.e "
    "cf vs viz resp approx dr mr mrs ms prof st jr et al".split()
)
"""English and Latin ones; English text is quoted in every language."""

BEFORE_NUMBERS: frozenset[str] = frozenset("no nos".split())
"""Abbreviations only before a number: `See No. 5.`, but `Is it? No. Then why?`"""

CLOSING: tuple[str, ...] = ("etc", "usw", "usf", "v.v", "vb", "vs", "т. д", "т. п", "т.д", "т.п", "и др")
"""Abbreviations that close a sentence when a capital follows."""

ABBREVIATIONS: dict[str, frozenset[str]] = {
    "tr": frozenset(
        "örn bkz bknz yy doç sn şek böl çev m.ö m.s "
        "ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xix xx xxi".split()
    ),
    "de": frozenset("z z.b d.h u.a bzw vgl abb abs kap nr ggf sog bspw evtl ca s".split()),
    "fr": frozenset("p p.ex c.-à-d m mme mlle art chap fig éq env".split()),
    "es": frozenset("p p.ej ej sr sra srta ud uds núm ec cap pág págs aprox".split()),
    "pt": frozenset("p p.ex ex sr sra srta dra núm cap pág págs aprox".split()),
    "ru": frozenset(
        "рис гл стр с см ср напр т.е т.к т.н е к н г гг в вв тыс млн млрд руб им ул проф акад ред табл ур разд п пп "
        "прим англ лат".split()
    ),
    "hi": frozenset("डॉ श्री प्रो सं पृ चि".split()),
    "ar": frozenset("د أ م ص".split()),
    "it": frozenset("p pag pagg fig cap sez dott sig sigg es ecc".split()),
    "vi": frozenset("vd tp ts gs pgs ths th.s bs ks nxb".split()),
}
