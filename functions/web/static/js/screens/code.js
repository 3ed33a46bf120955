/**
 * The way in with the code that the help desk gave, typed or brought along by a link: to pair this device at once, or to
 * set up whatever the person likes.
 *
 * A link fills the code in but does not send it: it works once, and whatever opens links by itself would use it up.
 */

import { Account } from "../account_api.js";
import { button, element } from "../dom.js";
import { CookieError } from "../http.js";
import { backButton } from "../ui/back.js";
import { emblem } from "../ui/emblem.js";
import { field } from "../ui/field.js";
import { form } from "../ui/form.js";
import { installOffer } from "../ui/install_offer.js";
import { steps } from "../ui/steps.js";

const WORDS = {
  "enrollment-code-refused": "This code is not valid. Perhaps it was used already, or it is too old. Ask for a new one.",
};

/** The first step of pairing. It answers with the account. */
export const pairingCodeScreen = (code) => (answer) => ({
  name: "code",
  title: "Set up this device",
  picture: [steps("code"), emblem("shield")],
  body: [
    element("p", { class: "lead" }, "It will ask you before anybody signs in with your name. Your help desk gives you a code, or a link that has it."),
    codeForm("Pairing code", code, answer),
    installOffer(),
  ],
});

/** Where everything begins. `onBack` is null where there is nothing behind it. */
export const enrolmentCodeScreen = ({ code, onBack, onSignIn, onOpened }) => ({
  name: "welcome",
  title: "Welcome",
  picture: [onBack && backButton(onBack), emblem("shield")],
  body: [
    element("p", { class: "lead" }, "Set up how you prove that it is you. Your help desk gives you a code, or a link that has it."),
    codeForm("Enrolment code", code, onOpened),
    installOffer(),
    element("div", { class: "actions" }, element("p", { class: "or" }, "Set up already?"), button("Sign in", "quiet", onSignIn)),
  ],
});

function codeForm(label, code, onOpened) {
  const { input, parts } = field("code", label, "16 letters and digits. It works once.", {
    class: "spelled", value: code, required: true, maxlength: 32, placeholder: "XXXX-XXXX-XXXX-XXXX",
    autocomplete: "off", autocapitalize: "characters", autocorrect: "off", spellcheck: "false", enterkeyhint: "go",
  });
  let isRedeemed = false; // a code works once: what fails after that is tried again without it

  async function submit() {
    if (!isRedeemed) await Account.redeem(input.value.trim());
    isRedeemed = true;
    const account = await Account.current();
    isRedeemed = account !== null;
    if (account) onOpened(account);
    else throw new CookieError();
  }

  return form({ parts, action: "Continue", words: WORDS, focus: input, submit }).node;
}
