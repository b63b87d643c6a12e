// Fills nobody has looked at yet: they stay marked until the trader goes to the executions or acknowledges.

import { $ } from "./dom.js";

export class Unseen {
  #ids = new Set();
  #known = null;

  /** changed(): the rows are to be painted again. */
  constructor(grid, changed) {
    Object.assign(this, { grid, changed });
    grid.container.addEventListener("focusin", () => this.seen());
    grid.container.addEventListener("pointerdown", () => this.seen());
  }

  has(id) {
    return this.#ids.has(id);
  }

  /** A snapshot shows what was there before; what it adds to one we had is new. */
  replaced(rows) {
    const before = this.#known;
    this.#known = new Set(rows.map(({ id }) => id));
    if (before) this.#note(rows.filter(({ id }) => !before.has(id)));
  }

  came(rows) {
    const fresh = rows.filter(({ id }) => !this.#known?.has(id));
    for (const { id } of fresh) this.#known?.add(id);
    this.#note(fresh);
  }

  seen() {
    if (!this.#ids.size) return;
    this.#ids.clear();
    this.#told();
  }

  #note(rows) {
    if (!rows.length || this.grid.container.contains(document.activeElement)) return;
    for (const { id } of rows) this.#ids.add(id);
    this.#told();
  }

  #told() {
    $("unseen").hidden = this.#ids.size === 0;
    $("unseen").textContent = `${this.#ids.size} new`;
    this.changed();
  }
}
