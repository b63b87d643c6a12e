// The spread ticket: legs, a number of spreads, and a net price of either sign. The first Enter shows what would be sent,
// the second sends it; one Idempotency-Key belongs to one set of terms.

import { freshKey } from "./api.js";
import { $, closable, el } from "./dom.js";
import { SIDE, TIF, px, qty, typedPrice, typedQty } from "./format.js";
import { problemCard, shiftEnter } from "./dom.js";
import { Override } from "./override.js";
import { WhatIf } from "./whatif.js";

const [FEWEST, MOST] = [2, 6];

/** What is typed as the request it becomes, and what is still missing. Legs without a symbol are left out. */
export function request({ side, quantity, price, tif, account, legs }) {
  const missing = [];
  const order_qty = typedQty(quantity);
  if (order_qty === null) missing.push("a number of spreads");
  const net = price.trim() ? typedPrice(price) : undefined;
  if (net === null) missing.push("a net price");
  if (!account) missing.push("an account");
  const named = legs.filter(({ symbol }) => symbol.trim());
  if (named.length < FEWEST) missing.push(`${FEWEST} legs`);
  const parts = named.map((leg) => ({
    symbol: leg.symbol.trim().toUpperCase(),
    side: leg.side,
    ratio_qty: typedQty(leg.ratio) ?? "",
  }));
  if (parts.some(({ ratio_qty }) => !ratio_qty)) missing.push("a ratio for each leg");
  return {
    missing,
    body: {
      account,
      side,
      ord_type: net === undefined ? "market" : "limit",
      order_qty,
      ...(net === undefined ? {} : { price: net }),
      time_in_force: tif,
      legs: parts,
    },
  };
}

/** Which leg a field names: "Leg 2" of "legs[2].order_qty"; of the whole nothing. */
export function legOf(field) {
  const found = /^legs\[(\d+)\]/.exec(field ?? "");
  return found ? `Leg ${found[1]}` : "";
}

/** The request in words: what each leg would do. */
export function words({ side, order_qty, price, time_in_force, legs }) {
  const turned = { buy: "sell", sell: "buy", sell_short: "buy" };
  const each = legs.map((leg) => {
    const does = side === "buy" ? leg.side : turned[leg.side];
    return `${SIDE[does]} ${qty(Number(order_qty) * Number(leg.ratio_qty))} ${leg.symbol}`;
  });
  const at = price === undefined ? "at market" : `at ${px(Number(price))} net`;
  return `${SIDE[side]} ${qty(Number(order_qty))} spreads ${at} ${TIF[time_in_force]}: ${each.join(", ")}`;
}

export class SpreadTicket {
  #key = freshKey();
  #step = "fill";
  #busy = false;

