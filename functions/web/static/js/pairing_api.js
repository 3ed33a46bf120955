/**
 * Pairing: a code opens a session, and the session lets a device in. The session's token lives in memory only.
 */

import { createKey, publicKeyOf, sign } from "./device_key.js";
import { exchange } from "./http.js";
import { pairingOctets } from "./signatures.js";

const DEVICES = "/v1/enrollment/devices";

export class PairingSession {
  #token;

  constructor(token, displayName) {
    this.#token = token;
    this.displayName = displayName;
  }

  static async open(code) {
    const body = JSON.stringify({ code });
    const opened = await exchange("POST", "/v1/enrollment/sessions", { body });
    return new PairingSession(opened.token, opened.display_name ?? "");
  }

  /** A new key each time: what was paired before keeps its own until this one is taken. Returns the record to store. */
  async addDevice(name) {
    const key = await createKey();
    const publicKey = await publicKeyOf(key);
    const signature = await sign(key, await pairingOctets(this.#token, publicKey, name));
    const paired = await this.#ask("POST", DEVICES, { name, public_key: publicKey, signature });
    const { device_id: id, vapid_public_key: vapidKey, user } = paired;
    return { id, name: paired.name, key, user, vapidKey, wantsNotifications: false };
  }

  async passkeyOptions(deviceId) {
    return (await this.#ask("POST", `${DEVICES}/${deviceId}/passkey/options`)).public_key;
  }

  addPasskey = (deviceId, credential) => this.#ask("POST", `${DEVICES}/${deviceId}/passkey`, { credential });

  /** Nothing is left to do with it. That it cannot be ended is no reason to stop anybody: it ends by itself. */
  end = () => this.#ask("DELETE", "/v1/enrollment/sessions/current").catch(() => null);

  #ask(method, path, message) {
    const headers = { authorization: `Bearer ${this.#token}` };
    return exchange(method, path, { headers, body: message && JSON.stringify(message) });
  }
}
