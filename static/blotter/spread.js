// The spread ticket: legs, a number of spreads, and a net price of either sign. The first Enter shows what would be sent,
// the second sends it; one Idempotency-Key belongs to one set of terms.

import { freshKey } from "./api.js";
import { $, closable, el } from "./dom.js";
import { SIDE, TIF, px, qty, typedPrice, typedQty } from "./format.js";
import { problemCard, shiftEnter } from "./dom.js";
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
  #soft = false;
  #busy = false;

  /** may: the user's role enters orders; live(): '' or why nothing can be sent; entered(order id). */
  constructor(api, { may, live, tell, entered }) {
    Object.assign(this, { api, may, live, tell, entered });
    this.dialog = closable($("spread"));
    $("spread-form").addEventListener("input", ({ target }) =>
      target.id === "s-reason" ? this.#button() : this.#changed(),
    );
    $("spread-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    $("s-more").addEventListener("click", () => this.#addLeg().querySelector("input").focus());
    this.whatIf = new WhatIf(api, "s");
    $("s-check").addEventListener("click", () => this.#check());
    shiftEnter($("spread-form"), () => this.#check());
  }

  open() {
    if (!this.may) {
      this.tell("Your role reads orders and does not enter them.");
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

  #changed() {
    $("s-why").hidden = true;
    this.whatIf.clear();
    [this.#step, this.#soft, this.#key] = ["fill", false, freshKey()];
    this.#button();
  }

  #button() {
    const { body, missing } = this.#typed();
    if (this.#soft && !$("s-reason").value.trim()) missing.push("a reason");
    const [button, no] = [$("s-send"), this.live()];
    button.disabled = this.#busy || missing.length > 0 || no !== "";
    $("s-check").disabled = this.#typed().missing.length > 0;
    const verb = this.#soft ? "Send all the same" : this.#step === "confirm" ? "Confirm" : "Send";
    button.replaceChildren(no || (missing.length ? `Needs ${missing[0]}` : `${verb}: ${words(body)}`));
  }

  /** What risk would say now, leg by leg. The terms stay as they are. */
  #check() {
    const { body, missing } = this.#typed();
    if (!missing.length) this.whatIf.ask(body);
  }

  async #go() {
    const { body, missing } = this.#typed();
    if (this.#busy || missing.length || this.live() || (this.#soft && !$("s-reason").value.trim())) return;
    if (this.#step === "fill") {
      this.#step = "confirm";
      this.#button();
      return;
    }
    this.#busy = true;
    this.#button();
    const answer = await this.api.send("POST", "/api/v1/multileg-orders/", {
      body: this.#soft ? { ...body, acknowledge_soft: true, acknowledge_reason: $("s-reason").value.trim() } : body,
      key: this.#key,
    });
    this.#busy = false;
    if (answer.ok) {
      this.dialog.close();
      this.entered(Number(answer.body.order_id));
      return;
    }
    this.#refused(answer);
  }

  /** Terms were answered, so the key is used up; only when no answer came may the same one be sent again. */
  #refused({ problems, unknown }) {
    if (!unknown) this.#changed();
    this.#soft = problems.length > 0 && problems.every(({ soft }) => soft);
    this.#step = this.#soft || unknown ? "confirm" : "fill";
    $("s-why").hidden = !this.#soft;
    if (this.#soft) $("s-reason").focus();
    $("s-answer").replaceChildren(
      ...problems.map((one) => problemCard({ ...one, text: [one.field, one.text].filter(Boolean).join(": ") })),
    );
    this.#button();
  }
}
