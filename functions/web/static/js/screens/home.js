/**
 * Nothing is waiting, or nothing will come. What this device is, whether it rings, and what to do without it.
 */

import { button, element } from "../dom.js";
import { canRing, isBlocked, turnOff, turnOn } from "../notifications.js";
import { emblem } from "../ui/emblem.js";
import { facts } from "../ui/facts.js";
import { installOffer } from "../ui/install_offer.js";
import { messageLine, wordsFor } from "../ui/message.js";
import { whileBusy } from "../ui/busy.js";
import { dayAndTimeOf, dayOf } from "../ui/words.js";
import { BLOCKED, UNAVAILABLE } from "./notifications.js";

/** `known` is what the server says of this device, null while it has not answered. */
export function homeScreen({ device, known, api, onManage, onLost, onPairAgain }) {
  const { words, ...head } = known?.muted_at ? muted(known.muted_at) : waiting();
  return {
    name: "home",
    ...head,
    body: [
      ...words,
      aboutDevice(device, known),
      notificationsCard(device, known, api),
      installOffer(),
      element(
        "div",
        { class: "actions aside" },
        button("My sign-in methods", "link", onManage),
        button("I lost a phone", "link", onLost),
        button("Pair with another code", "link", onPairAgain),
      ),
    ],
  };
}

const waiting = () => ({
  title: "Nothing is waiting",
  picture: emblem("shield", "calm"),
  words: [element("p", { class: "lead" }, "A sign-in request appears here by itself.")],
});

const muted = (since) => ({
  title: "Requests are turned off",
  tone: "warning",
  picture: emblem("flag"),
  words: [
    element("p", { class: "lead" }, "A sign-in was reported as not yours, so none of your devices is asked any more."),
    element("p", { class: "hint" }, `Since ${dayAndTimeOf(since)}. Call your help desk: they can turn requests on again. Until then, sign in with a code.`),
  ],
});

function aboutDevice(device, known) {
  const { username, display_name } = known?.user ?? device.user;
  const used = known?.last_used_at ? dayAndTimeOf(known.last_used_at) : "Never yet";
  return element(
    "div",
    { class: "card" },
    facts(
      ["person", "Answers for", display_name || username, display_name ? username : null],
      ["phone", "This device", known?.name ?? device.name, known && `push${known.position} · since ${dayOf(known.paired_at)}`],
      known && ["clock", "Last used", used],
      known && ["key", "Passkey", known.passkey ? "Ready" : "None"],
    ),
  );
}

function notificationsCard(device, known, api) {
  const message = messageLine();
  const knob = element("button", {
    type: "button", class: "switch", role: "switch", "aria-labelledby": "rings", "aria-describedby": "rings-more", onClick: flip,
  });
  const more = element("p", { id: "rings-more", class: "hint" });
  const test = button("Send a test", "quiet small", ring);
  const card = element(
    "div",
    { class: "card notifications" },
    element("div", { class: "row" }, element("p", { id: "rings", class: "label" }, "Notifications"), knob),
    more,
    message.line,
    test,
  );
  let isOn = device.wantsNotifications && canRing() && !isBlocked();

  function show() {
    knob.setAttribute("aria-checked", String(isOn));
    knob.disabled = known === null || !canRing();
    test.hidden = !isOn;
    more.textContent = !canRing() ? "This browser cannot ring. Keep the app open instead."
      : isOn && known?.muted_at ? "It rings once requests are turned on again."
      : isOn ? "A request rings also while the app is closed."
      : "Off: requests appear only while the app is open.";
  }
  async function flip() {
    message.clear();
    try {
      await whileBusy(card, isOn ? off : on);
    } catch (error) {
      message.tell(error.name === "AbortError" ? UNAVAILABLE : wordsFor(error));
    }
    show();
  }
  async function on() {
    isOn = await turnOn(api, known.vapid_public_key);
    if (!isOn) message.tell(isBlocked() ? BLOCKED : "Nothing was allowed.");
    else device.wantsNotifications = true;
  }
  async function off() {
    await turnOff(api);
    device.wantsNotifications = isOn = false;
  }
  async function ring() {
    message.clear();
    try {
      const { taken } = await whileBusy(card, api.ringMe);
      if (taken) message.tell("Sent. It should ring in a few seconds.", "good");
      else message.tell("The notification service did not take it. Turn notifications off and on again.");
    } catch (error) {
      message.tell(wordsFor(error));
    }
  }
  show();
  return card;
}
