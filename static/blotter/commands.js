// What keys and buttons do on the blotter page.

import { csv } from "./columns.js";
import { copyRows } from "./copy.js";
import { ColumnList } from "./columnlist.js";
import { $, el } from "./dom.js";
import { Hotkeys } from "./hotkeys.js";
import { resume } from "./resume.js";

const SHOWN = ["all", "working", "filled", "canceled", "rejected"];

export function bindCommands(page) {
  const hotkeys = new Hotkeys();
  const desk = { ...page, columns: new ColumnList(page.grids) };
  orderKeys(hotkeys, desk);
  ticketKeys(hotkeys);
  ladderKeys(hotkeys, desk);
  rowKeys(hotkeys);
  viewKeys(hotkeys, desk);
  buttons(hotkeys, desk);
}

function orderKeys(hotkeys, desk) {
  const { grids, actions, alerts } = desk;
  const picks = () => grids.orders.pickedRows();
  const amend = () => (picks().length === 1 ? actions.amend(picks()[0]) : alerts.say("Select one order to amend."));
  const add = (keys, shown, words, run) => hotkeys.add("Orders", keys, shown, words, run);
  add(["n"], "N", "New order ticket", () => newTicket(desk));
  add(["b"], "B", "Buy the selected instrument", () => newTicket(desk, "buy"));
  add(["s"], "S", "Sell the selected instrument", () => newTicket(desk, "sell"));
  add(["g"], "G", "New spread: several legs at a net price", () => desk.spreads.open());
  add(["y"], "Y", "Order templates: fill in the ticket from one, or keep it as one", () => desk.templates.open());
  add(["a"], "A", "Amend the selected order", amend);
  add(["v"], "V", "Override: to its reason, send the ticket with what was granted, or bring such a ticket back", () => desk.ticket.overrule() || resume(desk));
  add(["w"], "W", "Work the selected orders: accept, slice, fill, merge, split, link, note", () => desk.work.open(picks()));
  add(["t"], "T", "Baskets: paste, try, enter, release by wave", () => desk.basket.open());
  add(["x"], "X", "Cancel what the filter shows, or the selected orders, after a look", () => desk.filtered.cancel(picks()));
  add(["m"], "M", "Amend what the filter shows, or the selected orders, after a look", () => desk.filtered.amend(picks()));
  add(["Delete", "Backspace"], "Del", "Cancel the selected orders", () => actions.cancel(picks()));
}

/** The ticket and the rows take these themselves; here they are only listed. */
function ticketKeys(hotkeys) {
  const add = (shown, words) => hotkeys.add("In the ticket", [], shown, words);
  add("Tab", "Instrument, side, quantity, type, price, TIF, account");
  add("B S X", "Buy, sell, sell short (on the side)");
  add("25k 1.2m 50%", "Quantities in short; a percentage is of the position");
  add("mid bid +2t", "Prices by the touch: also offer, last, bid+1t");
  add("↑ ↓", "Price by a tick, with Shift by ten");
  add("Enter", "Show what would be sent, again: send");
  add("Shift Enter", "Ask risk first: each check with its numbers, and nothing is sent");
  add("Ctrl Enter", "Send at once");
}

function ladderKeys(hotkeys, { ladder }) {
  const add = (keys, shown, words, run) => hotkeys.add("On the ladder", keys, shown, words, run);
  add(["d"], "D", "Go to the ladder", () => ladder.focus());
  add([], "L", "Arm, so that a click or a key sends; again: disarm");
  add([], "↑ ↓", "To another price");
  add([], "B S", "Buy, sell at that price, when armed");
  add([], "Del", "Cancel the desk's orders at that price");
  add([], "Q", "To the quantity, Enter comes back");
  add([], "C", "Build it round the market anew");
}

function rowKeys(hotkeys) {
  const add = (keys, shown, words, run) => hotkeys.add("Rows", keys, shown, words, run);
  add(["o"], "O", "Go to the orders", () => $("orders-grid").focus());
  add(["e"], "E", "Go to the executions", () => $("executions-grid").focus());
  add(["p"], "P", "Go to the positions", () => $("positions-grid").focus());
  add(["h"], "H", "Go to the timeline of the order", () => $("timeline").focus());
  add([], "↑ ↓", "Move, with Shift extend");
  add([], "Ctrl ↑ ↓, Space", "Move and keep what is selected; one row more, or one less");
  add([], "→ ←", "Open and close the children");
  add([], "Enter", "Open the order's page");
}

function viewKeys(hotkeys, { columns, alerts, filterBar, views, link }) {
  const add = (keys, shown, words, run) => hotkeys.add("View", keys, shown, words, run);
  const turnLinked = () => {
    $("linked").checked = !$("linked").checked;
    link();
  };
  add(["F2"], "F2", "Saved views: columns, order, sort and filter under a name", () => views.open());
  add(["c"], "C", "Columns of the table you are in: sorted, under headings, shown, moved", () => columns.open());
  add([], "Enter", "From the filter to what it found");
  add([], "Ctrl C", "Copy the selected rows to a spreadsheet, with Shift their headers too");
  add(["/"], "/", "Filter", () => $("filter").focus());
  SHOWN.forEach((name, nth) => add([String(nth + 1)], String(nth + 1), `Show ${name}`, () => filterBar.showNth(nth)));
  add(["u"], "U", "Up to the bar: pages, desk, theme, signing out", () => document.querySelector(".topbar a").focus());
  add(["l"], "L", "Executions of the selected order only", turnLinked);
  add(["k"], "K", "Acknowledge all alerts", () => alerts.acknowledgeAll());
  add(["?"], "?", "These keys", () => hotkeys.overlay());
}

function buttons(hotkeys, desk) {
  const { grids, actions, link } = desk;
  const picks = () => grids.orders.pickedRows();
  const on = (id, run) => $(id).addEventListener("click", run);
  on("help", () => hotkeys.overlay());
  on("do-amend", () => actions.amend(picks()[0]));
  on("do-work", () => desk.work.open(picks()));
  on("do-basket", () => desk.basket.open());
  on("do-spread", () => desk.spreads.open());
  on("do-cancel", () => actions.cancel(picks()));
  on("do-cancel-filtered", () => desk.filtered.cancel(picks()));
  on("do-amend-filtered", () => desk.filtered.amend(picks()));
  on("do-views", () => desk.views.open());
  on("do-columns", () => desk.columns.open());
  on("do-csv", () => download(desk));
  for (const grid of Object.values(grids)) copyRows(grid);
  $("linked").addEventListener("change", link);
}

/** Empty, or for the instrument of the selected order. */
async function newTicket({ grids, api, ticket }, side) {
  const [order] = grids.orders.pickedRows();
  if (!side || !order) {
    ticket.open({ side });
    return;
  }
  const { ok, body } = await api.get(`/api/v1/blotter/instrument?id=${order.instrument_id}`);
  ticket.open({ side, instrument: ok ? body : undefined });
}

/** What the grid shows now, as CSV. */
function download({ grids, stores, config }) {
  const list = Array.from({ length: stores.orders.len() }, (_, at) => stores.orders.get(at)).filter(({ heading }) => !heading);
  const blob = new Blob([csv(grids.orders.columns(), list)], { type: "text/csv" });
  const name = `orders-${config.desk}-${config.business_date}.csv`;
  const anchor = el("a", { href: URL.createObjectURL(blob), download: name });
  anchor.click();
  URL.revokeObjectURL(anchor.href);
}
