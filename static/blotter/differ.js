// Which rows of a window must be painted again: those whose id or version is not what was painted last. And where what
// stands on the page already should go: a row that one above it pushed down is the same row, one place lower.

export class Differ {
  #painted = new Map();

  /** {moves: [[from, to]…], changed: [number…]} to bring [top, bottom] up to date, as of now; moves are a permutation. */
  plan(store, top, bottom) {
    const next = new Map();
    for (let number = top; number <= bottom; number += 1) {
      const row = store.get(number);
      next.set(number, row ? { id: row.id, v: row.v } : null);
    }
    const sources = this.#sources(next);
    const changed = [...next].filter(([number, now]) => !same(this.#painted.get(sources.get(number) ?? number), now));
    this.#painted = next;
    return { moves: [...sources].map(([to, from]) => [from, to]), changed: changed.map(([number]) => number) };
  }

  /** After a scroll the grid itself has painted rows that we did not see: what we remember is worth nothing. */
  forget() {
    this.#painted = new Map();
  }

  /** Number -> the number under which its row was painted; what has gone hands its place to what has come. */
  #sources(next) {
    const stood = new Map([...this.#painted].flatMap(([number, row]) => (row ? [[row.id, number]] : [])));
    const from = new Map();
    for (const [number, row] of next) {
      const before = row && stood.get(row.id);
      if (before !== undefined && before !== null && next.has(before)) from.set(number, before);
    }
    const taken = new Set(from.values());
    const free = [...next.keys()].filter((number) => !taken.has(number));
    for (const number of next.keys()) if (!from.has(number)) from.set(number, free.shift());
    return new Map([...from].filter(([to, source]) => to !== source));
  }
}

function same(before, now) {
  return before !== undefined && before?.id === now?.id && before?.v === now?.v;
}
