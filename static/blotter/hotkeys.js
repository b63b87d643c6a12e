// One key, one meaning, none while typing. The overlay behind `?` is made of the same table, so it cannot be out of date;
// there a key is changed by choosing it and pressing another.

import { $, closable, el, remembered, text } from "./dom.js";
import { KeyMap, keyOf } from "./keymap.js";

const TYPING = "input, select, textarea, [role=combobox]";

export class Hotkeys {
  #runs = new Map();
  #shown = [];
  #changing = null;

  constructor() {
    this.map = new KeyMap(remembered);
    this.dialog = closable($("keys"));
    this.dialog.addEventListener("close", () => (this.#changing = null));
    this.dialog.addEventListener("keydown", (event) => this.#change(event));
    $("keys-reset").addEventListener("click", () => {
      this.map.reset();
      this.overlay();
    });
    document.addEventListener("keydown", (event) => this.#pressed(event));
  }

  /** names: keys as the browser calls them; shown: as the overlay says it; run: what it does (absent: only listed). */
  add(group, names, shown, words, run) {
    if (run) this.#runs.set(words, run);
    if (run) this.map.deliver(words, names);
    this.#shown.push({ group, shown, words });
  }

  overlay(said = "Choose a key to change it.") {
    const groups = [...new Set(this.#shown.map(({ group }) => group))];
    $("keys-list").replaceChildren(
      ...groups.flatMap((group) => [
        el("h3", {}, group),
        ...this.#shown.filter((key) => key.group === group).map((key) => this.#line(key)),
      ]),
    );
    text("keys-said", said);
    if (!this.dialog.open) this.dialog.showModal();
  }

  #line({ shown, words }) {
    const own = this.map.changed[words];
    const key = el("kbd", {}, own ? own.toUpperCase() : shown);
    if (!this.#runs.has(words) || words === "These keys") return el("div", {}, el("span", {}, words), key);
    const asked = this.#changing === words;
    const button = el(
      "button",
      { type: "button", className: "key", aria: { label: `${words}: ${own ?? shown}. Change` }, dataset: { asked } },
      asked ? "press a key" : key,
    );
    button.addEventListener("click", () => {
      this.#changing = words;
      this.overlay(`Press the key for: ${words}`);
      this.#focus(words);
    });
    button.dataset.words = words;
    return el("div", {}, el("span", {}, words), button);
  }

  #focus(words) {
    [...$("keys-list").querySelectorAll(".key")].find((button) => button.dataset.words === words)?.focus();
  }

  #change(event) {
    if (this.#changing === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const words = this.#changing;
    this.#changing = null;
    const why = event.key === "Escape" ? "" : this.map.change(words, keyOf(event));
    this.overlay(why || "Choose a key to change it.");
    this.#focus(words);
  }

  #pressed(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const run = this.#runs.get(this.map.actionOf(keyOf(event)));
    if (!run) return;
    event.preventDefault();
    run(event);
  }
}
