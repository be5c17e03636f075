// Keys. In a field they are letters.
const KEYS = {
  j: () => step(1), k: () => step(-1), n: () => jump(1), p: () => jump(-1),
  "/": () => { $("filters").open = true; $("search").focus(); },
  "?": () => { $("help").open ? $("help").close() : $("help").showModal(); },
  s: () => openExport(),
};
const BLOCK_KEYS = { r: "read", a: "accept", x: "reject", e: "edit", c: "comment", m: "raw", y: "copy", u: "undo" };
const onKey = (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if ($("export").open || ($("help").open && event.key !== "?")) return;
  const name = BLOCK_KEYS[event.key], item = name && current();
  if (item?.block.h) { event.preventDefault(); active = item.n; act[name](item); }
  else if (KEYS[event.key]) { event.preventDefault(); KEYS[event.key](); }
};
