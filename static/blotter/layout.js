// Which columns of a table are shown, in which order, how wide. No page needed.

/** `remembered` is what the browser keeps: {get(key, otherwise), set(key, value)}. */
export class Layout {
  constructor(name, all, remembered, pinned = 1) {
    Object.assign(this, { name, all, remembered, first: pinned });
    this.order = remembered.get(`${name}.order`, []);
    this.widths = remembered.get(`${name}.widths`, {});
    this.hidden = new Set(remembered.get(`${name}.hidden`, this.delivered()));
    /** How many columns, from the left, stay in place while the others are scrolled. */
    this.pinned = remembered.get(`${name}.pinned`, pinned);
  }

  /** Columns that are not shown until somebody wants them. */
  delivered() {
    return this.all.filter(({ off }) => off).map(({ id }) => id);
  }

  /** All columns in the order they stand, hidden ones where they would be. */
  ordered() {
    return arranged(this.all, this.order);
  }

  shown() {
    const list = this.ordered().filter(({ id }) => !this.hidden.has(id));
    return list.map((column, at) => ({ ...column, pinned: at < this.pinned, width: this.widths[column.id] ?? column.width }));
  }

  /** One place to the left (-1) or right (1). */
  move(id, step) {
    this.order = moved(this.#ids(), id, step);
  }

  /** Headers were dragged: hidden columns keep their places among the shown ones. */
  dragged(ids) {
    this.order = placed(this.#ids(), ids);
  }

  /** As a saved view has it; columns it does not know stay hidden, those we do not know are passed over. */
  take({ columns = [], widths = {}, pinned = this.first }) {
    const known = this.all.map(({ id }) => id);
    this.order = columns.filter((id) => known.includes(id));
    this.hidden = new Set(this.order.length ? known.filter((id) => !this.order.includes(id)) : this.delivered());
    this.widths = widths;
    this.pinned = pinned;
  }

  keep() {
    this.remembered.set(`${this.name}.hidden`, [...this.hidden]);
    this.remembered.set(`${this.name}.order`, this.order);
    this.remembered.set(`${this.name}.widths`, this.widths);
    this.remembered.set(`${this.name}.pinned`, this.pinned);
  }

  #ids() {
    return this.ordered().map(({ id }) => id);
  }
}

/** `all` columns with those named in `order` first, in that order; the others follow as delivered. */
export function arranged(all, order) {
  const place = new Map(order.map((id, at) => [id, at]));
  const rank = ({ id }) => place.get(id) ?? order.length;
  return all.map((column, at) => [column, at]).sort(([a, i], [b, j]) => rank(a) - rank(b) || i - j).map(([column]) => column);
}

/** `ids` with `id` one place to the left (-1) or right (1); at an end it stays. */
export function moved(ids, id, step) {
  const from = ids.indexOf(id);
  const to = from + step;
  if (from < 0 || to < 0 || to >= ids.length) return ids;
  const after = [...ids];
  [after[from], after[to]] = [after[to], after[from]];
  return after;
}

/** `ids` whose members that are `shown` take the order of `shown`; the others keep their places. */
export function placed(ids, shown) {
  const next = shown.values();
  const visible = new Set(shown);
  return ids.map((id) => (visible.has(id) ? next.next().value : id));
}
