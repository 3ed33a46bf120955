/**
 * The browser has changed the subscription of its own accord: tell the server the new one.
 */

import { DeviceApi } from "../device_api.js";
import { readDevice } from "../device_storage.js";
import { subscribe } from "../notifications.js";

export async function renewSubscription() {
  const device = await readDevice();
  if (device?.wantsNotifications) await subscribe(registration.pushManager, new DeviceApi(device), device.vapidKey);
}
