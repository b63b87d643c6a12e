// SlickGrid drawn from a store: repaints only rows that changed, keeps the selection by row id, adds what assistive
// technology needs, takes the keyboard. SlickGrid itself sorts, filters and selects nothing.

import { Differ } from "./differ.js";
import { el, remembered } from "./dom.js";
import { Groups } from "./groups.js";
import { describe, tellSort } from "./gridaria.js";
import { takeKeys } from "./gridkeys.js";
import { drawHeadings } from "./headings.js";
import { Layout } from "./layout.js";
import { calm, moveRows, paintRow } from "./painter.js";
import { keepPinned, pinned } from "./pinned.js";
import { setByHand, stretched } from "./stretch.js";
import { fitting } from "./tight.js";

const SCROLLBAR_PX = 10;
const RECOUNT_MS = 500;
const CALM_MS = 300;

export class BlotterGrid {
  #painted = -1;
  #count = -1;
  #later = null;
  sorted = [];
  #wide = [];
  grouped = "";
  picked = new Set();
  cursor = null;

  /** on: {pick(rows), enter(row), act(name, row)}; name: under which widths and columns are remembered; label: what it holds. */
  constructor(container, store, columns, { name, label, nonce, on = {}, empty = "", rowClass = () => "" }) {
    Object.assign(this, { container, store, name, on, rowClass });
    // Fingers need more room than a pointer (blotter.css).
    this.rowHeight = matchMedia("(pointer: coarse)").matches ? 32 : 20;
    this.differ = new Differ();
    this.layout = new Layout(name, columns, remembered);
    this.grid = new globalThis.Slick.Grid(container, this.#provider(), this.#shown(), {
      nonce,
      rowHeight: this.rowHeight,
      enableCellNavigation: false,
      enableColumnReorder: true,
      enableHtmlRendering: false,
      multiColumnSort: true,
      tristateMultiColumnSort: false,
      syncColumnCellResize: true,
      showCellSelection: false,
      fullWidthRows: true,
      rowTopOffsetRenderType: "transform", // a row that moves is not painted again
    });
    this.nothing = container.appendChild(el("p", { className: "nothing-here", textContent: empty, hidden: true }));
    this.#listen(label);
  }

  /** Bring the page up to date with the store. Called once a frame; costs nothing when nothing changed. */
  tick() {
    const moved = this.store.settle();
    if (!moved && this.#painted === this.store.version) return;
    this.#painted = this.store.version;
    if (moved) this.#counted();
    const { top, bottom } = this.grid.getRenderedRange();
    const columns = this.grid.getColumns();
    const { moves, changed } = this.differ.plan(this.store, Math.max(0, top), bottom);
    moveRows(this.grid, moves);
    this.grid.invalidateRows(changed.filter((number) => !paintRow(this.grid, columns, number)));
    this.grid.render();
  }

  /** Paint everything again: selection, ages. */
  repaint() {
    this.differ.forget();
    this.grid.invalidateAllRows();
    this.grid.render();
  }

  pickOnly(id) {
    this.picked = new Set(id === null ? [] : [id]);
    this.cursor = id;
    this.tellPick();
  }

  pickedRows() {
    return [...this.picked].map((id) => this.store.row(id)).filter(Boolean);
  }

  showColumns(hidden) {
    this.layout.hidden = new Set(hidden);
    this.#rearranged();
  }

  columns() {
    return this.layout.shown();
  }

  moveColumn(id, step) {
    this.layout.move(id, step);
    this.#rearranged();
  }

  /** What a saved view keeps of this table. */
  arrangement() {
    const columns = this.columns().map(({ id }) => id);
    return { columns, widths: { ...this.layout.widths }, pinned: this.layout.pinned, sort: this.sorted, group: this.grouped };
  }

  /** Show the table as a saved view has it. */
  arrange({ sort = [], group = "", ...columns }) {
    const known = new Set(this.layout.all.map(({ id }) => id));
    this.layout.take(columns);
    this.#rearranged();
    this.groupBy(known.has(group) ? group : "");
    this.sortBy(sort.filter(({ field }) => known.has(field)));
  }

  /** By these columns, the first the strongest: [{field, down}]. */
  sortBy(order) {
    const sortCols = order.map(({ field, down }) => ({ columnId: field, sortAsc: !down }));
    this.grid.setSortColumns(sortCols);
    this.#sort(sortCols);
  }

  /** Headings by this column, with sums of those that say `sum`; "" for none. */
  groupBy(id) {
    this.grouped = id;
    this.store.setGroups(id ? new Groups(id, this.layout.all.filter(({ sum }) => sum).map(({ field }) => field)) : null);
    this.tick();
  }

  pin(count) {
    this.layout.pinned = count;
    this.#rearranged();
  }

  #rearranged() {
    this.layout.keep();
    this.#fit();
    this.repaint();
  }

  #fit() {
    this.#wide = this.#shown();
    this.grid.setColumns(this.#wide);
    this.#wide = this.#wide.map(({ id, width }) => ({ id, width }));
    tellSort(this.container, this.sorted);
  }

  #shown() {
    const room = this.container.clientWidth - SCROLLBAR_PX;
    return stretched(this.columns(), room).map((column, at) => {
      const drawn = drawHeadings(column, at === 0);
      return pinned({ ...drawn, formatter: fitting(drawn.formatter, drawn.width) });
    });
  }

  #dragged() {
    this.layout.dragged(this.grid.getColumns().map(({ id }) => id));
    this.#rearranged();
  }

  #provider() {
    return {
      getLength: () => this.store.len(),
      getItem: (number) => this.store.get(number),
      getItemMetadata: (number) => {
        const row = this.store.get(number);
        if (!row) return null;
        const classes = [row.heading ? "heading" : this.rowClass(row)];
        if (this.picked.has(row.id)) classes.push("picked");
        if (this.cursor === row.id) classes.push("cursor");
        return { cssClasses: classes.filter(Boolean).join(" ") };
      },
    };
  }

  /** To be told how many rows there are makes SlickGrid lay everything out: when it is out of sight that can wait. */
  #counted() {
    const count = this.store.len();
    if (count === this.#count) return;
    if (Math.min(count, this.#count) <= this.grid.getRenderedRange().bottom) this.#recount();
    else this.#later ??= setTimeout(() => this.#recount(), RECOUNT_MS);
  }

  #recount() {
    clearTimeout(this.#later);
    this.#later = null;
    this.#count = this.store.len();
    this.grid.updateRowCount();
    this.container.setAttribute("aria-rowcount", String(this.#count + 1));
    this.nothing.hidden = this.#count > 0;
  }

  #listen(label) {
    const { grid, container } = this;
    container.setAttribute("aria-label", label);
    container.setAttribute("aria-multiselectable", "true");
    this.#takesFocus();
    keepPinned(this);
    grid.onViewportChanged.subscribe(() => this.differ.forget());
    grid.onRendered.subscribe(() => describe(this));
    grid.onSort.subscribe((_event, { sortCols }) => this.#sort(sortCols));
    grid.onColumnsReordered.subscribe(() => this.#dragged());
    grid.onColumnsResized.subscribe(() => this.#resized());
    grid.onClick.subscribe((event, { row }) => this.#clicked(event, row));
    grid.onDblClick.subscribe((_event, { row }) => this.on.enter?.(this.store.get(row)));
    takeKeys(this);
    new ResizeObserver(() => {
      grid.resizeCanvas();
      this.#fit();
      this.differ.forget();
    }).observe(container);
    setInterval(() => calm(container), CALM_MS);
    this.#counted();
    describe(this);
  }

  /** One stop of the Tab key: the part that scrolls, which hands the focus on to the grid, where the keys are heard. */
  #takesFocus() {
    const { container } = this;
    for (const inner of container.querySelectorAll("[tabindex]")) inner.removeAttribute("tabindex");
    const scrolls = container.querySelector(".slick-viewport");
    const stop = (on) => (scrolls.tabIndex = on ? 0 : -1);
    scrolls.setAttribute("role", "rowgroup");
    container.tabIndex = -1;
    stop(true);
    scrolls.addEventListener("focus", () => container.focus({ preventScroll: true }));
    // On its way out the Tab key must not come back to where it came in.
    container.addEventListener("keydown", ({ key, shiftKey }) => key === "Tab" && !shiftKey && stop(false));
    container.addEventListener("focusout", () => stop(true));
  }

  #sort(sortCols) {
    this.sorted = sortCols.map(({ columnId, sortAsc }) => ({ field: columnId, down: !sortAsc }));
    this.store.setSort(this.sorted);
    tellSort(this.container, this.sorted);
    this.tick();
  }

  #resized() {
    Object.assign(this.layout.widths, setByHand(this.#wide, this.grid.getColumns()));
    this.#rearranged();
  }

  #clicked(event, number) {
    const row = this.store.get(number);
    this.container.focus({ preventScroll: true });
    if (event.target.dataset?.toggle || row.heading) {
      this.open(row);
      return;
    }
    if (event.target.dataset?.act) {
      this.pickOnly(row.id);
      this.on.act?.(event.target.dataset.act, row);
      return;
    }
    if (event.shiftKey && this.cursor !== null) this.pickRange(number);
    else if (event.ctrlKey || event.metaKey) this.pickAlso(row.id);
    else this.picked = new Set([row.id]);
    this.cursor = row.id;
    this.tellPick();
  }

  /** One row more, or one less. */
  pickAlso(id) {
    if (this.picked.has(id)) this.picked.delete(id);
    else this.picked.add(id);
  }

  /** All from the cursor to there. */
  pickRange(number) {
    const from = Math.max(0, this.store.indexOf(this.cursor));
    const [low, high] = from < number ? [from, number] : [number, from];
    for (let i = low; i <= high; i += 1) this.also(this.store.get(i));
  }

  /** A heading is walked over and not picked. */
  also({ id, heading }) {
    if (!heading) this.picked.add(id);
  }

  /** The rows picked have changed. */
  tellPick() {
    this.repaint();
    this.on.pick?.(this.pickedRows());
  }

  /** Show or hide what is under a row or a heading. */
  open(row, open) {
    this.store.toggle(row.id, open);
    this.#counted();
    this.repaint();
  }
}
