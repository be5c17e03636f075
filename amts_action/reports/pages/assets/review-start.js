// From the packed data to the first view.
const fill = () => {
  const count = (values) => [...values.reduce((m, v) => m.set(v, (m.get(v) || 0) + 1), new Map())].sort((a, b) => b[1] - a[1]);
  const blocks = data.documents.flatMap((page) => page.blocks);
  todoBlocks = blocks.filter(isTodo);
  for (const [value, n] of count(blocks.map((block) => block.a))) $("action").append(make("option", { value }, `${DONE[value] || value} (${n})`));
  for (const [value, n] of count(blocks.flatMap((block) => [...new Set((block.f || []).map(([flag]) => flag.split(":")[0]))]))) $("flag").append(make("option", { value }, `${value.slice(0, 60)} (${n})`));
  const facts = data.facts.filter(([, value]) => value).map(([name, value, url]) => [`${name}: `, link(value, url)]);
  $("facts").append(...facts.flatMap((fact, n) => n ? [" · ", ...fact] : fact));
  const extra = [...data.notes.map((note) => [note, false]), ...data.companions];
  if (extra.length) $("facts").after(make("details", { class: "remarks" }, make("summary", {}, counted(extra.length, "remark") + " on the run"), make("ul", {}, ...extra.map(([text, alarm]) => make("li", alarm ? { class: "alarm" } : {}, text)))));
  $("show").value = todoBlocks.length ? "todo" : blocks.some((block) => block.e) ? "changed" : "all";
};

// The texts that a search looks into are made while nothing else is to be done, so that the first search is quick, too.
const prepare = (rows) => requestIdleCallback((idle) => {
  while (rows.length && idle.timeRemaining() > 1) searchText(rows.pop());
  if (rows.length) prepare(rows); else performance.mark("prepared");
});

// On paper there is everything that matches.
const printing = (starts) => {
  if (!shown.length || isPrinting === starts) return;
  isPrinting = starts;
  if (starts) { from = 0; to = shown.length; repaint(); } else render(active);
};

const start = async () => {
  const chars = atob($("data").textContent), packed = new Uint8Array(chars.length);
  for (let n = 0; n < chars.length; n++) packed[n] = chars.charCodeAt(n);
  $("data").remove(); // its text is no longer needed, and large
  data = JSON.parse(await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text());
  for (const page of data.documents) for (const block of page.blocks) block.page = page;
  recall();
  fill();
  const narrow = matchMedia("(max-width: 50rem)");
  const fold = () => { $("filters").open = $("pages").open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);
  filter(fromAddress());
  if (location.hash.includes("block=")) focusOn(active);
  for (const id of ["show", "action", "flag"]) $(id).addEventListener("change", () => { filter(); address(); });
  $("search").addEventListener("input", () => { filter(); address(); });
  $("tools").addEventListener("submit", (event) => event.preventDefault());
  $("open-export").addEventListener("click", openExport);
  $("open-help").addEventListener("click", () => $("help").showModal());
  $("close-help").addEventListener("click", () => $("help").close());
  prepareExport();
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", () => { const block = fromAddress(); filter(block); if (block) focusOn(active); });
  addEventListener("beforeprint", () => printing(true));
  addEventListener("afterprint", () => printing(false));
  matchMedia("print").addEventListener("change", (event) => printing(event.matches));
  document.documentElement.dataset.ready = "true";
  performance.mark("ready");
  prepare(allBlocks());
};
start().catch((error) => $("main").replaceChildren(make("p", { class: "alarm" }, `This report cannot be shown: ${error.message}`)));
