/**
 * The first step of pairing: the code that the help desk gave, typed or brought along by a link.
 *
 * A link fills the code in but does not send it: it works once, and whatever opens links by itself would use it up.
 */

import { element, submitButton } from "../dom.js";
import { PairingSession } from "../pairing_api.js";
import { whileBusy } from "../ui/busy.js";
import { emblem } from "../ui/emblem.js";
import { installOffer } from "../ui/install_offer.js";
import { messageLine, wordsFor } from "../ui/message.js";
import { steps } from "../ui/steps.js";

const WORDS = {
  "enrollment-code-refused": "This code is not valid. Perhaps it was used already, or it is too old. Ask for a new one.",
};

export const codeScreen = (code) => (answer) => {
  const message = messageLine();
  const input = element("input", {
    id: "code", name: "code", class: "spelled", value: code, required: true, maxlength: 32, placeholder: "XXXX-XXXX-XXXX-XXXX",
    autocomplete: "off", autocapitalize: "characters", autocorrect: "off", spellcheck: "false", enterkeyhint: "go",
    "aria-describedby": "code-hint",
  });
  const form = element(
    "form",
    { class: "card form", onSubmit: submit },
    element("label", { for: "code" }, "Pairing code"),
    input,
    element("p", { id: "code-hint", class: "hint" }, "16 letters and digits. It works once."),
    message.line,
    submitButton("Continue"),
  );

  async function submit(event) {
    event.preventDefault();
    message.clear();
    try {
      answer(await whileBusy(form, () => PairingSession.open(input.value.trim())));
    } catch (error) {
      message.tell(wordsFor(error, WORDS));
      input.focus();
    }
  }

  return {
    name: "code",
    title: "Set up this device",
    picture: [steps("code"), emblem("shield")],
    body: [
      element("p", { class: "lead" }, "It will ask you before anybody signs in with your name. Your help desk gives you a code, or a link that has it."),
      form,
      installOffer(),
    ],
  };
};
