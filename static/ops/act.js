// An act, in its dialog: which rows it is for, what it asks, what it will do; then, on the button, the result of each row.

import { freshKey } from "../blotter/api.js";
import { $, closable, el, problemCard, text } from "../blotter/dom.js";
import { average, cents, qty } from "../blotter/format.js";
import { block, facts, inner } from "./cells.js";
import { missing, outcomes, requests, sorted } from "./plan.js";

const SHOWN_CELLS = 4;
const PAUSE_MS = 350;
// What an act is shown for that is for no row.
const ALONE = { key: "", cells: [] };

export class Acts {
  #act = null;
  #rows = [];
  #key = "";
  #sent = false;
  #waiting = 0;

  /** done() is called after something was sent; `at` is the address of the page. */
  constructor({ api, acts, at, done }) {
    Object.assign(this, { api, acts, at, done });
    this.dialog = closable($("act"));
    $("act-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#sent) this.dialog.close();
      else this.#send();
    });
    $("act-fields").addEventListener("input", () => this.#foresee());
  }

  open(name, rows) {
    const act = this.acts.find((one) => one.name === name);
    if (!act || (!rows.length && !act.alone)) return;
    const { fit, unfit } = act.alone ? { fit: [ALONE], unfit: [] } : sorted(act, rows);
    [this.#act, this.#rows, this.#key, this.#sent] = [act, fit, freshKey(), false];
    text("act-title", act.title);
    text("act-says", act.says);
    $("act-rows").replaceChildren(
      ...fit.map((row) => line(row, "will be done", "")),
      ...unfit.map((row) => line(row, "not possible as it is now", "out")),
    );
    $("act-fields").replaceChildren(...act.fields.map(field));
    $("act-answer").replaceChildren();
    $("act-preview").hidden = true;
    this.#label(act.alone ? act.title : `${act.title} ${fit.length === 1 ? "1 row" : `${fit.length} rows`}`, act.tone);
    $("act-send").disabled = !fit.length;
    this.dialog.showModal();
    (this.dialog.querySelector(".act-fields .input") ?? $("act-send")).focus();
    if (act.shows && fit.length === 1) this.#show(fit[0]);
  }

  /** What is told of the row, for whoever is to decide about it. */
  async #show(row) {
    const { ok, body } = await this.api.get(`${this.at}${encodeURIComponent(row.key)}/detail`);
    if (!ok || this.#rows[0] !== row || this.#sent) return;
    $("act-preview").hidden = false;
    $("act-preview").replaceChildren(facts(body.facts), ...body.blocks.slice(0, 1).map((one) => block(one)));
  }

  #label(words, tone) {
    $("act-send").className = `button ${tone || "primary"}`;
    $("act-send").replaceChildren(words, " ", el("kbd", {}, "⏎"));
  }

  #values() {
    return Object.fromEntries(this.#act.fields.map(({ name }) => [name, $(`act-field-${name}`).value]));
  }

  /** What would come of it, for the first row, a moment after the last key. Nothing is written by it. */
  #foresee() {
    clearTimeout(this.#waiting);
    const act = this.#act;
    if (!act.preview || !this.#rows.length) return;
    $("act-preview").hidden = true;
    this.#waiting = setTimeout(async () => {
      const values = this.#values();
      if (missing(act, values).length || this.#sent) return;
      const [{ body }] = requests(act, this.#rows, values);
      const answer = await this.api.send("POST", act.preview, { body });
      if (act !== this.#act || this.#sent) return;
      $("act-preview").hidden = false;
      $("act-preview").replaceChildren(...(answer.ok ? [foreseen(answer.body)] : answer.problems.map(problemCard)));
    }, PAUSE_MS);
  }

  async #send() {
    const values = this.#values();
    const wanting = missing(this.#act, values);
    for (const { name } of this.#act.fields)
      $(`act-field-${name}`).setAttribute("aria-invalid", String(wanting.includes(name)));
    if (wanting.length) {
      $("act-answer").replaceChildren(problemCard({ text: `Say: ${wanting.join(", ").replaceAll("_", " ")}.`, code: "MISSING" }));
      $(`act-field-${wanting[0]}`).focus();
      return;
    }
    $("act-send").disabled = true;
    let refused = 0;
    for (const [nth, wish] of requests(this.#act, this.#rows, values).entries()) {
      const answer = await this.api.send(this.#act.method, wish.path, { body: wish.body, key: `${this.#key}-${nth}` });
      for (const [key, { ok, text: words }] of Object.entries(outcomes(wish, answer))) {
        refused += ok ? 0 : 1;
        tell(key, ok, words);
      }
    }
    const done = this.#rows.length - refused;
    $("act-answer").replaceChildren(refused ? problemCard({ text: `${done} done, ${refused} refused.`, soft: true }) : "");
    text("said", `${this.#act.title}: ${done} done, ${refused} refused`);
    this.#sent = true;
    this.#label("Close", "primary");
    $("act-send").disabled = false;
    $("act-send").focus();
    this.done();
  }
}

function line(row, words, tone) {
  const cells = row.cells.slice(0, SHOWN_CELLS).map((cell) => el("td", {}, ...inner(typeof cell === "string" ? cell : { ...cell, href: "" })));
  return el("tr", { dataset: { key: row.key, ...(tone ? { tone } : {}) } }, ...cells, el("td", {}, words));
}

function tell(key, ok, words) {
  const cell = [...$("act-rows").children].find((row) => row.dataset.key === key)?.lastElementChild;
  if (!cell) return;
  cell.className = ok ? "good" : "bad";
  cell.textContent = `${ok ? "✓" : "✕"} ${words}`;
}

/** Who would get what, in quantity and money. */
function foreseen({ shares }) {
  const columns = ["Account", "Quantity", "Average px", "Commission", "Fees", "Net money"].map((title, at) => ({ title, kind: at ? "num" : "words" }));
  const formats = { alloc_qty: qty, avg_px: average, commission: cents, fees: cents, net_money: cents };
  const rows = shares.map((one) => ({
    cells: [one.account, ...Object.entries(formats).map(([name, format]) => format(one[name]))],
  }));
  return block({ title: "What each account would get", columns, rows, empty: "Nobody gets anything." });
}

function field({ name, title, kind, required, options, hint }) {
  const id = `act-field-${name}`;
  const given = { id, name, className: "input", required, ...(hint ? { placeholder: hint } : {}) };
  let input;
  if (options.length) input = el("select", given, ...options.map(([value, words]) => el("option", { value }, words)));
  else if (kind === "text" || kind === "shares") input = el("textarea", { ...given, rows: 2, maxLength: 300 });
  else input = el("input", { ...given, type: kind === "date" ? "date" : "text", maxLength: 64, spellcheck: false });
  if (kind === "text")
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        $("act-form").requestSubmit($("act-send"));
      }
    });
  return el("label", { className: "field" }, el("span", {}, title), input);
}
