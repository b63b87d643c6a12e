// Amending and cancelling from the rows. Both ask once, name the version they saw (If-Match), and leave the row to show
// what becomes of it: nothing is painted as done before the desk has said so.

import { freshKey } from "./api.js";
import { $, closable, el } from "./dom.js";
import { Override } from "./override.js";
import { SIDE, isLeg, isOpen, isSpread, moveByTicks, qty, typedPrice, typedQty } from "./format.js";
import { wordsOf } from "./terms.js";
import { problemCard, shiftEnter } from "./dom.js";
import { WhatIf } from "./whatif.js";

export const describe = (order) => `${SIDE[order.side]} ${qty(order.order_qty)} ${isSpread(order) ? order.spread : order.symbol} ${wordsOf(order)}`;
const READS = "Your role reads orders and does not change them.";
const amendable = (order) => order && order.parent_id == null && isOpen(order) && !isLeg(order);

export class Actions {
  #order = null;
  #orders = [];
  #key = "";
  #busy = false;

  /** may: the user's role changes orders; live(): '' or why nothing can be sent; tell(words): a word to the trader. */
  constructor(api, { may, live, tell, pace }) {
    Object.assign(this, { api, may, live, tell });
    this.amendDialog = closable($("amend"));
    this.amendDialog.addEventListener("close", () => this.whatIf.clear());
    this.cancelDialog = closable($("cancel"));
    $("amend-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendAmend();
    });
    $("cancel-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#sendCancels();
    });
    $("a-price").addEventListener("keydown", (event) => this.#tick(event));
    this.override = new Override(api, "a", () => this.#amends());
    this.whatIf = new WhatIf(api, "a", pace);
    $("a-check").addEventListener("click", () => this.#check());
    shiftEnter($("amend-form"), () => this.#check());
    for (const input of [$("a-qty"), $("a-price"), $("a-stop")])
      input.addEventListener("input", () => this.#changed());
  }

  /** Events of the desk; the answer of Compliance to an amendment is one. */
  async heard(events) {
    await this.override.heard(events);
    const free = [document.body, this.amendDialog].includes(document.activeElement);
    if (this.override.state === "granted" && this.amendDialog.open && free) $("a-send").focus();
  }

  #changed() {
    this.#key = freshKey();
    this.override.clear();
    this.#amends();
    const body = this.#terms();
    this.whatIf.follow(body && Object.keys(body).length ? { order_id: String(this.#order.id), ...body } : null);
  }

  /** The button of the amendment: what it would do. */
  #amends() {
    const { missing, state, verb } = this.override;
    this.#ready($("a-send"), state === "asked" ? "Waiting for Compliance" : missing ? `Needs ${missing}` : verb || "Amend");
    if (missing) $("a-send").disabled = true;
  }

  allowed(orders) {
    return {
      amend: this.may && orders.length === 1 && amendable(orders[0]),
      cancel: this.may && orders.some(amendable),
    };
  }

  amend(order) {
    if (!this.may || !amendable(order)) {
      this.tell(!this.may ? READS : "Only a working order of the desk can be amended.");
      return;
    }
    // What was asked for, or granted, is for the terms that stand in the fields: they are left as they are.
    const waits = ["asked", "granted"].includes(this.override.state) && this.#order?.id === order.id;
    this.#order = order;
    this.#key = freshKey();
    if (waits) {
      $("a-answer").replaceChildren();
      this.#amends();
      this.amendDialog.showModal();
      return;
    }
    $("amend-title").textContent = `Amend order ${order.id}: ${describe(order)}`;
    $("a-qty").value = qty(order.order_qty);
    $("a-price").value = order.price == null ? "" : String(order.price);
    $("a-price").disabled = order.price == null;
    $("a-stop").value = order.stop_px == null ? "" : String(order.stop_px);
    $("a-stop").closest("label").hidden = order.stop_px == null || order.triggered;
    $("a-note").textContent =
      `${qty(order.cum_qty)} filled, ${qty(order.leaves_qty)} working. The new quantity includes what is filled.`;
    $("a-answer").replaceChildren();
    this.override.clear();
    this.whatIf.clear();
    this.#amends();
    this.amendDialog.showModal();
    $("a-qty").select();
  }

  cancel(orders) {
    this.#orders = orders.filter(amendable);
    if (!this.may || !this.#orders.length) {
      this.tell(!this.may ? READS : "Only a working order of the desk can be cancelled.");
      return;
    }
    const one = this.#orders.length === 1;
    $("cancel-title").textContent = one
      ? `Cancel order ${this.#orders[0].id}?`
      : `Cancel ${this.#orders.length} orders?`;
    $("c-list").replaceChildren(
      ...this.#orders.slice(0, 12).map(line),
      this.#orders.length > 12 ? el("li", {}, `and ${this.#orders.length - 12} more`) : "",
    );
    $("c-answer").replaceChildren();
    this.#key = freshKey();
    this.#ready($("c-send"), one ? "Cancel it" : `Cancel ${this.#orders.length}`);
    this.cancelDialog.showModal();
    $("c-send").focus();
  }

  #ready(button, words) {
    const no = this.live();
    button.disabled = no !== "";
    button.replaceChildren(no || words, no ? "" : el("kbd", {}, "⏎"));
  }

  #tick(event) {
    const price = typedPrice($("a-price").value);
    if (!["ArrowUp", "ArrowDown"].includes(event.key) || price === null || isSpread(this.#order)) return;
    event.preventDefault();
    $("a-price").value = moveByTicks(price, this.#order.tick ?? "0.01", event.key === "ArrowUp" ? 1 : -1);
    this.#changed();
  }

  /** The terms that are to change; null where something typed cannot be read. */
  #terms() {
    const order = this.#order;
    const [quantity, price] = [typedQty($("a-qty").value), typedPrice($("a-price").value)];
    $("a-qty").setAttribute("aria-invalid", String(quantity === null));
    $("a-price").setAttribute("aria-invalid", String(order.price != null && price === null));
    if (quantity === null || (order.price != null && price === null)) return null;
    const body = {};
    if (Number(quantity) !== order.order_qty) body.order_qty = quantity;
    if (order.price != null && Number(price) !== order.price) body.price = price;
    const stop = $("a-stop").closest("label").hidden ? null : typedPrice($("a-stop").value);
    if (stop !== null && Number(stop) !== order.stop_px) body.stop_px = stop;
    return body;
  }

  /** What risk would say of the amendment now, before and after. */
  #check() {
    const body = this.#terms();
    if (body) this.whatIf.ask({ order_id: String(this.#order.id), ...body });
  }

  async #sendAmend() {
    const order = this.#order;
    const body = this.#terms();
    if (!body || this.#busy || this.live()) return;
    if (this.override.missing) return;
    if (this.override.asks) {
      await this.#asking();
      return;
    }
    if (!Object.keys(body).length) {
      this.amendDialog.close();
      return;
    }
    await this.#while($("a-send"), async () => {
      const answer = await this.api.send("PATCH", `/api/v1/${isSpread(order) ? "multileg-orders" : "orders"}/${order.id}/`, {
        body: { ...body, ...this.override.fields },
        version: order.rev,
        key: this.#key,
      });
      if (answer.ok) this.amendDialog.close();
      else this.#show($("a-answer"), answer);
      if (!answer.ok && !answer.unknown) this.override.offered(answer.body?.override);
    });
    this.#amends();
  }

  async #asking() {
    await this.#while($("a-send"), async () => {
      const answer = await this.override.ask();
      if (!answer.ok) this.#show($("a-answer"), answer);
    });
    this.#amends();
  }

  async #sendCancels() {
    if (this.#busy || this.live()) return;
    await this.#while($("c-send"), async () => {
      const answers = await Promise.all(
        this.#orders.map((order, at) =>
          this.api.send("POST", `/api/v1/orders/${order.id}/cancel/`, {
            body: {},
            key: `${this.#key}-${at}`,
          }),
        ),
      );
      const failed = this.#orders.map((order, at) => [order, answers[at]]).filter(([, answer]) => !answer.ok);
      if (!failed.length) this.cancelDialog.close();
      else
        $("c-answer").replaceChildren(
          ...failed.flatMap(([order, { problems }]) =>
            problems.map((problem) => problemCard({ ...problem, text: `Order ${order.id}: ${problem.text}` })),
          ),
        );
    });
  }

  /** After an answer a key is used up; without one the same request may go again. */
  #show(place, { problems, unknown }) {
    if (!unknown) this.#key = freshKey();
    place.replaceChildren(...problems.map(problemCard));
  }

  async #while(button, work) {
    this.#busy = button.disabled = true;
    try {
      await work();
    } finally {
      this.#busy = button.disabled = false;
    }
  }
}

function line(order) {
  return el(
    "li",
    {},
    el("b", { className: order.side === "buy" ? "buy" : "sell" }, describe(order)),
    ` · ${qty(order.leaves_qty)} working · order ${order.id}`,
  );
}
