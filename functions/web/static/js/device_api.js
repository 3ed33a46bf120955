/**
 * What a paired device asks of the server. Every request is signed with the device's key; there is no session.
 */

import { ServerClock } from "./clock.js";
import { sign } from "./device_key.js";
import { ProblemError, exchange } from "./http.js";
import { utf8 } from "./octets.js";
import { decisionOctets, requestOctets } from "./signatures.js";

const ROOT = "/v1/device";

export class DeviceApi {
  #device;

  constructor(device, clock = new ServerClock()) {
    this.#device = device;
    this.clock = clock;
  }

  /** What the server knows of this device. */
  self = () => this.#timed("GET", "");

  /** Sign-ins that wait for this device. */
  prompts = async () => (await this.#timed("GET", "/prompts")).prompts;

  /** One of them, with its `state`, also after its end. */
  prompt = (id) => this.#ask("GET", `/prompts/${id}`);

  /** Null if this device has none. */
  async passkey() {
    try {
      return await this.#ask("GET", "/passkey");
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) return null;
      throw error;
    }
  }

  subscribe = (subscription) => this.#ask("PUT", "/subscription", subscription);

  unsubscribe = () => this.#ask("DELETE", "/subscription");

  ringMe = () => this.#ask("POST", "/test");

  /** `assertion` is the passkey's answer to the same octets, if one is asked for. */
  async decide(prompt, decision, { number = "", assertion } = {}) {
    const signature = await sign(this.#device.key, decisionOctets(prompt, decision, number));
    const message = { decision, signature, ...(number && { number }), ...(assertion && { assertion }) };
    return this.#ask("POST", `/prompts/${prompt.id}/decision`, message);
  }

  async #timed(method, path) {
    const message = await this.#ask(method, path);
    this.clock.learn(message.now);
    return message;
  }

  /** A refused clock is set by what the server says, and the request is signed once more. */
  async #ask(method, path, message) {
    try {
      return await this.#signed(method, ROOT + path, message);
    } catch (error) {
      if (!isClockWrong(error) || Number.isNaN(error.date)) throw error;
      this.clock.learn(error.date);
      return this.#signed(method, ROOT + path, message);
    }
  }

  async #signed(method, path, message) {
    const body = message === undefined ? undefined : JSON.stringify(message);
    const time = Math.round(this.clock.now());
    const octets = await requestOctets(this.#device.id, method, path, time, utf8(body ?? ""));
    const signature = await sign(this.#device.key, octets);
    const authorization = `Gatehouse-Device id="${this.#device.id}", time="${time}", signature="${signature}"`;
    return exchange(method, path, { headers: { authorization }, body });
  }
}

export const isClockWrong = (error) => error instanceof ProblemError && error.code === "clock-wrong";

/** Removed, or its user is disabled, or it was never known: the server does not say which. */
export const isRefused = (error) => error instanceof ProblemError && error.status === 401 && !isClockWrong(error);
