// Under the table of desks: what needs somebody, and the largest orders that work, of all desks together.

import { $, el } from "./dom.js";
import { SIDE, age, isLeg, isOpen, isSpread, money, px, qty, seconds, sideTone } from "./format.js";

const MOST = 14;

/** The gravest and newest of what is more than news. No page needed. */
export function gravest(books, most = MOST) {
  const all = [...books].flatMap(([desk, { events }]) => [...events.values()].filter(({ severity }) => severity >= 2).map((event) => ({ ...event, desk })));
  return all.sort((a, b) => b.severity - a.severity || b.at - a.at).slice(0, most);
}

/** Working orders by what is left of them, in the instrument's own currency, the largest first. No page needed. */
export function largest(books, quoteOf, most = MOST) {
  const all = [];
  for (const [desk, { orders }] of books)
    for (const order of orders.rows()) {
      if (order.parent_id != null || !isOpen(order) || isLeg(order) || isSpread(order)) continue;
      const price = order.price ?? quoteOf(order.instrument_id)?.last;
      if (price != null) all.push({ order, desk, worth: order.leaves_qty * price * (order.multiplier ?? 1) * (order.price_factor ?? 1) });
    }
  return all.sort((a, b) => b.worth - a.worth || b.order.id - a.order.id).slice(0, most);
}

/** now: ms by the server's clock. */
export function drawLists(books, quotes, now) {
  show("gravest", gravest(books), alertLine, "Nothing needs anybody today.");
  show("largest", largest(books, (id) => quotes.get(id)), (one) => orderLine(one, now), "Nothing works.");
}

function show(id, list, line, nothing) {
  const focused = document.activeElement?.closest(`#${id} a`)?.getAttribute("href");
  $(id).replaceChildren(...(list.length ? list.map(line) : [el("tr", {}, el("td", { className: "empty" }, nothing))]));
  if (focused) [...$(id).querySelectorAll("a")].find((one) => one.getAttribute("href") === focused)?.focus();
}

const link = (desk, filter, words) => el("a", { href: `/blotter/?${new URLSearchParams({ desk, filter })}` }, words);

function alertLine({ desk, at, severity, title, text, order_id: order, symbol }) {
  return el(
    "tr",
    {},
    el("td", { className: "quiet" }, seconds(at)),
    el("td", { className: severity >= 3 ? "down" : "warn" }, severity >= 3 ? "✕ CRITICAL" : "! WARNING"),
    el("td", { className: "strong" }, desk),
    el("td", { className: "wide-cell" }, el("b", {}, title), el("span", { className: "quiet" }, ` ${text ?? ""}`)),
    el("td", { className: "num" }, order ? link(desk, `order:${order}`, `Order ${order}`) : symbol ? link(desk, `sym=${symbol}`, symbol) : ""),
  );
}

function orderLine({ order, desk, worth }, now) {
  return el(
    "tr",
    {},
    el("td", { className: "strong" }, desk),
    el("td", { className: sideTone(order.side) }, SIDE[order.side] ?? order.side),
    el("td", { className: "strong" }, order.symbol),
    el("td", { className: "num" }, `${qty(order.leaves_qty)} of ${qty(order.order_qty)}`),
    el("td", { className: "num" }, order.price == null ? "MKT" : px(order.price)),
    el("td", { className: "num" }, `${money(worth)} `, el("small", {}, order.currency)),
    el("td", { className: "quiet" }, order.entered_by),
    el("td", { className: "num quiet" }, age(now - order.created_at)),
    el("td", { className: "num" }, link(desk, `order:${order.id}`, `Order ${order.id}`)),
  );
}
