/**
 * A paired device at work: it shows what waits, and when nothing does, says so.
 *
 * One thing stands on the screen at a time. A request takes the place of everything but another request and, for a
 * moment, the end of the last one.
 */

import { DeviceApi, isClockWrong, isRefused } from "./device_api.js";
import { ProblemError } from "./http.js";
import { renew, takeBack } from "./notifications.js";
import { approveScreen } from "./screens/approve.js";
import { homeScreen } from "./screens/home.js";
import { lostScreen } from "./screens/lost.js";
import { outcomeOfState, outcomeScreen } from "./screens/outcomes.js";
import { clockScreen, offlineScreen, removedScreen } from "./screens/trouble.js";
import { Watch } from "./watch.js";

const OUTCOME_STANDS_MS = 2500;
const KNOWN_FOR_MS = 30_000; // whether requests come at all may change while the first screen stands

export class Approver {
  #stage;
  #device;
  #api;
  #known = null;
  #knownUntil = 0;
  #watch;
  #open = null; // {prompt, approval} while a request stands on the screen
  #settled = new Set(); // ids: an answer that was given must not be asked for again by a slower one
  #outcomeUntil = 0;
  #isAside = false; // the person is at their sign-in methods: only a request comes in front of that
  #onPairAgain;
  #onManage;

  constructor(stage, device, { onPairAgain, onManage }) {
    this.#stage = stage;
    this.#device = device;
    this.#api = new DeviceApi(device);
    this.#onPairAgain = onPairAgain;
    this.#onManage = onManage;
    this.#watch = new Watch(
      () => this.#look(),
      () => this.#open !== null,
    );
  }

  /** `promptId` from a notification or a link; "" without. */
  async start(promptId) {
    if (!promptId || !(await this.open(promptId))) this.#home();
    this.#watch.start();
  }

  stop() {
    this.#watch.stop();
    this.#stage.warn("");
  }

  /** Leave the screen to something else, but go on looking for requests. */
  standAside() {
    this.#isAside = true;
    this.#watch.start();
  }

  comeBack() {
    this.#isAside = false;
    this.#home();
  }

  /** Rings this device, to see that it does. */
  ringMe = () => this.#api.ringMe();

  look = () => this.#watch.look();

  /** Show one request, whatever has become of it. False if the server does not say. */
  async open(promptId) {
    if (this.#open?.prompt.id === promptId || (this.#isAside && isAsking())) return true;
    try {
      const prompt = await this.#api.prompt(promptId);
      this.#show(prompt);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) this.#end({ id: promptId }, "unknown");
      else this.#trouble(error);
      return this.#stage.name !== "";
    }
  }

  #show(prompt) {
    const outcome = outcomeOfState(prompt.state ?? "pending");
    if (outcome) this.#end(prompt, outcome);
    else this.#approve(prompt);
  }

  #approve(prompt) {
    const passkey = prompt.passkey ? this.#api.passkey() : null;
    passkey?.catch(() => null); // who waits for it is told
    const approval = approveScreen({
      prompt,
      passkey,
      api: this.#api,
      say: (text) => this.#stage.say(text),
      onEnd: (outcome) => this.#end(prompt, outcome),
      onOver: () => this.#lookUp(prompt),
      onRefused: () => this.#removed(),
    });
    this.#open = { prompt, approval };
    this.#take(approval.screen);
    approval.begin();
  }

  #end(prompt, outcome) {
    this.#open = null;
    this.#settled.add(prompt.id);
    this.#outcomeUntil = Date.now() + OUTCOME_STANDS_MS;
    this.#take(outcomeScreen(outcome, prompt, () => this.#home()));
    takeBack(prompt.id);
  }

  #take(screen) {
    if (this.#isAside) this.#stage.cover(screen);
    else this.#stage.show(screen);
  }

  /** It is not pending any more, and only the server knows why. */
  async #lookUp(prompt) {
    try {
      const { state } = await this.#api.prompt(prompt.id);
      const outcome = outcomeOfState(state);
      if (outcome && this.#open?.prompt === prompt) this.#end(prompt, outcome);
    } catch (error) {
      if (error instanceof ProblemError && error.status === 404) this.#end(prompt, "unknown");
      else this.#trouble(error);
    }
  }

  #home = () => {
    this.#outcomeUntil = 0;
    if (this.#isAside) return this.#stage.uncover();
    this.#showHome();
    this.#refresh();
  };

  #showHome() {
    this.#stage.show(
      homeScreen({
        device: this.#device,
        known: this.#known,
        api: this.#api,
        onManage: this.#onManage,
        onLost: () => this.#stage.show(lostScreen(this.#home, this.#onManage)),
        onPairAgain: this.#onPairAgain,
      }),
    );
  }

  /** What the server knows of this device. The screen is drawn anew only if that changed: the focus stays. */
  async #refresh() {
    this.#knownUntil = Date.now() + KNOWN_FOR_MS;
    try {
      const known = await this.#api.self();
      const isNews = JSON.stringify({ ...known, now: 0 }) !== JSON.stringify({ ...this.#known, now: 0 });
      this.#known = known;
      if (isNews && this.#stage.name === "home") this.#showHome();
      await renew(this.#api, known, this.#device);
    } catch (error) {
      this.#trouble(error);
    }
  }

  async #look() {
    try {
      this.#met(await this.#api.prompts());
      this.#stage.warn("");
      if (["offline", "clock"].includes(this.#stage.name)) this.#home();
      if (this.#stage.name === "home" && !document.hidden && Date.now() >= this.#knownUntil) this.#refresh();
      return true;
    } catch (error) {
      this.#trouble(error);
      return false;
    }
  }

  #met(prompts) {
    if (this.#open) {
      const { prompt, approval } = this.#open;
      const isWaiting = prompts.some((one) => one.id === prompt.id);
      if (!isWaiting && !approval.isDeciding) this.#lookUp(prompt);
      return;
    }
    const next = prompts.find((prompt) => !this.#settled.has(prompt.id));
    if (next && Date.now() >= this.#outcomeUntil && !isAsking()) this.#approve(next);
  }

  /** A request stays on the screen as long as it can be answered: the network may be back in time. */
  #trouble(error) {
    if (isRefused(error)) this.#removed();
    else if (isClockWrong(error)) this.#stand(clockScreen(this.#again));
    else if (error instanceof ProblemError && error.status < 500) this.#stage.warn(error.detail);
    else if (this.#known === null && !this.#open) this.#stand(offlineScreen(this.#again));
    else this.#stage.warn("No connection. Trying again …");
  }

  #stand(screen) {
    if (this.#isAside) return this.#stage.warn(screen.title);
    if (this.#stage.name === screen.name) return;
    this.#open = null;
    this.#stage.show(screen);
  }

  #again = () => {
    this.#watch.start();
    this.#watch.look();
  };

  #removed() {
    this.stop();
    if (this.#isAside && this.#open) this.#stage.uncover();
    this.#open = null;
    if (this.#isAside) return; // where it was removed, it is told
    this.#stage.show(
      removedScreen(this.#onPairAgain, () => {
        this.#home();
        this.#again();
      }),
    );
  }
}

/** A dialog would stay in front of the request, and nobody could reach it. */
const isAsking = () => document.querySelector("dialog[open]") !== null;
