// What a trader does with selected orders beside amending and canceling: one dialog, one table of actions.
//
// An action says for which orders it is offered, what it asks for, and which request it becomes. The server decides.

import { freshKey } from "./api.js";
import { $, closable, el } from "./dom.js";
import { isLeg, isOpen, isSpread, qty, typedParts, typedPrice, typedQty } from "./format.js";
import { describe } from "./actions.js";
import { problemCard } from "./dom.js";

const one = (orders, holds) => orders.length === 1 && isOpen(orders[0]) && holds.includes(orders[0].hold);
const every = (orders, holds) => orders.length > 0 && orders.every((order) => isOpen(order) && holds.includes(order.hold));
const each = (path, body) => (orders, values) =>
  orders.map((order) => ({ path: `/api/v1/orders/${order.id}/${path}/`, body: body(values) }));
// What waits here and may become something else. The server looks closer.
const MERGED = ["staged", "manual", "wave"];
const field = (name, label, kind = "text", more = {}) => ({ name, label, kind, ...more });

const ACTIONS = [
  { name: "Accept and route", when: (o) => every(o, ["staged"]), calls: each("accept", () => ({})) },
  { name: "Accept as care", when: (o) => every(o, ["staged"]), calls: each("accept", () => ({ care: true })) },
  {
    name: "Refuse",
    when: (o) => every(o, ["staged"]),
    fields: [field("reason", "Reason")],
    calls: each("refuse", ({ reason }) => ({ reason })),
  },
  {
    name: "Pass on",
    when: (o) => every(o, ["staged", "manual"]),
    fields: [field("to", "To trader")],
    calls: each("pass", ({ to }) => ({ to })),
  },
  {
    name: "Slice",
    when: (o) => one(o, ["manual"]),
    fields: [
      field("order_qty", "Quantity", "qty"),
      field("price", "Limit, empty for market", "price", { optional: true }),
      field("venue", "Venue, empty for the best", "text", { optional: true }),
    ],
    calls: each("slices", ({ order_qty, price, venue }) => ({
      order_qty,
      ord_type: price ? "limit" : "market",
      ...(price ? { price } : {}),
      ...(venue ? { venue: venue.toUpperCase() } : {}),
    })),
  },
  {
    name: "Telephone fill",
    when: (o) => one(o, ["manual", "staged", ""]) && !isSpread(o[0]),
    fields: [
      field("last_qty", "Quantity", "qty"),
      field("last_px", "Price", "price"),
      field("last_mkt", "MIC, empty for off market", "text", { optional: true }),
      field("counterparty", "With", "text", { optional: true }),
    ],
    calls: each("fills", ({ last_mkt, counterparty, ...rest }) => ({
      ...rest,
      ...(last_mkt ? { last_mkt: last_mkt.toUpperCase() } : {}),
      ...(counterparty ? { counterparty } : {}),
    })),
  },
  {
    name: "Merge into a block",
    when: (o) => o.length > 1 && every(o, MERGED) && o.every(({ cum_qty }) => !cum_qty),
    calls: (o) => [merged(o, true)],
  },
  {
    name: "Merge and route",
    when: (o) => o.length > 1 && every(o, MERGED) && o.every(({ cum_qty }) => !cum_qty),
    calls: (o) => [merged(o, false)],
  },
  {
    name: "Undo the block",
    when: (o) => o.length === 1 && isOpen(o[0]) && o[0].composition === "block" && !o[0].cum_qty,
    calls: each("undo", () => ({})),
  },
  {
    name: "Split",
    when: (o) => one(o, MERGED) && !o[0].composition,
    fields: [field("parts", "Parts: 600 400, or 60% 40%, or ALPHA 600 BETA 400", "parts")],
    calls: each("split", ({ parts }) => ({ parts })),
  },
  { name: "Route the rest", when: (o) => every(o, ["manual", "wave"]), calls: each("release", () => ({})) },
  {
    name: "One cancels the other",
    when: (o) => o.length > 1 && o.every((order) => isOpen(order) && !order.cum_qty && !isLeg(order)),
    calls: (o) => [linked(o, "one_cancels_other")],
  },
  {
    name: "One updates the other",
    when: (o) => o.length > 1 && o.every((order) => isOpen(order) && !order.cum_qty && !isLeg(order)),
    calls: (o) => [linked(o, "one_updates_other")],
  },
  {
    name: "Note",
    when: (o) => o.length > 0,
    fields: [field("text", "Note")],
    calls: each("note", ({ text }) => ({ text })),
  },
];
const READ = { qty: typedQty, price: typedPrice, text: (value) => value.trim() || null, parts: typedParts };

