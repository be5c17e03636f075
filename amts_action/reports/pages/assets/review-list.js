// One continuous list over all pages: what is in it, what of it is made, where the reader is. The address says the same.
const PORTION = 10; // cards that are made at once; more when the reader comes near
const FILTERS = { show: "show", action: "action", flag: "flag", search: "q" };
let shown = [], from = 0, to = 0, active = 0, onlyPage = "", isPrinting = false;
const observer = new IntersectionObserver((entries) => { if (entries.some((entry) => entry.isIntersecting)) more(); }, { rootMargin: "800px" });

const searchText = ([page, block]) => block.text ??= [textNow(page, block), ...[...(block.e || []), ...ours(block)].map(([, text]) => text)].join("\n").toLowerCase();
const test = () => {
  const show = $("show").value, action = $("action").value, flag = $("flag").value, words = $("search").value.trim().toLowerCase();
  return ([page, block]) => {
    if (onlyPage && page.path !== onlyPage) return false;
    if (action && block.a !== action) return false;
    if (flag && !(block.f || []).some(([f]) => f.split(":")[0] === flag)) return false;
    if (words && !searchText([page, block]).includes(words)) return false;
    if (show === "todo") return isTodo(block);
    if (show === "left") return isTodo(block) && !isDone(block);
    if (show === "person") return PERSON.has(block.v);
    if (show === "decided") return Boolean(decisionOn(block).do || decisionOn(block).comment);
    return show === "all" || Boolean(block.e);
  };
};
const GROUPS = ["To decide", "To read", "Changes", "All blocks", "Decided here"];
const groupOf = (block, show) => show === "all" ? 3 : show === "changed" ? 2 : show === "decided" ? 4 : PERSON.has(block.v) ? 0 : 1;

const filter = (wanted = "") => {
  const show = $("show").value, fits = test();
  shown = [];
  for (const page of data.documents) for (const block of page.blocks) if (fits([page, block])) shown.push([page, block, groupOf(block, show)]);
  shown.sort((a, b) => a[2] - b[2]); // decisions first; else in the order of the pages
  active = Math.max(0, shown.findIndex(([page, block]) => wanted && idOf(page, block) === wanted));
  pagesList();
  render(active);
  status();
};

let todoBlocks = [];
const progressWords = () => `${todoBlocks.filter(isDone).length} of ${todoBlocks.length}`;
const status = () => {
  $("count").textContent = `${counted(shown.length, "block")} in ${counted(new Set(shown.map(([page]) => page)).size, "document")}`;
  $("progress").textContent = todoBlocks.length ? `${progressWords()} reviewed` : "Nothing waits for a person";
  $("meter").max = Math.max(1, todoBlocks.length);
  $("meter").value = todoBlocks.filter(isDone).length;
};

