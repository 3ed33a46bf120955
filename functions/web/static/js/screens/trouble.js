/**
 * What stands in the way of answering at all, and the way out.
 */

import { button, element } from "../dom.js";
import { emblem } from "../ui/emblem.js";

const screen = (name, picture, title, sentences, ...actions) => ({
  name,
  title,
  tone: "warning",
  picture: emblem(picture, "large"),
  body: [
    ...sentences.map((sentence, at) => element("p", { class: at ? "hint" : "lead" }, sentence)),
    element("div", { class: "actions" }, ...actions),
  ],
});

export const removedScreen = (onPairAgain, onRetry) =>
  screen(
    "removed", "unlink", "This device cannot answer",
    ["It was removed, or your account is switched off.", "Your help desk can tell, and gives you a new code to pair it again."],
    button("Pair again", "primary", onPairAgain), button("Try once more", "quiet", onRetry),
  );

export const clockScreen = (onRetry) =>
  screen(
    "clock", "clock", "The clock is wrong",
    ["The time of this device is too far from the right one, so its answers are not taken.", "Switch on “set time automatically” in its settings."],
    button("Try again", "primary", onRetry),
  );

export const offlineScreen = (onRetry) =>
  screen(
    "offline", "cloud", "No connection",
    ["Gatehouse cannot be reached. It goes on trying by itself.", "Without a network, sign in with a code instead of push."],
    button("Try now", "primary", onRetry),
  );

export const unreachableScreen = (onRetry) =>
  screen(
    "unreachable", "cloud", "No connection",
    ["Your sign-in methods cannot be shown now."],
    button("Try again", "primary", onRetry),
  );

/** Keys and passkeys belong to one address; what is paired at another one would be of no use. */
export const elsewhereScreen = (origin) =>
  screen(
    "elsewhere", "forward", "It lives at another address", [`Open Gatehouse at ${new URL(origin).host}.`],
    element("a", { class: "button primary", href: origin }, "Go there"),
  );

export const unsupportedScreen = () =>
  screen(
    "unsupported", "cross", "This browser is too old",
    ["It cannot keep a key safely.", "Update it, or use another one. On an iPhone, iOS 16.4 or newer is needed."],
  );

export const replaceScreen = (device) => (answer) =>
  screen(
    "replace", "phone", "Already paired",
    [`This device answers for ${device.user.username}.`, "With a new code it gets a new key. The old entry stays until you remove it from your sign-in methods."],
    button("Pair again", "primary", () => answer(true)), button("Keep it as it is", "quiet", () => answer(false)),
  );
