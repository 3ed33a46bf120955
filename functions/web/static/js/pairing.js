/**
 * Pairing from the code to a device that is ready: one screen after the other, each answering the one before.
 */

import { DeviceApi } from "./device_api.js";
import { canRing } from "./notifications.js";
import { canHavePasskey } from "./passkeys.js";
import { isInstalled, isIos } from "./platform.js";
import { codeScreen } from "./screens/code.js";
import { installScreen } from "./screens/install.js";
import { nameScreen } from "./screens/name.js";
import { notificationsScreen } from "./screens/notifications.js";
import { pairedScreen } from "./screens/paired.js";
import { passkeyScreen } from "./screens/passkey.js";

/** `code` from a link, "" without. The device is stored before anything is offered that may be left for later. */
export async function pair(stage, code) {
  if (isIos() && !isInstalled()) await stage.ask(installScreen(code));
  const session = await stage.ask(codeScreen(code));
  const device = await stage.ask(nameScreen(session));
  if (canRing()) device.wantsNotifications = await stage.ask(notificationsScreen(new DeviceApi(device), device.vapidKey));
  if (await canHavePasskey()) await stage.ask(passkeyScreen(session, device));
  await session.end();
  await stage.ask(pairedScreen(device));
  if (isInstalled()) await navigator.storage?.persist?.(); // else a browser short of space may forget the key
  return device;
}
