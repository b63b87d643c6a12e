// The dialog of columns of one table: by which it is sorted, what rows are put under headings by, which columns are shown,
// in which order, and how many stay in place.

import { $, closable, el, walked } from "./dom.js";

// The style sheet knows the widths of so many (grid.css).
const MOST_PINNED = 6;
/** Columns with few values: what rows are worth putting under headings by. */
const HEADINGS = ["symbol", "side", "ord_status", "account", "venue", "last_mkt", "entered_by", "assigned_to", "currency", "time_in_force"];

export class ColumnList {
  #grid = null;

  /** grids: the tables by name; the orders are meant when no other has the keyboard. */
  constructor(grids) {
    this.grids = grids;
    this.dialog = closable($("columns"));
    $("columns-reset").addEventListener("click", () => {
      this.#grid.arrange({});
      this.#list();
    });
    for (const id of ["columns-sort", "columns-down"]) $(id).addEventListener("change", () => this.#sort());
    $("columns-group").addEventListener("change", ({ target }) => this.#grid.groupBy(target.value));
    $("columns-pinned").addEventListener("change", ({ target }) => this.#grid.pin(Number(target.value)));
    $("columns-list").addEventListener("keydown", (event) => this.#moved(event));
    walked($("columns-list"), "li input:enabled");
  }

  open() {
    const tables = Object.values(this.grids);
    this.#grid = tables.find(({ container }) => container.contains(document.activeElement)) ?? this.grids.orders;
    $("columns-title").textContent = `Columns of the ${this.#grid.name}`;
    this.#list();
    this.dialog.showModal();
  }

  #sort() {
    const field = $("columns-sort").value;
    this.#grid.sortBy(field ? [{ field, down: $("columns-down").value === "down" }] : []);
  }

  /** Shift and an arrow move the column that the keyboard is on. */
  #moved(event) {
    const by = event.shiftKey ? { ArrowUp: -1, ArrowDown: 1 }[event.key] : undefined;
    const id = event.target.closest("li")?.dataset.column;
    if (!by || !id) return;
    event.preventDefault();
    this.#move(id, by);
    const line = $("columns-list").querySelector(`[data-column="${id}"]`);
    (line.querySelector("input:enabled") ?? line.querySelector("button")).focus();
  }

  #move(id, by) {
    this.#grid.moveColumn(id, by);
    this.#list();
  }

  /** What is chosen, and the columns as they stand. */
  #list() {
    const { layout, grouped, sorted } = this.#grid;
    const by = (id) => id === sorted[0]?.field;
    const options = (none, columns, chosen) => [
      el("option", { value: "" }, none),
      ...columns.map(({ id, name }) => el("option", { value: id, selected: chosen(id) }, name)),
    ];
    $("columns-sort").replaceChildren(...options("nothing: the newest first", layout.ordered(), by));
    $("columns-down").value = sorted[0]?.down ? "down" : "up";
    const groups = layout.all.filter(({ id }) => HEADINGS.includes(id));
    $("columns-group").replaceChildren(...options("no headings", groups, (id) => id === grouped));
    $("columns-pinned").replaceChildren(...pins(layout.pinned));
    $("columns-list").replaceChildren(...layout.ordered().map((column) => this.#line(column)));
  }

  #line({ id, name }) {
    const { hidden } = this.#grid.layout;
    const box = el("input", { type: "checkbox", checked: !hidden.has(id), disabled: id === "id" });
    box.addEventListener("change", () => this.#show(id, box.checked));
    const step = (words, by) =>
      el("button", {
        type: "button",
        className: "button small",
        textContent: by < 0 ? "↑" : "↓",
        dataset: { move: `${id}${by}` },
        aria: { label: `${name} ${words}` },
        onclick: () => {
          this.#move(id, by);
          $("columns-list").querySelector(`[data-move="${id}${by}"]`).focus();
        },
      });
    return el("li", { dataset: { column: id } }, el("label", {}, box, name), step("earlier", -1), step("later", 1));
  }

  #show(id, shown) {
    const hidden = new Set(this.#grid.layout.hidden);
    if (shown) hidden.delete(id);
    else hidden.add(id);
    this.#grid.showColumns(hidden);
  }
}

function pins(chosen) {
  const words = (count) => (count === 0 ? "none" : count === 1 ? "the first column" : `the first ${count} columns`);
  return Array.from({ length: MOST_PINNED + 1 }, (_, count) =>
    el("option", { value: String(count), selected: count === chosen }, words(count)),
  );
}
