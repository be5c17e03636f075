"""`amts parallel-data push`, `status` and `delete`: the resources of Amazon Translate."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amts_action.commands.messages import say
from amts_action.commands.options import add_settings, given, write_json

if TYPE_CHECKING:
    from amts_action.engines.aws.deadline import Patience
    from amts_action.engines.aws.parallel_data import Resource
    from amts_action.settings import Settings

__all__ = ["ONLINE", "add_online_options", "patience", "run_online"]

ONLINE = {
    "push": "make Amazon Translate hold a file of parallel data",
    "status": "show the parallel data that Amazon Translate holds",
    "delete": "delete parallel data from Amazon Translate",
}
"""Every action that talks to Amazon, and its one-line help."""


def add_online_options(name: str, parser: argparse.ArgumentParser) -> None:
    """The options of one of the actions."""
    if name == "push":
        parser.add_argument("file", type=Path, metavar="FILE", help="parallel data as CSV, TSV or TMX")
        parser.add_argument(
            "--format", choices=("csv", "tsv", "tmx"), help="the format; by the name of FILE if not given"
        )
    parser.add_argument("--name", required=name != "status", metavar="NAME", help="name of the resource")
    add_settings(parser, "region", "wait_minutes", *(("s3_uri", "kms_key") if name == "push" else ()))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the machine-readable result there")


def patience(minutes: float) -> Patience:
    """Waits so long, and says how things stand."""
    from amts_action.engines.aws.deadline import Patience

    return Patience(60.0 * minutes, say=say)


def run_online(options: argparse.Namespace) -> int:
    """Does the action; 0, or 1 when records were not taken or there is nothing of that name."""
    from amts_action.engines.aws.clients import client
    from amts_action.settings import load

    settings = load(environ=os.environ, arguments=given(options))
    translate = client("translate", region=settings.region)
    return {"push": _push, "status": _status, "delete": _delete}[options.action](options, settings, translate)


def _push(options: argparse.Namespace, settings: Settings, translate: Any) -> int:
    from amts_action.engines.aws.clients import region_of
    from amts_action.engines.aws.parallel_data import push
    from amts_action.engines.aws.regions import check_name, check_region
    from amts_action.engines.aws.s3 import open_folder
    from amts_action.errors import InputError
    from amts_action.training.validate import check_file, format_of

    check_name(options.name, "--name")
    check_region(region_of(translate))
    form = options.format or format_of(options.file)
    checked = check_file(options.file, form)
    if not checked.is_good:
        what = f"not good for Amazon Translate ({checked.faults[0]})"
        raise InputError(what, where=str(options.file), mend="`amts parallel-data check` lists what is wrong")
    done = push(
        translate,
        open_folder(settings.s3_uri, region=settings.region, kms_key=settings.kms_key),
        options.file,
        name=options.name,
        form=form,
        patience=patience(settings.wait_minutes),
        kms_key=settings.kms_key,
    )
    write_json(options, {"action": done.action, **_as_dict(done.resource), "errors": list(done.errors)})
    say(f"{done.action}: {_told(done.resource)}")
    for error in done.errors:
        say(f"not taken: {error}")
    return 1 if done.resource.failed else 0


def _status(options: argparse.Namespace, settings: Settings, translate: Any) -> int:
    from amts_action.engines.aws.parallel_data import describe, names_of
    from amts_action.engines.aws.regions import check_name

    names = [check_name(options.name, "--name")] if options.name else names_of(translate)
    found = [resource for name in names if (resource := describe(translate, name)) is not None]
    write_json(options, {"resources": [_as_dict(resource) for resource in found]})
    for resource in found:
        sys.stdout.write(f"{_told(resource)}\n")
    if options.name and not found:
        say(f"parallel data {options.name}: there is none")
    return 1 if options.name and not found else 0


def _delete(options: argparse.Namespace, settings: Settings, translate: Any) -> int:
    from amts_action.engines.aws.parallel_data import delete

    was_there = delete(translate, options.name, patience=patience(settings.wait_minutes))
    write_json(options, {"deleted": was_there})
    say(f"parallel data {options.name}: {'deleted' if was_there else 'there was none'}")
    return 0


def _told(resource: Resource) -> str:
    attempt = f", latest update {resource.attempt}" if resource.attempt else ""
    langs = (
        f"{resource.source_lang} to {', '.join(resource.target_langs)}" if resource.target_langs else "no languages yet"
    )
    counts = f"{resource.imported} records, {resource.failed} failed, {resource.skipped} skipped"
    message = f": {resource.message}" if resource.message else ""
    return f"{resource.name}: {resource.status}{attempt}, {langs}, {counts}{message}"


def _as_dict(resource: Resource) -> dict[str, object]:
    values = asdict(resource)
    del values["error_file"]  # whoever has the address can read the file
    return values
