/**
 * A sign-in waits: who, which application, from where, when. The person says yes, no, or "that was not me".
 *
 * What is signed is exactly what stands here. Nothing can be tapped in the first moment: a screen that comes up under a
 * finger must not take its tap for an answer.
 */

import { button, element } from "../dom.js";
import { isRefused } from "../device_api.js";
import { ProblemError } from "../http.js";
import { confirmByPasskey } from "../passkeys.js";
import { decisionOctets } from "../signatures.js";
import { whileBusy } from "../ui/busy.js";
import { confirmed } from "../ui/confirm.js";
import { countdown } from "../ui/countdown.js";
import { facts } from "../ui/facts.js";
import { DIGITS, keypad } from "../ui/keypad.js";
import { messageLine, wordsFor } from "../ui/message.js";
import { agoOf, timeOf } from "../ui/words.js";
import { outcomeOfDecision } from "./outcomes.js";

const FIRST_MOMENT_MS = 500;
const UNKNOWN_ADDRESS = "unknown";
const WORDS = {
  "signature-refused": "The server did not take this answer, and nothing was decided. Try again, or deny.",
  "number-missing": "Enter the number first.",
  "passkey-needed": "This sign-in needs the passkey of this device. Pair it again to add one, or deny.",
};
const REPORT = {
  title: "Report this sign-in?",
  text: ["It is denied, and your help desk is told that somebody tried to sign in as you.", "You get no more requests until they turn them on again."],
  yes: "Yes, report it",
};

class NoPasskeyError extends Error {}

/**
 * `passkey` is a promise of what the server knows of this device's passkey, null if it has none. `onEnd` gets the name of
 * an outcome; `onOver` says that only the server knows it, `onRefused` that this device does not count any more.
 */
export function approveScreen({ prompt, api, passkey, say, onEnd, onOver, onRefused }) {
  const message = messageLine();
  const pad = prompt.number ? keypad({ say, onChange: () => arm(), onEnter: () => approve.click() }) : null;
  const left = () => prompt.expires_at - api.clock.now();
  const ring = countdown({ left, whole: left(), say, onEnd: () => isDeciding || onEnd("expired") });
  let isDeciding = false;
  let isEarly = true;

  const approve = button(prompt.passkey ? "Approve with passkey" : "Approve", "primary", () => decide("approve"));
  const deny = button("Deny", "quiet", () => decide("deny"));
  const notMe = button("This wasn’t me", "link danger-text", report);
  const area = element(
    "div",
    { class: "approval" },
    element("div", { class: "card" }, shown(prompt, api.clock.now())),
    pad?.node ?? element("p", { class: "hint" }, "Approve only if you are signing in yourself, right now."),
    message.line,
    element("div", { class: "actions side-by-side" }, deny, approve),
    element("div", { class: "actions" }, notMe),
  );

  function arm() {
    for (const control of [deny, notMe]) control.disabled = isEarly;
    approve.disabled = isEarly || (pad !== null && pad.number.length < DIGITS);
  }
  const firstMoment = setTimeout(() => {
    isEarly = false;
    arm();
  }, FIRST_MOMENT_MS);

  async function report() {
    if (await confirmed(REPORT)) await decide("report");
  }

  async function decide(decision) {
    message.clear();
    isDeciding = true;
    try {
      const decided = await whileBusy(area, () => sent(decision));
      onEnd(outcomeOfDecision(decided));
    } catch (error) {
      failed(error, decision);
    } finally {
      isDeciding = false;
    }
  }

  async function sent(decision) {
    if (decision !== "approve") return api.decide(prompt, decision);
    const number = pad?.number ?? "";
    const octets = decisionOctets(prompt, decision, number);
    const assertion = prompt.passkey ? await confirmByPasskey(await ownPasskey(), octets) : undefined;
    return api.decide(prompt, decision, { number, assertion });
  }

  async function ownPasskey() {
    const own = await passkey;
    if (own === null) throw new NoPasskeyError();
    return own;
  }

  function failed(error, decision) {
    if (error instanceof NoPasskeyError) message.tell(WORDS["passkey-needed"]);
    else if (error instanceof DOMException) message.tell("The passkey did not confirm that it is you. Nothing was sent. Try again, or deny.");
    else if (isRefused(error)) onRefused();
    else if (error instanceof ProblemError && error.code === "too-late") onEnd(decision === "report" ? "reported" : "expired"); // a report counts however late
    else if (error instanceof ProblemError && ["decided-already", "not-found"].includes(error.code)) onOver();
    else if (left() <= 0) onEnd("expired");
    else message.tell(wordsFor(error, WORDS));
  }

  return {
    screen: {
      name: "approve",
      title: "Are you signing in?",
      picture: ring.node,
      body: area,
      leave: () => {
        clearTimeout(firstMoment);
        ring.stop();
        pad?.leave();
      },
    },
    begin: () => {
      arm();
      pad?.listen();
      ring.start();
    },
    get isDeciding() {
      return isDeciding;
    },
  };
}

function shown(prompt, nowMs) {
  const address = prompt.address === UNKNOWN_ADDRESS ? "Not known" : prompt.address;
  return facts(
    ["app", "To", prompt.client],
    ["person", "As", prompt.user],
    ["pin", "From", address],
    ["clock", "At", timeOf(prompt.time), agoOf(prompt.time, nowMs)],
  );
}
