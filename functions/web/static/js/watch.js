/**
 * Looking for sign-in requests while the app is open. A push message only hurries it: what no push service delivers is
 * found all the same.
 */

const PACE_MS = 1000; // while somebody looks on: a login waits for seconds
const BUSY_PACE_MS = 3000; // while a request stands on the screen: all that can be seen is that it is over
const IDLE_PACE_MS = 5000; // an app that lies open on a desk all day costs a call each time
const IDLE_AFTER_MS = 5 * 60_000;
const HIDDEN_PACE_MS = [5000, 10_000, 20_000, 40_000, 60_000];
const FAILED_PACE_MS = [1000, 2000, 4000, 8000, 15_000];

const SIGNS_OF_LIFE = ["pointerdown", "keydown", "focus"];

export class Watch {
  #ask;
  #isBusy;
  #next = null;
  #isAsking = false;
  #isWanted = false;
  #failures = 0;
  #hiddenTimes = 0;
  #touchedAt = Date.now();

  /** `ask` looks once; it returns false if nobody answered. `isBusy` tells that a request is being answered. */
  constructor(ask, isBusy) {
    this.#ask = ask;
    this.#isBusy = isBusy;
  }

  start() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    for (const sign of SIGNS_OF_LIFE) addEventListener(sign, this.#touched, { passive: true });
    document.addEventListener("visibilitychange", this.#seen);
    addEventListener("online", this.look);
    if (this.#isBusy()) this.#next = setTimeout(this.look, this.#pace());
    else this.look();
  }

  stop() {
    this.#isWanted = false;
    clearTimeout(this.#next);
    for (const sign of SIGNS_OF_LIFE) removeEventListener(sign, this.#touched);
    document.removeEventListener("visibilitychange", this.#seen);
    removeEventListener("online", this.look);
  }

  /** Now, and then on in the pace of the moment. Looking twice at once would only cost twice. */
  look = async () => {
    if (this.#isAsking || !this.#isWanted) return;
    this.#isAsking = true;
    clearTimeout(this.#next);
    const answered = await this.#ask();
    this.#isAsking = false;
    this.#failures = answered ? 0 : this.#failures + 1;
    if (this.#isWanted) this.#next = setTimeout(this.look, this.#pace());
  };

  #pace() {
    if (this.#failures > 0) return at(FAILED_PACE_MS, this.#failures - 1);
    if (document.hidden) return at(HIDDEN_PACE_MS, this.#hiddenTimes++);
    if (this.#isBusy()) return BUSY_PACE_MS;
    return Date.now() - this.#touchedAt < IDLE_AFTER_MS ? PACE_MS : IDLE_PACE_MS;
  }

  #touched = () => {
    this.#touchedAt = Date.now();
  };

  #seen = () => {
    if (document.hidden) return;
    this.#hiddenTimes = 0;
    this.#touched();
    this.look();
  };
}

const at = (paces, index) => paces[Math.min(index, paces.length - 1)];
