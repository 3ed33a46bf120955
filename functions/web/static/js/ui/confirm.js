/**
 * "Are you sure?" as the browser's own dialog: it keeps the focus inside and closes with Escape.
 */

import { button, element } from "../dom.js";

/** True if the person goes on. `yes` names the action in full: no "OK" here. */
export function confirmed({ title, text, yes, no = "Go back" }) {
  return new Promise((resolve) => {
    const close = (answer) => () => dialog.close(answer);
    const dialog = element(
      "dialog",
      { class: "dialog", "aria-labelledby": "dialog-title", onClose: () => finish(dialog.returnValue === "yes") },
      element("h2", { id: "dialog-title" }, title),
      text.map((sentence) => element("p", {}, sentence)),
      element("div", { class: "actions" }, button(yes, "danger", close("yes")), button(no, "quiet", close("no"), { autofocus: true })),
    );
    function finish(answer) {
      dialog.remove();
      resolve(answer);
    }
    document.body.append(dialog);
    dialog.showModal();
  });
}
