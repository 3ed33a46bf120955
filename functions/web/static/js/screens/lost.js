/**
 * What to do when a device is gone: who can sign in may remove it at once, and the help desk can for who cannot.
 */

import { button, element } from "../dom.js";
import { emblem } from "../ui/emblem.js";

const item = (...words) => element("li", {}, element("span", {}, ...words));

export const lostScreen = (onBack, onManage) => ({
  name: "lost",
  title: "If a phone is lost",
  picture: emblem("phone"),
  body: [
    element(
      "ol",
      { class: "card instructions numbered" },
      item(element("strong", {}, "Remove it at once."), " From that moment it answers nothing. If you cannot sign in, call your help desk: they remove it."),
      item("Until you have another device, sign in with a code or a recovery code."),
      item("With a new phone, open this page there and sign in with a recovery code, or ask for a pairing code."),
    ),
    element("p", { class: "hint" }, "Who finds a locked phone cannot approve a number that they did not see. Calling is still right."),
    element("div", { class: "actions" }, button("Remove it myself", "primary", onManage), button("Back", "quiet", onBack)),
  ],
});
