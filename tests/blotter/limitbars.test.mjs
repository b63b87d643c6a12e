import assert from "node:assert/strict";
import { test } from "node:test";

import { bars, grouped, levelOf, words } from "../../static/blotter/limitbars.js";

const limit = (more) => ({
  id: "1", version: 1, measure: "gross_notional", scope: {}, soft: "800", hard: "1000", currency: "USD", window_s: null,
  used: "100", room: "900", percent: "10", ...more,
});

test("the firm comes first, then desks and accounts; within a group the tightest, and first what nobody can tell", () => {
  const groups = grouped([
    limit({ scope: { account: "ALPHA" }, percent: "5" }),
    limit({ scope: { desk: "EQ" }, percent: "10" }),
    limit({ scope: { account: "ALPHA", instrument: "AAPL.XNAS" }, percent: "95" }),
    limit({ scope: {}, percent: "50" }),
    limit({ scope: { account: "ALPHA", issuer: "Apple" }, percent: null, used: null }),
    limit({ scope: { trader: "tina" } }),
  ]);
  assert.deepEqual(
    groups.map(({ name, limits }) => [name, limits.map(({ percent }) => percent)]),
    [["Firm", ["50"]], ["desk EQ", ["10"]], ["account ALPHA", [null, "95", "5"]], ["trader tina", ["10"]]],
  );
});

test("what is looked for is found in group, scope and measure; what is wide is left out, but not what is not known", () => {
  const rows = [
    limit({ scope: { desk: "EQ" }, percent: "79.99" }),
    limit({ scope: { desk: "FI" }, percent: "80" }),
    limit({ scope: { desk: "DX" }, percent: null, measure: "net_exposure" }),
  ];
  const names = (how) => grouped(rows, how).map(({ name }) => name);
  assert.deepEqual(names({ tight: true }), ["desk DX", "desk FI"]);
  assert.deepEqual(names({ find: "net expo" }), ["desk DX"]);
  assert.deepEqual(names({ find: "eq" }), ["desk EQ"]);
});

test("exactly the level passes; at the limit there is no room", () => {
  assert.deepEqual(
    ["800", "800.01", "1000"].map((used) => levelOf(limit({ used }))),
    ["pass", "soft", "hard"],
  );
  assert.equal(levelOf(limit({ used: null })), "hard");
  assert.equal(levelOf(limit({ used: "999", soft: null })), "pass");
});

test("numbers come in the limit's currency, and what is not known as a dash", () => {
  assert.deepEqual(bars(limit({ used: "1234567", soft: null })), ["1,234,567 USD", "—", "1,000 USD", "900 USD"]);
  assert.deepEqual(bars(limit({ used: "11.4567", hard: "7", currency: "" })).slice(0, 3), ["11.4567", "800", "7"]);
  assert.equal(bars(limit({ used: "11956110.84571" }))[0], "11,956,111 USD");
  assert.equal(words(limit({ scope: { account: "ALPHA" } })), "everything");
  assert.equal(words(limit({ scope: { account: "ALPHA", asset_class: "equity" } })), "asset class equity");
});