  /** may: the user's role enters orders; live(): '' or why nothing can be sent; entered(order id). */
  constructor(api, { may, live, tell, pace, entered }) {
    Object.assign(this, { api, may, live, tell, entered });
    this.dialog = closable($("spread"));
    this.dialog.addEventListener("close", () => this.whatIf.clear());
    this.override = new Override(api, "s", () => this.#button());
    $("spread-form").addEventListener("input", ({ target }) => target !== this.override.input && this.#changed());
    $("spread-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    $("s-more").addEventListener("click", () => this.#addLeg().querySelector("input").focus());
    this.whatIf = new WhatIf(api, "s", pace);
    $("s-check").addEventListener("click", () => this.#check());
    shiftEnter($("spread-form"), () => this.#check());
  }

  open() {
    if (!this.may) {
      this.tell("Your role reads orders and does not enter them.");
      return;
    }
    // What was asked for, or granted, is for the spread that stands in the fields: it is left as it is.
    if (["asked", "granted"].includes(this.override.state)) {
      this.#button();
      this.dialog.showModal();
      return;
    }
    for (const id of ["s-qty", "s-price"]) $(id).value = "";
    $("s-legs").replaceChildren();
    this.#addLeg("buy");
    this.#addLeg("sell");
    $("s-answer").replaceChildren();
    this.dialog.showModal();
    $("s-legs").querySelector("input").focus();
    this.#changed();
  }

  #addLeg(side = "buy") {
    const number = $("s-legs").children.length + 1;
    const leg = el(
      "div",
      { className: "spread-leg" },
      el("input", { className: "input", placeholder: "Symbol", spellcheck: false, aria: { label: `Leg ${number}: symbol` } }),
      el(
        "select",
        { className: "input", aria: { label: `Leg ${number}: side` } },
        ...["buy", "sell", "sell_short"].map((value) =>
          el("option", { value, selected: value === side }, SIDE[value]),
        ),
      ),
      el("input", { className: "input number", value: "1", inputMode: "decimal", aria: { label: `Leg ${number}: ratio` } }),
    );
    $("s-legs").append(leg);
    $("s-more").disabled = number >= MOST;
    return leg;
  }

  #typed() {
    const legs = [...$("s-legs").children].map((leg) => {
      const [symbol, side, ratio] = leg.children;
      return { symbol: symbol.value, side: side.value, ratio: ratio.value };
    });
    return request({
      side: $("s-side").value,
      quantity: $("s-qty").value,
      price: $("s-price").value,
      tif: $("s-tif").value,
      account: $("s-account").value,
      legs,
    });
  }

  /** Events of the desk; the answer of Compliance is one. */
  async heard(events) {
    await this.override.heard(events);
    if (this.override.state === "granted" && this.dialog.open) $("s-send").focus();
  }

  #changed() {
    this.override.clear();
    [this.#step, this.#key] = ["fill", freshKey()];
    this.#button();
    const { body, missing } = this.#typed();
    this.whatIf.follow(missing.length ? null : body);
  }

  #button() {
    const { body, missing } = this.#typed();
    if (this.override.missing) missing.push(this.override.missing);
    const [button, no] = [$("s-send"), this.live()];
    button.disabled = this.#busy || missing.length > 0 || no !== "";
    $("s-check").disabled = this.#typed().missing.length > 0;
    const verb = this.override.verb || (this.#step === "confirm" ? "Confirm" : "Send");
    const waits = this.override.state === "asked" ? "Waiting for Compliance" : missing.length ? `Needs ${missing[0]}` : "";
    button.replaceChildren(no || waits || `${verb}: ${words(body)}`);
  }

  /** What risk would say now, leg by leg. The terms stay as they are. */
  #check() {
    const { body, missing } = this.#typed();
    if (!missing.length) this.whatIf.ask(body);
  }

  async #go() {
    const { body, missing } = this.#typed();
    if (this.#busy || missing.length || this.live() || this.override.missing) return;
    if (this.override.asks) {
      this.#busy = true;
      const { ok, problems } = await this.override.ask();
      if (!ok) $("s-answer").replaceChildren(...problems.map(problemCard));
      this.#busy = false;
      this.#button();
      return;
    }
    if (this.#step === "fill") {
      this.#step = "confirm";
      this.#button();
      return;
    }
    this.#busy = true;
    this.#button();
    const answer = await this.api.send("POST", "/api/v1/multileg-orders/", {
      body: { ...body, ...this.override.fields },
      key: this.#key,
    });
    this.#busy = false;
    if (answer.ok) {
      this.override.clear();
      this.dialog.close();
      this.entered(Number(answer.body.order_id));
      return;
    }
    this.#refused(answer);
  }

  /** Terms were answered, so the key is used up; only when no answer came may the same one be sent again. */
  #refused({ problems, unknown, body }) {
    if (!unknown) this.#changed();
    this.#step = body?.override || unknown ? "confirm" : "fill";
    if (!unknown) this.override.offered(body?.override);
    $("s-answer").replaceChildren(
      ...problems.map((one) => problemCard({ ...one, text: [legOf(one.field), one.text].filter(Boolean).join(": ") })),
    );
    this.#button();
  }
}
