// Whether the same was entered a moment ago: account, instrument, side and quantity. No page needed.

export const WITHIN_MS = 30_000;
// Refused by us or by the venue, and taken back unfilled: nothing of it is there to be doubled.
const NOTHING = new Set(["rejected", "canceled", "expired"]);

/** The newest order that the terms would repeat, and how long ago, or null. now: ms by the server's clock. */
export function repeats({ account, side, order_qty: quantity }, instrument, orders, now) {
  let last = null;
  for (const order of orders) {
    if (order.parent_id != null || order.account !== account || order.side !== side) continue;
    if (order.instrument_id !== instrument || order.order_qty !== Number(quantity)) continue;
    if (now - order.created_at > WITHIN_MS || (NOTHING.has(order.ord_status) && !order.cum_qty)) continue;
    if (!last || order.id > last.id) last = order;
  }
  return last && { order: last, ago: Math.max(0, now - last.created_at) };
}
