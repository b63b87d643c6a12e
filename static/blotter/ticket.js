// The order ticket: five values and a button that says in words what it will do. Keyboard first.
//
// Enter shows what would be sent and asks for a second Enter; Ctrl+Enter sends at once. One Idempotency-Key belongs to
// one set of terms: pressing twice, or again after a lost answer, enters at most one order.

import { Amounts } from "./amounts.js";
import { freshKey } from "./api.js";
import { $, el, problemCard } from "./dom.js";
import { SIDE, age, qty, tickAt, typedQty } from "./format.js";
import { facts, lookUp } from "./instrument.js";
import { INPUT_OF, fillTicket, fromGrant, keptTicket } from "./kept.js";
import { Override } from "./override.js";
import { drawSend } from "./sendbutton.js";
import { summary } from "./summary.js";
import { Terms } from "./terms.js";
import { repeats } from "./twice.js";
import { Typeahead } from "./typeahead.js";
import { WhatIf } from "./whatif.js";

const SIDES = ["buy", "sell", "sell_short"];

export class Ticket {
  #key = freshKey();
  #step = "fill";
  #sending = false;
  #quote = null;

  /** on: instrument(chosen), entered(order id); live(): whether orders may be sent, or why not; held(terms): a position;
   * entered(): the orders of the desk, now(): the server's time. */
  constructor(api, { on, live, held, entered, now, pace }) {
    Object.assign(this, { api, on, live, held, entered, now });
    this.form = $("ticket");
    this.side = "buy";
    this.instrument = null;
    this.terms = new Terms();
    this.search = new Typeahead($("t-instrument"), $("t-instruments"), api, (instrument) => this.#chosen(instrument));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go(false);
    });
    this.whatIf = new WhatIf(api, "t", pace);
    this.override = new Override(api, "t", () => this.#button());
    this.form.addEventListener("input", ({ target }) => target !== this.override.input && this.#changed());
    this.form.addEventListener("keydown", (event) => this.#keyed(event));
    $("t-check").addEventListener("click", () => this.#check());
    $("t-side").addEventListener("click", (event) => this.setSide(event.target.closest("[role=radio]")?.dataset.side));
    this.amounts = new Amounts({ instrument: () => this.instrument, quote: () => this.#quote, side: () => this.side, held });
    for (const id of ["t-qty", "t-price"]) $(id).addEventListener("blur", () => this.#left(id));
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
    fillTicket(fromGrant(granted), () => this.terms.show());
    this.#changed();
    this.override.adopt(granted);
    this.#step = "confirm";
    this.#button();
    $("t-send").focus();
  }

  /** The ticket as a template keeps it. */
  kept() {
    return keptTicket(this.instrument, this.side);
  }

  /** Fill it in from a template. False when its instrument is not there any more. */
  async fill(body) {
    const found = body.symbol ? await lookUp(this.api, { symbol: body.symbol, primary_mic: body.mic ?? "" }) : null;
    this.open({ instrument: found?.id ? found : undefined, side: body.side });
    fillTicket(body, () => this.terms.show());
    this.#changed();
    return !body.symbol || Boolean(found?.id);
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
    $("t-chosen").replaceChildren(...facts(found));
    if (found && document.activeElement === $("t-instrument")) $("t-side").focus();
    this.#changed();
    const instrument = found && (found.ticks ? found : await lookUp(this.api, found));
    if (this.instrument !== found) return;
    this.instrument = instrument;
    this.on.instrument(instrument);
    this.#button();
    this.#summarise();
  }

  #keyed(event) {
    const inSide = event.target === $("t-side");
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (event.key === "Enter" && event.ctrlKey) this.#go(true);
    else if (event.key === "Enter" && event.shiftKey) this.#check();
    else if (event.key === "Escape" && this.#step !== "fill") this.#changed();
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

  /** What was typed in short is spelled out, and so may have become a whole order. */
  #left(id) {
    this.amounts.tidy(id);
    this.#button();
    if (this.whatIf.place.hidden) this.#follow();
  }

  #tick(event) {
    this.amounts.move(event.key === "ArrowUp" ? 1 : -1, event.shiftKey);
    this.#changed();
  }

  #turn(by) {
    this.setSide(SIDES[(SIDES.indexOf(this.side) + by) % SIDES.length]);
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
    if (this.#step === "twice") $("t-answer").replaceChildren();
    this.#step = "fill";
    this.override.clear();
    this.#key = freshKey();
    for (const input of [$("t-qty"), $("t-price")]) input.removeAttribute("aria-invalid");
    this.#button();
    this.#summarise();
    this.#follow();
  }

  /** What risk would say is asked as the terms are typed. */
  #follow() {
    const { terms, missing } = this.#terms();
    this.whatIf.follow(missing.length || $("ticket-fields").disabled ? null : terms);
  }

  #button() {
    const { terms, missing } = this.#terms();
    if (this.override.missing) missing.push(this.override.missing);
    $("t-check").disabled = this.#sending || missing.length > 0;
    drawSend($("t-send"), {
      step: this.#step, sending: this.#sending, no: this.live(), missing, override: this.override, words: () => this.#words(terms),
    });
  }

  #summarise() {
    $("t-summary").replaceChildren(...summary(this.#terms().terms, this.#quote, this.instrument));
  }

  #go(atOnce) {
    this.amounts.spell();
    const { terms, missing } = this.#terms();
    if (this.#sending || missing.length || this.override.missing || this.live()) return;
    if (this.override.asks) this.#ask();
    else if (this.#step === "fill" && this.#again(terms)) this.#button();
    else if (atOnce || this.#step !== "fill") this.#send(terms);
    else {
      this.#step = "confirm";
      this.#button();
      if (this.whatIf.place.hidden) this.#follow();
    }
  }

  /** The same order a moment ago: asked about once, whichever key sends. */
  #again(terms) {
    const found = repeats(terms, this.instrument.id, this.entered(), this.now());
    if (!found) return false;
    this.#step = "twice";
    const words = `Order ${found.order.id} is the same, and was entered ${age(found.ago)} ago.`;
    $("t-answer").replaceChildren(problemCard({ text: words, remedy: "Enter sends this one as well, Esc leaves it", soft: true }));
    return true;
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
    this.whatIf.clear();
    this.#step = body?.override || unknown ? "confirm" : "fill";
    $("t-answer").replaceChildren(...problems.map(problemCard));
    if (!unknown) this.override.offered(body?.override);
    const field = INPUT_OF[problems[0]?.field];
    if (field) $(field).setAttribute("aria-invalid", "true");
    this.#button();
  }
}
