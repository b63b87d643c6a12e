// How many rows there are of each kind, kept up as they change: to count a hundred thousand once a second holds the page up.

export class Tally {
  #counts = new Map();

  /** kindOf(row): the kind it is of, or null when it does not count. */
  constructor(kindOf) {
    this.kindOf = kindOf;
  }

  of(kind) {
    return this.#counts.get(kind) ?? 0;
  }

  /** The kinds there are any of. */
  kinds() {
    return this.#counts.keys();
  }

  get total() {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  /** A row was of one kind and is of another; null for none. */
  moved(before, after) {
    if (before === after) return;
    this.#add(before, -1);
    this.#add(after, 1);
  }

  clear() {
    this.#counts.clear();
  }

  #add(kind, by) {
    if (kind === null) return;
    const count = this.of(kind) + by;
    if (count) this.#counts.set(kind, count);
    else this.#counts.delete(kind);
  }
}
