// Numbers, times and words as a trader reads them, and quantities as a trader types them. No page needed.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en-US", { maximumFractionDigits: 8 });
const priced = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 6 });
const money2 = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const averaged = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 4 });
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
  hourCycle: "h23",
  timeZone: "UTC",
});

const NONE = "—";
const missing = (value) => value === null || value === undefined || value === "";

export const qty = (value) => (missing(value) ? NONE : fine.format(value));
export const px = (value) => (missing(value) ? NONE : priced.format(value));
export const money = (value) =>
  missing(value) ? NONE : Math.abs(value) >= 1000 ? whole.format(value) : money2.format(value);

export const cents = (value) => (missing(value) ? NONE : money2.format(value));
export const average = (value) => (missing(value) ? NONE : averaged.format(value));
export const short = (value) => compact.format(value).toLowerCase();

/** Always with its sign: colour alone says nothing to some. */
export function signed(value, format = money) {
  if (missing(value)) return NONE;
  return `${value > 0 ? "+" : value < 0 ? "−" : ""}${format(Math.abs(value))}`;
}

export const time = (ms) => (missing(ms) ? NONE : clock.format(ms));
export const seconds = (ms) => (missing(ms) ? NONE : clock.format(ms).slice(0, 8));
export const day = (ms) => new Date(ms).toISOString().slice(0, 10);

