/**
 * An offer to install the app, where the browser lets a page make one. It appears when the browser is ready for it.
 */

import { button, element } from "../dom.js";
import { canInstall, install } from "../platform.js";

export function installOffer() {
  const offer = element(
    "div",
    { class: "card offer", hidden: !canInstall() },
    element("p", {}, "Install Gatehouse, and requests open in a window of their own."),
    button("Install", "quiet small", async () => {
      offer.hidden = true;
      await install();
    }),
  );
  addEventListener("gatehouse-installable", () => {
    offer.hidden = !canInstall();
  });
  return offer;
}
