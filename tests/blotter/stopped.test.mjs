// The banner's one decision: which events make it look.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Stopped } from "../../static/blotter/stopped.js";

function looked() {
  const asked = [];
  const api = { get: (path) => (asked.push(path), Promise.resolve({ ok: false, body: null })) };
  return { asked, stopped: new Stopped(api, "E Q") };
}

test("an alert of a kill switch makes it look at once, others do not", () => {
  const { asked, stopped } = looked();
  stopped.heard([{ code: "MAX_ORDER_QTY" }]);
  assert.deepEqual(asked, []);
  stopped.heard([{ code: "MAX_ORDER_QTY" }, { code: "KILL_RELEASED" }]);
  stopped.heard([{ code: "KILL_SWITCH" }]);
  assert.deepEqual(asked, Array(2).fill("/api/v1/blotter/switches?desk=E%20Q"));
});

test("without an answer what was shown last stands", async () => {
  const { stopped } = looked();
  stopped.show = () => assert.fail("nobody said that trading goes on");
  await stopped.look();
});
