/**
 * Octets and how they are written: UTF-8, SHA-256, base64url without padding (RFC 4648 section 5).
 */

export const utf8 = (text) => new TextEncoder().encode(text);

export function toBase64url(octets) {
  const letters = Array.from(new Uint8Array(octets), (octet) => String.fromCharCode(octet)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

export async function sha256(octets) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
}
