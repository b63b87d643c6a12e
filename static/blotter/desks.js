// All desks in one look: a row a desk from the same live streams as the blotter; every number leads to the rows behind it.

import { Api } from "./api.js";
import { drawLists } from "./desklists.js";
import { alertSums, fillSums, limitSums, orderSums, resultSums, together } from "./desksums.js";
import { $, el, text } from "./dom.js";
import { Feed } from "./feed.js";
import { age, isOpen, money, qty, short, signed } from "./format.js";
import { Latency } from "./latency.js";
import { levelOf } from "./limitbars.js";
import { loadSnapshot } from "./load.js";
import { decoder, movePosition } from "./rows.js";
import { Store } from "./store.js";
import { dress } from "./theme.js";

const config = JSON.parse($("config").textContent);
const api = new Api({ csrf: config.csrf });
const latency = new Latency();
// The server's time: the desk's own clock may be wrong by hours.
const now = () => latency.serverTime(Date.now());
const decoders = Object.fromEntries(Object.entries(config.schema).map(([table, columns]) => [table, decoder(columns)]));
const WORDS = { live: "LIVE", "catching-up": "CATCHING UP", offline: "OFFLINE" };
const [DRAW_MS, ASK_MS, STALE_MS] = [500, 2_000, 10_000];
// A snapshot holds the newest so many (oms/blotter/snapshot.py): of what came before we know nothing.
const MOST_FILLS = 2_000;
const quotes = new Map();
const books = new Map(config.desks.map((desk) => [desk, { orders: new Store({}), executions: new Store({}), positions: new Store({}), events: new Map() }]));
let asked = { limits: new Map(), state: null, at: 0 };
let wanted = "";

dress();

