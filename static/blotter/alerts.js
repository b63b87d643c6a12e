// What a trader must hear of: refusals with their reasons in plain language, fills, alerts. The list keeps the newest;
// those of severity 2 and above stay marked until acknowledged. Toasts are few and short.

import { $, el, remembered } from "./dom.js";
import { time } from "./format.js";
import { Notices } from "./notices.js";

const MOST = 200;
const TOASTS = 4;
const TOAST_MS = 5_000;
const DRAW_MS = 150;
const SHAPES = { reject: "✕", cancel_reject: "✕", fill: "●", expired: "◷", bust: "▲", correction: "▲", alert: "▲" };
const WORDS = {
  reject: "Refused",
  cancel_reject: "Request refused",
  fill: "Fill",
  expired: "Expired",
  bust: "Trade cancelled by the venue",
  correction: "Trade corrected",
  alert: "Alert",
};

export class Alerts {
  #all = new Map();
  #fresh = [];
  #seen = new Set(remembered.get("alerts.seen", []));
  #title = document.title;
  #timer = 0;
  #notices = new Notices();

  /** on.order(id): the trader wants to see that order. mine(event): whether a fill is of the trader's own orders.
   * heard(events): the ticket or an amendment may wait for one of them. */
  constructor({ order, mine, heard }) {
    Object.assign(this, { order, mine, heard });
    $("ack-all").addEventListener("click", () => this.acknowledgeAll());
    $("alerts").addEventListener("click", (event) => this.#clicked(event));
  }

  replace(events) {
    const shown = newestFirst(events.filter((event) => this.#concerns(event))).slice(0, MOST);
    this.#all = new Map(shown.map((event) => [event.id, event]));
    this.#fresh = [];
    $("alerts").replaceChildren(...shown.map((event) => this.#card(event)));
    this.#count();
    this.heard(events);
  }

  /** New ones, of which the latest few are also shown for a moment. */
  add(events) {
    this.heard(events);
    const fresh = newestFirst(events.filter((event) => !this.#all.has(event.id) && this.#concerns(event)));
    if (!fresh.length) return;
    this.#notices.heard(fresh);
    for (const event of fresh) this.#all.set(event.id, event);
    for (const event of fresh.slice(0, TOASTS).reverse()) this.#toast(event);
    this.#fresh = [...fresh, ...this.#fresh];
    this.#timer ||= setTimeout(() => this.#prepend(), DRAW_MS);
  }

  /** Everybody's refusals, but only one's own fills: the executions show the others. */
  #concerns(event) {
    return event.kind !== "fill" || this.mine(event);
  }

  #prepend() {
    this.#timer = 0;
    const list = $("alerts");
    list.querySelector(".empty")?.remove();
    list.prepend(...this.#fresh.splice(0, MOST).map((event) => this.#card(event)));
    while (list.children.length > MOST) {
      this.#all.delete(list.lastChild.dataset.id);
      list.lastChild.remove();
    }
    this.#count();
  }

  say(words) {
    this.#toast({ kind: "alert", severity: 1, title: words, text: "" });
  }

  acknowledgeAll() {
    this.#acknowledge(this.#waiting().map(({ id }) => id));
  }

  #acknowledge(ids) {
    for (const id of ids) this.#seen.add(id);
    this.#seen = new Set([...this.#seen].filter((id) => this.#all.has(id)));
    remembered.set("alerts.seen", [...this.#seen]);
    for (const card of $("alerts").querySelectorAll("[data-waiting=true]")) {
      if (this.#seen.has(card.dataset.id)) card.replaceWith(this.#card(this.#all.get(card.dataset.id)));
    }
    this.#count();
  }

  #waiting() {
    return [...this.#all.values()].filter(({ id, severity }) => severity >= 2 && !this.#seen.has(id));
  }

  #count() {
    const list = $("alerts");
    if (!list.children.length)
      list.append(el("li", { className: "empty" }, "Nothing has happened yet. Refusals and your fills appear here."));
    const waiting = this.#waiting().length;
    $("alert-count").hidden = $("ack-all").hidden = waiting === 0;
    $("alert-count").textContent = String(waiting);
    document.title = waiting ? `(${waiting}) ${this.#title}` : this.#title;
  }

  #card(event) {
    const waiting = event.severity >= 2 && !this.#seen.has(event.id);
    const { kind, severity } = event;
    return el(
      "li",
      { className: "alert", dataset: { kind, severity, waiting, id: event.id } },
      el("span", { className: "shape", textContent: SHAPES[kind] ?? "●", aria: { hidden: "true" } }),
      el("span", { className: "title" }, `${WORDS[kind] ?? kind}${kind === "fill" ? "" : ":"} ${event.title}`),
      el("time", { className: "when", textContent: time(event.at).slice(0, 8), title: time(event.at) }),
      event.text ? el("p", {}, event.text) : null,
      event.remedy ? el("p", { className: "remedy" }, event.remedy) : null,
      footer(event, waiting),
    );
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.order) this.order(Number(button.dataset.order));
    else if (button) this.#acknowledge([button.closest(".alert").dataset.id]);
  }

  #toast(event) {
    const toast = el(
      "div",
      { className: "toast", dataset: { kind: event.kind, severity: event.severity } },
      el("b", {}, event.kind === "alert" && !event.text ? "" : (WORDS[event.kind] ?? event.kind)),
      el("span", {}, [event.title, event.kind === "fill" ? "" : event.text].filter(Boolean).join(" — ")),
    );
    if (event.order_id) {
      toast.dataset.order = event.order_id;
      $("toasts")
        .querySelector(`[data-order="${Number(event.order_id)}"]`)
        ?.remove();
    }
    $("toasts").append(toast);
    while ($("toasts").children.length > TOASTS) $("toasts").firstChild.remove();
    setTimeout(() => toast.remove(), TOAST_MS);
  }
}

function newestFirst(events) {
  return [...events].sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
}

function footer(event, waiting) {
  const parts = [];
  if (event.order_id)
    parts.push(el("button", { type: "button", dataset: { order: event.order_id } }, `Order ${event.order_id}`));
  if (event.code) parts.push(el("span", { className: "faint" }, event.code));
  if (waiting) parts.push(el("button", { type: "button" }, "Acknowledge"));
  return parts.length && event.kind !== "fill" ? el("footer", {}, ...parts) : null;
}
