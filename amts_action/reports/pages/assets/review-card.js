// The card of one block, and what can be done with it.
const STATES = {
  conflict: "to decide: nothing was written here", missing: "not written", english: "not translated: the English stands",
  old: "not translated: the old text stands", flagged: "please check", read: "please read", never: "never in the translation",
};
const DONE = {
  keep: "kept", cosmetic: "kept, only form changed", patch: "patched", revise: "revised", translate: "new", reuse: "people's text from elsewhere",
  move: "moved", delete: "removed", code: "changed", owed: "owed", conflict: "conflict",
};
const ACCEPT = { conflict: "Keep as it stands", english: "Leave in English", old: "Keep the old text", missing: "Leave it out" };
const originOf = ({ o }) => ({ people: "people's text", machine: data.engine ? `machine: ${data.engine}` : "machine", memory: "translation memory" })[o] || o || "";
const raws = new Set(); // blocks that are shown as they are written

// A block's place in words, linked to the lines of its file.
const placeLink = (page, block) => {
  const key = block.w ? "w" : "s", [words, url] = block[key] || [page.path, ""], lines = /^lines? (\d+)(?:–(\d+))?$/.exec(words);
  const file = page.files[key];
  return link(words, url ?? (lines && file ? `${file}#L${lines[1]}${lines[2] ? `-L${lines[2]}` : ""}` : ""));
};
const idOf = (page, block) => `${page.path}:${page.blocks.indexOf(block)}`;
const why = (block) => {
  const chips = [originOf(block), ...(block.y || [])].filter(Boolean).map((text) => make("li", {}, text));
  for (const [flag, warns] of block.f || []) chips.push(make("li", warns && PERSON.has(block.v) ? { class: "alarm" } : {}, flag));
  for (const [term, agreed, used] of block.g || []) chips.push(make("li", { class: used ? "term" : "term lacks" }, `${term}: ${used ? `${used} ✓` : `${agreed} not found`}`));
  return chips.length ? make("ul", { class: "chips", "aria-label": "Where it comes from, and why" }, ...chips) : null;
};
const decisionLine = (page, block) => {
  const { read, comment } = decisionOn(block), verb = verbOf(page, block);
  const parts = [verb || (read ? "read" : ""), comment ? `“${comment}”` : ""].filter(Boolean);
  return parts.length ? make("p", { class: "decision" }, `✓ ${parts.join(" · ")}`) : null;
};
const tools = (page, block) => {
  const d = decisionOn(block), item = { page, block };
  const one = (words, key, act, pressed, disabled, title) => button(words, act, { "aria-keyshortcuts": key, "aria-pressed": pressed == null ? null : String(Boolean(pressed)), disabled: disabled ? "disabled" : null, title: `${title} (${key})` });
  const out = make("div", { class: "tools", role: "toolbar", "aria-label": "What to do with this block" },
    one("Read", "r", () => act.read(item), d.read && !d.do, false, "Read, nothing to say"),
    one(ACCEPT[block.v] || "Accept", "a", () => act.accept(item), d.do === "accept", false, "Right as it is"),
    one("Edit", "e", () => act.edit(item), d.do === "edit", !canEdit(page, block), "Write it here"),
    one(isNew(block) ? "Take out" : "Old text", "x", () => act.reject(item), d.do === "reject", !canReject(page, block), isNew(block) ? "Take it out again" : "Back to the old text"),
    one("Comment", "c", () => act.comment(item), d.comment, false, "Say something about it"),
    one("Raw", "m", () => act.raw(item), raws.has(block.h), false, "As it is written"),
    one("Copy", "y", () => act.copy(item), null, false, "Copy the text"));
  if (isDone(block)) out.append(one("Undo", "u", () => act.undo(item), null, false, "Forget what was decided here"));
  if (page.edit) out.append(make("a", { href: page.edit + (block.l ? `#L${block.l[0]}` : ""), rel: "noopener noreferrer" }, "Edit on GitHub"));
  return out;
};

const card = (page, block, place) => {
  const state = STATES[block.v], n = page.blocks.indexOf(block);
  const title = make("h4", { id: `t${place}` },
    make("span", { class: "place" }, placeLink(page, block)), make("span", {}, block.k.replaceAll("_", " ")), make("span", {}, DONE[block.a] || block.a),
    state ? make("span", PERSON.has(block.v) ? { class: "alarm" } : {}, state) : "");
  const article = make("article", { tabindex: "-1", id: `b${place}`, "aria-labelledby": `t${place}`, class: isDone(block) ? "done" : "" }, title);
  if (!block.e) {
    const text = textNow(page, block);
    article.append(make("div", { class: "kept" }, body(block.k, plainSide(PROSE.has(block.k) ? oneLine(text) : visible(text)), data.lang)));
    return article;
  }
  const mine = wantedText(page, block);
  article.append(...[why(block), neighbour(page, n, -1), sides(block, mine || null, raws.has(block.h)), neighbour(page, n, 1), decisionLine(page, block), tools(page, block)].filter(Boolean));
  return article;
};
