/**
 * A new phone: the new one is added first, and only then the old one is let go, if the person says so.
 */

import { button, element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { whileBusy } from "../../ui/busy.js";
import { emblem } from "../../ui/emblem.js";
import { messageLine, wordsFor } from "../../ui/message.js";
import { rowList } from "../../ui/rows.js";
import { KINDS, lineOf } from "./kinds.js";

const item = (...words) => element("li", {}, element("span", {}, ...words));

/** `canBeThis`: this very device may be the new one. */
export function newPhoneScreen({ canBeThis, host, onBack, onAdd }) {
  const here = { picture: "phone", name: `Use ${KINDS.device.name().replace("This", "this")}`, more: "If you are holding the new one.", onOpen: () => onAdd("device") };
  const app = { picture: "qr", name: "Move my authenticator app", more: "Scan a new key with the new phone.", onOpen: () => onAdd("authenticator") };
  return {
    name: "new-phone",
    title: "A new phone",
    picture: [backButton(onBack), emblem("phone")],
    body: [
      element("p", { class: "lead" }, "First the new one is added. What you have now goes on working until you remove it."),
      rowList("What to move", [...(canBeThis ? [here] : []), app]),
      element(
        "ol",
        { class: "card instructions numbered" },
        item("To approve on a phone that you hold in your other hand, open ", element("strong", {}, host), " there."),
        item("Sign in there, and add that phone."),
        item("Come back here and remove the old one."),
      ),
    ],
  };
}

/**
 * The new one is there: which of the old ones may go? Nothing is chosen beforehand. `remove` takes one method;
 * `onDone` is given how many went.
 */
export function retireScreen({ told, old, remove, onDone }) {
  const message = messageLine();
  const boxes = old.map((method) => {
    const box = element("input", { type: "checkbox", id: `old-${method.id}`, class: "check" });
    const words = element("span", { class: "row-words" }, element("bdi", { class: "row-name", dir: "auto" }, method.name), element("span", { class: "hint" }, lineOf(method)));
    box.addEventListener("change", show);
    return { box, method, line: element("li", {}, element("label", { class: "check-row", for: box.id }, box, words)) };
  });
  const chosen = () => boxes.filter(({ box }) => box.checked);
  const go = button("Remove what is chosen", "danger", run, { disabled: true });
  const actions = element("div", { class: "actions" }, go, button("Keep all of them", "quiet", () => onDone(0)));
  let gone = 0;

  function show() {
    go.disabled = chosen().length === 0;
  }
  async function run() {
    message.clear();
    try {
      await whileBusy(actions, removeChosen);
      onDone(gone);
    } catch (error) {
      message.tell(wordsFor(error));
      show();
    }
  }
  async function removeChosen() {
    for (const { box, method, line } of chosen()) {
      await remove(method);
      gone += 1;
      box.checked = false;
      line.remove();
    }
  }

  return {
    name: "retire",
    title: "Remove the old one?",
    picture: emblem("phone"),
    body: [
      element("p", { class: "message", "data-tone": "good" }, told),
      element("p", { class: "lead" }, "Choose what you do not have any more. What you keep goes on working."),
      element("ul", { class: "card rows", "aria-label": "What you had before" }, boxes.map(({ line }) => line)),
      message.line,
      actions,
    ],
  };
}