const feed = new Feed({
  desks: config.desks,
  tables: ["orders", "executions", "positions", "events"],
  tab: config.tab,
  schema: config.schema,
  open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/blotter/`),
  load: loadSnapshot,
  on: {
    snapshot: (table, rows, desk) => take(table, rows, desk, true),
    rows: (table, rows, _gone, _frame, desk) => take(table, rows, desk, false),
    quotes: (rows) => rows.map(decoders.quotes).forEach((quote) => quotes.set(quote.id, quote)),
    beat: ({ ts }) => latency.beat(ts, Date.now()),
    state: (name, why) => {
      $("feed-state").dataset.state = name;
      $("feed-state").title = why;
      document.body.dataset.feed = name;
      text("feed-word", WORDS[name]);
      $("signed-out").hidden = !feed.ended;
      text("signed-out-why", `You are signed out: ${why}. Nothing is shown any more.`);
    },
  },
});

function take(table, rows, desk, whole) {
  const decoded = rows.map(decoders[table]);
  const place = books.get(desk)[table];
  if (table === "events") {
    if (whole) place.clear();
    for (const event of decoded) place.set(event.id, event);
  } else if (whole) {
    place.replace(decoded);
    if (table === "executions") books.get(desk).cut = rows.length >= MOST_FILLS;
  }
  else place.put(decoded);
}

/** Quotes of everything that works or is held. */
function want() {
  const ids = new Set();
  for (const { orders, positions } of books.values()) {
    for (const order of orders.rows()) if (isOpen(order)) ids.add(order.instrument_id);
    for (const position of positions.rows()) ids.add(position.instrument_id);
  }
  const list = [...ids].sort((a, b) => a - b);
  if (list.join() === wanted) return;
  wanted = list.join();
  feed.want(list);
}

async function ask() {
  const [state, limits] = await Promise.all([api.get("/desks/state"), api.get("/api/v1/limits/?limit=500")]);
  if (state.ok && limits.ok) asked = { state: state.body, limits: limitSums(limits.body.results, config.accounts), at: Date.now() };
}

function sumsOf(desk) {
  const { orders, executions, positions, events } = books.get(desk);
  const midnight = new Date(now()).setUTCHours(0, 0, 0, 0);
  for (const position of positions.rows()) movePosition(position, quotes.get(position.instrument_id));
  return {
    desk,
    orders: orderSums(orders.rows(), (id) => quotes.get(id)),
    fills: fillSums(executions.rows(), (id) => orders.row(id), midnight),
    results: resultSums(positions.rows()),
    alerts: alertSums([...events.values()], midnight),
    limits: asked.limits.get(desk),
    clients: asked.state?.clients[desk] ?? [],
    stopped: asked.state?.stopped[desk] ?? [],
  };
}

const to = (desk, more = {}) => `/blotter/?${new URLSearchParams({ desk, ...more })}`;

function number(desk, count, more, tone = "") {
  return el("td", { className: "num" }, el("a", { href: to(desk, more), className: count ? tone : "none" }, qty(count)));
}

/** Amounts one under the other, a line a currency. */
function amounts(map, format = money, toned = false) {
  const lines = [...map].filter(([, amount]) => amount).map(([currency, amount]) =>
    el("span", { className: toned ? (amount < 0 ? "down" : "up") : "" }, `${format(amount)} `, el("small", {}, currency)),
  );
  return el("td", { className: "num stack" }, ...(lines.length ? lines : [el("span", { className: "none" }, "—")]));
}

const part = (results, name) => new Map([...results].map(([currency, sums]) => [currency, sums[name]]));

/** Clients come and go as they please: only what keeps one from coming is bad. */
function clientsCell(clients) {
  if (!clients.length) return el("td", {}, el("span", { className: "none" }, "—"));
  const up = clients.filter((one) => one.up).length;
  const bad = clients.some((one) => !one.up && one.problem !== "not logged on");
  const [tone, shape] = bad ? ["down", "✕"] : up === clients.length ? ["up", "●"] : ["quiet", up ? "◐" : "○"];
  const told = clients.map((one) => `${one.code} ${one.up ? "up" : one.problem}`).join(" · ");
  return el("td", {}, el("span", { className: `state-word ${tone}`, title: told }, el("i", { aria: { hidden: "true" } }, shape), ` ${up} of ${clients.length} up`));
}

function row({ desk, orders, fills, results, alerts, limits, clients, stopped }) {
  return el(
    "tr",
    { dataset: { desk, stopped: String(stopped.length > 0) } },
    el("th", { scope: "row" }, el("a", { href: to(desk) }, desk), el("small", {}, stopped.length ? "TRADING STOPPED" : config.names[desk] ?? "")),
    number(desk, orders.working, { chip: "working" }, "strong"),
    number(desk, orders.partial, { chip: "working", filter: "status:partially_filled" }),
    number(desk, orders.held, { chip: "working", filter: "hold:staged,manual,wave" }),
    number(desk, orders.unresolved, { filter: "unresolved:true" }, "down"),
    number(desk, orders.rejected, { chip: "rejected" }, "warn"),
    amounts(orders.notional),
    el("td", { className: "num" }, el("a", { href: to(desk, { chip: "filled" }), className: fills.count ? "" : "none" }, `${books.get(desk).cut ? "≥ " : ""}${qty(fills.count)}`)),
    amounts(fills.value),
    el("td", { className: "num quiet" }, fills.lastAt ? `${age(now() - fills.lastAt)} ago` : "—"),
    amounts(part(results, "realised"), (amount) => signed(amount), true),
    amounts(part(results, "unrealised"), (amount) => signed(amount), true),
    number(desk, alerts.critical, {}, "down"),
    number(desk, alerts.warning, {}, "warn"),
    limitCell(limits),
    clientsCell(clients),
  );
}

function limitCell(sums) {
  if (!sums) return el("td", {}, el("span", { className: "none" }, "—"));
  const { share, limit } = sums.tightest;
  const known = Number.isFinite(share);
  const told = known ? `${share.toFixed(1)} %` : "not known";
  const fill = el("i", {});
  fill.style.width = `${known ? Math.min(share, 100) : 100}%`;
  const level = levelOf(limit);
  const words = `${limit.measure.replaceAll("_", " ")}${limit.scope.account ? `, ${limit.scope.account}` : ""}`;
  return el(
    "td",
    { className: "limit" },
    el("a", { href: "/limits/", title: `${sums.count} limits, ${sums.tight} from 80 %` },
      el("span", { className: "use", dataset: { level }, aria: { role: "img", label: `${words}: ${told} used` } }, fill),
      el("b", { className: level }, told), el("small", {}, words)),
  );
}

function totals(all) {
  const sum = (read) => all.reduce((total, one) => total + read(one), 0);
  const cell = (value) => el("td", { className: "num" }, qty(value));
  const names = ["working", "partial", "held", "unresolved", "rejected"];
  return el(
    "tr",
    {},
    el("th", { scope: "row" }, "All desks"),
    ...names.map((name) => cell(sum(({ orders }) => orders[name]))),
    amounts(together(all.map(({ orders }) => orders.notional))),
    cell(sum(({ fills }) => fills.count)),
    amounts(together(all.map(({ fills }) => fills.value))),
    el("td", {}),
    amounts(together(all.map(({ results }) => part(results, "realised"))), (amount) => signed(amount), true),
    amounts(together(all.map(({ results }) => part(results, "unrealised"))), (amount) => signed(amount), true),
    cell(sum(({ alerts }) => alerts.critical)),
    cell(sum(({ alerts }) => alerts.warning)),
    el("td", {}),
    el("td", {}),
  );
}

function draw() {
  want();
  const focused = document.activeElement?.closest("#rows a")?.getAttribute("href");
  const all = config.desks.map(sumsOf);
  $("rows").replaceChildren(...all.map(row));
  $("sums").replaceChildren(...(all.length > 1 ? [totals(all)] : []));
  if (focused) [...document.querySelectorAll("#rows a")].find((one) => one.getAttribute("href") === focused)?.focus();
  const old = Date.now() - asked.at > STALE_MS;
  $("venues").replaceChildren(
    ...(asked.state?.venues ?? []).map(({ code, up, problem }) =>
      el("span", { className: `badge venue ${old ? "" : up ? "up" : "down"}`, title: up ? "logged on" : problem }, el("span", { className: "dot" }), `${code} ${old ? "not known" : up ? "up" : "DOWN"}`)),
  );
  drawLists(books, quotes, now());
  const count = all.reduce((total, { orders }) => total + orders.total, 0);
  text("told", `${all.length} ${all.length === 1 ? "desk" : "desks"}, ${short(count)} orders`);
}

/** ↑ ↓ go from desk to desk, Enter opens the blotter of one (it is a link). */
$("rows").addEventListener("keydown", (event) => {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const row = event.target.closest("tr");
  if (!by || !row) return;
  event.preventDefault();
  const at = [...row.querySelectorAll("a")].indexOf(event.target.closest("a"));
  const next = by > 0 ? row.nextElementSibling : row.previousElementSibling;
  next?.querySelectorAll("a")[at]?.focus();
});
setInterval(draw, DRAW_MS);
setInterval(() => document.hidden || ask(), ASK_MS);
setInterval(() => text("clock", `${new Date(now()).toISOString().slice(11, 19)} UTC`), 250);
ask();
draw();
if (config.desks.length) feed.start();
