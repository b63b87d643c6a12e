// What is said on the line, as far as this page understands it. No page needed.

/** A message; null when it is none. */
export function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}

/** Whether rows of the server's columns can be read by ours: it may have more of them at the end, and other tables. */
export function fits(ours, theirs) {
  return Object.entries(ours).every(([table, columns]) => columns.every((name, at) => theirs[table]?.[at] === name));
}
