// What the ticket says of the market and of what the order comes to, before anything is sent.

import { el } from "./dom.js";
import { distance, money, notional, px } from "./format.js";

/** Names and values as the terms, the quote and the instrument have them; each may still be missing. */
export function summary(terms, quote, instrument) {
  const touch = quote && (terms.side === "buy" ? quote.offer : quote.bid);
  const price = Number(terms.price ?? terms.stop_px ?? 0) || touch;
  const lines = [];
  if (quote) lines.push(["Bid × offer", `${px(quote.bid)} × ${px(quote.offer)}`]);
  if (price && terms.order_qty && instrument)
    lines.push(["Notional", `${instrument.currency} ${money(notional(instrument, terms.order_qty, price))}`]);
  if (price && touch && terms.ord_type === "limit")
    lines.push(["Against the touch", distance(price, touch, terms.side)]);
  return lines.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]);
}
