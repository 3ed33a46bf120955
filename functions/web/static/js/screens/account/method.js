/**
 * One method: what is known of it, whether it works, what it is called, and the way to be rid of it.
 */

import { button, element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { whileBusy } from "../../ui/busy.js";
import { confirmed } from "../../ui/confirm.js";
import { emblem } from "../../ui/emblem.js";
import { facts } from "../../ui/facts.js";
import { AS_TYPED, field } from "../../ui/field.js";
import { form } from "../../ui/form.js";
import { messageLine, wordsFor } from "../../ui/message.js";
import { dayAndTimeOf } from "../../ui/words.js";
import { lastUseInFull } from "./kinds.js";

const TEST_WORDS = {
  "code-refused": "This code would not let you in now. Wait for the next one and try that. If it goes on, remove this and add it again.",
  "not-a-code": "Type the digits that it shows now.",
};
const NAME_WORDS = { "label-refused": "This name is too long, or has signs that cannot be seen. Choose another one." };

/**
 * `is`: {only: no other method is left, mayChange}; `ring` sends a notification to this very device, null elsewhere;
 * `on`: {back, rename(name), first(), remove(), test(code), passkey()}. All but back are promises.
 */
export function methodScreen({ method, is, ring, on }) {
  const message = messageLine();
  const area = element("div", { class: "method-parts" });
  const guarded = (action) => async () => {
    message.clear();
    try {
      await whileBusy(area, action);
    } catch (error) {
      message.tell(error instanceof DOMException ? "No passkey was made. Try again." : wordsFor(error));
    }
  };
  area.append(
    element("div", { class: "card" }, aboutMethod(method)),
    message.line,
    ...[testCard(method, ring, on.test, guarded, message), is.mayChange && nameForm(method, on.rename)].filter(Boolean),
  );
  if (is.mayChange) area.append(changes(method, is, on, guarded));
  return { name: "method", title: method.name, picture: [backButton(on.back), emblem(method.picture)], body: area };
}

function aboutMethod(method) {
  const flags = method.kind === "device" && [
    ["bell", "Notifications", method.notifications ? "On" : "Off"],
    ["key", "Passkey", method.passkey ? "Ready" : "None"],
  ];
  return facts(
    [method.picture, "Kind", method.what],
    method.number && ["message", "Number", method.number],
    method.serial && ["token", "Serial", method.serial],
    method.word && ["person", "Typed as", method.kind === "device" ? `${method.word} 47` : method.word, method.kind === "device" && "any two digits"],
    ["plus", "Added", dayAndTimeOf(method.added)],
    method.used !== undefined && ["clock", "Last used", lastUseInFull(method)],
    ...(flags || []),
  );
}

function testCard(method, ring, test, guarded, message) {
  if (method.kind === "phone") return null;
  if (method.kind !== "device") return codeTest(method, test);
  if (!method.isThis) return element("p", { class: "hint" }, "To test it, open Gatehouse on it and choose “Send a test”.");
  if (!method.notifications || !ring) return null;
  const ringing = guarded(async () => {
    const { taken } = await ring();
    if (taken) message.tell("Sent. It should ring in a few seconds.", "good");
    else message.tell("The notification service did not take it. Turn notifications off and on again.");
  });
  return element("div", { class: "actions" }, button("Send a test", "quiet", ringing));
}

function codeTest(method, test) {
  const code = field("test-code", "Test it", "Type the code that it shows. It is used up by this.", {
    required: true, maxlength: 8, inputmode: "numeric", autocomplete: "one-time-code", class: "digits-field", ...AS_TYPED,
  });
  const { node, message } = form({
    parts: code.parts, action: "Test this code", look: "quiet small", words: TEST_WORDS, focus: code.input,
    submit: async () => {
      const id = await test(code.input.value.replaceAll(" ", ""));
      if (id === method.id) message.tell("It works. Sign in with the next code.", "good");
      else message.tell("This code works, but it is of another one of your methods.", "good");
      code.input.value = "";
    },
  });
  return node;
}

function nameForm(method, rename) {
  const name = field("method-name", "Name", null, { value: method.name, required: true, maxlength: 40, autocomplete: "off" });
  return form({
    parts: name.parts, action: "Save the name", look: "quiet small", words: NAME_WORDS, focus: name.input,
    submit: () => rename(name.input.value.trim()),
  }).node;
}

function changes(method, is, on, guarded) {
  const remove = guarded(async () => {
    if (await confirmed(removal(method, is))) await on.remove();
  });
  return element(
    "div",
    { class: "actions aside" },
    method.kind === "device" && method.isThis && !method.passkey && on.passkey && button("Add a passkey", "link", guarded(on.passkey)),
    method.position > 1 && button("Make it the first", "link", guarded(on.first)),
    button("Remove", "link danger-text", remove),
  );
}

function removal(method, { only }) {
  const name = `“${method.name}”`;
  if (only) {
    return {
      title: "Remove your only method?",
      text: [`Without ${name} you cannot sign in by yourself: only a recovery code or your help desk can let you in.`, "Add another one first, if you can."],
      yes: "Remove it anyway",
    };
  }
  const here = method.isThis ? " This device will not be asked any more." : "";
  return { title: "Remove this method?", text: [`${name} cannot be used to sign in from that moment.${here}`], yes: "Remove it" };
}