function merged(orders, care) {
  return { path: "/api/v1/orders/merge/", body: { order_ids: orders.map(({ id }) => String(id)), care } };
}

function linked(orders, kind) {
  return { path: "/api/v1/orders/link/", body: { order_ids: orders.map(({ id }) => String(id)), kind } };
}

export class Work {
  #orders = [];
  #action = null;
  #key = "";
  #busy = false;

  constructor(api, { may, live, tell }) {
    Object.assign(this, { api, may, live, tell });
    this.dialog = closable($("work"));
    $("work-actions").addEventListener("click", (event) => this.#choose(event.target.closest("button")?.dataset.action));
    $("work-form").addEventListener("keydown", (event) => this.#step(event));
    $("work-fields").addEventListener("input", () => {
      this.#key = freshKey();
    });
    $("work-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
  }

  /** The actions that these orders allow. */
  open(orders) {
    this.#orders = orders.filter((order) => order.parent_id == null);
    const offered = ACTIONS.filter((action) => this.#orders.length && action.when(this.#orders));
    if (!this.may || !offered.length) {
      this.tell(this.may ? "Nothing can be done with these orders." : "Your role reads orders and does not change them.");
      return;
    }
    $("work-title").textContent =
      this.#orders.length === 1
        ? `Order ${this.#orders[0].id}: ${describe(this.#orders[0])}`
        : `${this.#orders.length} orders, ${qty(this.#orders.reduce((sum, order) => sum + order.leaves_qty, 0))} working`;
    $("work-actions").replaceChildren(
      ...offered.map(({ name }) => el("button", { type: "button", className: "button", dataset: { action: name } }, name)),
    );
    // Opening a dialog moves the focus, so it is set after that.
    this.dialog.showModal();
    this.#choose(offered[0].name);
  }

  /** ← and → go through the actions, but for the letters of what is typed. */
  #step(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by || event.target.value) return;
    event.preventDefault();
    const names = Array.from($("work-actions").children, (button) => button.dataset.action);
    this.#choose(names[(names.indexOf(this.#action.name) + by + names.length) % names.length]);
  }

  #choose(name) {
    this.#action = ACTIONS.find((action) => action.name === name) ?? this.#action;
    this.#key = freshKey();
    for (const button of $("work-actions").children)
      button.setAttribute("aria-pressed", String(button.dataset.action === this.#action.name));
    $("work-fields").replaceChildren(
      ...(this.#action.fields ?? []).map(({ name: id, label, kind }) =>
        el(
          "label",
          { className: "field" },
          el("span", {}, label),
          el("input", { id: `work-${id}`, className: kind === "text" ? "input" : "input number", autocomplete: "off" }),
        ),
      ),
    );
    $("work-answer").replaceChildren();
    $("work-send").replaceChildren(this.#action.name, el("kbd", {}, "⏎"));
    ($("work-fields").querySelector("input") ?? $("work-send")).focus();
  }

  #values() {
    const values = {};
    let whole = true;
    for (const { name, kind, optional } of this.#action.fields ?? []) {
      const input = $(`work-${name}`);
      const value = READ[kind](input.value);
      const wrong = value === null && (!optional || input.value.trim() !== "");
      input.setAttribute("aria-invalid", String(wrong));
      whole &&= !wrong;
      if (value !== null) values[name] = value;
    }
    return whole ? values : null;
  }

  async #send() {
    const values = this.#values();
    if (values === null || this.#busy || this.live()) return;
    this.#busy = $("work-send").disabled = true;
    const calls = this.#action.calls(this.#orders, values);
    const answers = await Promise.all(
      calls.map(({ path, body }, at) => this.api.send("POST", path, { body, key: `${this.#key}-${at}` })),
    );
    this.#busy = $("work-send").disabled = false;
    const problems = answers.flatMap((answer) => (answer.ok ? [] : answer.problems));
    if (!problems.length) this.dialog.close();
    else {
      if (!answers.some(({ unknown }) => unknown)) this.#key = freshKey();
      $("work-answer").replaceChildren(...problems.map(problemCard));
    }
  }
}
