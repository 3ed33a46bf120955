/**
 * The fourth step: a passkey, for sign-ins that ask for more than this device. It is offered now because making one needs
 * the session of the pairing, and needs that of a sign-in later.
 */

import { button, element } from "../dom.js";
import { addPasskey } from "../passkeys.js";
import { whileBusy } from "../ui/busy.js";
import { emblem } from "../ui/emblem.js";
import { messageLine, wordsFor } from "../ui/message.js";
import { steps } from "../ui/steps.js";

const WORDS = { "passkey-refused": "The server did not take this passkey. Try again, or go on without." };

export const passkeyScreen = (account, device) => (answer) => {
  const message = messageLine();
  const actions = element("div", { class: "actions" }, button("Add a passkey", "primary", add), button("Not now", "quiet", () => answer(false)));

  async function add() {
    message.clear();
    try {
      await whileBusy(actions, () => addPasskey(account, device.id));
      answer(true);
    } catch (error) {
      message.tell(error instanceof DOMException ? "No passkey was made. Try again, or go on without." : wordsFor(error, WORDS));
    }
  }

  return {
    name: "passkey",
    title: "Add a passkey",
    picture: [steps("passkey"), emblem("key")],
    body: [
      element("p", { class: "lead" }, "Some sign-ins also want to know that it is you who holds the device: by fingerprint, face or its PIN."),
      message.line,
      actions,
    ],
  };
};
