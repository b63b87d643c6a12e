// How a heading's cells are drawn: its value and count in the first column, sums where the column has them.

import { el } from "./dom.js";
import { SIDE, STATUS, TIF, qty } from "./format.js";

/** A value as the rows below say it, by the column it is of. */
const WORDS = { ord_status: (value) => STATUS[value]?.word, side: (value) => SIDE[value], time_in_force: (value) => TIF[value] };

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
  const words = WORDS[id.split("=", 1)[0]]?.(value) ?? value;
  return el(
    "span",
    {},
    el("span", { className: "twisty", textContent: open ? "▾" : "▸", dataset: { toggle: id } }),
    el("b", {}, String(words === "" ? "none" : words)),
    el("span", { className: "dim" }, ` ${count}`),
  );
}
