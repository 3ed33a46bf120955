/**
 * The app's own files, kept so that it opens at once and says itself that there is no network. Answers of the API are
 * never kept.
 */

const VERSION = new URL(import.meta.url).pathname.split("/")[2];
const SHELL = `shell-${VERSION}`;
const PATIENCE_MS = 4000;
const PAGES = ["/", "/portal.json"];

/** The page names all that it needs (a test holds it to that). */
export async function keepShell() {
  const cache = await caches.open(SHELL);
  const page = await fetch("/", { cache: "no-cache" });
  const needed = (await page.clone().text()).matchAll(/"(\/v\/[^"]+)"/g);
  await Promise.all([cache.put("/", page), cache.add("/portal.json"), cache.addAll([...new Set([...needed].map((one) => one[1]))])]);
}

export async function dropOldShells() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
}

/** Null for what is none of the shell's business. */
export function shellAnswer(request) {
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return null;
  if (pathname.startsWith("/v/")) return keptOrFetched(request);
  return PAGES.includes(pathname) ? fetchedOrKept(request, pathname) : null;
}

async function keptOrFetched(request) {
  return (await caches.match(request)) ?? fetch(request);
}

/** The newest page if it comes in time: a person waits for it, and a login waits for the person. */
async function fetchedOrKept(request, pathname) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status < 500) return answer;
    return (await caches.match(pathname)) ?? answer;
  } catch (error) {
    const kept = await caches.match(pathname);
    if (kept) return kept;
    throw error;
  }
}
