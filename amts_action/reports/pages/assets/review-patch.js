// The reviewer's changes as a mail that `git am` takes. Notebooks are left to `amts review apply`, which knows their form.
const CONTEXT = 3; // lines around a change, as git has them
const splitLines = (text) => text.match(/[^\n]*\n|[^\n]+$/g) || [];

const editsOf = (page) => {
  const found = page.blocks.flatMap((block) => {
    const text = wantedText(page, block), place = text == null ? null : placeOf(page, block);
    return place ? [{ start: place.start, end: text === "" ? removal(place.text, place.start, place.end) : place.end, text }] : [];
  }).sort((a, b) => a.start - b.start);
  return found.filter((edit, n) => n === 0 || edit.start >= found[n - 1].end); // two blocks that are one in the file
};

// Old and new lines of each change, with the number of the first, counted from 0.
const regionsOf = (text, edits) => {
  const out = [];
  for (const { start, end, text: now } of edits) {
    const from = text.lastIndexOf("\n", start - 1) + 1, stop = text.indexOf("\n", Math.max(end - 1, start)), to = stop < 0 ? text.length : stop + 1;
    const last = out.at(-1);
    if (last && from < last.to) { last.now = last.now.slice(0, last.now.length - (last.to - start)) + now + text.slice(end, Math.max(to, last.to)); last.to = Math.max(to, last.to); }
    else out.push({ from, to, now: text.slice(from, start) + now + text.slice(end, to) });
  }
  return out.map(({ from, to, now }) => ({ first: splitLines(text.slice(0, from)).length, old: splitLines(text.slice(from, to)), now: splitLines(now) }));
};

const fileDiff = (path, text, edits) => {
  const lines = splitLines(text), regions = regionsOf(text, edits), hunks = [];
  for (const region of regions) {
    const last = hunks.at(-1);
    if (last && region.first - (last.at(-1).first + last.at(-1).old.length) <= 2 * CONTEXT) last.push(region); else hunks.push([region]);
  }
  const name = path + (path.includes(" ") ? "\t" : "");
  const out = [`diff --git a/${path} b/${path}\n--- a/${name}\n+++ b/${name}\n`];
  const put = (sign, some) => some.map((line) => sign + (line.endsWith("\n") ? line : `${line}\n\\ No newline at end of file\n`));
  let shift = 0;
  for (const hunk of hunks) {
    const first = Math.max(0, hunk[0].first - CONTEXT), stop = Math.min(lines.length, hunk.at(-1).first + hunk.at(-1).old.length + CONTEXT);
    const rows = [];
    let at = first, grown = 0;
    for (const { first: start, old, now } of hunk) {
      rows.push(...put(" ", lines.slice(at, start)), ...put("-", old), ...put("+", now));
      at = start + old.length;
      grown += now.length - old.length;
    }
    rows.push(...put(" ", lines.slice(at, stop)));
    const count = stop - first, after = count + grown;
    out.push(`@@ -${count ? first + 1 : first},${count} +${after ? first + shift + 1 : first + shift},${after} @@\n`, ...rows);
    shift += grown;
  }
  return out.join("");
};

const mailLine = (text) => text.replace(/[\r\n<>]+/g, " ").trim();
const bytesOf = (text) => new TextEncoder().encode(text);
const base64 = (text) => {
  let chars = "";
  for (const byte of bytesOf(text)) chars += String.fromCharCode(byte);
  return btoa(chars).replace(/.{76}/g, "$&\n");
};
const patch = (name, mail) => {
  const pages = data.documents.filter((page) => page.parts && !isNotebook(page)).map((page) => [page, editsOf(page)]).filter(([, edits]) => edits.length);
  if (!pages.length) return "";
  const blocks = pages.reduce((sum, [, edits]) => sum + edits.length, 0);
  const comments = decisions().filter(([, block]) => decisionOn(block).comment);
  const said = comments.map(([page, block]) => `${page.path}, ${placeWords(block)}: ${decisionOn(block).comment}`).join("\n");
  const text = [`${said ? `${said.replace(/^(---|diff |Index: )/gm, " $1")}\n\n` : ""}---\n${record()}\n\n`, ...pages.map(([page, edits]) => fileDiff(page.path, page.parts[0], edits)), "-- \namts\n"].join("");
  // git takes the returns at the ends of lines away from a mail, unless they are packed.
  const isPacked = text.includes("\r");
  const head = [
    "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001",
    `From: ${mailLine(name) || "Reviewer"} <${mailLine(mail) || "reviewer@localhost"}>`,
    `Date: ${new Date().toUTCString().replace("GMT", "+0000")}`,
    `Subject: [PATCH] Review the ${data.lang} translation: ${counted(blocks, "block")}`,
    "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", `Content-Transfer-Encoding: ${isPacked ? "base64" : "8bit"}`, "", "",
  ].join("\n");
  return head + (isPacked ? `${base64(text)}\n` : text);
};
