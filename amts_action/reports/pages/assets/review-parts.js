// The texts that places of blocks count in: a file, or the cells of a notebook. Places count characters as Python does,
// JavaScript counts halves of those outside the basic plane twice.
const offsets = new Map(); // text → index of each character, only of texts that need it
const unitsOf = (text) => {
  if (!/[\ud800-\udbff][\udc00-\udfff]/.test(text)) return null;
  if (!offsets.has(text)) {
    const found = [0];
    for (const char of text) found.push(found.at(-1) + char.length);
    offsets.set(text, found);
  }
  return offsets.get(text);
};
const isNotebook = (page) => /\.ipynb$/i.test(page.path);
const placeOf = (page, block) => {
  if (!block.r || !page.parts) return null;
  const [part, start, end] = block.r.length === 3 ? block.r : [0, ...block.r], text = page.parts[part];
  if (text == null) return null;
  const units = unitsOf(text);
  return { part, text, start: units ? units[start] : start, end: units ? units[end] : end };
};
// The pieces of the translation. The proposal stands in the file, so of it they come as lengths.
const ours = (block) => {
  const pieces = block.t || [];
  if (!block.isWhole) {
    block.isWhole = true;
    const now = pieces.some(([, part]) => typeof part === "number") ? (PROSE.has(block.k) ? oneLine : visible)(rawNow(block.page, block) ?? "") : "";
    let at = 0;
    for (const piece of pieces) if (typeof piece[1] === "number") { piece[1] = now.slice(at, at + piece[1]); at += piece[1].length; }
  }
  return pieces;
};
const rawNow = (page, block) => {
  const place = placeOf(page, block);
  return place && place.text.slice(place.start, place.end);
};
const textNow = (page, block) => rawNow(page, block) ?? block.x ?? nowText(block);
const rawBefore = (block) => block.u ?? ours(block).filter(([op]) => op !== 2).map(([, text]) => text).join("");

// A block that is taken out goes with its line end, and with one of the two blank lines that would stand together.
const removal = (text, start, end) => {
  const ending = /^\r?\n/.exec(text.slice(end, end + 2));
  let to = end + (ending ? ending[0].length : 0);
  if (start === 0 || /\n\r?\n$/.test(text.slice(Math.max(0, start - 4), start))) {
    const blank = /^\r?\n/.exec(text.slice(to, to + 2));
    to += blank ? blank[0].length : 0;
  }
  return to;
};
