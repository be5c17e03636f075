// What leaves the page: a patch, a text to paste, a review on GitHub.
const placeWords = (block) => (block.w || block.s || [block.k.replaceAll("_", " ")])[0];
const VERBS = { accept: "accepted", edit: "edited", reject: "back to the old text" };
const verbOf = (page, block) => {
  const { do: what } = decisionOn(block);
  return what === "reject" && isNew(block) ? "taken out" : VERBS[what] || "";
};
const fenced = (text, info) => {
  const ticks = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return `${ticks}${info}\n${text.replace(/\n$/, "")}\n${ticks}`;
};
const quoted = (text) => text.split("\n").map((line) => `> ${line}`).join("\n");
const MOST_TEXT = 60000; // characters of a comment on GitHub that are sure to be taken, of 65,536
const asText = (most = MOST_TEXT) => {
  const rows = decisions(), accepted = rows.filter(([, block]) => decisionOn(block).do === "accept" && !decisionOn(block).comment);
  const out = [`### Review: ${counted(rows.length, "block")}`, accepted.length ? `${counted(accepted.length, "block")} accepted as proposed.` : ""];
  for (const [page, block] of rows.filter((row) => !accepted.includes(row))) {
    const { comment } = decisionOn(block), text = wantedText(page, block), verb = verbOf(page, block);
    out.push([`**\`${page.path.replaceAll("`", "'")}\`, ${placeWords(block)}**${verb ? `: ${verb}` : ""}`, comment ? quoted(comment) : "", text ? fenced(text, "markdown") : ""].filter(Boolean).join("\n\n"));
  }
  const text = out.filter(Boolean).join("\n\n"), line = record();
  return text.length + line.length < most ? `${text}\n\n${line}\n` : `${text.slice(0, most)}\n`;
};

const download = (name, text, type) => {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const anchor = make("a", { href: url, download: name });
  document.body.append(anchor);
  anchor.click();
  anchor.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
};
const copy = async (text) => {
  try { await navigator.clipboard.writeText(text); } catch {
    const field = make("textarea", { "aria-hidden": "true", class: "skip" });
    field.value = text;
    ($("export").open ? $("export") : document.body).append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
};
const fileName = (ending) => `review-${(data.branch || data.lang).replace(/[^\w.-]+/g, "-")}.${ending}`;

const summary = () => {
  const counts = { accept: 0, edit: 0, reject: 0, comment: 0 };
  for (const [, block] of decisions()) {
    const { do: what, comment } = decisionOn(block);
    if (what) counts[what]++;
    if (comment) counts.comment++;
  }
  const parts = [[counts.accept, "accepted"], [counts.edit, "edited"], [counts.reject, "taken back or out"], [counts.comment, counts.comment === 1 ? "comment" : "comments"]];
  return parts.filter(([n]) => n).map(([n, word]) => `${n} ${word}`).join(", ") || "Nothing is decided yet.";
};
const remember = (id) => {
  const name = `amts-review ${id}`;
  try {
    $(id).value = localStorage.getItem(name) || "";
    $(id).addEventListener("change", () => localStorage.setItem(name, $(id).value));
  } catch { /* a browser that keeps nothing */ }
};
const openExport = () => {
  const kept = decisions().filter(([, block]) => block.v === "conflict" && decisionOn(block).do === "accept").length;
  const notebooks = decisions().filter(([page, block]) => isNotebook(page) && wantedText(page, block) != null).length;
  const notes = [
    notebooks ? `${counted(notebooks, "change")} in notebooks: not in the patch, but in the file of decisions.` : "",
    kept ? `${counted(kept, "conflict")} settled as the translation stands: only amts review apply records that.` : "",
  ].filter(Boolean);
  $("summary").replaceChildren(...[summary(), ...notes].map((text) => make("p", {}, text)));
  const edits = decisions().some(([page, block]) => wantedText(page, block) != null && !isNotebook(page));
  $("patch").disabled = !edits;
  for (const id of ["copy-text", "save-text", "send"]) $(id).disabled = !decisions().length;
  $("sending").hidden = !data.pull.api;
  $("sent").textContent = "";
  $("export").showModal();
};
const prepareExport = () => {
  for (const id of ["name", "mail"]) remember(id);
  $("patch").addEventListener("click", () => { download(fileName("patch"), patch($("name").value, $("mail").value), "text/x-patch"); $("sent").textContent = "The patch is saved: git am it on the branch, or amts review apply."; });
  $("copy-text").addEventListener("click", async () => { await copy(asText()); $("sent").textContent = "Copied: paste it as a comment on the pull request."; });
  $("save-text").addEventListener("click", () => { download(fileName("md"), asText(Infinity), "text/markdown"); $("sent").textContent = "Saved: amts review apply takes it."; });
  $("send").addEventListener("click", send);
  $("clear").addEventListener("click", () => { decided = {}; keep(); $("export").close(); refresh(); say("Everything that was kept here is forgotten."); });
  $("close").addEventListener("click", () => $("export").close());
};
