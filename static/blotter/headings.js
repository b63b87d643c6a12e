// How a heading's cells are drawn: its value and count in the first column, sums where the column has them.

import { el } from "./dom.js";
import { qty } from "./format.js";

/** The column, able to draw headings, too. */
export function drawHeadings(column, first) {
  const { formatter } = column;
  return {
    ...column,
    formatter: (number, cell, value, definition, row) => {
      if (!row.heading) return formatter(number, cell, value, definition, row);
      if (first) return name(row);
      return column.sum && typeof value === "number" ? qty(value) : "";
    },
  };
}

function name({ id, value, count, open }) {
  return el(
    "span",
    {},
    el("span", { className: "twisty", textContent: open ? "▾" : "▸", dataset: { toggle: id } }),
    el("b", {}, String(value === "" ? "none" : value)),
    el("span", { className: "dim" }, ` ${count}`),
  );
}
