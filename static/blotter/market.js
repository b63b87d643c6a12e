// The quotes the page holds, once an instrument, and which instruments it asks the hub for.

import { decoder, moveOrder, movePosition } from "./rows.js";
import { isOpen } from "./format.js";
import { Tally } from "./tally.js";

export class Market {
  #quotes = new Map();
  #decode = decoder(["id", "last", "bid", "offer", "bid_size", "offer_size", "at", "venues"]);
  #wanted = "";
  extra = new Map();
  /** The instrument whose ladder is shown. */
  ladder = null;

  constructor(orders, positions, onQuote) {
    Object.assign(this, { orders, positions, onQuote });
    this.working = orders.tally(new Tally((order) => (isOpen(order) ? order.instrument_id : null)));
  }

  of(instrument) {
    return this.#quotes.get(instrument);
  }

  /** Nothing of the market may be looked at any more. */
  clear() {
    this.#quotes.clear();
    this.extra.clear();
  }

  take(rows) {
    for (const values of rows) {
      const quote = this.#decode(values);
      const known = this.#quotes.get(quote.id);
      if (known && known.at > quote.at) continue;
      this.#quotes.set(quote.id, quote);
      this.orders.touch(quote.id, (order) => moveOrder(order, quote));
      this.positions.touch(quote.id, (position) => movePosition(position, quote));
      this.onQuote(quote);
    }
  }

  /** Instruments with a working order or a position, and those that ticket and chart look at; then those whose venues
   * are to be told apart. Null when unchanged. */
  interest() {
    const ids = new Set([...this.extra.values(), ...this.working.kinds()]);
    for (const position of this.positions.rows()) ids.add(position.instrument_id);
    ids.delete(null);
    const list = [...ids].sort((a, b) => a - b);
    const ladders = this.ladder == null ? [] : [this.ladder];
    if (`${list} ${ladders}` === this.#wanted) return null;
    this.#wanted = `${list} ${ladders}`;
    return [list, ladders];
  }
}
