import assert from "node:assert/strict";
import { test } from "node:test";

import { problemsOf } from "../../static/blotter/api.js";
import { csv } from "../../static/blotter/columns.js";
import {
  age,
  money,
  moveByTicks,
  padded,
  px,
  qty,
  signed,
  time,
  typedPrice,
  typedParts,
  typedQty,
} from "../../static/blotter/format.js";
import { completeOrder, decoder, moveOrder, movePosition, profits } from "../../static/blotter/rows.js";

for (const [typed, plain] of [
  ["500", "500"],
  ["1,500", "1500"],
  ["25k", "25000"],
  ["1.2m", "1200000"],
  ["1.2345k", "1234.5"],
  [".5", "0.5"],
  ["0.1k", "100"],
  ["3b", "3000000000"],
  ["2mm", "2000000"],
  ["007", "7"],
  ["", null],
  ["k", null],
  ["-5", null],
  ["5 shares", null],
  ["1e5", null],
]) {
  test(`typed quantity ${typed || "(nothing)"}`, () => assert.equal(typedQty(typed), plain));
}

for (const [typed, plain] of [
  ["189.50", "189.5"],
  ["1,189.", "1189"],
  [".25", "0.25"],
  ["-0.05", "-0.05"],
  ["0", "0"],
  ["mid", null],
  [".", null],
]) {
  test(`typed price ${typed}`, () => assert.equal(typedPrice(typed), plain));
}

for (const [price, tick, steps, moved] of [
  ["189.5", "0.01", 1, "189.51"],
  ["189.5", "0.01", -1, "189.49"],
  ["0.3", "0.1", 1, "0.4"],
  ["189.503", "0.01", 1, "189.51"],
  ["189.503", "0.01", -1, "189.5"],
  ["99.515625", "0.015625", 2, "99.546875"],
  ["0.01", "0.01", -1, "0.01"],
]) {
  test(`${price} moved by ${steps} × ${tick}`, () => assert.equal(moveByTicks(price, tick, steps), moved));
}

test("figures are shown as a desk writes them", () => {
  assert.equal(qty(1234567), "1,234,567");
  assert.equal(px(189.5), "189.50");
  assert.equal(px(1.0821), "1.0821");
  assert.equal(px(null), "—");
  assert.equal(money(1234.567), "1,235");
  assert.equal(signed(-12), "−12.00");
  assert.equal(signed(1234.5), "+1,235");
  assert.equal(signed(0), "0.00");
  assert.equal(padded("190.1", "0.01"), "190.10");
  assert.equal(padded("190", "0.01"), "190.00");
  assert.equal(padded("190", "1"), "190");
  assert.equal(time(Date.UTC(2026, 10, 23, 0, 5, 7, 9)), "00:05:07.009");
  assert.deepEqual(
    [age(9_000), age(65_000), age(3 * 3600_000 + 5 * 60_000), age(80 * 3600_000)],
    ["9s", "1m 05s", "3h 05m", "3d"],
  );
});

test("decimals of the wire become numbers to sort by, empty ones stay empty", () => {
  const decode = decoder(["id", "symbol", "price", "order_qty"]);
  assert.deepEqual(decode([7, "AAPL", null, "100.5"]), { id: 7, symbol: "AAPL", price: null, order_qty: 100.5 });
});

test("an order takes its last price and slippage from the quote of its instrument", () => {
  const order = completeOrder(
    { side: "sell", order_qty: 100, cum_qty: 50, leaves_qty: 50, avg_px: 99, ord_status: "partially_filled" },
    { last: 100 },
  );
  assert.deepEqual([order.done, order.last, Math.round(order.slip_bp)], [0.5, 100, 100]);
  assert.equal(moveOrder(order, { last: 100 }), false);
  assert.equal(moveOrder(order, { last: 101 }), true);
  assert.equal(order.rose, true);
});

test("a closed order keeps the last price it had", () => {
  const order = { side: "buy", order_qty: 1, cum_qty: 1, leaves_qty: 0, ord_status: "filled", last: 9 };
  assert.equal(moveOrder(order, { last: 10 }), false);
});

test("a position is valued in its own units, and in the reference price until there is a quote", () => {
  const bond = { rev: 1, qty: 1000, avg_cost: 98, reference_price: 99, multiplier: 1, price_factor: 0.01 };
  movePosition(bond, undefined);
  assert.deepEqual([bond.mark, bond.value, bond.unrealised], [99, 990, 10]);
  movePosition(bond, { last: 97 });
  assert.deepEqual([bond.mark, bond.unrealised], [97, -10]);
});

test("profits are summed within a currency only", () => {
  const sums = profits([
    { currency: "USD", realised: 1, unrealised: 2 },
    { currency: "EUR", realised: 5, unrealised: null },
    { currency: "USD", realised: 3, unrealised: -4 },
  ]);
  assert.deepEqual(
    [...sums],
    [
      ["USD", { realised: 4, unrealised: -2 }],
      ["EUR", { realised: 5, unrealised: 0 }],
    ],
  );
});

test("CSV cells cannot become formulas", () => {
  const columns = [{ field: "text" }, { field: "slip" }];
  const lines = csv(columns, [
    { text: '=HYPERLINK("x")', slip: -1.5 },
    { text: "a,b", slip: null },
    { text: "@cmd", slip: "-x" },
  ]);
  assert.equal(lines, 'text,slip\r\n"\'=HYPERLINK(""x"")",-1.5\r\n"a,b",\r\n\'@cmd,\'-x\r\n');
});

test("refusals are read from a problem document, and from a bare status", () => {
  const errors = [
    { code: "NOT_POSITIVE", field: "order_qty", text: "must be above 0", remedy: "Send more.", soft: true },
  ];
  assert.deepEqual(problemsOf({ detail: "x", errors }, 422), errors);
  assert.equal(problemsOf(null, 502)[0].text, "The server answered 502.");
  assert.deepEqual(problemsOf({ order_id: "1" }, 201), []);
});

for (const [typed, parts] of [
  ["600 400", [{ order_qty: "600" }, { order_qty: "400" }]],
  ["1,000, 2k", [{ order_qty: "1000" }, { order_qty: "2000" }]],
  ["33.3% 66.7%", [{ percent: "33.3" }, { percent: "66.7" }]],
  ["alpha 60%; BETA 40%", [{ percent: "60", account: "ALPHA" }, { percent: "40", account: "BETA" }]],
  ["600", null],
  ["ALPHA BETA 400", null],
  ["600 BETA", null],
  ["600 -5", null],
])
  test(`typed parts ${typed}`, () => assert.deepEqual(typedParts(typed), parts));
