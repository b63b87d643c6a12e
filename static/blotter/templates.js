// Order templates: the ticket as it is typed, kept under a name on the server, for nobody else.

import { $, closable, el, problemCard, walked } from "./dom.js";

export class Templates {
  #list = [];

  /** ticket: {kept(), fill(body)}; say(words): a word to the trader. */
  constructor(api, { ticket, say }) {
    Object.assign(this, { api, ticket, say });
    this.dialog = closable($("templates"));
    walked(this.dialog, ".views-list .wide, #templates-name");
    $("templates-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#keep();
    });
    $("do-templates").addEventListener("click", () => this.open());
  }

  async open() {
    if ($("ticket-fields").disabled) return;
    $("templates-answer").replaceChildren();
    this.dialog.showModal();
    await this.#read();
    ($("templates-list").querySelector("button") ?? $("templates-name")).focus();
  }

  async #read() {
    const { ok, body } = await this.api.get("/api/v1/order-templates/");
    if (ok) this.#list = body.results;
    $("templates-list").replaceChildren(...this.#list.map((one) => this.#line(one)));
    if (!this.#list.length) $("templates-list").append(el("li", { className: "quiet" }, "No template yet. Fill in the ticket, name it here, and Enter."));
  }

  #line(one) {
    const button = (words, run, more = {}) => el("button", { type: "button", className: "button small", onclick: run, ...more }, words);
    return el(
      "li",
      {},
      button(one.name, () => this.#use(one), { className: "button wide", title: "Fill in the ticket with it" }),
      el("span", { className: "quiet" }, inWords(one.body)),
      button("Delete", () => this.#forget(one), { aria: { label: `Delete ${one.name}` } }),
    );
  }

  async #use({ body }) {
    this.dialog.close();
    if (!(await this.ticket.fill(body))) this.say(`${body.symbol} is not listed any more.`);
  }

  /** A name that is there already is kept anew. */
  async #keep() {
    const name = $("templates-name").value.trim();
    if (!name) return;
    const body = { name, body: this.ticket.kept() };
    const known = this.#list.find((one) => one.name === name);
    const { ok, problems } = known
      ? await this.api.send("PUT", `/api/v1/order-templates/${known.id}/`, { body, version: known.version })
      : await this.api.send("POST", "/api/v1/order-templates/", { body });
    $("templates-answer").replaceChildren(...(ok ? [] : problems.map(problemCard)));
    if (ok) $("templates-name").value = "";
    await this.#read();
  }

  async #forget({ id }) {
    const { problems } = await this.api.send("DELETE", `/api/v1/order-templates/${id}/`);
    $("templates-answer").replaceChildren(...(problems ?? []).map(problemCard));
    await this.#read();
  }
}

/** "BUY 25k AAPL LIMIT mid DAY": what a template would put into the ticket. */
export function inWords({ side = "", qty = "", symbol = "", type = "", price = "", tif = "", account = "" }) {
  const said = (text) => text.replaceAll("_", " ").toUpperCase();
  return [said(side), qty, symbol, said(type), price, said(tif), account].filter(Boolean).join(" ");
}
