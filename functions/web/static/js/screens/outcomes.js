/**
 * How a sign-in request ended. Each end has its screen; what the server answers leads to one of them.
 */

import { button, element } from "../dom.js";
import { emblem } from "../ui/emblem.js";

/** By name: tone, picture, heading, then sentences; `client` is the application. */
const OUTCOMES = {
  approved: ["good", "check", "Approved", (client) => ["Go back to your screen: you are being signed in to ", client, "."]],
  denied: ["calm", "cross", "Denied", () => ["Nobody was signed in."], "Not you? If it happens again, choose “This wasn’t me”."],
  reported: ["warning", "flag", "Reported", () => ["Your help desk has been told, and nobody was signed in."],
    "No more requests reach you until they turn them on again. Meanwhile you can sign in with a code."],
  wrong_number: ["bad", "cross", "Wrong number", () => ["It was not the number that was typed at the sign-in, so it was denied."],
    "Was it you? Sign in again with a new number. If not, call your help desk."],
  expired: ["calm", "clock", "Too late", () => ["This request waited too long, and nobody was signed in."], "Sign in again if it was you."],
  cancelled: ["calm", "clock", "No longer needed", () => ["This request was withdrawn before it was answered."], "A newer sign-in took its place, or it was ended for you."],
  approved_already: ["calm", "check", "Approved already", () => ["This request was approved before, here or on another device."], "Was that not you? Call your help desk."],
  denied_already: ["calm", "cross", "Denied already", () => ["This request was denied before. Nobody was signed in by it."]],
  unknown: ["calm", "clock", "Nothing to answer", () => ["This request does not exist, or it is not for this device."]],
};

/** What a decision led to. */
export const outcomeOfDecision = ({ state, reason }) => (state === "approved" ? "approved" : OUTCOMES[reason] ? reason : "denied");

const OF_STATE = new Map([
  ["pending", null],
  ["approved", "approved_already"],
  ["denied", "denied_already"],
  ["expired", "expired"],
  ["cancelled", "cancelled"],
]);

/** What a prompt that nobody here decided has become; null while it is pending. */
export const outcomeOfState = (state) => (OF_STATE.has(state) ? OF_STATE.get(state) : "unknown");

export function outcomeScreen(outcome, prompt, onDone) {
  const [tone, picture, title, lead, more] = OUTCOMES[outcome];
  const client = element("bdi", { dir: "auto" }, prompt?.client ?? "");
  return {
    name: "outcome",
    title,
    tone,
    picture: emblem(picture, "large"),
    body: [
      element("p", { class: "lead", "data-outcome": outcome }, ...lead(client)),
      more ? element("p", { class: "hint" }, more) : null,
      element("div", { class: "actions" }, button("Done", "primary", onDone)),
    ],
  };
}
