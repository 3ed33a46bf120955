/**
 * A line on a screen that tells what went wrong, or right, with the last thing the person did.
 */

import { element } from "../dom.js";
import { ProblemError, UnreachableError } from "../http.js";

export function messageLine() {
  const line = element("p", { class: "message", role: "alert", hidden: true });
  return {
    line,
    clear: () => {
      line.hidden = true;
      line.textContent = "";
    },
    tell: (text, tone = "bad") => {
      line.hidden = false;
      line.dataset.tone = tone;
      line.textContent = text;
    },
  };
}

/** What to say of an error that no screen knows better. `words` has what it does know, by code. */
export function wordsFor(error, words = {}) {
  if (error instanceof UnreachableError) return "No connection. Check the network, then try again.";
  if (!(error instanceof ProblemError)) return "Something went wrong on this device. Try again.";
  if (words[error.code]) return words[error.code];
  if (error.status === 429) return `Too often. Try again ${error.retryAfter ? `in ${error.retryAfter} seconds` : "later"}.`;
  if (error.status >= 500) return "The service does not answer. Try again in a moment.";
  return `That did not work: ${error.detail}`;
}
