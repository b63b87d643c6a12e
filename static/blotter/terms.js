// What an order of each type is asked for beside instrument, side, quantity and account. The server decides; this shows.

import { $ } from "./dom.js";
import { TIF, TYPE, padded, px, qty, typedPrice, typedQty } from "./format.js";

const [PRICE, STOP, TRAIL, PEG] = ["price", "stop", "trail", "peg"];
const ASKS = {
  limit: [PRICE],
  market: [],
  stop: [STOP],
  stop_limit: [STOP, PRICE],
  market_if_touched: [STOP],
  limit_if_touched: [STOP, PRICE],
  trailing_stop: [TRAIL],
  market_to_limit: [],
  pegged: [PEG],
};
// Inputs that belong to a kind of term, and the field of the order they fill.
const INPUTS = [
  { id: "t-price", field: "price", of: PRICE, read: typedPrice, missing: "a price" },
  { id: "t-stop", field: "stop_px", of: STOP, read: typedPrice, missing: "a stop price" },
  { id: "t-trail", field: "peg_offset_value", of: TRAIL, read: typedPrice, missing: "a trailing amount" },
  { id: "t-cap", field: "price", of: PEG, read: typedPrice },
  { id: "t-offset", field: "peg_offset_value", of: PEG, read: typedPrice },
];
const HANDLING = {
  care: { handl_inst: "manual", hold: "manual" },
  staged: { hold: "staged" },
};

export class Terms {
  constructor() {
    $("t-type").addEventListener("change", () => this.show());
    $("t-tif").addEventListener("change", () => this.show());
    this.show();
  }

  get #type() {
    return $("t-type").value;
  }

  /** As for a fresh ticket. */
  clear() {
    for (const { id } of INPUTS) $(id).value = "";
    for (const id of ["t-display", "t-expire"]) $(id).value = "";
    for (const id of ["t-post", "t-reduce"]) $(id).checked = false;
    $("t-type").value = "limit";
    $("t-tif").value = "day";
    $("t-handling").value = "";
    this.show();
  }

  /** Show what this type is asked for; what is not shown is empty and not sent. */
  show() {
    const asks = ASKS[this.#type];
    for (const field of $("ticket").querySelectorAll("[data-of]")) {
      const wanted = field.dataset.of.split(" ").some((kind) => asks.includes(kind) || kind === this.#type);
      field.hidden = !wanted;
      if (!wanted) for (const input of field.querySelectorAll("input")) input.value = "";
    }
    $("t-price").disabled = !asks.includes(PRICE);
    if ($("t-price").disabled) $("t-price").value = "";
    $("t-expire").closest("label").hidden = $("t-tif").value !== "good_till_date";
    const limit = this.#type === "limit" || this.#type === "pegged";
    $("t-post").disabled = !limit;
    if (!limit) $("t-post").checked = false;
  }

  /** The fields to send, and the words for what is missing. */
  read() {
    const [fields, missing] = [{ ord_type: this.#type, time_in_force: $("t-tif").value }, []];
    for (const { id, field, of, read, missing: words } of INPUTS) {
      if (!ASKS[this.#type].includes(of)) continue;
      const value = read($(id).value);
      if (value !== null) fields[field] = value;
      else if (words) missing.push(words);
    }
    if (this.#type === "pegged") fields.peg_price_type = $("t-peg").value;
    if (fields.peg_offset_value) fields.peg_offset_type = this.#type === "pegged" ? "price" : $("t-trail-unit").value;
    const display = $("t-display").closest("label").hidden ? null : typedQty($("t-display").value);
    if (display) fields.max_floor = display;
    if (fields.time_in_force === "good_till_date") {
      if ($("t-expire").value) fields.expire_time = `${$("t-expire").value}:00Z`;
      else missing.push("an expiry (UTC)");
    }
    const instructions = [
      [$("t-reduce").checked, "do_not_increase"],
      [$("t-post").checked, "participate_dont_initiate"],
    ].filter(([on]) => on);
    if (instructions.length) fields.exec_inst = instructions.map(([, name]) => name).join(" ");
    return { fields: { ...fields, ...HANDLING[$("t-handling").value] }, missing };
  }

  /** The terms in words, behind side, quantity and instrument. */
  words(fields) {
    return [wordsOf(fields), fields.hold === "staged" ? "STAGED" : fields.hold === "manual" ? "CARE" : ""]
      .filter(Boolean)
      .join(" ");
  }

  tidy(id, tick) {
    const value = typedPrice($(id).value);
    if (value !== null) $(id).value = padded(value, tick);
    return value !== null || !$(id).value.trim();
  }
}

/** "@ 190.50", "STOP 188.00 @ 187.50", "PEG MIDPOINT ≤ 191.00 GTC": an order's terms, from a ticket or from a row. */
export function wordsOf(order) {
  const number = (value) => px(Number(value));
  const parts = [];
  if (order.ord_type === "limit") parts.push(`@ ${number(order.price)}`);
  else if (order.ord_type === "market") parts.push("at market");
  else if (order.ord_type === "trailing_stop")
    parts.push(
      `TRAIL ${order.peg_offset_type === "basis_points" ? `${order.peg_offset_value} bp` : number(order.peg_offset_value)}`,
    );
  else if (order.ord_type === "pegged") {
    const offset = Number(order.peg_offset_value ?? 0);
    parts.push(`PEG ${(order.peg_price_type ?? "").toUpperCase()}`);
    if (offset) parts.push(offset > 0 ? `+${offset}` : `−${-offset}`);
    if (order.price != null) parts.push(`cap ${number(order.price)}`);
  } else {
    parts.push(TYPE[order.ord_type] ?? order.ord_type);
    if (order.stop_px != null) parts.push(number(order.stop_px));
    if (order.price != null) parts.push(`@ ${number(order.price)}`);
  }
  if (order.max_floor) parts.push(`showing ${qty(Number(order.max_floor))}`);
  const instructions = order.exec_inst ?? "";
  if (instructions.includes("participate_dont_initiate")) parts.push("POST");
  if (instructions.includes("do_not_increase")) parts.push("REDUCE");
  if (order.time_in_force && order.time_in_force !== "day") parts.push(TIF[order.time_in_force]);
  return parts.join(" ");
}
