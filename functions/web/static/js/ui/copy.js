/**
 * Copying a text that stands on the screen, and saying whether that worked.
 */

import { button } from "../dom.js";

export function copyButton(text, label = "Copy") {
  const copy = button(label, "quiet small", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Select and copy it by hand";
    }
  });
  copy.setAttribute("aria-live", "polite");
  return copy;
}
