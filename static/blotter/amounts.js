// Quantity and price in the ticket: typed in short, spelled out, tidied, moved by ticks.

import { $ } from "./dom.js";
import { moveByTicks, padded, qty, tickAt, typedPrice, typedQty } from "./format.js";
import { spelledPrice, spelledQty } from "./shorthand.js";

const TEN = 10;

export class Amounts {
  /** instrument(), quote(), side(): of the ticket, as they are then; held(terms): a position. */
  constructor({ instrument, quote, side, held }) {
    Object.assign(this, { instrument, quote, side, held });
  }

  /** `mid`, `+2t` and `50%` become what they stand for; what they stand for does not change by itself afterwards. */
  spell() {
    const [price, size, { id } = {}] = [$("t-price"), $("t-qty"), this.instrument() ?? {}];
    const tick = (at) => tickAt(this.instrument(), at);
    price.value = spelledPrice(price.value, this.quote() ?? {}, this.side(), tick) ?? price.value;
    size.value = spelledQty(size.value, this.held({ instrument: id, account: $("t-account").value })) ?? size.value;
  }

  /** On leaving the field of this id. */
  tidy(id) {
    this.spell();
    const [input, parse] = [$(id), id === "t-qty" ? typedQty : typedPrice];
    const value = parse(input.value);
    if (value !== null) input.value = id === "t-qty" ? qty(Number(value)) : padded(value, tickAt(this.instrument(), value));
    else if (input.value.trim()) input.setAttribute("aria-invalid", "true");
  }

  /** The price one tick up or down, or ten; an empty field begins at the touch. */
  move(step, ten) {
    const input = $("t-price");
    const now = typedPrice(input.value);
    const touch = this.quote() && (this.side() === "buy" ? this.quote().offer : this.quote().bid);
    const tick = tickAt(this.instrument(), now ?? touch ?? 0);
    if (now !== null) input.value = padded(moveByTicks(now, tick, step * (ten ? TEN : 1)), tick);
    else if (touch != null) input.value = padded(String(touch), tick);
  }
}
