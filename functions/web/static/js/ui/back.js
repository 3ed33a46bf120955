/**
 * The way back to where a screen was opened from: at its head, as people expect it.
 */

import { button } from "../dom.js";
import { icon } from "../icons.js";

export function backButton(onBack, text = "Back") {
  const back = button(text, "link back", onBack);
  back.prepend(icon("back"));
  return back;
}
