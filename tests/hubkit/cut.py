"""Cuts the operations that the stand-in serves out of GitHub's own OpenAPI description.

`python tests/hubkit/cut.py PACKAGE` reads the unpacked npm package `@octokit/openapi` (MIT licence; version: `PINNED`)
and writes `description.json` beside this file; with `--check` it only says whether that file is what it
would write. Words for people (descriptions, examples) are left out, for they are most of its 13 MB; everything that a
validator looks at stays as it is.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PINNED = "23.0.2"
"""The version of `@octokit/openapi` that `description.json` was cut from."""

DESCRIPTION = Path(__file__).with_name("description.json")

REPO = "/repos/{owner}/{repo}"
OPERATIONS = f"""
get /user
get /users/{{username}}
get /rate_limit
get {REPO}
get {REPO}/assignees
get {REPO}/assignees/{{assignee}}
get {REPO}/branches
get {REPO}/branches/{{branch}}
get {REPO}/collaborators/{{username}}
get {REPO}/collaborators/{{username}}/permission
get {REPO}/commits
get {REPO}/commits/{{ref}}
get {REPO}/commits/{{commit_sha}}/pulls
get {REPO}/compare/{{basehead}}
get,put {REPO}/contents/{{path}}
post {REPO}/dispatches
post {REPO}/git/blobs
get {REPO}/git/blobs/{{file_sha}}
post {REPO}/git/commits
get {REPO}/git/commits/{{commit_sha}}
get {REPO}/git/matching-refs/{{ref}}
get {REPO}/git/ref/{{ref}}
post {REPO}/git/refs
patch,delete {REPO}/git/refs/{{ref}}
post {REPO}/git/trees
get {REPO}/git/trees/{{tree_sha}}
get,patch,delete {REPO}/issues/comments/{{comment_id}}
get,post {REPO}/issues/comments/{{comment_id}}/reactions
get,patch {REPO}/issues/{{issue_number}}
post,delete {REPO}/issues/{{issue_number}}/assignees
get,post {REPO}/issues/{{issue_number}}/comments
get,post,put,delete {REPO}/issues/{{issue_number}}/labels
delete {REPO}/issues/{{issue_number}}/labels/{{name}}
get,post {REPO}/labels
get,patch,delete {REPO}/labels/{{name}}
post {REPO}/merges
get,post {REPO}/milestones
get {REPO}/milestones/{{milestone_number}}
get,post {REPO}/pulls
get,patch,delete {REPO}/pulls/comments/{{comment_id}}
get,patch {REPO}/pulls/{{pull_number}}
get,post {REPO}/pulls/{{pull_number}}/comments
get {REPO}/pulls/{{pull_number}}/commits
get {REPO}/pulls/{{pull_number}}/files
get,put {REPO}/pulls/{{pull_number}}/merge
get,post,delete {REPO}/pulls/{{pull_number}}/requested_reviewers
get,post {REPO}/pulls/{{pull_number}}/reviews
put {REPO}/pulls/{{pull_number}}/update-branch
"""
"""What the stand-in serves: methods, and the path as the description writes it."""

WORDS = frozenset("description summary example examples externalDocs tags title operationId headers".split())
"""Keys of the description that are for people, or that nothing here reads."""

NAMES = frozenset("properties patternProperties schemas parameters responses paths".split())
"""Keys whose own keys are names, and none of them a word of the description's language."""


def operations() -> Iterator[tuple[str, str]]:
    """The pairs (path, method in lower case) of `OPERATIONS`."""
    for line in OPERATIONS.split("\n"):
        methods, _, path = line.partition(" ")
        yield from ((path, method) for method in methods.split(",") if method)


def without_words(node: Any, *, names: bool = False) -> Any:
    """The node without the words for people; `names` says that its keys are names."""
    if isinstance(node, list):
        return [without_words(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {key: value for key, value in node.items() if names or not (key in WORDS or key.startswith("x-"))}
    return {
        key: without_words(value, names=key in NAMES and not names) if key != "enum" else value
        for key, value in kept.items()
    }


def cut(whole: dict[str, Any]) -> dict[str, Any]:
    """The part of the description that `OPERATIONS` need. KeyError: the description has no such operation."""
    paths: dict[str, Any] = {}
    for path, method in operations():
        operation = without_words(whole["paths"][path][method])
        paths.setdefault(path, {})[method] = operation
    components: dict[str, dict[str, Any]] = {}
    todo = [paths]
    while todo:
        for kind, name in _references(todo.pop()):
            if name not in components.setdefault(kind, {}):
                components[kind][name] = without_words(whole["components"][kind][name])
                todo.append(components[kind][name])
    version = whole["info"]["version"]
    info = {"title": "Cut from GitHub's REST API description, npm @octokit/openapi, MIT licence", "version": version}
    return {"openapi": whole["openapi"], "info": info, "paths": paths, "components": components}


def _references(node: Any) -> list[tuple[str, str]]:
    """Kinds and names of the components that the node refers to."""
    return re.findall(r'"#/components/(\w+)/([^"/]+)"', json.dumps(node))


def main(argv: list[str]) -> int:
    """Writes or checks `description.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help=f"folder of the npm package @octokit/openapi, version {PINNED}")
    parser.add_argument("--check", action="store_true", help="write nothing, and exit 1 when the file is another")
    args = parser.parse_args(argv)
    whole = json.loads((args.package / "generated" / "api.github.com.json").read_bytes())
    if whole["info"]["version"] != PINNED:
        print(f"version {PINNED} is needed, not {whole['info']['version']}", file=sys.stderr)
        return 2
    text = json.dumps(cut(whole), sort_keys=True, separators=(",", ":")) + "\n"
    if args.check:
        same = DESCRIPTION.read_text(encoding="utf-8") == text
        print(f"{DESCRIPTION.name}: {'as' if same else 'NOT as'} in @octokit/openapi {PINNED}")
        return 0 if same else 1
    DESCRIPTION.write_text(text, encoding="utf-8")
    print(f"{DESCRIPTION.name}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
