/**
 * JSON over fetch. Whatever goes wrong is one of two errors: nobody answered, or the answer is a problem (RFC 9457).
 */

const PATIENCE_MS = 10_000;
const TYPE_PREFIX = "urn:gatehouse:problem:";

/** Nobody answered: no network, no server, or none in time. Whether the request arrived is not known. */
export class UnreachableError extends Error {}

/** The server refused. `code` is stable; `detail` is for a person; `retryAfter` in seconds, null if not told. */
export class ProblemError extends Error {
  constructor(response, problem) {
    super(problem.detail ?? response.statusText);
    this.status = response.status;
    this.code = String(problem.type ?? "").replace(TYPE_PREFIX, "");
    this.detail = this.message;
    this.retryAfter = Number(response.headers.get("retry-after")) || null;
    this.date = Date.parse(response.headers.get("date") ?? "");
  }
}

/** A session was opened and is not there: this browser keeps no cookies. */
export class CookieError extends Error {}

/**
 * The answer's JSON, null where it has none. `body` is text, so that what was signed is what is sent. The cookie of a
 * session goes along only where `credentials` say so.
 */
export async function exchange(method, path, { headers = {}, body, credentials = "omit" } = {}) {
  const response = await answered(method, path, { headers, body, credentials });
  const message = await jsonOf(response);
  if (!response.ok) throw new ProblemError(response, message ?? {});
  return message;
}

async function answered(method, path, { headers, body, credentials }) {
  const described = body === undefined ? headers : { ...headers, "content-type": "application/json" };
  const limits = { cache: "no-store", credentials, redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) };
  try {
    return await fetch(path, { method, headers: described, body, ...limits });
  } catch (error) {
    throw new UnreachableError("no answer", { cause: error });
  }
}

async function jsonOf(response) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch (error) {
    throw new UnreachableError("no whole answer", { cause: error });
  }
}
