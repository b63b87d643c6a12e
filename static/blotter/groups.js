// Rows under headings: a heading for each value of a column, with how many there are and what they come to.
// Knows no page. A heading is a row like any other to the grid: it has an id, a version, and `heading` is true.

/** Headings in the order of their values; under each that is open its rows in the order given. Cost O(n). */
export class Groups {
  #closed = new Set();
  #headings = new Map();

  /** field: the column grouped by; sums: the columns that are added up. */
  constructor(field, sums = []) {
    Object.assign(this, { field, sums });
  }

  toggle(id, open = this.#closed.has(id)) {
    if (open) this.#closed.delete(id);
    else this.#closed.add(id);
  }

  isOpen(id) {
    return !this.#closed.has(id);
  }

  /** `rows` as they are listed, `below(row)` the rows under one of them (children of an open branch). */
  flatten(rows, below, version) {
    const groups = new Map();
    for (const row of rows) {
      const value = row[this.field] ?? "";
      let members = groups.get(value);
      if (!members) groups.set(value, (members = []));
      members.push(row);
    }
    const values = [...groups.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const view = [];
    for (const value of values) {
      const members = groups.get(value);
      const heading = this.#heading(value, members, version);
      view.push(heading);
      if (this.isOpen(heading.id)) for (const row of members) view.push(row, ...below(row));
    }
    return view;
  }

  /** The same object each time, so that the grid repaints it only when something in it changed. */
  #heading(value, members, version) {
    const id = `${this.field}=${value}`;
    const heading = this.#headings.get(id) ?? { id, heading: true, value, v: 0 };
    this.#headings.set(id, heading);
    const sums = Object.fromEntries(this.sums.map((field) => [field, added(members, field)]));
    const said = JSON.stringify([members.length, this.isOpen(id), sums]);
    if (heading.said !== said) Object.assign(heading, sums, { count: members.length, open: this.isOpen(id), said, v: version });
    return heading;
  }
}

/** What a column of numbers comes to; nothing when none of them is one. Spread's and child's numbers are their own. */
function added(rows, field) {
  let sum = 0;
  let any = false;
  for (const row of rows) {
    if (typeof row[field] !== "number" || !Number.isFinite(row[field])) continue;
    sum += row[field];
    any = true;
  }
  return any ? sum : null;
}
