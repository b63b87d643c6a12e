// The order ticket: five values and a button that says in words what it will do. Keyboard first.
//
// Enter shows what would be sent and asks for a second Enter; Ctrl+Enter sends at once. One Idempotency-Key belongs to
// one set of terms: pressing twice, or again after a lost answer, enters at most one order.

import { freshKey } from "./api.js";
import { $, el, problemCard } from "./dom.js";
import { SIDE, moveByTicks, padded, qty, tickAt, typedPrice, typedQty } from "./format.js";
import { Override } from "./override.js";
import { spelledPrice, spelledQty } from "./shorthand.js";
import { summary } from "./summary.js";
import { Terms } from "./terms.js";
import { Typeahead } from "./typeahead.js";
import { WhatIf } from "./whatif.js";

const SIDES = ["buy", "sell", "sell_short"];
const FIELDS = { order_qty: "t-qty", price: "t-price", symbol: "t-instrument", account: "t-account", stop_px: "t-stop",
  max_floor: "t-display", expire_time: "t-expire", peg_offset_value: "t-offset" };

export class Ticket {
  #key = freshKey();
  #step = "fill";
  #sending = false;
  #quote = null;

  /** on: instrument(chosen), entered(order id); live(): whether orders may be sent, or why not; held(terms): a position. */
  constructor(api, { on, live, held }) {
    Object.assign(this, { api, on, live, held });
    this.form = $("ticket");
    this.side = "buy";
    this.instrument = null;
    this.terms = new Terms();
    this.search = new Typeahead($("t-instrument"), $("t-instruments"), api, (instrument) => this.#chosen(instrument));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(false);
    });
    this.whatIf = new WhatIf(api, "t");
    this.override = new Override(api, "t", () => this.#button());
    this.form.addEventListener("input", ({ target }) => target !== this.override.input && this.#changed());
    this.form.addEventListener("keydown", (event) => this.#keyed(event));
    $("t-check").addEventListener("click", () => this.#check());
    $("t-side").addEventListener("click", (event) => this.setSide(event.target.closest("[role=radio]")?.dataset.side));
    $("t-qty").addEventListener("blur", ({ target }) => this.#tidy(target, typedQty));
    $("t-price").addEventListener("blur", ({ target }) => this.#tidy(target, typedPrice));
    for (const id of ["t-stop", "t-cap"]) $(id).addEventListener("blur", () => this.terms.tidy(id, tickAt(this.instrument, 1)));
    this.#changed();
  }

  /** `N`: a fresh ticket, in the instrument field. */
  open(terms = {}) {
    if ($("ticket-fields").disabled) return;
    $("t-qty").value = "";
    this.terms.clear();
    $("t-answer").replaceChildren();
    if (terms.instrument) this.search.choose(terms.instrument);
    if (terms.side) this.setSide(terms.side);
    (terms.instrument ? $("t-qty") : $("t-instrument")).focus();
    this.#changed();
  }

  setSide(side) {
    if (!SIDES.includes(side)) return;
    this.side = side;
    this.form.dataset.side = side;
    for (const radio of $("t-side").children) radio.setAttribute("aria-checked", String(radio.dataset.side === side));
    this.#changed();
  }

  /** The quote of the chosen instrument, as it moves. */
  quoted(quote) {
    this.#quote = quote;
    this.#summarise();
  }

  /** `V`: to the reason an override is asked with, or send what was granted. False when the ticket has neither. */
  overrule() {
    const { state, input } = this.override;
    if (state === "granted") this.#go(true);
    else if (["reason", "ask"].includes(state)) input.focus();
    return ["reason", "ask", "asked", "granted"].includes(state);
  }

  /** The terms that ``granted`` is for, ready to be sent with it. */
  restore(instrument, granted) {
    this.open({ instrument, side: granted.side });
    [$("t-type").value, $("t-tif").value] = [granted.ord_type, granted.terms.time_in_force];
    this.terms.show();
    [$("t-qty").value, $("t-price").value] = [granted.order_qty, granted.price ?? ""];
    [$("t-account").value, $("t-reduce").checked] = [granted.account, (granted.terms.exec_inst ?? "").includes("do_not_increase")];
    $("t-post").checked = (granted.terms.exec_inst ?? "").includes("participate_dont_initiate");
    this.#changed();
    this.override.adopt(granted);
    this.#step = "confirm";
    this.#button();
    $("t-send").focus();
  }

  /** Events of the desk; the answer of Compliance is one. */
  async heard(events) {
    await this.override.heard(events);
    if (this.override.state === "granted" && document.activeElement === document.body) $("t-send").focus();
  }

  /** The feed has come or gone: without it nothing is sent. */
  feedChanged() {
    this.#button();
  }

  async #chosen(found) {
    this.instrument = found;
    this.#quote = null;
    $("t-price").value = "";
    const facts = found && [found.name, found.primary_mic, found.currency, found.isin].filter(Boolean);
    $("t-chosen").replaceChildren(...(facts ? [el("b", { textContent: facts[0] }), facts.slice(1).join(" · ")] : []));
    if (found && document.activeElement === $("t-instrument")) $("t-side").focus();
    this.#changed();
    const instrument = found && (found.ticks ? found : await this.#lookUp(found));
    if (this.instrument !== found) return;
    this.instrument = instrument;
    this.on.instrument(instrument);
    this.#button();
    this.#summarise();
  }

  /** Price steps, what a price is worth, and the number under which quotes come. */
  async #lookUp({ symbol, primary_mic: mic }) {
    const { ok, body } = await this.api.get(
      `/api/v1/blotter/instrument?symbol=${encodeURIComponent(symbol)}&mic=${mic}`,
    );
    return ok ? body : this.instrument;
  }

  /** `mid`, `+2t` and `50%` become what they stand for; what they stand for does not change by itself afterwards. */
  #spell() {
    const [price, size, { id } = {}] = [$("t-price"), $("t-qty"), this.instrument ?? {}];
    const tick = (at) => tickAt(this.instrument, at);
    price.value = spelledPrice(price.value, this.#quote ?? {}, this.side, tick) ?? price.value;
    size.value = spelledQty(size.value, this.held({ instrument: id, account: $("t-account").value })) ?? size.value;
  }

  #tidy(input, parse) {
    this.#spell();
    const value = parse(input.value);
    if (value !== null)
      input.value = parse === typedQty ? qty(Number(value)) : padded(value, tickAt(this.instrument, value));
    else if (input.value.trim()) input.setAttribute("aria-invalid", "true");
  }

  #keyed(event) {
    const inSide = event.target === $("t-side");
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter" && event.ctrlKey) this.#go(true);
    else if (event.key === "Enter" && event.shiftKey) this.#check();
    else if (event.key === "Escape" && this.#step === "confirm") this.#changed();
    else if (event.key === "Escape") document.activeElement.blur();
    else if (inSide && plain && "bsx".includes(event.key.toLowerCase()))
      this.setSide({ b: "buy", s: "sell", x: "sell_short" }[event.key.toLowerCase()]);
    else if (inSide && ["ArrowLeft", "ArrowRight"].includes(event.key)) this.#turn(event.key === "ArrowRight" ? 1 : 2);
    else if (event.key === "Enter" && ![$("t-send"), $("t-check")].includes(event.target) && !event.target.closest("summary"))
      this.#go(false);
    else if (event.target === $("t-price") && ["ArrowUp", "ArrowDown"].includes(event.key)) this.#tick(event);
    else return;
    event.preventDefault();
  }

  #turn(by) {
    this.setSide(SIDES[(SIDES.indexOf(this.side) + by) % SIDES.length]);
  }

  /** One tick up or down; from an empty field the touch, ten ticks with Shift. */
  #tick(event) {
    const input = $("t-price");
    const now = typedPrice(input.value);
    const touch = this.#quote && (this.side === "buy" ? this.#quote.offer : this.#quote.bid);
    const steps = (event.key === "ArrowUp" ? 1 : -1) * (event.shiftKey ? 10 : 1);
    const tick = tickAt(this.instrument, now ?? touch ?? 0);
    if (now !== null) input.value = padded(moveByTicks(now, tick, steps), tick);
    else if (touch != null) input.value = padded(String(touch), tick);
    this.#changed();
  }

  /** The terms as they would be sent, and what is still missing. */
  #terms() {
    const { fields, missing } = this.terms.read();
    const terms = {
      account: $("t-account").value,
      symbol: this.instrument && `${this.instrument.symbol}.${this.instrument.primary_mic}`,
      side: this.side,
      order_qty: typedQty($("t-qty").value),
      ...fields,
    };
    const first = [
      ["symbol", "an instrument"],
      ["order_qty", "a quantity"],
      ["account", "an account"],
    ]
      .filter(([name]) => !terms[name])
      .map(([, words]) => words);
    return { terms, missing: [...first, ...missing] };
  }

