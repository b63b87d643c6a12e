// Canceling or amending many orders: those the filter shows, or the selected ones. First what would become of each, and in
// words what is about to happen; then, on a second Enter, exactly that. The server chooses, foresees and decides; its token
// stands for what was shown, so pressing twice, or again after a lost answer, asks for nothing twice.

import { $, closable, el } from "./dom.js";
import { SIDE, STATUS, px, qty, sideTone } from "./format.js";
import { problemCard } from "./dom.js";

const MOST_ROWS = 200;
// Ten thousand orders take their time.
const PATIENCE_MS = 120_000;
const READS = "Your role reads orders and does not change them.";
const VERBS = {
  cancel: { path: "/api/v1/orders/cancel-by-filter/", word: "Cancel", tone: "danger", past: "canceled", done: "taken back at once" },
  amend: { path: "/api/v1/orders/amend-by-filter/", word: "Amend", tone: "primary", past: "amended", done: "amended at once" },
};
const orders = (count) => `${qty(count)} ${count === 1 ? "order" : "orders"}`;

export class Filtered {
  #verb = VERBS.cancel;
  #picked = [];
  #which = "filter";
  #preview = null;
  #finished = false;
  #busy = false;

  /** asked(): the filter line {line, problems, working}; desk: whose orders the page shows. */
  constructor(api, { may, desk, live, tell, asked }) {
    Object.assign(this, { api, may, desk, live, tell, asked });
    this.dialog = closable($("filtered"));
    $("filtered-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#go();
    });
    // A key that is held down confirms nothing.
    $("filtered-form").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.repeat) event.preventDefault();
    });
    for (const input of [$("f-price"), $("f-qty"), $("f-soft")]) input.addEventListener("input", () => this.#begin());
    $("f-which").addEventListener("click", (event) => this.#choose(event.target.closest("button")?.dataset.which));
  }

  cancel(picked) {
    this.#open(VERBS.cancel, picked);
  }

  amend(picked) {
    this.#open(VERBS.amend, picked);
  }

  #open(verb, picked) {
    const no = this.#objection(picked.length > 1);
    if (no) {
      this.tell(no);
      return;
    }
    this.#verb = verb;
    this.#picked = picked.filter((order) => order.parent_id == null);
    $("f-fields").hidden = verb !== VERBS.amend;
    for (const id of ["f-price", "f-qty"]) $(id).value = "";
    $("f-soft").checked = false;
    this.dialog.showModal();
    this.#choose(this.#picked.length > 1 ? "selection" : "filter");
  }

  #objection(selected) {
    const { problems, working } = this.asked();
    if (!this.may) return READS;
    if (selected) return "";
    if (problems.length) return `The filter is not understood: ${problems.map(({ text }) => text).join(". ")}`;
    return working ? "" : "The filter shows no working orders: press 2 for those.";
  }

  #choose(which) {
    if (!which) return;
    this.#which = which;
    const { line } = this.asked();
    const offered = [["filter", line ? `Filter: ${line}` : `Every working order of ${this.desk}`]];
    if (this.#picked.length) offered.push(["selection", `Selected: ${orders(this.#picked.length)}`]);
    $("f-which").replaceChildren(
      ...offered.map(([name, words]) =>
        el("button", { type: "button", className: "button", dataset: { which: name }, aria: { pressed: String(name === which) } }, words),
      ),
    );
    this.#begin();
    if (this.#verb === VERBS.amend) $("f-price").focus();
    else this.#look();
  }

  /** Nothing has been shown yet. */
  #begin() {
    this.#preview = null;
    this.#finished = $("f-leave").hidden = false;
    $("f-title").textContent = `${this.#verb.word} many orders`;
    $("f-words").textContent = "";
    for (const id of ["f-counts", "f-rows", "f-answer"]) $(id).replaceChildren();
    this.#button("Show what would happen", "");
  }

  #button(words, tone, disabled = false) {
    $("f-send").className = `button ${tone}`;
    $("f-send").disabled = disabled;
    $("f-send").replaceChildren(words, disabled ? "" : el("kbd", {}, "⏎"));
  }

  #go() {
    if (this.#busy) return;
    if (this.#finished) this.dialog.close();
    else if (this.#preview) this.#act();
    else this.#look();
  }

  #asking() {
    const { line } = this.asked();
    const which =
      this.#which === "selection"
        ? { order_ids: this.#picked.map(({ id }) => String(id)) }
        : { filter: `desk="${this.desk}" ${line}`.trim() };
    if (this.#verb !== VERBS.amend) return which;
    const [price, quantity] = [$("f-price").value.trim(), $("f-qty").value.trim()];
    return {
      ...which,
      ...(price ? { price } : {}),
      ...(quantity ? { order_qty: quantity } : {}),
      ...($("f-soft").checked ? { acknowledge_soft: true, acknowledge_reason: $("f-reason").value.trim() } : {}),
    };
  }

  async #look() {
    const answer = await this.#send(this.#asking());
    if (!answer.ok) return;
    this.#preview = answer.body;
    const { rows, counts, total } = this.#preview;
    const able = total - (counts.outcome.refused ?? 0);
    $("f-words").textContent = this.#words(rows, total, able);
    showCounts(counts);
    showRows(rows, this.#verb === VERBS.amend, (row) => foreseen(row, this.#verb));
    this.#button(able ? `${this.#verb.word} ${orders(able)}` : "Nothing to do", this.#verb.tone, !able);
    if (able) $("f-send").focus();
  }

  /** What is about to happen, in words. */
  #words(rows, total, able) {
    if (!total) return "No working order fits.";
    const of = (outcome) => rows.filter((row) => row.outcome === outcome);
    const [asked, done, refused] = [of("asked"), of("done").length, total - able];
    const venue = counted(asked.flatMap(({ venues }) => venues));
    const symbol = counted(rows.filter(({ outcome }) => outcome !== "refused").map((row) => row.symbol));
    const terms = this.#verb === VERBS.amend ? ` to ${this.#terms()}` : "";
    const parts = [
      asked.length ? `${qty(asked.length)} asked of ${listed(venue)}` : "",
      done ? `${qty(done)} ${this.#verb.done}` : "",
    ].filter(Boolean);
    const will = able ? `${this.#verb.word}s ${orders(able)} in ${listed(symbol)}${terms}: ${parts.join(", ")}.` : "";
    const not = refused ? `${orders(refused)} cannot be changed and ${refused === 1 ? "stays as it is" : "stay as they are"}.` : "";
    return [will, not].filter(Boolean).join(" ");
  }

  #terms() {
    const { price, order_qty: quantity } = this.#asking();
    const share = quantity?.endsWith("%") ? " of what still works" : "";
    return [price ? `price ${price}` : "", quantity ? `quantity ${quantity}${share}` : ""].filter(Boolean).join(" and ");
  }

  async #act() {
    const answer = await this.#send({ token: this.#preview.token });
    if (!answer.ok) return;
    const { results, counts } = answer.body;
    const became = new Map(results.map((result) => [result.order_id, result]));
    const { past } = this.#verb;
    $("f-words").textContent =
      `${orders(counts.done)} ${past}, or asked to be ${past}${counts.refused ? `; ${qty(counts.refused)} refused` : ""}.`;
    $("f-counts").replaceChildren();
    showRows(this.#preview.rows, this.#verb === VERBS.amend, ({ order_id: id }) => happened(became.get(id)), "Now");
    this.#finished = $("f-leave").hidden = true;
    this.#button("Done", "primary");
    $("f-send").focus();
  }

  /** Without an answer the same may be sent again; a problem leads back to where something can be mended. */
  async #send(body) {
    const no = this.live();
    if (no || this.#busy) {
      this.tell(no || "Wait for the answer.");
      return { ok: false };
    }
    this.#busy = true;
    $("f-answer").replaceChildren();
    $("f-send").disabled = true;
    const answer = await this.api.send("POST", this.#verb.path, { body, patience: PATIENCE_MS });
    this.#busy = false;
    $("f-send").disabled = false;
    if (!answer.ok) {
      if (!answer.unknown) this.#begin();
      $("f-answer").replaceChildren(...answer.problems.map(problemCard));
    }
    return answer;
  }
}