/** 12 s, 3 m 05 s, 2 h 14 m, 3 d. */
export function age(ms) {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, rest] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)}d`;
  if (hours) return `${hours}h ${String(minutes).padStart(2, "0")}m`;
  return minutes ? `${minutes}m ${String(rest).padStart(2, "0")}s` : `${rest}s`;
}

export const STATUS = {
  pending_new: { word: "PENDING NEW", shape: "◌", tone: "pending" },
  new: { word: "WORKING", shape: "○", tone: "working" },
  partially_filled: { word: "PARTIAL", shape: "◐", tone: "part" },
  filled: { word: "FILLED", shape: "●", tone: "done" },
  done_for_day: { word: "DONE DAY", shape: "◑", tone: "gone" },
  canceled: { word: "CANCELED", shape: "⊘", tone: "gone" },
  pending_cancel: { word: "CANCELING", shape: "◌", tone: "pending" },
  stopped: { word: "STOPPED", shape: "▪", tone: "part" },
  rejected: { word: "REJECTED", shape: "✕", tone: "bad" },
  suspended: { word: "SUSPENDED", shape: "▮", tone: "part" },
  calculated: { word: "CALCULATED", shape: "≡", tone: "gone" },
  expired: { word: "EXPIRED", shape: "◷", tone: "gone" },
  pending_replace: { word: "AMENDING", shape: "◌", tone: "pending" },
};
const CLOSED = new Set(["filled", "canceled", "rejected", "expired", "done_for_day", "calculated"]);

export const isOpen = (order) => !CLOSED.has(order.ord_status) && order.leaves_qty > 0;
export const SIDE = { buy: "BUY", sell: "SELL", sell_short: "SHORT" };
export const TIF = {
  day: "DAY",
  good_till_cancel: "GTC",
  good_till_date: "GTD",
  immediate_or_cancel: "IOC",
  fill_or_kill: "FOK",
  at_the_opening: "OPEN",
  at_the_close: "CLOSE",
};
export const TYPE = {
  market: "MKT",
  limit: "LMT",
  stop: "STOP",
  stop_limit: "STOP LMT",
  market_if_touched: "MIT",
  limit_if_touched: "LIT",
  trailing_stop: "TRAIL",
  market_to_limit: "MTL",
  pegged: "PEG",
};
/** Why an open order is not at a venue although nothing is wrong with it. */
export const HOLD = {
  staged: { word: "STAGED", shape: "◇", tone: "pending" },
  manual: { word: "CARE", shape: "✎", tone: "working" },
  trigger: { word: "WAITING", shape: "◔", tone: "working" },
  contingent: { word: "LINKED", shape: "⛓", tone: "working" },
  wave: { word: "IN BASKET", shape: "▤", tone: "pending" },
  whole: { word: "BLOCK", shape: "▣", tone: "working" },
  block: { word: "IN BLOCK", shape: "▦", tone: "working" },
  leg: { word: "LEG", shape: "╰", tone: "working" },
};
/** A leg is worked with its spread, and so is changed with it alone. */
export const isLeg = (order) => order.hold === "leg";
/** A spread's prices are net prices, of either sign: no price of an instrument. */
export const isSpread = (order) => order.composition === "multileg";
export const UNRESOLVED = { word: "UNRESOLVED", shape: "?", tone: "bad" };
export const sideTone = (side) => (side === "buy" ? "buy" : "sell");
export const sign = (side) => (side === "buy" ? 1 : -1);

const SCALE = { k: 3, m: 6, mm: 6, b: 9 };

/** "25k", "1.2m", "1,500" as plain digits; null when it is not a quantity. Decimal places are shifted, never multiplied. */
export function typedQty(text) {
  const found = /^([\d,]*)(?:\.(\d+))?\s*(k|mm|m|b)?$/i.exec(text.trim());
  if (!found || !(found[1] || found[2])) return null;
  const [units, parts, shift] = [
    found[1].replaceAll(",", ""),
    found[2] ?? "",
    SCALE[(found[3] ?? "").toLowerCase()] ?? 0,
  ];
  const moved = parts.padEnd(shift, "0");
  return trimmed(`${units}${moved.slice(0, shift)}`, moved.slice(shift));
}

/** Parts of an order, `600 400`, `60% 40%` or `ALPHA 600 BETA 400`, as the server takes them; null when they are none. */
export function typedParts(text) {
  const parts = [];
  let account = "";
  for (const word of text.split(/[\s;]+|,(?!\d)/).filter(Boolean)) {
    const percent = word.endsWith("%");
    const number = percent ? typedPrice(word.slice(0, -1)) : typedQty(word);
    if (number !== null) {
      parts.push({ ...(percent ? { percent: number } : { order_qty: number }), ...(account ? { account } : {}) });
      account = "";
    } else if (account || !/^[a-z]/i.test(word)) return null;
    else account = word.toUpperCase();
  }
  return parts.length > 1 && !account ? parts : null;
}

/** A typed price as plain digits; null when it is not one. */
export function typedPrice(text) {
  const found = /^(-?)([\d,]*)(?:\.(\d*))?$/.exec(text.trim());
  if (!found || !(found[2] || found[3])) return null;
  const digits = trimmed(found[2].replaceAll(",", ""), found[3] ?? "");
  return found[1] && digits !== "0" ? `-${digits}` : digits;
}

/** `price` moved by `steps` ticks and put on the tick grid, in exact decimal arithmetic on scaled integers. */
export function moveByTicks(price, tick, steps) {
  const places = Math.max(decimals(price), decimals(tick));
  const [at, step] = [scaled(price, places), scaled(tick, places)];
  const down = at - (((at % step) + step) % step);
  const onGrid =
    down === at ? at + BigInt(steps) * step : down + (steps > 0 ? BigInt(steps) : BigInt(steps + 1)) * step;
  return unscaled(onGrid > 0n ? onGrid : step, places);
}

/** A price with at least the decimals of its tick, so that 190.1 in cents reads 190.10. */
export function padded(price, tick) {
  const missing = decimals(tick) - decimals(price);
  if (missing <= 0) return price;
  return `${price}${decimals(price) ? "" : "."}${"0".repeat(missing)}`;
}

function trimmed(units, parts) {
  const left = units.replace(/^0+(?=\d)/, "") || "0";
  const right = parts.replace(/0+$/, "");
  return right ? `${left}.${right}` : left;
}

function decimals(text) {
  return (String(text).split(".")[1] ?? "").length;
}
function scaled(text, places) {
  const [units, parts = ""] = String(text).split(".");
  return BigInt(units + parts.padEnd(places, "0"));
}
function unscaled(value, places) {
  const digits = String(value).padStart(places + 1, "0");
  return trimmed(digits.slice(0, digits.length - places), digits.slice(digits.length - places));
}

/** What a quantity is worth at a price. */
export function notional(instrument, quantity, price) {
  return Number(quantity) * price * Number(instrument.multiplier ?? 1) * Number(instrument.price_factor ?? 1);
}

/** How far a price is from the touch, in words. */
export function distance(price, touch, side) {
  const away = ((price - touch) / touch) * (side === "buy" ? -1 : 1);
  if (away <= 0) return `crosses by ${(-away * 100).toFixed(2)} %`;
  return `${(away * 100).toFixed(2)} % behind`;
}

/** The tick that holds at this price. */
export function tickAt(instrument, price) {
  const steps = instrument?.ticks ?? [];
  const fitting = steps.filter(({ price_from: from }) => Number(from) <= Number(price));
  return String(fitting.at(-1)?.tick ?? instrument?.tick ?? "0.01");
}
