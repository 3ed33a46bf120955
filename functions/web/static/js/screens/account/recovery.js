/**
 * Recovery codes: for the day on which everything else is gone. They are shown once, and kept by the person alone.
 */

import { button, element } from "../../dom.js";
import { backButton } from "../../ui/back.js";
import { whileBusy } from "../../ui/busy.js";
import { confirmed } from "../../ui/confirm.js";
import { copyButton } from "../../ui/copy.js";
import { emblem } from "../../ui/emblem.js";
import { messageLine, wordsFor } from "../../ui/message.js";
import { dayOf } from "../../ui/words.js";

const RENEW = {
  title: "Make new codes?",
  text: ["The codes that you have now stop working at once."],
  yes: "Make new codes",
};

/** `make` makes ten and shows them. */
export function recoveryScreen({ recovery, mayChange, make, onBack }) {
  const message = messageLine();
  const actions = element("div", { class: "actions" }, mayChange && button(recovery.left ? "Make new codes" : "Make recovery codes", recovery.left ? "quiet" : "primary", begin));

  async function begin() {
    message.clear();
    if (recovery.left && !(await confirmed(RENEW))) return;
    try {
      await whileBusy(actions, make);
    } catch (error) {
      message.tell(wordsFor(error));
    }
  }

  return {
    name: "recovery",
    title: "Recovery codes",
    picture: [backButton(onBack), emblem("key")],
    body: [
      element("p", { class: "lead" }, recovery.left ? `You have ${recovery.left} of 10 left, made on ${dayOf(recovery.made_at)}.` : recovery.made_at ? "You have used all of them." : "You have none yet."),
      element(
        "ul",
        { class: "card points" },
        element("li", {}, "Each stands for a code once: here, and where you sign in."),
        element("li", {}, "Keep them where you keep important papers, not on the phone that they are to replace."),
        element("li", {}, "They are shown once. Nobody can read them again."),
      ),
      message.line,
      actions,
    ],
  };
}

export function recoveryCodesScreen({ codes, issuer, onDone }) {
  const list = element("ol", { class: "card code-list" }, codes.map((code) => element("li", { class: "spelled" }, code)));
  const file = new Blob([`${issuer}: recovery codes\nEach works once.\n\n${codes.join("\n")}\n`], { type: "text/plain" });
  const address = URL.createObjectURL(file);
  return {
    name: "recovery-codes",
    title: "Keep these codes",
    picture: emblem("key"),
    body: [
      element("p", { class: "lead" }, "Each works once. You will not see them again."),
      list,
      element(
        "div",
        { class: "actions three" },
        copyButton(codes.join("\n")),
        element("a", { class: "button quiet small", href: address, download: "recovery-codes.txt" }, "Download"),
        button("Print", "quiet small", () => print()),
      ),
      element("div", { class: "actions" }, button("I have kept them", "primary", onDone)),
    ],
    leave: () => {
      list.replaceChildren();
      URL.revokeObjectURL(address);
    },
  };
}
