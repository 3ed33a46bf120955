/**
 * A phone number: it counts once the code that was sent there has been typed.
 */

import { button, element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { whileBusy } from "../../ui/busy.js";
import { emblem } from "../../ui/emblem.js";
import { AS_TYPED, field } from "../../ui/field.js";
import { form } from "../../ui/form.js";
import { sentence, wordsFor } from "../../ui/message.js";

const detail = (error) => sentence(error.detail);
const WORDS = {
  "not-a-number": "Write the number with its country, such as +49\u00a0151\u00a023456789.",
  "country-refused": detail,
  "line-type-refused": detail,
  "message-not-sent": "Nothing can be sent to this number. Check it, or ask your help desk.",
  "call-not-placed": "This number cannot be called. Check it, or ask your help desk.",
  "phone-known": "This number is one of yours already.",
  "phone-limit": "You have as many numbers as are allowed. Remove one first.",
  "label-refused": "This name is too long, or has signs that cannot be seen. Choose another one.",
  "too-many-messages": "Too many codes were sent lately. Try again in a while, or add another method.",
};
const CODE_WORDS = {
  ...WORDS,
  "wrong-code": (error) => sentence(error.detail),
  "not-a-code": "A code has six digits, as the message says.",
  "phone-not-pending": "This code is void: it was wrong too often, or is too old. Send a new one.",
};

/** `ways` are how codes can reach a number: "message", perhaps "call". `send` sends one. */
export function phoneNumberScreen({ ways, send, onBack, onSent }) {
  const number = field("number", "Mobile number", "With its country, such as +49\u00a0151\u00a023456789.", {
    type: "tel", required: true, maxlength: 32, autocomplete: "tel", enterkeyhint: "next",
  });
  const name = field("name", "Name", "So that you know it among your others.", { value: "My phone", required: true, maxlength: 24, autocomplete: "off" });
  const way = ways.length > 1 ? wayChoice(ways) : null;
  const { node } = form({
    parts: [number.parts, name.parts, way?.node], action: "Send a code", words: WORDS, focus: number.input,
    submit: async () => {
      const wanted = { number: number.input.value.trim(), name: name.input.value.trim(), by: way?.chosen() ?? ways[0] };
      onSent(wanted, await send(wanted));
    },
  });
  return {
    name: "phone-number",
    title: "Add a phone number",
    picture: [backButton(onBack), emblem("message")],
    body: [element("p", { class: "lead" }, "We send a code there, to see that it is yours."), node],
  };
}

const WAY_WORDS = { message: "By message", call: "By a call that speaks it" };

function wayChoice(ways) {
  const radios = ways.map((way, at) => element("input", { type: "radio", name: "way", id: `way-${way}`, value: way, checked: at === 0 }));
  const node = element(
    "fieldset",
    { class: "choice" },
    element("legend", { class: "label" }, "How the code comes"),
    radios.map((radio) => element("label", { for: radio.id }, radio, WAY_WORDS[radio.value] ?? radio.value)),
  );
  return { node, chosen: () => radios.find((radio) => radio.checked).value };
}

/** `sent` is what the server gave: {phone_id, number}. `again` sends another code and returns the same. */
export function phoneCodeScreen({ sent, by, confirm, again, onBack, onDone }) {
  let current = sent;
  const code = field("sms-code", "Code", by === "call" ? "The call speaks six digits." : "Six digits. It can take a minute.", {
    required: true, maxlength: 8, inputmode: "numeric", autocomplete: "one-time-code", enterkeyhint: "go", class: "digits-field", ...AS_TYPED,
  });
  const { node, message } = form({
    parts: code.parts, action: "Confirm", words: CODE_WORDS, focus: code.input,
    submit: async () => onDone(await confirm(current.phone_id, code.input.value.replaceAll(" ", ""))),
    onError: () => code.input.select(),
    more: [button("Send another code", "link", sendAgain)],
  });

  async function sendAgain() {
    message.clear();
    try {
      current = await whileBusy(node, again);
      message.tell("Another code is on its way. The one before is void.", "good");
      code.input.focus();
    } catch (error) {
      message.tell(wordsFor(error, CODE_WORDS));
    }
  }

  return {
    name: "phone-code",
    title: by === "call" ? "Take the call" : "Read the message",
    picture: [backButton(onBack), emblem("message")],
    body: [element("p", { class: "lead" }, by === "call" ? "It calls " : "It went to ", element("strong", {}, sent.number), "."), node],
  };
}
