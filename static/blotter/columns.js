// What the three grids show, and how each cell is drawn. Cells are text or elements built from text, never markup.

import { el } from "./dom.js";
import {
  HOLD,
  SIDE,
  STATUS,
  TIF,
  TYPE,
  UNRESOLVED,
  age,
  average,
  isLeg,
  isOpen,
  isSpread,
  money,
  px,
  qty,
  sideTone,
  signed,
  time,
} from "./format.js";

const FLASH_MS = 450;

const plain = (format, cssClass = "") => ({ formatter: (_r, _c, value) => format(value), cssClass });
const dim = plain((value) => value || "—", "dim");
const strong = plain((value) => value, "strong");
/** A spread is called by its legs; a leg says of which it is one. */
const instrument = {
  formatter: (_r, _c, value, _m, row) =>
    isSpread(row) ? { text: row.spread || value, toolTip: "a spread at a net price", addClasses: "strong" }
    : isLeg(row) ? { text: value, toolTip: row.spread, addClasses: "strong" }
    : value,
  cssClass: "strong",
};
const dimTime = plain(time, "dim");
const tif = plain((value) => TIF[value] ?? value, "dim");
/** An emulated type is one that we watch for, because no venue takes it as it is. */
const type = {
  formatter: (_r, _c, value, _m, row) => ({
    text: `${TYPE[value] ?? value}${row.emulated ? " ⚙" : ""}${row.triggered ? " ✓" : ""}`,
    toolTip: row.emulated ? `emulated here: ${row.emulated}` : "",
    addClasses: "dim",
  }),
};
const limit = (value) => (value == null ? "MKT" : px(value));
const points = (value) => (value == null ? "—" : signed(value, (x) => x.toFixed(1)));
const number = (format, more = "") => ({ ...plain(format, `num ${more}`), headerCssClass: "num" });
const side = { formatter: (_r, _c, value) => ({ text: SIDE[value] ?? value, addClasses: sideTone(value) }) };

function column(id, name, width, drawn = plain((value) => value ?? ""), more = {}) {
  return { id, field: id, name, width, minWidth: 30, sortable: true, ...drawn, ...more };
}

/** Coloured by its sign, and the sign is printed. */
const gain = {
  headerCssClass: "num",
  cssClass: "num",
  formatter: (_r, _c, value) => ({ text: signed(value), addClasses: value > 0 ? "up" : value < 0 ? "down" : "dim" }),
};

/** A live price: flashes as it moves, dotted when it is old. */
const live = {
  headerCssClass: "num",
  cssClass: "num",
  formatter: (_r, _c, value, _m, row) => {
    const moved = row.movedAt && Date.now() - row.movedAt < FLASH_MS ? (row.rose ? "ticked-up" : "ticked-down") : "";
    return { text: px(value), addClasses: moved };
  },
};

function identity(store) {
  return (_r, _c, value, _m, row) => {
    if (row.parent_id != null) return wrap(el("span", { className: "branch", textContent: "└" }), String(value));
    const children = store.childrenOf(row.id).length;
    const sign = children ? (store.isOpen(row.id) ? "▾" : "▸") : "";
    return wrap(
      el("span", { className: "twisty", textContent: sign, dataset: { toggle: children ? row.id : "" } }),
      String(value),
      isOpen(row) && !isLeg(row) ? acts() : null,
    );
  };
}

/** For the hand at the mouse or the glass; the keyboard has A and Del. Their signs come from the style sheet. */
function acts() {
  const act = (name, title) => el("i", { title, dataset: { act: name }, aria: { hidden: "true" } });
  return el("span", { className: "acts" }, act("amend", "Amend"), act("cancel", "Cancel, after a question"));
}

function wrap(...parts) {
  return el("span", {}, ...parts);
}

/** A status; of a row also what holds it, and whether nobody knows what became of a request. */
export function statusBadge(status, { hold = "", composition = "", unresolved = false } = {}) {
  const why = hold === "manual" && composition === "block" ? "whole" : hold;
  const held = ["new", "pending_new"].includes(status) ? HOLD[why] : undefined;
  const known = held ?? STATUS[status] ?? { word: status, shape: "?", tone: "gone" };
  const { word, shape, tone } = unresolved ? UNRESOLVED : known;
  return el(
    "span",
    { className: `status ${tone}`, title: status },
    el("i", { textContent: shape, aria: { hidden: "true" } }),
    word,
  );
}

