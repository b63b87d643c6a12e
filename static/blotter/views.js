// Saved views: how the tables stand, and what is shown, kept on the server under an address of its own.
//
// A view is its owner's; shared with a desk, its members may look through it and keep it under a name of theirs.

import { $, closable, el, problemCard, walked } from "./dom.js";

export class Views {
  #list = [];
  #current = null;

  /** tables: {name: grid}; shown: the filter bar; asked: id of the view in the page's address. */
  constructor(api, { tables, shown, desk, say }) {
    Object.assign(this, { api, tables, shown, desk, say });
    this.dialog = closable($("views"));
    walked(this.dialog, ".views-list .wide, #views-name");
    $("views-form").addEventListener("submit", (event) => this.#keepNew(event));
    $("views-save").addEventListener("click", () => this.#keepAgain());
  }

  /** What the page's address asks for: a view, or a filter and which orders; or nothing. */
  async start(address) {
    const given = new URLSearchParams(address);
    const asked = given.get("view");
    if (given.has("filter") || given.has("chip"))
      this.shown.restore({ filter: given.get("filter") ?? "", chip: given.get("chip") ?? "all" });
    if (!asked) return;
    const { ok, body } = await this.api.get(`/api/v1/views/${encodeURIComponent(asked)}`);
    if (ok) this.use(body);
    else this.say("That view is not there any more, or not shared with your desks.");
  }

  async open() {
    $("views-answer").replaceChildren();
    this.dialog.showModal();
    await this.#read();
    $("views-name").focus();
  }

  use(view) {
    this.#current = view;
    const { tables = {}, filter = "", chip = "all", linked = false } = view.body;
    for (const [name, layout] of Object.entries(tables)) this.tables[name]?.arrange(layout);
    this.shown.restore({ filter, chip });
    if ($("linked").checked !== linked) $("linked").click();
    this.#name();
    history.replaceState(null, "", `?desk=${encodeURIComponent(this.desk)}&view=${view.id}`);
  }

  #body() {
    const tables = Object.entries(this.tables).map(([name, grid]) => [name, grid.arrangement()]);
    return { tables: Object.fromEntries(tables), ...this.shown.kept(), linked: $("linked").checked };
  }

  async #read() {
    const { ok, body } = await this.api.get("/api/v1/views");
    if (ok) this.#list = body.results;
    this.#draw();
  }

  #draw() {
    const button = (words, run, more = {}) =>
      el("button", { type: "button", className: "button small", onclick: run, ...more }, words);
    $("views-list").replaceChildren(
      ...this.#list.map((view) =>
        el(
          "li",
          { className: view.id === this.#current?.id ? "current" : "" },
          button(view.name, () => this.#chosen(view), { className: "button wide", title: "Show the blotter so" }),
          el("span", { className: "quiet" }, view.desk ? `${view.desk}, by ${view.owner}` : view.mine ? "" : view.owner),
          view.mine ? button(view.desk ? "Unshare" : `Share with ${this.desk}`, () => this.#share(view)) : "",
          view.mine ? button("Delete", () => this.#forget(view), { aria: { label: `Delete ${view.name}` } }) : "",
        ),
      ),
    );
    if (!this.#list.length) $("views-list").append(el("li", { className: "quiet" }, "No view yet. Name one, and Enter."));
    this.#name();
  }

  #name() {
    const mine = this.#current?.mine ? this.#current : null;
    $("views-save").hidden = !mine;
    $("views-save").textContent = mine ? `Keep as ${mine.name}` : "";
    $("do-views").title = this.#current ? `Shown as ${this.#current.name}` : "Saved views";
  }

  #chosen(view) {
    this.use(view);
    this.dialog.close();
  }

  async #keepNew(event) {
    event.preventDefault();
    const name = $("views-name").value.trim();
    if (!name) return;
    await this.#sent(this.api.send("POST", "/api/v1/views", { body: { name, body: this.#body() } }));
    $("views-name").value = "";
  }

  async #keepAgain() {
    const { id, name, desk, version } = this.#current;
    const kept = { name, desk: desk || null, body: this.#body() };
    await this.#sent(this.api.send("PUT", `/api/v1/views/${id}`, { body: kept, version }));
  }

  async #share({ id, name, desk, body, version }) {
    const kept = { name, desk: desk ? null : this.desk, body };
    await this.#sent(this.api.send("PUT", `/api/v1/views/${id}`, { body: kept, version }), false);
  }

  async #forget({ id }) {
    const { ok, problems } = await this.api.send("DELETE", `/api/v1/views/${id}`);
    if (ok && this.#current?.id === id) this.#current = null;
    $("views-answer").replaceChildren(...(problems ?? []).map(problemCard));
    await this.#read();
  }

  async #sent(request, becomesCurrent = true) {
    const { ok, body, problems } = await request;
    $("views-answer").replaceChildren(...(ok ? [] : problems.map(problemCard)));
    if (ok && (becomesCurrent || body.id === this.#current?.id)) this.use(body);
    await this.#read();
  }
}
