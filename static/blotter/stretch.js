// Columns that would leave room at the right share it, each by its width. No page needed.

/** `columns` with widths that fill `room` pixels; as they are where there is none to spare. */
export function stretched(columns, room) {
  const needed = columns.reduce((sum, { width }) => sum + width, 0);
  const spare = Math.floor(room - needed);
  if (spare <= 0 || !needed) return columns;
  let given = 0;
  return columns.map((column, at) => {
    const share = at === columns.length - 1 ? spare - given : Math.floor((spare * column.width) / needed);
    given += share;
    return { ...column, width: column.width + share };
  });
}

/** The widths that somebody has set by hand: those that differ from what was shown. */
export function setByHand(shown, now) {
  const before = new Map(shown.map(({ id, width }) => [id, width]));
  return Object.fromEntries(now.filter(({ id, width }) => before.get(id) !== width).map(({ id, width }) => [id, width]));
}