const status = {
  formatter: (_r, _c, value, _m, row) => ({ html: statusBadge(value, row), toolTip: row.text || "" }),
};

const done = {
  formatter: (_r, _c, _v, _m, row) => {
    const share = row.order_qty ? Math.min(100, (row.cum_qty / row.order_qty) * 100) : 0;
    const fill = el("span");
    fill.style.width = `${share}%`;
    const bar = el("span", { className: "bar" }, fill);
    return wrap(bar, el("em", { textContent: `${share > 0 && share < 1 ? "<1" : Math.floor(share)}%` }));
  },
};

export const LIVE_ORDER_FIELDS = ["last", "slip_bp", "done", "age"];

export function orderColumns(store, now) {
  const ages = {
    formatter: (_r, _c, value, _m, row) => age((isOpen(row) ? now() : row.updated_at) - value),
    cssClass: "num dim",
    headerCssClass: "num",
  };
  return [
    column("id", "Order", 92, { formatter: identity(store) }),
    column("ord_status", "Status", 112, status),
    column("side", "Side", 56, side),
    column("symbol", "Instrument", 84, instrument),
    column("order_qty", "Qty", 92, number(qty), { sum: true }),
    column("done", "Done", 88, done),
    column("leaves_qty", "Leaves", 88, number(qty), { sum: true }),
    column("ord_type", "Type", 62, type),
    column("price", "Limit", 76, number(limit)),
    column("stop_px", "Stop", 70, number((value) => (value == null ? "" : px(value)))),
    column("avg_px", "Avg px", 76, number(average)),
    column("last", "Last", 76, live),
    column("slip_bp", "Slip bp", 56, number(points, "dim")),
    column("time_in_force", "TIF", 42, tif),
    column("venue", "Venue", 54, dim),
    column("account", "Account", 82, dim),
    column("entered_by", "Trader", 76, dim),
    column("created_at", "Age", 62, ages),
    column("text", "Reason", 220, dim),
    column("spread", "Spread", 110, dim, { off: true }),
    column("assigned_to", "Worked by", 76, dim, { off: true }),
    column("max_floor", "Shown", 70, number(qty), { off: true }),
    column("exec_inst", "Instructions", 130, dim, { off: true }),
    column("expire_time", "Expires", 97, dimTime, { off: true }),
    column("cl_ord_id", "ClOrdID", 130, dim, { off: true }),
    column("currency", "Ccy", 42, dim, { off: true }),
    column("updated_at", "Changed", 97, dimTime, { off: true }),
    column("rev", "Version", 56, number(qty, "dim"), { off: true }),
  ];
}

const KINDS = { trade: "", trade_cancel: "BUST", trade_correct: "CORRECTED" };
const note = { formatter: (_r, _c, value) => ({ text: KINDS[value] ?? value, addClasses: "down" }) };

export function executionColumns() {
  return [
    column("transact_time", "Time", 92, dimTime),
    column("side", "Side", 54, side),
    column("symbol", "Instr", 60, strong),
    column("last_qty", "Qty", 60, number(qty), { sum: true }),
    column("last_px", "Price", 70, number(px)),
    column("last_mkt", "Venue", 46, dim),
    column("order_id", "Order", 54, dim),
    column("account", "Account", 80, dim),
    column("exec_type", "Note", 84, note),
  ];
}

export const LIVE_POSITION_FIELDS = ["mark", "unrealised", "value"];

export function positionColumns() {
  return [
    column("symbol", "Instr", 60, strong),
    column("account", "Account", 80, dim),
    column("qty", "Position", 66, number(qty), { sum: true }),
    column("unrealised", "Unrealised", 76, gain),
    column("avg_cost", "Avg cost", 72, number(average)),
    column("mark", "Mark", 66, live),
    column("realised", "Realised", 74, gain, { sum: true }),
    column("value", "Mkt value", 88, number(money)),
    column("currency", "Ccy", 40, dim),
  ];
}

/** Text that a spreadsheet would read as a formula gets an apostrophe before it. */
export const inert = (text) => (/^[=+@\t\r]|^-(?![\d.]+$)/.test(text) ? `'${text}` : text);

/** Rows as CSV, without formulas. */
export function csv(columns, rows) {
  const safe = (value) => {
    const text = inert(value == null ? "" : String(value));
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map(({ field }) => safe(row[field])).join(","));
  return `${[columns.map(({ field }) => field).join(","), ...lines].join("\r\n")}\r\n`;
}