  #words(terms) {
    return `${SIDE[this.side]} ${qty(Number(terms.order_qty))} ${this.instrument.symbol} ${this.terms.words(terms)}`;
  }

  #changed() {
    this.#step = "fill";
    this.override.clear();
    this.#key = freshKey();
    this.whatIf.clear();
    for (const input of [$("t-qty"), $("t-price")]) input.removeAttribute("aria-invalid");
    this.#button();
    this.#summarise();
  }

  #button() {
    const { terms, missing } = this.#terms();
    if (this.override.missing) missing.push(this.override.missing);
    const [button, no] = [$("t-send"), this.live()];
    button.dataset.step = this.#step;
    button.disabled = this.#sending || missing.length > 0 || no !== "";
    $("t-check").disabled = this.#sending || missing.length > 0;
    if (this.#sending) button.textContent = "Sending…";
    else if (no) button.textContent = no;
    else if (this.override.state === "asked") button.textContent = "Waiting for Compliance";
    else if (missing.length) button.textContent = `Needs ${missing[0]}`;
    else if (this.override.verb) button.replaceChildren(`${this.override.verb}: ${this.#words(terms)}`, el("kbd", {}, "⏎"));
    else if (this.#step === "confirm") button.replaceChildren(`Confirm ${this.#words(terms)}`, el("kbd", {}, "⏎"));
    else button.replaceChildren(`Send ${this.#words(terms)}`, el("kbd", {}, "Ctrl ⏎"));
  }

  #summarise() {
    $("t-summary").replaceChildren(...summary(this.#terms().terms, this.#quote, this.instrument));
  }

  #go(atOnce) {
    this.#spell();
    const { terms, missing } = this.#terms();
    if (this.#sending || missing.length || this.override.missing || this.live()) return;
    if (this.override.asks) this.#ask();
    else if (atOnce || this.#step !== "fill") this.#send(terms);
    else {
      this.#step = "confirm";
      this.#button();
    }
  }

  async #ask() {
    this.#sending = true;
    this.#button();
    const { ok, problems } = await this.override.ask();
    if (!ok) $("t-override").replaceChildren(...problems.map(problemCard));
    this.#sending = false;
    this.#button();
  }

  /** What risk would say now. The terms stay as they are, and so does the next key to press. */
  #check() {
    const { terms, missing } = this.#terms();
    if (!this.#sending && missing.length === 0) this.whatIf.ask(terms);
  }

  async #send(terms) {
    this.#sending = true;
    this.#button();
    $("t-answer").replaceChildren();
    this.whatIf.clear();
    const body = { ...terms, ...this.override.fields };
    const words = this.#words(terms);
    const answer = await this.api.send("POST", "/api/v1/orders/", { body, key: this.#key });
    this.#sending = false;
    if (answer.ok) this.#entered(answer.body, words);
    else this.#refused(answer);
  }

  #entered(body, words) {
    const id = body.order_id;
    $("t-qty").value = "";
    this.#changed();
    $("t-answer").replaceChildren(el("div", { className: "good" }, el("b", {}, `Entered as order ${id}`), words));
    // The trader may have gone on to something else while the answer came.
    if ([document.body, ...this.form.elements].includes(document.activeElement)) $("t-instrument").focus();
    this.on.entered(Number(id));
  }

  /** Terms were answered, so the key is used up; only when no answer came may the same one be sent again. */
  #refused({ problems, unknown, body }) {
    if (!unknown) this.#changed();
    this.#step = body?.override || unknown ? "confirm" : "fill";
    $("t-answer").replaceChildren(...problems.map(problemCard));
    if (!unknown) this.override.offered(body?.override);
    const field = FIELDS[problems[0]?.field];
    if (field) $(field).setAttribute("aria-invalid", "true");
    this.#button();
  }
}
