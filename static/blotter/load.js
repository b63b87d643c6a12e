// What the page reads over HTTP before the stream goes on from there.

export function snapshotUrl({ table, desk }) {
  return `/api/v1/blotter/${table}/snapshot?desk=${encodeURIComponent(desk)}`;
}

/** The rows of a table as they are now; an answer that is none is an error, for the feed to try again. */
export async function loadSnapshot(url) {
  const response = await fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`snapshot ${response.status}`);
  return response.json();
}

/** The last bars of an instrument, or none. */
export async function loadBars(api, instrument) {
  const { ok, body } = await api.get(`/api/v1/blotter/bars?instrument=${instrument}`);
  return ok ? body.bars : [];
}
