import assert from "node:assert/strict";
import { test } from "node:test";

import { addressOf, instrumentOfAddress } from "../../static/blotter/popout.js";

test("a window's address names the desk, the panel and what is shown, and is read back", () => {
  const address = addressOf("market", "EQ EU", { id: 12, symbol: "BRK/B" });
  assert.equal(address, "/blotter/?desk=EQ%20EU&panel=market&instrument=12&symbol=BRK%2FB");
  assert.deepEqual(instrumentOfAddress(address.slice(address.indexOf("?"))), { id: 12, symbol: "BRK/B" });
  assert.equal(addressOf("alerts", "EQ", null), "/blotter/?desk=EQ&panel=alerts");
});

test("what is no instrument is none", () => {
  for (const search of ["", "?instrument=", "?instrument=x", "?instrument=-1", "?instrument=1e3"]) assert.equal(instrumentOfAddress(search), null);
});
