/**
 * A push message has come. It carries an id and nothing else, and always shows a notification: browsers take the
 * subscription away from who receives in silence (iOS after three times).
 */

import { wordsFor } from "./notice_words.js";
import { openWindows } from "./windows.js";

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const ICON = { icon: "/v/VERSION/icons/icon-192.png", badge: "/v/VERSION/icons/badge-96.png" };
const TEST = "test";
const NOTICE = "notice";
const ANSWER = "answer";
const UNREAD = "sign-in"; // one notification for all that could not be read

export async function ring(message) {
  const { id, about } = read(message);
  await show(id, about);
  for (const window of await openWindows()) window.postMessage({ look: true });
}

/** Whatever cannot be read still rings, and leads to the app, which looks for itself. */
function read(message) {
  try {
    const { id, about } = message.json();
    return { id: typeof id === "string" && ID.test(id) ? id : "", about };
  } catch {
    return { id: "" };
  }
}

function show(id, about) {
  if (id === TEST) return showTest();
  return id === NOTICE ? showNotice(about) : showPrompt(id);
}

/** A tag of its own each time: a second change must not take the place of the first. */
function showNotice(about) {
  return registration.showNotification(wordsFor(about), {
    ...ICON,
    body: "Not you, and nobody did it for you? Tell your administrator at once.",
    tag: `${NOTICE}-${Date.now()}`,
    requireInteraction: true,
    data: { id: "" },
  });
}

function showPrompt(id) {
  return registration.showNotification("Sign-in request", {
    ...ICON,
    body: "Open to see who is asking. Not you? Deny it.",
    tag: id || UNREAD,
    renotify: true,
    requireInteraction: true,
    data: { id },
    actions: id ? [{ action: "review", title: "Review" }, { action: "deny", title: "Deny" }] : [],
  });
}

function showTest() {
  return registration.showNotification("It works", {
    ...ICON,
    body: "This is how a sign-in request will reach you.",
    tag: TEST,
    data: { id: "" },
  });
}

/** What became of an answer. Under a tag of its own: the app takes back what belongs to the request. */
export function tell(title, body) {
  return registration.showNotification(title, { ...ICON, body, tag: ANSWER, renotify: true, data: { id: "" } });
}
