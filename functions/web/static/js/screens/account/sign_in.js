/**
 * Signing in with what is set up already: name, password and a code.
 */

import { button, element } from "../../dom.js";
import { Account } from "../../account_api.js";
import { backButton } from "../../ui/back.js";
import { emblem } from "../../ui/emblem.js";
import { AS_TYPED, field } from "../../ui/field.js";
import { form } from "../../ui/form.js";
import { REFUSED } from "../../ui/sign_in_words.js";

/** `told` is why the person is here again, "" if they came by themselves. */
export function signInScreen({ told = "", username = "", onBack, onCode, onSignedIn }) {
  const name = field("username", "User name", null, { value: username, required: true, maxlength: 253, autocomplete: "username", ...AS_TYPED });
  const password = field("password", "Password", "Leave it empty if you sign in without one.", {
    type: "password", maxlength: 128, autocomplete: "current-password",
  });
  const code = field("code", "Code", "From your app or token, or one of your recovery codes.", {
    required: true, maxlength: 64, autocomplete: "one-time-code", enterkeyhint: "go", ...AS_TYPED,
  });
  const { node, message } = form({
    parts: [name.parts, password.parts, code.parts], action: "Sign in", words: REFUSED, focus: code.input,
    submit: async () => {
      const typed = { username: name.input.value.trim(), password: password.input.value, code: code.input.value.trim() };
      onSignedIn(await Account.signIn(typed));
    },
  });
  if (told) message.tell(told, "plain");
  return {
    name: "sign-in",
    title: "Sign in",
    picture: [onBack && backButton(onBack), emblem("person")],
    body: [
      element("p", { class: "lead" }, "See and change how you prove that it is you."),
      node,
      element("div", { class: "actions aside" }, button("I have an enrolment code", "link", onCode)),
    ],
  };
}
