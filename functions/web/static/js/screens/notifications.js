/**
 * The third step: may it ring? Browsers ask the person themselves, and only after a tap, so this says first what for.
 */

import { button, element } from "../dom.js";
import { isBlocked, turnOn } from "../notifications.js";
import { whileBusy } from "../ui/busy.js";
import { emblem } from "../ui/emblem.js";
import { messageLine, wordsFor } from "../ui/message.js";
import { steps } from "../ui/steps.js";

export const notificationsScreen = (api, vapidKey) => (answer) => {
  const message = messageLine();
  const actions = element("div", { class: "actions" }, button("Allow notifications", "primary", allow), button("Not now", "quiet", () => answer(false)));

  async function allow() {
    message.clear();
    try {
      if (await whileBusy(actions, () => turnOn(api, vapidKey))) answer(true);
      else message.tell(isBlocked() ? BLOCKED : "Nothing was allowed. You can do it later, too.");
    } catch (error) {
      message.tell(error.name === "AbortError" ? UNAVAILABLE : wordsFor(error));
    }
  }

  return {
    name: "notifications",
    title: "Be told at once",
    picture: [steps("notifications"), emblem("bell")],
    body: [
      element("p", { class: "lead" }, "A sign-in waits only for seconds. With notifications you need not have the app open."),
      element("p", { class: "hint" }, "A notification never says who signs in, or where. That stands in the app alone."),
      message.line,
      actions,
    ],
  };
};

export const BLOCKED = "Notifications are blocked for this site. Allow them in the settings of your browser or phone.";
export const UNAVAILABLE = "This browser cannot reach its notification service now. Try again later.";
