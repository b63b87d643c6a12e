// From the wire to rows the grids can sort: decimals become numbers for showing (never for sending), and what follows
// from a quote is worked out here, once an instrument, instead of being sent with every order.

import { isOpen, isSpread, sign } from "./format.js";

const NUMBERS = new Set([
  "order_qty",
  "price",
  "stop_px",
  "max_floor",
  "peg_offset_value",
  "cum_qty",
  "leaves_qty",
  "avg_px",
  "last_qty",
  "last_px",
  "qty",
  "avg_cost",
  "realised",
  "bought_qty",
  "sold_qty",
  "multiplier",
  "reference_price",
  "price_factor",
  "last",
  "bid",
  "offer",
  "bid_size",
  "offer_size",
]);

/** Arrays of one table to objects. */
export function decoder(columns) {
  const names = columns.map((name) => [name, NUMBERS.has(name)]);
  return (values) => {
    const row = {};
    for (let i = 0; i < names.length; i += 1) {
      const [name, numeric] = names[i];
      row[name] = numeric && values[i] !== null ? Number(values[i]) : values[i];
    }
    return row;
  };
}

/** What an order row shows beside what was sent. Slippage in basis points: positive is worse than the limit or touch. */
export function completeOrder(order, quote) {
  order.done = order.order_qty ? order.cum_qty / order.order_qty : 0;
  if (quote) moveOrder(order, quote);
  return order;
}

export function moveOrder(order, quote) {
  if (!isOpen(order) && order.last != null) return false;
  const { last } = quote;
  if (last === order.last) return false;
  if (order.last != null) flash(order, order.last, last);
  order.last = last;
  const paid = order.avg_px ?? null;
  order.slip_bp = paid === null || !last || isSpread(order) ? null : ((paid - last) / last) * 10_000 * sign(order.side);
  return true;
}

export function movePosition(position, quote) {
  const mark = quote?.last ?? position.reference_price;
  if (mark === position.mark && position.valuedAt === position.rev) return false;
  if (position.mark != null) flash(position, position.mark, mark);
  const unit = (position.multiplier ?? 1) * (position.price_factor ?? 1);
  Object.assign(position, {
    mark,
    valuedAt: position.rev,
    value: mark === null ? null : position.qty * mark * unit,
    unrealised: mark === null ? null : position.qty * (mark - position.avg_cost) * unit,
  });
  return true;
}

function flash(row, before, now) {
  if (before === now) return;
  row.rose = now > before;
  row.movedAt = Date.now();
}

/** Realised and unrealised by currency: amounts in different money are never added up. */
export function profits(positions) {
  const sums = new Map();
  for (const { currency, realised, unrealised } of positions) {
    const sum = sums.get(currency) ?? { realised: 0, unrealised: 0 };
    sum.realised += realised ?? 0;
    sum.unrealised += unrealised ?? 0;
    sums.set(currency, sum);
  }
  return sums;
}
