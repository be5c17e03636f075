"""Which keys of options and front matter hold language for readers: one table a dialect.

Sources: the MyST-Parser, MyST-NB and Sphinx references (directives, cell options, page front matter), sphinx-design,
the Quarto reference of cell options, and the front matter of Hugo, Jekyll, Docusaurus, VitePress, Starlight and
mkdocs-material. What is in no table follows the English unless people have given it another value.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

__all__ = ["DIRECTIVE", "FRONT_MATTER", "is_language_key"]

DIRECTIVE = frozenset(
    "alt caption title subtitle description legend summary tooltip placeholder prompt header footer "
    "img-alt link-alt fig-cap fig-alt fig-subcap tbl-cap tbl-subcap lst-cap code-summary figcaption "
    "code_prompt_show code_prompt_hide".split()
)
"""Options of directives and cells, wherever in the tree they stand."""

FRONT_MATTER = frozenset(
    "title subtitle short_title long_title description summary excerpt abstract tagline lead subject caption alt "
    "image_alt image-alt imageAlt sidebar_label sidebarTitle sidebar_title nav_title navTitle linkTitle linktitle "
    "link_title pagination_label heading subheading label details fig-cap fig-alt seo_title "
    "toc_title toc-title hero.name hero.text hero.tagline actions.text".split()
)
"""Keys of page front matter; one with a dot only directly below that key."""


def is_language_key(path: Sequence[str], table: Collection[str], extra: Collection[str] = ()) -> bool:
    """Whether the value at `path` is language. `extra` are keys that a setting adds to the table."""
    names = [key for key in path if key != "-"]
    if not names:
        return False
    leaf = names[-1]
    dotted = ".".join(names[-2:])
    return any(leaf in keys or dotted in keys for keys in (table, extra))
