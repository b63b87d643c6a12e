// What may be done about objections to an order or an amendment: a reason of one's own, or somebody's override.
//
// The ticket and the amend dialog each have one. It is about the terms that were refused last, and forgets everything
// when they change, as a grant does.

import { freshKey } from "./api.js";
import { $, el } from "./dom.js";

export class Override {
  /** none, reason or ask; then asked, granted, refused and whatever else an override may be. */
  state = "none";
  #way = null;
  #key = freshKey();
  #granted = null;

  /** prefix: of the elements -why (the field), -reason and -override (what became of it); changed(): draw again. */
  constructor(api, prefix, changed) {
    Object.assign(this, { api, changed });
    this.field = $(`${prefix}-why`);
    this.input = $(`${prefix}-reason`);
    this.place = $(`${prefix}-override`);
    this.input.addEventListener("input", () => changed());
  }

  clear() {
    if (this.state === "none") return;
    [this.state, this.#way, this.#granted] = ["none", null, null];
    this.field.hidden = true;
    this.input.value = "";
    this.place.replaceChildren();
  }

  /** way: {needs, order_id, terms_hash} of an answer, or nothing where nobody may let it through. */
  offered(way) {
    this.clear();
    if (!way) return;
    [this.#way, this.#key] = [way, freshKey()];
    this.state = way.needs === "reason" ? "reason" : "ask";
    this.field.hidden = false;
    this.field.firstElementChild.textContent = way.needs === "reason" ? "Why it is sent all the same" : "Why Compliance should let it through";
    this.input.focus();
  }

  /** Whether pressing the button asks Compliance instead of sending. */
  get asks() {
    return this.state === "ask";
  }

  /** What is still missing, in the words of a button. */
  get missing() {
    if (this.state === "asked") return "Compliance: override asked for";
    const typed = this.input.value.trim() !== "";
    return ["reason", "ask"].includes(this.state) && !typed ? "a reason" : "";
  }

  /** What the button would do, before the words of the order. */
  get verb() {
    return { reason: "Send all the same", ask: "Ask for override", granted: `Send with override ${this.#granted?.override_id}` }[this.state] ?? "";
  }

  /** The fields with which the terms are sent again. */
  get fields() {
    if (this.state === "reason") return { acknowledge_soft: true, acknowledge_reason: this.input.value.trim() };
    return this.state === "granted" ? { override_id: this.#granted.override_id } : {};
  }

  /** One that was granted before: the terms it is for stand in the fields. */
  adopt(body) {
    this.#way = { order_id: body.order_id };
    this.#is(body);
  }

  async ask() {
    const body = { order_id: this.#way.order_id, terms_hash: this.#way.terms_hash, reason: this.input.value.trim() };
    const answer = await this.api.send("POST", "/api/v1/risk/overrides/", { body, key: this.#key });
    if (answer.ok) this.#is(answer.body);
    else if (!answer.unknown) this.#key = freshKey();
    this.changed();
    return answer;
  }

  /** Events of the desk: an answer to what was asked for here may be among them. */
  async heard(events) {
    const mine = (one) => String(one.order_id) === this.#way?.order_id && /^OVERRIDE_(GRANTED|REFUSED)$/.test(one.code);
    if (this.state !== "asked" || !events.some(mine)) return;
    const { ok, body } = await this.api.get(`/api/v1/risk/overrides/${this.#granted.override_id}/`);
    if (!ok || this.state !== "asked") return;
    this.#is(body);
    this.changed();
  }

  #is(body) {
    this.#granted = body;
    this.state = body.state;
    this.field.hidden = true;
    this.place.replaceChildren(card(body));
  }
}

function card({ override_id: id, state, decided_by: by, answer, expires_at: until, asked_by: who, reason }) {
  const at = new Date(until).toISOString().slice(11, 19);
  const words = {
    asked: [`Override ${id} asked for`, `Compliance has been told. ${who}: ${reason}`],
    granted: [`Override ${id} granted by ${by}, until ${at} UTC`, `${answer}. It is for these terms, once.`],
    refused: [`Override ${id} refused by ${by}`, answer],
  }[state] ?? [`Override ${id} is ${state}`, answer];
  const tone = { asked: "soft", granted: "good" }[state] ?? "";
  return el("div", { className: tone, dataset: { override: state } }, el("b", {}, words[0]), el("small", {}, words[1]));
}
