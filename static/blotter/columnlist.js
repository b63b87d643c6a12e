// The dialog of columns: which are shown, in which order, what rows are put under headings by, how many stay in place.

import { $, el } from "./dom.js";

// The style sheet knows the widths of so many (grid.css).
const MOST_PINNED = 6;
/** Columns with few values: what orders are worth putting under headings by. */
const HEADINGS = ["symbol", "side", "ord_status", "account", "venue", "entered_by", "assigned_to", "currency", "time_in_force"];

/** The dialog's list, and what else is chosen there. */
export function listColumns(grid) {
  const choices = grid.layout.all.filter(({ id }) => HEADINGS.includes(id));
  $("columns-group").replaceChildren(
    el("option", { value: "" }, "no headings"),
    ...choices.map(({ id, name }) => el("option", { value: id, selected: id === grid.grouped }, name)),
  );
  $("columns-group").onchange = ({ target }) => grid.groupBy(target.value);
  $("columns-pinned").replaceChildren(
    ...Array.from({ length: MOST_PINNED + 1 }, (_, count) => {
      const words = count === 0 ? "none" : count === 1 ? "the first column" : `the first ${count} columns`;
      return el("option", { value: String(count), selected: count === grid.layout.pinned }, words);
    }),
  );
  $("columns-pinned").onchange = ({ target }) => grid.pin(Number(target.value));
  $("columns-list").replaceChildren(
    ...grid.layout.ordered().map(({ id, name }) => {
      const box = el("input", { type: "checkbox", checked: !grid.layout.hidden.has(id), disabled: id === "id" });
      box.addEventListener("change", () => {
        const hidden = new Set(grid.layout.hidden);
        if (box.checked) hidden.delete(id);
        else hidden.add(id);
        grid.showColumns(hidden);
      });
      const step = (words, by) =>
        el("button", {
          type: "button",
          className: "button small",
          textContent: by < 0 ? "↑" : "↓",
          dataset: { move: `${id}${by}` },
          aria: { label: `${name} ${words}` },
          onclick: () => {
            grid.moveColumn(id, by);
            listColumns(grid);
            $("columns-list").querySelector(`[data-move="${id}${by}"]`).focus();
          },
        });
      return el("li", {}, el("label", {}, box, name), step("earlier", -1), step("later", 1));
    }),
  );
}
