// Which orders are shown: chips with counts, and the filter line. Both together become one predicate of the store.

import { $, el } from "./dom.js";
import { both, parseFilter } from "./filter.js";
import { isOpen } from "./format.js";

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
const SHAPE = {
  fields: [
    "id",
    "ord_status",
    "side",
    "symbol",
    "order_qty",
    "leaves_qty",
    "cum_qty",
    "price",
    "avg_px",
    "last",
    "slip_bp",
    "time_in_force",
    "ord_type",
    "stop_px",
    "hold",
    "emulated",
    "unresolved",
    "assigned_to",
    "exec_inst",
    "venue",
    "account",
    "entered_by",
    "currency",
    "cl_ord_id",
    "text",
    "reason_code",
  ],
  aliases: {
    order: "id",
    status: "ord_status",
    sym: "symbol",
    qty: "order_qty",
    leaves: "leaves_qty",
    filled: "cum_qty",
    limit: "price",
    px: "price",
    avg: "avg_px",
    slip: "slip_bp",
    tif: "time_in_force",
    type: "ord_type",
    stop: "stop_px",
    worker: "assigned_to",
    trader: "entered_by",
    ccy: "currency",
    reason: "text",
    code: "reason_code",
  },
  anywhere: ["symbol", "id", "cl_ord_id", "account"],
};

export class FilterBar {
  #chip = CHIPS[0];
  #line = null;

  constructor(store, changed) {
    Object.assign(this, { store, changed });
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
    $("filter").addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.target.value = "";
      this.#typed();
      event.target.blur();
    });
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

  /** Once a second: how many orders each chip would show. */
  count() {
    const counts = CHIPS.map(() => 0);
    for (const row of this.store.rows()) {
      if (row.parent_id != null) continue;
      CHIPS.forEach(({ passes }, at) => {
        if (!passes || passes(row)) counts[at] += 1;
      });
    }
    [...$("chips").children].forEach((button, at) => {
      button.lastChild.textContent = counts[at].toLocaleString("en-US");
    });
  }

  #typed() {
    const { passes, problems } = parseFilter($("filter").value, SHAPE);
    this.#line = passes;
    $("filter").setAttribute("aria-invalid", String(problems.length > 0));
    $("filter").title = problems.join(". ");
    this.#apply();
  }

  #apply() {
    this.store.setFilter(both(this.#chip.passes, this.#line));
    this.changed();
  }
}
