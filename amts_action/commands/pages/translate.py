"""`amts translate`: one whole document through an engine."""

from __future__ import annotations

import argparse
from pathlib import Path

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, settings_from
from amts_action.settings import Group

__all__ = ["add_options", "run"]


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("source", type=Path, metavar="SOURCE", help="the document to translate")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help="where the translation goes")
    parser.add_argument("--report", "--json", type=Path, metavar="FILE", help="write plan.json there")
    parser.add_argument("--source-lang", default="en", metavar="LANG", help="language of SOURCE (en)")
    parser.add_argument("--target-lang", required=True, metavar="LANG", help="language of the translation")
    add_settings(parser, Group.ENGINE)


def run(options: argparse.Namespace) -> int:
    """Translates; 0 when everything was delivered, 1 when something stays in the source's language."""
    from amts_action.documents.files import read_document, write_file
    from amts_action.engines.registry import create_engine, delivered
    from amts_action.merging.plan_json import as_json, plan_record
    from amts_action.runs.engine_setup import engine_settings
    from amts_action.runs.translate import translate_documents

    name = str(options.source)
    settings = settings_from(options)
    engine = create_engine(settings.engine, engine_settings(settings, pairs=tuple, report=say))
    text = read_document(options.source)
    languages = {"source_lang": options.source_lang, "target_lang": options.target_lang}
    result = translate_documents({name: text}, engine, **languages)[name]
    write_file(options.output, result.text.encode("utf-8"))
    for note in delivered(engine):
        say(note)
    if options.report:
        write_file(options.report, as_json(plan_record(result, source=name, target=str(options.output))))
    sent = sum(entry.characters_sent for entry in result.entries)
    say(f"{options.output}: {result.status}: {sent} characters sent")
    return 0 if result.status == "done" else 1
