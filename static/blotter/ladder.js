// The ladder: a price a row, what each venue bids and offers there, and the desk's own orders. While it is armed a click or
// a key places a limit order or cancels those of a level; it disarms itself (arming.js). It stands still under the hand.

import { freshKey } from "./api.js";
import { Arming } from "./arming.js";
import { $, el, text } from "./dom.js";
import { SIDE, px, qty, short, tickAt, typedQty } from "./format.js";
import { centreOf, levels, lost, stands } from "./levels.js";

export const STALE_MS = 15_000;
// Until a row is there to be measured.
const ROW_PX = 18;
const FEWEST_ROWS = 7;
// Characters of a price that fit beside sizes and venues; bonds and currencies have more.
const SHORT_PRICE = 8;
const PAUSE_MS = 120;

export class Ladder {
  #centre = null;
  #cursor = null;
  #list = [];
  #drawn = "";
  #going = new Set();
  #number = 0;
  #rows = 0;
  instrument = null;

  /** orders: the store; market: its quotes; account(): of the ticket; live(): '' or why nothing can be sent;
   * cancel(orders): asks first; now(): the server's time. */
  constructor(api, { orders, market, account, may, live, cancel, now }) {
    Object.assign(this, { api, orders, market, account, may, live, cancel, now });
    this.place = $("ladder");
    this.panel = $("ladder-panel");
    this.arming = new Arming({ changed: (armed, why) => this.#armed(armed, why) });
    $("ladder-arm").addEventListener("click", () => this.#turn());
    this.place.addEventListener("click", (event) => this.#clicked(event));
    this.panel.addEventListener("keydown", (event) => this.#key(event));
    this.panel.addEventListener("focusout", ({ relatedTarget }) => {
      if (!this.panel.contains(relatedTarget)) this.arming.disarm("you went elsewhere");
    });
    globalThis.addEventListener("blur", () => this.arming.disarm("you looked elsewhere"));
    document.addEventListener("visibilitychange", () => document.hidden && this.arming.disarm("you looked elsewhere"));
    new ResizeObserver(() => {
      this.#rows = 0;
      this.#centred(this.#centre);
    }).observe(this.place);
    this.#armed(false, "");
  }

  /** The instrument everybody looks at, {id, symbol}; its ticks are read. */
  async show(instrument) {
    if (instrument?.id === this.instrument?.id) return;
    const number = (this.#number += 1);
    this.arming.disarm("");
    [this.instrument, this.market.ladder, this.#cursor] = [null, instrument?.id ?? null, null];
    text("ladder-title", instrument ? `Ladder ${instrument.symbol}` : "Ladder");
    this.#centred(null);
    if (!instrument) return;
    // Walking over rows by keyboard asks for the last of them.
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    if (number !== this.#number) return;
    const { ok, body } = await this.api.get(`/api/v1/blotter/instrument?id=${instrument.id}`);
    if (!ok || number !== this.#number) return;
    this.instrument = body;
    if (!$("ladder-qty").value) $("ladder-qty").value = qty(Number(body.round_lot ?? 1));
    this.draw();
  }

  focus() {
    this.place.focus();
  }

  /** Why one click may not send an order now, or "". */
  #no() {
    const quote = this.market.of(this.instrument?.id);
    if (!this.may) return "your role does not enter orders";
    if (this.live()) return this.live();
    if (!quote) return "no quote is known";
    return this.#old(quote) ? "the quote is old" : "";
  }

  #old({ at }) {
    return this.now() - at > STALE_MS;
  }

  /** Once a second, with every quote of the instrument, and when its orders change. */
  draw() {
    if (!this.instrument) return;
    const no = this.#no();
    if (this.arming.armed && no) this.arming.disarm(no);
    const quote = this.market.of(this.instrument.id);
    this.place.dataset.stale = String(!quote || this.#old(quote));
    const tick = (at) => tickAt(this.instrument, at);
    // Under a hand that may click, prices do not move; elsewhere the ladder follows the market.
    const held = this.panel.matches(":hover, :focus-within");
    if (this.#centre === null || (!held && lost(quote, this.#list))) this.#centre = quote ? centreOf(quote, tick) : null;
    if (this.#centre === null) return;
    const orders = this.orders.linked(this.instrument.id).filter(stands);
    const { list, above, below } = levels({ quote, orders, tick, centre: this.#centre, half: this.#half() });
    this.#list = list;
    this.#paint(above, below, lost(quote, list));
  }

  /** Rows above the centre, and below it, so that all of them are seen whole. Measured once a size: to ask the page for it
   * makes the browser lay everything out. */
  #half() {
    if (this.#rows) return (this.#rows - 1) >> 1;
    const row = this.place.firstChild?.offsetHeight;
    const rows = Math.max(FEWEST_ROWS, Math.floor(this.place.clientHeight / (row || ROW_PX)));
    if (row) this.#rows = rows;
    return (rows - 1) >> 1;
  }

  #centred(at) {
    [this.#centre, this.#drawn] = [at, ""];
    if (at === null) this.place.replaceChildren();
    this.draw();
  }

  #paint(above, below, away) {
    const most = Math.max(1, ...this.#list.map(({ bid, offer }) => Math.max(bid, offer)));
    const told = this.#list.map((level) => [level.price, level.bids, level.offers, level.buy, level.sell, level.best]);
    const signature = JSON.stringify([told, this.#cursor, this.arming.armed]);
    const beyond = [above && `${above} above`, below && `${below} below`, away && "market out of sight, C centers"].filter(Boolean);
    text("ladder-beyond", beyond.join(" · "));
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    this.place.dataset.long = String(this.#list.some(({ price }) => px(Number(price)).length > SHORT_PRICE));
    this.place.replaceChildren(...this.#list.map((level) => this.#row(level, most)));
    if (this.#cursor) this.place.setAttribute("aria-activedescendant", `level-${this.#cursor}`);
    else this.place.removeAttribute("aria-activedescendant");
  }

  #row(level, most) {
    const { price, bid, offer, bids, offers, buy, sell, best } = level;
    const own = (side, sum) =>
      cell(`own ${side}`, { does: "cancel", side }, sum ? short(sum) : "", sum ? `${SIDE[side]} ${qty(sum)} of ours at ${px(Number(price))}: cancels them` : "");
    return el(
      "div",
      { id: `level-${price}`, className: `level ${best}`, dataset: { price }, aria: { role: "row", selected: String(price === this.#cursor) } },
      own("buy", buy),
      size("bid", "buy", bid, bids, most),
      cell("price", {}, px(Number(price))),
      size("offer", "sell", offer, offers, most),
      own("sell", sell),
    );
  }

  #armed(armed, why) {
    $("ladder-arm").setAttribute("aria-pressed", String(armed));
    $("ladder-arm").firstChild.textContent = armed ? "ARMED " : "Arm ";
    this.panel.dataset.armed = String(armed);
    this.say(armed ? "Armed: one click on bid or offer sends. Esc disarms." : why ? `Disarmed: ${why}` : "");
    this.draw?.();
  }

  say(words, tone = "") {
    text("ladder-said", words);
    $("ladder-said").dataset.tone = tone;
  }

  #turn() {
    if (this.arming.armed) this.arming.disarm("by hand");
    else this.arming.arm(this.instrument ? this.#no() : "no instrument is chosen");
    this.place.focus();
  }

  #clicked(event) {
    const [row, place] = [event.target.closest(".level"), event.target.closest("[data-does]")];
    if (!row) return;
    this.place.focus();
    this.#cursor = row.dataset.price;
    if (place?.dataset.does === "place") this.#send(place.dataset.side, row.dataset.price);
    else if (place?.dataset.does === "cancel") this.#take(row.dataset.price, place.dataset.side);
    this.draw();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === $("ladder-qty")) {
      if (["Enter", "Escape"].includes(event.key)) this.place.focus();
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const does = {
      ArrowUp: () => this.#move(-1),
      ArrowDown: () => this.#move(1),
      l: () => this.#turn(),
      c: () => this.#centred(null),
      q: () => $("ladder-qty").select(),
      b: () => this.#send("buy", this.#cursor),
      s: () => this.#send("sell", this.#cursor),
      Delete: () => this.#take(this.#cursor),
      Backspace: () => this.#take(this.#cursor),
      Escape: () => this.arming.disarm("by hand"),
    }[key];
    if (!does) return;
    event.preventDefault();
    does();
  }

  #move(by) {
    const from = this.#list.findIndex(({ price }) => price === this.#cursor);
    const start = from < 0 ? this.#list.findIndex(({ best }) => best) : from + by;
    this.#cursor = this.#list[Math.min(this.#list.length - 1, Math.max(0, start))]?.price ?? null;
    this.arming.used();
    this.draw();
  }

  /** A limit order at this level. What is on its way to a level is not sent a second time. */
  async #send(side, price) {
    if (!price) return;
    if (!this.arming.armed) {
      this.say("Not armed: L arms. Nothing was sent.");
      return;
    }
    const [size, no, way] = [typedQty($("ladder-qty").value), this.#no(), `${side}@${price}`];
    $("ladder-qty").setAttribute("aria-invalid", String(size === null));
    if (no) this.arming.disarm(no);
    if (no || size === null || this.#going.has(way)) return;
    this.arming.used();
    const { symbol, primary_mic: mic } = this.instrument;
    const words = `${SIDE[side]} ${qty(Number(size))} ${symbol} @ ${px(Number(price))}`;
    const body = { account: this.account(), symbol: `${symbol}.${mic}`, side, ord_type: "limit", order_qty: size, price, time_in_force: "day" };
    this.#going.add(way);
    this.say(`${words}: sending`);
    const { ok, body: made, problems } = await this.api.send("POST", "/api/v1/orders/", { body, key: freshKey() });
    this.#going.delete(way);
    if (ok) this.say(`${words}: entered as order ${made.order_id}`, "good");
    else this.say(`${words}: ${problems.map((one) => one.text).join(" ")}`, "bad");
  }

  /** Ours at this level, of one side or both: at once when armed, else after a question. */
  async #take(price, side = "") {
    const mine = this.#list.find((level) => level.price === price)?.orders ?? [];
    const orders = mine.filter((order) => !side || (order.side === "buy") === (side === "buy"));
    if (!orders.length) return;
    if (!this.arming.armed || this.#no()) {
      this.cancel(orders);
      return;
    }
    this.arming.used();
    const answers = await Promise.all(
      orders.map(({ id }) => this.api.send("POST", `/api/v1/orders/${id}/cancel/`, { body: {}, key: freshKey() })),
    );
    const refused = answers.flatMap(({ problems }) => problems.map((one) => one.text));
    this.say(refused.length ? refused.join(" ") : `${orders.length} canceled, or asked to be, at ${px(Number(price))}`, refused.length ? "bad" : "good");
  }
}

function cell(className, dataset, words, title = "") {
  return el("span", { className, dataset, title, aria: { role: "gridcell" } }, words);
}

/** How much stands there, at which venues; the bar says how much of the greatest size shown. */
function size(className, side, sum, venues, most) {
  const told = venues.map(([mic, one]) => `${mic} ${qty(one)}`).join(" · ");
  const made = cell(className, { does: "place", side }, "", told);
  if (!venues.length) return made;
  const bar = el("i", { aria: { hidden: "true" } });
  bar.style.width = `${(sum / most) * 100}%`;
  const who = venues.length > 1 ? `${venues[0][0]} +${venues.length - 1}` : venues[0][0];
  made.append(el("small", {}, who), el("span", { className: "size" }, bar, el("b", {}, qty(sum))));
  return made;
}
