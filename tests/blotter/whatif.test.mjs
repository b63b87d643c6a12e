import assert from "node:assert/strict";
import { test } from "node:test";

import { inShort, whatIf } from "../../static/blotter/whatif.js";

const check = (more) => ({
  control: "PT-01", name: "Fat finger", rule: "1", limit_id: null, version: 1, dry_run: false, outcome: "pass",
  before: { outcome: "pass", measured: "0" }, measured: "100", limit: "1000", room: "900", code: "", text: "", remedy: "",
  ...more,
});
const answer = (more) => ({ accepted: true, soft: false, outcome: "pass", order_id: null, errors: [], checks: [], ...more });

test("the gravest comes first, then what leaves the least room; what compares nothing is only named", () => {
  const { title, tone, words, lines, rest } = whatIf(
    answer({
      accepted: false,
      outcome: "hard",
      errors: [{ code: "CREDIT_LIMIT", text: "too much" }],
      checks: [
        check({ control: "PT-14", name: "Restricted list", measured: null, limit: null, room: null, before: null }),
        check({ control: "PT-01", measured: "100" }),
        check({ control: "PT-19", measured: "950", room: "50" }),
        check({ control: "PT-16", outcome: "hard", code: "CREDIT_LIMIT", text: "too much", measured: "1001", room: "0" }),
        check({ control: "PT-03", outcome: "soft", code: "PRICE_COLLAR", text: "far", measured: "21", limit: "20", room: "0" }),
      ],
    }),
  );
  assert.deepEqual([title, tone, words], ["Would be refused", "bad", "5 checks, 2 object"]);
  assert.deepEqual(lines.map(({ title: name }) => name.slice(0, 5)), ["PT-16", "PT-03", "PT-19", "PT-01"]);
  assert.deepEqual(rest, ["PT-14 Restricted list"]);
});

test("numbers are told before and after, with the room left; before only where it differs", () => {
  const [{ numbers, share }] = whatIf(answer({ checks: [check({ measured: "15000", limit: "20000", room: "5000", before: { measured: "5000" } })] })).lines;
  assert.deepEqual(numbers, [["Now", "5,000"], ["After", "15,000"], ["Limit", "20,000"], ["Room", "5,000"]]);
  assert.equal(share, 0.75);
  const [same] = whatIf(answer({ checks: [check({ before: { measured: "100" } })] })).lines;
  assert.deepEqual(same.numbers.map(([name]) => name), ["After", "Limit", "Room"]);
});

test("warnings alone may be acknowledged, and what no rule says is told as well", () => {
  const soft = whatIf(answer({ accepted: false, soft: true, outcome: "soft", errors: [{ code: "X", text: "warned" }], checks: [check({ outcome: "soft", code: "X", text: "warned" })] }));
  assert.deepEqual([soft.title, soft.tone, soft.problems], ["Would need to be acknowledged", "soft", []]);
  const unknown = whatIf(answer({ accepted: false, outcome: null, errors: [{ code: "UNKNOWN_ACCOUNT", text: "no account" }] }));
  assert.deepEqual(unknown.problems.map(({ text }) => text), ["no account"]);
});

test("a dry run says that it is one and counts as no objection", () => {
  const [dry] = whatIf(answer({ checks: [check({ outcome: "hard", dry_run: true, text: "would stop" })] })).lines;
  assert.equal(dry.word, "REFUSES (DRY RUN)");
  assert.equal(whatIf(answer({ checks: [check({ outcome: "hard", dry_run: true })] })).words, "1 check");
});

test("of a spread each line names its leg", () => {
  const { lines } = whatIf(answer({ checks: [check({ leg: 2, measured: "999" }), check({ leg: 1 })] }));
  assert.deepEqual(lines.map(({ title }) => title), ["Leg 2: PT-01 Fat finger", "Leg 1: PT-01 Fat finger"]);
});

test("in a row of a table stands what objects, or else what is nearest to its limit", () => {
  const [wide, near] = [check({ measured: "1" }), check({ control: "PT-19", measured: "950", room: "50" })];
  assert.deepEqual(inShort(answer({ checks: [wide, near] })).lines.map(({ title }) => title), ["PT-19 Fat finger"]);
  const soft = check({ control: "PT-02", outcome: "soft", code: "MAX_NOTIONAL", measured: "1500", room: "0" });
  assert.deepEqual(inShort(answer({ checks: [wide, near, soft] })).lines.map(({ title }) => title), ["PT-02 Fat finger"]);
  const unknown = answer({ accepted: false, errors: [{ code: "UNKNOWN_ACCOUNT", text: "no account" }] });
  assert.deepEqual(inShort(unknown), { problems: unknown.errors, lines: [] });
});
