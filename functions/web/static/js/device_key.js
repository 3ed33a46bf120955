/**
 * The key of this device: P-256, made here, not extractable. Scripts can sign with it, but nothing can copy it.
 */

import { toBase64url } from "./octets.js";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

export const createKey = () => crypto.subtle.generateKey(CURVE, false, ["sign"]);

/** 65 octets, uncompressed, as base64url. A public key can always be exported. */
export async function publicKeyOf(key) {
  return toBase64url(await crypto.subtle.exportKey("raw", key.publicKey));
}

/** r and s, 64 octets, as base64url. */
export async function sign(key, octets) {
  return toBase64url(await crypto.subtle.sign(SIGNING, key.privateKey, octets));
}
