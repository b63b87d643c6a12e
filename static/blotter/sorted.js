// Rows in order, each with a copy of what it was sorted by when it was put in: so where it stands is found by search,
// even after it has changed, and the thousands that did not change are copied without being looked at.

const SWEEP = 16;

export class SortedRows {
  list = [];
  #keys = [];
  #fields = [];
  compare = comparison([]);

  /** order: [{field, down}], the first is the strongest; the id makes it total. Rows are sorted anew by fill(). */
  order(order) {
    this.#fields = order.map(({ field }) => field);
    this.compare = comparison(order);
  }

  /** These and no others. */
  fill(rows) {
    this.list = rows.sort(this.compare);
    this.#keys = rows.map((row) => this.#stamp(row));
  }

  /** changed: rows that have changed, came or went; fresh: those of them that are listed. Cost O(n + k log n). */
  merge(changed, fresh) {
    const gone = this.#places(changed);
    const come = fresh.sort(this.compare);
    const size = this.list.length - gone.length + come.length;
    const [rows, keys] = [new Array(size), new Array(size)];
    let [from, to, at] = [0, 0, 0];
    const copy = (until) => {
      for (; from < until; from += 1) {
        if (from === gone[at]) at += 1;
        else {
          rows[to] = this.list[from];
          keys[to++] = this.#keys[from];
        }
      }
    };
    for (const row of come) {
      const key = this.#stamp(row);
      copy(this.#firstNotBefore(key, from));
      rows[to] = row;
      keys[to++] = key;
    }
    copy(this.list.length);
    [this.list, this.#keys] = [rows, keys];
  }

  /** Where the changed ones stand, in order; they are in the list no more. */
  #places(changed) {
    const stood = changed.filter((row) => row.key);
    const found =
      stood.length * SWEEP > this.list.length ? this.#swept(new Set(stood)) : stood.map(({ key }) => this.#firstNotBefore(key, 0));
    for (const row of stood) row.key = null;
    return Int32Array.from(found).sort();
  }

  /** Of many it costs less to look at all. */
  #swept(stood) {
    const places = [];
    this.list.forEach((row, place) => stood.has(row) && places.push(place));
    return places;
  }

  #stamp(row) {
    const key = { id: row.id };
    for (const field of this.#fields) key[field] = row[field];
    row.key = key;
    return key;
  }

  #firstNotBefore(key, low) {
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compare(this.#keys[middle], key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Empty values last in both directions; equal rows by id, the newest first. */
export function comparison(order) {
  return (a, b) => {
    for (const { field, down } of order) {
      const difference = compareValues(a[field], b[field], down);
      if (difference) return difference;
    }
    return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
  };
}

function compareValues(a, b, down) {
  if (a === b) return 0;
  if (a == null || a === "") return b == null || b === "" ? 0 : 1;
  if (b == null || b === "") return -1;
  return (a < b ? -1 : 1) * (down ? -1 : 1);
}
