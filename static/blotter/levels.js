// The levels of a price ladder: what each venue bids and offers at a price, and what the desk itself has working there.
// Exact prices as text on the way in and out; no page needed.

import { isOpen, isSpread, moveByTicks, sideTone } from "./format.js";

/** Working limit orders that stand in the market under their price: whole orders, not the children they were split into. */
export const stands = (order) => order.parent_id == null && isOpen(order) && order.price != null && !isSpread(order);

/** The price that the ladder is built round: the middle of the quote, else its one side, else the last; on a tick. */
export function centreOf({ bid, offer, last }, tick) {
  const at = bid != null && offer != null ? (bid + offer) / 2 : (bid ?? offer ?? last);
  if (at == null) return null;
  const text = at.toFixed(8);
  return moveByTicks(moveByTicks(text, tick(text), 1), tick(text), -1);
}

/**
 * Levels from `half` ticks above the centre to `half` below, the highest price first; prices between ticks at which somebody
 * stands have a level, too. Each: {price, bid, offer (sizes), bids, offers ([[MIC, size]]), buy, sell (ours), orders, best}.
 */
export function levels({ quote, orders, tick, centre, half }) {
  const prices = ticks(centre, tick, half);
  const [top, bottom] = [Number(prices[0]), Number(prices.at(-1))];
  const made = new Map(prices.map((price) => [Number(price), empty(price)]));
  const at = (price) => {
    if (price > top || price < bottom) return null;
    if (!made.has(price)) made.set(price, empty(String(price)));
    return made.get(price);
  };
  for (const [mic, bid, bidSize, offer, offerSize] of quote?.venues ?? []) {
    quoted(at, "bid", "bids", bid, [mic, bidSize]);
    quoted(at, "offer", "offers", offer, [mic, offerSize]);
  }
  const beyond = { above: 0, below: 0 };
  for (const order of orders) {
    const level = at(order.price);
    if (!level) beyond[order.price > top ? "above" : "below"] += 1;
    else {
      level[sideTone(order.side)] += order.leaves_qty;
      level.orders.push(order);
    }
  }
  const list = [...made.values()].sort((a, b) => Number(b.price) - Number(a.price));
  for (const level of list) {
    const price = Number(level.price);
    level.best = price === quote?.bid ? "bid" : price === quote?.offer ? "offer" : "";
  }
  return { list, ...beyond };
}

function empty(price) {
  return { price, bid: 0, offer: 0, bids: [], offers: [], buy: 0, sell: 0, orders: [], best: "" };
}

function quoted(at, sum, list, price, [mic, size]) {
  const level = price == null ? null : at(Number(price));
  if (!level) return;
  level[sum] += Number(size ?? 0);
  level[list].push([mic, Number(size ?? 0)]);
}

function ticks(centre, tick, half) {
  const above = [];
  const below = [];
  for (let n = 0, price = centre; n < half; n += 1) above.unshift((price = moveByTicks(price, tick(price), 1)));
  for (let n = 0, price = centre; n < half; n += 1) {
    const next = moveByTicks(price, tick(price), -1);
    if (next === price || Number(next) <= 0) break;
    below.push((price = next));
  }
  return [...above, centre, ...below];
}

/** Whether the best prices have left what is shown, so that it must be built round them anew. */
export function lost(quote, list) {
  const [top, bottom] = [Number(list[0]?.price), Number(list.at(-1)?.price)];
  return [quote?.bid, quote?.offer].some((price) => price != null && (price > top || price < bottom));
}
