// The rows of a page without the page: which are found, which is looked at, which are picked. No DOM.

const said = (cell) => (typeof cell === "string" ? cell : cell.text);

export class Rows {
  all = [];
  find = "";
  at = null;
  picked = new Set();

  /** New rows: what is no longer there is no longer picked; the row looked at stays, or its place does. */
  take(rows) {
    const place = this.place;
    this.all = rows;
    const keys = new Set(rows.map(({ key }) => key));
    for (const key of this.picked) if (!keys.has(key)) this.picked.delete(key);
    if (this.at !== null && !keys.has(this.at)) this.at = this.shown[Math.min(place, this.shown.length - 1)]?.key ?? null;
  }

  /** Those in which every word of the find line stands, in any cell. */
  get shown() {
    const words = this.find.toLowerCase().split(/\s+/).filter(Boolean);
    if (!words.length) return this.all;
    return this.all.filter(({ cells }) => {
      const line = cells.map(said).join(" ").toLowerCase();
      return words.every((word) => line.includes(word));
    });
  }

  get place() {
    return Math.max(0, this.shown.findIndex(({ key }) => key === this.at));
  }

  row(key) {
    return this.all.find((one) => one.key === key);
  }

  /** The row `by` further on; the first or the last where there is none. Answers its key. */
  move(by) {
    const { shown } = this;
    if (!shown.length) return null;
    const from = shown.findIndex(({ key }) => key === this.at);
    const to = from < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, from + by));
    this.at = shown[to].key;
    return this.at;
  }

  pick(key, on = !this.picked.has(key)) {
    if (on) this.picked.add(key);
    else this.picked.delete(key);
  }

  /** All that are shown, or none when all are. */
  pickAll(on = this.shown.some(({ key }) => !this.picked.has(key))) {
    for (const { key } of this.shown) this.pick(key, on);
  }

  /** What an act is for: the picked rows that are shown, else the row looked at. */
  get meant() {
    const picked = this.shown.filter(({ key }) => this.picked.has(key));
    if (picked.length) return picked;
    const one = this.row(this.at);
    return one ? [one] : [];
  }
}

/** Which cells of a row differ from what stood there before; all of a new one are as they are. */
export function changed(before, after) {
  if (!before) return [];
  return after.cells.flatMap((cell, at) => (JSON.stringify(cell) === JSON.stringify(before.cells[at]) ? [] : [at]));
}
