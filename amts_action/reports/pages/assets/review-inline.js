// Inline markdown as its readers see it, with what a change brought or took marked. A `side` is one text of a
// difference: `text`, and `runs` of [start, end, operation] (0 in both texts, 1 only before, 2 only after).
const OPS = ["span", "del", "ins"];
const sideOf = (pieces, ops) => {
  let text = "";
  const runs = [];
  for (const [op, part] of pieces) if (ops.includes(op)) { runs.push([text.length, text.length + part.length, op]); text += part; }
  return { text, runs };
};
const plainSide = (text) => ({ text, runs: [[0, text.length, 0]] });

// The operation of a stretch that is shown whole: any change in it changes all of it.
const changeIn = (side, from, to) => side.runs.find(([start, end, op]) => op && start < to && end > from)?.[2] || 0;
const marked = (side, from, to, shown = (text) => [text]) => side.runs
  .filter(([start, end]) => start < to && end > from)
  .map(([start, end, op]) => {
    const nodes = shown(side.text.slice(Math.max(start, from), Math.min(end, to)));
    return op ? make(OPS[op], {}, ...nodes) : make("span", {}, ...nodes);
  });
const whole = (side, from, to, element) => {
  const op = changeIn(side, from, to);
  return op ? make(OPS[op], {}, element) : element;
};

const INLINE = /(?<math>\$\$[^$]{1,2000}\$\$|(?<![\\$])\$[^$\n]{1,500}\$(?!\$))|(?<code>(?::[\w:+.-]{1,40}:|\{[\w:+.-]{1,40}\})?`[^`\n]{1,800}`)|(?<image>!\[[^\]]{0,500}\]\([^)\n]{0,500}\))|(?<link>(?<!!)\[(?:[^[\]\\\n]|\\.){1,500}\]\([^)\n]{0,500}\))|(?<strong>\*\*(?=\S)[^\n]{1,800}?(?<=\S)\*\*)|(?<em>(?<![*\w])\*(?=[^\s*])[^*\n]{1,800}?(?<=[^\s*])\*(?!\*)|(?<![\w_])_(?=[^\s_])[^_\n]{1,800}?(?<=[^\s_])_(?![\w_]))/g;
const inline = (side, from, to) => {
  const out = [], pattern = new RegExp(INLINE);
  let at = from;
  pattern.lastIndex = from;
  for (let found = pattern.exec(side.text); found && found.index + found[0].length <= to; found = pattern.exec(side.text)) {
    const start = found.index, end = start + found[0].length;
    out.push(...marked(side, at, start));
    out.push(...span(side, start, end, found));
    at = end;
  }
  out.push(...marked(side, at, to));
  return out;
};
const span = (side, start, end, { 0: text, groups }) => {
  if (groups.math) {
    const tree = data.math[text];
    if (!tree) return [whole(side, start, end, make("code", {}, text))];
    const math = formula(tree);
    math.setAttribute("title", text);
    return [whole(side, start, end, math)];
  }
  if (groups.code) return [whole(side, start, end, make("code", {}, text.startsWith("`") ? text.slice(1, -1) : text))];
  if (groups.strong) return [make("strong", {}, ...inline(side, start + 2, end - 2))];
  if (groups.em) return [make("em", {}, ...inline(side, start + 1, end - 1))];
  const split = text.lastIndexOf("]("), head = groups.image ? 2 : 1;
  const words = inline(side, start + head, start + split);
  const url = text.slice(split + 2, -1), urlAt = start + split + 2;
  const shown = groups.image || changeIn(side, urlAt, end - 1);
  return [make("span", { class: groups.image ? "image" : "link", title: url }, ...words), ...(shown ? [make("code", { class: "url" }, ...marked(side, urlAt, end - 1))] : [])];
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
