// One key, one meaning, none while typing. The overlay behind `?` is made of the same table, so it cannot be out of date.

import { $, closable, el } from "./dom.js";

const TYPING = "input, select, textarea, [role=combobox]";

export class Hotkeys {
  #keys = new Map();
  #shown = [];

  constructor() {
    this.dialog = closable($("keys"));
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** names: keys as the browser calls them; shown: as the overlay says it; run: what it does (absent: only listed). */
  add(group, names, shown, words, run) {
    if (run) for (const name of names) this.#keys.set(name, run);
    this.#shown.push({ group, shown, words });
  }

  overlay() {
    const groups = [...new Set(this.#shown.map(({ group }) => group))];
    $("keys-list").replaceChildren(
      ...groups.flatMap((group) => [
        el("h3", {}, group),
        ...this.#shown
          .filter((key) => key.group === group)
          .map(({ shown, words }) => el("div", {}, el("span", {}, words), el("kbd", {}, shown))),
      ]),
    );
    this.dialog.showModal();
  }

  #pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const run = this.#keys.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!run) return;
    event.preventDefault();
    run(event);
  }
}
