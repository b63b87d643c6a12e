// What each desk's rows come to, for who looks after several desks. Amounts in different money are never added up.
// No page needed.

import { isLeg, isOpen, isSpread } from "./format.js";
import { profits } from "./rows.js";

const PARTS = new Set(["partially_filled"]);

/** What a quantity at a price is worth in the instrument's currency. */
const worth = (row, quantity, price) => quantity * price * (row.multiplier ?? 1) * (row.price_factor ?? 1);

function add(sums, currency, amount) {
  sums.set(currency, (sums.get(currency) ?? 0) + amount);
}

/** Numbers of whole orders by what is the matter with them, and what still works, at limit or else at the last price. */
export function orderSums(orders, quoteOf) {
  const sums = { total: 0, working: 0, partial: 0, held: 0, unresolved: 0, rejected: 0, notional: new Map(), unpriced: 0 };
  for (const order of orders) {
    if (order.parent_id != null || isLeg(order)) continue;
    sums.total += 1;
    if (order.ord_status === "rejected") sums.rejected += 1;
    if (order.unresolved) sums.unresolved += 1;
    if (!isOpen(order)) continue;
    sums.working += 1;
    if (PARTS.has(order.ord_status)) sums.partial += 1;
    if (["staged", "manual", "wave"].includes(order.hold)) sums.held += 1;
    if (isSpread(order)) continue;
    const price = order.price ?? quoteOf(order.instrument_id)?.last;
    if (price == null) sums.unpriced += 1;
    else add(sums.notional, order.currency, worth(order, order.leaves_qty, price));
  }
  return sums;
}

/** Fills since `since` (ms): how many, and what they come to. orderOf(id): the order, which knows its instrument's unit. */
export function fillSums(executions, orderOf, since) {
  const sums = { count: 0, value: new Map(), lastAt: 0 };
  for (const one of executions) {
    if (one.exec_type !== "trade" || one.transact_time < since) continue;
    sums.count += 1;
    sums.lastAt = Math.max(sums.lastAt, one.transact_time);
    add(sums.value, one.currency, worth(orderOf(one.order_id) ?? {}, one.last_qty, one.last_px));
  }
  return sums;
}

/** Alerts and refusals since `since` that are more than news. */
export function alertSums(events, since) {
  const recent = events.filter(({ at, severity }) => at >= since && severity >= 2);
  return { critical: recent.filter(({ severity }) => severity >= 3).length, warning: recent.filter(({ severity }) => severity === 2).length };
}

/** By currency {realised, unrealised}, as the blotter has them. */
export const resultSums = profits;

/** The limits of each desk, its own and its accounts', by desk: how many, how many are tight, and the tightest. */
export function limitSums(limits, accounts) {
  const desks = new Map();
  for (const limit of limits) {
    const desk = limit.scope.desk ?? accounts[limit.scope.account];
    if (!desk) continue;
    const sums = desks.get(desk) ?? { count: 0, tight: 0, tightest: null };
    desks.set(desk, sums);
    sums.count += 1;
    const share = limit.percent === null ? Infinity : Number(limit.percent);
    if (share >= 80) sums.tight += 1;
    if (!sums.tightest || share > sums.tightest.share) sums.tightest = { share, limit };
  }
  return desks;
}

/** Sums of several desks' sums by currency. */
export function together(maps) {
  const sums = new Map();
  for (const map of maps) for (const [currency, amount] of map) add(sums, currency, amount);
  return sums;
}
