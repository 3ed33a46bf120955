/**
 * A line on a screen that tells what went wrong, or right, with the last thing the person did.
 */

import { element } from "../dom.js";
import { CookieError, ProblemError, UnreachableError } from "../http.js";
import { ENDED } from "./sign_in_words.js";

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

/** What to say of an error that no screen knows better. `words` has what it does know, by code: a text, or what
 * makes one of the error. */
export function wordsFor(error, words = {}) {
  if (error instanceof UnreachableError) return "No connection. Check the network, then try again.";
  if (error instanceof CookieError) return "This browser keeps no cookies for this site. Allow them in its settings; an enrolment code is used up by now.";
  if (!(error instanceof ProblemError)) return "Something went wrong on this device. Try again.";
  const known = words[error.code];
  if (known) return typeof known === "function" ? known(error) : known;
  if (COMMON[error.code]) return COMMON[error.code];
  if (error.status === 429) return `Too often. Try again ${inTime(error.retryAfter)}.`;
  if (error.status >= 500) return "The service does not answer. Try again in a moment.";
  return `That did not work: ${error.detail}`;
}

const COMMON = {
  "session-refused": ENDED,
  "session-needed": ENDED,
  "sign-in-again": "Nothing was changed: for that, sign in once more.",
  "changes-not-allowed": "You may look, but not change anything. Ask your help desk for an enrolment code.",
};

/** What the server says of an error in a sentence for people, as one. */
export const sentence = (detail) => `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;

const inTime = (seconds) => (!seconds ? "later" : seconds < 120 ? `in ${seconds} seconds` : `in ${Math.ceil(seconds / 60)} minutes`);
