/**
 * A person's own side of the enrolment API: who they are, what they have set up, and changes to that.
 *
 * The session's token is in a cookie that no script can read. A change that comes too long after the last sign-in is
 * refused; the person is then asked to prove once more who they are, and the change is tried again.
 */

import { createKey, publicKeyOf, sign } from "./device_key.js";
import { CookieError, ProblemError, exchange } from "./http.js";
import { pairingOctets } from "./signatures.js";

const ROOT = "/v1/enrollment";
const CURRENT = "/sessions/current";

export class Account {
  /** Asked when a sign-in is needed for a change: a promise of whether there was one. */
  prove = async () => false;

  #session;

  constructor(session) {
    this.#session = session;
  }

  /** Null if nobody is signed in here. */
  static async current() {
    try {
      return new Account(await ask("GET", CURRENT));
    } catch (error) {
      if (isSignedOut(error)) return null;
      throw error;
    }
  }

  /** Opens a session, whose account is then the current one. The code is used up. */
  static redeem = (code) => ask("POST", "/sessions", { code, cookie: true });

  static async signIn({ username, password, code }) {
    await ask("POST", "/sign-in", { username, password: password || null, code, cookie: true });
    const account = await Account.current();
    if (!account) throw new CookieError();
    return account;
  }

  get username() {
    return this.#session.username;
  }

  get displayName() {
    return this.#session.display_name || this.#session.username;
  }

  /** A session may be good for looking only: a code alone opened it. */
  get mayChange() {
    return this.#session.kind !== "look";
  }

  async signInAgain({ password, code }) {
    await ask("POST", `${CURRENT}/re-authentication`, { password: password || null, code });
    this.#session = await ask("GET", CURRENT);
  }

  /** That it cannot be ended is no reason to stop anybody: it ends by itself. */
  end = () => ask("DELETE", CURRENT).catch(() => null);

  /**
   * All that is set up: {factors, devices, phones, recovery, ways, mutedAt}; `ways` are how a code reaches a number here,
   * `mutedAt` is when requests were turned off by a report, null if they come.
   */
  async methods() {
    const paths = ["/factors", "/devices", "/phones", "/recovery-codes", "/push"];
    const [factors, devices, phones, recovery, push] = await Promise.all(paths.map((path) => ask("GET", path)));
    return {
      factors: factors.factors.filter((factor) => factor.state === "active"),
      devices: devices.devices,
      phones: phones.phones,
      recovery,
      ways: phones.by,
      mutedAt: push.muted_at,
    };
  }

  /** The only answer that shows the key: {factor_id, otpauth_uri, key, qr_rows}. */
  startAuthenticator = (name) => this.#change("POST", "/factors", { type: "totp", ...(name && { name }) });

  confirmAuthenticator = (id, code) =>
    this.#confirm(`/factors/${id}`, code, async () => (await this.methods()).factors.find((factor) => factor.factor_id === id));

  claimToken = (serial, codes) => this.#change("POST", "/tokens", { serial, codes });

  /** A code goes to the number: {phone_id, number, expires_at}. */
  addPhone = (number, name, by) =>
    this.#change("POST", "/phones", { number, ...(name && { name }), ...(by !== "message" && { by }) });

  confirmPhone = (id, code) =>
    this.#confirm(`/phones/${id}`, code, async () => (await this.methods()).phones.find((phone) => phone.phone_id === id));

  unmute = () => this.#change("POST", "/push/unmute");

  makeRecoveryCodes = async () => (await this.#change("POST", "/recovery-codes")).codes;

  /** `path` names one factor, device or phone. */
  rename = (path, name) => this.#change("PATCH", path, { name });

  makeFirst = (path) => this.#change("PATCH", path, { position: 1 });

  remove = (path) => this.#change("DELETE", path);

  /** Whose code it is; it is used up by this. */
  testCode = async (code) => (await ask("POST", "/code-tests", { code })).factor_id;

  /**
   * A new key each time: what was paired before keeps its own until this one is taken. Returns the record to store.
   * The proof is bound to the session, so it is made anew if that changes.
   */
  addDevice = (name) => this.#fresh(async () => {
    const key = await createKey();
    const publicKey = await publicKeyOf(key);
    const signature = await sign(key, await pairingOctets(this.#session.binding, publicKey, name));
    const paired = await ask("POST", "/devices", { name, public_key: publicKey, signature });
    const { device_id: id, vapid_public_key: vapidKey, user } = paired;
    return { id, name: paired.name, key, user, vapidKey, wantsNotifications: false };
  });

  passkeyOptions = async (deviceId) => (await this.#change("POST", `/devices/${deviceId}/passkey/options`)).public_key;

  addPasskey = (deviceId, credential) => this.#change("POST", `/devices/${deviceId}/passkey`, { credential });

  /** What waits no more may have been confirmed by a request whose answer was lost: then it is there. */
  async #confirm(path, code, find) {
    try {
      return await this.#change("POST", `${path}/confirmation`, { code });
    } catch (error) {
      const isOver = error instanceof ProblemError && error.code.endsWith("-not-pending");
      const confirmed = isOver ? await find() : undefined;
      if (!confirmed) throw error;
      return confirmed;
    }
  }

  #change = (method, path, message) => this.#fresh(() => ask(method, path, message));

  async #fresh(action) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "sign-in-again" || !(await this.prove())) throw error;
      return action();
    }
  }
}

/** The session has ended, or there was none. */
export const isSignedOut = (error) => error instanceof ProblemError && ["session-refused", "session-needed"].includes(error.code);

const ask = (method, path, message) =>
  exchange(method, ROOT + path, { body: message && JSON.stringify(message), credentials: "same-origin" });
