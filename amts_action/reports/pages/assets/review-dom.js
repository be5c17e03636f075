// Elements and texts. Everything from the book becomes text through here: never markup.
const $ = (id) => document.getElementById(id);
const MATHML = "http://www.w3.org/1998/Math/MathML";
let data;

const make = (name, attributes, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== "" && value != null) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child != null && child !== ""));
  return element;
};
const link = (words, url) => /^https?:\/\//.test(url) ? make("a", { href: url, rel: "noopener noreferrer" }, words) : words;
const button = (words, act, attributes) => {
  const element = make("button", { type: "button", ...attributes }, words);
  element.addEventListener("click", act);
  return element;
};
const formula = ([name, attributes, ...children]) => {
  const element = document.createElementNS(MATHML, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.map((child) => typeof child === "string" ? child : formula(child)));
  return element;
};
const counted = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
const say = (text) => { $("said").textContent = text; };

// What nobody could see is written out, as in the other reports: controls, changes of direction, lone surrogates.
const HIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\u{d800}-\u{dfff}\u{e0000}-\u{e007f}]/gu;
const shownCode = (char) => {
  const code = char.codePointAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? "\u2421" : `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
};
const visible = (text) => text.replace(/\r\n?/g, "\n").replace(HIDDEN, shownCode);
const WIDE_BREAK = /(?<=[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef])[ \t]*\n[ \t]*(?=[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef])/g;
const BLANKS = /[\t\n \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]+/; // what Python's split() takes for such
const oneLine = (text) => visible(text).replace(WIDE_BREAK, "").split(BLANKS).filter(Boolean).join(" ");
