/**
 * The server's time, as far as its answers tell. A wrong clock of the phone then neither spoils a signature nor shows
 * seconds that are not left.
 */

export class ServerClock {
  #ahead = 0;

  now() {
    return Date.now() + this.#ahead;
  }

  learn(serverMs) {
    if (Number.isFinite(serverMs)) this.#ahead = serverMs - Date.now();
  }
}
