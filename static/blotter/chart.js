// The price of one instrument: bars of a few seconds from the live quotes, own fills as markers, working orders as lines.

import {
  CandlestickSeries,
  LineStyle,
  createChart,
  createSeriesMarkers,
} from "../vendor/lightweight-charts/lightweight-charts.standalone.production.mjs";

import { $, text } from "./dom.js";
import { age, px, qty, short, sideTone, signed } from "./format.js";

const BAR_S = 5;
const STALE_MS = 15_000;
const MOST_LINES = 6;
const NAMED_MARKS = 10;

export class Chart {
  #series;
  #markers;
  #lines = [];
  #drawn = "";
  #bar = null;
  #first = null;
  instrument = null;

  /** loadBars(instrument id) gives what was before: [[epoch seconds, open, high, low, close], ...]; now(): the server's time. */
  constructor(container, loadBars, now) {
    Object.assign(this, { container, loadBars, now });
    this.chart = createChart(container, { autoSize: true, ...look() });
    this.#series = this.chart.addSeries(CandlestickSeries, {});
    this.#markers = createSeriesMarkers(this.#series, []);
    this.restyle();
  }

  /** After a change of theme. */
  restyle() {
    const colour = colours();
    this.#drawn = "";
    this.chart.applyOptions(look());
    this.#series.applyOptions({
      upColor: colour("--buy"),
      downColor: colour("--sell"),
      wickUpColor: colour("--buy"),
      wickDownColor: colour("--sell"),
      borderVisible: false,
    });
  }

  async show(instrument) {
    if (instrument?.id === this.instrument?.id) return;
    this.instrument = instrument;
    this.#bar = this.#first = null;
    this.#series.setData([]);
    this.#markers.setMarkers([]);
    this.draw([], []);
    text("chart-title", instrument ? instrument.symbol : "Market");
    for (const id of ["chart-last", "chart-change"]) text(id, "");
    $("touch").hidden = true;
    if (!instrument) return;
    const bars = await this.loadBars(instrument.id);
    if (this.instrument !== instrument || !bars.length) return;
    const data = bars.map(([time, open, high, low, close]) => ({ time, open, high, low, close }));
    this.#first = data[0].open;
    this.#bar = this.#bar && this.#bar.time > data.at(-1).time ? this.#bar : data.at(-1);
    this.#series.setData(this.#bar.time > data.at(-1).time ? [...data, this.#bar] : data);
    this.chart.timeScale().scrollToRealTime();
  }

  /** A quote of the instrument shown. */
  quoted(quote) {
    const price = quote.last ?? middle(quote);
    this.#headline(quote, price);
    if (price == null) return;
    const time = Math.floor((quote.at ?? this.now()) / 1000 / BAR_S) * BAR_S;
    if (this.#bar && time < this.#bar.time) return;
    const { open, high, low } =
      this.#bar?.time === time ? this.#bar : { open: this.#bar?.close ?? price, high: price, low: price };
    this.#bar = { time, open, high: Math.max(high, open, price), low: Math.min(low, open, price), close: price };
    this.#series.update(this.#bar);
  }

  /** Own fills, oldest first, one marker a bar and side; and the working orders nearest to the price. */
  draw(fills, orders) {
    const marks = markers(fills);
    const near = nearest(orders, this.#bar?.close);
    const signature = JSON.stringify([this.instrument?.id, marks, near]);
    if (signature === this.#drawn) return;
    this.#drawn = signature;
    const colour = colours();
    this.#markers.setMarkers(
      marks.map(({ time, side, total }, nth) => ({
        time,
        position: side === "buy" ? "belowBar" : "aboveBar",
        shape: side === "buy" ? "arrowUp" : "arrowDown",
        color: colour(side === "buy" ? "--up" : "--warn"),
        text: marks.length - nth > NAMED_MARKS ? "" : short(total),
        size: 0.7,
      })),
    );
    for (const line of this.#lines) this.#series.removePriceLine(line);
    this.#lines = near.map(({ price, side, leaves }) =>
      this.#series.createPriceLine({
        price,
        color: colour(side === "buy" ? "--buy" : "--sell"),
        lineWidth: 1,
        lineStyle: LineStyle.Dotted,
        axisLabelVisible: true,
        title: `${side === "buy" ? "B" : "S"} ${short(leaves)}`,
      }),
    );
  }

  /** A quote that has not moved for long is dotted, and says how old it is. */
  age(quote) {
    const old = quote ? this.now() - quote.at : 0;
    $("touch").dataset.stale = String(old > STALE_MS);
    $("touch").title = old > STALE_MS ? `The last quote is ${age(old)} old` : "";
  }

  #headline(quote, price) {
    text("chart-last", px(price));
    this.#first ??= price;
    if (this.#first) {
      const change = (price / this.#first - 1) * 100;
      text("chart-change", `${signed(change, (x) => x.toFixed(2))} %`);
      $("chart-change").className = change > 0 ? "up" : change < 0 ? "down" : "quiet";
    }
    $("touch").hidden = false;
    text("touch-bid", px(quote.bid));
    text("touch-offer", px(quote.offer));
    text("touch-bid-size", quote.bid_size == null ? "" : qty(quote.bid_size));
    text("touch-offer-size", quote.offer_size == null ? "" : qty(quote.offer_size));
    text("touch-spread", spread(quote));
  }
}

function markers(fills) {
  const bars = new Map();
  for (const { transact_time: at, side: word, last_qty: quantity } of fills) {
    const [time, side] = [Math.floor(at / 1000 / BAR_S) * BAR_S, sideTone(word)];
    const mark = bars.get(`${time}${side}`) ?? { time, side, total: 0 };
    mark.total += quantity;
    bars.set(`${time}${side}`, mark);
  }
  return [...bars.values()];
}

/** Limits of working orders, those at one price added up, the nearest to the market first. */
function nearest(orders, market) {
  const limits = new Map();
  for (const { price, side: word, leaves_qty: quantity } of orders) {
    if (price == null) continue;
    const side = sideTone(word);
    const limit = limits.get(`${price}${side}`) ?? { price, side, leaves: 0 };
    limit.leaves += quantity;
    limits.set(`${price}${side}`, limit);
  }
  const away = ({ price }) => Math.abs(price - market);
  return [...limits.values()].sort((a, b) => away(a) - away(b)).slice(0, MOST_LINES);
}

function middle({ bid, offer }) {
  return bid == null || offer == null ? null : (bid + offer) / 2;
}

function spread({ bid, offer }) {
  if (bid == null || offer == null) return "one side only";
  return `${(((offer - bid) / ((offer + bid) / 2)) * 10_000).toFixed(1)} bp`;
}

function colours() {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

function look() {
  const colour = colours();
  const line = { color: colour("--line") };
  return {
    layout: {
      background: { color: colour("--panel") },
      textColor: colour("--muted"),
      fontSize: 10,
      fontFamily: colour("--sans"),
      attributionLogo: false,
    },
    grid: { vertLines: line, horzLines: line },
    rightPriceScale: { borderColor: colour("--line"), scaleMargins: { top: 0.12, bottom: 0.12 } },
    timeScale: {
      borderColor: colour("--line"),
      timeVisible: true,
      secondsVisible: true,
      rightOffset: 3,
      barSpacing: 6,
    },
    crosshair: { mode: 0 },
    localization: { priceFormatter: (price) => px(Number(price.toFixed(4))) },
  };
}
