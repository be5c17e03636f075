// Writing in the place of the proposal, and the check of what must not get lost.
const lostIn = (block, text) => {
  const left = {}, tight = (some) => some.replace(/\s+/g, ""), all = tight(text);
  for (const span of block.p || []) left[span] = (left[span] || 0) + 1;
  return Object.entries(left).filter(([span, n]) => all.split(tight(span)).length - 1 < n).map(([span]) => span);
};
const field = (article, label, value, save, check) => {
  article.querySelector(".editor")?.remove();
  const id = `f${article.id}`;
  const area = make("textarea", { id, rows: String(Math.min(16, Math.max(3, value.split("\n").length + 1))), lang: data.lang, dir: "auto", spellcheck: "true" });
  area.value = value;
  const warning = make("p", { class: "lost", role: "status" });
  const look = () => { warning.textContent = check ? check(area.value) : ""; };
  const close = () => { form.remove(); article.focus({ preventScroll: true }); };
  const done = () => { form.remove(); save(area.value); };
  const form = make("form", { class: "editor" }, make("label", { for: id }, label), area, warning,
    make("div", { class: "tools" }, make("button", { type: "submit", "aria-keyshortcuts": "Control+Enter" }, "Save"), button("Cancel", close, { "aria-keyshortcuts": "Escape" })));
  form.addEventListener("submit", (event) => { event.preventDefault(); done(); });
  area.addEventListener("input", look);
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(); }
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); done(); }
  });
  article.append(form);
  look();
  area.focus();
};
const checked = (block) => (text) => {
  const lost = lostIn(block, text);
  if (!text.trim()) return "An empty text takes the block out.";
  return lost.length ? `In the English, and not in your text: ${lost.join("  ")}` : "";
};

const act = {
  next(item, words) { changedCard(item); say(`${words}. ${progressWords()}`); step(1); },
  read(item) {
    if (decisionOn(item.block).read && !decisionOn(item.block).do) { decide(item.block, { read: null }); changedCard(item); say(`Not read. ${progressWords()}`); return; }
    decide(item.block, { read: true });
    act.next(item, "Read");
  },
  accept(item) { decide(item.block, { do: "accept", text: null }); act.next(item, "Accepted"); },
  reject(item) {
    if (!canReject(item.page, item.block)) { say("There is no old text to go back to here."); return; }
    decide(item.block, { do: "reject" });
    act.next(item, isNew(item.block) ? "Taken out" : "Back to the old text");
  },
  edit({ page, block }) {
    if (!canEdit(page, block)) { say("This block has no text of its own in the translation: leave a comment."); return; }
    const now = rawNow(page, block), before = decisionOn(block).do === "edit" ? decisionOn(block).text : now;
    field(articleOf(block), "Your text, as it is written in the file", before.replaceAll("\r\n", "\n"), (typed) => {
      const text = now.includes("\r\n") ? typed.replaceAll("\n", "\r\n") : typed;
      if (text.trim() === now.trim()) { decide(block, { do: "accept", text: null }); act.next({ page, block }, "Accepted as it was"); return; }
      // What stands after the last letter belongs to the form, not to what was typed.
      decide(block, text.trim() ? { do: "edit", text: text.replace(/\s+$/, "") + /\s*$/.exec(now)[0] } : { do: "reject" });
      act.next({ page, block }, text.trim() ? "Edited" : "Taken out");
    }, checked(block));
  },
  comment({ page, block }) {
    field(articleOf(block), "A comment on this block", decisionOn(block).comment || "", (text) => { decide(block, { comment: text.trim() }); act.next({ page, block }, text.trim() ? "Commented" : "No comment"); });
  },
  raw(item) { raws.has(item.block.h) ? raws.delete(item.block.h) : raws.add(item.block.h); changedCard(item); },
  async copy({ page, block }) { await copy(wantedText(page, block) ?? rawNow(page, block) ?? nowText(block)); say("Copied"); },
  undo(item) { decide(item.block, { read: null, do: null, text: null, comment: null }); changedCard(item); say(`Forgotten. ${progressWords()}`); },
};
