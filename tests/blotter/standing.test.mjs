import assert from "node:assert/strict";
import { test } from "node:test";

import { rightsWords } from "../../static/blotter/standing.js";

const rights = (desks, may_trade = true, may_change = true) => ({ desks, may_trade, may_change });

test("what one may still do is said in words", () => {
  const before = rights(["EQ"]);
  assert.equal(rightsWords(rights(["EQ"], false, false), before, "EQ"), "Your rights were changed: you may read, and neither enter nor change orders.");
  assert.equal(rightsWords(rights(["EQ"], false, true), before, "EQ"), "Your rights were changed: you may amend and cancel orders.");
  assert.equal(rightsWords(rights(["EQ", "FX"]), before, "EQ"), "Your desks were changed: FX came to them.");
});

test("a desk that was taken away is said by the tables it empties; another desk's going concerns nobody here", () => {
  assert.equal(rightsWords(rights(["FX"]), rights(["EQ", "FX"]), "EQ"), "");
  assert.equal(rightsWords(rights(["EQ"]), rights(["EQ", "FX"]), "EQ"), "");
});
