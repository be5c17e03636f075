"use strict";
(() => {
  const PORTION = 30; // cards that are made at once; more when asked for
  const PERSON = new Set(["conflict", "missing", "english", "old", "flagged"]);
  const STATES = {
    conflict: "to decide: nothing was written here", missing: "not written", english: "not translated: the English stands",
    old: "not translated: the old text stands", flagged: "please check", read: "please read", never: "never in the translation",
  };
  const DONE = {
    keep: "kept", cosmetic: "kept, only form changed", patch: "patched", revise: "revised", translate: "new", move: "moved",
    delete: "removed", code: "changed", owed: "owed", conflict: "conflict",
  };
  const ORIGINS = { people: "people's text", machine: "machine", memory: "translation memory" };
  const $ = (id) => document.getElementById(id);
  const MATHML = "http://www.w3.org/1998/Math/MathML";
  let data, current = 0, limit = PORTION, shown = [];

  // Everything from the book becomes text through here: never markup.
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) if (value !== "" && value != null) element.setAttribute(key, value);
    element.append(...children.filter((child) => child != null && child !== ""));
    return element;
  };
  const link = (words, url) => /^https:\/\//.test(url) ? make("a", { href: url, rel: "noopener noreferrer" }, words) : words;

  const formula = ([name, attributes, ...children]) => {
    const element = document.createElementNS(MATHML, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children.map((child) => typeof child === "string" ? child : formula(child)));
    return element;
  };

  const INLINE = /\$\$[^$]{1,2000}\$\$|(?<![\\$])\$[^$\n]{1,500}\$(?!\$)|`[^`\n]+`/g;
  // Of each piece the formulas and code spans that lie in it whole. What a change cuts in two is found in the whole text,
  // so that no half of one pairs with the half of another.
  const spans = (pieces, ops) => {
    const mine = pieces.filter(([op]) => ops.includes(op)), out = new Map();
    const found = [...mine.map(([, text]) => text).join("").matchAll(INLINE)];
    let at = 0, n = 0;
    for (const piece of mine) {
      const end = at + piece[1].length, inside = [];
      for (; n < found.length && found[n].index < end; n++)
        if (found[n].index >= at && found[n].index + found[n][0].length <= end) inside.push([found[n].index - at, found[n][0]]);
      out.set(piece, inside);
      at = end;
    }
    return out;
  };

  const prose = (text, inside) => {
    const out = [];
    let at = 0;
    for (const [start, found] of inside) {
      out.push(text.slice(at, start));
      const tree = data.math[found];
      if (tree) { const math = formula(tree); math.setAttribute("title", found); out.push(math); }
      else out.push(make("code", {}, found));
      at = start + found.length;
    }
    out.push(text.slice(at));
    return out;
  };

  const CODE = /(#[^\n]*|\/\/[^\n]*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\b(and|as|assert|break|class|continue|def|del|elif|else|except|finally|for|from|global|if|import|in|is|lambda|None|not|or|pass|raise|return|True|False|try|while|with|yield)\b/g;
  const program = (text) => {
    const out = [];
    let at = 0;
    for (const found of text.matchAll(CODE)) {
      out.push(text.slice(at, found.index));
      const kind = found[1] ? "comment" : found[2] ? "string" : "keyword";
      out.push(make("span", { class: `c-${kind}` }, found[0]));
      at = found.index + found[0].length;
    }
    out.push(text.slice(at));
    return out;
  };

  const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
  const OPS = ["span", "del", "ins"];
  const side = (title, pieces, wanted, isCode, lang) => {
    const mine = pieces.filter(([op]) => wanted.includes(op));
    const old = isCode ? null : spans(mine, [0, 1]), now = isCode || !wanted.includes(2) ? old : spans(mine, [0, 2]);
    const parts = mine.map((piece) => make(OPS[piece[0]], {}, ...(isCode ? program(piece[1]) : prose(piece[1], (piece[0] === 1 ? old : now).get(piece)))));
    if (!parts.length) return null;
    return make("section", {}, make("h4", {}, title), make(isCode ? "pre" : "div", { class: "text", lang, dir: "auto" }, ...parts));
  };

  const isCode = (block) => !["heading", "paragraph", "list_item", "table_row", "caption", "footnote", "math"].includes(block.k);
  const textOf = (block) => block.text ??= [block.x || "", ...(block.e || []), ...(block.t || [])].map((p) => typeof p === "string" ? p : p[1]).join("\n").toLowerCase();

  const card = (block) => {
    const place = block.w || block.s;
    const state = STATES[block.v];
    const title = make("h3", {},
      place ? link(place[0], place[1]) : "", make("span", {}, block.k.replaceAll("_", " ")), make("span", {}, DONE[block.a] || block.a),
      block.o ? make("span", {}, `by: ${ORIGINS[block.o] || block.o}`) : "",
      block.q != null ? make("span", { title: "how certain it is that the two texts belong together" }, `confidence ${Math.round(block.q * 100)} %`) : "",
      state ? make("span", PERSON.has(block.v) ? { class: "alarm" } : {}, state) : "");
    const article = make("article", { tabindex: "-1" }, title);
    const chips = (block.f || []).map((flag) => make("li", PERSON.has(block.v) ? { class: "alarm" } : {}, flag));
    for (const [term, agreed, used] of block.g || []) chips.push(make("li", used ? {} : { class: "alarm" }, `${term} → ${agreed}${used ? "" : " (not used)"}`));
    if (chips.length) article.append(make("ul", { class: "chips", "aria-label": "Remarks" }, ...chips));
    if (block.x != null) { article.append(make("p", { class: "kept", dir: "auto", lang: data.lang }, block.x)); return article; }
    const code = isCode(block), sides = make("div", { class: "sides" });
    const same = (pieces) => pieces.every(([op]) => op === 0);
    if (block.e && block.e.length) sides.append(...[side(same(block.e) ? "English" : "English, what changed", block.e, [0, 1, 2], code, "en")].filter(Boolean));
    const pieces = block.t || [];
    if (pieces.length && same(pieces)) sides.append(side("Translation, as it was", pieces, [0], code, data.lang));
    else for (const [name, ops] of [["Translation before", [0, 1]], ["Proposal", [0, 2]]]) {
      const made = pieces.some(([op]) => op === ops[1]) || ops[1] === 2 ? side(name, pieces, ops, code, data.lang) : null;
      if (made) sides.append(made);
    }
    article.append(sides);
    return article;
  };

  const wanted = () => {
    const show = $("show").value, action = $("action").value, flag = $("flag").value, words = $("search").value.trim().toLowerCase();
    return (block) => {
      if (action && block.a !== action) return false;
      if (flag && !(block.f || []).some((f) => f.split(":")[0] === flag)) return false;
      if (words && !textOf(block).includes(words)) return false;
      if (show === "person") return PERSON.has(block.v);
      if (show === "read") return PERSON.has(block.v) || block.v === "read";
      return show === "all" || block.x == null;
    };
  };

  const render = () => {
    const page = data.documents[current], main = $("main");
    if (!page) { main.replaceChildren(make("p", {}, "Nothing was to be done.")); return; }
    const blocks = shown[current];
    const about = [page.status, page.message].filter(Boolean).join(": ");
    main.replaceChildren(
      make("h2", {}, page.path),
      make("p", { class: "about" }, about, page.link ? " · " : "", page.link ? link("what changed in English", page.link) : ""),
      ...(page.subjects.length ? [make("details", {}, make("summary", {}, counted(page.subjects.length, "English commit")), make("ul", {}, ...page.subjects.map((s) => make("li", {}, s))))] : []),
      ...blocks.slice(0, limit).map(card),
      ...(blocks.length ? [] : [make("p", { class: "quiet" }, "No block here matches the filter.")]));
    if (blocks.length > limit) {
      const more = make("button", { class: "more", type: "button" }, counted(blocks.length - limit, "more block"));
      more.addEventListener("click", () => { limit += 4 * PORTION; render(); });
      main.append(more);
    }
  };

  const list = () => {
    const buttons = data.documents.map((page, n) => {
      const button = make("button", { type: "button", "aria-current": String(n === current), class: shown[n].length ? "" : "none" }, make("span", {}, page.path), make("span", {}, String(shown[n].length)));
      button.addEventListener("click", () => go(n));
      return make("li", {}, button);
    });
    $("documents").replaceChildren(...buttons);
    const total = shown.reduce((sum, blocks) => sum + blocks.length, 0);
    $("count").textContent = `${counted(total, "block")} in ${counted(shown.filter((b) => b.length).length, "document")}`;
  };

  const go = (n) => {
    current = n; limit = PORTION;
    document.querySelectorAll("#documents button").forEach((button, k) => button.setAttribute("aria-current", String(k === n)));
    render();
    window.scrollTo(0, 0);
    document.querySelectorAll("#documents button")[n]?.scrollIntoView({ block: "nearest" });
  };

  const filter = () => {
    const test = wanted();
    shown = data.documents.map((page) => page.blocks.filter(test));
    if (!shown[current]?.length) current = Math.max(0, shown.findIndex((blocks) => blocks.length));
    limit = PORTION;
    list();
    render();
  };

  const step = (by) => {
    const cards = [...document.querySelectorAll("main article")];
    const at = cards.indexOf(document.activeElement);
    const next = cards[Math.min(cards.length - 1, Math.max(0, at + by))];
    if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "nearest" }); }
  };
  const jump = (by) => {
    for (let n = current + by; n >= 0 && n < shown.length; n += by) if (shown[n].length) return go(n);
  };

  const fill = () => {
    const count = (values) => [...values.reduce((m, v) => m.set(v, (m.get(v) || 0) + 1), new Map())].sort((a, b) => b[1] - a[1]);
    const blocks = data.documents.flatMap((page) => page.blocks);
    for (const [value, n] of count(blocks.map((b) => b.a))) $("action").append(make("option", { value }, `${DONE[value] || value} (${n})`));
    for (const [value, n] of count(blocks.flatMap((b) => [...new Set((b.f || []).map((f) => f.split(":")[0]))]))) $("flag").append(make("option", { value }, `${value.slice(0, 60)} (${n})`));
    $("facts").append(data.facts.filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`).join(" · "));
    const extra = [...data.notes.map((note) => [note, false]), ...data.companions];
    if (extra.length) $("facts").after(make("details", {}, make("summary", {}, counted(extra.length, "remark") + " on the run"), make("ul", {}, ...extra.map(([text, alarm]) => make("li", alarm ? { class: "alarm" } : {}, text)))));
    const needs = (kind) => blocks.some((b) => kind.has(b.v));
    $("show").value = needs(PERSON) ? "person" : needs(new Set(["read"])) ? "read" : "changed";
  };

  // The texts that a search looks into are made while nothing else is to be done, so that the first search is quick, too.
  const prepare = (blocks) => requestIdleCallback((idle) => {
    while (blocks.length && idle.timeRemaining() > 1) textOf(blocks.pop());
    if (blocks.length) prepare(blocks); else performance.mark("prepared");
  });

  const start = async () => {
    const chars = atob($("data").textContent), packed = new Uint8Array(chars.length);
    for (let n = 0; n < chars.length; n++) packed[n] = chars.charCodeAt(n);
    $("data").remove(); // its text is no longer needed, and large
    data = JSON.parse(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
    fill();
    filter();
    for (const id of ["show", "action", "flag"]) $(id).addEventListener("change", filter);
    $("search").addEventListener("input", filter);
    $("tools").addEventListener("submit", (event) => event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
        if (event.key === "Escape") event.target.blur();
        return;
      }
      const keys = { j: () => step(1), k: () => step(-1), n: () => jump(1), p: () => jump(-1), "/": () => $("search").focus() };
      if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
    });
    document.documentElement.dataset.ready = "true";
    performance.mark("ready");
    prepare(data.documents.flatMap((page) => page.blocks));
  };
  start().catch((error) => $("main").replaceChildren(make("p", { class: "alarm" }, `This report cannot be shown: ${error.message}`)));
})();
