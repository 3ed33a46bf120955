/**
 * The person has touched a notification: look at it in the app, or deny at once.
 *
 * Denying needs no look, because it harms nobody. Approving does, so there is no such action.
 */

import { DeviceApi } from "../device_api.js";
import { readDevice } from "../device_storage.js";
import { tell } from "./ring.js";
import { openApp, openWindows } from "./windows.js";

export async function answerClick({ action, notification }) {
  notification.close();
  const { id } = notification.data ?? {};
  return action === "deny" && id ? deny(id) : openApp(id);
}

async function deny(id) {
  try {
    const { title, body } = await denied(id);
    await tell(title, body);
  } catch {
    await tell("Not denied", "Gatehouse could not be reached. Open the app and try again.");
  }
  for (const window of await openWindows()) window.postMessage({ look: true });
}

async function denied(id) {
  const api = new DeviceApi(await readDevice());
  const prompt = await api.prompt(id);
  if (prompt.state !== "pending") return { title: "Nothing to deny", body: "That sign-in request was over already." };
  await api.decide(prompt, "deny");
  return { title: "Denied", body: "Nobody was signed in. If it happens again, open the app and report it." };
}
