// Which rows of a window must be painted again: those whose id or version is not what was painted last.

export class Differ {
  #painted = new Map();

  /** Row numbers in [top, bottom] to repaint; they count as painted from now on. */
  changed(store, top, bottom) {
    const rows = [];
    const next = new Map();
    for (let number = top; number <= bottom; number += 1) {
      const row = store.get(number);
      const now = row ? `${row.id}:${row.v}` : "";
      if (this.#painted.get(number) !== now) rows.push(number);
      next.set(number, now);
    }
    this.#painted = next;
    return rows;
  }

  /** After a scroll the grid itself has painted rows that we did not see: what we remember is worth nothing. */
  forget() {
    this.#painted = new Map();
  }
}
