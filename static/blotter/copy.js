// The selected rows as a spreadsheet takes them: tabs between cells, exact values, no formulas.

import { inert } from "./columns.js";

/** Cells with tabs between, rows with line ends; what would break that up becomes a space. */
export function tsv(columns, rows, { headers = false } = {}) {
  const cell = (value) => inert(value == null ? "" : String(value)).replaceAll(/[\t\r\n]+/g, " ");
  const lines = rows.map((row) => columns.map(({ field }) => cell(row[field])).join("\t"));
  return [...(headers ? [columns.map(({ name }) => name).join("\t")] : []), ...lines].join("\n");
}

/** Ctrl+C in a grid copies its selected rows; with Shift the headers, too. */
export function copyRows(grid) {
  grid.container.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "c" || !grid.picked.size) return;
    event.preventDefault();
    navigator.clipboard?.writeText(tsv(grid.columns(), grid.pickedRows(), { headers: event.shiftKey }));
  });
}
