// Baskets: rows pasted from a spreadsheet are tried, entered, and released wave by wave.

import { freshKey } from "./api.js";
import { $, closable, el } from "./dom.js";
import { qty, typedPrice } from "./format.js";
import { problemCard } from "./dom.js";
import { describe } from "./actions.js";
import { drawnShort } from "./whatif.js";

const SHOWN = 20;
const READS = "Your role reads orders and does not change them.";

export class Basket {
  #tried = "";
  #key = "";
  #busy = false;

  /** picks(): the orders selected in the grid; the rest as for Actions. */
  constructor(api, { may, live, tell, picks }) {
    Object.assign(this, { api, may, live, tell, picks });
    this.dialog = closable($("basket"));
    $("basket-rows").addEventListener("input", () => this.#changed());
    $("basket-name").addEventListener("input", () => this.#changed());
    $("basket-rows").addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#send();
    });
    $("basket-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    $("basket-waves").addEventListener("click", (event) => {
      const { list, how } = event.target.closest("button")?.dataset ?? {};
      if (list) this.#release(list, how);
    });
  }

  async open() {
    if (!this.may) {
      this.tell(READS);
      return;
    }
    if (!$("basket-name").value) this.#rename();
    this.#changed();
    this.dialog.showModal();
    $("basket-rows").focus();
    await this.#list();
  }

  #rename() {
    $("basket-name").value = `basket-${new Date().toISOString().slice(0, 19).replaceAll(":", "")}`;
  }

  /** What was tried is no longer what stands there. */
  #changed() {
    this.#tried = "";
    this.#key = freshKey();
    $("basket-answer").replaceChildren();
    $("basket-verdicts").replaceChildren();
    $("basket-send").replaceChildren("Try the rows", el("kbd", {}, "Ctrl ⏎"));
    $("basket-send").disabled = false;
  }

  async #send() {
    if (this.#busy || this.live()) return;
    const [name, table] = [$("basket-name").value.trim(), $("basket-rows").value];
    if (!name || !table.trim()) {
      $("basket-answer").replaceChildren(problemCard({ text: "Paste rows with a header, and give the basket a name." }));
      return;
    }
    const dry = this.#tried !== table;
    const path = `/api/v1/baskets/${encodeURIComponent(name)}/csv/${dry ? "?dry_run=true" : ""}`;
    const asks = [this.api.send("POST", path, { table, ...(dry ? {} : { key: this.#key }) })];
    if (dry) asks.push(this.api.send("POST", "/api/v1/risk/check/", { table }));
    const [answer, risk] = await this.#while(() => Promise.all(asks));
    if (dry && table !== $("basket-rows").value) return;
    const results = answer.body?.results;
    $("basket-answer").replaceChildren(...(results ? [] : answer.problems.map(problemCard)));
    if (!answer.unknown && !answer.ok) this.#key = freshKey();
    if (!results) return;
    this.#verdicts(results, risk?.ok ? risk.body : []);
    const good = results.filter(({ order }) => order).length;
    if (dry) {
      this.#tried = table;
      $("basket-send").replaceChildren(`Enter ${good} of ${results.length} rows`, el("kbd", {}, "Ctrl ⏎"));
      $("basket-send").disabled = !good;
    } else if (answer.ok) {
      $("basket-rows").value = "";
      this.#rename();
      this.#tried = "";
      $("basket-send").replaceChildren("Try the rows", el("kbd", {}, "Ctrl ⏎"));
      await this.#list();
      $("basket-waves").querySelector("button")?.focus();
    }
  }

  /** The verdict of each row, and of what was tried what risk measured, the limit and the room. */
  #verdicts(results, checks) {
    const found = new Map(checks.map((one) => [one.row, one]));
    $("basket-verdicts").replaceChildren(
      el("tr", {}, ...["Row", "Order", "Verdict"].map((word) => el("th", {}, word))),
      ...results.map(({ row, order, problem }) => {
        const measured = found.get(row)?.checks.length ? drawnShort(found.get(row)) : [];
        const words = order ? "✓ passes" : measured.length ? "✕ refused" : verdict(problem);
        return el(
          "tr",
          { className: order ? "good" : "bad" },
          el("td", { className: "number" }, String(row)),
          el("td", {}, order ? describe(order) : problem.order ? describe(problem.order) : ""),
          el("td", {}, words, ...measured),
        );
      }),
    );
  }

  async #list() {
    const { ok, body, problems } = await this.api.get(`/api/v1/order-lists/?kind=basket&limit=${SHOWN}`);
    if (!ok) {
      $("basket-answer").replaceChildren(...problems.map(problemCard));
      return;
    }
    $("basket-waves").replaceChildren(
      ...(body.results.length ? body.results.map(shown) : [el("p", { className: "quiet" }, "No baskets yet.")]),
    );
  }

  async #release(list, how) {
    const body = this.#wave(list, how);
    if (!body || this.#busy || this.live()) return;
    const path = `/api/v1/order-lists/${list}/release/`;
    const answer = await this.#while(() => this.api.send("POST", path, { body, key: freshKey() }));
    $("basket-answer").replaceChildren(...answer.problems.map(problemCard));
    await this.#list();
  }

  /** What the button asks for; null when its field says nothing. */
  #wave(list, how) {
    if (how === "all") return {};
    if (how === "picked") return { order_ids: this.picks().map(({ id }) => String(id)) };
    const input = $(`wave-${list}`);
    const value = typedPrice(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    return value === null ? null : { [how]: value };
  }

  async #while(work) {
    this.#busy = $("basket-send").disabled = true;
    try {
      return await work();
    } finally {
      this.#busy = $("basket-send").disabled = false;
    }
  }
}

const verdict = ({ errors = [], code, detail }) =>
  (errors.length ? errors : [{ code, text: detail }])
    .map(({ field, code: why, text }) => `${field ? `${field}: ` : ""}${text} (${why})`)
    .join("; ");

function shown({ id, list_id: name, orders, waiting, done, waves }) {
  const button = (how, words) => el("button", { type: "button", className: "button small", dataset: { list: id, how } }, words);
  return el(
    "section",
    { className: "wave" },
    el("b", {}, name),
    el("span", { className: "quiet" }, ` ${qty(orders)} orders, ${qty(waiting)} waiting, ${Math.floor(done * 100)}% filled`),
    el(
      "ul",
      {},
      ...waves
        .filter(({ wave }) => wave > 0)
        .map((one) => el("li", {}, `Wave ${one.wave}: ${qty(one.orders)} orders, ${qty(one.cum_qty)} of ${qty(one.order_qty)} filled`)),
    ),
    waiting
      ? el(
          "div",
          { className: "wave-next" },
          "Next wave ",
          el("input", { id: `wave-${id}`, className: "input number", value: "25", aria: { label: "Percent or rows" } }),
          button("percent", "% of the orders"),
          button("rows", "rows"),
          button("picked", "The selected"),
          button("all", "All that wait"),
        )
      : "",
  );
}