const heading = (n) => {
  const [page, , group] = shown[n], before = shown[n - 1], out = [];
  if (n === from || before[2] !== group) out.push(make("h2", {}, `${GROUPS[group]}: ${counted(shown.filter((row) => row[2] === group).length, "block")}`));
  if (n !== from && before[2] === group && before[0] === page) return out;
  const about = [page.status, page.message].filter(Boolean).join(": ");
  out.push(make("h3", { dir: "auto" }, page.path), make("p", { class: "about" }, about, page.link ? " · " : "", page.link ? link("what changed in English", page.link) : ""));
  if (page.subjects.length) out.push(make("details", {}, make("summary", {}, counted(page.subjects.length, "English commit")), make("ul", {}, ...page.subjects.map((subject) => make("li", {}, subject)))));
  return out;
};
// What no block says stands above them: of a page as a whole what failed, is guessed or goes, and of files beside the text.
const besideBlocks = () => {
  const words = $("search").value.trim();
  if (words || $("action").value || $("flag").value || ["all", "changed", "decided"].includes($("show").value)) return [];
  const points = data.documents.filter((page) => !onlyPage || page.path === onlyPage).flatMap((page) => {
    const said = [...(page.warnings || [])];
    if (["failed", "error"].includes(page.status)) said.unshift(`nothing was written: ${page.message || "a check of the whole document failed"}`);
    if (page.status === "deleted") said.unshift(page.message || "removed");
    return said.map((text) => make("li", {}, make("bdi", {}, page.path), `: ${text}`));
  });
  if (!onlyPage) for (const [text, alarm] of data.companions) if (alarm) points.push(make("li", {}, text));
  return points.length ? [make("h2", {}, `Beside the blocks: ${counted(points.length, "point")}`), make("ul", { class: "points" }, ...points)] : [];
};
const cards = (start, stop) => {
  const out = [];
  for (let n = start; n < stop; n++) out.push(...heading(n), card(shown[n][0], shown[n][1], n));
  return out;
};
const render = (at) => {
  from = Math.max(0, at - 2);
  to = Math.min(shown.length, from + PORTION);
  const main = $("main");
  observer.disconnect();
  if (!shown.length) { main.replaceChildren(...besideBlocks(), make("p", { class: "quiet" }, data.documents.length ? "No block matches the filter." : "Nothing was to be done.")); return; }
  const earlier = button("", () => { from = Math.max(0, from - PORTION); repaint(); }, { id: "earlier", class: "more" });
  main.replaceChildren(...besideBlocks(), earlier, make("div", { id: "blocks" }, ...cards(from, to)), button("", () => more(), { id: "later", class: "more" }));
  edges();
  observer.observe($("later"));
};
const repaint = () => { $("blocks")?.replaceChildren(...cards(from, to)); edges(); };
const edges = () => {
  if (!$("blocks")) return;
  $("earlier").hidden = from === 0;
  $("earlier").textContent = `${counted(from, "earlier block")}`;
  $("later").hidden = to >= shown.length;
  $("later").textContent = counted(shown.length - to, "more block");
  mark();
};
const more = () => {
  if (to >= shown.length) return;
  const start = to;
  to = Math.min(shown.length, to + PORTION);
  $("blocks").append(...cards(start, to));
  edges();
};
const refresh = () => { repaint(); pagesList(); status(); };

// Found words, terms of the glossary and words that the gate doubts are marked without touching the elements; a browser
// that cannot do it shows them plain.
const rangesIn = (box, words) => {
  const nodes = [], out = [], walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
  let all = "";
  for (let node = walker.nextNode(); node; node = walker.nextNode()) { nodes.push([all.length, node]); all += node.data; }
  const low = all.toLowerCase(), wanted = words.toLowerCase();
  if (low.length !== all.length || !wanted) return [];
  const spot = (at) => { const [start, node] = nodes.findLast(([begin]) => begin <= at); return [node, at - start]; };
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, at + wanted.length)) {
    const range = new Range(), [node, last] = spot(at + wanted.length - 1);
    range.setStart(...spot(at));
    range.setEnd(node, last + 1);
    out.push(range);
  }
  return out;
};
const mark = () => {
  const words = $("search").value.trim();
  if (typeof Highlight === "undefined") return;
  const found = words ? [...document.querySelectorAll("#blocks .text")].flatMap((box) => rangesIn(box, words)) : [];
  const doubted = shown.slice(from, to).flatMap(([, block], n) => !block.d ? [] : [...($(`b${from + n}`)?.querySelectorAll(".sides .text") || [])]
    .flatMap((box) => block.d.flatMap((words) => rangesIn(box, words))));
  const terms = shown.slice(from, to).flatMap(([, block], n) => !block.g ? [] : [...($(`b${from + n}`)?.querySelectorAll(".sides .text") || [])]
    .flatMap((box) => block.g.flatMap(([term, , used]) => rangesIn(box, box.lang === "en" ? term : used))));
  CSS.highlights.set("found", new Highlight(...found));
  CSS.highlights.set("doubted", new Highlight(...doubted));
  CSS.highlights.set("term", new Highlight(...terms));
};

