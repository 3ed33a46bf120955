/**
 * What to do when a device is gone: nothing that this one could do alone, so it says who can.
 */

import { button, element } from "../dom.js";
import { emblem } from "../ui/emblem.js";

const item = (...words) => element("li", {}, element("span", {}, ...words));

export const lostScreen = (onBack) => ({
  name: "lost",
  title: "If a phone is lost",
  picture: emblem("phone"),
  body: [
    element(
      "ol",
      { class: "card instructions numbered" },
      item(element("strong", {}, "Call your help desk at once."), " They remove it, and from that moment it answers nothing."),
      item("Until you have another device, sign in with a code or a recovery code."),
      item("With a new phone, ask for a pairing code and set it up as you did this one."),
    ),
    element("p", { class: "hint" }, "Who finds a locked phone cannot approve a number that they did not see. Calling is still right."),
    element("div", { class: "actions" }, button("Back", "primary", onBack)),
  ],
});
