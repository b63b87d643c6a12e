// The blotter page: stores, feed, grids and panels put together.

import { Actions } from "./actions.js";
import { Basket } from "./basket.js";
import { Work } from "./work.js";
import { Alerts } from "./alerts.js";
import { Api } from "./api.js";
import { Chart } from "./chart.js";
import { LIVE_ORDER_FIELDS, LIVE_POSITION_FIELDS } from "./columns.js";
import { bindCommands } from "./commands.js";
import { $, text } from "./dom.js";
import { Feed } from "./feed.js";
import { FilterBar } from "./filterbar.js";
import { Filtered } from "./filtered.js";
import { qty } from "./format.js";
import { History } from "./history.js";
import { Ladder } from "./ladder.js";
import { loadBars, loadSnapshot } from "./load.js";
import { Latency } from "./latency.js";
import { Market } from "./market.js";
import { drawOwn } from "./own.js";
import { Pace } from "./pace.js";
import { showProfits } from "./profits.js";
import { completeOrder, decoder, movePosition } from "./rows.js";
import { Popouts, instrumentOfAddress } from "./popout.js";
import { SpreadTicket } from "./spread.js";
import { Standing } from "./standing.js";
import { Stopped } from "./stopped.js";
import { Store } from "./store.js";
import { makeGrids } from "./tables.js";
import { Templates } from "./templates.js";
import { Ticket } from "./ticket.js";
import { TopBar } from "./topbar.js";
import { Unseen } from "./unseen.js";
import { Views } from "./views.js";

const config = JSON.parse($("config").textContent);
const api = new Api({ csrf: config.csrf });
const latency = new Latency();
const stores = {
  orders: new Store({ parent: "parent_id", link: "instrument_id", live: LIVE_ORDER_FIELDS }),
  executions: new Store({ link: "instrument_id" }),
  positions: new Store({ link: "instrument_id", live: LIVE_POSITION_FIELDS }),
};
const decoders = Object.fromEntries(Object.entries(config.schema).map(([table, columns]) => [table, decoder(columns)]));
const pace = new Pace(() => {
  for (const grid of Object.values(grids)) grid.tick();
  ladder.draw();
  latency.painted(Date.now());
});
const paint = () => pace.ask();

