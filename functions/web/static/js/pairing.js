/**
 * Pairing this device: one screen after the other, each answering the one before.
 */

import { DeviceApi } from "./device_api.js";
import { canRing } from "./notifications.js";
import { canHavePasskey } from "./passkeys.js";
import { isInstalled, isIos } from "./platform.js";
import { pairingCodeScreen } from "./screens/code.js";
import { installScreen } from "./screens/install.js";
import { nameScreen } from "./screens/name.js";
import { notificationsScreen } from "./screens/notifications.js";
import { pairedScreen } from "./screens/paired.js";
import { passkeyScreen } from "./screens/passkey.js";

/** On an iPhone or iPad first of all: what is set up in the browser is of no use to the installed app. */
export async function offerHomeScreen(stage, code) {
  if (isIos() && !isInstalled()) await stage.ask(installScreen(code));
}

/** `code` from a link, "" without. Answers with the account that it opened. */
export async function openByPairingCode(stage, code) {
  await offerHomeScreen(stage, code);
  return stage.ask(pairingCodeScreen(code));
}

/** The device is stored, and `onPaired` is told, before anything is offered that may be left for later. */
export async function pairThisDevice(stage, account, { onBack = null, onPaired = () => {} } = {}) {
  const device = await stage.ask(nameScreen(account, onBack));
  onPaired(device);
  if (canRing()) device.wantsNotifications = await stage.ask(notificationsScreen(new DeviceApi(device), device.vapidKey));
  if (await canHavePasskey()) await stage.ask(passkeyScreen(account, device));
  await stage.ask(pairedScreen(device));
  if (isInstalled()) await navigator.storage?.persist?.(); // else a browser short of space may forget the key
  return device;
}
