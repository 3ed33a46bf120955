/**
 * Whether this device rings: the browser's permission, its push subscription, and the server's knowledge of it.
 */

import { changeDevice } from "./device_storage.js";
import { fromBase64url, toBase64url } from "./octets.js";

export const canRing = () => "Notification" in globalThis && "PushManager" in globalThis && "serviceWorker" in navigator;

export const isBlocked = () => Notification.permission === "denied";

/** Must follow a tap: browsers ask the person only then. False if the person, or an earlier answer, refuses. */
export async function turnOn(api, vapidKey) {
  if ((await Notification.requestPermission()) !== "granted") return false;
  const { pushManager } = await navigator.serviceWorker.ready;
  await subscribe(pushManager, api, vapidKey);
  await changeDevice({ wantsNotifications: true, vapidKey });
  return true;
}

export async function turnOff(api) {
  await changeDevice({ wantsNotifications: false });
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe();
  await api.unsubscribe();
}

/**
 * Make good what was lost meanwhile: the browser dropped the subscription, the server's key is another one, or the push
 * service told the server that the subscription is gone. `known` is what the server says of this device.
 */
export async function renew(api, known, device) {
  if (!device.wantsNotifications || !canRing() || Notification.permission !== "granted") return;
  const { pushManager } = await navigator.serviceWorker.ready;
  const current = await pushManager.getSubscription();
  if (current && known.notifications && isFor(current, known.vapid_public_key)) return;
  await subscribe(pushManager, api, known.vapid_public_key);
}

/** Also called by the worker. A subscription for another key, or a dead one, has to go before a new one can be had. */
export async function subscribe(pushManager, api, vapidKey) {
  await (await pushManager.getSubscription())?.unsubscribe();
  const options = { userVisibleOnly: true, applicationServerKey: fromBase64url(vapidKey) };
  const { endpoint, keys } = (await pushManager.subscribe(options)).toJSON();
  await api.subscribe({ endpoint, keys: { p256dh: keys.p256dh, auth: keys.auth } });
}

const isFor = (subscription, vapidKey) => toBase64url(subscription.options.applicationServerKey ?? []) === vapidKey;

/** A prompt that is settled must not stay on the lock screen. */
export async function takeBack(promptId) {
  const registration = await navigator.serviceWorker?.getRegistration();
  const shown = (await registration?.getNotifications({ tag: promptId })) ?? [];
  for (const notification of shown) notification.close();
}