const articleOf = (block) => $(`b${shown.findIndex((row) => row[1] === block)}`);
const changedCard = ({ page, block }) => {
  const n = shown.findIndex((row) => row[1] === block);
  const old = $(`b${n}`);
  if (!old) return;
  active = n;
  const made = card(page, block, n);
  old.replaceWith(made);
  made.focus({ preventScroll: true });
  mark();
  pagesList();
  status();
};
const focusOn = (n) => {
  if (n < from || n >= to + PORTION) render(n);
  while (n >= to) more();
  active = n;
  const article = $(`b${n}`);
  if (!article) return;
  article.focus({ preventScroll: true });
  article.scrollIntoView({ block: article.offsetHeight > innerHeight * 0.8 ? "start" : "nearest" });
  if (n >= to - 5) more();
  address();
};
const step = (by) => {
  const article = document.activeElement?.closest?.("article"), isIn = article && article.id === `b${active}`;
  const n = isIn ? active + by : active;
  if (n < 0 || n >= shown.length) { say(`${n < 0 ? "First" : "Last"} block. ${progressWords()}`); return; }
  focusOn(n);
};
const jump = (by) => {
  if (!shown.length) return;
  const here = shown[active]?.[0];
  let n = active + by;
  while (shown[n] && shown[n][0] === here) n += by;
  if (by < 0) while (shown[n - 1] && shown[n - 1][0] === shown[n]?.[0]) n--;
  if (shown[n]) focusOn(n);
};
const current = () => {
  const article = document.activeElement?.closest?.("article"), n = article ? Number(article.id.slice(1)) : active;
  return shown[n] && $(`b${n}`) ? { page: shown[n][0], block: shown[n][1], n } : null;
};

// The pages at the left are made once; afterwards only what changed is written.
let pageButtons = [];
const pagesList = () => {
  if (!pageButtons.length) {
    const named = [["", "All pages"], ...data.documents.map((page) => [page.path, page.path])];
    pageButtons = named.map(([path, words]) => button([make("span", { dir: "auto" }, words), make("span", {})], () => choosePage(path), { "data-path": path }));
    $("documents").append(...pageButtons.map((one) => make("li", {}, one)));
  }
  const set = (one, count, style) => {
    const current = String(onlyPage === (one.dataset.path || ""));
    if (one.lastChild.textContent !== count) one.lastChild.textContent = count;
    if (one.className !== style) one.className = style;
    if (one.getAttribute("aria-current") !== current) one.setAttribute("aria-current", current);
  };
  set(pageButtons[0], progressWords().replace(" of ", "/"), "");
  data.documents.forEach((page, n) => {
    const todo = page.todo ??= page.blocks.filter(isTodo), done = todo.filter(isDone).length;
    set(pageButtons[n + 1], todo.length ? `${done}/${todo.length}` : "", !todo.length ? "none" : done === todo.length ? "full" : "");
  });
};
const choosePage = (path) => {
  onlyPage = path;
  const page = data.documents.find((one) => one.path === path), fits = test();
  if (page && !page.blocks.some((block) => fits([page, block]))) $("show").value = page.blocks.some((block) => block.e) ? "changed" : "all";
  filter();
  window.scrollTo(0, 0);
  address();
  document.querySelector('#documents [aria-current="true"]')?.focus();
};

// The address: filter, page and block, so that it can be sent to somebody, or kept.
const address = () => {
  const words = new URLSearchParams();
  for (const [id, name] of Object.entries(FILTERS)) if ($(id).value) words.set(name, $(id).value);
  if (onlyPage) words.set("page", onlyPage);
  if (shown[active]) words.set("block", idOf(shown[active][0], shown[active][1]));
  try { history.replaceState(null, "", `#${words}`); } catch { /* a browser that does not let files do it */ }
};
const fromAddress = () => {
  const words = new URLSearchParams(location.hash.slice(1));
  for (const [id, name] of Object.entries(FILTERS)) {
    const value = words.get(name);
    if (value != null && (id === "search" || [...$(id).options].some((option) => option.value === value))) $(id).value = value;
  }
  const path = words.get("page") || "", block = words.get("block") || "";
  onlyPage = data.documents.some((page) => page.path === path) ? path : "";
  if (onlyPage && !words.get("show") && !shownOf("todo")) $("show").value = shownOf("changed") ? "changed" : "all";
  return block;
};
const shownOf = (show) => {
  const pages = data.documents.filter((page) => !onlyPage || page.path === onlyPage);
  return pages.some((page) => page.blocks.some((block) => show === "todo" ? isTodo(block) : block.e));
};
