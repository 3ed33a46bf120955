/**
 * How far the set-up has come: dots for eyes, words for ears.
 */

import { element } from "../dom.js";

export const STEPS = ["code", "name", "notifications", "passkey"];

export function steps(name) {
  const at = STEPS.indexOf(name);
  const dots = STEPS.map((_, index) => element("span", { class: "dot", "data-done": index <= at }));
  const label = `Step ${at + 1} of ${STEPS.length}`;
  return element("p", { class: "steps" }, element("span", { class: "dots", "aria-hidden": "true" }, ...dots), label);
}
