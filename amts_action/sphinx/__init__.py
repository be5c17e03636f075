"""An extension of Sphinx, thus of Jupyter Book 1 and of d2lbook: what readers of a translation want to know.

    extensions = ["myst_parser", "amts_action.sphinx"]
    amts_status = "status.json"    # what `amts status --json` wrote; without it the records in `.amts/state` count
    amts_sections = True           # notes at sections, too
    amts_languages = {"en": "https://example.org/{page}.html"}   # links to the page in other languages

Nothing is fetched while the book is built. Sphinx is imported by Sphinx only: all of this package but the functions
that Sphinx calls works without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from amts_action import __version__
from amts_action.errors import AmtsError
from amts_action.sphinx.languages import PageLinks, page_links
from amts_action.sphinx.notes import Note, folder_in_repository, notes_of_records, notes_of_status, page_name
from amts_action.sphinx.texts import NoteTexts, texts_for

__all__ = ["setup"]

_OFF = ("false", "no", "off", "0")


def setup(app: Any) -> dict[str, Any]:
    """Called by Sphinx: registers settings and what is done with each page."""
    app.add_config_value("amts_status", "", "html", (str,))
    app.add_config_value("amts_sections", False, "html", (bool,))
    app.add_config_value("amts_language", "", "html", (str,))
    app.add_config_value("amts_notes", {}, "html", (dict,))  # what was read: pages are written again when it changes
    app.add_config_value("amts_languages", {}, "html", (dict,))
    app.connect("config-inited", _read)
    app.connect("doctree-resolved", _annotate)
    app.connect("html-page-context", _declare)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}


def _read(app: Any, config: Any) -> None:
    """Reads which pages are behind."""
    root, folder = folder_in_repository(Path(app.srcdir))
    lang = ""
    try:
        if config.amts_status:
            path = Path(app.confdir, config.amts_status)
            lang, notes = notes_of_status(path.read_bytes(), where=config.amts_status)
        else:
            notes = notes_of_records(root)
    except (AmtsError, OSError) as error:
        from sphinx.errors import ExtensionError

        raise ExtensionError(f"amts_status: {error}") from error
    config.amts_language = config.amts_language or lang or config.language or "en"
    below = "" if str(folder) == "." else f"{folder}/"
    config.amts_notes = {
        page_name(path.removeprefix(below)): (note.since, note.link, note.sections)
        for path, note in notes.items()
        if path.startswith(below)
    }


def _links(app: Any, docname: str) -> PageLinks:
    """The page in the other languages.

    Raises:
        ExtensionError: the settings are wrong.
    """
    config = app.config
    try:
        return page_links(docname, config.amts_languages, status=config.amts_status, folder=Path(app.confdir))
    except (AmtsError, OSError) as error:
        from sphinx.errors import ExtensionError

        raise ExtensionError(f"amts_languages: {error}") from error


def _declare(app: Any, docname: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Says in the head of a page where it is in other languages, as search engines want it."""
    if doctree is not None and app.config.amts_languages:
        from html import escape

        tags = (f'<link rel="alternate" hreflang="{escape(k)}" href="{escape(v)}">' for k, _, v in _links(app, docname))
        context["metatags"] = context.get("metatags", "") + "\n".join(tags)


def _annotate(app: Any, doctree: Any, docname: str) -> None:
    """Puts into one page, below its heading, the links to other languages and the note."""
    from docutils import nodes

    sections = list(doctree.findall(nodes.section))
    place = (sections[0], 1) if sections else (doctree, 0)
    below: list[Any] = []
    if app.config.amts_languages and app.builder.format == "html" and (links := _links(app, docname)):
        line = nodes.paragraph("", classes=["amts-languages"])
        for n, (_, name, address) in enumerate(links):
            line += [nodes.Text(" · ")] * bool(n) + [nodes.reference("", name, refuri=address, internal=False)]
        below.append(line)
    found = app.config.amts_notes.get(docname)
    off = str(app.env.metadata.get(docname, {}).get("amts_note", "")).strip().lower() in _OFF
    if found is not None and not off:
        below.append(_noted(app.config, Note(*found), sections))
    for node in reversed(below):
        place[0].insert(place[1], node)


def _noted(config: Any, note: Note, sections: list[Any]) -> Any:
    """The note of a page; sections get theirs, where they are asked for."""
    texts = texts_for(config.amts_language)
    if config.amts_sections:
        for number, title in reversed(note.sections):
            # The first heading is the page's, which has a note already; another heading than expected gets none.
            if 0 < number < len(sections) and " ".join(sections[number][0].astext().split()) == title:
                sections[number].insert(1, _made(texts.section, "", texts, "amts-note-section"))
    words = texts.since.format(day=note.since) if note.since else texts.page
    return _made(words, note.link, texts, "amts-note")


def _made(words: str, link: str, texts: NoteTexts, name: str) -> Any:
    """A note; the theme says how it looks."""
    from docutils import nodes

    text = nodes.paragraph("", words)
    if link:
        text += [nodes.Text(" "), nodes.reference("", texts.link, refuri=link, internal=False)]
    return nodes.note("", text, classes=[name])
