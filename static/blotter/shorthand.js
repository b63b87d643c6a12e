// What a trader types for a price or a quantity, spelled out: `mid`, `bid+1t`, `+2t`, `50%`. Exact decimals; no page needed.

import { moveByTicks } from "./format.js";

const SPOKEN = /^(bid|b|offer|ask|a|mid|m|last)?\s*(?:([+-])\s*(\d{1,4})\s*t)?$/i;
const NAMES = { b: "bid", a: "offer", ask: "offer", m: "mid" };

/** A price in plain digits, or null when `text` is no shorthand or the quote does not say.
 *
 * Without a name `+2t` counts from the near touch: the bid of a buy, the offer of a sale. The middle of a spread of an odd
 * number of ticks is put on the tick that is no worse: down for a buy, up for a sale. tick(price): the tick there. */
export function spelledPrice(text, { bid, offer, last }, side, tick) {
  const found = SPOKEN.exec(text.trim());
  if (!found || !(found[1] || found[2])) return null;
  const said = (found[1] ?? (side === "buy" ? "bid" : "offer")).toLowerCase();
  const name = NAMES[said] ?? said;
  const start = name === "mid" ? middle(bid, offer, side, tick) : plain({ bid, offer, last }[name]);
  if (start === null) return null;
  const steps = Number(found[3] ?? 0) * (found[2] === "-" ? -1 : 1);
  return steps ? moveByTicks(start, tick(start), steps) : start;
}

/** `50%` of what is held, in whole numbers (down), as plain digits; null when it is none or nothing is held. */
export function spelledQty(text, held) {
  const found = /^(\d{1,3})\s*%$/.exec(text.trim());
  const share = found ? Number(found[1]) : 0;
  if (!share || share > 100 || !held) return null;
  const units = (BigInt(Math.trunc(Math.abs(held))) * BigInt(share)) / 100n;
  return units > 0n ? String(units) : null;
}

function middle(bid, offer, side, tick) {
  if (bid == null || offer == null) return null;
  const half = ((Number(bid) + Number(offer)) / 2).toFixed(8);
  const step = tick(half);
  const down = moveByTicks(moveByTicks(half, step, 1), step, -1);
  return side === "buy" || Number(down) === Number(half) ? down : moveByTicks(down, step, 1);
}

const plain = (value) => (value == null ? null : String(value));
