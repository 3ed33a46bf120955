/**
 * A form that does one thing: while it does, nothing can be tapped; if it fails, it says why and keeps what was typed.
 */

import { element, submitButton } from "../dom.js";
import { whileBusy } from "./busy.js";
import { messageLine, wordsFor } from "./message.js";

/**
 * `submit` is what to do; `words` what to say of its errors, by code; `focus` the input to return to. `look` is that of
 * the button.
 */
export function form({ parts, action, look, submit, words = {}, focus = null, onError = null, more = [] }) {
  const message = messageLine();
  const node = element("form", { class: "card form", onSubmit: run }, parts, message.line, submitButton(action, look), more);

  async function run(event) {
    event.preventDefault();
    message.clear();
    try {
      await whileBusy(node, submit);
    } catch (error) {
      message.tell(wordsFor(error, words));
      focus?.focus();
      onError?.(error);
    }
  }

  return { node, message };
}
