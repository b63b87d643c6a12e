// The order of a table's columns: lists of ids in, lists of ids out. No page needed.

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
