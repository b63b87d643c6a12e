// Cells, rows and blocks of the operations desk as elements. The server draws the same: oms/blotter/ops/cells.py.

import { el } from "../blotter/dom.js";

const SVG = "http://www.w3.org/2000/svg";
const BAR_PX = 120;

/** A cell is text, or {text, href, tone, mark, title, share}. */
export const full = (cell) => (typeof cell === "string" ? { text: cell } : cell);

/** What is in a cell: a state with its shape, a link, a bar before the number. */
export function inner(cell) {
  const { text, href, tone, mark, share } = full(cell);
  let shown = mark
    ? el("span", { className: "state", dataset: { tone } }, el("i", { aria: { hidden: "true" } }, mark), text)
    : text;
  if (href) shown = el("a", { href }, shown);
  return share === undefined ? [shown] : [bar(share), shown];
}

export function td(cell, kind) {
  const { tone, mark, title } = full(cell);
  const className = [kind, mark ? "" : tone].filter(Boolean).join(" ");
  return el("td", { className, ...(title ? { title } : {}) }, ...inner(cell));
}

/** A titled table, or what is said where it is empty. `head` is the element of its title. */
export function block({ title, href, columns, rows, empty }, head = "h3") {
  const heading = el(head, {}, href ? el("a", { href }, title) : title);
  if (!rows.length) return el("section", { className: "block" }, heading, el("p", { className: "empty" }, empty));
  const heads = columns.map((one) => el("th", { scope: "col", className: one.kind, ...(one.hint ? { title: one.hint } : {}) }, one.title));
  const lines = rows.map(({ cells, tone }) =>
    el("tr", { dataset: tone ? { tone } : {} }, ...cells.map((cell, at) => td(cell, columns[at].kind))),
  );
  const table = el("table", { className: "rows" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...lines));
  return el("section", { className: "block" }, heading, table);
}

/** Facts, each with its name. */
export function facts(told) {
  return el("dl", { className: "facts" }, ...told.flatMap(fact));
}

function fact([name, cell]) {
  return [el("dt", {}, name), el("dd", { className: full(cell).mark ? "" : (full(cell).tone ?? "") }, ...inner(cell))];
}

function bar(share) {
  const half = BAR_PX / 2;
  const width = Math.floor((Math.abs(share) * half) / 100);
  const svg = shape("svg", { class: "bar", width: BAR_PX, height: 10, "aria-hidden": "true" });
  svg.append(
    shape("rect", { class: share >= 0 ? "in" : "out", x: share >= 0 ? half : half - width, y: 1, width, height: 8 }),
    shape("line", { x1: half, x2: half, y1: 0, y2: 10 }),
  );
  return svg;
}

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}
