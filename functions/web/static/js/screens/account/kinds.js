/**
 * The kinds of sign-in methods: how they look, what they are called, and what is to be known of one.
 */

import { deviceKind } from "../../platform.js";
import { dayAndTimeOf, dayOf } from "../../ui/words.js";

/** What can be added, the safest first. */
export const KINDS = {
  device: {
    picture: "phone",
    name: () => `This ${deviceKind()}`,
    more: () => "It asks you, and you approve. The safest way.",
  },
  authenticator: { picture: "qr", name: () => "Authenticator app", more: () => "Shows a code, also without a network." },
  phone: {
    picture: "message",
    name: () => "Phone number",
    more: (ways) => `Gets a code by ${ways.join(" or by ")}.`,
  },
  token: { picture: "token", name: () => "Hardware token", more: () => "A small device of your company that shows codes." },
};

/**
 * All methods as one list of {kind, path, id, picture, name, more, added, used, ...}. `path` is where the API has it.
 * `word` is what is typed to use it, "" where a code is typed.
 */
export const listed = ({ factors, devices, phones }, thisDeviceId) => [
  ...devices.map((device) => deviceMethod(device, device.device_id === thisDeviceId)),
  ...factors.map(factorMethod),
  ...phones.map(phoneMethod),
];

const numbered = (word, position) => (position === 1 ? word : `${word}${position}`);

/** What is typed to be reached by them. */
const WORD_OF_WAY = { message: "sms", call: "phone" };

function deviceMethod(device, isThis) {
  return {
    kind: "device", id: device.device_id, path: `/devices/${device.device_id}`, picture: "phone", name: device.name,
    what: "Approves sign-ins", word: numbered("push", device.position), position: device.position, isThis,
    mark: isThis ? "This device" : null, added: device.created_at, used: device.last_used_at,
    notifications: device.notifications, passkey: device.passkey,
  };
}

function factorMethod(factor) {
  const isToken = factor.serial !== null;
  return {
    kind: isToken ? "token" : "authenticator", id: factor.factor_id, path: `/factors/${factor.factor_id}`,
    picture: isToken ? "token" : "qr", name: factor.name, what: isToken ? "Hardware token" : "Authenticator app", word: "",
    serial: factor.serial, digits: factor.digits, added: factor.created_at, used: factor.last_used_at,
  };
}

function phoneMethod(phone) {
  const words = (phone.by ?? ["message"]).map((way) => numbered(WORD_OF_WAY[way], phone.position));
  return {
    kind: "phone", id: phone.phone_id, path: `/phones/${phone.phone_id}`, picture: "message", name: phone.name,
    what: "Gets codes", number: phone.number, word: words.join(" or "), position: phone.position,
    added: phone.verified_at, used: undefined,
  };
}

/** One line for a list. */
export function lineOf(method) {
  if (method.kind === "phone") return `${method.number} · type ${method.word}`;
  return method.used ? `Last used ${dayOf(method.used)}` : "Not used yet";
}

export const lastUseInFull = ({ used }) => (used ? dayAndTimeOf(used) : "Not yet");