/** How often each stands there, the most frequent first. */
function counted(names) {
  const table = new Map();
  for (const name of names) table.set(name, (table.get(name) ?? 0) + 1);
  return Object.fromEntries([...table].sort(([, a], [, b]) => b - a));
}

/** AAPL 8, MSFT 4 and 3 more. */
function listed(counts) {
  const names = Object.entries(counts).filter(([name]) => name);
  const shown = names.slice(0, 4).map(([name, count]) => (names.length > 1 ? `${name} ${qty(count)}` : name));
  return `${shown.join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""}`;
}

function showCounts({ ord_status: statuses, side, symbol, venue }) {
  const named = (table, words) => Object.fromEntries(Object.entries(table).map(([name, n]) => [words[name]?.word ?? words[name] ?? name, n]));
  $("f-counts").replaceChildren(
    ...[
      ["Status", named(statuses, STATUS)],
      ["Side", named(side, SIDE)],
      ["Instrument", symbol],
      ["Venue", venue],
    ]
      .filter(([, counts]) => listed(counts))
      .map(([label, counts]) => el("span", {}, `${label} `, el("b", {}, listed(counts)))),
  );
}

/** Those that are refused first: they are what somebody must know of. */
function showRows(rows, amending, verdictOf, last = "What happens") {
  const told = rows.map((row) => ({ row, verdict: verdictOf(row) }));
  told.sort((a, b) => (b.verdict.outcome === "refused") - (a.verdict.outcome === "refused"));
  const heads = ["Order", "Status", "Side", "Instrument", "Leaves", "Limit", ...(amending ? ["New qty", "New limit"] : []), last];
  const numeric = new Set(["Leaves", "Limit", "New qty", "New limit"]);
  $("f-rows").replaceChildren(
    ...(rows.length
      ? [
          el(
            "table",
            {},
            el("thead", {}, el("tr", {}, ...heads.map((head) => el("th", { className: numeric.has(head) ? "num" : "" }, head)))),
            el("tbody", {}, ...told.slice(0, MOST_ROWS).map(({ row, verdict }) => line(row, verdict, amending))),
          ),
          rows.length > MOST_ROWS ? el("p", { className: "quiet" }, `and ${qty(rows.length - MOST_ROWS)} more`) : "",
        ].filter(Boolean)
      : []),
  );
}

