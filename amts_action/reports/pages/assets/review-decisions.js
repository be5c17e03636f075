// What the reader decided, kept in this browser under what tells the block from others, so that a new page of the same
// pull request knows it again: {read, do: "accept" | "edit" | "reject", text, comment}.
const PERSON = new Set(["conflict", "missing", "english", "old", "flagged"]);
const isTodo = (block) => block.h && (PERSON.has(block.v) || block.v === "read");
let decided = {};
const storeName = () => `amts-review ${data.target} ${data.branch || data.title}`;

const recall = () => {
  try { decided = JSON.parse(localStorage.getItem(storeName())) || {}; } catch { decided = {}; }
  if (typeof decided !== "object" || Array.isArray(decided)) decided = {};
};
const keep = () => {
  try { localStorage.setItem(storeName(), JSON.stringify(decided)); } catch { /* a browser that keeps nothing */ }
};
const decisionOn = (block) => (block.h && decided[block.h]) || {};
const decide = (block, change) => {
  const now = { ...decisionOn(block), ...change };
  for (const key of Object.keys(now)) if (now[key] == null || now[key] === "" || now[key] === false) delete now[key];
  if (change.do === "reject") delete now.text;
  if (Object.keys(now).length) decided[block.h] = now; else delete decided[block.h];
  keep();
};
const isDone = (block) => { const { read, do: what, comment } = decisionOn(block); return Boolean(read || what || comment); };

const canEdit = (page, block) => Boolean(block.h && placeOf(page, block));
const isNew = (block) => !rawBefore(block) && ["translate", "reuse", "code", "patch"].includes(block.a);
const canReject = (page, block) => canEdit(page, block) && (isNew(block) || (rawBefore(block) !== "" && rawBefore(block) !== rawNow(page, block)));

// The text that a decision puts in the place of what stands there; null when it stays.
const wantedText = (page, block) => {
  const { do: what, text } = decisionOn(block), now = rawNow(page, block);
  if (now == null || (what !== "edit" && what !== "reject")) return null;
  const wanted = what === "edit" ? text : isNew(block) ? "" : rawBefore(block);
  return wanted === now ? null : wanted;
};
const allBlocks = () => data.documents.flatMap((page) => page.blocks.map((block) => [page, block]));
const decisions = () => allBlocks().filter(([, block]) => { const d = decisionOn(block); return d.do || d.comment; });

// What `amts review apply` reads: the same line in every form that is taken out of this page.
const record = () => {
  const pages = new Map();
  for (const [page, block] of decisions()) {
    const { do: what, comment } = decisionOn(block), wanted = wantedText(page, block);
    const row = { do: what || "comment", english: block.e.filter(([op]) => op !== 1).map(([, text]) => text).join("") };
    if (block.r) Object.assign(row, { at: block.r, was: rawNow(page, block) });
    if (wanted != null) row.text = wanted;
    if (comment) row.comment = comment;
    pages.set(page.path, [...(pages.get(page.path) || []), row]);
  }
  const content = { v: 1, target: data.target, branch: data.branch, commit: data.commit, lang: data.lang, pages: [...pages].map(([path, blocks]) => ({ path, blocks })) };
  return `<!-- amts:review ${JSON.stringify(content).replace(/[<>@#-]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)} -->`;
};
