/**
 * The second step: what to call this device. The key is made here, and the device counts from now on.
 */

import { saveDevice } from "../device_storage.js";
import { element, submitButton } from "../dom.js";
import { deviceKind } from "../platform.js";
import { backButton } from "../ui/back.js";
import { whileBusy } from "../ui/busy.js";
import { emblem } from "../ui/emblem.js";
import { messageLine, wordsFor } from "../ui/message.js";
import { steps } from "../ui/steps.js";

const WORDS = {
  "label-refused": "This name is too long, or has signs that cannot be seen. Choose another one.",
  "device-limit": "You have as many devices as are allowed. Remove one first, or ask your help desk to remove one.",
  "session-refused": "That took too long, and the code is used up. Ask for a new one.",
  "session-needed": "That took too long, and the code is used up. Ask for a new one.",
};

/** `onBack` is null where the pairing is all that the person came for. */
export const nameScreen = (account, onBack) => (answer) => {
  const message = messageLine();
  const input = element("input", {
    id: "name", name: "name", value: deviceKind(), required: true, maxlength: 40, autocomplete: "off", enterkeyhint: "go",
    "aria-describedby": "name-hint",
  });
  const form = element(
    "form",
    { class: "card form", onSubmit: submit },
    element("label", { for: "name" }, "Name of this device"),
    input,
    element("p", { id: "name-hint", class: "hint" }, "So that you know it among your others."),
    message.line,
    submitButton("Pair this device"),
  );

  async function submit(event) {
    event.preventDefault();
    message.clear();
    try {
      answer(await whileBusy(form, () => paired(input.value.trim())));
    } catch (error) {
      message.tell(wordsFor(error, WORDS));
    }
  }

  async function paired(name) {
    const device = await account.addDevice(name);
    await saveDevice(device);
    return device;
  }

  return {
    name: "name",
    title: `Hello, ${account.displayName}`,
    picture: [onBack ? backButton(onBack) : steps("name"), emblem("phone")],
    body: [element("p", { class: "lead" }, "A key will be made that cannot leave this device. It proves that an answer comes from here."), form],
  };
};