// Of what the desk's own clock says nothing depends: it may be wrong by hours.
const now = () => latency.serverTime(Date.now());
const topbar = new TopBar({ desk: config.desk, now, restyled: () => chart.restyle() });
const standing = new Standing({ desk: config.desk, blank });
const live = () => (topbar.state === "offline" ? `Not connected: ${topbar.why}` : standing.why);
const alerts = new Alerts({
  order: (id) => showOrder(id),
  mine: ({ order_id: id }) => stores.orders.row(id)?.entered_by === config.user,
  heard: (events) => [ticket, actions, spreads].forEach((one) => one.heard(events)),
});
// What every dialog that sends something needs to know.
const door = { may: config.may_change, live, tell: (words) => alerts.say(words), pace };
const actions = new Actions(api, door);
const work = new Work(api, door);
const basket = new Basket(api, { ...door, picks: () => grids.orders.pickedRows() });
const spreads = new SpreadTicket(api, { ...door, may: config.may_trade, entered: (id) => awaitOrder(id) });
const history = new History(api);
const market = new Market(stores.orders, stores.positions, quoted);
const chart = new Chart($("chart"), (instrument) => loadBars(api, instrument), now);
const ladder = new Ladder(api, {
  live, now, market, may: config.may_trade, orders: stores.orders, account: () => $("t-account").value, cancel: (list) => actions.cancel(list),
});
const ticket = new Ticket(api, {
  live,
  pace,
  entered: () => stores.orders.rows(),
  now,
  held: ({ instrument, account }) =>
    [...stores.positions.rows()].find((row) => row.instrument_id === instrument && row.account === account)?.qty,
  on: { instrument: (instrument) => looksAt("ticket", instrument), entered: (id) => awaitOrder(id) },
});
const templates = new Templates(api, { ticket, say: door.tell });
const grids = makeGrids(stores, {
  nonce: config.nonce,
  now,
  on: {
    orders: {
      pick: picked,
      act: (name, row) => (name === "cancel" ? actions.cancel([row]) : actions.amend(row)),
      enter: ({ id }) => popouts.order(id),
    },
    executions: { enter: ({ order_id: id }) => showOrder(id), unseen: (id) => unseen?.has(id) },
    positions: { pick: ([row]) => row && looksAt("chart", instrumentOf(row)) },
  },
});
const unseen = new Unseen(grids.executions, () => grids.executions.repaint());
const stopped = new Stopped(api, config.desk);
const filterBar = new FilterBar(stores.orders, config.filter, { changed: () => pace.now(), say: door.tell });
const filtered = new Filtered(api, { ...door, desk: config.desk, asked: () => filterBar.asked });
const views = new Views(api, { tables: grids, shown: filterBar, desk: config.desk, say: door.tell });
const popouts = new Popouts({ desk: config.desk, shown: () => chart.instrument, told: followed });
const feed = new Feed({
  desk: config.desk,
  tables: ["orders", "executions", "positions", "events"],
  tab: config.tab,
  schema: config.schema,
  open: () => new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/blotter/`),
  load: loadSnapshot,
  on: {
    snapshot,
    rows,
    quotes: (list) => {
      market.take(list);
      paint();
    },
    state,
    beat: ({ ts }) => latency.beat(ts, Date.now()),
    perms: (now, before) => {
      standing.perms(now, before);
      ticket.feedChanged();
    },
    latency: () => latency.percentiles(),
  },
});

// From the feed

function snapshot(table, list) {
  const decoded = list.map((values) => complete(table, decoders[table](values)));
  if (table === "events") alerts.replace(decoded);
  else stores[table].replace(decoded);
  if (table === "executions") unseen.replaced(decoded);
  if (table === "orders" && !chart.instrument && decoded.length) looksAt("chart", instrumentOf(decoded[0]));
  if (table === "orders" && awaited !== null) awaitOrder(awaited);
  paint();
}

function rows(table, list, gone, frame) {
  const decoded = list.map((values) => complete(table, decoders[table](values)));
  latency.arrived(frame);
  if (table === "events") {
    alerts.add(decoded);
    stopped.heard(decoded);
  } else {
    stores[table].put(decoded);
    stores[table].remove(gone);
  }
  if (table === "executions") unseen.came(decoded);
  if (table === "orders") follow(decoded);
  paint();
}

function complete(table, row) {
  const quote = market.of(row.instrument_id);
  if (table === "orders") return completeOrder(Object.assign(row, { desk: config.desk }), quote);
  if (table === "positions") movePosition(row, quote);
  return row;
}

function state(name, why) {
  topbar.feed(name, why);
  standing.feed(name, feed);
  ticket.feedChanged();
  if (name === "live") loadQuotes().catch(() => null); // the stream brings them, too, as they move
}

/** What may not be seen any more goes: the tables empty themselves. */
function blank() {
  looksAt("chart", null);
  for (const one of [chart, ladder]) one.show(null);
  market.clear();
  history.clear();
}

async function loadQuotes() {
  const { rows: list } = await loadSnapshot(`/api/v1/blotter/quotes/snapshot?desk=${encodeURIComponent(config.desk)}`);
  market.take(list);
  paint();
}

function quoted(quote) {
  if (quote.id === ticket.instrument?.id) ticket.quoted(quote);
  if (quote.id === chart.instrument?.id) chart.quoted(quote);
}

// What the trader looks at

let awaited = null;
// The order that executions and windows are linked to.
let attended = null;

function picked(list) {
  const allowed = actions.allowed(list);
  $("do-amend").disabled = !allowed.amend;
  $("do-cancel").disabled = !allowed.cancel;
  if (list.length === 1) {
    const [order] = list;
    attend(order.parent_id ?? order.id, order.id, instrumentOf(order));
    popouts.selected(order.id, instrumentOf(order));
  }
  link();
}

/** One order is looked at, here or in another window of the desk. */
function attend(root, id, instrument) {
  attended = root;
  history.show(id);
  looksAt("chart", instrument);
}

/** Something was selected in another window. */
function followed({ order, instrument }) {
  attend(stores.orders.row(order)?.parent_id ?? order, order, instrument);
  link();
}

const instrumentOf = ({ instrument_id: id, symbol }) => ({ id, symbol });

/** The timeline on show grows with its order; the order just entered is picked as it appears. */
function follow(changed) {
  history.follow(changed);
  if (awaited !== null && stores.orders.row(awaited)) awaitOrder(awaited);
  if (changed.some(({ id }) => grids.orders.picked.has(id))) {
    const allowed = actions.allowed(grids.orders.pickedRows());
    $("do-amend").disabled = !allowed.amend;
    $("do-cancel").disabled = !allowed.cancel;
  }
}

function awaitOrder(id) {
  awaited = stores.orders.row(id) ? null : id;
  if (awaited === null) grids.orders.pickOnly(id);
}

function showOrder(id) {
  const order = stores.orders.row(id);
  if (!order) {
    popouts.order(id);
    return;
  }
  if (order.parent_id != null) stores.orders.toggle(order.parent_id, true);
  grids.orders.pickOnly(id);
  const at = stores.orders.indexOf(id);
  if (at >= 0) grids.orders.grid.scrollRowIntoView(at);
}

function looksAt(who, instrument) {
  market.extra.set(who, instrument?.id ?? null);
  if (instrument) for (const one of [chart, ladder]) one.show(instrument);
  const quote = instrument && market.of(instrument.id);
  if (quote) quoted(quote);
  everySecond();
}

function link() {
  const root = attended;
  stores.executions.setFilter($("linked").checked && root !== null ? (row) => row.order_id === root : null);
  pace.now();
}

// Once a second: sums, counts, ages, quotes to ask for

function everySecond() {
  const wanted = market.interest();
  if (wanted) feed.want(...wanted);
  topbar.figures(latency.percentiles(), latency.onTheWay(), feed.sequence);
  filterBar.count();
  chart.age(market.of(chart.instrument?.id));
  ladder.draw();
  const list = grids.orders.pickedRows();
  text("rows", `Rows ${qty(stores.orders.len())} of ${qty(stores.orders.size)}`);
  text(
    "picked",
    list.length
      ? `Selected ${list.length} · working ${qty(list.reduce((sum, { leaves_qty: leaves }) => sum + leaves, 0))}`
      : "",
  );
  showProfits($("pnl"), stores.positions.rows());
  drawOwn(chart, stores);
}

bindCommands({ grids, ladder, templates, stores, actions, work, basket, filtered, spreads, alerts, ticket, filterBar, views, api, config, link });
if (instrumentOfAddress(location.search)) looksAt("chart", instrumentOfAddress(location.search));
const wanted = new URLSearchParams(location.search).get("order") ?? "";
if (/^\d{1,15}$/.test(wanted)) awaitOrder(Number(wanted));
views.start(location.search);
setInterval(everySecond, 1000);
setInterval(() => grids.orders.repaint(), 10_000);
if (config.desk) for (const one of [feed, stopped]) one.start();
