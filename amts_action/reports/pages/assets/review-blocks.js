// A block as its readers see it: headings, list items, rows of tables, formulas, programs; or raw, as it is written.
const PROSE = new Set(["heading", "paragraph", "list_item", "table_row", "caption", "footnote"]);
const LIST = /^(?:[-*+]|(\d{1,9})[.)])\s+(?:\[[ xX]\]\s)?/;
const rawBody = (side, lang) => make("pre", { class: "text raw", lang, dir: "auto" }, ...marked(side, 0, side.text.length));

const body = (kind, side, lang) => {
  const about = { class: "text", lang, dir: "auto" }, all = side.text.length;
  if (kind === "math" && data.math[side.text.trim()]) {
    const math = formula(data.math[side.text.trim()]);
    return make("div", about, whole(side, 0, all, math));
  }
  if (!PROSE.has(kind)) return make("pre", about, ...marked(side, 0, all, program));
  const quote = /^(?:>\s?)*/.exec(side.text)[0].length, rest = side.text.slice(quote);
  const heading = /^(#{1,6})\s+/.exec(rest), item = LIST.exec(rest);
  if (kind === "heading" && heading) return make("div", { ...about, class: `text title t${heading[1].length}` }, ...inline(side, quote + heading[0].length, all));
  if (kind === "list_item" && item) {
    const list = item[1] ? make("ol", { start: item[1] }) : make("ul");
    list.append(make("li", {}, ...inline(side, quote + item[0].length, all)));
    return make("div", about, list);
  }
  if (kind === "table_row" && rest.startsWith("|")) return make("div", { ...about, class: "text wide" }, row(side));
  return make("div", { ...about, class: quote ? "text quote" : "text" }, ...inline(side, quote, all));
};
const row = (side) => {
  const bars = [...side.text.matchAll(/(?<!\\)\|/g)].map((found) => found.index);
  const cells = bars.map((bar, n) => [bar + 1, bars[n + 1] ?? side.text.length]).filter(([start, end], n) => n < bars.length - 1 || side.text.slice(start, end).trim());
  return make("table", {}, make("tbody", {}, make("tr", {}, ...cells.map(([start, end]) => make("td", {}, ...inline(side, start, end))))));
};

const pane = (title, kind, pieces, ops, lang, isRaw) => {
  const side = sideOf(pieces, ops);
  if (pieces.every(([op]) => op === pieces[0][0])) for (const run of side.runs) run[2] = 0; // all of it is new, or gone
  if (!side.text) return null;
  return make("section", {}, make("h5", {}, title), isRaw ? rawBody(side, lang) : body(kind, side, lang));
};
const isSame = (pieces) => pieces.every(([op]) => op === 0);
const has = (pieces, op) => pieces.some((piece) => piece[0] === op);

// English before and now, translation before and now: two rows, of one pane where nothing differs.
const NOW = { conflict: "Translation, as it stands", english: "In the translation now", missing: "In the translation now" };
const sides = (block, mine, isRaw) => {
  const out = make("div", { class: "sides" });
  const english = block.e || [], pieces = ours(block);
  const pair = (panes) => {
    const made = panes.filter(Boolean);
    made.at(-1)?.classList.add(made.length === 1 ? "alone" : "right");
    out.append(...made);
  };
  if (isSame(english)) pair([pane("English", block.k, english, [0], "en", isRaw)]);
  else pair([(has(english, 1) || has(english, 0)) && pane("English before", block.k, english, [0, 1], "en", isRaw), pane(has(english, 1) || has(english, 0) ? "English now" : "English, new", block.k, english, [0, 2], "en", isRaw)]);
  const now = NOW[block.v] || "Proposal";
  if (isSame(pieces)) pair([pane(block.v === "conflict" ? now : "Translation, as it was", block.k, pieces, [0], data.lang, isRaw)]);
  else pair([pane("Translation before", block.k, pieces, [0, 1], data.lang, isRaw), pane(now, block.k, pieces, [0, 2], data.lang, isRaw)]);
  if (mine != null) pair([pane("Your text", block.k, changed(nowText(block), PROSE.has(block.k) ? oneLine(mine) : visible(mine)), [0, 2], data.lang, isRaw)]);
  return out;
};
const nowText = (block) => ours(block).filter(([op]) => op !== 1).map(([, text]) => text).join("");

// What a reviewer changed: everything between the first and the last character that differ.
const changed = (old, now) => {
  let start = 0, end = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start++;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  return [[0, now.slice(0, start)], [2, now.slice(start, now.length - end)], [0, now.slice(now.length - end)]].filter(([, text]) => text);
};

// The blocks above and below, dimmed: what the reader of the page has before the eyes, too.
const NO_NEIGHBOUR = new Set(["end", "label", "tab", "comment", "rule", "definition"]);
const NEAR = 240; // characters of a neighbour
const neighbour = (page, n, by) => {
  for (let k = n + by; k >= 0 && k < page.blocks.length; k += by) {
    const block = page.blocks[k], text = NO_NEIGHBOUR.has(block.k) ? "" : textNow(page, block);
    if (!text.trim()) continue;
    const shown = PROSE.has(block.k) ? oneLine(text) : visible(text).split("\n").slice(0, 4).join("\n");
    const cut = shown.length > NEAR ? (by < 0 ? `…${shown.slice(-NEAR)}` : `${shown.slice(0, NEAR)}…`) : shown;
    return make("div", { class: "near", role: "group", "aria-label": by < 0 ? "The block above" : "The block below" }, body(block.k, plainSide(cut), data.lang));
  }
  return null;
};
