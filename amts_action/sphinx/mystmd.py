"""The same notes for MyST's own builder, which Jupyter Book 2 is: a plug-in in JavaScript, with its data in it.

MyST (https://mystmd.org/guide/javascript-plugins) calls a transform for each page, with the page's place. What is
written here needs nothing else: no file, no package, no network.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from amts_action.sphinx.notes import Note, page_name
from amts_action.sphinx.texts import texts_for

__all__ = ["myst_plugin"]

_CODE = """\
// Notes on pages whose English has changed; written by `amts status --myst`, in `plugins:` of myst.yml.
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const NOTES = {{NOTES}};
const LINK = {{LINK}};
const ROOT = fileURLToPath(new URL("{{ROOT}}", import.meta.url));

const add = () => (tree, file) => {
  const page = relative(ROOT, String(file.path)).replaceAll("\\\\", "/").replace(/\\.[^./]+$/, "");
  if (!Object.hasOwn(NOTES, page) || !tree.children) return;
  const [words, link] = NOTES[page];
  const text = (value) => ({ type: "text", value });
  const children = [text(words)];
  if (link) children.push(text(" "), { type: "link", url: link, children: [text(LINK)] });
  const note = { type: "admonition", kind: "note", class: "amts-note", children: [{ type: "paragraph", children }] };
  const at = tree.children.findIndex((child) => child.type === "heading");
  tree.children.splice(at + 1, 0, note);
};

export default { name: "amts notes", transforms: [{ name: "amts-notes", stage: "document", plugin: add }] };
"""


def myst_plugin(notes: Mapping[str, Note], lang: str, *, depth: int = 0) -> str:
    """The plug-in for the notes of a book, by path in its repository.

    Args:
        depth: how many folders below the top of the repository it will lie.
    """
    texts = texts_for(lang)
    data = {
        page_name(path): [texts.since.format(day=note.since) if note.since else texts.page, note.link]
        for path, note in sorted(notes.items())
    }
    root = "../" * depth or "./"
    code = _CODE.replace("{{ROOT}}", root).replace("{{LINK}}", json.dumps(texts.link))
    # JSON is JavaScript but for two line separators, which ECMAScript 2019 took in.
    return code.replace("{{NOTES}}", json.dumps(data, indent=2))
