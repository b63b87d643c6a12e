// The ticket's fields as they are typed, so that a template can keep and fill them. Names are those of the inputs.

import { $ } from "./dom.js";

const TYPED = ["qty", "type", "price", "tif", "stop", "trail", "peg", "offset", "cap", "display", "expire", "handling", "account"];
const NAMED = { trail_unit: "trail-unit" };
const TICKED = ["post", "reduce"];
const input = (name) => $(`t-${NAMED[name] ?? name}`);
/** The input of a field of the order, by the name REST gives it. */
export const INPUT_OF = { order_qty: "t-qty", price: "t-price", symbol: "t-instrument", account: "t-account", stop_px: "t-stop",
  max_floor: "t-display", expire_time: "t-expire", peg_offset_value: "t-offset" };
const ALL = [...TYPED, ...Object.keys(NAMED)];

/** Everything that is filled in and shown; with the instrument and the side. */
export function keptTicket(instrument, side) {
  const kept = { side };
  if (instrument) Object.assign(kept, { symbol: instrument.symbol, mic: instrument.primary_mic });
  for (const name of ALL) if (input(name).value && !input(name).closest("[hidden]")) kept[name] = input(name).value;
  for (const name of TICKED) if (input(name).checked) kept[name] = "yes";
  return kept;
}

/** The types first: they decide what else is asked for (shown by `show`). An account that is not there stays as it is. */
export function fillTicket(kept, show) {
  for (const name of ["type", "tif", "handling"]) if (kept[name]) input(name).value = kept[name];
  show();
  for (const name of ALL) {
    if (!(name in kept) || input(name).closest("[hidden]")) continue;
    const known = input(name).tagName !== "SELECT" || [...input(name).options].some(({ value }) => value === kept[name]);
    if (known) input(name).value = kept[name];
  }
  for (const name of TICKED) input(name).checked = kept[name] === "yes" && !input(name).disabled;
}

/** What an override was granted for, as a ticket. */
export function fromGrant({ ord_type: type, order_qty: qty, price, account, terms }) {
  const has = (instruction) => ((terms.exec_inst ?? "").includes(instruction) ? "yes" : "");
  return {
    type, qty, account, price: price ?? "", tif: terms.time_in_force, reduce: has("do_not_increase"), post: has("participate_dont_initiate"),
  };
}