function line(row, { outcome, words }, amending) {
  const number = (value) => el("td", { className: "num" }, value);
  const or = (value, format) => (value === null ? "" : format(Number(value)));
  return el(
    "tr",
    { dataset: { outcome, order: row.order_id } },
    el("td", {}, row.order_id),
    el("td", {}, STATUS[row.ord_status]?.word ?? row.ord_status),
    el("td", { className: sideTone(row.side) }, SIDE[row.side] ?? row.side),
    el("td", {}, row.symbol),
    number(qty(Number(row.leaves_qty))),
    number(row.price === null ? "MKT" : px(Number(row.price))),
    ...(amending ? [number(or(row.new_order_qty, qty)), number(or(row.new_price, px))] : []),
    el("td", {}, words),
  );
}

function foreseen({ outcome, errors, venues }, verb) {
  const words = { refused: errors.map(({ text }) => text).join(". "), asked: `asked of ${venues.join(", ")}`, done: verb.done };
  return { outcome, words: words[outcome] };
}

function happened({ errors, ord_status: status, repeated }) {
  if (errors.length) return { outcome: "refused", words: errors.map(({ text }) => text).join(". ") };
  const words = (STATUS[status]?.word ?? status) + (repeated ? " (asked before)" : "");
  return { outcome: status.startsWith("pending") ? "asked" : "done", words };
}
