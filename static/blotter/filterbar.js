// Which orders are shown: chips with counts, and the filter line. Both together become one predicate of the store.

import { $, el } from "./dom.js";
import { both, parseFilter } from "./filter.js";
import { isOpen } from "./format.js";
import { Tally } from "./tally.js";

const CHIPS = [
  { name: "all", word: "All", passes: null },
  { name: "working", word: "Working", passes: isOpen },
  { name: "filled", word: "Filled", passes: ({ ord_status: status }) => status === "filled" },
  {
    name: "closed",
    word: "Canceled",
    passes: ({ ord_status: status }) => ["canceled", "expired", "done_for_day"].includes(status),
  },
  { name: "rejected", word: "Rejected", passes: ({ ord_status: status }) => status === "rejected", bad: true },
];
const kindOf = (row) => CHIPS.find(({ passes }) => passes?.(row))?.name ?? "other";
// Columns that only the page knows: they follow from quotes, and the server cannot be asked by them.
const LIVE = ["last", "slip_bp"];

export class FilterBar {
  #chip = CHIPS[0];
  #read = { passes: null, problems: [] };

  /** shape: the server's columns (orders/filter.py); say(words): a word to the trader. */
  constructor(store, shape, { changed, say }) {
    const live = Object.fromEntries(LIVE.map((name) => [name, { kind: "amount" }]));
    this.shape = { ...shape, columns: { ...shape.columns, ...live }, aliases: { ...shape.aliases, slip: "slip_bp" } };
    Object.assign(this, { store, changed, say });
    this.counts = store.tally(new Tally((row) => (row.parent_id == null ? kindOf(row) : null)));
    $("chips").replaceChildren(
      ...CHIPS.map((chip) =>
        el(
          "button",
          {
            type: "button",
            className: `chip${chip.bad ? " bad" : ""}`,
            dataset: { name: chip.name },
            aria: { pressed: String(chip === this.#chip) },
            onclick: () => this.show(chip.name),
          },
          `${chip.word} `,
          el("b", {}, "0"),
        ),
      ),
    );
    $("filter").addEventListener("input", () => this.#typed());
    $("filter").addEventListener("keydown", (event) => this.#keyed(event));
  }

  show(name) {
    this.#chip = CHIPS.find((chip) => chip.name === name) ?? CHIPS[0];
    for (const button of $("chips").children)
      button.setAttribute("aria-pressed", String(button.dataset.name === this.#chip.name));
    this.#apply();
  }

  showNth(number) {
    if (CHIPS[number]) this.show(CHIPS[number].name);
  }

  /** What a saved view keeps. */
  kept() {
    return { filter: $("filter").value.trim(), chip: this.#chip.name };
  }

  restore({ filter, chip }) {
    $("filter").value = filter;
    this.show(chip);
    this.#typed();
  }

  /** Once a second: how many orders each chip would show. */
  count() {
    [...$("chips").children].forEach((button, at) => {
      const { name, passes } = CHIPS[at];
      const count = (passes ? this.counts.of(name) : this.counts.total).toLocaleString("en-US");
      if (button.lastChild.textContent !== count) button.lastChild.textContent = count;
    });
  }

  /** The line as typed, what is wrong with it, and whether the chips let working orders through. */
  get asked() {
    return {
      line: $("filter").value.trim(),
      problems: this.#read.problems,
      working: ["all", "working"].includes(this.#chip.name),
    };
  }

  /** Enter goes on to what the line has found, or says what of it is not understood; Escape leaves without it. */
  #keyed(event) {
    if (event.key === "Enter" && this.#read.problems.length) this.say($("filter").title);
    else if (event.key === "Enter") $("orders-grid").focus();
    if (event.key !== "Escape") return;
    event.target.value = "";
    this.#typed();
    event.target.blur();
  }

  #typed() {
    this.#read = parseFilter($("filter").value, this.shape, ({ id }) => this.store.childrenOf(id));
    const { problems } = this.#read;
    $("filter").setAttribute("aria-invalid", String(problems.length > 0));
    $("filter").title = problems.map(({ text }) => text).join(". ");
    this.#apply();
  }

  #apply() {
    this.store.setFilter(both(this.#chip.passes, this.#read.passes));
    this.changed();
  }
}
