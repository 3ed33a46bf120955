/**
 * The octets that a device signs: JSON arrays as JSON.stringify writes them, each beginning with what it is for.
 *
 * The server builds the same octets from what it knows itself (layers/core/mfa/domain/device_signatures.py). So what is
 * signed is what the person saw, or the signature is worth nothing.
 */

import { sha256, toBase64url, utf8 } from "./octets.js";

const written = (...parts) => utf8(JSON.stringify(parts));
const digestOf = async (octets) => toBase64url(await sha256(octets));

/** `number` is what the person claims to have typed at the login, "" if none. */
export function decisionOctets(prompt, decision, number) {
  const { id, nonce, user, client, address, time } = prompt;
  return written("gatehouse-decision-v1", id, nonce, user, client, address, time, decision, number);
}

export async function requestOctets(deviceId, method, path, timeMs, body) {
  return written("gatehouse-request-v1", deviceId, method, path, timeMs, await digestOf(body));
}

export async function pairingOctets(sessionToken, publicKey, name) {
  return written("gatehouse-pairing-v1", await digestOf(utf8(sessionToken)), publicKey, name);
}
