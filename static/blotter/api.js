// The REST door as the page uses it: session cookie, CSRF token, Idempotency-Key, If-Match.
//
// Every answer becomes {ok, status, body, problems: [{code, field, text, remedy, soft}], unknown}. `unknown` means that no
// answer came: the command may or may not have been taken, and repeating it under the same key is harmless.

const TIMEOUT_MS = 15_000;

export class Api {
  constructor({ csrf, fetch = (...given) => globalThis.fetch(...given) }) {
    this.csrf = csrf;
    this.fetch = fetch;
  }

  get(path) {
    return this.send("GET", path);
  }

  /** ``table`` is sent as it is, as CSV, in the place of a ``body`` in JSON. ``signal`` gives the request up. */
  async send(method, path, { body, table, key, version, signal, patience = TIMEOUT_MS } = {}) {
    const headers = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRFToken"] = this.csrf;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (table !== undefined) headers["Content-Type"] = "text/csv";
    if (key) headers["Idempotency-Key"] = key;
    if (version !== undefined) headers["If-Match"] = `"${version}"`;
    let response;
    try {
      response = await this.fetch(path, {
        method,
        headers,
        credentials: "same-origin",
        body: table ?? (body === undefined ? undefined : JSON.stringify(body)),
        signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(patience)]) : AbortSignal.timeout(patience),
      });
    } catch {
      return { ok: false, status: 0, body: null, unknown: true, problems: [LOST] };
    }
    const answer = await response.json().catch(() => null);
    const problems = problemsOf(answer, response.status);
    return {
      ok: response.ok && problems.length === 0,
      status: response.status,
      body: answer,
      unknown: false,
      problems,
    };
  }
}

const LOST = {
  code: "NO_ANSWER",
  field: "",
  text: "No answer came from the server.",
  remedy: "Send it again: under the same key it is taken at most once.",
};

/** What is wrong, of a problem document (RFC 9457) or, when something else answered, of the status alone. */
export function problemsOf(answer, status) {
  if (status < 400) return [];
  const listed = answer?.errors?.length
    ? answer.errors
    : [{ code: answer?.code, text: answer?.detail ?? `The server answered ${status}.` }];
  return listed.map(({ code = "", field = "", text = code, remedy = "", soft = false }) => ({
    code,
    field,
    text,
    remedy,
    soft,
  }));
}

/** A key nobody used before; works without a secure context too. */
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
