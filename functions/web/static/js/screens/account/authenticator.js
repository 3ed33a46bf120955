/**
 * An authenticator app: scan or type the key, then prove with a code that the app has it.
 *
 * The key lives in this screen only. It is in no address, no history and no storage, and goes with the screen.
 */

import { element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { copyButton } from "../../ui/copy.js";
import { AS_TYPED, field } from "../../ui/field.js";
import { form } from "../../ui/form.js";
import { sentence } from "../../ui/message.js";
import { qrCode } from "../../ui/qr.js";

const WORDS = {
  "wrong-code": (error) => sentence(error.detail),
  "not-a-code": "A code has six digits, as the app shows them.",
  "tries-used-up": "Too many wrong codes: this key is void. Go back and start again with a new one.",
  "factor-not-pending": "This key is not waiting for a code any more. Go back and start again with a new one.",
};

/** `started` is what the server gave: {factor_id, otpauth_uri, key, qr_rows}. `confirm` sends a code for it. */
export function authenticatorScreen({ started, confirm, onBack, onDone }) {
  const code = field("totp", "Code that the app shows now", "Six digits. They change every 30 seconds.", {
    required: true, maxlength: 8, inputmode: "numeric", autocomplete: "one-time-code", enterkeyhint: "go", class: "digits-field", ...AS_TYPED,
  });
  const { node } = form({
    parts: code.parts, action: "Confirm", words: WORDS, focus: code.input,
    submit: async () => onDone(await confirm(code.input.value.replaceAll(" ", ""))),
    onError: () => code.input.select(),
  });
  const section = element(
    "div",
    { class: "card provisioning" },
    qrCode(started.qr_rows, "QR code for an authenticator app"),
    element("a", { class: "button quiet small", href: started.otpauth_uri }, "Open in an app on this device"),
    element("p", { class: "hint", id: "key-label" }, "Or type this key into the app:"),
    element("div", { class: "kept-code" }, element("output", { class: "spelled key-text", "aria-labelledby": "key-label" }, started.key), copyButton(started.key.replaceAll(" ", ""))),
  );
  return {
    name: "authenticator",
    title: "Scan this with your app",
    picture: backButton(onBack),
    body: [
      element("p", { class: "lead" }, "Any authenticator app will do: Google, Microsoft, Apple Passwords, 2FAS, Aegis …"),
      section,
      node,
    ],
    leave: () => section.replaceChildren(),
  };
}
