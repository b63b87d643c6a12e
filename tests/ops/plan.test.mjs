import assert from "node:assert/strict";
import { test } from "node:test";
import { missing, outcomes, requests, sorted } from "../../static/ops/plan.js";

const reason = { name: "reason", required: true };
const act = (more = {}) => ({ name: "hold", path: "/i/{key}/hold/", fields: [reason], ...more });
const rows = [{ key: "1", acts: ["hold"] }, { key: "2", acts: [] }, { key: "3", acts: ["hold", "cancel"] }];

test("rows that the act is not for are told apart before anything is sent", () => {
  const { fit, unfit } = sorted(act(), rows);
  assert.deepEqual([fit.map(({ key }) => key), unfit.map(({ key }) => key)], [["1", "3"], ["2"]]);
});

test("a required field that is blank is missing", () => {
  assert.deepEqual(missing(act(), { reason: "  " }), ["reason"]);
  assert.deepEqual(missing(act(), { reason: "x" }), []);
  assert.deepEqual(missing(act({ fields: [{ name: "note", required: false }] }), {}), []);
});

test("a path that names the row is asked once for each, and no blank field is sent", () => {
  const made = requests(act({ fields: [reason, { name: "note", required: false }] }), rows.slice(0, 2), { reason: " why ", note: "" });
  assert.deepEqual(made, [
    { keys: ["1"], path: "/i/1/hold/", body: { reason: "why" } },
    { keys: ["2"], path: "/i/2/hold/", body: { reason: "why" } },
  ]);
});

test("another path is asked once with all of them", () => {
  const given = { reason: "why" };
  const made = requests(act({ path: "/i/hold/" }), rows.slice(0, 2), given);
  assert.deepEqual(made, [{ keys: ["1", "2"], path: "/i/hold/", body: [{ id: "1", reason: "why" }, { id: "2", reason: "why" }] }]);
  assert.deepEqual(requests(act({ path: "/i/hold/" }), [], given), []);
});

test("rows are named as they name themselves, and what is always said is said", () => {
  const named = [{ key: "a", acts: [], given: { kind: "cash", day: "2026-11-24" } }];
  const made = requests(act({ path: "/s/", also: { verb: "sign" } }), named, { reason: "seen" });
  assert.deepEqual(made[0].body, [{ kind: "cash", day: "2026-11-24", reason: "seen", verb: "sign" }]);
});

test("each row may be asked for alone at one address, with whole numbers and shares as they are sent", () => {
  const allocate = act({ path: "/a/", each: true, fields: [{ name: "shares", kind: "shares", required: true }, { name: "rank", kind: "whole" }] });
  const order = { key: "order-7", acts: [], given: { order_ids: ["7"] } };
  assert.deepEqual(requests(allocate, [order], { shares: "CORE 60%, ALPHA 40%", rank: "2" }), [
    { keys: ["order-7"], path: "/a/", body: { order_ids: ["7"], rank: 2, shares: [{ account: "CORE", percent: "60" }, { account: "ALPHA", percent: "40" }] } },
  ]);
  assert.deepEqual(missing(allocate, { shares: "CORE sixty" }), ["shares"]);
});

test("a path may name anything that the row gives", () => {
  const day = { key: "20261123", acts: [], given: { day: "2026-11-23" } };
  const made = requests(act({ path: "/days/{day}/close/" }), [day], { reason: "shut" });
  assert.deepEqual(made, [{ keys: ["20261123"], path: "/days/2026-11-23/close/", body: { reason: "shut" } }]);
});

test("what waits for a second person, and what is open on a day that was left, is said", () => {
  const answer = (body) => outcomes({ keys: ["1"] }, { ok: true, body, problems: [] })[1];
  assert.match(answer({ closed: false }).text, /another person/);
  assert.equal(answer({ closed: true }).text, "Done");
  const moved = { today: "2026-11-24", left: "2026-11-23", open_steps: ["Statements compared: 2 are not"] };
  assert.match(answer(moved).text, /2026-11-24.*Still open on 2026-11-23: Statements compared: 2 are not\.$/);
  assert.equal(answer({ ...moved, open_steps: [] }).text, "Done: the business date is 2026-11-24.");
});

test("an act for no row is asked once", () => {
  assert.deepEqual(requests(act({ path: "/a/", alone: true }), [], { reason: "x" }), [{ keys: [""], path: "/a/", body: { reason: "x" } }]);
});

test("a bare list of answers is told apart by its statuses", () => {
  const answer = { ok: true, body: [{ status: 201 }, { status: 422, errors: [{ text: "is signed" }] }], problems: [] };
  assert.deepEqual(outcomes({ keys: ["1", "2"] }, answer), { 1: { ok: true, text: "Done" }, 2: { ok: false, text: "is signed" } });
});

test("each row gets its own result, in the order of what was asked", () => {
  const answer = { ok: true, body: { results: [{ state: "cancel_requested" }, { errors: [{ text: "is settled", remedy: "Nothing to do." }] }] }, problems: [] };
  assert.deepEqual(outcomes({ keys: ["1", "2"] }, answer), {
    1: { ok: true, text: "Done: cancel requested" },
    2: { ok: false, text: "is settled Nothing to do." },
  });
});

test("a refusal of the whole is the refusal of every row, and no answer is no success", () => {
  const refused = { ok: false, body: null, problems: [{ text: "Not yours.", code: "NOT_ALLOWED", remedy: "" }] };
  assert.deepEqual(outcomes({ keys: ["1", "2"] }, refused), {
    1: { ok: false, text: "Not yours." },
    2: { ok: false, text: "Not yours." },
  });
});
