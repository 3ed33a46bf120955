/**
 * A hardware token: its serial number says which it is, and a code proves who holds it.
 */

import { button, element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { emblem } from "../../ui/emblem.js";
import { AS_TYPED, field } from "../../ui/field.js";
import { form } from "../../ui/form.js";

const WORDS = {
  "token-refused": "That is not a code of a token that you can have. Check the number on its back. If it lay unused for long, give two codes in a row.",
  "factor-limit": "You have as many methods as are allowed. Remove one first.",
};
const DIGITS = { required: true, maxlength: 8, inputmode: "numeric", autocomplete: "off", class: "digits-field", ...AS_TYPED };

/** `claim` is given the serial number and the codes, in their order. */
export function tokenScreen({ claim, onBack, onDone }) {
  const serial = field("serial", "Serial number", "It stands on the back.", { required: true, maxlength: 64, autocomplete: "off", class: "spelled", ...AS_TYPED });
  const first = field("first", "Code that it shows", null, DIGITS);
  const second = field("second", "The next code", "Press again, or wait until it changes.", { ...DIGITS, required: false });
  const next = element("div", { class: "form", hidden: true }, second.parts);
  const more = button("Give two codes in a row", "link", () => {
    next.hidden = false;
    more.hidden = true;
    second.input.focus();
  });
  const { node } = form({
    parts: [serial.parts, first.parts, next], action: "Add this token", words: WORDS, focus: first.input,
    submit: async () => {
      const codes = [first, second].map(({ input }) => input.value.replaceAll(" ", "")).filter(Boolean);
      onDone(await claim(serial.input.value.trim(), codes));
    },
    more: [more],
  });
  return {
    name: "token",
    title: "Add a hardware token",
    picture: [backButton(onBack), emblem("token")],
    body: [element("p", { class: "lead" }, "Have the token at hand. The code that you give here is used up."), node],
  };
}
