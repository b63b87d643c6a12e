import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { both, parseFilter } from "../../static/blotter/filter.js";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8"));
const { rows: ROWS, cases: CASES } = read("../filter_cases.json");
// What the page is given by the server; tests/orders/test_filter.py holds it equal to that.
const SHAPE = read("../filter_shape.json");
const childrenOf = (row) => row.children ?? [];
const parse = (line) => parseFilter(line, SHAPE, childrenOf);

for (const { line, finds } of CASES.filter((one) => one.finds))
  test(`filter line ${line || "(empty)"}`, () => {
    const { passes, problems } = parse(line);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      ROWS.filter(passes ?? (() => true)).map(({ id }) => id),
      finds,
    );
  });

for (const { line, faults } of CASES.filter((one) => one.faults))
  test(`filter line ${line} is not understood`, () => {
    const { problems } = parse(line);
    assert.deepEqual(
      problems.map(({ field, code }) => [field, code]),
      faults.map(([field, code]) => [field, code]),
    );
    faults.forEach(([, , text], at) => assert.ok(problems[at].text.startsWith(text), problems[at].text));
  });

test("a term that is not understood holds nobody back", () => {
  assert.equal(parse("colour:red").passes, null);
  assert.equal(ROWS.filter(parse("colour:red qty<many sap").passes).length, 2);
});

test("predicates join, and null holds always", () => {
  assert.equal(both(null, null), null);
  assert.deepEqual(
    ROWS.filter(
      both(
        null,
        (r) => r.side === "buy",
        (r) => r.price,
      ),
    ).length,
    1,
  );
});
