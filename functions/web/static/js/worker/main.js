/**
 * The service worker: rings when the server calls, opens the app when the person answers, and keeps the app's own files
 * so that it opens without a network. Listeners must stand when the script has run once, so they are all here.
 */

import { answerClick } from "./clicks.js";
import { ring } from "./ring.js";
import { dropOldShells, keepShell, shellAnswer } from "./shell.js";
import { renewSubscription } from "./renewal.js";

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepShell());
});
addEventListener("activate", (event) => event.waitUntil(Promise.all([dropOldShells(), clients.claim()])));
addEventListener("fetch", (event) => {
  const answer = shellAnswer(event.request);
  if (answer) event.respondWith(answer);
});
addEventListener("push", (event) => event.waitUntil(ring(event.data)));
addEventListener("notificationclick", (event) => event.waitUntil(answerClick(event)));
addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renewSubscription()));
