/**
 * The end of the set-up.
 */

import { button, element } from "../dom.js";
import { emblem } from "../ui/emblem.js";

export const pairedScreen = (device) => (answer) => ({
  name: "paired",
  title: "This device is ready",
  tone: "good",
  picture: emblem("check", "large"),
  body: [
    element("p", { class: "lead" }, element("bdi", {}, device.name), " now answers for ", element("bdi", {}, device.user.username), "."),
    element("p", { class: "hint" }, "To use it, type push and a number of two digits where you sign in, such as push 47. Then enter the same number here."),
    element("div", { class: "actions" }, button("Done", "primary", () => answer(null))),
  ],
});
