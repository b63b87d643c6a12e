// Finding an instrument: a combobox over GET /api/v1/instruments/?search= (symbol, ISIN, CUSIP, SEDOL, name).
// Those used last come first, answers are kept, an answer that comes too late is dropped.

import { el, remembered } from "./dom.js";

const WAIT_MS = 120;
const MOST = 12;

export class Typeahead {
  #found = [];
  #at = -1;
  #timer = 0;
  #asked = 0;
  #pending = false;
  #kept = new Map();
  chosen = null;

  /** on: choose(instrument or null) */
  constructor(input, list, api, on) {
    Object.assign(this, { input, list, api, on });
    this.recent = remembered.get("instruments", []);
    input.addEventListener("input", () => this.#typed());
    input.addEventListener("focus", () => {
      if (!input.value.trim()) this.#offer(this.recent);
      else input.select();
    });
    input.addEventListener("blur", () => this.#left());
    input.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("mousedown", (event) => this.#clicked(event));
  }

  choose(instrument) {
    clearTimeout(this.#timer);
    this.chosen = instrument;
    this.input.value = instrument ? instrument.symbol : "";
    this.#shut();
    if (instrument) this.#remember(instrument);
    this.on(instrument);
  }

  #typed() {
    if (this.chosen) {
      this.chosen = null;
      this.on(null);
    }
    clearTimeout(this.#timer);
    this.#pending = true;
    this.#timer = setTimeout(() => this.#search(this.input.value.trim()), WAIT_MS);
  }

  async #search(words) {
    this.#asked += 1;
    const asked = this.#asked;
    if (!words) {
      this.#offer(this.recent);
      return;
    }
    const found = await this.#ask(words);
    if (asked === this.#asked && document.activeElement === this.input) this.#offer(found, words);
  }

  async #ask(words) {
    const key = words.toUpperCase();
    if (this.#kept.has(key)) return this.#kept.get(key);
    const { ok, body } = await this.api.get(`/api/v1/instruments/?search=${encodeURIComponent(words)}&limit=${MOST}`);
    const found = ok ? body.results : [];
    if (ok) this.#kept.set(key, found);
    return found;
  }

  #offer(found, words = "") {
    this.#pending = false;
    this.#found = found;
    this.#at = found.length ? 0 : -1;
    const nothing = words ? [el("li", { className: "nothing" }, `Nothing is called “${words}”`)] : [];
    this.list.replaceChildren(...(found.length ? found.map((one, index) => option(one, index)) : nothing));
    this.list.hidden = !this.list.children.length;
    this.input.setAttribute("aria-expanded", String(!this.list.hidden));
    this.#mark();
  }

  #mark() {
    [...this.list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === this.#at)));
    const item = this.list.children[this.#at];
    if (item?.id) this.input.setAttribute("aria-activedescendant", item.id);
    else this.input.removeAttribute("aria-activedescendant");
    item?.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const open = !this.list.hidden && this.#found.length > 0;
    if (event.key === "Escape" && !this.list.hidden) this.#shut();
    else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#at = (this.#at + step + this.#found.length) % this.#found.length;
      this.#mark();
    } else if (event.key === "Enter" && !event.ctrlKey && !this.chosen && this.input.value.trim()) {
      if (open && !this.#pending) this.choose(this.#found[this.#at]);
      else this.#takeBest(true);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Leaving with Tab takes the marked one. */
  #left() {
    const marked = this.list.hidden || this.#pending ? undefined : this.#found[this.#at];
    if (!this.chosen && marked && this.input.value.trim()) this.choose(marked);
    else if (!this.chosen && this.input.value.trim()) this.#takeBest(false);
    this.#shut();
  }

  /** Faster than the answer: when it comes, an exact match is taken, or whatever it likes best. */
  async #takeBest(any) {
    clearTimeout(this.#timer);
    this.#asked += 1;
    const words = this.input.value.trim();
    const found = await this.#ask(words);
    const exact = found.find(({ symbol }) => symbol.toUpperCase() === words.toUpperCase());
    const best = exact ?? (any || found.length === 1 ? found[0] : undefined);
    if (best && !this.chosen && this.input.value.trim() === words) this.choose(best);
    else if (any && !best) this.#offer([], words);
  }

  #clicked(event) {
    event.preventDefault();
    const item = event.target.closest("[role=option]");
    if (item) this.choose(this.#found[Number(item.dataset.index)]);
  }

  #shut() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #remember(instrument) {
    const { symbol, name, primary_mic, currency, isin } = instrument;
    this.recent = [
      { symbol, name, primary_mic, currency, isin },
      ...this.recent.filter((one) => nameOf(one) !== nameOf(instrument)),
    ].slice(0, 6);
    remembered.set("instruments", this.recent);
  }
}

const nameOf = ({ symbol, primary_mic: mic }) => `${symbol}.${mic}`;

function option({ symbol, name, primary_mic: mic, currency, isin }, index) {
  return el(
    "li",
    { id: `t-option-${index}`, dataset: { index }, aria: { role: "option", selected: "false" } },
    el("b", { textContent: symbol }),
    el("span", { textContent: name }),
    el("small", { textContent: [mic, currency, isin].filter(Boolean).join(" · ") }),
  );
}
