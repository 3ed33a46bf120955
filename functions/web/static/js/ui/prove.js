/**
 * "Is it still you?" A change of sign-in methods wants a sign-in of the last minutes. The question stands in front of
 * what the person is about, which goes on afterwards.
 */

import { button, element } from "../dom.js";
import { AS_TYPED, field } from "./field.js";
import { form } from "./form.js";
import { REFUSED } from "./sign_in_words.js";

/** True once `signIn({password, code})` has succeeded, false if the person went back. */
export function proven(signIn) {
  return new Promise((resolve) => {
    const password = field("again-password", "Password", "Leave it empty if you sign in without one.", {
      type: "password", autocomplete: "current-password", maxlength: 128,
    });
    const code = field("again-code", "Code", "From your app or token, or a recovery code.", {
      required: true, maxlength: 64, autocomplete: "one-time-code", ...AS_TYPED,
    });
    const { node } = form({
      parts: [password.parts, code.parts], action: "Go on", words: REFUSED, focus: code.input,
      submit: async () => {
        await signIn({ password: password.input.value, code: code.input.value.trim() });
        dialog.close("yes");
      },
    });
    const dialog = element(
      "dialog",
      { class: "dialog prove", "aria-labelledby": "prove-title", onClose: () => finish(dialog.returnValue === "yes") },
      element("h2", { id: "prove-title" }, "Is it still you?"),
      element("p", {}, "To change how you sign in, sign in once more. Then it goes on."),
      node,
      button("Go back", "link", () => dialog.close("")),
    );
    function finish(answer) {
      dialog.remove();
      resolve(answer);
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}
